## The first lines of a .c file, up to its own header.
<%include file="head.mako"/>
% if deprecates:
#define IDL_NO_DEPRECATED
% endif

<%include file="head.mako"/>
% if deprecates:
#define IDL_NO_DEPRECATED
% endif

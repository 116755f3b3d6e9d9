## The server's stubs: a table of methods, and what unpacks a message for each handler.
<%include file="source_head.mako"/>
#include "${stem}_server.h"
<%include file="quiet.mako"/>
% if services:

/* Messages of one member go by the member's address, which is also theirs. */
% endif
% for s in services:
%   for m in s.methods:
<%include file="method.mako"/>
<%include file="server_enter.mako"/>
<%include file="server_reply.mako"/>
%   endfor
%   if s.methods:

static const idl_entry ${s.c_entries}[] = {
%     for m in s.methods:
    ${m.entry}
%     endfor
};
%   endif

${s.serve.decl}
{
%   if s.methods:
    return idl_server_add(
        server, ${s.c_entries}, sizeof ${s.c_entries} / sizeof *${s.c_entries}, handlers,
        sizeof *handlers, user);
%   else:
    return idl_server_add(server, NULL, 0, handlers, sizeof *handlers, user);
%   endif
}
% endfor

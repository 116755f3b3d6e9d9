## The server's stubs: a table of methods, and what unpacks a message for each handler.
<%include file="source_head.mako"/>
#include "${stem}_server.h"
<%include file="quiet.mako"/>
% if services:

/* Messages of one member go by the member's address, which is also theirs. */
% endif
% for s in services:
%   if s.methods:

static const idl_method ${s.c_methods}[] = {
%     for m in s.methods:
    {
        .service = "${s.full_name | cstring}",
        .name = "${m.name | cstring}",
%       if m.kind:
        .kind = ${m.kind},
%       endif
        .request = &${m.in.c_type},
        .reply = &${m.out.c_type},
    },
%     endfor
};
<%include file="server_enter.mako"/>
%   endif

${s.serve.decl}
{
    ${s.add}
}
%   for m in s.methods:
%     if m.on_next:
<%include file="server_item.mako"/>
%     endif
%   endfor
% endfor

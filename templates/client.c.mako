## The client's stubs: typed functions that pack a message and hand it to the runtime.
<%include file="source_head.mako"/>
#include "${stem}_client.h"
<%include file="quiet.mako"/>
% if services:

/* Messages of one member go by the member's address, which is also theirs. */
% endif
% for s in services:
%   for m in s.methods:
%     if m.first_done:
<%include file="client_done.mako"/>
%     endif
<%include file="method.mako"/>
<%include file="client_call.mako"/>
%     if m.on_recv:
<%include file="client_item.mako"/>
%     endif
<%include file="client_async.mako"/>
%   endfor
% endfor

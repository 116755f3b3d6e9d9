## What a client calls.
<%include file="head.mako"/>
#ifndef ${guard}_CLIENT_H
#define ${guard}_CLIENT_H

#include "${stem}_types.h"
<%include file="shadow_push.mako"/>

#ifdef __cplusplus
extern "C" {
#endif

% for s in services:
%   if s.doc:
${s.doc}

%   endif
%   for m in s.methods:
${m.doc}
<%include file="deprecated.mako"/>
${m.call.decl};
%     if m.streaming:
<%include file="client_stream.mako"/>
%     endif
<%include file="deprecated.mako"/>
${m.async.decl};
%     if m.on_recv:
<%include file="deprecated.mako"/>
${m.on_recv.decl};
%     endif

%   endfor
% endfor
#ifdef __cplusplus
}
#endif
<%include file="shadow_pop.mako"/>
#endif

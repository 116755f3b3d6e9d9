## What a client calls.
<%include file="head.mako"/>
#ifndef ${guard}_CLIENT_H
#define ${guard}_CLIENT_H

#include "${stem}_types.h"

#ifdef __cplusplus
extern "C" {
#endif

% for s in services:
%   if s.doc:
${s.doc}

%   endif
%   for m in s.methods:
${m.doc}
${m.call.decl}${m.deprecated};
%     if m.send:
${m.send.decl}${m.deprecated};
%     endif
%     if m.recv:
${m.recv.decl}${m.deprecated};
%     endif
%     if m.finish:
${m.finish.decl}${m.deprecated};
%     endif
${m.async.decl}${m.deprecated};
%     if m.on_recv:
${m.on_recv.decl}${m.deprecated};
%     endif

%   endfor
% endfor
#ifdef __cplusplus
}
#endif
#endif

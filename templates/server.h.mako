## What a server fills in and calls.
<%include file="head.mako"/>
#ifndef ${guard}_SERVER_H
#define ${guard}_SERVER_H

#include "${stem}_types.h"

#ifdef __cplusplus
extern "C" {
#endif

% for s in services:
${s.doc}
typedef struct ${s.c_handlers} {
%   for m in s.methods:
    ${m.doc}
    ${m.handler}
%   endfor
%   if not s.methods:
    char idl_empty; /* C has no empty structs */
%   endif
} ${s.c_handlers};

/* Copies *handlers; a NULL handler answers IDL_UNIMPLEMENTED. Handlers read user with
 * idl_call_user. */
${s.serve.decl};

%   for m in s.methods:
%     if m.next:
${m.next.decl};
${m.on_next.decl};
%     endif
%     if m.emit:
${m.emit.decl};
%     endif
%     if m.complete:
/* Ends a deferred ${s.name}.${m.name}. */
${m.complete.decl};
%     endif
%     if not m.oneway:

%     endif
%   endfor
% endfor
#ifdef __cplusplus
}
#endif
#endif

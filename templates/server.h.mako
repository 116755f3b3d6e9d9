## What a server fills in and calls.
<%include file="head.mako"/>
#ifndef ${guard}_SERVER_H
#define ${guard}_SERVER_H

#include "${stem}_types.h"
<%include file="shadow_push.mako"/>

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
<%include file="server_reply.mako"/>
%   endfor

% endfor
#ifdef __cplusplus
}
#endif
<%include file="shadow_pop.mako"/>
#endif

/* SPDX-License-Identifier: MIT */
/* trace.h: which trace a call belongs to, as W3C Trace Context says it: the metadata "traceparent" and
 * "tracestate".
 *
 * A call that a handler makes, and lets inherit (idl_call_inherit), is in the trace of the call that is
 * served: what that came with is passed on. Who records spans gives each call one of its own, in an
 * interceptor, the same for both sides:
 *
 *     static idl_code begin(idl_call *call, void *arg)
 *     {
 *         idl_trace caller, span;
 *         bool called = idl_trace_get(call, &caller);
 *         if (idl_trace_start(&span, called ? &caller : NULL))
 *             idl_trace_set(call, &span);
 *         return IDL_OK;
 *     }
 *
 * Its end finds that span with idl_trace_get again, and reports it. Without any of this, and where the
 * client has sent no trace, calls cost what they cost before. */
#ifndef IDL_TRACE_H
#define IDL_TRACE_H

#include <idl/base.h>
#include <idl/call.h>
#include <idl/status.h>

IDL_BEGIN_DECLS

/* A span: one step of a trace. */
typedef struct idl_trace {
    uint8_t trace_id[16]; /* never all zero */
    uint8_t span_id[8];   /* never all zero; the "parent-id" of those who are called in it */
    uint8_t parent_id[8]; /* in which it began; all zero: in none, or that is not known here */
    uint8_t flags;
} idl_trace;

/* Bits of flags; others are neither read nor sent. */
enum {
    IDL_TRACE_SAMPLED = 1, /* somebody may be recording it */
    IDL_TRACE_RANDOM = 2   /* the last seven bytes of trace_id are random */
};

/* What the call is in: what idl_trace_set has said, else what it came with (a handler's), inherited, or
 * was given as metadata (a client's). False, and *trace all zero: nothing, more than one, or one that is
 * not as the specification says, which counts as none. On the client until the RPC is over and its
 * interceptors have ended. */
IDL_API bool idl_trace_get(const idl_call *call, idl_trace *trace);

/* From here on the call is in that span. A client's next RPC sends it: before it begins, or in an
 * interceptor's begin. A call that is served gives it to those that inherit; what it came with stays as
 * it was. Vendors' data (tracestate) is kept if the trace is still the same one, else dropped.
 *
 * IDL_OK; IDL_INVALID_ARGUMENT: an id is all zero; IDL_FAILED_PRECONDITION: too late;
 * IDL_RESOURCE_EXHAUSTED: no memory. The last sticks, as with metadata. */
IDL_API idl_code idl_trace_set(idl_call *call, const idl_trace *trace);

/* A new span: in the same trace as parent, which may be *span itself, with its flags; or, for NULL, the
 * first of a new trace, not sampled. False: the system gives no random numbers. Any thread. */
IDL_API bool idl_trace_start(idl_trace *span, const idl_trace *parent);

/* ---- As text ---- */

enum { IDL_TRACE_TEXT = 56 }; /* with its NUL */

/* What a traceparent says: of version 00, or of a later one as far as that is like it. False, and *trace
 * all zero: it is none. parent_id is not in it. */
IDL_API bool idl_trace_parse(const char *text, idl_trace *trace);
/* "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01": for logs, and to go beside calls. */
IDL_API void idl_trace_format(const idl_trace *trace, char text[IDL_TRACE_TEXT]);

IDL_END_DECLS
#endif

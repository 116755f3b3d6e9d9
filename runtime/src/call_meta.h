/* SPDX-License-Identifier: MIT */
/* call_meta.h: the metadata of a call, made when it is first used. */
#ifndef IDL__CALL_META_H
#define IDL__CALL_META_H

#include "call.h"

/* The call's, empty at first. NULL: no memory, which sticks. */
idl__metadata *idl__call_metadata(idl_call *call);

/* Something is wrong with what the call has got or is to send; the first thing counts. */
void idl__call_metadata_fail(idl_call *call, idl_code code, const char *format, ...)
    IDL_PRINTF(3, 4);

/* IDL_OK, or what the call has to end with; *why lives as long as the metadata. */
idl_code idl__call_metadata_code(const idl_call *call, const char **why);

/* Takes the fields with that number of a received envelope. What fails sticks. */
void idl__call_take_metadata(idl_call *call, idl_meta_part part, idl_bytes envelope,
                             uint32_t field);
void idl__call_take_details(idl_call *call, idl_bytes response);

/* What was got is gone with the call's memory; what was to be sent has been, or never will be. */
void idl__call_forget_all_received(idl_call *call);
static inline void idl__call_forget_received(idl_call *call)
{
    if (IDL_UNLIKELY(call->meta != NULL))
        idl__call_forget_all_received(call);
}
void idl__call_forget_all_sent(idl_call *call);
static inline void idl__call_forget_sent(idl_call *call)
{
    call->meta_failed = false;
    if (IDL_UNLIKELY(call->meta != NULL))
        idl__call_forget_all_sent(call);
}
void idl__call_free_metadata(idl_call *call);

/* The next RPC of call is in the trace that served is in, if it is in one. -- trace.c -- */
void idl__call_inherit_trace(idl_call *call, const idl_call *served);

#endif

/* SPDX-License-Identifier: MIT */
/* status.h: how calls end. The codes are gRPC's, with its names and numbers
 * (grpc/grpc: doc/statuscodes.md). */
#ifndef IDL_STATUS_H
#define IDL_STATUS_H

#include <idl/base.h>

IDL_BEGIN_DECLS

typedef enum idl_code {
    IDL_AGAIN = -1, /* never ends a call: nothing was taken or given, try again later */
    IDL_OK = 0,
    IDL_CANCELLED = 1,           /* by the caller */
    IDL_UNKNOWN = 2,             /* a status that is none of these, or an error without one */
    IDL_INVALID_ARGUMENT = 3,    /* bad whatever the state of the system */
    IDL_DEADLINE_EXCEEDED = 4,   /* the time was over before the call was */
    IDL_NOT_FOUND = 5,
    IDL_ALREADY_EXISTS = 6,
    IDL_PERMISSION_DENIED = 7,
    IDL_RESOURCE_EXHAUSTED = 8,  /* memory, a limit, a quota */
    IDL_FAILED_PRECONDITION = 9, /* not in this state of the system */
    IDL_ABORTED = 10,
    IDL_OUT_OF_RANGE = 11,
    IDL_UNIMPLEMENTED = 12,      /* the server has no such method */
    IDL_INTERNAL = 13,           /* something that must not be: bytes that do not decode */
    IDL_UNAVAILABLE = 14,        /* no connection, or it was lost; trying again may help */
    IDL_DATA_LOSS = 15,
    IDL_UNAUTHENTICATED = 16
} idl_code;

/* "NOT_FOUND" for IDL_NOT_FOUND; "CODE_99" style text is never made: an unknown number gives
 * "UNKNOWN". Static memory; any thread. */
IDL_API const char *idl_code_name(idl_code code);

IDL_END_DECLS
#endif

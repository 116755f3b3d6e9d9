/* SPDX-License-Identifier: MIT */
/* status.c: the names of the codes. */
#include <idl/status.h>

const char *idl_code_name(idl_code code)
{
    switch (code) {
    case IDL_AGAIN: return "AGAIN";
    case IDL_OK: return "OK";
    case IDL_CANCELLED: return "CANCELLED";
    case IDL_UNKNOWN: return "UNKNOWN";
    case IDL_INVALID_ARGUMENT: return "INVALID_ARGUMENT";
    case IDL_DEADLINE_EXCEEDED: return "DEADLINE_EXCEEDED";
    case IDL_NOT_FOUND: return "NOT_FOUND";
    case IDL_ALREADY_EXISTS: return "ALREADY_EXISTS";
    case IDL_PERMISSION_DENIED: return "PERMISSION_DENIED";
    case IDL_RESOURCE_EXHAUSTED: return "RESOURCE_EXHAUSTED";
    case IDL_FAILED_PRECONDITION: return "FAILED_PRECONDITION";
    case IDL_ABORTED: return "ABORTED";
    case IDL_OUT_OF_RANGE: return "OUT_OF_RANGE";
    case IDL_UNIMPLEMENTED: return "UNIMPLEMENTED";
    case IDL_INTERNAL: return "INTERNAL";
    case IDL_UNAVAILABLE: return "UNAVAILABLE";
    case IDL_DATA_LOSS: return "DATA_LOSS";
    case IDL_UNAUTHENTICATED: return "UNAUTHENTICATED";
    }
    return "UNKNOWN";
}

/* SPDX-License-Identifier: MIT */
/* request.h: a message without a schema: what a load is made of.
 *
 * A request is fields in protobuf's wire format, taken from a file or given one by one. It is cut
 * into its top-level fields once, and put together again by each call, as a stub would. */
#ifndef BENCH_REQUEST_H
#define BENCH_REQUEST_H

#include <stdbool.h>

#include <idl/runtime.h>

typedef struct request {
    uint8_t *data;
    size_t len, cap;
    struct request_field *fields; /* of data, in its order */
    size_t count;
} request;

/* Appends the bytes of a file ("-": standard input), or one field: TEXT is NUMBER=VALUE with a
 * string, an integer, or the size of a text to fill. False: *why says it; static. */
bool request_add_file(request *r, const char *path, const char **why);
bool request_add_string(request *r, const char *text, const char **why);
bool request_add_int(request *r, const char *text, const char **why);
bool request_add_fill(request *r, const char *text, const char **why);

/* Nothing is added after this. False: the bytes are no message. */
bool request_close(request *r, const char **why);
void request_free(request *r);

/* Of a call: the request is a `request *`, the reply a `reply`: how long it was. */
typedef struct reply {
    size_t len;
} reply;
extern const idl_message request_type, reply_type;

#endif

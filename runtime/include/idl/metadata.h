/* SPDX-License-Identifier: MIT */
/* metadata.h: what travels with a call beside its messages: pairs of a key and a value, and the
 * details of an error.
 *
 *     idl_meta_add(call, IDL_META_REQUEST, "authorization", "Bearer 7f2c");     the client, before
 *     const char *token = idl_meta_get(call, IDL_META_REQUEST, "authorization"); the handler
 *     idl_meta_add(call, IDL_META_TRAILING, "cost", "12");                       the handler
 *     const char *cost = idl_meta_get(call, IDL_META_TRAILING, "cost");          the client, after
 *
 * Keys are made of a-z, 0-9, '-', '_' and '.', and don't begin with "grpc-". Values are printable
 * ASCII without a space at either end, but those of keys that end in "-bin": these are any bytes. A
 * key may come several times; the order is kept.
 *
 * What is added applies to one RPC and is gone when that is over, and with idl_call_reset. All
 * functions take the same turns as those of call.h: a call belongs to one thread at a time. Every one
 * of them accepts NULL for the call. */
#ifndef IDL_METADATA_H
#define IDL_METADATA_H

#include <idl/base.h>
#include <idl/call.h>
#include <idl/codec.h>
#include <idl/status.h>
#include <idl/values.h>

IDL_BEGIN_DECLS

typedef enum idl_meta_part {
    IDL_META_REQUEST, /* from the client, with the request */
    IDL_META_INITIAL, /* from the server, before its first message */
    IDL_META_TRAILING /* from the server, with the reply or the error */
} idl_meta_part;

/* One pair. Key and value end in NUL, which their len does not count. */
typedef struct idl_meta {
    idl_str key;
    idl_bytes value;
} idl_meta;

/* ---- What this side sends ---- */

/* Adds a pair; both texts are copied. The client adds IDL_META_REQUEST before the RPC begins, a
 * handler the others before the call has ended, and IDL_META_INITIAL before it was sent.
 *
 * IDL_OK; IDL_FAILED_PRECONDITION: not this part, or too late, nothing is changed;
 * IDL_INVALID_ARGUMENT: no such key or value; IDL_RESOURCE_EXHAUSTED: no memory. The last two stick:
 * the RPC ends with an error (on the client without being sent), so they need no check each. So
 * does one whose pairs are larger together than the limit: max_metadata in the options of the channel
 * and the server, where each pair counts with its texts and 36 bytes or a few more. */
IDL_API idl_code idl_meta_add(idl_call *call, idl_meta_part part, const char *key,
                              const char *value);
/* The same with any bytes, for keys in -bin; for other keys they are checked as text is. */
IDL_API idl_code idl_meta_add_bytes(idl_call *call, idl_meta_part part, const char *key,
                                    idl_bytes value);
/* Takes all pairs with that key out before it adds one. */
IDL_API idl_code idl_meta_set(idl_call *call, idl_meta_part part, const char *key,
                              const char *value);

/* Handlers of streams: sends IDL_META_INITIAL now, also when it is empty. The
 * first message that is emitted does it too, if there is any; without messages it goes with the end
 * of the call. IDL_OK; IDL_RESOURCE_EXHAUSTED: over the limit, or no memory; IDL_CANCELLED, IDL_UNAVAILABLE,
 * IDL_DEADLINE_EXCEEDED: nobody listens any more; IDL_FAILED_PRECONDITION: not a call with a stream, or
 * it was sent. */
IDL_API idl_code idl_meta_send_initial(idl_call *call);

/* ---- What this side has got ---- */

/* The client sees IDL_META_INITIAL of a stream from its first message on, or after
 * idl_meta_wait_initial, and everything else when the RPC is over (in the callback, with async calls),
 * whatever its code. It lives until the call is used again, reset or freed. A handler sees the request's
 * from the start, until the call has ended. Both also see what they have added. */

/* The value of the first pair with that key, as text (see idl_meta_find for bytes); NULL: there is
 * none. */
IDL_API const char *idl_meta_get(const idl_call *call, idl_meta_part part, const char *key);

/* The pairs in their order: the first for NULL, else the one that follows; NULL: no more. find goes
 * by those with that key alone.
 *     for (const idl_meta *m = NULL; (m = idl_meta_next(call, IDL_META_REQUEST, m)) != NULL;) ... */
IDL_API const idl_meta *idl_meta_next(const idl_call *call, idl_meta_part part,
                                      const idl_meta *after);
IDL_API const idl_meta *idl_meta_find(const idl_call *call, idl_meta_part part, const char *key,
                                      const idl_meta *after);

/* Client, a stream in its blocking form: waits until the server has sent IDL_META_INITIAL, a message,
 * or the end. False: the last of these, or there is no open stream. */
IDL_API bool idl_meta_wait_initial(idl_call *call);

/* ---- Details of an error ---- */

/* Messages that say more about an error than code and text. Types are named as in the IDL:
 * "demo.OutOfStock"; on the wire it is an Any, "type.googleapis.com/demo.OutOfStock". A name with a '/'
 * is taken as it is.
 *
 *     idl_detail_put(call, "demo.OutOfStock", &demo_out_of_stock_type, &why);    the handler
 *     return idl_call_fail(call, IDL_FAILED_PRECONDITION, "no more of that");
 *
 *     demo_out_of_stock why;                                                     the client
 *     if (idl_detail_get(call, "demo.OutOfStock", &demo_out_of_stock_type, &why)) ... */

/* Encodes message and adds it to what the call ends with, if that is an error. They count against
 * the same limit as IDL_META_TRAILING. IDL_OK; IDL_FAILED_PRECONDITION: not a handler's call;
 * IDL_INVALID_ARGUMENT: it can't be encoded; IDL_RESOURCE_EXHAUSTED: no memory. The last two stick. */
IDL_API idl_code idl_detail_put(idl_call *call, const char *name, const idl_message *type,
                                const void *message);

/* Decodes the first detail of that name; what it holds lives as the metadata does. False, and the
 * empty message: there is none, or it does not decode. */
IDL_API bool idl_detail_get(idl_call *call, const char *name, const idl_message *type,
                            void *message);

/* All of them: key is the type's URL, value the encoded message. */
IDL_API const idl_meta *idl_detail_next(const idl_call *call, const idl_meta *after);

IDL_END_DECLS
#endif

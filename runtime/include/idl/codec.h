/* SPDX-License-Identifier: MIT */
/* codec.h: the protobuf wire format (proto3 rules; protobuf.dev, "Encoding"), as cursor calls for
 * generated code, and the two functions that encode or decode one message.
 *
 * A writer writes backwards, from the end of its buffer to the front: a length is known when its
 * prefix is written, so nothing is measured twice and nothing moves. Generated encoders therefore
 * put fields from the highest number to the lowest, and lists from the last element to the first.
 *
 * A reader stops at its first error and stays stopped: idl_get_tag returns 0 at the end and after
 * an error alike, so that decoders are straight loops with one check at the very end. */
#ifndef IDL_CODEC_H
#define IDL_CODEC_H

#include <idl/arena.h>
#include <idl/base.h>
#include <idl/status.h>
#include <idl/values.h>

IDL_BEGIN_DECLS

typedef struct idl_writer idl_writer;
typedef struct idl_reader idl_reader;
typedef void idl_put_fn(idl_writer *w, const void *message);
typedef void idl_get_fn(idl_reader *r, void *message);

/* One message type. empty is what a decoded message starts from: strings "" and lists at an
 * address, so that nothing handed out is NULL but an absent struct. */
typedef struct idl_message {
    size_t size;
    const void *empty; /* size bytes */
    idl_put_fn *put;
    idl_get_fn *get;
} idl_message;

/* Encodes *message; the bytes are in the arena. IDL_OK, IDL_RESOURCE_EXHAUSTED (no memory, or
 * larger than 2 GiB - 1), IDL_INVALID_ARGUMENT (a string that is not UTF-8, a struct nested deeper
 * than 100); *bytes is empty then. */
IDL_API idl_code idl_encode(const idl_message *type, const void *message, idl_arena *arena,
                            idl_bytes *bytes);

/* Decodes bytes into *message (type->size bytes, whatever they held before). Strings are copied to
 * the arena; `bytes` fields are views into the input, which must live as long as the message does.
 * IDL_OK; IDL_INVALID_ARGUMENT: not a message of this type; IDL_RESOURCE_EXHAUSTED: no memory.
 * After an error *message is the empty message.
 *
 * A message may take far more memory than its bytes: an empty struct of a list is two bytes there,
 * and all its fields here. When the bytes come from strangers give the arena a limit
 * (idl_arena_limit; IDL_RESOURCE_EXHAUSTED beyond it). Servers and channels do. */
IDL_API idl_code idl_decode(const idl_message *type, idl_bytes bytes, idl_arena *arena,
                            void *message);

/* ---- For generated code: everything below. ---- */

/* Wire types, and a field's tag. */
enum { IDL_VARINT = 0, IDL_I64 = 1, IDL_LEN = 2, IDL_GROUP = 3, IDL_END_GROUP = 4, IDL_I32 = 5 };
#define IDL_TAG(number, wire) (((uint32_t)(number) << 3) | (uint32_t)(wire))

/* How deep messages (and unknown groups) may nest, encoding and decoding. */
enum { IDL_DEPTH_MAX = 100 };

/* What empty lists and bytes point to. */
IDL_API extern const uint64_t idl_nothing[2];
#define IDL_EMPTY_STR { "", 0 }
#define IDL_EMPTY_BYTES { (const uint8_t *)idl_nothing, 0 }
#define IDL_EMPTY_LIST { (const void *)idl_nothing, 0 }

// clang-format off
/* -- Writing. What is written are the bytes from p to end; p goes down. An error sticks in status,
 * and then nothing more is written. -- */
struct idl_writer {
    uint8_t *p;      /* the first byte written so far */
    uint8_t *lo;     /* while p >= lo, IDL_SLACK bytes below p are free */
    uint8_t *end;
    int depth;
    idl_code status;
    void *buffer;    /* heap, owned by the writer */
};
enum { IDL_SLACK = 32 }; /* a tag and any scalar, and whole words where only a part is kept */

/* A scalar with its tag. Callers leave default values out; these write what they are given. */
static inline void idl_put_varint(idl_writer *w, uint32_t tag, uint64_t v); /* bool, int*, uint*, enum */
static inline void idl_put_sint32(idl_writer *w, uint32_t tag, int32_t v);
static inline void idl_put_sint64(idl_writer *w, uint32_t tag, int64_t v);
static inline void idl_put_fixed32(idl_writer *w, uint32_t tag, uint32_t v); /* sfixed32: cast */
static inline void idl_put_fixed64(idl_writer *w, uint32_t tag, uint64_t v);
static inline void idl_put_float(idl_writer *w, uint32_t tag, float v);
static inline void idl_put_double(idl_writer *w, uint32_t tag, double v);
IDL_API void idl_put_str(idl_writer *w, uint32_t tag, idl_str v);      /* checks UTF-8 */
IDL_API void idl_put_bytes(idl_writer *w, uint32_t tag, idl_bytes v);
/* Plain-presence tests: not +0, so that -0.0 and NaN are sent. */
static inline bool idl_float_is_set(float v);
static inline bool idl_double_is_set(double v);

/* A message: put() writes it, then its length and tag go before it. */
IDL_API void idl_put_message(idl_writer *w, uint32_t tag, idl_put_fn *put, const void *message);
/* The same by hand, for map entries: mark, put the value and the key, then the length. An entry is
 * a level of nesting, as it is for the reader. */
static inline size_t idl_put_mark(idl_writer *w);
static inline void idl_put_length(idl_writer *w, uint32_t tag, size_t mark);

/* Lists; an empty one writes nothing. Numbers, bools and enums are packed. */
#define IDL_PUT_LIST_(name, T) IDL_API void idl_put_##name##_list(idl_writer *w, uint32_t tag, T list)
IDL_PUT_LIST_(bool, idl_bool_list);
IDL_PUT_LIST_(int8, idl_int8_list);       IDL_PUT_LIST_(int16, idl_int16_list);
IDL_PUT_LIST_(int32, idl_int32_list);     IDL_PUT_LIST_(int64, idl_int64_list);
IDL_PUT_LIST_(uint8, idl_uint8_list);     IDL_PUT_LIST_(uint16, idl_uint16_list);
IDL_PUT_LIST_(uint32, idl_uint32_list);   IDL_PUT_LIST_(uint64, idl_uint64_list);
IDL_PUT_LIST_(sint32, idl_int32_list);    IDL_PUT_LIST_(sint64, idl_int64_list);
IDL_PUT_LIST_(fixed32, idl_uint32_list);  IDL_PUT_LIST_(fixed64, idl_uint64_list);
IDL_PUT_LIST_(sfixed32, idl_int32_list);  IDL_PUT_LIST_(sfixed64, idl_int64_list);
IDL_PUT_LIST_(float, idl_float_list);     IDL_PUT_LIST_(double, idl_double_list);
IDL_PUT_LIST_(str, idl_str_list);         IDL_PUT_LIST_(bytes, idl_bytes_list);
IDL_API void idl_put_enum_list(idl_writer *w, uint32_t tag, const void *items, size_t count);
IDL_API void idl_put_message_list(idl_writer *w, uint32_t tag, const idl_message *type,
                                  const void *items, size_t count);

/* -- Reading. -- */
struct idl_reader {
    const uint8_t *p;
    const uint8_t *end;
    idl_arena *arena;
    int depth;
    idl_code status;
};

/* The next field's tag; 0 at the end of the message and after an error. */
static inline uint32_t idl_get_tag(idl_reader *r);
/* Skips the value of a field that is not known, or has another wire type than expected. */
IDL_API void idl_get_skip(idl_reader *r, uint32_t tag);

/* A value whose tag was read. The 8- and 16-bit ones are range-checked: out of range is an error. */
static inline bool idl_get_bool(idl_reader *r);
IDL_API int8_t idl_get_int8(idl_reader *r);           IDL_API int16_t idl_get_int16(idl_reader *r);
static inline int32_t idl_get_int32(idl_reader *r);   static inline int64_t idl_get_int64(idl_reader *r);
IDL_API uint8_t idl_get_uint8(idl_reader *r);         IDL_API uint16_t idl_get_uint16(idl_reader *r);
static inline uint32_t idl_get_uint32(idl_reader *r); static inline uint64_t idl_get_uint64(idl_reader *r);
static inline int32_t idl_get_sint32(idl_reader *r);  static inline int64_t idl_get_sint64(idl_reader *r);
static inline uint32_t idl_get_fixed32(idl_reader *r); static inline uint64_t idl_get_fixed64(idl_reader *r);
static inline float idl_get_float(idl_reader *r);     static inline double idl_get_double(idl_reader *r);
IDL_API idl_str idl_get_str(idl_reader *r);     /* UTF-8 checked, copied, NUL after it */
IDL_API idl_bytes idl_get_bytes(idl_reader *r); /* a view */

/* A struct field: merges into old when that is not NULL (a struct that came twice: this reader made
 * it), else starts from type->empty; the result is in the arena, NULL only if an error sticks. */
IDL_API void *idl_get_message(idl_reader *r, const idl_message *type, const void *old);
/* A message in place, which holds a value already: merges. For map entries and list elements. */
IDL_API void idl_get_into(idl_reader *r, idl_get_fn *get, void *message);
/* Room for one more element behind count others of size bytes each: returns the array, moved when
 * it had to grow, or NULL with the error sticking. Call it between the tag and the element. Arrays
 * remember their capacity: items must come from the functions here, unless count is 0. */
IDL_API void *idl_get_more(idl_reader *r, const void *items, size_t count, size_t size);

/* One occurrence of a repeated field, appended: packed (tag's wire type IDL_LEN) or a single
 * element. */
#define IDL_GET_LIST_(name, T) IDL_API void idl_get_##name##_list(idl_reader *r, uint32_t tag, T *list)
IDL_GET_LIST_(bool, idl_bool_list);
IDL_GET_LIST_(int8, idl_int8_list);       IDL_GET_LIST_(int16, idl_int16_list);
IDL_GET_LIST_(int32, idl_int32_list);     IDL_GET_LIST_(int64, idl_int64_list);
IDL_GET_LIST_(uint8, idl_uint8_list);     IDL_GET_LIST_(uint16, idl_uint16_list);
IDL_GET_LIST_(uint32, idl_uint32_list);   IDL_GET_LIST_(uint64, idl_uint64_list);
IDL_GET_LIST_(sint32, idl_int32_list);    IDL_GET_LIST_(sint64, idl_int64_list);
IDL_GET_LIST_(fixed32, idl_uint32_list);  IDL_GET_LIST_(fixed64, idl_uint64_list);
IDL_GET_LIST_(sfixed32, idl_int32_list);  IDL_GET_LIST_(sfixed64, idl_int64_list);
IDL_GET_LIST_(float, idl_float_list);     IDL_GET_LIST_(double, idl_double_list);
IDL_GET_LIST_(str, idl_str_list);         IDL_GET_LIST_(bytes, idl_bytes_list);
/* Enums are 32-bit (a static assertion in each generated header says so). Returns the items. */
IDL_API void *idl_get_enum_list(idl_reader *r, uint32_t tag, const void *items, size_t *count);
/* A list of structs: returns the items, one more than before. */
IDL_API void *idl_get_message_list(idl_reader *r, const idl_message *type, const void *items,
                                   size_t *count);

/* -- Whole messages that hold one scalar, field 1, left out when it is zero: what calls with one
 * parameter and results consist of. The scalar's address is the message's. -- */
#define IDL_ONE_(name) IDL_API idl_put_fn idl_put_one_##name; IDL_API idl_get_fn idl_get_one_##name
IDL_ONE_(bool);
IDL_ONE_(int8);    IDL_ONE_(int16);   IDL_ONE_(int32);    IDL_ONE_(int64);
IDL_ONE_(uint8);   IDL_ONE_(uint16);  IDL_ONE_(uint32);   IDL_ONE_(uint64);
IDL_ONE_(sint32);  IDL_ONE_(sint64);  IDL_ONE_(fixed32);  IDL_ONE_(fixed64);
IDL_ONE_(sfixed32); IDL_ONE_(sfixed64); IDL_ONE_(float);  IDL_ONE_(double);
IDL_ONE_(str);     IDL_ONE_(bytes);   IDL_ONE_(enum);
// clang-format on

IDL_END_DECLS

#include <idl/codec_inline.h>

#endif

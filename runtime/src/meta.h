/* SPDX-License-Identifier: MIT */
/* meta.h: lists of pairs: what they may hold, and their form on the wire.
 *
 * KeyValue and Any look alike: a text, and bytes. On the framed wire the value of a key that ends in
 * "-bin" is base64 without padding. */
#ifndef IDL__META_H
#define IDL__META_H

#include <idl/codec.h>
#include <idl/metadata.h>
#include <idl/trace.h>

#include "arena.h"

enum {
    IDL__META_DEFAULT = 16 << 10, /* how large a list may be */
    IDL__META_MAX = 1 << 20,
    IDL__PAIR_COST = 32 /* what each pair counts beside its bytes */
};

typedef struct idl__pair {
    idl_meta meta; /* first: what is handed out */
    struct idl__pair *prev, *next;
} idl__pair;

typedef struct idl__pairs {
    idl__pair *first, *last;
    size_t size; /* for the limit */
} idl__pairs;

/* After the parts of metadata.h. */
enum { IDL__DETAILS = IDL_META_TRAILING + 1, IDL__LISTS };

/* All that a call has got and sends. */
typedef struct idl__metadata {
    idl__pairs lists[IDL__LISTS];
    idl_arena memory; /* client: of what is to be sent, as the call's own is reset before */
    bool initial_sent;
    idl_trace trace; /* that was set; ids of zero: none was */
    idl_code code; /* what the call has to end with; IDL_OK: nothing is wrong */
    char error[160];
} idl__metadata;

/* The limit that options ask for; 0: the default. */
static inline size_t idl__meta_limit(size_t asked)
{
    return asked == 0 ? IDL__META_DEFAULT : asked < IDL__META_MAX ? asked : IDL__META_MAX;
}

/* What a list counts that is sent with the end of a call. */
static inline size_t idl__meta_trailing_size(const idl__metadata *m)
{
    return m->lists[IDL_META_TRAILING].size + m->lists[IDL__DETAILS].size;
}

/* NULL: the key or value may be used; else what is wrong. given: by the application, to be sent. */
const char *idl__meta_wrong(idl_str key, idl_bytes value, bool given);

/* Appends a copy. False: no memory, which sticks in the arena. */
bool idl__pairs_add(idl__pairs *pairs, idl_arena *arena, idl_str key, idl_bytes value);
void idl__pairs_remove(idl__pairs *pairs, idl_str key);
/* The first pair behind after, which may be NULL, with that key. */
const idl__pair *idl__pairs_find(const idl__pairs *pairs, idl_str key, const idl_meta *after);

/* ---- The wire ---- */

/* One KeyValue or Any: views, of which nothing is checked. False: it is none. The length of its bytes
 * is added to *size, and what a pair costs. */
bool idl__get_pair(idl_reader *outer, idl_meta *pair, size_t *size);
/* Fields with that tag. raw: the value as it is. */
void idl__put_pairs(idl_writer *w, uint32_t tag, const idl__pairs *pairs, bool raw);

/* Takes the fields with that number of an envelope that was parsed before. IDL_INVALID_ARGUMENT:
 * one of them is not legal; IDL_RESOURCE_EXHAUSTED: no memory. What was taken before stays. */
idl_code idl__pairs_take(idl__pairs *pairs, idl_arena *arena, idl_bytes envelope, uint32_t field);
/* The same with the details in the status of a response. */
idl_code idl__pairs_take_details(idl__pairs *pairs, idl_arena *arena, idl_bytes response);

#endif

/* SPDX-License-Identifier: MIT */
/* fuzz_codec.c: any bytes, decoded as a message with everything in it. What decodes encodes, and
 * what that gives comes back the same: from us, and, where protobuf-c is installed, from its
 * decoder and encoder as well.
 *
 * Input: a byte for the allocation that fails, then the message. */
#include <stdbool.h>
#include <string.h>

#include "all_types_types.h"
#include "alloc_fail.h"
#include "finding.h"
#ifdef FUZZ_PROTOBUF_C
#include "all_types.pb-c.h"
#endif

static bool same(idl_bytes a, idl_bytes b)
{
    return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

/* Decodes what was encoded and encodes it again. */
static void expect_settled(idl_arena *arena, idl_bytes once, const char *who)
{
    sample_all message;
    idl_bytes twice;
    if (sample_all_decode(&message, arena, once) != IDL_OK)
        finding("%s: what was encoded does not decode", who);
    if (sample_all_encode(&message, arena, &twice) != IDL_OK)
        finding("%s: what was decoded does not encode", who);
    if (!same(once, twice))
        finding("%s: %zu bytes became %zu, or others", who, once.len, twice.len);
}

#ifdef FUZZ_PROTOBUF_C
/* Its memory: given back all at once. */
static struct {
    size_t used;
    _Alignas(16) uint8_t bytes[1 << 20];
} pool;

static void *pool_alloc(void *data, size_t size)
{
    (void)data;
    size = (size + 15) & ~(size_t)15;
    if (size > sizeof pool.bytes - pool.used)
        return NULL;
    pool.used += size;
    return pool.bytes + pool.used - size;
}

static void pool_free(void *data, void *memory)
{
    (void)data;
    (void)memory;
}

/* What we have encoded, through protobuf-c: it may write fields in another way, but none may be
 * lost or changed. */
static void through_protobuf_c(idl_arena *arena, idl_bytes once)
{
    static ProtobufCAllocator allocator = { pool_alloc, pool_free, NULL };
    pool.used = 0;
    Sample__All *theirs = sample__all__unpack(&allocator, once.len, once.data);
    if (theirs == NULL && pool.used > sizeof pool.bytes / 2)
        return;
    if (theirs == NULL)
        finding("protobuf-c refuses what was encoded");
    size_t size = sample__all__get_packed_size(theirs);
    uint8_t *packed = pool_alloc(NULL, size);
    if (packed == NULL)
        return;
    sample__all__pack(theirs, packed);
    sample_all message;
    idl_bytes again;
    if (sample_all_decode(&message, arena, (idl_bytes){ packed, size }) != IDL_OK ||
        sample_all_encode(&message, arena, &again) != IDL_OK)
        finding("what protobuf-c encodes is refused");
    if (!same(once, again))
        finding("protobuf-c: %zu bytes became %zu, or others", once.len, again.len);
}
#endif

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    idl_arena *arena = idl_arena_new();
    sample_all message;
    idl_bytes once;
    alloc_fail_at(data[0] % 16);
    idl_code code = sample_all_decode(&message, arena, (idl_bytes){ data + 1, size - 1 });
    if (code == IDL_OK)
        code = sample_all_encode(&message, arena, &once);
    bool failed = alloc_fail_happened();
    alloc_fail_at(0);
    if (code == IDL_OK) {
        expect_settled(arena, once, "we");
#ifdef FUZZ_PROTOBUF_C
        through_protobuf_c(arena, once);
#endif
    } else if (code != IDL_INVALID_ARGUMENT && !(code == IDL_RESOURCE_EXHAUSTED && failed)) {
        finding("code %d", (int)code);
    }
    idl_arena_free(arena);
    return 0;
}

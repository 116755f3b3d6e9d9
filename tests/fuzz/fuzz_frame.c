/* SPDX-License-Identifier: MIT */
/* fuzz_frame.c: cutting a byte stream into frames, against twenty lines that do it on the whole
 * stream at once. Whatever the slices, and whichever allocation fails: the same frames.
 *
 * Input: a byte for the limits, one for the slices, one for the allocation that fails, then the
 * stream: as it is, or (a bit of the first byte) in portions: a byte says how a frame is made, so
 * that few bytes give frames that are larger than blocks. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <idl/frame.h>

#include "alloc_fail.h"
#include "chance.h"
#include "cut.h"
#include "finding.h"

enum { STREAM_MAX = 160 << 10, PEEK = 6, GROW_MIN = 16 << 10, SLICES = 40 };

static uint8_t stream[STREAM_MAX], pattern[STREAM_MAX + 8];

/* ---- The stream ---- */

static void fill_pattern(void)
{
    if (pattern[0] != 0)
        return;
    for (size_t i = 0; i < sizeof pattern; i++)
        pattern[i] = (uint8_t)(i * 3 + (i >> 8) + 1);
}

static size_t add_frame(size_t len, size_t claimed, size_t there)
{
    if (there > STREAM_MAX - len - IDL_FRAME_HEADER)
        there = STREAM_MAX - len - IDL_FRAME_HEADER;
    idl_frame_header(stream + len, (uint32_t)claimed);
    len += IDL_FRAME_HEADER;
    memcpy(stream + len, pattern + len % 8, there);
    return len + there;
}

static size_t make_stream(struct chance *in, bool portions)
{
    static const size_t sizes[] = { 0, 1, 3, 40, 4091, 4092, 4093, 9000, 16380, 33000, 70000 };
    size_t len = 0, large = 0;
    while (in->left != 0 && len + IDL_FRAME_HEADER < STREAM_MAX) {
        if (!portions) {
            stream[len++] = *in->bytes++;
            in->left--;
            continue;
        }
        size_t kind = chance_pick(in, 32);
        if (kind >= 7 && kind <= 10 && large++ > 0)
            kind = 3; /* one large one is enough, and much faster */
        if (kind < sizeof sizes / sizeof *sizes)
            len = add_frame(len, sizes[kind], sizes[kind]);
        else if (kind == 11) /* claims much, and little comes */
            len = add_frame(len, (size_t)chance_pick(in, 256) << 16, chance_pick(in, 64));
        else
            len = add_frame(len, kind - 11, kind - 11);
    }
    return len;
}

/* ---- What it has to be ---- */

typedef struct model {
    size_t len, at, limit, droppable;
} model;

static enum idl__cut_result model_next(model *m, size_t peek, idl_bytes *frame)
{
    if (m->len < m->at || m->len - m->at < IDL_FRAME_HEADER)
        return IDL__CUT_NONE;
    size_t have = m->len - m->at - IDL_FRAME_HEADER;
    size_t length = idl__get_be32(stream + m->at);
    *frame = (idl_bytes){ stream + m->at + IDL_FRAME_HEADER, length };
    if (length > m->droppable)
        return IDL__CUT_HOPELESS;
    if (length > m->limit ? have < peek : have < length)
        return IDL__CUT_NONE;
    m->at += IDL_FRAME_HEADER + length;
    return length > m->limit ? IDL__CUT_LONG : IDL__CUT_FRAME;
}

static void expect_same(idl_bytes is, idl_bytes should, size_t len)
{
    if (is.len != should.len || memcmp(is.data, should.data, len) != 0)
        finding("another frame: %zu bytes instead of %zu", is.len, should.len);
}

/* ---- How it comes ---- */

/* Pieces, small and large; after some of them the rest at once, for speed. */
typedef struct slicer {
    uint32_t seed;
    unsigned count;
} slicer;

static size_t slice(slicer *s, size_t left)
{
    static const uint32_t most[] = { 1, 2, 7, 100, 5000, 30000, 100000, 100000 };
    s->seed = s->seed * 1664525 + 1013904223;
    size_t n = 1 + (s->seed >> 8) % most[s->seed >> 29];
    return n < left && s->count++ < SLICES ? n : left;
}

static void check_held(const idl__cut *cut)
{
    size_t pending = idl__cut_pending(cut), most = 2 * pending;
    if (pending == 0 && cut->block != NULL)
        finding("memory for nothing");
    if (pending != 0 && cut->block->cap > (most < GROW_MIN ? GROW_MIN : most))
        finding("%zu bytes held for %zu", cut->block->cap, pending);
}

static bool take_frames(idl__cut *cut, model *m)
{
    for (;;) {
        idl_bytes is = { NULL, 0 }, should = { NULL, 0 };
        enum idl__cut_result result = idl__cut_next(cut, PEEK, &is);
        enum idl__cut_result right = model_next(m, PEEK, &should);
        if (result != right)
            finding("result %d instead of %d at %zu", (int)result, (int)right, m->at);
        switch (result) {
        case IDL__CUT_NONE: return true;
        case IDL__CUT_FRAME: expect_same(is, should, is.len); break;
        case IDL__CUT_LONG:
            expect_same(is, should, PEEK);
            idl__cut_drop(cut);
            break;
        case IDL__CUT_HOPELESS: expect_same(is, should, 0); return false;
        }
    }
}

/* Read into place, as connections do. retain: somebody holds a frame's block meanwhile. */
static void run_cut(size_t len, size_t limit, slicer s, bool retain)
{
    static idl__block *common; /* stays, as it does between connections */
    idl__cut cut;
    model m = { .limit = limit, .droppable = 4 * limit };
    idl__block *held = NULL;
    bool good = true;
    idl__cut_init(&cut, m.limit, m.droppable);
    while (good && m.len < len) {
        size_t room;
        uint8_t *space = idl__cut_space(&cut, &common, &room);
        if (space == NULL)
            continue; /* the allocation that fails: once */
        if (room == 0)
            finding("no room");
        size_t n = slice(&s, len - m.len < room ? len - m.len : room);
        memcpy(space, stream + m.len, n);
        idl__cut_received(&cut, n);
        m.len += n;
        good = take_frames(&cut, &m);
        if (retain && held == NULL && cut.block != NULL) {
            held = cut.block;
            idl__block_retain(held);
        }
        if (good && (s.seed >> 16) % 4 != 0 && idl__cut_settle(&cut))
            check_held(&cut);
    }
    idl__cut_fini(&cut);
    idl__block_release(held);
}

/* Fed, as users do. */
static void run_decoder(size_t len, size_t limit, slicer s)
{
    model m = { .limit = limit, .droppable = limit };
    idl_frame_decoder *decoder = idl_frame_decoder_new(limit);
    for (bool good = decoder != NULL; good && m.len < len;) {
        size_t n = slice(&s, len - m.len);
        if (idl_frame_decoder_feed(decoder, (idl_bytes){ stream + m.len, n }) != IDL_OK)
            continue;
        m.len += n;
        for (idl_code code = IDL_OK; code == IDL_OK;) {
            idl_bytes is, should;
            code = idl_frame_decoder_next(decoder, &is);
            enum idl__cut_result right = model_next(&m, 0, &should);
            if ((right == IDL__CUT_FRAME) != (code == IDL_OK) ||
                (right == IDL__CUT_NONE) != (code == IDL_AGAIN))
                finding("code %d for result %d", (int)code, (int)right);
            if (code == IDL_OK)
                expect_same(is, should, is.len);
            good = code == IDL_OK || code == IDL_AGAIN;
        }
        if (good && idl_frame_decoder_pending(decoder) != m.len - m.at)
            finding("%zu bytes pending instead of %zu", idl_frame_decoder_pending(decoder),
                    m.len - m.at);
    }
    idl_frame_decoder_free(decoder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t limits[] = { 0, 1, 8, 64, 5000, 20000, 100000, 1 << 20 };
    struct chance in = { data, size };
    size_t first = chance_pick(&in, 256), fail = chance_pick(&in, 256);
    slicer s = { .seed = (uint32_t)chance_pick(&in, 256) };
    fill_pattern();
    size_t limit = limits[first % 8], len = make_stream(&in, (first & 8) != 0);
    alloc_fail_at(fail % 8);
    if ((first & 16) != 0)
        run_cut(len, limit, s, (first & 32) != 0);
    else
        run_decoder(len, limit != 0 ? limit : 3, s);
    alloc_fail_at(0);
    return 0;
}

/* SPDX-License-Identifier: MIT */
/* cut.c: cuts a byte stream into frames. */
#include "cut.h"

#include <string.h>

#include <idl/frame.h>

enum {
    COMMON = 96 << 10, /* a block that connections read into: 64 KiB of messages, and their heads */
    SMALL = 4 << 10,   /* frames up to this are moved back to it when they straddle two reads */
    PAGE = 4 << 10,
    GROW_MIN = 16 << 10,
    SPARE_FACTOR = 32 /* how much larger than what has arrived a spare block may be */
};

void idl__cut_init(idl__cut *cut, size_t limit, size_t droppable)
{
    *cut = (idl__cut){ .limit = limit, .droppable = droppable };
}

/* What follows a header; at most what a size_t of 32 bits can say. */
static size_t length_at(const idl__cut *cut, const uint8_t *header)
{
    const size_t length = idl__get_be32(header), most = UINT32_MAX;
    return length < most - cut->uncounted ? length + cut->uncounted : most;
}

/* Takes another block, which is ours, or none. A lent one goes back unless there is another by now. */
static void replace(idl__cut *cut, idl__block *block)
{
    if (cut->home != NULL && *cut->home == NULL)
        *cut->home = cut->block;
    else if (cut->spare != NULL && cut->block != NULL && cut->block->cap > COMMON)
        idl__spare_put(cut->spare, cut->block);
    else
        idl__block_release(cut->block);
    cut->block = block;
    cut->home = NULL;
}

static void let_go(idl__cut *cut)
{
    replace(cut, NULL);
    cut->begin = cut->end = 0;
}

static bool is_own(const idl__cut *cut)
{
    return cut->home == NULL && !idl__block_is_shared(cut->block);
}

void idl__cut_fini(idl__cut *cut)
{
    let_go(cut);
}

/* Bytes of the first frame, its header included; 0: not known yet, or it is none that is kept. */
static size_t whole(const idl__cut *cut)
{
    if (cut->dropping != 0 || idl__cut_pending(cut) < IDL_FRAME_HEADER)
        return 0;
    size_t length = length_at(cut, cut->block->data + cut->begin);
    return length <= cut->limit ? IDL_FRAME_HEADER + length : 0;
}

/* Moves what is pending to the front of block (a new reference of ours). */
static void move_to(idl__cut *cut, idl__block *block)
{
    size_t pending = idl__cut_pending(cut);
    if (cut->block != NULL)
        memcpy(block->data, cut->block->data + cut->begin, pending);
    replace(cut, block);
    cut->begin = 0;
    cut->end = pending;
}

static idl__block *new_block(idl__cut *cut, size_t cap)
{
    idl__block *spare =
        cap > COMMON && cut->spare != NULL ? idl__spare_take(cut->spare, cap) : NULL;
    return spare != NULL ? spare : idl__block_new(cap);
}

/* The block is ours alone, what is pending is at its front, and it has cap bytes or more. */
static bool own(idl__cut *cut, size_t cap)
{
    size_t pending = idl__cut_pending(cut);
    if (cut->block == NULL || !is_own(cut)) {
        idl__block *block = new_block(cut, cap);
        if (block == NULL)
            return false;
        move_to(cut, block);
        return true;
    }
    if (cut->begin != 0) {
        memmove(cut->block->data, cut->block->data + cut->begin, pending);
        cut->begin = 0;
        cut->end = pending;
    }
    if (cut->block->cap >= cap)
        return true;
    idl__block *block = cut->spare != NULL ? idl__spare_take(cut->spare, cap) : NULL;
    if (block != NULL) {
        move_to(cut, block);
        return true;
    }
    block = idl__block_resize(cut->block, cap);
    if (block != NULL)
        cut->block = block;
    return block != NULL;
}

/* How large a block a frame of total bytes gets when have of them are there. */
static size_t room_for(size_t total, size_t have)
{
    size_t cap = 2 * have;
    if (cap < GROW_MIN)
        cap = GROW_MIN;
    return cap < total ? cap : total;
}

static uint8_t *common_space(idl__cut *cut, idl__block **common, size_t *len)
{
    if (*common == NULL || idl__block_is_shared(*common)) {
        idl__block *block = idl__block_new(COMMON);
        if (block == NULL)
            return NULL;
        idl__block_release(*common);
        *common = block;
    }
    size_t pending = idl__cut_pending(cut);
    /* What is read begins a page, as it mostly does in the kernel: some processors copy many times
     * slower to a place that is a few bytes further in its page. */
    size_t lead = (PAGE - (uintptr_t)((*common)->data + pending) % PAGE) % PAGE;
    if (pending != 0)
        memcpy((*common)->data + lead, cut->block->data + cut->begin, pending);
    cut->target = *common;
    cut->common = common;
    cut->lead = lead;
    *len = (*common)->cap - pending - lead;
    return (*common)->data + lead + pending;
}

uint8_t *idl__cut_space(idl__cut *cut, idl__block **common, size_t *len)
{
    size_t pending = idl__cut_pending(cut);
    size_t total = whole(cut);
    if (pending <= SMALL && total <= SMALL)
        return common_space(cut, common, len);
    if (cut->end == cut->block->cap || !is_own(cut)) {
        /* When not all frames were taken there may be more than the first: then just more room. */
        if (!own(cut, pending < total ? room_for(total, pending) : pending + GROW_MIN))
            return NULL;
    }
    cut->target = cut->block;
    *len = cut->block->cap - cut->end;
    return cut->block->data + cut->end;
}

void idl__cut_received(idl__cut *cut, size_t len)
{
    if (len == 0)
        return;
    if (cut->target != cut->block) {
        size_t pending = idl__cut_pending(cut); /* is in target already */
        replace(cut, cut->target);
        cut->home = cut->common;
        *cut->common = NULL;
        cut->begin = cut->lead;
        cut->end = cut->lead + pending;
    }
    cut->end += len;
}

bool idl__cut_feed(idl__cut *cut, idl_bytes bytes)
{
    size_t pending = idl__cut_pending(cut);
    if (bytes.len == 0)
        return true;
    if (bytes.len > SIZE_MAX / 4 - pending)
        return false;
    if (pending == 0 && cut->block != NULL && cut->block->cap > COMMON)
        let_go(cut);
    size_t cap = cut->block != NULL ? cut->block->cap : 0;
    if (cut->block == NULL || bytes.len > cap - cut->end) {
        /* Moving to the front is worth it only when that frees half; else it grows, by doubling. */
        size_t need = pending + bytes.len;
        if (need > cap || pending > cap / 2)
            cap = 2 * cap > need ? 2 * cap : need;
        if (!own(cut, cap))
            return false;
    }
    memcpy(cut->block->data + cut->end, bytes.data, bytes.len);
    cut->end += bytes.len;
    return true;
}

enum idl__cut_result idl__cut_next(idl__cut *cut, size_t peek, idl_bytes *frame)
{
    size_t drop = idl__cut_pending(cut) < cut->dropping ? idl__cut_pending(cut) : cut->dropping;
    cut->begin += drop;
    cut->dropping -= drop;
    size_t have = idl__cut_pending(cut);
    if (have < IDL_FRAME_HEADER)
        return IDL__CUT_NONE;
    const uint8_t *header = cut->block->data + cut->begin;
    size_t length = length_at(cut, header);
    have -= IDL_FRAME_HEADER;
    *frame = (idl_bytes){ header + IDL_FRAME_HEADER, length };
    if (length > cut->limit) {
        if (length > cut->droppable)
            return IDL__CUT_HOPELESS;
        return have < peek ? IDL__CUT_NONE : IDL__CUT_LONG;
    }
    if (have < length)
        return IDL__CUT_NONE;
    cut->begin += IDL_FRAME_HEADER + length;
    return IDL__CUT_FRAME;
}

void idl__cut_drop(idl__cut *cut)
{
    cut->dropping = IDL_FRAME_HEADER + length_at(cut, cut->block->data + cut->begin);
}

bool idl__cut_settle_any(idl__cut *cut)
{
    size_t pending = idl__cut_pending(cut);
    if (pending == 0) {
        let_go(cut);
        return true;
    }
    size_t total = whole(cut);
    size_t cap = total > SMALL ? room_for(total, pending) : pending;
    /* One that was a spare may be larger, when a good part of it is there. */
    size_t most = cap > COMMON ? SPARE_FACTOR * pending : cap;
    if (cut->begin == 0 && cut->block->cap <= most && is_own(cut))
        return true;
    idl__block *block = new_block(cut, cap);
    if (block != NULL)
        move_to(cut, block);
    return block != NULL;
}

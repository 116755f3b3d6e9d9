/* SPDX-License-Identifier: MIT */
/* conn_run.c: messages that were received together. */
#include "conn_run.h"

#include <string.h>

/* A run is at the beginning of a block, which is its own. */
static idl__block *home_of(const idl__run *run)
{
    return (idl__block *)(void *)((char *)(uintptr_t)run - offsetof(idl__block, data));
}

/* A run without frames; size bytes for some are behind it. */
static idl__run *new_run(size_t size, uint32_t counted)
{
    idl__block *block = idl__block_new(sizeof(idl__run) + size);
    if (block == NULL)
        return NULL;
    idl__run *run = (void *)block->data;
    *run = (idl__run){ .block = block, .room = (uint8_t *)(run + 1), .counted = counted };
    run->at = run->end = run->room;
    return run;
}

idl__run *idl__run_copy(idl_bytes frames, size_t room, uint32_t counted)
{
    idl__run *run = new_run(frames.len + room, counted);
    if (run != NULL)
        idl__run_append(run, frames);
    return run;
}

idl__run *idl__run_view(idl_bytes frames, idl__block *block, uint32_t counted)
{
    idl__run *run = new_run(0, counted);
    if (run == NULL)
        return NULL;
    idl__block_retain(block);
    run->block = block;
    run->room = NULL;
    run->at = frames.data;
    run->end = frames.data + frames.len;
    return run;
}

idl__run *idl__run_of(idl_bytes payload, uint32_t counted)
{
    idl__run *run = new_run(IDL__FRAME_HEAD + payload.len, counted);
    if (run == NULL)
        return NULL;
    uint8_t *frame = run->room;
    memset(frame, 0, IDL__FRAME_HEAD);
    idl__set_be32(frame, (uint32_t)payload.len + counted);
    memcpy(frame + IDL__FRAME_HEAD, payload.data, payload.len);
    run->room = NULL;
    run->end = frame + IDL__FRAME_HEAD + payload.len;
    return run;
}

bool idl__run_append(idl__run *run, idl_bytes frames)
{
    if (run->room == NULL || frames.len > (size_t)(run->block->data + run->block->cap - run->room))
        return false;
    memcpy(run->room, frames.data, frames.len);
    run->room += frames.len;
    run->end = run->room;
    return true;
}

void idl__run_free(idl__run *run)
{
    idl__block *home = home_of(run);
    if (run->block != home)
        idl__block_release(run->block);
    idl__block_release(home);
}

void idl__runs_free(idl__run **list)
{
    for (idl__run *run = *list; run != NULL; run = *list) {
        *list = run->next;
        idl__run_free(run);
    }
}

/* SPDX-License-Identifier: MIT */
/* conn_run.h: messages of one stream that have arrived behind each other, as the frames that they
 * came in. They are neither cut apart nor stored one by one: whoever takes them walks over them.
 *
 * A run is in one block. Few bytes are copied, so that they do not hold a block that is many times
 * as large, and more may be put behind them; many are left where they were read. */
#ifndef IDL__CONN_RUN_H
#define IDL__CONN_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <idl/values.h>

#include "block.h"
#include "cut.h"
#include "envelope.h"

typedef struct idl__run {
    struct idl__run *next;
    idl__block *block;  /* that the frames are in: that of this struct, or another one */
    const uint8_t *at;  /* the first frame that was not taken, */
    const uint8_t *end; /* and where the last one ends; */
    uint8_t *room;      /* NULL: nothing may be put there */
    uint32_t counted;   /* bytes of a frame's head that its length counts */
    uint32_t cost;      /* what they all cost, in credit */
} idl__run;

/* Whole frames, copied into a block with that many bytes of room behind them. NULL: no memory. */
idl__run *idl__run_copy(idl_bytes frames, size_t room, uint32_t counted);
/* The same for frames that are in block, and stay there. */
idl__run *idl__run_view(idl_bytes frames, idl__block *block, uint32_t counted);
/* One message that came in no frame of its own. */
idl__run *idl__run_of(idl_bytes payload, uint32_t counted);
/* Puts frames behind those of a run that nobody takes from yet, if there is room. */
bool idl__run_append(idl__run *run, idl_bytes frames);
void idl__run_free(idl__run *run);

/* The next message, which lives as long as the run's block. False: there are no more. */
static inline bool idl__run_next(idl__run *run, idl_bytes *payload)
{
    const uint8_t *frame = run->at;
    if (frame == run->end)
        return false;
    *payload = (idl_bytes){ frame + IDL__FRAME_HEAD, idl__get_be32(frame) - run->counted };
    run->at = payload->data + payload->len;
    return true;
}

/* The same for a list of runs: the message lives until the next one is asked for. */
static inline bool idl__runs_next(idl__run **list, idl_bytes *payload)
{
    for (idl__run *run = *list; run != NULL; run = *list) {
        if (IDL_LIKELY(idl__run_next(run, payload)))
            return true;
        *list = run->next;
        idl__run_free(run);
    }
    return false;
}

void idl__runs_free(idl__run **list);

#endif

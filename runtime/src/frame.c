/* SPDX-License-Identifier: MIT */
/* frame.c: the frame decoder. */
#include <idl/frame.h>

#include "cut.h"
#include "mem.h"

struct idl_frame_decoder {
    idl__cut cut;
    idl_code failed; /* the first error, for ever */
};

void idl_frame_header(uint8_t header[IDL_FRAME_HEADER], uint32_t length)
{
    idl__set_be32(header, length);
}

idl_frame_decoder *idl_frame_decoder_new(size_t limit)
{
    idl_frame_decoder *decoder = idl__malloc(sizeof *decoder);
    if (decoder == NULL)
        return NULL;
    if (limit == 0)
        limit = IDL_FRAME_LIMIT_DEFAULT;
    if (limit > IDL_FRAME_LIMIT_MAX)
        limit = IDL_FRAME_LIMIT_MAX;
    idl__cut_init(&decoder->cut, limit, limit);
    decoder->failed = IDL_OK;
    return decoder;
}

void idl_frame_decoder_free(idl_frame_decoder *decoder)
{
    if (decoder == NULL)
        return;
    idl__cut_fini(&decoder->cut);
    idl__free(decoder);
}

idl_code idl_frame_decoder_feed(idl_frame_decoder *decoder, idl_bytes bytes)
{
    if (decoder == NULL)
        return IDL_RESOURCE_EXHAUSTED;
    if (decoder->failed != IDL_OK)
        return decoder->failed;
    return idl__cut_feed(&decoder->cut, bytes) ? IDL_OK : IDL_RESOURCE_EXHAUSTED;
}

idl_code idl_frame_decoder_next(idl_frame_decoder *decoder, idl_bytes *frame)
{
    static const uint8_t nothing[1];
    *frame = (idl_bytes){ nothing, 0 };
    if (decoder == NULL)
        return IDL_RESOURCE_EXHAUSTED;
    if (decoder->failed != IDL_OK)
        return decoder->failed;
    idl_bytes next;
    switch (idl__cut_next(&decoder->cut, 0, &next)) {
    case IDL__CUT_NONE: return IDL_AGAIN;
    case IDL__CUT_FRAME: *frame = next; return IDL_OK;
    case IDL__CUT_LONG:
    case IDL__CUT_HOPELESS: break;
    }
    /* No allocation of what is claimed; and what is here is of no use any more. */
    idl__cut_fini(&decoder->cut);
    return decoder->failed = IDL_RESOURCE_EXHAUSTED;
}

size_t idl_frame_decoder_pending(const idl_frame_decoder *decoder)
{
    return decoder != NULL ? idl__cut_pending(&decoder->cut) : 0;
}

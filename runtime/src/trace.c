/* SPDX-License-Identifier: MIT */
/* trace.c: the trace that a call is in: W3C Trace Context, level 1. */
#include <idl/trace.h>

#include <string.h>

#include <sys/random.h>

#include "call_meta.h"

enum {
    LEN = IDL_TRACE_TEXT - 1,
    TRACE_AT = 3,
    SPAN_AT = 36,
    FLAGS_AT = 53,
    FLAGS = IDL_TRACE_SAMPLED | IDL_TRACE_RANDOM,
    STATE_MAX = 512 /* bytes of tracestate that are passed on */
};

static const char parent_key[] = "traceparent", state_key[] = "tracestate";

static bool is_zero(const uint8_t *id, size_t len)
{
    uint8_t any = 0;
    for (size_t i = 0; i < len; i++)
        any |= id[i];
    return any == 0;
}

static bool is_valid(const idl_trace *trace)
{
    return !is_zero(trace->trace_id, sizeof trace->trace_id) &&
           !is_zero(trace->span_id, sizeof trace->span_id);
}

static bool is_same(const idl_trace *a, const idl_trace *b)
{
    return memcmp(a->trace_id, b->trace_id, sizeof a->trace_id) == 0;
}

/* ---- Text ---- */

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool get_hex(const char *text, uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static void put_hex(char *text, const uint8_t *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
}

/* Later versions may say more behind another '-'. */
static bool parse(const char *text, size_t len, idl_trace *trace)
{
    uint8_t version;
    if (len < LEN || !get_hex(text, &version, 1) || version == 0xff)
        return false;
    if (len > LEN && (version == 0 || text[LEN] != '-'))
        return false;
    return text[TRACE_AT - 1] == '-' && text[SPAN_AT - 1] == '-' && text[FLAGS_AT - 1] == '-' &&
           get_hex(text + TRACE_AT, trace->trace_id, sizeof trace->trace_id) &&
           get_hex(text + SPAN_AT, trace->span_id, sizeof trace->span_id) &&
           get_hex(text + FLAGS_AT, &trace->flags, 1) && is_valid(trace);
}

bool idl_trace_parse(const char *text, idl_trace *trace)
{
    idl_trace parsed = { .flags = 0 };
    bool valid = text != NULL && parse(text, strlen(text), &parsed);
    parsed.flags &= FLAGS;
    *trace = valid ? parsed : (idl_trace){ .flags = 0 };
    return valid;
}

void idl_trace_format(const idl_trace *trace, char text[IDL_TRACE_TEXT])
{
    const uint8_t flags = trace->flags & FLAGS;
    memcpy(text, "00-", 3);
    put_hex(text + TRACE_AT, trace->trace_id, sizeof trace->trace_id);
    put_hex(text + SPAN_AT, trace->span_id, sizeof trace->span_id);
    put_hex(text + FLAGS_AT, &flags, 1);
    text[SPAN_AT - 1] = text[FLAGS_AT - 1] = '-';
    text[LEN] = '\0';
}

/* ---- Spans ---- */

static bool fill(uint8_t *id, size_t len)
{
    do {
        if (getrandom(id, len, 0) != (ssize_t)len)
            return false;
    } while (is_zero(id, len));
    return true;
}

bool idl_trace_start(idl_trace *span, const idl_trace *parent)
{
    idl_trace made = { .flags = IDL_TRACE_RANDOM };
    if (parent != NULL) {
        made = *parent;
        memcpy(made.parent_id, parent->span_id, sizeof made.parent_id);
    } else if (!fill(made.trace_id, sizeof made.trace_id)) {
        return false;
    }
    if (!fill(made.span_id, sizeof made.span_id))
        return false;
    *span = made;
    return true;
}

/* ---- Of calls ---- */

/* The one that its metadata has. */
static bool received(const idl_call *call, idl_trace *trace)
{
    const idl_meta *meta = idl_meta_find(call, IDL_META_REQUEST, parent_key, NULL);
    bool single = meta != NULL && !idl_meta_find(call, IDL_META_REQUEST, parent_key, meta);
    return idl_trace_parse(single ? (const char *)meta->value.data : NULL, trace);
}

bool idl_trace_get(const idl_call *call, idl_trace *trace)
{
    if (call == NULL || call->meta == NULL || !is_valid(&call->meta->trace))
        return received(call, trace);
    *trace = call->meta->trace;
    return true;
}

idl_code idl_trace_set(idl_call *call, const idl_trace *trace)
{
    char text[IDL_TRACE_TEXT];
    idl_trace before;
    if (!is_valid(trace))
        return IDL_INVALID_ARGUMENT;
    bool same = idl_trace_get(call, &before) && is_same(trace, &before);
    if (call == NULL || call->role != IDL__CALL_SERVER) {
        idl_trace_format(trace, text);
        idl_code code = idl_meta_set(call, IDL_META_REQUEST, parent_key, text);
        if (code != IDL_OK)
            return code;
        if (!same)
            idl__pairs_remove(&call->meta->lists[IDL_META_REQUEST], idl_cstr(state_key));
    }
    idl__metadata *m = idl__call_metadata(call);
    if (m == NULL)
        return IDL_RESOURCE_EXHAUSTED;
    m->trace = *trace;
    return IDL_OK;
}

/* All that came, in its order, as one list; what is too much goes from its end, a member at a time. */
static void pass_state(idl_call *call, const idl_call *served)
{
    char text[STATE_MAX + 2] = ""; /* one more than may be sent shows where a member ends */
    size_t len = 0, from = 0;
    const idl_meta *m = NULL;
    while ((m = idl_meta_find(served, IDL_META_REQUEST, state_key, m)) != NULL) {
        for (size_t i = 0; i < m->value.len && len <= STATE_MAX; i++)
            text[len++] = (char)m->value.data[i];
        if (len <= STATE_MAX)
            text[len++] = ',';
    }
    while (len > 0 && text[len - 1] != ',')
        len--;
    while (len > 0 && (text[len - 1] == ',' || text[len - 1] == ' '))
        len--;
    while (from < len && text[from] == ' ')
        from++;
    text[len] = '\0';
    if (len > 0)
        idl_meta_set(call, IDL_META_REQUEST, state_key, text + from);
}

void idl__call_inherit_trace(idl_call *call, const idl_call *served)
{
    idl_trace trace, came;
    if (served->meta == NULL || !idl_trace_get(served, &trace))
        return;
    if (idl_trace_set(call, &trace) == IDL_OK && received(served, &came) && is_same(&came, &trace))
        pass_state(call, served);
}

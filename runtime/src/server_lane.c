/* SPDX-License-Identifier: MIT */
/* server_lane.c: messages between a call's worker and the threads that work for it.
 *
 * A lane is guarded by its worker's mailbox, but for the messages that the worker is sending. */
#include "server_lane.h"

#include <string.h>

#include <uv.h>

#include "codec.h"
#include "loop_thread.h"
#include "mem.h"
#include "peer.h"
#include "server_call.h"
#include "server_stream.h"
#include "worker.h"

enum {
    IN_MAX = 64,         /* messages that wait for next, */
    IN_BYTES = 64 << 10, /* or bytes of them; the rest waits in the stream */
    OUT_BYTES = 64 << 10 /* that wait to be sent before emit does */
};

/* A message that was emitted, encoded; or metadata. */
struct parcel {
    struct parcel *next;
    const idl__pairs *initial; /* NULL: a message */
    size_t len;
    uint8_t data[];
};

typedef struct idl__lane {
    uv_cond_t changed;
    unsigned sleepers;
    struct {
        idl_bytes payload;
        idl__block *block;
    } in[IN_MAX]; /* a ring */
    size_t in_first, in_count, in_bytes;
    bool pulled;     /* next was called: messages go here */
    bool in_waits;   /* there are more, for which there was no room */
    bool in_end;     /* there are no more */
    idl_code spoilt; /* IDL_OK: none was */
    struct parcel *out_first, *out_last;
    size_t out_bytes; /* those that the worker is sending included */
    bool starved;     /* somebody was given IDL_AGAIN */
    unsigned hooked;
    idl__hooks hooks;
    struct parcel *sending, *sending_last; /* the worker's own */
} idl__lane;

static idl__lane *lane_of(const idl_call *call)
{
    return atomic_load(&call->server.lane);
}

static void lock(const idl_call *call)
{
    uv_mutex_lock(&call->server.worker->mail.mutex);
}

static void unlock(const idl_call *call)
{
    uv_mutex_unlock(&call->server.worker->mail.mutex);
}

/* ---- Life ---- */

static idl__lane *new_lane(void)
{
    idl__lane *lane = idl__calloc(1, sizeof *lane);
    if (lane == NULL || uv_cond_init(&lane->changed) == 0)
        return lane;
    idl__free(lane);
    return NULL;
}

static void destroy(idl__lane *lane)
{
    uv_cond_destroy(&lane->changed);
    idl__free(lane);
}

/* The call's lane, made if there is none; NULL: no memory. Several threads may be here at once. */
static idl__lane *get_lane(idl_call *call)
{
    idl__lane *lane = lane_of(call), *expected = NULL;
    if (lane != NULL || (lane = new_lane()) == NULL)
        return lane;
    if (atomic_compare_exchange_strong(&call->server.lane, &expected, lane))
        return lane;
    destroy(lane);
    return expected;
}

static size_t free_parcels(struct parcel *parcel)
{
    size_t len = 0;
    for (struct parcel *next; parcel != NULL; parcel = next) {
        next = parcel->next;
        len += parcel->len;
        idl__free(parcel);
    }
    return len;
}

static void drop_in(idl__lane *lane)
{
    for (; lane->in_count > 0; lane->in_count--) {
        idl__block_release(lane->in[lane->in_first].block);
        lane->in_first = (lane->in_first + 1) % IN_MAX;
    }
    lane->in_bytes = 0;
}

void idl__lane_free_it(idl_call *call)
{
    idl__lane *lane = lane_of(call);
    atomic_store(&call->server.lane, NULL);
    free_parcels(lane->sending);
    free_parcels(lane->out_first);
    drop_in(lane);
    destroy(lane);
}

/* ---- Waiting, with the lock ---- */

/* Nobody waits for the call's end any more: why; IDL_OK: somebody does. */
static idl_code given_up(const idl_call *call)
{
    int why = atomic_load(&call->server.cancelled);
    if (why != IDL_OK)
        return (idl_code)why;
    return call->server.worker->mail.closed ? IDL_UNAVAILABLE : IDL_OK;
}

static void sleep_on(idl__lane *lane, const idl_call *call)
{
    lane->sleepers++;
    uv_cond_wait(&lane->changed, &call->server.worker->mail.mutex);
    lane->sleepers--;
}

static void wake(idl__lane *lane)
{
    if (lane->sleepers > 0)
        uv_cond_broadcast(&lane->changed);
}

/* ---- Emitting ---- */

static idl_code wait_for_room(idl__lane *lane, const idl_call *call)
{
    for (;;) {
        idl_code code = given_up(call);
        if (code != IDL_OK || lane->out_bytes < OUT_BYTES)
            return code;
        if (!idl__handler_thread()) {
            lane->starved = true;
            return IDL_AGAIN;
        }
        sleep_on(lane, call);
    }
}

static struct parcel *pack(const idl_call *call, const idl_message *type, const void *item,
                           idl_code *code)
{
    struct parcel *parcel = NULL;
    idl_writer w;
    idl__writer_init(&w);
    type->put(&w, item);
    idl_bytes bytes = idl__writer_bytes(&w);
    *code = w.status;
    if (w.status == IDL_OK && bytes.len > call->server.worker->options.limits.max_message)
        *code = IDL_RESOURCE_EXHAUSTED;
    if (*code == IDL_OK && (parcel = idl__malloc(sizeof *parcel + bytes.len)) == NULL)
        *code = IDL_RESOURCE_EXHAUSTED;
    if (parcel != NULL) {
        *parcel = (struct parcel){ .len = bytes.len };
        if (bytes.len > 0)
            memcpy(parcel->data, bytes.data, bytes.len);
    }
    idl__writer_fini(&w);
    return parcel;
}

/* With the lock. */
static void put(idl__lane *lane, idl_call *call, struct parcel *parcel)
{
    if (lane->out_last != NULL)
        lane->out_last->next = parcel;
    else
        lane->out_first = parcel;
    lane->out_last = parcel;
    lane->out_bytes += parcel->len;
    idl__worker_mail(call->server.worker, call, IDL__MAIL_LANE);
}

idl_code idl__lane_headers(idl_call *call, const idl__pairs *initial)
{
    idl__lane *lane = get_lane(call);
    if (lane == NULL || initial->size > call->server.worker->options.limits.max_metadata)
        return IDL_RESOURCE_EXHAUSTED;
    struct parcel *parcel = idl__malloc(sizeof *parcel);
    if (parcel == NULL)
        return IDL_RESOURCE_EXHAUSTED;
    *parcel = (struct parcel){ .initial = initial };
    lock(call);
    put(lane, call, parcel);
    unlock(call);
    return IDL_OK;
}

idl_code idl__lane_emit(idl_call *call, const idl_message *type, const void *item)
{
    idl__lane *lane = get_lane(call);
    if (lane == NULL)
        return IDL_RESOURCE_EXHAUSTED;
    lock(call);
    idl_code code = wait_for_room(lane, call);
    unlock(call);
    if (code != IDL_OK)
        return code;
    struct parcel *parcel = pack(call, type, item, &code);
    if (parcel == NULL)
        return code;
    lock(call);
    put(lane, call, parcel);
    unlock(call);
    return IDL_OK;
}

/* ---- Receiving ---- */

static bool take(idl__lane *lane, idl_bytes *payload, idl__block **block)
{
    if (lane->in_count == 0)
        return false;
    *payload = lane->in[lane->in_first].payload;
    *block = lane->in[lane->in_first].block;
    lane->in_first = (lane->in_first + 1) % IN_MAX;
    lane->in_count--;
    lane->in_bytes -= payload->len;
    return true;
}

bool idl__lane_next(idl_call *call, idl_bytes *payload, idl__block **block)
{
    idl__worker *worker = call->server.worker;
    idl__lane *lane = get_lane(call);
    if (lane == NULL)
        return false;
    lock(call);
    if (!lane->pulled) {
        lane->pulled = true;
        idl__worker_mail(worker, call, IDL__MAIL_LANE);
    }
    while (lane->in_count == 0 && !lane->in_end && given_up(call) == IDL_OK)
        sleep_on(lane, call);
    bool taken = lane->spoilt == IDL_OK && given_up(call) == IDL_OK && take(lane, payload, block);
    if (lane->in_waits && lane->in_count <= IN_MAX / 2 && lane->in_bytes <= IN_BYTES / 2) {
        lane->in_waits = false;
        idl__worker_mail(worker, call, IDL__MAIL_LANE);
    }
    unlock(call);
    return taken;
}

void idl__lane_spoilt(idl_call *call, idl_code code)
{
    idl__lane *lane = lane_of(call);
    lock(call);
    lane->spoilt = code;
    idl__worker_mail(call->server.worker, call, IDL__MAIL_LANE);
    unlock(call);
}

/* ---- Callbacks ---- */

static void merge(idl__hooks *to, unsigned which, const idl__hooks *from)
{
    if (which & IDL__HOOK_ITEM) {
        to->item_fn = from->item_fn;
        to->item_user = from->item_user;
        to->item_arg = from->item_arg;
    }
    if (which & IDL__HOOK_WRITABLE)
        to->writable = from->writable;
    if (which & IDL__HOOK_CANCEL)
        to->cancel = from->cancel;
}

void idl__lane_hook(idl_call *call, unsigned which, const idl__hooks *hooks)
{
    idl__lane *lane = get_lane(call);
    if (lane == NULL)
        return;
    lock(call);
    merge(&lane->hooks, which, hooks);
    lane->hooked |= which;
    idl__worker_mail(call->server.worker, call, IDL__MAIL_LANE);
    unlock(call);
}

/* ---- The worker ---- */

/* What others have left here. */
static idl_code collect(idl__lane *lane, idl_call *call)
{
    idl_code spoilt = lane->spoilt;
    if (lane->out_first != NULL) {
        if (lane->sending != NULL)
            lane->sending_last->next = lane->out_first;
        else
            lane->sending = lane->out_first;
        lane->sending_last = lane->out_last;
        lane->out_first = lane->out_last = NULL;
    }
    merge(&call->server.hooks, lane->hooked, &lane->hooks);
    lane->hooked = 0;
    return spoilt;
}

/* Hands the connection what it takes; the number of bytes that do not wait any more. */
static size_t send_on(idl__lane *lane, idl_call *call)
{
    size_t gone = 0;
    while (lane->sending != NULL) {
        struct parcel *parcel = lane->sending;
        const idl_bytes bytes = { parcel->data, parcel->len };
        idl_code code = IDL_CANCELLED;
        if (parcel->initial != NULL && !idl__server_is_cancelled(call))
            code = idl__conn_send_headers(call->server.peer->conn, &call->stream, parcel->initial);
        else if (!idl__server_is_cancelled(call))
            code = idl__conn_send(call->server.peer->conn, &call->stream, &idl__encoded, &bytes,
                                  false);
        if (code == IDL_AGAIN)
            break;
        if (code == IDL_RESOURCE_EXHAUSTED) /* it is said to have been sent */
            idl__server_break_off(call, code, "a message is larger than the client takes");
        lane->sending = parcel->next;
        gone += parcel->len;
        idl__free(parcel);
    }
    idl__peer_touch(call->server.peer);
    return gone;
}

static void fill(idl__lane *lane, idl_call *call)
{
    idl_bytes payload;
    idl__block *block;
    if (!lane->pulled)
        return;
    while (lane->in_count < IN_MAX && lane->in_bytes < IN_BYTES &&
           idl__conn_take(&call->stream, &payload, &block)) {
        size_t at = (lane->in_first + lane->in_count++) % IN_MAX;
        lane->in[at].payload = payload;
        lane->in[at].block = block;
        lane->in_bytes += payload.len;
    }
    lane->in_waits = call->stream.first != NULL;
    lane->in_end = call->server.half_closed && !lane->in_waits;
    idl__peer_touch(call->server.peer); /* credit may be on its way back */
}

void idl__lane_work(idl_call *call)
{
    idl__lane *lane = lane_of(call);
    if (lane == NULL)
        return;
    lock(call);
    idl_code spoilt = collect(lane, call);
    unlock(call);
    if (spoilt != IDL_OK && !idl__server_is_cancelled(call))
        idl__server_break_off(call, spoilt, NULL);
    size_t gone = send_on(lane, call);
    lock(call);
    lane->out_bytes -= gone;
    if (lane->starved && lane->sending == NULL) {
        lane->starved = false;
        call->server.writable = true;
    }
    if (idl__server_is_cancelled(call))
        drop_in(lane);
    else
        fill(lane, call);
    wake(lane);
    unlock(call);
}

bool idl__lane_has_mailed(idl_call *call)
{
    lock(call);
    bool mailed = call->server.mailed;
    unlock(call);
    return mailed;
}

bool idl__lane_unsent(idl_call *call)
{
    idl__lane *lane = lane_of(call);
    return lane != NULL && lane->sending != NULL;
}

bool idl__lane_has_more(idl_call *call)
{
    idl__lane *lane = lane_of(call);
    idl__lane_work(call);
    if (lane->sending == NULL)
        return false;
    lock(call);
    lane->starved = true;
    unlock(call);
    return true;
}

/* SPDX-License-Identifier: MIT */
/* target.c: which link a call goes to; who is left alone for how long. */
#include "target.h"

#include <string.h>

#include "channel.h"
#include "clock.h"
#include "mem.h"

enum {
    LOOK_AFTER_MS = 100, /* a connection that was idle for longer is looked at before it is used */
    STEP_AFTER_MS = 1    /* how often calls look after links that connect beside them */
};

/* ---- Life ---- */

bool idl__targets_init(idl_channel *channel, bool spread)
{
    channel->targets = idl__calloc(spread ? IDL__ENDPOINTS_MAX : 1, sizeof *channel->targets);
    if (channel->targets == NULL)
        return false;
    channel->spread = spread;
    channel->target_count = 1;
    channel->targets->used = true;
    channel->chance = idl__clock_now() ^ (uintptr_t)channel;
    return true;
}

void idl__targets_fini(idl_channel *channel)
{
    for (size_t i = 0; channel->targets != NULL && i < channel->target_count; i++)
        idl__block_release(channel->targets[i].reason);
    idl__free(channel->targets);
}

/* ---- Backoff ---- */

void idl__target_failed(idl__link *link, idl_code code, const char *error)
{
    idl_channel *channel = link->channel;
    idl__target *target = link->target;
    if (target == NULL)
        return;
    uint64_t first = channel->backoff_initial_ms * IDL__MS,
             most = channel->backoff_max_ms * IDL__MS;
    uint64_t delay = target->delay == 0 ? first : target->delay + target->delay / 5 * 3;
    target->delay = delay < most ? delay : most;
    target->retry_at = link->attempt->begun + target->delay / 1000 * idl__channel_jitter(channel);
    target->code = code;
    idl__log_peer(&channel->logger, IDL_LOG_WARNING, "%.400s; left alone for %d ms", error,
                  idl__clock_left_ms(target->retry_at, idl__clock_now()));
    idl__block_release(target->reason);
    size_t len = strlen(error);
    target->reason = idl__block_new(len);
    if (target->reason != NULL)
        memcpy(target->reason->data, error, len + 1);
}

void idl__target_reached(idl__link *link)
{
    idl__target *target = link->target;
    if (target == NULL)
        return;
    target->delay = target->retry_at = 0;
    idl__block_release(target->reason);
    target->reason = NULL;
}

/* ---- Links ---- */

static bool is_up(const idl__target *target)
{
    return target->link != NULL && target->link->state == IDL__UP;
}

/* It is left alone at present, as far as calls that do not wait are concerned. */
static bool rests(const idl__target *target, uint64_t now)
{
    const idl__link *link = target->link;
    if (link == NULL)
        return now < target->retry_at;
    return link->state == IDL__CONNECTING && now < link->not_before;
}

/* Makes its link, if it has none. */
static idl__link *link_of(idl_channel *channel, idl__target *target)
{
    if (target->link == NULL) {
        idl__link *link = idl__link_new(channel, target);
        if (link == NULL)
            return NULL;
        link->next = channel->links;
        channel->links = target->link = link;
    }
    return target->link;
}

/* Nobody reads between calls, so what the server said since the last one (that it is leaving, or has
 * left) is not known. Calls that follow each other closely are not worth a look of their own: they
 * find out by reading. False: it takes no calls any more. */
static bool look(idl__target *target, uint64_t now)
{
    idl__link *link = target->link;
    if (link->state != IDL__UP || link->reading || link->writing ||
        idl__conn_streams(link->conn) > 0 || now - link->used < LOOK_AFTER_MS * IDL__MS)
        return true;
    link->used = now;
    link->refs++;
    idl__link_read(link, NULL, 0);
    idl__link_nudge(link);
    bool stays = link->target == target;
    idl__link_unref(link);
    return stays;
}

/* ---- pick_first ---- */

static idl__link *pick_first(idl_channel *channel, bool patient, bool may_io, uint64_t now,
                             const idl__target **failed)
{
    idl__target *target = channel->targets;
    if (target->link != NULL && may_io)
        look(target, now);
    if (!patient && rests(target, now)) {
        *failed = target;
        return NULL;
    }
    if (target->link == NULL)
        idl__channel_reap(channel, now);
    return link_of(channel, target);
}

/* ---- round_robin ---- */

uint64_t idl__targets_tend(idl_channel *channel, uint64_t now)
{
    uint64_t first = IDL_NEVER;
    for (size_t i = 0; i < channel->target_count; i++) {
        idl__target *target = &channel->targets[i];
        if (!target->used || target->link != NULL)
            continue;
        if (now >= target->retry_at)
            link_of(channel, target); /* without memory: another time */
        else if (target->retry_at < first)
            first = target->retry_at;
    }
    return first;
}

/* Nobody waits for a link that connects while others are up: whoever calls brings it further. */
static void step_others(idl_channel *channel, uint64_t now)
{
    for (size_t i = 0; i < channel->target_count; i++) {
        idl__link *link = channel->targets[i].link;
        if (link == NULL || link->state != IDL__CONNECTING || link->reading ||
            now - link->used < STEP_AFTER_MS * IDL__MS || now < link->not_before)
            continue;
        link->used = now;
        link->refs++;
        idl__link_read(link, NULL, 0);
        idl__link_nudge(link);
        idl__link_unref(link);
    }
}

/* The next target in turn that is up. */
static idl__link *next_up(idl_channel *channel, bool may_io, uint64_t now)
{
    for (size_t i = 0; i < channel->target_count; i++) {
        size_t at = (channel->turn + i) % channel->target_count;
        idl__target *target = &channel->targets[at];
        if (!target->used || !is_up(target) || (may_io && !look(target, now)))
            continue;
        channel->turn = (uint32_t)at + 1;
        return target->link;
    }
    return NULL;
}

/* None is up: one that connects, else, for calls that wait, the one whose time comes first. */
static idl__link *next_to_be(idl_channel *channel, bool patient, uint64_t now,
                             const idl__target **failed)
{
    idl__target *best = NULL, *last = NULL;
    for (size_t i = 0; i < channel->target_count; i++) {
        idl__target *target = &channel->targets[(channel->turn + i) % channel->target_count];
        if (!target->used)
            continue;
        if (!rests(target, now))
            return link_of(channel, target);
        if (best == NULL || target->retry_at < best->retry_at)
            best = target;
        if (target->reason != NULL)
            last = target;
    }
    if (patient && best != NULL)
        return link_of(channel, best);
    *failed = last != NULL ? last : best;
    return NULL;
}

static idl__link *pick_in_turn(idl_channel *channel, bool patient, bool may_io, uint64_t now,
                               const idl__target **failed)
{
    idl__targets_tend(channel, now);
    if (may_io)
        step_others(channel, now);
    idl__link *link = next_up(channel, may_io, now);
    if (link != NULL)
        return link;
    idl__channel_reap(channel, now);
    return next_to_be(channel, patient, now, failed);
}

/* A link that is up is what the next call goes to, without a look, when calls are open on it (who waits
 * for those learns it if the server has left), or when it was used just now. */
static idl__link *ready_link(const idl_channel *channel)
{
    idl__link *link = channel->spread ? NULL : channel->targets->link;
    if (link == NULL || link->state != IDL__UP)
        return NULL;
    bool ready = idl__conn_streams(link->conn) > 0 ||
                 idl__clock_coarse() < link->used + LOOK_AFTER_MS * IDL__MS;
    return ready ? link : NULL;
}

idl__link *idl__target_pick(idl_channel *channel, bool patient, bool may_io,
                            const idl__target **failed)
{
    *failed = NULL;
    idl__link *ready = ready_link(channel);
    if (ready != NULL)
        return ready;
    uint64_t now = idl__clock_now();
    idl__link *link = channel->spread ? pick_in_turn(channel, patient, may_io, now, failed)
                                      : pick_first(channel, patient, may_io, now, failed);
    if (link != NULL)
        idl__conn_time(link->conn, now);
    return link;
}

const idl__block *idl__target_reason(const idl_channel *channel)
{
    const idl__block *reason = NULL;
    for (size_t i = 0; i < channel->target_count && reason == NULL; i++)
        reason = channel->targets[i].reason;
    return reason;
}

bool idl__target_any(const idl_channel *channel)
{
    uint64_t now = idl__clock_now();
    for (size_t i = 0; i < channel->target_count; i++) {
        if (channel->targets[i].used && !rests(&channel->targets[i], now))
            return true;
    }
    return false;
}

/* ---- What names stand for ---- */

static bool is_same(const idl__endpoint *a, const idl__endpoint *b)
{
    return a->len == b->len && memcmp(&a->address, &b->address, a->len) == 0;
}

static bool holds(const idl__connect *found, const idl__endpoint *endpoint)
{
    for (size_t i = 0; i < found->count; i++) {
        if (is_same(&found->endpoints[i], endpoint))
            return true;
    }
    return false;
}

static idl__target *target_for(idl_channel *channel, const idl__endpoint *endpoint)
{
    for (size_t i = 0; i < channel->target_count; i++) {
        idl__target *target = &channel->targets[i];
        if (target->used && target->known && is_same(&target->endpoint, endpoint))
            return target;
    }
    return NULL;
}

static void add(idl_channel *channel, const idl__endpoint *endpoint)
{
    size_t i = 0;
    while (i < channel->target_count && (channel->targets[i].used || channel->targets[i].link))
        i++;
    if (i == IDL__ENDPOINTS_MAX)
        return;
    if (i == channel->target_count)
        channel->target_count++;
    idl__block_release(channel->targets[i].reason);
    channel->targets[i] = (idl__target){ .used = true, .known = true, .endpoint = *endpoint };
}

/* Those that are not found any more lose their slots; calls on their links go on. */
static void forget_others(idl_channel *channel, const idl__connect *found, const idl__target *own)
{
    for (size_t i = 0; i < channel->target_count; i++) {
        idl__target *target = &channel->targets[i];
        if (target == own || !target->used || !target->known || holds(found, &target->endpoint))
            continue;
        if (is_up(target))
            idl__link_detach(target->link);
        target->used = target->link != NULL;
    }
}

void idl__targets_found(idl__link *link)
{
    idl_channel *channel = link->channel;
    idl__target *own = link->target;
    idl__connect *attempt = link->attempt;
    attempt->spread = false;
    forget_others(channel, attempt, own);
    if (!own->known || !holds(attempt, &own->endpoint)) {
        own->known = false;
        for (size_t i = 0; i < attempt->count && !own->known; i++) {
            if (target_for(channel, &attempt->endpoints[i]) == NULL) {
                own->endpoint = attempt->endpoints[i];
                own->known = true;
            }
        }
    }
    for (size_t i = 0; i < attempt->count; i++) {
        if (target_for(channel, &attempt->endpoints[i]) == NULL)
            add(channel, &attempt->endpoints[i]);
    }
    if (own->known) {
        attempt->endpoints[0] = own->endpoint;
        attempt->count = 1;
    } /* else there are others for all that was found: this one serves the calls that it has */
    own->used = own->known;
    idl__targets_tend(channel, idl__clock_now());
}

/* SPDX-License-Identifier: MIT */
/* run.c: a thread for each connection makes or carries on its calls; with a rate one more thread
 * starts them when they are due. */
#include "run.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NS_PER_S UINT64_C(1000000000)
enum { STACK = 256 << 10, PAUSE_MS = 20, PROCESS_MS = 100, DRAIN_S = 5 };

typedef struct slot {
    struct line *line;
    idl_call *call;
    uint64_t began; /* or was due */
    struct slot *next;
} slot;

/* One connection and its thread. */
typedef struct line {
    const struct crew *crew;
    unsigned number;
    idl_channel *channel;
    slot *slots;
    pthread_t thread;
    result result;
    /* With a rate, shared with the pacer. */
    pthread_mutex_t lock;
    pthread_cond_t wanted;
    slot *idle;
    uint64_t due, started; /* calls of this line */
    unsigned open;
    bool over;
} line;

typedef struct crew {
    const load *load;
    progress *progress;
    uint64_t start, begin, end; /* of all, and of what counts */
    line *lines;
} crew;

static void sleep_until(uint64_t when)
{
    const struct timespec until = { (time_t)(when / NS_PER_S), (long)(when % NS_PER_S) };
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) != 0)
        ;
}

static idl_channel *open_channel(const load *l)
{
    idl_channel_options options = IDL_CHANNEL_OPTIONS;
    options.max_message = l->max_message;
    return idl_channel_open(l->address, &options);
}

/* ---- What a call was ---- */

static void say(const idl_call *call, idl_code code, char error[256])
{
    snprintf(error, 256, "%s: %s", idl_code_name(code), idl_call_message(call));
}

/* Whether it counts is decided by when it ended; with a rate, by when it was due. */
static void record(line *own, const slot *s, idl_code code, size_t bytes, uint64_t now)
{
    const crew *c = own->crew;
    const uint64_t when = c->load->rate > 0 ? s->began : now;
    result *r = &own->result;
    r->ended += now >= c->begin && now < c->end;
    if (when < c->begin || when >= c->end)
        return;
    r->calls++;
    r->codes[(int)code >= 0 && (int)code < CODES ? (int)code : (int)IDL_UNKNOWN]++;
    r->reply_bytes += bytes;
    histogram_add(&r->latency, now - s->began);
    atomic_fetch_add_explicit(&c->progress->calls, 1, memory_order_relaxed);
    if (code == IDL_OK)
        return;
    if (r->error[0] == '\0')
        say(s->call, code, r->error);
    atomic_fetch_add_explicit(&c->progress->errors, 1, memory_order_relaxed);
}

/* Without a server calls fail at once: no need to try a million times a second. */
static void pause_after(idl_code code)
{
    if (code == IDL_UNAVAILABLE)
        sleep_until(idl_now() + PAUSE_MS * UINT64_C(1000000));
}

static void set_timeout(const load *l, idl_call *call)
{
    if (l->timeout_ms > 0)
        idl_call_set_timeout(call, l->timeout_ms);
}

/* ---- Closed loop ---- */

/* One at a time: by blocking calls, as most programs do. */
static void run_blocking(line *own)
{
    const load *l = own->crew->load;
    slot *s = &own->slots[0];
    s->began = idl_now();
    while (s->began < own->crew->end) {
        reply got;
        set_timeout(l, s->call);
        idl_code code = idl_client_call(own->channel, s->call, &l->request, &got, &l->method);
        uint64_t now = idl_now();
        record(own, s, code, got.len, now);
        pause_after(code);
        s->began = code == IDL_UNAVAILABLE ? idl_now() : now;
    }
}

static void start(slot *s);

typedef void ended_fn(slot *s, idl_code code, const reply *got);

void load_done(idl_call *call, idl_code code, const void *message, void (*user)(void), void *arg)
{
    (void)call;
    ((ended_fn *)user)(arg, code, message);
}

static void on_done(slot *s, idl_code code, const reply *got)
{
    const uint64_t now = idl_now();
    record(s->line, s, code, got->len, now);
    pause_after(code);
    s->began = now;
    if (now < s->line->crew->end)
        start(s);
}

static void start(slot *s)
{
    const load *l = s->line->crew->load;
    set_timeout(l, s->call);
    idl_client_async(s->line->channel, s->call, &l->request, (void (*)(void))on_done, s,
                     &l->method);
}

static void run_async(line *own)
{
    for (unsigned i = 0; i < own->crew->load->concurrency; i++) {
        own->slots[i].began = idl_now();
        start(&own->slots[i]);
    }
    idl_channel_run(own->channel);
}

/* ---- Open loop ---- */

/* When the n-th call of a line is due. */
static uint64_t due_at(const line *own, uint64_t n)
{
    const crew *c = own->crew;
    double place = (double)n * c->load->connections + own->number;
    return c->start + (uint64_t)(place / c->load->rate * 1e9);
}

static ended_fn on_paced;

/* Starts what is due and has a slot. With the lock. */
static void start_due(line *own)
{
    const load *l = own->crew->load;
    for (slot *s; own->started < own->due && (s = own->idle) != NULL;) {
        own->idle = s->next;
        s->began = due_at(own, own->started++);
        own->open++;
        set_timeout(l, s->call);
        idl_client_async(own->channel, s->call, &l->request, (void (*)(void))on_paced, s,
                         &l->method);
    }
}

static void on_paced(slot *s, idl_code code, const reply *got)
{
    line *own = s->line;
    record(own, s, code, got->len, idl_now());
    pthread_mutex_lock(&own->lock);
    own->open--;
    s->next = own->idle;
    own->idle = s;
    if (!own->over)
        start_due(own);
    pthread_mutex_unlock(&own->lock);
}

static void run_paced(line *own)
{
    bool busy = true;
    while (busy) {
        pthread_mutex_lock(&own->lock);
        while (own->open == 0 && !own->over)
            pthread_cond_wait(&own->wanted, &own->lock);
        busy = own->open > 0;
        pthread_mutex_unlock(&own->lock);
        if (busy)
            idl_channel_process(own->channel, PROCESS_MS);
        if (idl_now() > own->crew->end + DRAIN_S * NS_PER_S)
            break; /* closing the channel ends the others */
    }
    pthread_mutex_lock(&own->lock);
    own->result.unsent = own->due - own->started;
    pthread_mutex_unlock(&own->lock);
}

static void *pace(void *argument)
{
    const crew *c = argument;
    for (uint64_t n = 0;; n++) {
        line *own = &c->lines[n % c->load->connections];
        uint64_t when = due_at(own, n / c->load->connections);
        if (when >= c->end)
            break;
        if (when > idl_now())
            sleep_until(when);
        pthread_mutex_lock(&own->lock);
        own->due++;
        start_due(own);
        pthread_cond_signal(&own->wanted);
        pthread_mutex_unlock(&own->lock);
    }
    for (unsigned i = 0; i < c->load->connections; i++) {
        pthread_mutex_lock(&c->lines[i].lock);
        c->lines[i].over = true;
        pthread_cond_signal(&c->lines[i].wanted);
        pthread_mutex_unlock(&c->lines[i].lock);
    }
    return NULL;
}

/* ---- All of it ---- */

static void *work(void *argument)
{
    line *own = argument;
    const load *l = own->crew->load;
    if (l->rate > 0)
        run_paced(own);
    else if (l->concurrency == 1)
        run_blocking(own);
    else
        run_async(own);
    return NULL;
}

static bool line_init(line *own, const crew *c, unsigned number)
{
    const unsigned slots = c->load->concurrency;
    own->crew = c;
    own->number = number;
    own->channel = open_channel(c->load);
    own->slots = calloc(slots, sizeof *own->slots);
    pthread_mutex_init(&own->lock, NULL);
    pthread_cond_init(&own->wanted, NULL);
    for (unsigned i = 0; own->slots != NULL && i < slots; i++) {
        slot *s = &own->slots[i];
        s->line = own;
        s->call = idl_call_new();
        s->next = own->idle;
        own->idle = s;
        if (s->call == NULL)
            return false;
    }
    return own->slots != NULL && own->channel != NULL;
}

/* Callbacks that run in here add to the result. */
static void line_fini(line *own, unsigned slots)
{
    idl_channel_close(own->channel);
    for (unsigned i = 0; own->slots != NULL && i < slots; i++)
        idl_call_free(own->slots[i].call);
    free(own->slots);
    pthread_cond_destroy(&own->wanted);
    pthread_mutex_destroy(&own->lock);
}

static void add_up(result *sum, const result *r)
{
    sum->calls += r->calls;
    sum->ended += r->ended;
    sum->unsent += r->unsent;
    sum->reply_bytes += r->reply_bytes;
    for (int i = 0; i < CODES; i++)
        sum->codes[i] += r->codes[i];
    if (sum->error[0] == '\0')
        memcpy(sum->error, r->error, sizeof sum->error);
    histogram_merge(&sum->latency, &r->latency);
}

static bool start_thread(pthread_t *thread, void *(*fn)(void *), void *arg)
{
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, STACK);
    bool ok = pthread_create(thread, &small, fn, arg) == 0;
    pthread_attr_destroy(&small);
    return ok;
}

static void watch(const crew *c, void (*tick)(void *arg), void *arg)
{
    for (uint64_t next = c->start + NS_PER_S; next < c->end; next += NS_PER_S) {
        sleep_until(next);
        tick(arg);
    }
}

bool load_run(const load *l, result *out, progress *p, void (*tick)(void *arg), void *arg)
{
    pthread_t pacer;
    crew c = { .load = l, .progress = p, .start = idl_now() };
    c.begin = c.start + (uint64_t)(l->warm_up * 1e9);
    c.end = c.begin + (uint64_t)(l->seconds * 1e9);
    *out = (result){ .seconds = l->seconds };
    c.lines = calloc(l->connections, sizeof *c.lines);
    if (c.lines == NULL)
        return false;
    for (unsigned i = 0; i < l->connections; i++)
        if (!line_init(&c.lines[i], &c, i) || !start_thread(&c.lines[i].thread, work, &c.lines[i]))
            return false;
    if (l->rate > 0 && !start_thread(&pacer, pace, &c))
        return false;
    watch(&c, tick, arg);
    if (l->rate > 0)
        pthread_join(pacer, NULL);
    for (unsigned i = 0; i < l->connections; i++) {
        line *own = &c.lines[i];
        pthread_join(own->thread, NULL);
        line_fini(own, l->concurrency);
        add_up(out, &own->result);
    }
    free(c.lines);
    return true;
}

idl_code load_try(const load *l, char error[256])
{
    idl_channel *channel = open_channel(l);
    idl_call *call = idl_call_new();
    idl_call_set_timeout(call, l->timeout_ms > 0 ? l->timeout_ms : 10000);
    idl_code code = idl_client_call(channel, call, &l->request, NULL, &l->method);
    if (code != IDL_OK)
        say(call, code, error);
    idl_call_free(call);
    idl_channel_close(channel);
    return code;
}

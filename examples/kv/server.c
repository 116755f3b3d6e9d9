/* SPDX-License-Identifier: MIT */
/* server.c: serves a file of entries. usage: kv_server FILE [ADDRESS]
 *
 * One worker. Reads are answered on its loop, from a connection to the file of its own; changes are
 * deferred to the writer's thread, and acknowledged when they are on the disk. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "kv_server.h"
#include "store.h"
#include "writer.h"

struct app {
    kv_store *reads; /* the loop's */
    kv_writer *writer;
    bool leaving;
};

static idl_code check_key(idl_call *call, idl_str key)
{
    if (key.len == 0)
        return idl_call_fail(call, IDL_INVALID_ARGUMENT, "a key can't be empty");
    if (key.len > DEMO_KV_MAX_KEY)
        return idl_call_fail(call, IDL_INVALID_ARGUMENT, "a key has at most %u bytes, not %zu",
                             (unsigned)DEMO_KV_MAX_KEY, key.len);
    return IDL_OK;
}

/* What a function of the store has returned; its message for what is nobody's fault. */
static idl_code answer(idl_call *call, const kv_store *s, idl_code code)
{
    return code == IDL_OK ? IDL_OK : idl_call_fail(call, code, "%s", store_error(s));
}

/* ---- Reads ---- */

static idl_code get(idl_call *call, idl_str key, demo_kv_entry *reply)
{
    struct app *app = idl_call_user(call);
    idl_code code = store_get(app->reads, key, idl_call_arena(call), reply);
    if (code == IDL_NOT_FOUND)
        return idl_call_fail(call, code, "no key '%s'", key.data);
    return answer(call, app->reads, code);
}

static idl_code find(idl_call *call, idl_str prefix, demo_kv_kind kind, const uint32_t *limit,
                     demo_kv_entry_list *reply)
{
    struct app *app = idl_call_user(call);
    return answer(call, app->reads,
                  store_find(app->reads, prefix, kind, limit, idl_call_arena(call), reply));
}

static idl_code stats(idl_call *call, demo_kv_stats *reply)
{
    struct app *app = idl_call_user(call);
    return answer(call, app->reads, store_stats(app->reads, idl_call_arena(call), reply));
}

static idl_code watch(idl_call *call, idl_str prefix, const uint64_t *after)
{
    struct app *app = idl_call_user(call);
    uint64_t from = 0;
    if (app->leaving)
        return idl_call_fail(call, IDL_UNAVAILABLE, "the server is shutting down");
    idl_code code = after != NULL ? IDL_OK : store_revision(app->reads, &from);
    if (code != IDL_OK)
        return answer(call, app->reads, code);
    idl_meta_send_initial(call); /* the client may know that it misses nothing from here on */
    if (!writer_watch(app->writer, call, prefix, after != NULL ? *after : from))
        return IDL_RESOURCE_EXHAUSTED;
    return idl_call_defer(call);
}

/* ---- Changes ---- */

/* Any of them: what the handler was given, and what comes of it. It lives in the call's memory, as the
 * arguments do. */
struct change {
    kv_job job;
    demo_kv_entry entry; /* what is to be put, or its key alone */
    const uint64_t *if_version;
    int64_t number; /* add: what, then the sum */
    bool removed;
};

static idl_code begin(idl_call *call, const struct change *what)
{
    struct app *app = idl_call_user(call);
    struct change *change = idl_call_alloc(call, sizeof *change);
    if (change == NULL)
        return IDL_RESOURCE_EXHAUSTED;
    *change = *what;
    change->job.call = call;
    idl_code deferred = idl_call_defer(call);
    writer_do(app->writer, &change->job); /* from here on the call is the writer's */
    return deferred;
}

/* The entry as it is; *broken when that can't be known. */
static idl_code old_entry(struct change *c, kv_store *s, demo_kv_entry *old, bool *broken)
{
    idl_code code = store_get(s, c->entry.key, idl_call_arena(c->job.call), old);
    *broken = code != IDL_OK && code != IDL_NOT_FOUND;
    return code;
}

static idl_code write_entry(struct change *c, kv_store *s, bool *broken)
{
    idl_code code = store_put(s, &c->entry, idl_call_arena(c->job.call));
    if (code == IDL_INVALID_ARGUMENT)
        return idl_call_fail(c->job.call, code, "'%s' would have more than %u bytes",
                             c->entry.key.data, (unsigned)DEMO_KV_MAX_ENTRY);
    *broken = code != IDL_OK;
    return code;
}

static idl_code run_put(kv_job *job, kv_store *s, bool *broken)
{
    struct change *c = (struct change *)job;
    demo_kv_entry old = { 0 };
    idl_code code = old_entry(c, s, &old, broken);
    if (*broken)
        return code;
    if (c->if_version != NULL && *c->if_version != old.version)
        return idl_call_fail(job->call, IDL_ABORTED, "'%s' has version %" PRIu64 ", not %" PRIu64,
                             c->entry.key.data, old.version, *c->if_version);
    c->entry.version = old.version + 1;
    return write_entry(c, s, broken);
}

static void complete_put(kv_job *job)
{
    demo_kv_kv_put_complete(job->call, ((struct change *)job)->entry.version);
}

static idl_code put(idl_call *call, idl_str key, const demo_kv_value *value, idl_str_list tags,
                    idl_str_by_str attributes, const idl_str *note, const uint64_t *if_version,
                    uint64_t *reply)
{
    (void)reply;
    if (check_key(call, key) != IDL_OK)
        return IDL_INVALID_ARGUMENT;
    if (value->content == DEMO_KV_VALUE_CONTENT_NOT_SET)
        return idl_call_fail(call, IDL_INVALID_ARGUMENT, "no value for '%s'", key.data);
    return begin(call, &(struct change){
                           .job = { .run = run_put, .complete = complete_put },
                           .entry = { .key = key,
                                      .value = value,
                                      .tags = tags,
                                      .attributes = attributes,
                                      .has_note = note != NULL,
                                      .note = note != NULL ? *note : (idl_str){ 0 } },
                           .if_version = if_version,
                       });
}

static idl_code run_add(kv_job *job, kv_store *s, bool *broken)
{
    struct change *c = (struct change *)job;
    idl_str key = c->entry.key;
    demo_kv_value sum = { .content = DEMO_KV_VALUE_CONTENT_NUMBER };
    demo_kv_entry old = { .key = key };
    idl_code code = old_entry(c, s, &old, broken);
    if (*broken)
        return code;
    if (code == IDL_OK && store_kind(old.value) != DEMO_KV_KIND_NUMBER)
        return idl_call_fail(job->call, IDL_FAILED_PRECONDITION, "'%s' is not a number", key.data);
    int64_t number = code == IDL_OK ? old.value->number : 0;
    if (c->number > 0 ? number > INT64_MAX - c->number : number < INT64_MIN - c->number)
        return idl_call_fail(job->call, IDL_OUT_OF_RANGE, "the sum for '%s' overflows", key.data);
    c->number += number;
    sum.number = c->number;
    c->entry = old;
    c->entry.key = key;
    c->entry.value = &sum;
    c->entry.version++;
    code = write_entry(c, s, broken);
    c->entry.value = NULL; /* it was this function's */
    return code;
}

static void complete_add(kv_job *job)
{
    demo_kv_kv_add_complete(job->call, ((struct change *)job)->number);
}

static idl_code add(idl_call *call, idl_str key, int64_t delta, int64_t *reply)
{
    (void)reply;
    if (check_key(call, key) != IDL_OK)
        return IDL_INVALID_ARGUMENT;
    return begin(call, &(struct change){ .job = { .run = run_add, .complete = complete_add },
                                         .entry = { .key = key },
                                         .number = delta });
}

static idl_code run_remove(kv_job *job, kv_store *s, bool *broken)
{
    struct change *c = (struct change *)job;
    idl_code code = store_remove(s, c->entry.key, &c->removed);
    *broken = code != IDL_OK;
    return code;
}

static void complete_remove(kv_job *job)
{
    demo_kv_kv_remove_complete(job->call, ((struct change *)job)->removed);
}

static idl_code kv_remove(idl_call *call, idl_str key, bool *reply)
{
    (void)reply;
    return begin(call, &(struct change){ .job = { .run = run_remove, .complete = complete_remove },
                                         .entry = { .key = key } });
}

static idl_code run_touch(kv_job *job, kv_store *s, bool *broken)
{
    idl_code code = store_touch(s, ((struct change *)job)->entry.key);
    *broken = code != IDL_OK;
    return code;
}

static void complete_touch(kv_job *job)
{
    idl_call_end(job->call, IDL_OK);
}

static idl_code touch(idl_call *call, idl_str key)
{
    return begin(call, &(struct change){ .job = { .run = run_touch, .complete = complete_touch },
                                         .entry = { .key = key } });
}

/* ---- The server ---- */

/* SIGTERM, SIGINT: changes that have come are still made; watches have no end of their own. */
static void drain(idl_server *server, void *arg)
{
    struct app *app = arg;
    (void)server;
    app->leaving = true;
    writer_end_watches(app->writer);
}

static int serve(struct app *app, const char *address)
{
    static const demo_kv_kv_handlers handlers = {
        .get = get,
        .put = put,
        .add = add,
        .remove = kv_remove,
        .find = find,
        .stats = stats,
        .watch = watch,
        .touch = touch,
    };
    int status = 1;
    idl_server *server = idl_server_new(NULL);
    demo_kv_kv_serve(server, &handlers, app);
    idl_server_on_drain(server, drain, app);
    if (idl_server_listen(server, address) == IDL_OK) {
        printf("listening on %s\n", idl_server_address(server, 0));
        fflush(stdout);
        status = idl_server_run(server);
    }
    if (status != 0)
        fprintf(stderr, "%s\n", idl_server_error(server));
    writer_stop(app->writer); /* it may still have calls of this server */
    idl_server_free(server);
    return status;
}

/* The writer's connection first: it makes the file, and repairs what a crash left. */
static int run(const char *path, const char *address)
{
    struct app app = { 0 };
    char *error;
    int status = 1;
    kv_store *writes = store_open(path, &error);
    if (writes != NULL)
        app.reads = store_open(path, &error);
    if (app.reads == NULL) {
        fprintf(stderr, "%s: %s\n", path, error != NULL ? error : "out of memory");
    } else {
        app.writer = writer_start(writes);
        if (app.writer == NULL)
            fputs("the writer's thread can't be started\n", stderr);
        else
            status = serve(&app, address);
    }
    free(error);
    store_close(app.reads);
    store_close(writes);
    return status;
}

int main(int argc, char **argv)
{
    if (argc < 2 || argc > 3 || argv[1][0] == '-')
        return fputs("usage: kv_server FILE [ADDRESS]\n", stderr), 2;
    return run(argv[1], argc > 2 ? argv[2] : "tcp://127.0.0.1:50052");
}

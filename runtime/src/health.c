/* SPDX-License-Identifier: MIT */
/* health.c: the service grpc.health.v1.Health: what is known of services, and who watches them.
 *
 * One mutex guards all of it; nothing waits while it is held. Watchers live in the memory of their
 * calls. Whoever takes one off its list ends its call: the client's cancel, or the server's drain. */
#include <idl/health.h>

#include <stddef.h>
#include <string.h>

#include "health_server.h"
#include "loop_thread.h"
#include "mem.h"
#include "server.h"

enum {
    BUCKETS = 256,
    WATCHED_NAME_MAX = 1024 /* names of services that nobody has set cost memory */
};

struct watcher {
    idl_call *call;
    struct entry *entry; /* NULL: on no list */
    struct watcher *next, *prev;
    bool stale; /* the last change is still to be sent */
};

/* A service that was set, or is watched. */
struct entry {
    struct entry *next; /* in its bucket */
    enum grpc_health_v1_serving_status status;
    struct watcher *watchers;
    size_t len;
    char name[];
};

struct idl_health {
    uv_mutex_t mutex;
    bool leaving; /* all are NOT_SERVING */
    struct entry *buckets[BUCKETS];
};

/* ---- Services, with the mutex ---- */

static struct entry **bucket_of(idl_health *health, idl_str name)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < name.len; i++)
        hash = (hash ^ (uint8_t)name.data[i]) * 16777619u;
    return &health->buckets[(hash ^ hash >> 16) % BUCKETS];
}

static struct entry *find(idl_health *health, idl_str name)
{
    struct entry *entry = *bucket_of(health, name);
    while (entry != NULL && (entry->len != name.len ||
                             (name.len > 0 && memcmp(entry->name, name.data, name.len) != 0)))
        entry = entry->next;
    return entry;
}

/* Makes one that nobody has set; NULL: no memory. */
static struct entry *find_or_add(idl_health *health, idl_str name)
{
    struct entry *entry = find(health, name), **bucket = bucket_of(health, name);
    if (entry != NULL || (entry = idl__malloc(sizeof *entry + name.len)) == NULL)
        return entry;
    *entry = (struct entry){ .next = *bucket,
                             .status = GRPC_HEALTH_V1_SERVING_STATUS_SERVICE_UNKNOWN,
                             .len = name.len };
    if (name.len > 0)
        memcpy(entry->name, name.data, name.len);
    *bucket = entry;
    return entry;
}

/* One that is not set and not watched goes. */
static void tidy(idl_health *health, struct entry *entry)
{
    if (entry->watchers != NULL || entry->status != GRPC_HEALTH_V1_SERVING_STATUS_SERVICE_UNKNOWN)
        return;
    struct entry **link = bucket_of(health, (idl_str){ entry->name, entry->len });
    while (*link != entry)
        link = &(*link)->next;
    *link = entry->next;
    idl__free(entry);
}

static enum grpc_health_v1_serving_status status_of(const idl_health *health,
                                                    const struct entry *entry)
{
    return health->leaving ? GRPC_HEALTH_V1_SERVING_STATUS_NOT_SERVING : entry->status;
}

/* ---- Watchers, with the mutex ---- */

static void add_watcher(struct entry *entry, struct watcher *watcher)
{
    watcher->entry = entry;
    watcher->next = entry->watchers;
    if (entry->watchers != NULL)
        entry->watchers->prev = watcher;
    entry->watchers = watcher;
}

static void remove_watcher(struct entry *entry, struct watcher *watcher)
{
    if (watcher->prev != NULL)
        watcher->prev->next = watcher->next;
    else
        entry->watchers = watcher->next;
    if (watcher->next != NULL)
        watcher->next->prev = watcher->prev;
    watcher->entry = NULL;
}

/* A client that is gone is told nothing, and about to be forgotten. */
static void tell(const idl_health *health, struct watcher *watcher)
{
    const struct grpc_health_v1_health_check_response response = {
        .status = status_of(health, watcher->entry),
    };
    watcher->stale = grpc_health_v1_health_watch_emit(watcher->call, &response) == IDL_AGAIN;
}

/* ---- Handlers ---- */

static idl_code check(idl_call *call, const struct grpc_health_v1_health_check_request *request,
                      struct grpc_health_v1_health_check_response *reply)
{
    idl_health *health = idl_call_user(call);
    uv_mutex_lock(&health->mutex);
    struct entry *entry = find(health, request->service);
    bool known = entry != NULL && entry->status != GRPC_HEALTH_V1_SERVING_STATUS_SERVICE_UNKNOWN;
    if (known)
        reply->status = status_of(health, entry);
    uv_mutex_unlock(&health->mutex);
    return known ? IDL_OK : idl_call_fail(call, IDL_NOT_FOUND, "unknown service");
}

static void on_writable(idl_call *call, void *arg)
{
    struct watcher *watcher = arg;
    idl_health *health = idl_call_user(call);
    uv_mutex_lock(&health->mutex);
    if (watcher->entry != NULL && watcher->stale)
        tell(health, watcher);
    uv_mutex_unlock(&health->mutex);
}

static void on_cancel(idl_call *call, void *arg)
{
    struct watcher *watcher = arg;
    idl_health *health = idl_call_user(call);
    uv_mutex_lock(&health->mutex);
    struct entry *entry = watcher->entry;
    if (entry != NULL) {
        remove_watcher(entry, watcher);
        tidy(health, entry);
    }
    uv_mutex_unlock(&health->mutex);
    if (entry != NULL)
        idl_call_end(call, IDL_CANCELLED);
}

/* From here on others may end the call, at any time: the callbacks have to be set before. */
static idl_code start_watching(idl_health *health, struct watcher *watcher, idl_str service)
{
    struct entry *entry = find_or_add(health, service);
    if (entry == NULL)
        return IDL_RESOURCE_EXHAUSTED;
    idl_call_on_cancel(watcher->call, on_cancel, watcher);
    idl_call_on_writable(watcher->call, on_writable, watcher);
    add_watcher(entry, watcher);
    tell(health, watcher);
    if (!health->leaving)
        return idl_call_defer(watcher->call);
    remove_watcher(entry, watcher);
    tidy(health, entry);
    return IDL_UNAVAILABLE;
}

static idl_code watch(idl_call *call, const struct grpc_health_v1_health_check_request *request)
{
    idl_health *health = idl_call_user(call);
    if (request->service.len > WATCHED_NAME_MAX)
        return idl_call_fail(call, IDL_INVALID_ARGUMENT, "a service's name has at most %d bytes",
                             WATCHED_NAME_MAX);
    struct watcher *watcher = idl_call_alloc(call, sizeof *watcher);
    if (watcher == NULL)
        return IDL_RESOURCE_EXHAUSTED;
    *watcher = (struct watcher){ .call = call };
    uv_mutex_lock(&health->mutex);
    idl_code code = start_watching(health, watcher, request->service);
    uv_mutex_unlock(&health->mutex);
    return code;
}

/* ---- The server ---- */

static void on_leaving(void *self)
{
    idl_health *health = self;
    struct watcher *leaving = NULL;
    uv_mutex_lock(&health->mutex);
    health->leaving = true;
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct entry *entry = health->buckets[i]; entry != NULL; entry = entry->next)
            while (entry->watchers != NULL) {
                struct watcher *watcher = entry->watchers;
                tell(health, watcher);
                remove_watcher(entry, watcher);
                watcher->next = leaving;
                leaving = watcher;
            }
    uv_mutex_unlock(&health->mutex);
    for (struct watcher *next; leaving != NULL; leaving = next) {
        next = leaving->next;
        idl_call_end(leaving->call, IDL_UNAVAILABLE);
    }
}

static void free_health(void *self)
{
    idl_health *health = self;
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct entry *entry = health->buckets[i], *next; entry != NULL; entry = next) {
            next = entry->next;
            idl__free(entry);
        }
    uv_mutex_destroy(&health->mutex);
    idl__free(health);
}

static idl_health *new_health(void)
{
    idl_health *health = idl__calloc(1, sizeof *health);
    if (health == NULL || uv_mutex_init(&health->mutex) != 0) {
        idl__free(health);
        return NULL;
    }
    if (idl_health_set(health, "", IDL_HEALTH_SERVING))
        return health;
    free_health(health);
    return NULL;
}

idl_health *idl_health_serve(idl_server *server)
{
    const struct grpc_health_v1_health_handlers handlers = { .check = check, .watch = watch };
    if (server == NULL || server->code != IDL_OK)
        return NULL;
    idl_health *health = new_health();
    if (health == NULL) {
        idl__server_fail(server, IDL_RESOURCE_EXHAUSTED, "the health service: out of memory");
        return NULL;
    }
    if (grpc_health_v1_health_serve(server, &handlers, health) != IDL_OK) {
        free_health(health);
        return NULL;
    }
    server->companion = (idl__companion){ health, on_leaving, free_health };
    return health;
}

bool idl_health_set(idl_health *health, const char *service, idl_health_status status)
{
    if (health == NULL)
        return false;
    /* A thread of the pool must not wait for a watcher either. */
    idl__thread_kind kind = idl__loop_thread_begin();
    uv_mutex_lock(&health->mutex);
    struct entry *entry = find_or_add(health, idl_cstr(service));
    if (entry != NULL && entry->status != (enum grpc_health_v1_serving_status)status) {
        entry->status = (enum grpc_health_v1_serving_status)status;
        for (struct watcher *w = entry->watchers; w != NULL && !health->leaving; w = w->next)
            tell(health, w);
    }
    if (entry != NULL)
        tidy(health, entry);
    uv_mutex_unlock(&health->mutex);
    idl__loop_thread_end(kind);
    return entry != NULL;
}

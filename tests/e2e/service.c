/* SPDX-License-Identifier: MIT */
/* service.c: see service.h. */
#include "service.h"

#include <dirent.h>
#include <malloc.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <setjmp.h>

#include <cmocka.h>

static idl_code echo(idl_call *call, idl_str text, idl_str *reply)
{
    (void)call;
    *reply = text;
    return IDL_OK;
}

static idl_code blob(idl_call *call, idl_bytes data, idl_bytes *reply)
{
    (void)call;
    *reply = data;
    return IDL_OK;
}

static idl_code add(idl_call *call, int32_t a, int32_t b, int32_t *reply)
{
    int64_t sum = (int64_t)a + b;
    if (sum < INT32_MIN || sum > INT32_MAX)
        return idl_call_fail(call, IDL_OUT_OF_RANGE, "%d + %d overflows", a, b);
    *reply = (int32_t)sum;
    return IDL_OK;
}

static idl_code tree(idl_call *call, const probe_tree *arg1, probe_tree *reply)
{
    *reply = *arg1;
    reply->name = idl_call_printf(call, "%s!", arg1->name.data);
    return IDL_OK;
}

static idl_code maybe(idl_call *call, const idl_str *text, const uint32_t *number, idl_str *reply)
{
    idl_str digits = number != NULL ? idl_call_printf(call, "%u", *number) : idl_cstr("none");
    *reply = idl_call_printf(call, "%s/%s", text != NULL ? text->data : "none", digits.data);
    return IDL_OK;
}

static idl_code colors(idl_call *call, probe_color_list all, probe_color favourite,
                       probe_color_list *reply)
{
    probe_color *items = idl_call_alloc(call, (all.count + 1) * sizeof *items);
    if (items == NULL)
        return IDL_RESOURCE_EXHAUSTED;
    for (size_t i = 0; i < all.count; i++)
        items[i] = all.items[i];
    items[all.count] = favourite;
    *reply = (probe_color_list){ items, all.count + 1 };
    return IDL_OK;
}

static idl_code counts(idl_call *call, idl_int64_by_str counts, idl_int64_by_str *reply)
{
    (void)call;
    *reply = counts;
    return IDL_OK;
}

static idl_code report(idl_call *call, int32_t code, idl_str message)
{
    return idl_call_fail(call, (idl_code)code, "%s", message.data);
}

static idl_code nothing(idl_call *call)
{
    (void)call;
    return IDL_OK;
}

static idl_code note(idl_call *call, uint32_t n)
{
    atomic_fetch_add((atomic_ullong *)idl_call_user(call), n);
    return IDL_OK;
}

static idl_code noted(idl_call *call, uint64_t *reply)
{
    *reply = atomic_load((atomic_ullong *)idl_call_user(call));
    return IDL_OK;
}

struct errand {
    idl_call *call;
    idl_str text;
    uint32_t milliseconds;
};

static void *run_errand(void *arg)
{
    struct errand *e = arg;
    struct timespec wait = { (time_t)(e->milliseconds / 1000), (long)(e->milliseconds % 1000) * 1000000 };
    nanosleep(&wait, NULL);
    probe_probe_later_complete(e->call, e->text);
    return NULL;
}

static idl_code later(idl_call *call, uint32_t milliseconds, idl_str text, idl_str *reply)
{
    (void)reply;
    pthread_t thread;
    struct errand *e = idl_call_alloc(call, sizeof *e);
    if (e == NULL)
        return IDL_RESOURCE_EXHAUSTED;
    *e = (struct errand){ call, text, milliseconds };
    if (pthread_create(&thread, NULL, run_errand, e) != 0)
        return idl_call_fail(call, IDL_RESOURCE_EXHAUSTED, "no thread");
    pthread_detach(thread);
    return idl_call_defer(call);
}

/* Calls that wait for their release. One connection is one worker: no lock. */
enum { HELD_MAX = 8 };
static struct {
    idl_call *call;
    idl_str text;
} held[HELD_MAX];

static idl_code hold(idl_call *call, idl_str text, idl_str *reply)
{
    (void)reply;
    for (size_t i = 0; i < HELD_MAX; i++) {
        if (held[i].call == NULL) {
            held[i].call = call;
            held[i].text = text;
            return idl_call_defer(call);
        }
    }
    return idl_call_fail(call, IDL_RESOURCE_EXHAUSTED, "too many are held");
}

static idl_code release(idl_call *call, idl_str text, bool *reply)
{
    (void)call;
    for (size_t i = 0; i < HELD_MAX; i++) {
        if (held[i].call != NULL && idl_str_equal(held[i].text, text)) {
            probe_probe_hold_complete(held[i].call, held[i].text);
            held[i].call = NULL;
            *reply = true;
            return IDL_OK;
        }
    }
    return IDL_OK;
}

static idl_code hang(idl_call *call)
{
    return idl_call_defer(call);
}

static idl_code die(idl_call *call)
{
    (void)call;
    _exit(7);
}

static idl_code heap(idl_call *call, uint64_t *reply)
{
    (void)call;
    *reply = mallinfo2().uordblks;
    return IDL_OK;
}

static idl_code descriptors(idl_call *call, uint32_t *reply)
{
    (void)call;
    *reply = open_descriptors();
    return IDL_OK;
}

static const probe_probe_handlers handlers = {
    .echo = echo,
    .blob = blob,
    .add = add,
    .tree = tree,
    .maybe = maybe,
    .colors = colors,
    .counts = counts,
    .fail = report,
    .nothing = nothing,
    .note = note,
    .noted = noted,
    .later = later,
    .hold = hold,
    .release = release,
    .hang = hang,
    .die = die,
    .heap = heap,
    .descriptors = descriptors,
};

static idl_server *make(const char *address, uint32_t workers, uint32_t handler_threads,
                        atomic_ullong *notes)
{
    idl_server_options options = IDL_SERVER_OPTIONS;
    options.workers = workers;
    options.handler_threads = handler_threads;
    options.drain_timeout_ms = 2000;
    idl_server *server = idl_server_new(&options);
    probe_probe_serve(server, &handlers, notes);
    if (idl_server_listen(server, address) != IDL_OK)
        fprintf(stderr, "%s\n", idl_server_error(server));
    return server;
}

static void *run(void *arg)
{
    struct service *s = arg;
    s->status = idl_server_run(s->server);
    return NULL;
}

void service_start(struct service *s, const char *address, uint32_t workers)
{
    service_start_pool(s, address, workers, 0);
}

void service_start_pool(struct service *s, const char *address, uint32_t workers,
                        uint32_t handler_threads)
{
    static atomic_ullong notes;
    atomic_store(&notes, 0);
    *s = (struct service){ 0 };
    s->server = make(address, workers, handler_threads, &notes);
    const char *bound = idl_server_address(s->server, 0);
    assert_non_null(bound);
    snprintf(s->address, sizeof s->address, "%s", bound);
    assert_int_equal(pthread_create(&s->thread, NULL, run, s), 0);
}

void service_stop(struct service *s)
{
    idl_server_stop(s->server);
    pthread_join(s->thread, NULL);
    assert_int_equal(s->status, 0);
    assert_string_equal(idl_server_error(s->server), "");
    idl_server_free(s->server);
}

void service_fork(struct service *s, const char *address, uint32_t workers)
{
    int fds[2];
    *s = (struct service){ 0 };
    assert_int_equal(pipe(fds), 0);
    fflush(NULL);
    s->pid = fork();
    assert_true(s->pid >= 0);
    if (s->pid == 0) {
        atomic_ullong notes = 0;
        close(fds[0]);
        idl_server *server = make(address, workers, 0, &notes);
        const char *bound = idl_server_address(server, 0);
        if (bound == NULL || write(fds[1], bound, strlen(bound)) < 0)
            _exit(9);
        close(fds[1]);
        int status = idl_server_run(server);
        idl_server_free(server);
        _exit(status);
    }
    close(fds[1]);
    ssize_t n = read(fds[0], s->address, sizeof s->address - 1);
    assert_true(n > 0);
    s->address[n] = '\0';
    close(fds[0]);
}

int service_kill(struct service *s, int signal)
{
    int status = 0;
    if (signal != 0)
        kill(s->pid, signal);
    assert_int_equal(waitpid(s->pid, &status, 0), s->pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

uint32_t open_descriptors(void)
{
    uint32_t count = 0;
    DIR *dir = opendir("/proc/self/fd");
    if (dir == NULL)
        return 0;
    while (readdir(dir) != NULL)
        count++;
    closedir(dir);
    return count - 3; /* ".", ".." and the one that is reading */
}

/* SPDX-License-Identifier: MIT */
/* lookup.c: a detached thread, and what it shares with who waits for it. */
#include "lookup.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "mem.h"

struct idl__lookup {
    atomic_uint refs; /* the thread's and the asker's */
    atomic_bool done; /* what follows is the thread's before, and the asker's after */
    char *address;
    int fd, done_fd; /* of a pipe: the thread closes its end */
    idl_code code;
    size_t count;
    idl__endpoint endpoints[IDL__ENDPOINTS_MAX];
    char error[IDL__ERROR_MAX];
};

static void unref(idl__lookup *lookup)
{
    if (atomic_fetch_sub(&lookup->refs, 1) > 1)
        return;
    if (lookup->fd >= 0)
        close(lookup->fd);
    if (lookup->done_fd >= 0)
        close(lookup->done_fd);
    idl__free(lookup->address);
    idl__free(lookup);
}

static void *look_up(void *arg)
{
    idl__lookup *lookup = arg;
    int done_fd = lookup->done_fd;
    lookup->code = idl__address_resolve(lookup->address, IDL__CONNECT, lookup->endpoints,
                                        &lookup->count, lookup->error);
    lookup->done_fd = -1;
    atomic_store(&lookup->done, true);
    close(done_fd);
    unref(lookup);
    return NULL;
}

/* Signals are for the program's own threads. */
static bool start_thread(idl__lookup *lookup)
{
    sigset_t all, before;
    pthread_attr_t attributes;
    pthread_t thread;
    if (pthread_attr_init(&attributes) != 0)
        return false;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    atomic_fetch_add(&lookup->refs, 1);
    bool started = pthread_create(&thread, &attributes, look_up, lookup) == 0;
    if (!started)
        unref(lookup);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return started;
}

static bool open_pipe(idl__lookup *lookup)
{
    int fds[2];
    if (pipe(fds) != 0)
        return false;
    for (int i = 0; i < 2; i++)
        fcntl(fds[i], F_SETFD, FD_CLOEXEC);
    lookup->fd = fds[0];
    lookup->done_fd = fds[1];
    return true;
}

idl__lookup *idl__lookup_start(const char *address)
{
    idl__lookup *lookup = idl__calloc(1, sizeof *lookup);
    if (lookup == NULL)
        return NULL;
    atomic_init(&lookup->refs, 1);
    lookup->fd = lookup->done_fd = -1;
    lookup->address = idl__strdup(address);
    if (lookup->address != NULL && open_pipe(lookup) && start_thread(lookup))
        return lookup;
    unref(lookup);
    return NULL;
}

int idl__lookup_fd(const idl__lookup *lookup)
{
    return lookup->fd;
}

idl_code idl__lookup_result(idl__lookup *lookup, idl__endpoint endpoints[IDL__ENDPOINTS_MAX],
                            size_t *count, char error[IDL__ERROR_MAX])
{
    if (!atomic_load(&lookup->done))
        return IDL_AGAIN;
    *count = lookup->count;
    memcpy(endpoints, lookup->endpoints, lookup->count * sizeof *endpoints);
    memcpy(error, lookup->error, IDL__ERROR_MAX);
    return lookup->code;
}

void idl__lookup_drop(idl__lookup *lookup)
{
    if (lookup != NULL)
        unref(lookup);
}

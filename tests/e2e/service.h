/* SPDX-License-Identifier: MIT */
/* service.h: a probe server, in a thread of the test or in a process of its own. */
#ifndef E2E_SERVICE_H
#define E2E_SERVICE_H

#include <pthread.h>
#include <sys/types.h>

#include "probe_server.h"

struct service {
    idl_server *server;
    pthread_t thread;
    pid_t pid; /* of a server process */
    char address[128];
    int status; /* of idl_server_run */
};

/* Starts it listening on address. In a thread. */
void service_start(struct service *s, const char *address, uint32_t workers);
/* The same with threads that run the handlers. */
void service_start_pool(struct service *s, const char *address, uint32_t workers,
                        uint32_t handler_threads);
void service_stop(struct service *s);

/* The same in a forked process; signal ends it, and its exit status is returned. */
void service_fork(struct service *s, const char *address, uint32_t workers);
int service_kill(struct service *s, int signal);

/* Descriptors that this process has open. */
uint32_t open_descriptors(void);

#endif

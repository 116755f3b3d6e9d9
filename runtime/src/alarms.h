/* SPDX-License-Identifier: MIT */
/* alarms.h: the few things that a loop does at a time.
 *
 * They share a timerfd, which is set when the first of them comes nearer. A timer of libuv's is a limit
 * to how long the loop waits: the kernel sets one up and takes it down again with each wait, 0.35 us of
 * a call of 15. */
#ifndef IDL__ALARMS_H
#define IDL__ALARMS_H

#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

enum { IDL__ALARMS_MAX = 5 };
#define IDL__ALARM_OFF UINT64_MAX

typedef struct idl__alarms {
    uv_poll_t poll;
    int fd;
    uint64_t set; /* when it tells; IDL__ALARM_OFF: it does not */
    void *arg;
    struct {
        uint64_t at;
        void (*fn)(void *arg, uint64_t now);
    } each[IDL__ALARMS_MAX];
} idl__alarms;

/* All are off. False: no descriptors. */
bool idl__alarms_init(idl__alarms *alarms, uv_loop_t *loop, void *arg);
/* The loop is to run once more. */
void idl__alarms_close(idl__alarms *alarms);

/* Calls fn with arg, once, on the loop, when the clock says at: not when it said so before. */
void idl__alarm_set(idl__alarms *alarms, unsigned which, uint64_t at,
                    void (*fn)(void *arg, uint64_t now));
static inline uint64_t idl__alarm_at(const idl__alarms *alarms, unsigned which)
{
    return alarms->each[which].at;
}

#endif

/* SPDX-License-Identifier: MIT */
/* clock.h: the clock of both sides. */
#ifndef IDL__CLOCK_H
#define IDL__CLOCK_H

#include <stdint.h>
#include <time.h>

#define IDL__MS UINT64_C(1000000)

/* Monotonic nanoseconds. */
static inline uint64_t idl__clock_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

/* What it said when the kernel ticked last, some milliseconds ago: a fifth of the work. */
static inline uint64_t idl__clock_coarse(void)
{
    struct timespec then;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &then);
    return (uint64_t)then.tv_sec * UINT64_C(1000000000) + (uint64_t)then.tv_nsec;
}

/* Whole milliseconds until then, rounded up, for poll(). */
static inline int idl__clock_left_ms(uint64_t then, uint64_t now)
{
    uint64_t left = then > now ? (then - now + IDL__MS - 1) / IDL__MS : 0;
    return left < INT32_MAX ? (int)left : INT32_MAX;
}

/* The same from now on; UINT64_MAX: for ever, 0: not at all. */
static inline int idl__clock_wait_ms(uint64_t until)
{
    if (until == UINT64_MAX)
        return -1;
    return until != 0 ? idl__clock_left_ms(until, idl__clock_now()) : 0;
}

#endif

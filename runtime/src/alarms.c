/* SPDX-License-Identifier: MIT */
/* alarms.c: times, and the descriptor that tells of the first. */
#include "alarms.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include "clock.h"

static void tell_at(idl__alarms *alarms, uint64_t at)
{
    const uint64_t s = UINT64_C(1000000000);
    if (at >= alarms->set)
        return;
    alarms->set = at;
    if (at / s > INT32_MAX)
        at = INT32_MAX * s; /* as much as a time_t of 32 bits holds */
    struct itimerspec when = { .it_value = { (time_t)(at / s), (long)(at % s) } };
    timerfd_settime(alarms->fd, TFD_TIMER_ABSTIME, &when, NULL);
}

void idl__alarm_set(idl__alarms *alarms, unsigned which, uint64_t at,
                    void (*fn)(void *arg, uint64_t now))
{
    alarms->each[which].at = at;
    alarms->each[which].fn = fn;
    tell_at(alarms, at);
}

/* One that was put off since is still told of when it would have been. */
static void on_time(uv_poll_t *poll, int status, int events)
{
    idl__alarms *alarms = poll->data;
    uint64_t now, told;
    (void)status;
    (void)events;
    if (read(alarms->fd, &told, sizeof told) < 0)
        return; /* it was set anew before this was called */
    now = idl__clock_now();
    alarms->set = IDL__ALARM_OFF;
    for (unsigned i = 0; i < IDL__ALARMS_MAX; i++) {
        if (alarms->each[i].at > now)
            continue;
        alarms->each[i].at = IDL__ALARM_OFF;
        alarms->each[i].fn(alarms->arg, now);
    }
    for (unsigned i = 0; i < IDL__ALARMS_MAX; i++)
        tell_at(alarms, alarms->each[i].at);
}

bool idl__alarms_init(idl__alarms *alarms, uv_loop_t *loop, void *arg)
{
    *alarms = (idl__alarms){ .set = IDL__ALARM_OFF, .arg = arg };
    alarms->poll.data = alarms;
    for (unsigned i = 0; i < IDL__ALARMS_MAX; i++)
        alarms->each[i].at = IDL__ALARM_OFF;
    alarms->fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (alarms->fd >= 0 && uv_poll_init(loop, &alarms->poll, alarms->fd) == 0) {
        uv_poll_start(&alarms->poll, UV_READABLE, on_time);
        return true;
    }
    if (alarms->fd >= 0)
        close(alarms->fd);
    return false;
}

void idl__alarms_close(idl__alarms *alarms)
{
    uv_close((uv_handle_t *)&alarms->poll, NULL);
    close(alarms->fd);
}

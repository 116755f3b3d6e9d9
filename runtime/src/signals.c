/* SPDX-License-Identifier: MIT */
/* signals.c: borrows two signals and gives them back.
 *
 * libuv has one handler a process, shared by all loops, and leaves SIG_DFL behind when the last
 * loop is done with a signal. So what was there before is put back here, unless another loop still
 * uses the handler, or did before. */
#include "signals.h"

#include <stdbool.h>

static const int numbers[IDL__SIGNALS] = { SIGINT, SIGTERM };

static void on_signal(uv_signal_t *handle, int number)
{
    idl__signals *signals = handle->data;
    (void)number;
    signals->fn(signals->arg);
}

static bool same_handler(const struct sigaction *a, const struct sigaction *b)
{
    return !(a->sa_flags & SA_SIGINFO) == !(b->sa_flags & SA_SIGINFO) &&
           a->sa_handler == b->sa_handler;
}

static void start_one(idl__signals *signals, struct idl__signal *signal, uv_loop_t *loop,
                      int number)
{
    signal->number = 0;
    sigaction(number, NULL, &signal->before);
    bool ignored = !(signal->before.sa_flags & SA_SIGINFO) && signal->before.sa_handler == SIG_IGN;
    if (ignored || uv_signal_init(loop, &signal->handle) != 0)
        return;
    signal->handle.data = signals;
    signal->number = number;
    uv_unref((uv_handle_t *)&signal->handle);
    uv_signal_start(&signal->handle, on_signal, number);
    sigaction(number, NULL, &signal->ours);
}

void idl__signals_start(idl__signals *signals, uv_loop_t *loop, void (*fn)(void *arg), void *arg)
{
    signals->fn = fn;
    signals->arg = arg;
    for (int i = 0; i < IDL__SIGNALS; i++)
        start_one(signals, &signals->each[i], loop, numbers[i]);
}

void idl__signals_stop(idl__signals *signals)
{
    for (int i = 0; i < IDL__SIGNALS; i++) {
        struct idl__signal *signal = &signals->each[i];
        struct sigaction now;
        if (signal->number == 0)
            continue;
        uv_close((uv_handle_t *)&signal->handle, NULL);
        sigaction(signal->number, NULL, &now);
        if (!same_handler(&now, &signal->ours) && !same_handler(&signal->before, &signal->ours))
            sigaction(signal->number, &signal->before, NULL);
    }
}

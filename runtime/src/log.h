/* SPDX-License-Identifier: MIT */
/* log.h: writes lines to the log of a channel or a worker.
 *
 * A logger belongs to whoever holds the channel's lock, or to the worker's thread. */
#ifndef IDL__LOG_H
#define IDL__LOG_H

#include <stdbool.h>
#include <stdint.h>

#include <idl/log.h>

typedef struct idl__logger {
    const idl_log *log; /* NULL: there is none */
    uint64_t since;     /* begin of the second in which ... */
    unsigned lines;     /* ... so many were written that peers have brought about */
    unsigned left_out;
} idl__logger;

/* Somebody wants such lines: for lines that take work to make. */
static inline bool idl__logs(const idl__logger *logger, idl_log_level level)
{
    return IDL_UNLIKELY(logger->log != NULL) &&
           level <= (logger->log->level != 0 ? logger->log->level : IDL_LOG_INFO);
}

void idl__log(idl__logger *logger, idl_log_level level, const char *format, ...) IDL_PRINTF(3, 4);

/* The same for what peers can bring about as often as they like. */
void idl__log_peer(idl__logger *logger, idl_log_level level, const char *format, ...)
    IDL_PRINTF(3, 4);

#endif

/* SPDX-License-Identifier: MIT */
/* log.c: lines for a log: formatted, escaped, and not too many of them. */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>

#include "clock.h"

enum {
    LINE = 1024,
    LINES_MAX = 100 /* a second, of what peers bring about */
};

const char *idl_log_level_name(idl_log_level level)
{
    switch (level) {
    case IDL_LOG_ERROR: return "error";
    case IDL_LOG_WARNING: return "warning";
    case IDL_LOG_INFO: return "info";
    default: return "debug";
    }
}

void idl_log_stderr(idl_log_level level, const char *text, void *arg)
{
    (void)arg;
    fprintf(stderr, "idl: %s: %s\n", idl_log_level_name(level), text);
}

/* The most that one byte becomes: \x1b. */
enum { ESCAPED = 4 };

static size_t escape(char *to, unsigned char c)
{
    static const char digits[] = "0123456789abcdef";
    if (c >= ' ' && c <= '~' && c != '\\') {
        to[0] = (char)c;
        return 1;
    }
    to[0] = '\\';
    to[1] = c == '\n' ? 'n' : c == '\\' ? '\\' : 'x';
    to[2] = digits[c >> 4];
    to[3] = digits[c & 15];
    return to[1] == 'x' ? 4 : 2;
}

static void IDL_PRINTF(3, 0)
    write_line(const idl_log *log, idl_log_level level, const char *format, va_list args)
{
    char text[LINE], line[LINE];
    size_t len = 0;
    vsnprintf(text, sizeof text, format, args);
    for (const char *c = text; *c != '\0' && len + ESCAPED < sizeof line; c++)
        len += escape(line + len, (unsigned char)*c);
    line[len] = '\0';
    log->write(level, line, log->arg);
}

void idl__log(idl__logger *logger, idl_log_level level, const char *format, ...)
{
    va_list args;
    if (!idl__logs(logger, level))
        return;
    va_start(args, format);
    write_line(logger->log, level, format, args);
    va_end(args);
}

/* There is room for a line in this second. */
static bool has_room(idl__logger *logger)
{
    uint64_t now = idl__clock_now();
    if (now - logger->since >= 1000 * IDL__MS) {
        unsigned left_out = logger->left_out;
        logger->since = now;
        logger->lines = logger->left_out = 0;
        if (left_out > 0)
            idl__log(logger, IDL_LOG_WARNING, "%u lines like the last ones were left out",
                     left_out);
    }
    bool room = logger->lines < LINES_MAX;
    logger->lines += room;
    logger->left_out += !room;
    return room;
}

void idl__log_peer(idl__logger *logger, idl_log_level level, const char *format, ...)
{
    va_list args;
    if (!idl__logs(logger, level) || !has_room(logger))
        return;
    va_start(args, format);
    write_line(logger->log, level, format, args);
    va_end(args);
}

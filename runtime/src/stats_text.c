/* SPDX-License-Identifier: MIT */
/* stats_text.c: counters in Prometheus's text format: a family at a time, a line for each method. */
#include "stats.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct sink {
    void (*write)(const char *text, size_t len, void *arg);
    void *arg;
    const idl_stats *stats;
    bool server;
};

/* ---- Text ---- */

static void put(const struct sink *sink, const char *format, ...) IDL_PRINTF(2, 3);

static void put(const struct sink *sink, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (len > 0)
        sink->write(text, (size_t)len < sizeof text ? (size_t)len : sizeof text - 1, sink->arg);
}

static void put_escaped(const struct sink *sink, const char *text)
{
    for (size_t plain; *text != '\0'; text += plain) {
        plain = strcspn(text, "\\\"\n");
        sink->write(text, plain, sink->arg);
        if (text[plain] == '\0')
            continue;
        put(sink, "\\%c", text[plain] == '\n' ? 'n' : text[plain]);
        plain++;
    }
}

static const char *side_name(const struct sink *sink)
{
    return sink->server ? "server" : "client";
}

static void head(const struct sink *sink, const char *name, const char *type, const char *help)
{
    put(sink, "# HELP idl_%s_%s %s\n", side_name(sink), name, help);
    put(sink, "# TYPE idl_%s_%s %s\n", side_name(sink), name, type);
}

/* Up to where more labels may follow. */
static void labels(const struct sink *sink, const char *name, const idl__counters *c)
{
    put(sink, "idl_%s_%s{service=\"", side_name(sink), name);
    put_escaped(sink, c->service);
    put(sink, "\",method=\"");
    put_escaped(sink, c->method);
    put(sink, "\"");
}

/* Without printf's floating point, whose look depends on the locale. */
static void put_seconds(const struct sink *sink, uint64_t ns)
{
    put(sink, "%" PRIu64 ".%09" PRIu64, ns / 1000000000, ns % 1000000000);
}

/* ---- Families ---- */

typedef void lines_fn(const struct sink *sink, const char *name, const idl__counters *c,
                      const idl_method_stats *s);

static void number(const struct sink *sink, const char *name, const idl__counters *c, uint64_t n)
{
    labels(sink, name, c);
    put(sink, "} %" PRIu64 "\n", n);
}

static uint64_t all_ended(const idl_method_stats *s)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < IDL_STATS_CODES; i++)
        sum += s->ended[i];
    return sum;
}

static void started(const struct sink *sink, const char *name, const idl__counters *c,
                    const idl_method_stats *s)
{
    number(sink, name, c, s->started);
}

static void in_flight(const struct sink *sink, const char *name, const idl__counters *c,
                      const idl_method_stats *s)
{
    number(sink, name, c, s->started - all_ended(s));
}

static void received(const struct sink *sink, const char *name, const idl__counters *c,
                     const idl_method_stats *s)
{
    number(sink, name, c, s->bytes_in);
}

static void sent(const struct sink *sink, const char *name, const idl__counters *c,
                 const idl_method_stats *s)
{
    number(sink, name, c, s->bytes_out);
}

static void handled(const struct sink *sink, const char *name, const idl__counters *c,
                    const idl_method_stats *s)
{
    for (size_t i = 0; i < IDL_STATS_CODES; i++) {
        if (s->ended[i] == 0 && i != IDL_OK)
            continue;
        labels(sink, name, c);
        put(sink, ",code=\"%s\"} %" PRIu64 "\n", idl_code_name((idl_code)i), s->ended[i]);
    }
}

static void duration(const struct sink *sink, const char *name, const idl__counters *c,
                     const idl_method_stats *s)
{
    /* Counters move while they are read: the whole is never less than a part. */
    uint64_t all = all_ended(s), last = s->buckets[IDL_STATS_BUCKETS - 1];
    all = all > last ? all : last;
    for (size_t i = 0; i < IDL_STATS_BUCKETS; i++) {
        labels(sink, "duration_seconds_bucket", c);
        put(sink, ",le=\"");
        put_seconds(sink, UINT64_C(100000) << i);
        put(sink, "\"} %" PRIu64 "\n", s->buckets[i]);
    }
    labels(sink, "duration_seconds_bucket", c);
    put(sink, ",le=\"+Inf\"} %" PRIu64 "\n", all);
    labels(sink, "duration_seconds_sum", c);
    put(sink, "} ");
    put_seconds(sink, s->duration_ns);
    put(sink, "\n");
    labels(sink, "duration_seconds_count", c);
    put(sink, "} %" PRIu64 "\n", all);
    (void)name;
}

static const struct family {
    const char *name, *type, *help;
    lines_fn *lines;
} families[] = {
    { "started_total", "counter", "Calls that have begun.", started },
    { "handled_total", "counter", "Calls that have ended, by code.", handled },
    { "in_flight", "gauge", "Calls that are under way.", in_flight },
    { "received_bytes_total", "counter", "Bytes received by calls that have ended.", received },
    { "sent_bytes_total", "counter", "Bytes sent by calls that have ended.", sent },
    { "duration_seconds", "histogram", "How long calls took.", duration },
};

static void put_family(const struct sink *sink, const struct family *family)
{
    const idl__counters *c = idl__stats_next(sink->stats, sink->server, NULL);
    if (c != NULL)
        head(sink, family->name, family->type, family->help);
    for (; c != NULL; c = idl__stats_next(sink->stats, sink->server, c)) {
        idl_method_stats s;
        idl__counters_read(c, &s);
        family->lines(sink, family->name, c, &s);
    }
}

void idl_stats_prometheus(const idl_stats *stats,
                          void (*write)(const char *text, size_t len, void *arg), void *arg)
{
    if (stats == NULL)
        return;
    for (int server = 0; server < 2; server++) {
        const struct sink sink = { write, arg, stats, server == 1 };
        for (size_t i = 0; i < sizeof families / sizeof *families; i++)
            put_family(&sink, &families[i]);
    }
}

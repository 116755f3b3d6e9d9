/* SPDX-License-Identifier: MIT */
/* report.c: the result, for people and for programs. */
#include "report.h"

#include <inttypes.h>

static const double parts[] = { 0.5, 0.75, 0.9, 0.99, 0.999, 0.9999 };
enum { PARTS = sizeof parts / sizeof parts[0] };

static uint64_t errors(const result *r)
{
    return r->calls - r->codes[IDL_OK];
}

static double us(uint64_t ns)
{
    return (double)ns / 1e3;
}

/* ---- For people ---- */

static void print_time(FILE *out, const char *label, double microseconds)
{
    if (microseconds < 1e4)
        fprintf(out, "  %-8s %9.1f us\n", label, microseconds);
    else
        fprintf(out, "  %-8s %9.1f ms\n", label, microseconds / 1e3);
}

void report_text(FILE *out, const load *l, const result *r)
{
    fprintf(out, "%s/%s at %s: ", l->method.service, l->method.name, l->address);
    fprintf(out, "%u connection%s, %u call%s outstanding on each, ", l->connections,
            l->connections == 1 ? "" : "s", l->concurrency, l->concurrency == 1 ? "" : "s");
    if (l->rate > 0)
        fprintf(out, "%g calls due a second\n", l->rate);
    else
        fprintf(out, "one after another\n");
    fprintf(out, "  calls    %9" PRIu64 "  in %g s\n", r->calls, r->seconds);
    fprintf(out, "  rate     %9.0f  a second\n", (double)r->ended / r->seconds);
    fprintf(out, "  replies  %9.2f  MB a second\n", (double)r->reply_bytes / r->seconds / 1e6);
    fprintf(out, "latency\n");
    print_time(out, "mean", histogram_mean(&r->latency) / 1e3);
    for (int i = 0; i < PARTS; i++) {
        char label[16];
        snprintf(label, sizeof label, "%g %%", 100 * parts[i]);
        print_time(out, label, us(histogram_at(&r->latency, parts[i])));
    }
    print_time(out, "longest", us(r->latency.max));
    if (r->unsent > 0)
        fprintf(out, "unsent   %9" PRIu64 "  that were due: raise --concurrency, or lower --rate\n",
                r->unsent);
    fprintf(out, "errors   %9" PRIu64 "\n", errors(r));
    for (int i = 1; i < CODES; i++)
        if (r->codes[i] > 0)
            fprintf(out, "  %-20s %" PRIu64 "\n", idl_code_name((idl_code)i), r->codes[i]);
    if (r->error[0] != '\0')
        fprintf(out, "  the first: %s\n", r->error);
}

/* ---- For programs ---- */

static void print_string(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text != '\0'; text++) {
        const unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\' || c < ' ' || c == 0x7f)
            fprintf(out, "\\u%04x", c);
        else
            fputc(c, out);
    }
    fputc('"', out);
}

static void print_codes(FILE *out, const result *r)
{
    const char *comma = "";
    fprintf(out, "\"codes\":{");
    for (int i = 0; i < CODES; i++) {
        if (r->codes[i] == 0)
            continue;
        fprintf(out, "%s\"%s\":%" PRIu64, comma, idl_code_name((idl_code)i), r->codes[i]);
        comma = ",";
    }
    fprintf(out, "}");
}

void report_json(FILE *out, const load *l, const result *r)
{
    fprintf(out, "{\"address\":");
    print_string(out, l->address);
    fprintf(out, ",\"service\":");
    print_string(out, l->method.service);
    fprintf(out, ",\"method\":");
    print_string(out, l->method.name);
    fprintf(out, ",\"connections\":%u,\"concurrency\":%u,\"rate\":%g,\"seconds\":%g,",
            l->connections, l->concurrency, l->rate, r->seconds);
    fprintf(out, "\"request_bytes\":%zu,\"reply_bytes\":%" PRIu64 ",\"calls\":%" PRIu64 ",",
            l->request.len, r->reply_bytes, r->calls);
    fprintf(out, "\"calls_per_second\":%.1f,\"errors\":%" PRIu64 ",\"unsent\":%" PRIu64 ",",
            (double)r->ended / r->seconds, errors(r), r->unsent);
    print_codes(out, r);
    fprintf(out, ",\"first_error\":");
    print_string(out, r->error);
    fprintf(out, ",\"latency_us\":{\"mean\":%.3f", histogram_mean(&r->latency) / 1e3);
    for (int i = 0; i < PARTS; i++)
        fprintf(out, ",\"p%g\":%.3f", 100 * parts[i], us(histogram_at(&r->latency, parts[i])));
    fprintf(out, ",\"max\":%.3f}}\n", us(r->latency.max));
}

/* SPDX-License-Identifier: MIT */
/* idl_bench.c: the command: a load for any service. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "report.h"

enum { EXIT_ERRORS = 1, EXIT_USAGE = 2 };
enum { OPT_STRING = 256, OPT_INT, OPT_FILL, OPT_REQUEST, OPT_ONEWAY, OPT_JSON, OPT_MAX, OPT_QUIET };

static const char usage[] =
    "usage: idl_bench [OPTION]... ADDRESS SERVICE/METHOD\n"
    "Calls a unary or oneway method as often as it can, or at a rate, and says how long it took.\n"
    "\n"
    "  ADDRESS         as programs give it to idl_channel_open: tcp://host:port, unix:///path\n"
    "  SERVICE/METHOD  as on the wire: demo.store.Store/get\n"
    "\n"
    "load:\n"
    "  -c, --connections N   connections, each with a thread (1)\n"
    "  -n, --concurrency N   calls outstanding on each; with --rate at most (1; with --rate 1000)\n"
    "  -r, --rate R          calls due a second, on all connections together; latency counts from\n"
    "                        when a call was due. Without: each follows the one before\n"
    "  -d, --duration S      seconds that count (10)\n"
    "  -w, --warm-up S       seconds before that (1)\n"
    "  -t, --timeout MS      deadline of each call (none)\n"
    "request, field by field, or from a file, in protobuf's binary form:\n"
    "      --string N=TEXT   field N, a string or bytes\n"
    "      --int N=VALUE     field N, an integer, a bool or an enum\n"
    "      --fill N=SIZE     field N, a string of SIZE bytes\n"
    "      --request FILE    FILE, - for standard input (protoc --encode makes them)\n"
    "      --oneway          the method is oneway\n"
    "      --max-message B   largest message, in bytes (4194304)\n"
    "output:\n"
    "      --json            one JSON object instead of the table\n"
    "  -q, --quiet           no line of progress (there is one only on a terminal)\n"
    "  -h, --help\n"
    "\n"
    "Exit status: 0; 1: calls failed, or were due and not sent; 2: wrong command line.\n";

static const struct option options[] = {
    { "connections", required_argument, NULL, 'c' },
    { "concurrency", required_argument, NULL, 'n' },
    { "rate", required_argument, NULL, 'r' },
    { "duration", required_argument, NULL, 'd' },
    { "warm-up", required_argument, NULL, 'w' },
    { "timeout", required_argument, NULL, 't' },
    { "string", required_argument, NULL, OPT_STRING },
    { "int", required_argument, NULL, OPT_INT },
    { "fill", required_argument, NULL, OPT_FILL },
    { "request", required_argument, NULL, OPT_REQUEST },
    { "oneway", no_argument, NULL, OPT_ONEWAY },
    { "max-message", required_argument, NULL, OPT_MAX },
    { "json", no_argument, NULL, OPT_JSON },
    { "quiet", no_argument, NULL, 'q' },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
};

typedef struct command {
    load load;
    char *name; /* SERVICE, then METHOD: cut in two */
    bool json, quiet;
} command;

static void refuse(const char *what, const char *why) __attribute__((noreturn));
static void refuse(const char *what, const char *why)
{
    fprintf(stderr, "idl_bench: %s: %s (idl_bench --help tells more)\n", what, why);
    exit(EXIT_USAGE);
}

static double number(const char *option, const char *text, double least, double most)
{
    char *end;
    errno = 0;
    double value = strtod(text, &end);
    if (end == text || *end != '\0' || errno != 0 || !(value >= least && value <= most)) {
        char why[96];
        snprintf(why, sizeof why, "expected a number from %g to %g", least, most);
        refuse(option, why);
    }
    return value;
}

static unsigned whole(const char *option, const char *text, double most)
{
    double value = number(option, text, 1, most);
    if (value != (double)(unsigned)value)
        refuse(option, "expected a whole number");
    return (unsigned)value;
}

static void add(bool (*fn)(request *r, const char *text, const char **why), command *c,
                const char *text)
{
    const char *why = "";
    if (!fn(&c->load.request, text, &why))
        refuse(text, why);
}

static void take_option(command *c, int option)
{
    load *l = &c->load;
    switch (option) {
    case 'c': l->connections = whole("--connections", optarg, 100000); break;
    case 'n': l->concurrency = whole("--concurrency", optarg, 1000000); break;
    case 'r': l->rate = number("--rate", optarg, 0.001, 1e8); break;
    case 'd': l->seconds = number("--duration", optarg, 0.01, 1e7); break;
    case 'w': l->warm_up = number("--warm-up", optarg, 0, 1e6); break;
    case 't': l->timeout_ms = whole("--timeout", optarg, 1e9); break;
    case OPT_STRING: add(request_add_string, c, optarg); break;
    case OPT_INT: add(request_add_int, c, optarg); break;
    case OPT_FILL: add(request_add_fill, c, optarg); break;
    case OPT_REQUEST: add(request_add_file, c, optarg); break;
    case OPT_ONEWAY: l->method.kind = IDL_ONEWAY; break;
    case OPT_MAX: l->max_message = whole("--max-message", optarg, 1 << 27); break;
    case OPT_JSON: c->json = true; break;
    case 'q': c->quiet = true; break;
    case 'h': fputs(usage, stdout); exit(0);
    default: exit(EXIT_USAGE);
    }
}

static void take_target(command *c, const char *address, const char *target)
{
    load *l = &c->load;
    const char *why = "", *slash = strrchr(target, '/');
    if (slash == NULL || slash == target || slash[1] == '\0')
        refuse(target, "expected SERVICE/METHOD");
    c->name = strdup(target);
    if (c->name == NULL)
        refuse(target, "no memory");
    c->name[slash - target] = '\0';
    l->address = address;
    l->method.service = c->name;
    l->method.name = c->name + (slash - target) + 1;
    l->method.request = &request_type;
    l->method.reply = &reply_type;
    l->method.done = load_done;
    if (l->concurrency == 0)
        l->concurrency = l->rate > 0 ? 1000 : 1;
    if (!request_close(&l->request, &why))
        refuse("the request", why);
}

/* ---- While it runs ---- */

typedef struct watcher {
    progress progress;
    uint64_t calls;
    unsigned seconds;
    bool shown;
} watcher;

static void tick(void *arg)
{
    watcher *w = arg;
    uint64_t calls = atomic_load(&w->progress.calls), errors = atomic_load(&w->progress.errors);
    w->seconds++;
    if (w->shown)
        fprintf(stderr,
                "\r\033[K%4u s  %9" PRIu64 " calls/s  %" PRIu64 " calls  %" PRIu64 " errors",
                w->seconds, calls - w->calls, calls, errors);
    w->calls = calls;
}

/* As many connections as are wanted, where the system lets us. */
static void raise_files(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
}

static int run(command *c)
{
    static watcher w;
    static result r;
    char error[256] = "";
    w.shown = !c->quiet && isatty(STDERR_FILENO);
    if (load_try(&c->load, error) != IDL_OK) {
        fprintf(stderr, "idl_bench: %s/%s: %s\n", c->load.method.service, c->load.method.name,
                error);
        return EXIT_ERRORS;
    }
    if (!load_run(&c->load, &r, &w.progress, tick, &w)) {
        fprintf(stderr, "idl_bench: no memory, or too many threads: lower --connections\n");
        return EXIT_ERRORS;
    }
    if (w.shown)
        fprintf(stderr, "\r\033[K");
    (c->json ? report_json : report_text)(stdout, &c->load, &r);
    return r.codes[IDL_OK] == r.calls && r.unsent == 0 && r.calls > 0 ? 0 : EXIT_ERRORS;
}

int main(int argc, char **argv)
{
    command c = { .load = { .connections = 1, .seconds = 10, .warm_up = 1 } };
    for (int option; (option = getopt_long(argc, argv, "c:n:r:d:w:t:qh", options, NULL)) != -1;)
        take_option(&c, option);
    if (argc - optind != 2)
        refuse("arguments", "expected ADDRESS and SERVICE/METHOD");
    take_target(&c, argv[optind], argv[optind + 1]);
    raise_files();
    int status = run(&c);
    request_free(&c.load.request);
    free(c.name);
    return status;
}

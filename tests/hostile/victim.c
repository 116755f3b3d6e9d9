/* SPDX-License-Identifier: MIT */
/* victim.c: starts, watches and ends a server process. */
#include "victim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fixture.h"

double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* ---- The server's process ---- */

static void give_up(idl_call *call, void *arg)
{
    (void)arg;
    idl_call_end(call, IDL_CANCELLED);
}

static idl_code wait_for_cancel(idl_call *call, idl_str text, idl_str *reply)
{
    (void)text, (void)reply;
    idl_call_on_cancel(call, give_up, NULL);
    return idl_call_defer(call);
}

static idl_code take_nothing(idl_call *call, idl_str *reply)
{
    return wait_for_cancel(call, (idl_str){ NULL, 0 }, reply);
}

static void serve(const idl_server_options *options, unsigned descriptors, int out)
{
    const struct text_handlers texts = { .echo = echo_handler, .other = wait_for_cancel };
    const struct stream_handlers streams = { .join = take_nothing };
    idl_server *server = idl_server_new(options);
    text_serve(server, &texts, NULL);
    stream_serve(server, &streams, NULL);
    if (descriptors != 0)
        setrlimit(RLIMIT_NOFILE, &(struct rlimit){ descriptors, descriptors });
    if (idl_server_listen(server, "tcp://127.0.0.1:0") == IDL_OK)
        dprintf(out, "%s\n", idl_server_address(server, 0));
    close(out);
    int status = idl_server_run(server);
    if (status != 0)
        fprintf(stderr, "%s\n", idl_server_error(server));
    idl_server_free(server);
    exit(status);
}

void victim_start(struct victim *victim, const idl_server_options *options, unsigned descriptors)
{
    int ends[2];
    fflush(NULL);
    malloc_trim(0); /* what this process has freed the other one would find for nothing */
    assert_int_equal(pipe(ends), 0);
    victim->pid = fork();
    assert_true(victim->pid >= 0);
    if (victim->pid == 0) {
        close(ends[0]);
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* when a test that hangs is killed */
        serve(options, descriptors, ends[1]);
    }
    close(ends[1]);
    FILE *in = fdopen(ends[0], "r");
    assert_non_null(in);
    assert_non_null(fgets(victim->address, sizeof victim->address, in));
    victim->address[strcspn(victim->address, "\n")] = '\0';
    fclose(in);
}

void victim_stop(struct victim *victim)
{
    int status = -1;
    assert_int_equal(kill(victim->pid, SIGTERM), 0);
    assert_int_equal(waitpid(victim->pid, &status, 0), victim->pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* ---- What it takes ---- */

size_t victim_descriptors(const struct victim *victim)
{
    char path[64];
    size_t count = 0;
    snprintf(path, sizeof path, "/proc/%ld/fd", (long)victim->pid);
    DIR *folder = opendir(path);
    assert_non_null(folder);
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;)
        count += entry->d_name[0] != '.';
    closedir(folder);
    return count;
}

bool victim_has_at_most(const struct victim *victim, size_t descriptors)
{
    double end = now_ms() + 10000;
    while (victim_descriptors(victim) > descriptors) {
        if (now_ms() > end)
            return false;
        sleep_ms(5);
    }
    return true;
}

static size_t status_of(const struct victim *victim, const char *name)
{
    char path[64], line[256];
    size_t value = 0;
    snprintf(path, sizeof path, "/proc/%ld/status", (long)victim->pid);
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    while (fgets(line, sizeof line, in) != NULL) {
        if (strncmp(line, name, strlen(name)) == 0)
            value = strtoul(line + strlen(name), NULL, 10);
    }
    fclose(in);
    return value;
}

size_t victim_memory(const struct victim *victim)
{
    return status_of(victim, "VmRSS:");
}

size_t victim_peak(const struct victim *victim)
{
    return status_of(victim, "VmHWM:");
}

long victim_cpu_ms(const struct victim *victim)
{
    char path[64], line[1024];
    unsigned long user = 0, system = 0;
    snprintf(path, sizeof path, "/proc/%ld/stat", (long)victim->pid);
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    assert_non_null(fgets(line, sizeof line, in));
    fclose(in);
    const char *rest = strrchr(line, ')'); /* the 2nd field; what is wanted are the 14th and 15th */
    assert_int_equal(
        sscanf(rest + 1, " %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %lu %lu", &user, &system),
        2);
    return (long)((user + system) * 1000 / (unsigned long)sysconf(_SC_CLK_TCK));
}

/* ---- The honest client: no assertions on its thread, cmocka jumps ---- */

/* One call; false: it was not answered with OK within ten seconds. */
static bool call_echo(struct honest *honest, uint32_t id)
{
    struct wire_out out = { 0 };
    uint8_t reply[256];
    size_t have = 0;
    wire_call(&out, id, 0, "test.Text", "echo", "honest");
    size_t want = 4 + 6 + 2 + 2 + strlen("honest");
    ssize_t n = send(honest->wire.fd, out.data, out.len, MSG_NOSIGNAL);
    bool ok = n == (ssize_t)out.len;
    wire_free(&out);
    while (ok && have < want) {
        struct pollfd waiting = { .fd = honest->wire.fd, .events = POLLIN };
        if (poll(&waiting, 1, 10000) != 1)
            return false;
        n = recv(honest->wire.fd, reply + have, sizeof reply - have, 0);
        if (n <= 0)
            return false;
        have += (size_t)n;
    }
    return ok && have == want && memcmp(reply + want - 6, "honest", 6) == 0;
}

static void *be_honest(void *arg)
{
    struct honest *honest = arg;
    for (uint32_t id = 1; honest->ok && !atomic_load(&honest->stop); id += 2) {
        double begun = now_ms();
        honest->ok = call_echo(honest, id);
        double took = now_ms() - begun;
        honest->sum_ms += took;
        honest->worst_ms = took > honest->worst_ms ? took : honest->worst_ms;
        honest->calls++;
        sleep_ms(1);
    }
    return NULL;
}

void honest_start(struct honest *honest, const struct victim *victim)
{
    memset(honest, 0, sizeof *honest);
    honest->victim = victim;
    honest->ok = true;
    wire_open(&honest->wire, victim->address);
    assert_true(call_echo(honest, 1));
    wire_close(&honest->wire);
    wire_open(&honest->wire, victim->address);
    assert_int_equal(pthread_create(&honest->thread, NULL, be_honest, honest), 0);
}

void honest_stop(struct honest *honest, const char *name)
{
    atomic_store(&honest->stop, true);
    pthread_join(honest->thread, NULL);
    wire_close(&honest->wire);
    print_message("%s: %u honest calls, %.2f ms on average, %.1f ms at worst\n", name,
                  honest->calls, honest->sum_ms / honest->calls, honest->worst_ms);
    assert_true(honest->ok);
    assert_true(honest->calls > 0);
    assert_true(honest->worst_ms < 5000); /* the machine may be busy: usually it is a few ms */
}

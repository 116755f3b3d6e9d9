/* SPDX-License-Identifier: MIT */
/* client.c: uploads a file, and goes on where it was broken off, now or the next time. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "sum.h"
#include "upload_client.h"

enum { BLOCK = 64 * 1024, ATTEMPTS = 5, READY_MS = 30000, BAR = 30 };

static const char usage[] = "usage: upload_client [-p] [-r KIB] ADDRESS FILE\n"
                            "  -p       shows progress, also when stderr is no terminal\n"
                            "  -r KIB   sends at most so many KiB a second\n";

struct upload {
    idl_channel *channel;
    idl_call *call;
    int fd;
    demo_upload_file file;
    bool shows;
    uint64_t rate;           /* bytes a second; 0: as fast as it goes */
    uint64_t begun, skipped; /* of this attempt: when, and what the server had already */
    int percent;             /* shown last */
};

/* ---- The bar ---- */

static void show(struct upload *u, uint64_t done)
{
    uint64_t size = u->file.size;
    int percent = size > 0 ? (int)((double)done / (double)size * 100) : 100;
    if (!u->shows || percent == u->percent)
        return;
    static const char full[BAR + 1] = "##############################";
    double seconds = (double)(idl_now() - u->begun) / 1e9;
    double speed = seconds > 0 ? (double)(done - u->skipped) / seconds / (1 << 20) : 0;
    fprintf(stderr, "\r%s [%-*.*s] %3d%% %6.1f MiB/s", u->file.name.data, BAR, percent * BAR / 100,
            full, percent, speed);
    u->percent = percent;
}

/* A message must not stand behind a bar. */
static void end_bar(struct upload *u)
{
    if (u->shows && u->percent >= 0)
        fputc('\n', stderr);
    u->percent = -1;
}

/* ---- The file ---- */

/* Bytes read, fewer than size only at the end; -1 with errno. */
static ssize_t read_at(int fd, void *buffer, size_t size, uint64_t offset)
{
    size_t have = 0;
    while (have < size) {
        ssize_t n = pread(fd, (char *)buffer + have, size - have, (off_t)(offset + have));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        have += (size_t)n;
    }
    return (ssize_t)have;
}

static bool open_file(struct upload *u, char *path)
{
    uint8_t block[BLOCK];
    struct stat status;
    u->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (u->fd < 0 || fstat(u->fd, &status) != 0)
        return perror(path), false;
    if (!S_ISREG(status.st_mode))
        return fprintf(stderr, "%s: not a file\n", path), false;
    ssize_t n;
    while ((n = read_at(u->fd, block, sizeof block, u->file.size)) > 0) {
        u->file.sum = sum_add(u->file.sum, block, (size_t)n);
        u->file.size += (uint64_t)n;
    }
    if (n < 0)
        return perror(path), false;
    u->file.name = idl_cstr(basename(path));
    return true;
}

/* ---- Sending ---- */

/* Sleeps until so much may have been sent. */
static void keep_rate(const struct upload *u, uint64_t sent)
{
    if (u->rate == 0)
        return;
    uint64_t due = u->begun + (uint64_t)((double)sent / (double)u->rate * 1e9), now = idl_now();
    if (due <= now)
        return;
    struct timespec left = { (time_t)((due - now) / 1000000000), (long)((due - now) % 1000000000) };
    nanosleep(&left, NULL);
}

/* False: the file can't be read. That a send fails is no reason to say so: finish will. */
static bool send_from(struct upload *u, uint64_t offset)
{
    uint8_t block[BLOCK];
    demo_upload_start start = { .file = &u->file, .offset = offset };
    demo_upload_piece piece = { .part = DEMO_UPLOAD_PIECE_PART_START, .start = &start };
    idl_code code = demo_upload_files_store(u->channel, u->call);
    if (code == IDL_OK)
        code = demo_upload_files_store_send(u->call, &piece);
    while (code == IDL_OK && offset < u->file.size) {
        ssize_t n = read_at(u->fd, block, sizeof block, offset);
        if (n < 0)
            return perror(u->file.name.data), false;
        if (n == 0)
            break; /* it has become shorter: the server will say so */
        piece = (demo_upload_piece){
            .part = DEMO_UPLOAD_PIECE_PART_DATA,
            .data = { block, (size_t)n },
        };
        code = demo_upload_files_store_send(u->call, &piece);
        offset += (uint64_t)n;
        show(u, offset);
        keep_rate(u, offset - u->skipped);
    }
    return true;
}

/* Asks how much is there and sends the rest. */
static idl_code attempt(struct upload *u)
{
    uint64_t size;
    demo_upload_held held;
    idl_call_set_wait_for_ready(u->call, true); /* a server that is being restarted comes back */
    idl_call_set_timeout(u->call, READY_MS);
    idl_code code = demo_upload_files_held(u->channel, u->call, &u->file, &held);
    if (code != IDL_OK)
        return code;
    u->skipped = held.size;
    u->begun = idl_now();
    if (u->skipped > 0) {
        end_bar(u);
        fprintf(stderr, "%s: the server has %" PRIu64 " of %" PRIu64 " bytes\n", u->file.name.data,
                u->skipped, u->file.size);
    }
    show(u, u->skipped);
    if (held.stored)
        return IDL_OK;
    if (!send_from(u, u->skipped)) {
        idl_call_cancel(u->channel, idl_call_token(u->call));
        demo_upload_files_store_finish(u->call, &size);
        return IDL_AGAIN; /* said already, and no use in trying again */
    }
    return demo_upload_files_store_finish(u->call, &size);
}

static bool upload(struct upload *u)
{
    for (int tried = 1;; tried++) {
        u->percent = -1;
        idl_code code = attempt(u);
        end_bar(u);
        if (code == IDL_OK)
            return printf("%s: %" PRIu64 " bytes, sum %016" PRIx64 "\n", u->file.name.data,
                          u->file.size, u->file.sum) > 0;
        if (code == IDL_AGAIN)
            return false;
        fprintf(stderr, "%s: %s: %s\n", u->file.name.data, idl_code_name(code),
                idl_call_message(u->call));
        if (code != IDL_UNAVAILABLE || tried == ATTEMPTS)
            return false;
    }
}

int main(int argc, char **argv)
{
    struct upload u = { .fd = -1, .shows = isatty(STDERR_FILENO) == 1 };
    char *end;
    for (int option; (option = getopt(argc, argv, "pr:")) != -1;) {
        if (option == 'p') {
            u.shows = true;
            continue;
        }
        errno = 0;
        if (option == 'r')
            u.rate = strtoull(optarg, &end, 10) * 1024;
        if (option != 'r' || errno != 0 || *end != '\0' || u.rate == 0)
            return fputs(usage, stderr), 2;
    }
    if (argc - optind != 2)
        return fputs(usage, stderr), 2;

    bool done = open_file(&u, argv[optind + 1]);
    if (done) {
        u.channel = idl_channel_open(argv[optind], NULL);
        u.call = idl_call_new();
        done = upload(&u);
        idl_call_free(u.call);
        idl_channel_close(u.channel);
    }
    if (u.fd >= 0)
        close(u.fd);
    return done ? 0 : 1;
}

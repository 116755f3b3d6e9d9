/* SPDX-License-Identifier: MIT */
/* server.c: stores files in a folder. usage: upload_server FOLDER [ADDRESS]
 *
 * The handlers wait, for messages and for the disk, so they run on a pool of threads. What has
 * arrived of a file is in FOLDER/.NAME.SUM.part; when all of it is there and its checksum is right, it
 * is renamed to FOLDER/NAME. There is no other state: a server that was killed goes on from there. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sum.h"
#include "upload_server.h"

enum { THREADS = 8, DRAIN_MS = 5000, BLOCK = 64 * 1024 };

struct store {
    int folder;
    atomic_bool leaving; /* uploads are broken off: the clients go on later */
};

/* An upload that is going on. */
struct upload {
    struct store *store;
    const demo_upload_file *file; /* what it is to become */
    const char *part;             /* name of what is there so far */
    int fd;                       /* of that; locked */
    uint64_t size, sum;           /* so far */
};

/* The error of the last system call. */
static idl_code fail_errno(idl_call *call, const char *what)
{
    int error = errno;
    idl_code code = error == ENOSPC || error == EDQUOT || error == EMFILE || error == ENFILE
                        ? IDL_RESOURCE_EXHAUSTED
                        : IDL_INTERNAL;
    return idl_call_fail(call, code, "%s: %s", what, strerror(error));
}

static idl_code check_file(idl_call *call, const demo_upload_file *file)
{
    idl_str name = file->name;
    if (name.len == 0 || name.len > DEMO_UPLOAD_MAX_NAME || name.data[0] == '.' ||
        memchr(name.data, '/', name.len) != NULL || memchr(name.data, '\0', name.len) != NULL)
        return idl_call_fail(call, IDL_INVALID_ARGUMENT, "'%s' is no name for a file", name.data);
    return IDL_OK;
}

static const char *part_name(idl_call *call, const demo_upload_file *file)
{
    return idl_call_printf(call, ".%s.%016" PRIx64 ".part", file->name.data, file->sum).data;
}

/* Adds what is at fd, from where that stands to its end, to size and sum. False: errno. */
static bool sum_rest(int fd, uint64_t *size, uint64_t *sum)
{
    uint8_t block[BLOCK];
    ssize_t n;
    while ((n = read(fd, block, sizeof block)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        *sum = sum_add(*sum, block, (size_t)n);
        *size += (uint64_t)n;
    }
    return true;
}

/* A file of that name, with that content, is stored. */
static bool is_stored(const struct store *store, const demo_upload_file *file)
{
    struct stat status;
    uint64_t size = 0, sum = 0;
    int fd = openat(store->folder, file->name.data, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return false;
    bool same = fstat(fd, &status) == 0 && (uint64_t)status.st_size == file->size &&
                sum_rest(fd, &size, &sum) && size == file->size && sum == file->sum;
    close(fd);
    return same;
}

static idl_code held(idl_call *call, const demo_upload_file *file, demo_upload_held *reply)
{
    const struct store *store = idl_call_user(call);
    struct stat status;
    if (check_file(call, file) != IDL_OK)
        return IDL_INVALID_ARGUMENT;
    reply->stored = is_stored(store, file);
    if (reply->stored)
        reply->size = file->size;
    else if (fstatat(store->folder, part_name(call, file), &status, AT_SYMLINK_NOFOLLOW) == 0)
        reply->size = (uint64_t)status.st_size;
    else if (errno != ENOENT)
        return fail_errno(call, file->name.data);
    return IDL_OK;
}

/* ---- One upload ---- */

static bool write_all(int fd, idl_bytes data)
{
    while (data.len > 0) {
        ssize_t n = write(fd, data.data, data.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        data.data += n;
        data.len -= (size_t)n;
    }
    return true;
}

/* Opens and locks what is there, and reads it for its checksum. */
static idl_code open_part(idl_call *call, struct upload *u, uint64_t offset)
{
    u->fd = openat(u->store->folder, u->part, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (u->fd < 0)
        return fail_errno(call, u->part);
    if (flock(u->fd, LOCK_EX | LOCK_NB) != 0)
        return idl_call_fail(call, IDL_ABORTED, "'%s' is being uploaded", u->file->name.data);
    if (!sum_rest(u->fd, &u->size, &u->sum))
        return fail_errno(call, u->part);
    if (u->size != offset)
        return idl_call_fail(call, IDL_FAILED_PRECONDITION,
                             "%" PRIu64 " bytes of '%s' are here, not %" PRIu64, u->size,
                             u->file->name.data, offset);
    return IDL_OK;
}

static idl_code receive(idl_call *call, struct upload *u)
{
    demo_upload_piece piece;
    while (demo_upload_files_store_next(call, &piece)) {
        if (piece.part != DEMO_UPLOAD_PIECE_PART_DATA || u->size + piece.data.len > u->file->size)
            return idl_call_fail(call, IDL_INVALID_ARGUMENT, "more than '%s' has",
                                 u->file->name.data);
        if (!write_all(u->fd, piece.data))
            return fail_errno(call, u->part);
        u->sum = sum_add(u->sum, piece.data.data, piece.data.len);
        u->size += piece.data.len;
        if (atomic_load(&u->store->leaving))
            return idl_call_fail(call, IDL_UNAVAILABLE, "the server is shutting down");
    }
    if (idl_call_is_cancelled(call))
        return IDL_CANCELLED; /* the client is gone, and may come back */
    if (u->size != u->file->size)
        return idl_call_fail(call, IDL_INVALID_ARGUMENT,
                             "%" PRIu64 " bytes have come, not %" PRIu64, u->size, u->file->size);
    return IDL_OK;
}

/* The client hears of success when a power failure can't undo it any more. */
static idl_code publish(idl_call *call, struct upload *u)
{
    int folder = u->store->folder;
    if (u->sum != u->file->sum) {
        unlinkat(folder, u->part, 0);
        return idl_call_fail(call, IDL_DATA_LOSS, "the checksum of '%s' is wrong",
                             u->file->name.data);
    }
    if (fsync(u->fd) != 0 || renameat(folder, u->part, folder, u->file->name.data) != 0 ||
        fsync(folder) != 0)
        return fail_errno(call, u->file->name.data);
    return IDL_OK;
}

static idl_code store_file(idl_call *call, uint64_t *reply)
{
    demo_upload_piece first;
    if (!demo_upload_files_store_next(call, &first))
        return idl_call_fail(call, IDL_INVALID_ARGUMENT, "nothing came");
    if (first.part != DEMO_UPLOAD_PIECE_PART_START || first.start->file == NULL)
        return idl_call_fail(call, IDL_INVALID_ARGUMENT, "the first message is no start");
    idl_call_keep(call); /* file stays when the next message comes */

    struct upload u = { .store = idl_call_user(call), .file = first.start->file, .fd = -1 };
    idl_code code = check_file(call, u.file);
    if (code == IDL_OK) {
        u.part = part_name(call, u.file);
        code = open_part(call, &u, first.start->offset);
    }
    if (code == IDL_OK)
        code = receive(call, &u);
    if (code == IDL_OK)
        code = publish(call, &u);
    if (u.fd >= 0 && close(u.fd) != 0 && code == IDL_OK)
        code = fail_errno(call, u.file->name.data);
    *reply = u.size;
    return code;
}

static void drain(idl_server *server, void *arg)
{
    struct store *store = arg;
    (void)server;
    atomic_store(&store->leaving, true);
}

int main(int argc, char **argv)
{
    static const demo_upload_files_handlers handlers = { .held = held, .store = store_file };
    if (argc < 2 || argc > 3 || argv[1][0] == '-')
        return fputs("usage: upload_server FOLDER [ADDRESS]\n", stderr), 2;
    struct store store = { .folder = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC) };
    if (store.folder < 0)
        return perror(argv[1]), 1;

    idl_server_options options = IDL_SERVER_OPTIONS;
    options.handler_threads = THREADS; /* so many uploads at once; more wait for their turn */
    options.drain_timeout_ms = DRAIN_MS;
    idl_server *server = idl_server_new(&options);
    demo_upload_files_serve(server, &handlers, &store);
    idl_server_on_drain(server, drain, &store);
    int status = 1;
    if (idl_server_listen(server, argc > 2 ? argv[2] : "tcp://127.0.0.1:50054") == IDL_OK) {
        printf("listening on %s\n", idl_server_address(server, 0));
        fflush(stdout);
        status = idl_server_run(server);
    }
    if (status != 0)
        fprintf(stderr, "%s\n", idl_server_error(server));
    idl_server_free(server);
    close(store.folder);
    return status;
}

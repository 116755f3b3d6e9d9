/* SPDX-License-Identifier: MIT */
/* frame_io.c: one frame to or from a descriptor: the loops over short reads and writes. */
#include <idl/frame.h>

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "arena.h"
#include "cut.h"
#include "mem.h"

enum { FIRST_READ = 64 << 10 }; /* memory for a frame before any of its bytes are there */

/* True when the operation that failed with errno is worth trying again. */
static bool again(int fd, short events)
{
    if (errno == EINTR)
        return true;
    if (errno != EAGAIN && errno != EWOULDBLOCK)
        return false;
    struct pollfd wait = { .fd = fd, .events = events };
    while (poll(&wait, 1, -1) < 0) {
        if (errno != EINTR)
            return false;
    }
    return true;
}

/* writev without SIGPIPE, which a pipe can't be told not to raise: blocked for this thread
 * meanwhile, and taken back if it is our write that raised it. */
static ssize_t write_to_pipe(int fd, const struct iovec *iov, int count)
{
    sigset_t pipe, old, pending;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    int failed = pthread_sigmask(SIG_BLOCK, &pipe, &old);
    if (failed != 0)
        return errno = failed, -1;
    bool was_pending = sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1;
    ssize_t n = writev(fd, iov, count);
    int error = errno;
    if (n < 0 && error == EPIPE && !was_pending) {
        static const struct timespec now;
        while (sigtimedwait(&pipe, NULL, &now) < 0 && errno == EINTR) {
        }
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    errno = error;
    return n;
}

static ssize_t write_some(int fd, struct iovec *iov, size_t count, bool *is_socket)
{
    if (*is_socket) {
        struct msghdr message = { .msg_iov = iov, .msg_iovlen = count };
        ssize_t n = sendmsg(fd, &message, MSG_NOSIGNAL);
        if (n >= 0 || errno != ENOTSOCK)
            return n;
        *is_socket = false;
    }
    return write_to_pipe(fd, iov, (int)count);
}

idl_code idl_frame_send(int fd, idl_bytes frame)
{
    if (frame.len > IDL_FRAME_LIMIT_MAX)
        return IDL_INVALID_ARGUMENT;
    uint8_t header[IDL_FRAME_HEADER];
    idl_frame_header(header, (uint32_t)frame.len);
    struct iovec parts[2] = { { header, sizeof header },
                              { (void *)(uintptr_t)frame.data, frame.len } };
    struct iovec *iov = parts;
    size_t count = frame.len != 0 ? 2 : 1;
    bool is_socket = true;
    while (count != 0) {
        ssize_t n = write_some(fd, iov, count, &is_socket);
        if (n < 0) {
            if (again(fd, POLLOUT))
                continue;
            return IDL_UNAVAILABLE;
        }
        size_t sent = (size_t)n;
        for (; count != 0 && sent >= iov->iov_len; count--)
            sent -= iov++->iov_len;
        if (count != 0) {
            iov->iov_base = (uint8_t *)iov->iov_base + sent;
            iov->iov_len -= sent;
        }
    }
    return IDL_OK;
}

/* Reads len bytes; *got: how many came before the end or an error. */
static idl_code read_all(int fd, uint8_t *to, size_t len, size_t *got)
{
    for (*got = 0; *got < len;) {
        ssize_t n = read(fd, to + *got, len - *got);
        if (n == 0)
            return IDL_DATA_LOSS;
        if (n > 0)
            *got += (size_t)n;
        else if (!again(fd, POLLIN))
            return IDL_UNAVAILABLE;
    }
    return IDL_OK;
}

static struct idl__chunk *resize(struct idl__chunk *chunk, size_t size)
{
    size += sizeof *chunk;
    chunk = idl__realloc(chunk, size);
    if (chunk != NULL)
        chunk->size = size;
    return chunk;
}

/* Reads len bytes and puts a NUL behind them, into a chunk that doubles as they arrive. */
static idl_code read_body(int fd, size_t len, struct idl__chunk **chunk)
{
    size_t room = len < FIRST_READ ? len : FIRST_READ;
    if ((*chunk = idl__chunk_new(room + 1)) == NULL)
        return IDL_RESOURCE_EXHAUSTED;
    for (size_t have = 0;;) {
        size_t got;
        idl_code code = read_all(fd, idl__chunk_begin(*chunk) + have, room - have, &got);
        if (code != IDL_OK)
            return code;
        have = room;
        if (have == len)
            break;
        room = len - have < have ? len : 2 * have;
        struct idl__chunk *larger = resize(*chunk, room + 1);
        if (larger == NULL)
            return IDL_RESOURCE_EXHAUSTED;
        *chunk = larger;
    }
    idl__chunk_begin(*chunk)[len] = '\0';
    return IDL_OK;
}

idl_code idl_frame_recv(int fd, idl_arena *arena, size_t limit, idl_bytes *frame)
{
    static const uint8_t nothing[1];
    *frame = (idl_bytes){ nothing, 0 };
    if (idl_arena_failed(arena))
        return IDL_RESOURCE_EXHAUSTED;
    uint8_t header[IDL_FRAME_HEADER];
    size_t got;
    idl_code code = read_all(fd, header, sizeof header, &got);
    if (code != IDL_OK)
        return code == IDL_DATA_LOSS && got == 0 ? IDL_OUT_OF_RANGE : code;
    if (limit == 0)
        limit = IDL_FRAME_LIMIT_DEFAULT;
    if (limit > IDL_FRAME_LIMIT_MAX)
        limit = IDL_FRAME_LIMIT_MAX;
    size_t len = idl__get_be32(header);
    if (len > limit)
        return IDL_RESOURCE_EXHAUSTED;
    if (len < FIRST_READ) {
        uint8_t *memory = idl_arena_alloc(arena, len + 1);
        if (memory == NULL)
            return IDL_RESOURCE_EXHAUSTED;
        memory[len] = '\0';
        code = read_all(fd, memory, len, &got);
        if (code == IDL_OK)
            *frame = (idl_bytes){ memory, len };
        return code;
    }
    struct idl__chunk *chunk = NULL;
    code = read_body(fd, len, &chunk);
    if (code != IDL_OK) {
        idl__chunk_free(chunk);
        if (code == IDL_RESOURCE_EXHAUSTED)
            idl__arena_fail(arena);
        return code;
    }
    *frame = (idl_bytes){ idl__chunk_begin(chunk), len };
    idl__arena_adopt(arena, chunk, idl__chunk_begin(chunk));
    return IDL_OK;
}

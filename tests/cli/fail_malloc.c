/* SPDX-License-Identifier: MIT */
/* fail_malloc.c: to be preloaded: the allocation that FAIL_AT counts to fails, once, and a file
 * named by FAIL_TOLD is made to say that it has. */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

/* glibc's own, under the names that interposers may use. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);

static bool fails(void)
{
    static long left = -1;
    if (left < 0) {
        const char *text = getenv("FAIL_AT");
        left = text != NULL ? strtol(text, NULL, 10) : 0;
    }
    if (left == 0 || --left != 0)
        return false;
    const char *told = getenv("FAIL_TOLD");
    int fd = told != NULL ? open(told, O_CREAT | O_WRONLY, 0600) : -1;
    if (fd >= 0)
        close(fd);
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    return fails() ? NULL : __libc_realloc(memory, size);
}

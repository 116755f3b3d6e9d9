/* SPDX-License-Identifier: MIT */
/* idl_fuzzer.c: any bytes as an IDL file, by libFuzzer (preset fuzz). A dictionary and a corpus
 * make it quicker: idl_fuzzer -dict=idl.dict corpus/, with tests/diag's cases in it. */
#define _GNU_SOURCE

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "schema_dump.h"
#include "stages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd = memfd_create("fuzz.idl", 0);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    struct arena *arena = arena_new();
    struct diag *diag = diag_new(arena, NULL);
    struct str path = arena_printf(arena, "/proc/self/fd/%d", fd);
    struct frontend_options options = { &path, 1, NULL, 0 };
    struct schema *schema = frontend_load(arena, diag, &options);
    check_schema(arena, diag, schema);
    if (schema->files[0]->broken && diag_errors(diag) == 0)
        abort();

    struct text dump = { 0 };
    schema_dump(&dump, schema);
    text_free(&dump);
    char *said = NULL;
    size_t len;
    FILE *out = open_memstream(&said, &len);
    if (!out)
        abort();
    diag_flush(diag, out);
    fclose(out);
    free(said);
    arena_free(arena);
    close(fd);
    return 0;
}

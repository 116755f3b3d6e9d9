/* SPDX-License-Identifier: MIT */
/* tcc.c: generated C, compiled in this process and run. */
#include "tcc.h"

#include <stdlib.h>
#include <string.h>

#include <idl/runtime.h>
#include <idl/stub.h>
#include <libtcc.h>

#include "input.h"
#include "wire.h"

enum { MESSAGES = 4, CHANCE_SIZE = 64 };

struct program {
    TCCState *tcc;
    uint64_t seed;
    struct str file; /* being compiled */
};

static void on_message(void *opaque, const char *message)
{
    const struct program *program = opaque;
    finding("tcc, %.*s: %s", STR_ARG(program->file), message);
}

static void compile(struct program *program, const struct cc_files *files, const char *folder)
{
    TCCState *tcc = program->tcc;
    tcc_set_error_func(tcc, program, on_message);
    tcc_set_options(tcc, "-std=c11 -Wall");
    tcc_set_output_type(tcc, TCC_OUTPUT_MEMORY);
    tcc_add_include_path(tcc, folder);
    tcc_add_include_path(tcc, FUZZ_INCLUDE);
    for (size_t i = 0; i < files->count; i++) {
        program->file = files->items[i].name;
        if (files->items[i].program || !str_ends(program->file, STR(".c")))
            continue;
        if (tcc_compile_string(tcc, text_str(&files->items[i].text).ptr) != 0)
            finding("tcc, %.*s: does not compile", STR_ARG(program->file));
    }
    program->file = STR("all of them");
    if (tcc_relocate(tcc, TCC_RELOCATE_AUTO) != 0)
        finding("tcc: does not link");
}

/* ---- Its codec ---- */

static void require(bool good, const struct structure *s, struct str wire, const char *what)
{
    if (good)
        return;
    struct text hex = { 0 };
    for (size_t i = 0; i < wire.len; i++)
        text_addf(&hex, "%02x", (unsigned char)wire.ptr[i]);
    finding("%.*s: %s: %.*s", STR_ARG(s->c_name), what, (int)hex.len, text_str(&hex).ptr);
}

static void turn_round(const struct structure *s, const idl_message *type, struct str wire)
{
    idl_arena *arena = idl_arena_new();
    void *message = malloc(type->size);
    idl_bytes once, twice, in = { (const uint8_t *)wire.ptr, wire.len };
    if (!message || !arena)
        abort();
    if (idl_decode(type, in, arena, message) == IDL_OK) {
        require(idl_encode(type, message, arena, &once) == IDL_OK, s, wire, "does not encode");
        require(idl_decode(type, once, arena, message) == IDL_OK, s, wire, "does not decode again");
        require(idl_encode(type, message, arena, &twice) == IDL_OK, s, wire, "encodes once only");
        require(once.len == twice.len && memcmp(once.data, twice.data, once.len) == 0, s, wire,
                "changes by being sent");
    } else {
        require(memcmp(message, type->empty, type->size) == 0, s, wire,
                "is not empty after an error");
    }
    free(message);
    idl_arena_free(arena);
}

static void run_codec(struct program *program, const struct structure *s)
{
    const idl_message *type = tcc_get_symbol(program->tcc, s->c_type_name.ptr);
    require(type != NULL, s, STR(""), "has no descriptor");
    for (size_t i = 0; i < MESSAGES; i++) {
        uint8_t bytes[CHANCE_SIZE];
        for (size_t k = 0; k < sizeof bytes; k++) {
            program->seed = program->seed * 6364136223846793005u + 1442695040888963407u;
            bytes[k] = (uint8_t)(program->seed >> 56);
        }
        struct chance chance = { bytes, i * CHANCE_SIZE / MESSAGES }; /* the first: empty */
        struct text wire = { 0 };
        wire_message(&wire, &chance, s);
        turn_round(s, type, text_str(&wire));
        text_free(&wire);
    }
}

static void run_codecs(struct program *program, const struct file *file)
{
    for (size_t i = 0; i < file->declaration_count; i++)
        if (file->declarations[i].kind == DECLARE_STRUCT)
            run_codec(program, file->declarations[i].structure);
    for (size_t i = 0; i < file->implicit_count; i++)
        run_codec(program, file->implicit[i]);
}

void tcc_check(const struct cc_files *files, const char *folder, const struct schema *schema,
               uint64_t seed)
{
    struct program program = { .tcc = tcc_new(), .seed = seed };
    if (!program.tcc)
        abort();
    compile(&program, files, folder);
    for (size_t i = 0; i < schema->file_count; i++)
        run_codecs(&program, schema->files[i]);
    tcc_delete(program.tcc);
}

/* SPDX-License-Identifier: MIT */
/* fuzz_idl.c: any bytes through the front end, the checks and the C names. What is said about them
 * is what diag.h promises; one input in JSON_EVERY is compiled once more, to say as JSON what it said as
 * text. Nothing in the schema dangles, be there errors or not. */
#include "input.h"
#include "messages.h"
#include "schema_dump.h"

enum { JSON_EVERY = 4 };

static void walk(const struct input *input)
{
    struct text dump = { 0 };
    schema_dump(&dump, input->schema);
    text_free(&dump);
    for (size_t i = 0; i < input->schema->file_count; i++)
        if (input->schema->files[i]->broken && diag_errors(input->diag) == 0)
            finding("a broken file without an error");
}

/* Chosen by its bytes, so that a finding is one again. */
static bool wants_json(struct str text)
{
    unsigned sum = 0;
    for (size_t i = 0; i < text.len; i++)
        sum += (unsigned char)text.ptr[i];
    return sum % JSON_EVERY == 0;
}

static void check_json(struct str text, size_t errors)
{
    struct input input;
    input_compile(&input, text, DIAG_JSON);
    messages_check_json(&input, input_messages(&input));
    if (diag_errors(input.diag) != errors)
        finding("%zu errors, then %zu", errors, diag_errors(input.diag));
    input_free(&input);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = { (const char *)data, size };
    struct input input;
    input_compile(&input, text, DIAG_TEXT);
    walk(&input);
    struct str said = input_messages(&input);
    messages_check_text(said);
    size_t errors = diag_errors(input.diag);
    if (errors && said.len == 0)
        finding("%zu errors, and not a word", errors);

    if (said.len && wants_json(text))
        check_json(text, errors);
    input_free(&input);
    return 0;
}

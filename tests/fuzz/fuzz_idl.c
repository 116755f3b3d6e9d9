/* SPDX-License-Identifier: MIT */
/* fuzz_idl.c: any bytes through the front end, the checks and the C names. What is said about them
 * is what diag.h promises, and the same in both formats; nothing in the schema dangles, be there
 * errors or not. */
#include "input.h"
#include "messages.h"
#include "schema_dump.h"

static void walk(const struct input *input)
{
    struct text dump = { 0 };
    schema_dump(&dump, input->schema);
    text_free(&dump);
    for (size_t i = 0; i < input->schema->file_count; i++)
        if (input->schema->files[i]->broken && diag_errors(input->diag) == 0)
            finding("a broken file without an error");
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

    if (said.len) {
        struct input again;
        input_compile(&again, text, DIAG_JSON);
        messages_check_json(&again, input_messages(&again));
        if (diag_errors(again.diag) != errors)
            finding("%zu errors, then %zu", errors, diag_errors(again.diag));
        input_free(&again);
    }
    input_free(&input);
    return 0;
}

/* SPDX-License-Identifier: MIT */
/* fuzz_idl.c: any bytes through the front end, the checks and the C names. What is said about them
 * is what diag.h promises, and the same in both formats. */
#include "input.h"
#include "messages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = { (const char *)data, size };
    struct input input;
    input_compile(&input, text, DIAG_TEXT);
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

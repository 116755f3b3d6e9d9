/* SPDX-License-Identifier: MIT */
/* json.c: what diagnostics and --dump=view share of JSON. */
#include "json.h"

#include <stdint.h>

#include "utf8.h"

void json_string(struct text *out, struct str s)
{
    text_addc(out, '"');
    while (s.len) {
        uint32_t c;
        size_t len = utf8_next(s, &c);
        if (len == 0) {
            text_add(out, STR("\\ufffd"));
            len = 1;
        } else if (c == '"' || c == '\\') {
            text_addf(out, "\\%c", (int)c);
        } else if (c == '\n') {
            text_add(out, STR("\\n"));
        } else if (c < 0x20 || c == 0x7F) {
            text_addf(out, "\\u%04x", (unsigned)c);
        } else {
            text_add(out, (struct str){ s.ptr, len });
        }
        s = (struct str){ s.ptr + len, s.len - len };
    }
    text_addc(out, '"');
}

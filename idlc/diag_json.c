/* SPDX-License-Identifier: MIT */
/* diag_json.c: a diagnostic as one JSON object on a line of its own. */
#include "diag_entry.h"
#include "json.h"

static void add_members(struct text *out, const struct entry *entry)
{
    static const char *const names[] = { "error", "warning", "note" };
    text_addf(out, "\"severity\":\"%s\",", names[entry->severity]);
    if (entry->id)
        text_addf(out, "\"id\":\"%s\",", entry->id);
    if (entry->span.source) {
        const struct source *source = entry->span.source;
        struct position begin = source_position(source, entry->span.begin);
        struct position end = source_position(
            source, entry->span.end > entry->span.begin ? entry->span.end : entry->span.begin);
        text_add(out, STR("\"file\":"));
        json_string(out, source->name);
        text_addf(out, ",\"line\":%zu,\"column\":%zu,\"endLine\":%zu,\"endColumn\":%zu,",
                  begin.line, begin.column, end.line, end.column);
    }
    text_add(out, STR("\"message\":"));
    json_string(out, entry->message);
}

void diag_json_entry(struct text *out, const struct entry *entry)
{
    text_addc(out, '{');
    add_members(out, entry);
    if (entry->notes) {
        text_add(out, STR(",\"notes\":["));
        for (const struct entry *note = entry->notes; note; note = note->next) {
            text_addc(out, '{');
            add_members(out, note);
            text_add(out, note->next ? STR("},") : STR("}"));
        }
        text_addc(out, ']');
    }
    text_add(out, STR("}\n"));
}

/* SPDX-License-Identifier: MIT */
/* value_json.c: the tree that a template sees, for people and tests to read. */
#include "json.h"
#include "value.h"

enum { DEPTH_MAX = 64 };

static void add_value(const struct value *value, size_t depth, struct text *out);

static void new_line(size_t depth, struct text *out)
{
    text_addf(out, "\n%*s", (int)depth * 2, "");
}

static void add_list(const struct value *list, size_t depth, struct text *out)
{
    struct arena *scratch = list->list.make ? arena_new() : NULL;
    text_addc(out, '[');
    for (size_t i = 0; i < list->list.count; i++) {
        if (i)
            text_addc(out, ',');
        new_line(depth + 1, out);
        add_value(value_item(list, i, scratch), depth + 1, out);
        if (scratch)
            arena_reset(scratch);
    }
    if (list->list.count)
        new_line(depth, out);
    text_addc(out, ']');
    arena_free(scratch);
}

static void add_record(const struct value *record, size_t depth, struct text *out)
{
    text_addc(out, '{');
    for (size_t i = 0; i < record->record.count; i++) {
        if (i)
            text_addc(out, ',');
        new_line(depth + 1, out);
        json_string(out, record->record.members[i].name);
        text_add(out, STR(": "));
        add_value(value_at(record, i), depth + 1, out);
    }
    if (record->record.count)
        new_line(depth, out);
    text_addc(out, '}');
}

static void add_value(const struct value *value, size_t depth, struct text *out)
{
    if (depth > DEPTH_MAX) {
        text_add(out, STR("\"...\""));
        return;
    }
    switch (value->kind) {
    case VALUE_TEXT: json_string(out, value->text); break;
    case VALUE_FLAG: text_add(out, value->flag ? STR("true") : STR("false")); break;
    case VALUE_LIST: add_list(value, depth, out); break;
    case VALUE_RECORD: add_record(value, depth, out); break;
    }
}

void value_json(const struct value *value, struct text *out)
{
    add_value(value, 0, out);
    text_addc(out, '\n');
}

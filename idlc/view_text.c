/* SPDX-License-Identifier: MIT */
/* view_text.c: records' members, wrapped lines, comments and literals. */
#include <stdarg.h>
#include <string.h>

#include "escape.h"
#include "view.h"

enum { REASON_MAX = 1000 }; /* bytes of a deprecation's reason that compilers get to print */

void view_text(struct view *v, struct value *record, const char *name, struct str text)
{
    value_set(v->arena, record, name, value_text(v->arena, text));
}

void view_flag(struct view *v, struct value *record, const char *name, bool flag)
{
    value_set(v->arena, record, name, value_flag(flag));
}

struct making {
    const struct view *v;
    view_maker *make;
    const void *const *objects;
};

/* The item's own view: all that is made for it goes where it is. */
static const struct value *make(struct arena *arena, const void *context, size_t index)
{
    const struct making *making = context;
    struct view *v = ARENA_NEW(arena, struct view);
    *v = *making->v;
    v->arena = arena;
    return making->make(v, making->objects[index]);
}

void view_made_list(struct view *v, struct value *record, const char *name, view_maker *maker,
                    const void *const *objects, size_t count)
{
    struct making *making = ARENA_NEW(v->arena, struct making);
    *making = (struct making){ v, maker, objects };
    value_set(v->arena, record, name, value_made_list(v->arena, count, make, making));
}

struct value *view_list(struct view *v, struct value *record, const char *name)
{
    struct value *list = value_list(v->arena);
    value_set(v->arena, record, name, list);
    return list;
}

void pieces_add(struct view *v, struct pieces *p, struct str piece)
{
    if (p->count == p->cap) {
        p->cap = p->cap ? 2 * p->cap : 8;
        struct str *items = arena_array(v->arena, p->cap, sizeof *items);
        if (p->count)
            memcpy(items, p->items, p->count * sizeof *items);
        p->items = items;
    }
    p->items[p->count++] = piece;
}

void pieces_addf(struct view *v, struct pieces *p, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    pieces_add(v, p, arena_vprintf(v->arena, format, args));
    va_end(args);
}

void view_function(struct view *v, struct value *record, const char *key, const char *result,
                   struct str name, const struct pieces *parameters)
{
    if (name.len == 0) {
        view_flag(v, record, key, false);
        return;
    }
    struct value *function = value_record(v->arena, "function", record->origin);
    struct str head = arena_printf(v->arena, "%s%.*s(", result, STR_ARG(name));
    view_text(v, function, "c_name", name);
    view_text(v, function, "decl", view_call(v, 1, head, parameters, ")"));
    value_set(v->arena, record, key, function);
}

struct str view_kept(struct view *v, struct text *t)
{
    struct str s = arena_str(v->arena, text_str(t));
    text_free(t);
    return s;
}

static char *put(char *to, struct str s)
{
    if (s.len)
        memcpy(to, s.ptr, s.len);
    return to + s.len;
}

static char *put_break(char *to, size_t column)
{
    *to++ = '\n';
    memset(to, ' ', column);
    return to + column;
}

struct str view_call(struct view *v, size_t indent, struct str head, const struct pieces *items,
                     const char *tail_text)
{
    struct str tail = str_from(tail_text);
    size_t width = indent + head.len + tail.len, column = head.len, longest = 0;
    for (size_t i = 0; i < items->count; i++) {
        width += items->items[i].len + 2;
        longest = items->items[i].len > longest ? items->items[i].len : longest;
    }
    bool wrap = items->count > 0 && width - 2 > VIEW_COLUMNS;
    bool below_head = wrap && indent + head.len + longest + tail.len + 1 > VIEW_COLUMNS;
    if (below_head)
        column = 4;

    char *bytes = arena_bytes(v->arena, width + (wrap ? items->count * (column + 1) : 0) + 1);
    char *end = put(bytes, head);
    size_t at = head.len;
    for (size_t i = 0; i < items->count; i++) {
        bool last = i + 1 == items->count;
        size_t len = items->items[i].len + (last ? tail.len : 1);
        bool fits = indent + at + (i > 0) + len <= VIEW_COLUMNS;
        if (wrap && (i > 0 ? !fits : below_head)) {
            end = put_break(end, column);
            at = column;
        } else if (i > 0) {
            *end++ = ' ';
            at++;
        }
        end = put(end, items->items[i]);
        if (!last)
            *end++ = ',';
        at += items->items[i].len + 1;
    }
    end = put(end, tail);
    *end = '\0';
    return (struct str){ bytes, (size_t)(end - bytes) };
}

struct str view_initialised(struct view *v, size_t indent, struct str head, struct pieces *items)
{
    if (items->count == 0)
        pieces_add(v, items, STR("0"));
    struct str line =
        view_call(v, indent, arena_printf(v->arena, "%.*s = { ", STR_ARG(head)), items, " };");
    if (!memchr(line.ptr, '\n', line.len))
        return line;
    struct str block = view_call(v, indent + 4, STR(""), items, ",");
    struct text t = { 0 };
    text_addf(&t, "%.*s = {\n    ", STR_ARG(head));
    for (size_t i = 0; i < block.len; i++)
        text_add(&t, block.ptr[i] == '\n' ? STR("\n    ") : (struct str){ block.ptr + i, 1 });
    text_add(&t, STR("\n};"));
    return view_kept(v, &t);
}

struct str view_doc(struct view *v, struct str doc)
{
    if (doc.len == 0)
        return STR("");
    struct text harmless = { 0 }, t = { 0 };
    escape_comment(&harmless, doc);
    struct str rest = text_str(&harmless);
    bool one_line = !memchr(rest.ptr, '\n', rest.len);
    text_add(&t, one_line ? STR("/** ") : STR("/**\n"));
    while (one_line ? rest.len > 0 : true) {
        const char *end = memchr(rest.ptr, '\n', rest.len);
        struct str line = { rest.ptr, end ? (size_t)(end - rest.ptr) : rest.len };
        text_add(&t, one_line ? STR("") : line.len ? STR(" * ") : STR(" *"));
        text_add(&t, line);
        text_add(&t, one_line ? STR("") : STR("\n"));
        if (!end)
            break;
        rest = (struct str){ end + 1, rest.len - line.len - 1 };
    }
    text_add(&t, STR(" */"));
    text_free(&harmless);
    return view_kept(v, &t);
}

struct str view_cstring(struct view *v, struct str bytes)
{
    struct text t = { 0 };
    escape_cstring(&t, bytes);
    return view_kept(v, &t);
}

struct str view_deprecated(struct view *v, const char *before, const struct annotations *a)
{
    if (!a->deprecated)
        return STR("");
    struct str reason = a->reason;
    reason.len = reason.len > REASON_MAX ? REASON_MAX : reason.len;
    return arena_printf(v->arena, "%sIDL_DEPRECATED(\"%.*s\")", before,
                        STR_ARG(view_cstring(v, reason)));
}

/* SPDX-License-Identifier: MIT */
/* view_docs_text.c: texts of the documentation, in HTML and in Markdown at once. */
#include <string.h>

#include "escape.h"
#include "view_docs.h"

enum form { FORM_HTML, FORM_MD, FORM_CELL, FORM_COUNT };

void docs_prose(struct view *v, struct value *record, const char *key, struct str html,
                struct str md, struct str cell)
{
    struct value *prose = value_record(v->arena, "prose", record->origin);
    view_text(v, prose, "html", html);
    view_text(v, prose, "md", md);
    view_text(v, prose, "cell", cell);
    value_set(v->arena, record, key, prose);
}

static void set_forms(struct view *v, struct value *record, const char *key,
                      struct text forms[FORM_COUNT])
{
    struct str html = view_kept(v, &forms[FORM_HTML]), md = view_kept(v, &forms[FORM_MD]);
    docs_prose(v, record, key, html, md, view_kept(v, &forms[FORM_CELL]));
}

/* ---- Comments ---- */

static void add_escaped(struct text *out, struct str s, enum form form)
{
    if (form == FORM_HTML)
        escape_html(out, s);
    else
        escape_markdown(out, s);
}

static void add_code(struct text *out, struct str s, enum form form)
{
    struct text code = { 0 };
    text_add(out, form == FORM_HTML ? STR("<code>") : STR("`"));
    if (form == FORM_HTML)
        escape_html(&code, s);
    else
        escape_markdown_code(&code, s);
    for (size_t i = 0; i < code.len; i++) { /* a table's cells end at bars, even in code */
        if (code.ptr[i] == '|' && form == FORM_CELL)
            text_addc(out, '\\');
        text_addc(out, code.ptr[i]);
    }
    text_add(out, form == FORM_HTML ? STR("</code>") : STR("`"));
    text_free(&code);
}

/* Text with code between backticks. */
static void add_inline(struct text *out, struct str s, enum form form)
{
    while (s.len > 0) {
        const char *open = memchr(s.ptr, '`', s.len);
        size_t before = open ? (size_t)(open - s.ptr) : s.len;
        size_t left = s.len - before;
        const char *close = open && left > 1 ? memchr(open + 1, '`', left - 1) : NULL;
        if (!close || close == open + 1) {
            add_escaped(out, s, form);
            return;
        }
        add_escaped(out, (struct str){ s.ptr, before }, form);
        add_code(out, (struct str){ open + 1, (size_t)(close - open - 1) }, form);
        s = (struct str){ close + 1, (size_t)(s.ptr + s.len - close - 1) };
    }
}

static struct str first_line(struct str s)
{
    const char *end = memchr(s.ptr, '\n', s.len);
    return (struct str){ s.ptr, end ? (size_t)(end - s.ptr) : s.len };
}

static struct str behind_line(struct str s)
{
    size_t len = first_line(s).len;
    len += len < s.len;
    return (struct str){ s.ptr + len, s.len - len };
}

static struct str trimmed(struct str s)
{
    while (s.len > 0 && strchr(" \t\r", s.ptr[0]) && s.ptr[0])
        s = (struct str){ s.ptr + 1, s.len - 1 };
    while (s.len > 0 && strchr(" \t\r", s.ptr[s.len - 1]) && s.ptr[s.len - 1])
        s.len--;
    return s;
}

static bool is_bullet(struct str line)
{
    line = trimmed(line);
    return str_starts(line, STR("- ")) || str_starts(line, STR("* "));
}

static bool is_code(struct str line)
{
    return str_starts(line, STR("    ")) || str_starts(line, STR("\t"));
}

/* The lines of a paragraph or list item, joined; rest becomes what is behind them. */
static struct str take_paragraph(struct view *v, struct str *rest, enum form form)
{
    struct text t = { 0 };
    do {
        if (t.len > 0)
            text_addc(&t, form == FORM_CELL ? ' ' : '\n');
        text_add(&t, trimmed(first_line(*rest)));
        *rest = behind_line(*rest);
    } while (rest->len > 0 && trimmed(first_line(*rest)).len > 0 && !is_bullet(first_line(*rest)));
    return view_kept(v, &t);
}

static void add_list(struct view *v, struct text *out, struct str *rest, enum form form)
{
    text_add(out, form == FORM_HTML ? STR("<ul>\n") : STR(""));
    while (rest->len > 0 && is_bullet(first_line(*rest))) {
        struct str item = take_paragraph(v, rest, form);
        text_add(out, form == FORM_HTML ? STR("<li>") : form == FORM_MD ? STR("- ") : STR(" - "));
        add_inline(out, trimmed((struct str){ item.ptr + 2, item.len - 2 }), form);
        text_add(out, form == FORM_HTML ? STR("</li>\n") : form == FORM_MD ? STR("\n") : STR(""));
    }
    text_add(out, form == FORM_HTML ? STR("</ul>\n") : STR(""));
}

/* Blank lines belong to the block when there is more of it behind them. */
static bool goes_on_as_code(struct str rest)
{
    while (rest.len > 0 && trimmed(first_line(rest)).len == 0)
        rest = behind_line(rest);
    return rest.len > 0 && is_code(first_line(rest));
}

static void add_code_block(struct view *v, struct text *out, struct str *rest, enum form form)
{
    struct text t = { 0 };
    for (; goes_on_as_code(*rest); *rest = behind_line(*rest)) {
        struct str line = first_line(*rest);
        size_t indent = !is_code(line) ? line.len : line.ptr[0] == '\t' ? 1 : 4;
        text_addf(&t, "%s%.*s", t.len ? form == FORM_CELL ? " " : "\n" : "",
                  STR_ARG(((struct str){ line.ptr + indent, line.len - indent })));
    }
    struct str code = view_kept(v, &t);
    if (form == FORM_HTML) {
        text_add(out, STR("<pre>"));
        add_code(out, code, form);
        text_add(out, STR("</pre>\n"));
    } else if (form == FORM_MD) {
        text_add(out, STR("```\n"));
        escape_markdown_code(out, code);
        text_add(out, STR("\n```\n"));
    } else {
        add_code(out, code, form);
    }
}

static void add_blocks(struct view *v, struct text *out, struct str rest, enum form form)
{
    const char *between = form == FORM_CELL ? "<br>" : form == FORM_MD ? "\n" : "";
    bool first = true;
    while (rest.len > 0) {
        struct str line = first_line(rest);
        if (trimmed(line).len == 0) {
            rest = behind_line(rest);
            continue;
        }
        text_add(out, first ? STR("") : str_from(between));
        first = false;
        if (is_code(line)) {
            add_code_block(v, out, &rest, form);
        } else if (is_bullet(line)) {
            add_list(v, out, &rest, form);
        } else {
            struct str paragraph = take_paragraph(v, &rest, form);
            text_add(out, form == FORM_HTML ? STR("<p>") : STR(""));
            add_inline(out, paragraph, form);
            text_add(out, form == FORM_HTML ? STR("</p>\n")
                          : form == FORM_MD ? STR("\n")
                                            : STR(""));
        }
    }
}

static void add_deprecated(struct text *out, const struct annotations *a, enum form form)
{
    bool reason = a->reason.len > 0;
    text_add(out, form == FORM_HTML ? STR("<p class=\"deprecated\"><strong>Deprecated")
                                    : STR("**Deprecated"));
    text_add(out, reason ? STR(":") : STR("."));
    text_add(out, form == FORM_HTML ? STR("</strong>") : STR("**"));
    text_add(out, reason ? STR(" ") : STR(""));
    for (struct str rest = a->reason; rest.len > 0; rest = behind_line(rest)) {
        add_inline(out, trimmed(first_line(rest)), form);
        text_add(out, behind_line(rest).len ? STR(" ") : STR(""));
    }
    text_add(out, form == FORM_HTML ? STR("</p>\n") : form == FORM_MD ? STR("\n") : STR(""));
}

void docs_comment(struct view *v, struct value *record, struct str doc, const struct annotations *a)
{
    struct text forms[FORM_COUNT] = { { 0 } };
    for (enum form form = FORM_HTML; form < FORM_COUNT; form++) {
        if (a && a->deprecated)
            add_deprecated(&forms[form], a, form);
        if (a && a->deprecated && doc.len > 0 && form != FORM_HTML)
            text_add(&forms[form], form == FORM_CELL ? STR("<br>") : STR("\n"));
        add_blocks(v, &forms[form], doc, form);
        struct text *t = &forms[form];
        while (t->len > 0 && t->ptr[t->len - 1] == '\n')
            t->ptr[--t->len] = '\0';
    }
    set_forms(v, record, "doc", forms);
}

void docs_plain(struct view *v, struct value *record, const char *key, struct str text)
{
    struct text forms[FORM_COUNT] = { { 0 } };
    for (enum form form = FORM_HTML; form < FORM_COUNT; form++)
        add_escaped(&forms[form], text, form);
    set_forms(v, record, key, forms);
}

/* ---- Types and signatures ---- */

/* As in a URL: everything else would end it, or mean something. */
struct str docs_link(struct view *v, struct str stem)
{
    struct text t = { 0 };
    for (size_t i = 0; i < stem.len; i++) {
        unsigned char c = (unsigned char)stem.ptr[i];
        bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                     c == '-' || c == '_' || c == '.';
        text_addf(&t, plain ? "%c" : "%%%02X", c);
    }
    return view_kept(v, &t);
}

static void add_link(struct view *v, struct text *out, const struct file *file, struct str name,
                     enum form form)
{
    struct str page = STR("");
    if (file != v->file)
        page = arena_printf(v->arena, "%.*s.%s", STR_ARG(docs_link(v, file->stem)),
                            form == FORM_HTML ? "html" : "md");
    if (form == FORM_HTML)
        text_addf(out, "<a href=\"%.*s#%.*s\">%.*s</a>", STR_ARG(page), STR_ARG(name),
                  STR_ARG(name));
    else
        text_addf(out, "[%.*s](%.*s#%.*s)", STR_ARG(name), STR_ARG(page), STR_ARG(name));
}

static void add_type(struct view *v, struct text *out, const struct type *type, enum form form)
{
    switch (type->kind) {
    case TYPE_ENUM:
        add_link(v, out, type->enumeration->file, type->enumeration->name, form);
        return;
    case TYPE_STRUCT: add_link(v, out, type->structure->file, type->structure->name, form); return;
    case TYPE_LIST:
    case TYPE_MAP:
        add_escaped(out, type->key ? STR("map<") : STR("list<"), form);
        if (type->key) {
            add_type(v, out, type->key, form);
            text_add(out, STR(", "));
        }
        add_type(v, out, type->value, form);
        add_escaped(out, STR(">"), form);
        return;
    default: text_add(out, str_from(type_kind_name(type->kind)));
    }
}

void docs_type(struct view *v, struct value *record, const struct type *type)
{
    struct text forms[FORM_COUNT] = { { 0 } };
    for (enum form form = FORM_HTML; form < FORM_COUNT; form++)
        add_type(v, &forms[form], type, form);
    set_forms(v, record, "type", forms);
}

static void add_word(struct text *out, const char *word, enum form form)
{
    text_addf(out, form == FORM_HTML ? "<span class=\"word\">%s</span> " : "%s ", word);
}

static void add_parameter(struct view *v, struct text *out, const struct method *m,
                          const struct field *p, enum form form)
{
    bool html = form == FORM_HTML;
    text_add(out, html ? STR("<span class=\"pair\">") : STR(""));
    if (m->client_streaming)
        add_word(out, "stream", form);
    if (p->optional)
        add_word(out, "optional", form);
    add_type(v, out, p->type, form);
    if (p->named) {
        text_add(out, html ? STR(" <span class=\"parameter\">") : STR(" "));
        add_escaped(out, p->name, form);
        text_add(out, html ? STR("</span>") : STR(""));
    }
    text_add(out, html ? STR("</span>") : STR(""));
}

static void add_signature(struct view *v, struct text *out, const struct method *m, enum form form)
{
    if (m->oneway)
        add_word(out, "oneway", form);
    text_add(out, form == FORM_HTML ? STR("<b>") : STR("**"));
    add_escaped(out, m->name, form);
    text_add(out, form == FORM_HTML ? STR("</b>(") : STR("**("));
    for (size_t i = 0; i < m->parameter_count; i++) {
        text_add(out, i ? STR(", ") : STR(""));
        add_parameter(v, out, m, &m->parameters[i], form);
    }
    text_add(out, STR(")"));
    if (!m->result)
        return;
    text_add(out, form == FORM_HTML ? STR(" <span class=\"arrow\">-&gt;</span> ") : STR(" → "));
    if (m->server_streaming)
        add_word(out, "stream", form);
    add_type(v, out, m->result->type, form);
}

void docs_signature(struct view *v, struct value *record, const struct method *m)
{
    struct text forms[FORM_COUNT] = { { 0 } };
    for (enum form form = FORM_HTML; form < FORM_COUNT; form++)
        add_signature(v, &forms[form], m, form);
    set_forms(v, record, "signature", forms);
}

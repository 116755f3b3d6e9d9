/* SPDX-License-Identifier: MIT */
/* fixture.c: templates from literals, a tree of values, and what comes of them. */
#define _POSIX_C_SOURCE 200809L

#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char idl[] = "service Greeter <\n"
                          "  greet(string who, string how) -> string;\n"
                          "  oneway touch();\n"
                          ">\n";

static struct span place(const struct source *source, const char *word)
{
    uint32_t begin = (uint32_t)(strstr(idl, word) - idl);
    return (struct span){ source, begin, begin + (uint32_t)strlen(word) };
}

static void set_text(struct arena *a, struct value *record, const char *name, const char *text)
{
    value_set(a, record, name, value_text(a, str_from(text)));
}

static struct value *parameter(struct arena *a, struct span span, const char *name, bool last)
{
    struct value *record = value_record(a, "parameter", span);
    struct value *text = value_text(a, str_from(name));
    text->origin = span;
    value_set(a, record, "name", text);
    value_set(a, record, "last", value_flag(last));
    return record;
}

static struct value *methods(struct arena *a, const struct source *source)
{
    struct value *greet = value_record(a, "method", place(source, "greet"));
    struct value *reply = value_record(a, "message", place(source, "greet"));
    set_text(a, reply, "c_name", "greet_reply");
    set_text(a, greet, "name", "greet");
    value_set(a, greet, "oneway", value_flag(false));
    set_text(a, greet, "doc", "Says hello.");
    value_set(a, greet, "reply", reply);
    struct value *params = value_list(a);
    value_add(a, params, parameter(a, place(source, "who"), "who", false));
    value_add(a, params, parameter(a, place(source, "how"), "how", true));
    value_set(a, greet, "params", params);
    value_set(a, greet, "tags", value_list(a));

    struct value *touch = value_record(a, "method", place(source, "touch"));
    set_text(a, touch, "name", "touch");
    value_set(a, touch, "oneway", value_flag(true));
    set_text(a, touch, "doc", "");
    value_set(a, touch, "reply", value_flag(false));
    value_set(a, touch, "params", value_list(a));
    value_set(a, touch, "tags", value_list(a));

    struct value *list = value_list(a);
    value_add(a, list, greet);
    value_add(a, list, touch);
    return list;
}

static struct value *root(struct arena *a)
{
    const struct source *source = source_from(a, STR("demo.idl"), str_from(idl));
    struct value *root = value_record(a, "file", (struct span){ 0 });
    set_text(a, root, "name", "demo.idl");
    set_text(a, root, "empty", "");
    set_text(a, root, "doc", "One.\n\nTwo.");
    set_text(a, root, "evil", "a\"b?\\\n\xc3\xa9*/");
    value_set(a, root, "yes", value_flag(true));
    value_set(a, root, "no", value_flag(false));
    value_set(a, root, "none", value_list(a));
    struct value *letters = value_list(a);
    value_add(a, letters, value_text(a, STR("a")));
    value_add(a, letters, value_text(a, STR("b")));
    value_add(a, letters, value_text(a, STR("c")));
    value_set(a, root, "letters", letters);
    struct value *service = value_record(a, "service", place(source, "Greeter"));
    set_text(a, service, "name", "Greeter");
    value_set(a, service, "methods", methods(a, source));
    value_set(a, root, "service", service);
    return root;
}

void fixture_init(struct fixture *f)
{
    memset(f, 0, sizeof *f);
    f->arena = arena_new();
    f->diag = diag_new(f->arena, NULL);
    f->root = root(f->arena);
}

void fixture_free(struct fixture *f)
{
    text_free(&f->out);
    arena_free(f->arena);
}

void fixture_add_bytes(struct fixture *f, const char *name, const char *bytes, size_t size)
{
    if (f->count == FIXTURE_TEMPLATES_MAX)
        abort();
    f->files[f->count++] = (struct embedded_file){ name, (const unsigned char *)bytes, size };
}

void fixture_add(struct fixture *f, const char *name, const char *text)
{
    fixture_add_bytes(f, name, text, strlen(text));
}

bool fixture_render(struct fixture *f)
{
    struct store *store = store_new(f->arena, f->files, f->count, (struct str){ 0 });
    f->set = template_set_new(f->arena, f->diag, store);
    const struct template *template = template_load(f->set, STR("main.mako"));
    return template && template_render(f->set, template, f->root, &f->out);
}

const char *fixture_errors(struct fixture *f)
{
    char *bytes = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&bytes, &size);
    if (!file)
        abort();
    diag_flush(f->diag, file);
    fclose(file);
    struct str copy = arena_str(f->arena, (struct str){ bytes, size });
    free(bytes);
    return copy.ptr;
}

/* SPDX-License-Identifier: MIT */
/* view_contract_test.c: templates/README.md lists every name that a template may use, and no
 * other: held against the views of the golden cases, each record member by member. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "stages.h"

enum { NAMES_MAX = 400 };

struct documented {
    struct str record, name, kind;
    bool seen;        /* in a view */
    bool seen_record; /* where it may be missing: once as a record */
};

struct contract {
    struct arena *arena;
    struct documented names[NAMES_MAX];
    size_t count;
    bool complete; /* every record had what is documented, and nothing else */
};

/* ---- templates/README.md ---- */

static struct str next_cell(struct str *line)
{
    const char *bar = memchr(line->ptr, '|', line->len);
    struct str cell = { line->ptr, bar ? (size_t)(bar - line->ptr) : line->len };
    line->ptr += bar ? cell.len + 1 : cell.len;
    line->len -= bar ? cell.len + 1 : cell.len;
    while (cell.len > 0 && cell.ptr[0] == ' ') {
        cell.ptr++;
        cell.len--;
    }
    while (cell.len > 0 && cell.ptr[cell.len - 1] == ' ')
        cell.len--;
    return cell;
}

static void read_contract(struct contract *contract, const char *path)
{
    struct str error, record = STR("");
    struct source *readme = source_load(contract->arena, str_from(path), &error);
    assert_non_null(readme);
    for (size_t i = 1; i <= readme->line_count; i++) {
        struct str line = source_line(readme, i);
        if (str_starts(line, STR("## ")))
            record = (struct str){ line.ptr + 3, line.len - 3 };
        if (!str_starts(line, STR("| `")))
            continue;
        next_cell(&line);
        struct str name = next_cell(&line);
        assert_true(contract->count < NAMES_MAX);
        contract->names[contract->count++] = (struct documented){
            .record = record, .name = { name.ptr + 1, name.len - 2 }, .kind = next_cell(&line)
        };
    }
}

static struct documented *find(struct contract *contract, struct str record, struct str name)
{
    for (size_t i = 0; i < contract->count; i++) {
        if (str_eq(contract->names[i].record, record) && str_eq(contract->names[i].name, name))
            return &contract->names[i];
    }
    return NULL;
}

static size_t count_of(const struct contract *contract, struct str record)
{
    size_t count = 0;
    for (size_t i = 0; i < contract->count; i++)
        count += str_eq(contract->names[i].record, record);
    return count;
}

/* ---- The view ---- */

static bool kind_is(struct contract *contract, struct documented *name, const struct value *value)
{
    char kind[128];
    switch (value->kind) {
    case VALUE_TEXT: return str_is(name->kind, "text");
    case VALUE_FLAG:
        return str_is(name->kind, "flag") || (!value->flag && str_ends(name->kind, STR(" or no")));
    case VALUE_RECORD:
        snprintf(kind, sizeof kind, "record %s", value->record.type);
        name->seen_record = true;
        if (str_is(name->kind, kind))
            return true;
        strcat(kind, " or no");
        return str_is(name->kind, kind);
    case VALUE_LIST:
        for (size_t i = 0; i < value->list.count; i++) {
            const struct value *item = value_item(value, i, contract->arena);
            bool is_record = item->kind == VALUE_RECORD;
            assert_true(is_record || item->kind == VALUE_TEXT);
            snprintf(kind, sizeof kind, "list of %s", is_record ? item->record.type : "text");
            if (!str_is(name->kind, kind))
                return false;
        }
        return str_starts(name->kind, STR("list of "));
    }
    return false;
}

static void check_value(struct contract *contract, const struct value *value);

static void check_record(struct contract *contract, const struct value *value)
{
    struct str type = str_from(value->record.type);
    if (value->record.count != count_of(contract, type)) {
        print_error("%s: %zu members, %zu of them documented\n", value->record.type,
                    value->record.count, count_of(contract, type));
        contract->complete = false;
    }
    for (size_t i = 0; i < value->record.count; i++) {
        const struct value_member *member = &value->record.members[i];
        struct documented *name = find(contract, type, member->name);
        const struct value *held = value_at(value, i);
        if (!name || !kind_is(contract, name, held)) {
            print_error("%s.%.*s: %s\n", value->record.type, STR_ARG(member->name),
                        name ? "is of another kind" : "is not documented");
            contract->complete = false;
        }
        if (name)
            name->seen = true;
        check_value(contract, held);
    }
}

static void check_value(struct contract *contract, const struct value *value)
{
    if (value->kind == VALUE_RECORD)
        check_record(contract, value);
    for (size_t i = 0; value->kind == VALUE_LIST && i < value->list.count; i++)
        check_value(contract, value_item(value, i, contract->arena));
}

static void check_file(struct contract *contract, const char *path)
{
    struct str name = str_from(path);
    struct diag *diag = diag_new(contract->arena, &(struct diag_options){ 0 });
    struct frontend_options options = { .paths = &name, .path_count = 1 };
    struct schema *schema = frontend_load(contract->arena, diag, &options);
    check_schema(diag, schema);
    cname_assign(contract->arena, diag, schema);
    diag_flush(diag, stderr);
    assert_int_equal(diag_errors(diag), 0);
    for (size_t i = 0; i < schema->file_count; i++)
        check_value(contract, view_file(contract->arena, schema, schema->files[i]));
}

static void test_every_name_is_documented_and_there(void **state)
{
    struct contract contract = { .arena = arena_new(), .complete = true };
    (void)state;
    read_contract(&contract, TEMPLATES_DIR "/README.md");
    check_file(&contract, GOLDEN_DIR "/greeter/greeter.idl");
    check_file(&contract, GOLDEN_DIR "/store/store.idl");
    check_file(&contract, GOLDEN_DIR "/text/text.idl");
    check_file(&contract, GOLDEN_DIR "/names/names.idl");
    check_file(&contract, GOLDEN_DIR "/everything/everything.idl");
    for (size_t i = 0; i < contract.count; i++) {
        struct documented *name = &contract.names[i];
        bool as_record = name->seen_record || !str_starts(name->kind, STR("record "));
        if (!name->seen || !as_record) {
            print_error("%.*s.%.*s: is documented, and nowhere\n", STR_ARG(name->record),
                        STR_ARG(name->name));
            contract.complete = false;
        }
    }
    assert_true(contract.complete);
    arena_free(contract.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_name_is_documented_and_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

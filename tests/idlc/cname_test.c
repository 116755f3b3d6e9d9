/* SPDX-License-Identifier: MIT */
/* cname_test.c: the C names that an IDL file's declarations get. */
#define _POSIX_C_SOURCE 200809L /* mkstemp */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stages.h"

static void add(struct text *out, struct str name)
{
    if (name.len > 0)
        text_addf(out, "%s%.*s", out->len ? " " : "", STR_ARG(name));
}

static void add_enum(struct text *out, const struct enumeration *e)
{
    add(out, e->c_name);
    add(out, e->c_list_name);
    add(out, e->c_function_name);
    for (size_t i = 0; i < e->value_count; i++)
        add(out, e->values[i].c_name);
}

static void add_struct(struct text *out, const struct structure *s)
{
    add(out, s->c_name);
    add(out, s->c_list_name);
    add(out, s->c_encode_name);
    add(out, s->c_type_name);
    for (size_t i = 0; i < s->oneof_count; i++) {
        add(out, s->oneofs[i].c_name);
        add(out, s->oneofs[i].c_type_name);
        add(out, s->oneofs[i].c_not_set);
    }
    for (size_t i = 0; i < s->field_count; i++) {
        add(out, s->fields[i].c_has_name);
        add(out, s->fields[i].c_name);
        add(out, s->fields[i].c_tag_name);
    }
}

static void add_method(struct text *out, const struct method *m)
{
    add(out, m->c_name);
    add(out, m->c_member);
    add(out, m->c_async_name);
    add(out, m->c_send_name);
    add(out, m->c_complete_name);
    add(out, m->c_method_name);
    for (size_t i = 0; i < m->parameter_count; i++)
        add(out, m->parameters[i].c_parameter_name);
}

static void add_file(struct text *out, const struct file *file)
{
    for (size_t i = 0; i < file->declaration_count; i++) {
        const struct declaration *d = &file->declarations[i];
        if (d->kind == DECLARE_CONSTANT)
            add(out, d->constant->c_name);
        else if (d->kind == DECLARE_ENUM)
            add_enum(out, d->enumeration);
        else if (d->kind == DECLARE_STRUCT)
            add_struct(out, d->structure);
        for (size_t m = 0; d->kind == DECLARE_SERVICE && m < d->service->method_count; m++)
            add_method(out, &d->service->methods[m]);
    }
    for (size_t i = 0; i < file->implicit_count; i++)
        add(out, file->implicit[i]->c_name);
    for (size_t i = 0; i < file->map_count; i++)
        add(out, file->maps[i].c_name);
}

/* All names of an IDL text, in order, with blanks between them. */
static void assert_names(const char *idl, const char *expected)
{
    char path[] = "/tmp/cname_test_XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, idl, strlen(idl)), (ssize_t)strlen(idl));
    close(fd);

    struct arena *arena = arena_new();
    struct diag *diag = diag_new(arena, &(struct diag_options){ 0 });
    struct str name = str_from(path);
    struct frontend_options options = { .paths = &name, .path_count = 1 };
    struct schema *schema = frontend_load(arena, diag, &options);
    unlink(path);
    check_schema(diag, schema);
    if (diag_errors(diag) == 0)
        cname_assign(arena, diag, schema);
    diag_flush(diag, stderr);
    assert_int_equal(diag_errors(diag), 0);

    struct text names = { 0 };
    add_file(&names, schema->files[0]);
    assert_string_equal(names.len ? names.ptr : "", expected);
    text_free(&names);
    arena_free(arena);
}

static void test_package_is_the_prefix(void **state)
{
    (void)state;
    assert_names("package demo.store; const bool MAX_ITEMS = true; enum Color < RED >",
                 "DEMO_STORE_MAX_ITEMS "
                 "demo_store_color demo_store_color_list demo_store_color_name "
                 "DEMO_STORE_COLOR_RED");
    assert_names("package demoV2.HTTPStore; struct URLList < >",
                 "demo_v2_http_store_url_list demo_v2_http_store_url_list_list "
                 "demo_v2_http_store_url_list_encode demo_v2_http_store_url_list_type");
}

static void test_names_of_the_runtime_are_left_alone(void **state)
{
    (void)state;
    assert_names("struct Idl < int32 idlX; >", "idl idllist idlencode idltype idlx");
    assert_names("package idlX; const bool OK = true;", "IDLX_OK");
}

static void test_values_do_not_say_their_enum_twice(void **state)
{
    (void)state;
    assert_names("enum Color < COLOR_RED = 0; ColorBlue = 1; COLORFUL = 2; COLOR = 3; >",
                 "color color_list color_name COLOR_RED COLOR_BLUE COLOR_COLORFUL COLOR_COLOR");
}

static void test_file_scope_keeps_clear_of_the_library(void **state)
{
    (void)state;
    assert_names("struct Time < >", "time_ time_list time_encode time_type");
    assert_names("const int32 EOF = 1; const int32 errno = 2; const bool linux = true;",
                 "EOF_ ERRNO LINUX");
    assert_names("enum INT8 < MIN = 0; MAX = 1; FEW = 2; >",
                 "int8 int8_list int8_name INT8_MIN_ INT8_MAX_ INT8_FEW");
    assert_names("enum move < A = 0; >", "move_ move_list move_name MOVE_A");
    assert_names("service pthread < create(); >",
                 "pthread_create_ create pthread_create_async pthread_create_complete "
                 "pthread_create_method pthread_create_request pthread_create_reply");
}

static void test_members_keep_clear_of_keywords_and_macros(void **state)
{
    (void)state;
    assert_names("struct S < int32 int; int32 class; int32 errno; int32 index; int32 time; >",
                 "s s_list s_encode s_type int_ class_ errno_ index time");
}

static void test_presence_and_oneofs_give_way(void **state)
{
    (void)state;
    assert_names("struct S < optional int32 x; int32 has_x; oneof int < bool not_set; bool b; > >",
                 "s s_list s_encode s_type int_ s_int S_INT_NOT_SET "
                 "has_x_ x has_x not_set S_INT_NOT_SET_ b S_INT_B");
}

static void test_oneofs_members_are_not_named_like_the_struct(void **state)
{
    (void)state;
    assert_names("struct A < oneof p < bool a; > >",
                 "a a_list a_encode a_type p a_p A_P_NOT_SET a_ A_P_A");
    assert_names("struct A < bool a; >", "a a_list a_encode a_type a");
}

static void test_derived_names_give_way_to_declared_ones(void **state)
{
    (void)state;
    assert_names("struct Item < > struct ItemList < > enum ItemType < A = 0; >",
                 "item item_list_ item_encode item_type_ "
                 "item_list item_list_list item_list_encode item_list_type "
                 "item_type item_type_list item_type_name ITEM_TYPE_A");
    assert_names("service S < get(); getAsync(); >",
                 "s_get get s_get_async_ s_get_complete s_get_method "
                 "s_get_async get_async s_get_async_async s_get_async_complete s_get_async_method "
                 "s_get_request s_get_reply s_get_async_request s_get_async_reply");
}

static void test_parameters_give_way_to_the_stub_and_to_types(void **state)
{
    (void)state;
    assert_names("struct Item < > service S < m(int32 call, Item item, bool done, bool int, "
                 "bool s_m_method, bool code); >",
                 "item item_list item_encode item_type "
                 "s_m m s_m_async s_m_complete s_m_method "
                 "call_ item_ done_ int_ s_m_method_ code s_m_request s_m_reply");
}

static void test_maps_are_named_by_value_and_key(void **state)
{
    (void)state;
    assert_names("package p; enum E < A = 0; > struct S < map<string, S> a; map<sint32, E> b; "
                 "map<int32, E> c; map<bool, fixed64> d; >",
                 "p_e p_e_list p_e_name P_E_A p_s p_s_list p_s_encode p_s_type a b c d "
                 "p_s_by_str p_e_by_int32 p_e_by_int32 idl_uint64_by_bool");
    assert_names("struct S < map<string, S> a; > struct SByStr < >",
                 "s s_list s_encode s_type a s_by_str s_by_str_list s_by_str_encode s_by_str_type "
                 "s_by_str_");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_package_is_the_prefix),
        cmocka_unit_test(test_names_of_the_runtime_are_left_alone),
        cmocka_unit_test(test_values_do_not_say_their_enum_twice),
        cmocka_unit_test(test_file_scope_keeps_clear_of_the_library),
        cmocka_unit_test(test_members_keep_clear_of_keywords_and_macros),
        cmocka_unit_test(test_presence_and_oneofs_give_way),
        cmocka_unit_test(test_oneofs_members_are_not_named_like_the_struct),
        cmocka_unit_test(test_derived_names_give_way_to_declared_ones),
        cmocka_unit_test(test_parameters_give_way_to_the_stub_and_to_types),
        cmocka_unit_test(test_maps_are_named_by_value_and_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

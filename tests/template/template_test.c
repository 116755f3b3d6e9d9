/* SPDX-License-Identifier: MIT */
/* template_test.c: what each construct of the template language renders. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "fixture.h"

static void expect2(const char *template, const char *part, const char *wanted)
{
    struct fixture f;
    fixture_init(&f);
    fixture_add(&f, "main.mako", template);
    if (part)
        fixture_add(&f, "part.mako", part);
    bool fine = fixture_render(&f);
    assert_string_equal(fixture_errors(&f), "");
    assert_true(fine);
    assert_string_equal(text_str(&f.out).ptr, wanted);
    assert_int_equal(f.out.len, strlen(wanted));
    fixture_free(&f);
}

static void expect(const char *template, const char *wanted)
{
    expect2(template, NULL, wanted);
}

static void test_text_is_kept(void **state)
{
    (void)state;
    expect("", "");
    expect("\n", "\n");
    expect("a", "a");
    expect("a\n\n  b\t\n", "a\n\n  b\t\n");
    expect("a\r\nb\r\n", "a\r\nb\r\n");
    expect("#define X \\\n    1\n", "#define X \\\n    1\n");
    expect("\\\\ \\n \\\n", "\\\\ \\n \\\n");
    expect("int x = { 0 }; # $ } { | <a> </b> %d 100%\n",
           "int x = { 0 }; # $ } { | <a> </b> %d 100%\n");
    expect("#if X\n# define Y\n", "#if X\n# define Y\n");
    expect("caf\xc3\xa9 \xff\xfe\n", "caf\xc3\xa9 \xff\xfe\n");
}

static void test_bytes_of_any_kind_are_kept(void **state)
{
    (void)state;
    static const char bytes[] = "a\0b${name}\0\n";
    struct fixture f;
    fixture_init(&f);
    fixture_add_bytes(&f, "main.mako", bytes, sizeof bytes - 1);
    assert_true(fixture_render(&f));
    assert_int_equal(f.out.len, 13);
    assert_memory_equal(f.out.ptr, "a\0bdemo.idl\0\n", 13);
    fixture_free(&f);
}

static void test_escapes(void **state)
{
    (void)state;
    expect("$$ $ $a $$$$ a$", "$ $ $a $$ a$");
    expect("$${name} $$${name}", "${name} $demo.idl");
    expect("%% for\n  %% x\na %% b\n%%%\n", "% for\n  % x\na %% b\n%%\n");
    expect("%%${name}\n", "%demo.idl\n");
}

static void test_comments(void **state)
{
    (void)state;
    expect("## one ${nonsense %\na\n  ##two\n##\nb # c ## d\n", "a\nb # c ## d\n");
    expect("a\n## last", "a\n");
}

static void test_substitution(void **state)
{
    (void)state;
    expect("<${name}>", "<demo.idl>");
    expect("${ name }${\tservice.name\t}!", "demo.idlGreeter!");
    expect("x${empty}y\n", "xy\n");
    expect("${empty}${empty}\n", "\n");
    expect("{${name}}}", "{demo.idl}}");
}

static void test_lone_substitution(void **state)
{
    (void)state;
    expect("a\n  ${empty}\nb\n", "a\nb\n");
    expect("a\n${empty}  \nb\n", "a\nb\n");
    expect("${empty}", "");
    expect("a\n  ${name} \t\nb\n", "a\n  demo.idl\nb\n");
    expect("    ${doc}\nx\n", "    One.\n\n    Two.\nx\n");
    expect("\t${doc}", "\tOne.\n\n\tTwo.");
    expect("  ${doc};\n", "  One.\n\nTwo.;\n");
    expect("  ${name}\r\n  ${empty}\r\n", "  demo.idl\r\n");
}

static void test_filters(void **state)
{
    (void)state;
    expect("${name | upper}", "DEMO.IDL");
    expect("${service.name|lower}", "greeter");
    expect("\"${evil | cstring}\"", "\"a\\\"b\\?\\\\\\n\\303\\251*/\"");
    expect("/* ${evil | comment} */", "/* a\"b?\\.\n\xc3\xa9* / */");
    expect("${name | upper, lower,upper}", "DEMO.IDL");
    expect("${empty | upper}\nx\n", "x\n");
    expect("  ${doc | upper}\n", "  ONE.\n\n  TWO.\n");
}

static void test_for(void **state)
{
    (void)state;
    expect("% for x in letters:\n${x}\n% endfor\n", "a\nb\nc\n");
    expect("[\n  %for x in letters :  \n  ${x}${loop.comma}\n  %  endfor  \n]\n",
           "[\n  a,\n  b,\n  c\n]\n");
    expect("% for x in none:\n${x.what.ever}\n% endfor\nend", "end");
    expect("% for x in letters:\n${x}=${loop.index}\\\n% endfor", "a=0\\\nb=1\\\nc=2\\\n");
    expect("% for m in service.methods:\n${m.name}:\n% for p in m.params:\n"
           "- ${m.name}.${p.name} ${loop.index}\n% endfor\n. ${loop.index}\n% endfor\n",
           "greet:\n- greet.who 0\n- greet.how 1\n. 0\ntouch:\n. 1\n");
}

static void test_loop_flags(void **state)
{
    (void)state;
    expect("% for x in letters:\n"
           "% if loop.first:\nfirst ${x}\n% elif loop.last:\nlast ${x}\n"
           "% else:\nmiddle ${x}\n% endif\n% endfor\n",
           "first a\nmiddle b\nlast c\n");
    expect("% for x in letters:\n% if not loop.last:\n${x}\n% endif\n% endfor\n", "a\nb\n");
}

static void test_inner_names_hide_outer_ones(void **state)
{
    (void)state;
    expect("% for name in letters:\n${name}\n% endfor\n${name}\n", "a\nb\nc\ndemo.idl\n");
    expect("% for x in service.methods:\n% for x in letters:\n${x}\n% endfor\n${x.name}\n"
           "% endfor\n",
           "a\nb\nc\ngreet\na\nb\nc\ntouch\n");
    expect("% for index in letters:\n${loop.index}${index}\n% endfor\n", "0a\n1b\n2c\n");
}

static void test_conditions(void **state)
{
    (void)state;
    expect("% if yes:\na\n% endif\n% if no:\nb\n% endif\n", "a\n");
    expect("% if not yes:\na\n% endif\n% if not no:\nb\n% endif\n", "b\n");
    expect("% if name:\nname\n% endif\n% if empty:\nempty\n% endif\n", "name\n");
    expect("% if letters:\nletters\n% endif\n% if none:\nnone\n% endif\n", "letters\n");
    expect("% if service:\nservice\n% endif\n", "service\n");
    expect("% if no:\na\n% elif none:\nb\n% elif not no:\nc\n% elif yes:\nd\n% else:\ne\n% endif\n",
           "c\n");
    expect("% if no:\na\n% else:\nb\n% endif\nc\n", "b\nc\n");
    expect("% if yes:\n% endif\n", "");
    expect("x\n% if yes:\n\n% endif\ny\n", "x\n\ny\n");
}

static void test_a_record_may_be_missing(void **state)
{
    (void)state;
    expect("% for m in service.methods:\n% if m.reply:\n${m.name} ${m.reply.c_name}\n% endif\n"
           "% endfor\n",
           "greet greet_reply\n");
}

static void test_includes(void **state)
{
    (void)state;
    expect2("a\n<%include file=\"part.mako\"/>\nb\n", "part\n", "a\npart\nb\n");
    expect2("a\n  <%include  file = \"part.mako\" />  \nb", "part", "a\npartb");
    expect2("% for m in service.methods:\n<%include file=\"part.mako\"/>\n% endfor\n",
            "${m.name}${loop.comma}\n", "greet,\ntouch\n");
    expect2("% for x in letters:\n<%include file=\"part.mako\"/>\n% endfor\n"
            "% for m in service.methods:\n% for x in m.params:\n<%include file=\"part.mako\"/>\n"
            "% endfor\n% endfor\n",
            "${loop.index}${name}\n", "0demo.idl\n1demo.idl\n2demo.idl\n0demo.idl\n1demo.idl\n");
}

static void test_a_second_render_adds(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    fixture_add(&f, "main.mako", "${name}\n");
    assert_true(fixture_render(&f));
    const struct template *template = template_load(f.set, STR("main.mako"));
    struct value *other = value_record(f.arena, "file", (struct span){ 0 });
    value_set(f.arena, other, "more", value_flag(true));
    value_set(f.arena, other, "name", value_number(f.arena, 18446744073709551615ull));
    assert_true(template_render(f.set, template, other, &f.out));
    assert_string_equal(f.out.ptr, "demo.idl\n18446744073709551615\n");
    fixture_free(&f);
}

/* A list of many records of which each has its members in another order. */
static void test_members_in_any_order(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    struct value *root = value_record(f.arena, "file", (struct span){ 0 });
    struct value *list = value_list(f.arena);
    static const char *const names[] = { "a", "b", "c" };
    for (size_t i = 0; i < 3; i++) {
        struct value *record = value_record(f.arena, "item", (struct span){ 0 });
        for (size_t k = 0; k < 3; k++)
            value_set(f.arena, record, names[(i + k) % 3],
                      value_text(f.arena, str_from(names[(i + k) % 3])));
        value_add(f.arena, list, record);
    }
    value_set(f.arena, root, "list", list);
    f.root = root;
    fixture_add(&f, "main.mako", "% for r in list:\n${r.a}${r.b}${r.c}\n% endfor\n");
    assert_true(fixture_render(&f));
    assert_string_equal(f.out.ptr, "abc\nabc\nabc\n");
    fixture_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_is_kept),
        cmocka_unit_test(test_bytes_of_any_kind_are_kept),
        cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_comments),
        cmocka_unit_test(test_substitution),
        cmocka_unit_test(test_lone_substitution),
        cmocka_unit_test(test_filters),
        cmocka_unit_test(test_for),
        cmocka_unit_test(test_loop_flags),
        cmocka_unit_test(test_inner_names_hide_outer_ones),
        cmocka_unit_test(test_conditions),
        cmocka_unit_test(test_a_record_may_be_missing),
        cmocka_unit_test(test_includes),
        cmocka_unit_test(test_a_second_render_adds),
        cmocka_unit_test(test_members_in_any_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

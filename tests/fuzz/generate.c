/* SPDX-License-Identifier: MIT */
/* generate.c: bytes -> an IDL that the compiler mostly accepts.
 *
 * All choices are the bytes' (chance.h); first come the names of all declarations, so that types
 * can be used before and after they are declared. */
#include "generate.h"

#include "words.h"

enum { DECLARED_MAX = 8 };

struct declared {
    struct str names[DECLARED_MAX];
    size_t count;
};

struct module {
    struct arena *arena;
    struct chance *chance;
    struct text *out;
    struct words words;
    struct str package;
    struct declared enums, structs, services;
    const struct module *imported; /* NULL: none */
};

// clang-format off
static const char *const scalars[] = {
    "string", "int32", "bool", "int8", "int16", "int64", "uint8", "uint16", "uint32", "uint64", "sint32",
    "sint64", "fixed32", "fixed64", "sfixed32", "sfixed64", "float", "double", "bytes",
};
static const char *const keys[] = {
    "string", "int32", "bool", "int8", "uint16", "int64", "uint64", "sint32", "sint64", "fixed32",
    "sfixed64", "uint8", "uint32", "int16",
};
static const char *const docs[] = {
    "plain", "*/", "/*", "?\?/", "\\", "%s\\n", "\xE2\x80\xAE", "// x", "\t", "\"", "${x}", "## x", "% if",
    "\xC3\xA9", "@code", "",
};
static const char *const strings[] = {
    "", "plain", "*/", "?\?/", "\\\\", "\\\"", "\\x01\\x311", "%s", "\\n", "\xC3\xA9", "$$", "\\t\\x7f",
};
static const struct { const char *type, *value; } constants[] = {
    { "uint8", "255" }, { "int64", "-9223372036854775808" }, { "string", "\"?\?/\\x01*/\"" },
    { "double", "-0.0" }, { "double", "5e-324" }, { "bool", "true" }, { "float", "3.4e38" },
    { "int8", "-128" }, { "uint64", "18446744073709551615" }, { "float", "1" }, { "double", "1e300" },
    { "int16", "-32768" }, { "sfixed32", "-2147483648" }, { "fixed64", "0xFFFFFFFFFFFFFFFF" },
};
// clang-format on

#define COUNT(array)         (sizeof(array) / sizeof *(array))
#define PICK(module, array)  str_from((array)[chance_pick((module)->chance, COUNT(array))])
#define ADD(module, literal) text_add((module)->out, STR(literal))

static void add(struct module *m, const char *before, struct str middle, const char *after)
{
    text_addf(m->out, "%s%.*s%s", before, STR_ARG(middle), after);
}

static struct str dotted(const struct module *m, struct str left, struct str right)
{
    return arena_printf(m->arena, "%.*s.%.*s", STR_ARG(left), STR_ARG(right));
}

static void doc(struct module *m)
{
    if (!chance_one_in(m->chance, 6))
        return;
    for (size_t lines = 1 + chance_pick(m->chance, 2); lines; lines--) {
        struct str first = PICK(m, docs), second = PICK(m, docs);
        text_addf(m->out, "/// %.*s %.*s\n", STR_ARG(first), STR_ARG(second));
    }
}

static void prefix(struct module *m)
{
    doc(m);
    if (chance_one_in(m->chance, 10))
        add(m, "@deprecated(\"", PICK(m, strings), "\") ");
}

/* ---- Types ---- */

static struct str full_name(const struct module *m, struct str name)
{
    if (m->package.len == 0)
        return name;
    return dotted(m, m->package, name);
}

/* One of the module's or of the imported one's; a string where there is none. */
static void named_type(struct module *m, size_t offset)
{
    const struct module *from = m->imported && chance_one_in(m->chance, 4) ? m->imported : m;
    const struct declared *pool = offset ? &from->structs : &from->enums;
    if (pool->count == 0) {
        ADD(m, "string");
        return;
    }
    struct str name = pool->names[chance_pick(m->chance, pool->count)];
    bool full = from != m || chance_one_in(m->chance, 3);
    text_add(m->out, full ? full_name(from, name) : name);
}

static void element(struct module *m)
{
    size_t how = chance_pick(m->chance, 6);
    if (how >= 4)
        named_type(m, how - 4);
    else if (how == 3)
        named_type(m, 1);
    else
        text_add(m->out, PICK(m, scalars));
}

static void type(struct module *m)
{
    switch (chance_pick(m->chance, 6)) {
    case 4:
        ADD(m, "list<");
        element(m);
        ADD(m, ">");
        break;
    case 5:
        add(m, "map<", PICK(m, keys), ", ");
        element(m);
        ADD(m, ">");
        break;
    default: element(m);
    }
}

/* ---- Declarations ---- */

static void field(struct module *m, struct words *names, bool in_oneof, uint32_t *number)
{
    prefix(m);
    if (in_oneof) {
        element(m);
    } else if (chance_one_in(m->chance, 4)) {
        add(m, "optional ", PICK(m, scalars), "");
    } else {
        type(m);
    }
    add(m, " ", words_new(names, m->chance), "");
    if (*number) {
        text_addf(m->out, " = %u", (unsigned)*number);
        *number += chance_one_in(m->chance, 4) ? 1000 : 1;
    }
    ADD(m, ";\n");
}

static void oneof(struct module *m, struct words *names, uint32_t *number)
{
    doc(m);
    add(m, "oneof ", words_new(names, m->chance), " <\n");
    for (size_t count = 1 + chance_pick(m->chance, 4); count; count--)
        field(m, names, true, number);
    ADD(m, ">\n");
}

static void structure(struct module *m, struct str name)
{
    struct words names = { .arena = m->arena };
    uint32_t number = chance_one_in(m->chance, 3);
    prefix(m);
    add(m, "struct ", name, " <\n");
    for (size_t count = chance_pick(m->chance, 7); count; count--) {
        if (chance_one_in(m->chance, 6))
            oneof(m, &names, &number);
        else
            field(m, &names, false, &number);
    }
    if (number && number < 19000)
        ADD(m, "reserved 30000, 30010-30020, \"gone\";\n");
    ADD(m, ">\n");
}

static void enumeration(struct module *m, struct str name)
{
    static const char *const numbers[] = { "0", "1", "-1", "2147483647", "-2147483648", "7" };
    struct words names = { .arena = m->arena };
    bool numbered = chance_one_in(m->chance, 2);
    prefix(m);
    add(m, "enum ", name, " <\n");
    size_t count = 1 + chance_pick(m->chance, COUNT(numbers));
    for (size_t i = 0; i < count; i++) {
        prefix(m);
        text_add(m->out, words_new(&names, m->chance));
        if (numbered)
            text_addf(m->out, " = %s", numbers[i]);
        ADD(m, ";\n");
    }
    ADD(m, ">\n");
}

static void parameter(struct module *m, struct words *names, bool may_be_optional)
{
    if (may_be_optional && chance_one_in(m->chance, 5))
        add(m, "optional ", PICK(m, scalars), "");
    else
        type(m);
    if (!chance_one_in(m->chance, 5))
        add(m, " ", words_new(names, m->chance), "");
}

static void method(struct module *m, struct words *names)
{
    struct words inner = { .arena = m->arena };
    size_t kind = chance_pick(m->chance, 5);
    prefix(m);
    if (chance_one_in(m->chance, 8))
        ADD(m, "@idempotent ");
    if (kind == 4)
        ADD(m, "oneway ");
    add(m, "", words_new(names, m->chance), "(");
    if (kind == 3) {
        ADD(m, "stream ");
        parameter(m, &inner, false);
    } else {
        size_t count = chance_pick(m->chance, 5);
        for (size_t i = 0; i < count; i++) {
            text_add(m->out, i ? STR(", ") : STR(""));
            parameter(m, &inner, true);
        }
    }
    ADD(m, ")");
    size_t result = kind == 4 ? 0 : chance_pick(m->chance, 4);
    if (result) {
        text_add(m->out, result == 3 ? STR(" -> stream ") : STR(" -> "));
        type(m);
    }
    ADD(m, ";\n");
}

static void service(struct module *m, struct str name)
{
    struct words names = { .arena = m->arena };
    prefix(m);
    add(m, "service ", name, " <\n");
    for (size_t count = chance_pick(m->chance, 6); count; count--)
        method(m, &names);
    ADD(m, ">\n");
}

static void constant(struct module *m)
{
    doc(m);
    size_t which = chance_pick(m->chance, COUNT(constants));
    struct str name = words_new(&m->words, m->chance);
    text_addf(m->out, "const %s %.*s = %s;\n", constants[which].type, STR_ARG(name),
              constants[which].value);
}

/* ---- Files ---- */

static void declare(struct module *m, struct declared *declared, size_t most)
{
    for (size_t count = chance_pick(m->chance, most + 1); count; count--)
        declared->names[declared->count++] = words_new(&m->words, m->chance);
}

static void name_all(struct module *m)
{
    if (chance_one_in(m->chance, 2)) {
        struct words names = { .arena = m->arena };
        m->package = words_new(&names, m->chance);
        if (chance_one_in(m->chance, 3))
            m->package = dotted(m, m->package, words_new(&names, m->chance));
    }
    declare(m, &m->services, 2);
    declare(m, &m->structs, DECLARED_MAX - 1);
    declare(m, &m->enums, 3);
}

static void write_file(struct module *m)
{
    doc(m);
    if (m->package.len)
        text_addf(m->out, "package %.*s;\n", STR_ARG(m->package));
    if (m->imported)
        ADD(m, "import \"a.idl\";\n");
    for (size_t count = chance_pick(m->chance, 3); count; count--)
        constant(m);
    for (size_t i = 0; i < m->services.count; i++)
        service(m, m->services.names[i]);
    for (size_t i = 0; i < m->structs.count; i++)
        structure(m, m->structs.names[i]);
    for (size_t i = 0; i < m->enums.count; i++)
        enumeration(m, m->enums.names[i]);
}

void generate(struct text *out, const uint8_t *bytes, size_t size)
{
    struct arena *arena = arena_new();
    struct chance chance = { bytes, size };
    struct text second = { 0 };
    struct module a = { .arena = arena, .chance = &chance, .out = &second };
    struct module main = { .arena = arena, .chance = &chance, .out = out };
    a.words.arena = main.words.arena = arena;

    bool two = chance_one_in(&chance, 3);
    name_all(&main);
    if (two) {
        name_all(&a);
        main.imported = &a;
    }
    write_file(&main);
    if (two) {
        write_file(&a);
        text_addc(out, '\f');
        text_add(out, text_str(&second));
    }
    text_free(&second);
    arena_free(arena);
}

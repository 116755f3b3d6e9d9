/* SPDX-License-Identifier: MIT */
/* options.c: the command line, by one table. */
#include "options.h"

#include <string.h>

enum id {
    OPT_OUT,
    OPT_IMPORT,
    OPT_EMIT,
    OPT_TEMPLATES,
    OPT_DEPFILE,
    OPT_DEPFILE_TARGET,
    OPT_LIST_OUTPUTS,
    OPT_CHECK,
    OPT_COMPARE,
    OPT_FORMAT,
    OPT_DUMP,
    OPT_EXPORT_TEMPLATES,
    OPT_WARNING,
    OPT_WERROR,
    OPT_MAX_ERRORS,
    OPT_COLOR,
    OPT_DIAGNOSTICS,
    OPT_VERSION,
    OPT_HELP,
    OPT_COUNT
};

struct flag {
    char letter; /* 0: none */
    const char *name;
    const char *argument; /* NULL: none */
    const char *help;
};

// clang-format off
static const struct flag flags[OPT_COUNT] = {
    [OPT_OUT]         = { 'o', "out", "DIR", "write to DIR, which is made if missing" },
    [OPT_IMPORT]      = { 'I', "import-dir", "DIR", "look for imports in DIR too; may be repeated" },
    [OPT_EMIT]        = { 0, "emit", "LIST", "any of: types,client,server,proto,sample,docs" },
    [OPT_TEMPLATES]   = { 0, "templates", "DIR", "prefer DIR's templates to the built-in ones" },
    [OPT_DEPFILE]     = { 0, "depfile", "FILE", "write a dependency file for Make or Ninja" },
    [OPT_DEPFILE_TARGET] = { 0, "depfile-target", "NAME", "let NAME stand for the outputs in it" },
    [OPT_LIST_OUTPUTS]   = { 0, "list-outputs", NULL, "print what would be written; write nothing" },
    [OPT_CHECK]       = { 0, "check", NULL, "read and check only" },
    [OPT_COMPARE]     = { 0, "compare", NULL, "tell what breaks from OLD.idl to NEW.idl" },
    [OPT_FORMAT]      = { 0, "format", NULL, "lay files out anew; or check that they are" },
    [OPT_DUMP]        = { 0, "dump", "view", "print what the templates see, as JSON" },
    [OPT_EXPORT_TEMPLATES] = { 0, "export-templates", "DIR", "write the built-in templates to DIR" },
    [OPT_WARNING]     = { 'W', "warning", "NAME", "all, NAME, no-NAME, error=NAME, no-error=NAME" },
    [OPT_WERROR]      = { 0, "werror", NULL, "warnings are errors" },
    [OPT_MAX_ERRORS]  = { 0, "max-errors", "N", "print up to N errors (default: 20)" },
    [OPT_COLOR]       = { 0, "color", "WHEN", "auto (default), always or never" },
    [OPT_DIAGNOSTICS] = { 0, "diagnostics", "FORM", "text (default) or json" },
    [OPT_VERSION]     = { 0, "version", NULL, "print the version" },
    [OPT_HELP]        = { 'h', "help", NULL, "print this" },
};
// clang-format on

struct parser {
    struct arena *arena;
    struct options *options;
    struct str *error;
    int argc, at; /* argv[at] is the next argument */
    char **argv;
    bool emit_given;
};

static bool refuse(struct parser *p, struct str message)
{
    *p->error = message;
    return false;
}

#define REFUSE(p, ...) refuse((p), arena_printf((p)->arena, __VA_ARGS__))

/* ---- Values ---- */

/* The index of value among names, or count. */
static size_t find(struct str value, const struct str *names, size_t count)
{
    size_t i = 0;
    while (i < count && !str_eq(names[i], value))
        i++;
    return i;
}

static bool choose(struct parser *p, enum id id, struct str value, const struct str *names,
                   size_t count, size_t *chosen)
{
    *chosen = find(value, names, count);
    if (*chosen < count)
        return true;
    struct str closest = diag_closest(value, names, count);
    if (closest.len)
        return REFUSE(p, "--%s does not know '%.*s'; did you mean '%.*s'?", flags[id].name,
                      STR_ARG(value), STR_ARG(closest));
    return REFUSE(p, "--%s does not know '%.*s'", flags[id].name, STR_ARG(value));
}

static bool set_emit(struct parser *p, struct str list)
{
    struct str names[EMIT_COUNT];
    for (size_t i = 0; i < EMIT_COUNT; i++)
        names[i] = str_from(emit_kinds[i].name);
    p->emit_given = true;
    for (;;) {
        const char *comma = memchr(list.ptr, ',', list.len);
        struct str name = { list.ptr, comma ? (size_t)(comma - list.ptr) : list.len };
        size_t kind;
        if (!choose(p, OPT_EMIT, name, names, EMIT_COUNT, &kind))
            return false;
        p->options->emit[kind] = true;
        if (!comma)
            return true;
        list = (struct str){ comma + 1, list.len - name.len - 1 };
    }
}

static bool set_warning(struct parser *p, struct str value)
{
    struct str closest = STR("");
    if (warning_set_add(p->arena, &p->options->diag.warnings, value, &closest))
        return true;
    if (closest.len)
        return REFUSE(p, "there is no warning '%.*s'; did you mean '%.*s'?", STR_ARG(value),
                      STR_ARG(closest));
    return REFUSE(p, "there is no warning '%.*s'", STR_ARG(value));
}

static bool set_max_errors(struct parser *p, struct str value)
{
    size_t number = 0;
    bool fine = true;
    for (size_t i = 0; fine && i < value.len; i++) {
        fine = value.ptr[i] >= '0' && value.ptr[i] <= '9' && number < 100000000;
        number = number * 10 + (size_t)(value.ptr[i] - '0');
    }
    if (!fine || number == 0)
        return REFUSE(p, "--max-errors needs a number from 1, not '%.*s'", STR_ARG(value));
    p->options->diag.max_errors = number;
    return true;
}

static bool set_mode(struct parser *p, enum mode mode)
{
    static const char *const names[] = { [MODE_CHECK] = "check",
                                         [MODE_LIST_OUTPUTS] = "list-outputs",
                                         [MODE_DUMP_VIEW] = "dump",
                                         [MODE_COMPARE] = "compare",
                                         [MODE_FORMAT] = "format",
                                         [MODE_FORMAT_CHECK] = "format",
                                         [MODE_EXPORT_TEMPLATES] = "export-templates" };
    enum mode before = p->options->mode;
    bool format = before == MODE_FORMAT || before == MODE_FORMAT_CHECK;
    if ((format && mode == MODE_CHECK) || (before == MODE_CHECK && mode == MODE_FORMAT))
        p->options->mode = MODE_FORMAT_CHECK;
    else if (before == MODE_GENERATE)
        p->options->mode = mode;
    else if (before != mode && !(format && mode == MODE_FORMAT))
        return REFUSE(p, "--%s and --%s exclude each other", names[before], names[mode]);
    return true;
}

static bool apply(struct parser *p, enum id id, struct str value)
{
    static const struct str views[] = { { "view", 4 } };
    static const struct str colors[] = { { "auto", 4 }, { "always", 6 }, { "never", 5 } };
    static const struct str forms[] = { { "text", 4 }, { "json", 4 } };
    struct options *o = p->options;
    size_t chosen;
    switch (id) {
    case OPT_OUT: o->out_dir = value; return true;
    case OPT_IMPORT: o->import_dirs[o->import_dir_count++] = value; return true;
    case OPT_EMIT: return set_emit(p, value);
    case OPT_TEMPLATES: o->template_dir = value; return true;
    case OPT_DEPFILE: o->depfile = value; return true;
    case OPT_DEPFILE_TARGET: o->depfile_target = value; return true;
    case OPT_LIST_OUTPUTS: return set_mode(p, MODE_LIST_OUTPUTS);
    case OPT_CHECK: return set_mode(p, MODE_CHECK);
    case OPT_COMPARE: return set_mode(p, MODE_COMPARE);
    case OPT_FORMAT: return set_mode(p, MODE_FORMAT);
    case OPT_DUMP: return choose(p, id, value, views, 1, &chosen) && set_mode(p, MODE_DUMP_VIEW);
    case OPT_EXPORT_TEMPLATES: o->export_dir = value; return set_mode(p, MODE_EXPORT_TEMPLATES);
    case OPT_WARNING: return set_warning(p, value);
    case OPT_WERROR: o->diag.warnings.werror = true; return true;
    case OPT_MAX_ERRORS: return set_max_errors(p, value);
    case OPT_COLOR:
        if (!choose(p, id, value, colors, 3, &chosen))
            return false;
        o->diag.color = (enum diag_color)chosen;
        return true;
    case OPT_DIAGNOSTICS:
        if (!choose(p, id, value, forms, 2, &chosen))
            return false;
        o->diag.format = (enum diag_format)chosen;
        return true;
    case OPT_VERSION: o->mode = MODE_VERSION; return true;
    case OPT_HELP: o->mode = MODE_HELP; return true;
    case OPT_COUNT: break;
    }
    return false;
}

/* ---- Flags ---- */

/* value.ptr is NULL when none is joined to the flag; shown is the flag as it was written. */
static bool apply_flag(struct parser *p, enum id id, struct str shown, struct str value)
{
    if (!flags[id].argument) {
        if (value.ptr)
            return REFUSE(p, "'%.*s' takes no argument", STR_ARG(shown));
        return apply(p, id, value);
    }
    if (!value.ptr && p->at < p->argc)
        value = str_from(p->argv[p->at++]);
    if (value.len == 0)
        return REFUSE(p, "'%.*s' needs an argument: %s", STR_ARG(shown), flags[id].argument);
    return apply(p, id, value);
}

/* --name, --name=value */
static bool parse_long(struct parser *p, const char *argument)
{
    struct str names[OPT_COUNT];
    for (size_t i = 0; i < OPT_COUNT; i++)
        names[i] = str_from(flags[i].name);
    size_t len = strcspn(argument, "=");
    struct str shown = { argument, len }, name = { argument + 2, len - 2 }, value = { 0 };
    if (argument[len])
        value = str_from(argument + len + 1);
    size_t id = find(name, names, OPT_COUNT);
    if (id < OPT_COUNT)
        return apply_flag(p, (enum id)id, shown, value);
    struct str closest = diag_closest(name, names, OPT_COUNT);
    if (closest.len)
        return REFUSE(p, "unknown option '%.*s'; did you mean '--%.*s'?", STR_ARG(shown),
                      STR_ARG(closest));
    return REFUSE(p, "unknown option '%.*s'", STR_ARG(shown));
}

/* -x, -x value, -xvalue */
static bool parse_short(struct parser *p, const char *argument)
{
    struct str shown = { argument, 2 }, value = { 0 };
    if (argument[2])
        value = str_from(argument + 2);
    for (size_t id = 0; id < OPT_COUNT; id++) {
        if (flags[id].letter == argument[1])
            return apply_flag(p, (enum id)id, shown, value);
    }
    return REFUSE(p, "unknown option '%s'", argument);
}

static bool parse_arguments(struct parser *p)
{
    struct options *o = p->options;
    bool only_files = false;
    while (p->at < p->argc && o->mode != MODE_HELP && o->mode != MODE_VERSION) {
        const char *argument = p->argv[p->at++];
        if (only_files || argument[0] != '-' || argument[1] == '\0')
            o->paths[o->path_count++] = str_from(argument);
        else if (strcmp(argument, "--") == 0)
            only_files = true;
        else if (!(argument[1] == '-' ? parse_long(p, argument) : parse_short(p, argument)))
            return false;
    }
    return true;
}

static bool check_whole(struct parser *p)
{
    const struct options *o = p->options;
    if (o->mode == MODE_HELP || o->mode == MODE_VERSION)
        return true;
    if (o->mode == MODE_EXPORT_TEMPLATES) {
        if (o->path_count)
            return REFUSE(p, "--export-templates takes no IDL files");
        return true;
    }
    if (o->mode == MODE_COMPARE && o->path_count != 2)
        return REFUSE(p, "--compare takes two IDL files, the old one and the new one");
    if (o->path_count == 0)
        return REFUSE(p, "no IDL file is given");
    for (size_t i = 0; i < o->path_count; i++) {
        if (o->paths[i].len == 0)
            return REFUSE(p, "the name of an IDL file is empty");
    }
    bool formats = o->mode == MODE_FORMAT || o->mode == MODE_FORMAT_CHECK;
    for (size_t i = 0; formats && o->path_count > 1 && i < o->path_count; i++) {
        if (str_is(o->paths[i], "-"))
            return REFUSE(p, "--format takes '-' alone");
    }
    if (o->depfile_target.len && o->depfile.len == 0)
        return REFUSE(p, "--depfile-target is of no use without --depfile");
    return true;
}

bool options_parse(struct arena *arena, int argc, char **argv, struct options *options,
                   struct str *error)
{
    size_t max = argc > 0 ? (size_t)argc : 0;
    *options = (struct options){ .paths = arena_array(arena, max, sizeof(struct str)),
                                 .import_dirs = arena_array(arena, max, sizeof(struct str)) };
    struct parser p = { arena, options, error, argc, 1, argv, false };
    if (!parse_arguments(&p) || !check_whole(&p))
        return false;
    for (size_t i = 0; i < EMIT_COUNT && !p.emit_given; i++)
        options->emit[i] = emit_kinds[i].is_default;
    return true;
}

void options_help(struct text *out)
{
    text_add(out, STR("Usage: idlc [options] FILE.idl...\n"
                      "Writes C client and server stubs for the services of IDL files.\n\n"));
    for (size_t id = 0; id < OPT_COUNT; id++) {
        const struct flag *flag = &flags[id];
        size_t begin = out->len;
        if (flag->letter)
            text_addf(out, "  -%c, --%s", flag->letter, flag->name);
        else
            text_addf(out, "      --%s", flag->name);
        if (flag->argument)
            text_addf(out, "%c%s", flag->letter ? ' ' : '=', flag->argument);
        while (out->len - begin < 32)
            text_addc(out, ' ');
        text_addf(out, "%s\n", flag->help);
    }
    text_add(
        out,
        STR("\nUnless told, idlc writes types, client and server. A sample is a server and a\n"
            "client to start from, in a folder; once changed, it is never written over.\n"));
    text_add(out, STR("\nExit status: 0, or 1 for errors in the input, or 2 for a wrong command "
                      "line.\n"));
}

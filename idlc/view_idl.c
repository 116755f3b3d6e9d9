/* SPDX-License-Identifier: MIT */
/* view_idl.c: pieces of the language as they were written: types, signatures, values. */
#include <inttypes.h>

#include "view.h"

struct str view_idl_type(struct view *v, const struct type *type)
{
    switch (type->kind) {
    case TYPE_ENUM: return type->enumeration->name;
    case TYPE_STRUCT: return type->structure->name;
    case TYPE_LIST:
        return arena_printf(v->arena, "list<%.*s>", STR_ARG(view_idl_type(v, type->value)));
    case TYPE_MAP:
        return arena_printf(v->arena, "map<%.*s, %.*s>", STR_ARG(view_idl_type(v, type->key)),
                            STR_ARG(view_idl_type(v, type->value)));
    default: return str_from(type_kind_name(type->kind));
    }
}

struct str view_idl_signature(struct view *v, const struct method *m, size_t indent)
{
    struct pieces items = { 0 };
    for (size_t i = 0; i < m->parameter_count; i++) {
        const struct field *p = &m->parameters[i];
        pieces_addf(v, &items, "%s%s%.*s%s%.*s", m->client_streaming ? "stream " : "",
                    p->optional ? "optional " : "", STR_ARG(view_idl_type(v, p->type)),
                    p->named ? " " : "", STR_ARG(p->named ? p->name : STR("")));
    }
    struct str tail = STR(")");
    if (m->result)
        tail = arena_printf(v->arena, ") -> %s%.*s", m->server_streaming ? "stream " : "",
                            STR_ARG(view_idl_type(v, m->result->type)));
    struct str head =
        arena_printf(v->arena, "%s%.*s(", m->oneway ? "oneway " : "", STR_ARG(m->name));
    return view_call(v, indent, head, &items, tail.ptr);
}

static struct str string_literal(struct view *v, struct str bytes)
{
    struct text t = { 0 };
    text_addc(&t, '"');
    for (size_t i = 0; i < bytes.len; i++) {
        unsigned char c = (unsigned char)bytes.ptr[i];
        if (c == '"' || c == '\\')
            text_addf(&t, "\\%c", c);
        else if (c == '\n')
            text_add(&t, STR("\\n"));
        else if (c < 0x20 || c == 0x7f)
            text_addf(&t, "\\x%02x", c);
        else
            text_addc(&t, (char)c);
    }
    text_addc(&t, '"');
    return view_kept(v, &t);
}

struct str view_idl_value(struct view *v, const struct constant *c)
{
    switch (c->kind) {
    case CONSTANT_BOOL: return c->boolean ? STR("true") : STR("false");
    case CONSTANT_UINT: return arena_printf(v->arena, "%" PRIu64, c->natural);
    case CONSTANT_FLOAT: return c->literal;
    case CONSTANT_STRING: return string_literal(v, c->string);
    case CONSTANT_ENUM:
        if (c->enum_value)
            return c->enum_value->name;
        break;
    case CONSTANT_INT: break;
    }
    return arena_printf(v->arena, "%" PRId64, c->integer);
}

/* SPDX-License-Identifier: MIT */
/* compare_type.c: how a value of one type is read as another: protobuf's groups of types that
 * travel alike, and what this language adds (8 and 16 bits). */
#include "compare_parts.h"

/* Types of one group have the same bytes for the same value. */
enum group {
    GROUP_VARINT,
    GROUP_ZIGZAG,
    GROUP_FIXED32,
    GROUP_FIXED64,
    GROUP_FLOAT,
    GROUP_DOUBLE,
    GROUP_TEXT, /* with GROUP_BYTES: one way */
    GROUP_BYTES,
    GROUP_STRUCT,
    GROUP_LIST,
    GROUP_MAP,
    GROUP_NONE
};

static enum group group_of(enum type_kind kind)
{
    static const enum group groups[] = {
        [TYPE_ERROR] = GROUP_NONE,       [TYPE_BOOL] = GROUP_VARINT,
        [TYPE_INT8] = GROUP_VARINT,      [TYPE_INT16] = GROUP_VARINT,
        [TYPE_INT32] = GROUP_VARINT,     [TYPE_INT64] = GROUP_VARINT,
        [TYPE_UINT8] = GROUP_VARINT,     [TYPE_UINT16] = GROUP_VARINT,
        [TYPE_UINT32] = GROUP_VARINT,    [TYPE_UINT64] = GROUP_VARINT,
        [TYPE_SINT32] = GROUP_ZIGZAG,    [TYPE_SINT64] = GROUP_ZIGZAG,
        [TYPE_FIXED32] = GROUP_FIXED32,  [TYPE_FIXED64] = GROUP_FIXED64,
        [TYPE_SFIXED32] = GROUP_FIXED32, [TYPE_SFIXED64] = GROUP_FIXED64,
        [TYPE_FLOAT] = GROUP_FLOAT,      [TYPE_DOUBLE] = GROUP_DOUBLE,
        [TYPE_STRING] = GROUP_TEXT,      [TYPE_BYTES] = GROUP_BYTES,
        [TYPE_ENUM] = GROUP_VARINT,      [TYPE_STRUCT] = GROUP_STRUCT,
        [TYPE_LIST] = GROUP_LIST,        [TYPE_MAP] = GROUP_MAP,
    };
    return groups[kind];
}

static struct fit fits(void)
{
    return (struct fit){ .same = true, .why = STR("") };
}

static struct fit fit(enum rule rule, struct str why)
{
    return (struct fit){ .rule = rule, .why = why };
}

/* A receiver checks the range of these, and refuses what is outside. */
static bool is_checked(enum type_kind kind)
{
    return kind == TYPE_INT8 || kind == TYPE_INT16 || kind == TYPE_UINT8 || kind == TYPE_UINT16;
}

/* Whether every value of inner is one of outer, which is checked. */
static bool is_within(enum type_kind inner, enum type_kind outer)
{
    static const struct {
        int least, most;
    } ranges[] = { [TYPE_BOOL] = { 0, 1 },
                   [TYPE_INT8] = { -128, 127 },
                   [TYPE_INT16] = { -32768, 32767 },
                   [TYPE_UINT8] = { 0, 255 },
                   [TYPE_UINT16] = { 0, 65535 } };
    if (inner != TYPE_BOOL && !is_checked(inner))
        return false;
    return ranges[inner].least >= ranges[outer].least && ranges[inner].most <= ranges[outer].most;
}

static struct fit varints(struct compare *c, const struct type *before, const struct type *now)
{
    if (is_checked(now->kind) && !is_within(before->kind, now->kind))
        return fit(WIRE_FIELD_RANGE,
                   arena_printf(c->arena, "what does not fit into %s is refused on arrival",
                                type_kind_name(now->kind)));
    if (is_checked(before->kind))
        return fit(SOURCE_FIELD_TYPE,
                   arena_printf(c->arena, "older programs refuse what does not fit into %s",
                                type_kind_name(before->kind)));
    return fit(SOURCE_FIELD_TYPE, STR("the bytes are the same, the C type is not"));
}

static struct fit structures(struct compare *c, const struct structure *before,
                             const struct structure *now)
{
    if (table_get(c->partners, (struct str){ (const char *)&before, sizeof before }) == now)
        return fits();
    if (c->silent) {
        compare_later(c, before, now);
        return fit(SOURCE_FIELD_TYPE, STR(""));
    }
    struct str reason = compare_contents(c, before, now);
    if (reason.len)
        return fit(WIRE_FIELD_TYPE, reason);
    return fit(SOURCE_FIELD_TYPE, STR("the two look alike on the wire, but not in C"));
}

/* A map travels as a list of structs that have key and value as fields 1 and 2. */
static struct fit map_as_list(struct compare *c, const struct type *map, const struct type *list)
{
    struct fit no = fit(WIRE_FIELD_TYPE, STR("they travel in different forms"));
    if (list->value->kind != TYPE_STRUCT || list->value->structure->field_count != 2)
        return no;
    const struct index *index = compare_index(c, list->value->structure);
    const struct field *key = compare_by_number(index, 1), *value = compare_by_number(index, 2);
    if (!key || !value || !compare_types(c, map->key, key->type).same ||
        !compare_types(c, map->value, value->type).same)
        return no;
    return fit(SOURCE_FIELD_CARDINALITY, STR("a map travels as the list of its entries"));
}

/* One became many or many one. */
static struct fit cardinality(struct compare *c, const struct type *before, const struct type *now)
{
    bool grows = now->kind == TYPE_LIST;
    const struct type *element = grows ? now->value : before->value;
    const struct type *one = grows ? before : now;
    struct fit inner = grows ? compare_types(c, one, element) : compare_types(c, element, one);
    if (!inner.same && inner.rule < SOURCE_PACKAGE)
        return inner;
    enum group group = group_of(element->kind);
    if (group == GROUP_TEXT || group == GROUP_BYTES)
        return fit(SOURCE_FIELD_CARDINALITY, STR("who expects one takes the last"));
    if (group == GROUP_STRUCT)
        return fit(SOURCE_FIELD_CARDINALITY, STR("who expects one merges all"));
    return fit(WIRE_FIELD_CARDINALITY,
               STR("a list of numbers is packed, and who expects one cannot read it"));
}

static struct fit maps(struct compare *c, const struct type *before, const struct type *now)
{
    struct fit key = compare_types(c, before->key, now->key);
    struct fit value = compare_types(c, before->value, now->value);
    if (key.same)
        return value;
    return !value.same && value.rule < key.rule ? value : key;
}

struct fit compare_types(struct compare *c, const struct type *before, const struct type *now)
{
    enum group old = group_of(before->kind), new = group_of(now->kind);
    if (old != new) {
        if (old == GROUP_MAP || new == GROUP_MAP) {
            if (new == GROUP_LIST)
                return map_as_list(c, before, now);
            if (old == GROUP_LIST)
                return map_as_list(c, now, before);
        } else if (old == GROUP_LIST || new == GROUP_LIST) {
            return cardinality(c, before, now);
        }
        if (old == GROUP_TEXT && new == GROUP_BYTES)
            return fit(SOURCE_FIELD_TYPE, STR("older programs refuse what is not UTF-8"));
        if (old == GROUP_BYTES && new == GROUP_TEXT)
            return fit(WIRE_FIELD_TYPE, STR("bytes that are not UTF-8 are refused on arrival"));
        return fit(WIRE_FIELD_TYPE, STR("they travel in different forms"));
    }
    if (old == GROUP_STRUCT)
        return structures(c, before->structure, now->structure);
    if (old == GROUP_LIST)
        return compare_types(c, before->value, now->value);
    if (old == GROUP_MAP)
        return maps(c, before, now);
    if (before->kind != now->kind)
        return old == GROUP_VARINT
                   ? varints(c, before, now)
                   : fit(SOURCE_FIELD_TYPE, STR("the bytes are the same, the C type is not"));
    if (before->kind == TYPE_ENUM) {
        const struct enumeration *e = before->enumeration;
        if (table_get(c->partners, (struct str){ (const char *)&e, sizeof e }) != now->enumeration)
            return fit(SOURCE_FIELD_TYPE, STR("the bytes are the same, the C type is not"));
    }
    return fits();
}

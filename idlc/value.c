/* SPDX-License-Identifier: MIT */
/* value.c: the tree that a template sees. */
#include "value.h"

#include <assert.h>
#include <string.h>

static struct value *value_new(struct arena *arena, enum value_kind kind)
{
    struct value *value = ARENA_NEW(arena, struct value);
    value->kind = kind;
    return value;
}

struct value *value_text(struct arena *arena, struct str text)
{
    struct value *value = value_new(arena, VALUE_TEXT);
    value->text = text;
    return value;
}

struct value *value_number(struct arena *arena, unsigned long long number)
{
    return value_text(arena, arena_printf(arena, "%llu", number));
}

struct value *value_flag(struct arena *arena, bool flag)
{
    struct value *value = value_new(arena, VALUE_FLAG);
    value->flag = flag;
    return value;
}

struct value *value_list(struct arena *arena)
{
    return value_new(arena, VALUE_LIST);
}

struct value *value_record(struct arena *arena, const char *type, struct span origin)
{
    struct value *value = value_new(arena, VALUE_RECORD);
    value->record.type = type;
    value->origin = origin;
    return value;
}

/* Room for one more; the old array stays in the arena. */
static void *grown(struct arena *arena, void *items, size_t count, size_t *cap, size_t size)
{
    if (count < *cap)
        return items;
    *cap = *cap ? *cap * 2 : 8;
    void *larger = arena_array(arena, *cap, size);
    if (count)
        memcpy(larger, items, count * size);
    return larger;
}

void value_add(struct arena *arena, struct value *list, const struct value *item)
{
    assert(list->kind == VALUE_LIST);
    list->list.items =
        grown(arena, list->list.items, list->list.count, &list->list.cap, sizeof *list->list.items);
    list->list.items[list->list.count++] = item;
}

void value_set(struct arena *arena, struct value *record, const char *name,
               const struct value *value)
{
    assert(record->kind == VALUE_RECORD && !value_get(record, str_from(name)));
    record->record.members = grown(arena, record->record.members, record->record.count,
                                   &record->record.cap, sizeof *record->record.members);
    record->record.members[record->record.count++] = (struct value_member){ str_from(name), value };
}

const struct value *value_get(const struct value *record, struct str name)
{
    if (record->kind != VALUE_RECORD)
        return NULL;
    for (size_t i = 0; i < record->record.count; i++) {
        if (str_eq(record->record.members[i].name, name))
            return record->record.members[i].value;
    }
    return NULL;
}

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

const struct value *value_flag(bool flag)
{
    static const struct value no = { .kind = VALUE_FLAG, .flag = false };
    static const struct value yes = { .kind = VALUE_FLAG, .flag = true };
    return flag ? &yes : &no;
}

struct value *value_list(struct arena *arena)
{
    return value_new(arena, VALUE_LIST);
}

struct value *value_made_list(struct arena *arena, size_t count, value_maker *make,
                              const void *context)
{
    struct value *list = value_list(arena);
    list->list.count = count;
    list->list.make = make;
    list->list.context = context;
    return list;
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
    assert(list->kind == VALUE_LIST && !list->list.make);
    list->list.items =
        grown(arena, list->list.items, list->list.count, &list->list.cap, sizeof *list->list.items);
    list->list.items[list->list.count++] = item;
}

static struct value_member *new_member(struct arena *arena, struct value *record)
{
    record->record.members = grown(arena, record->record.members, record->record.count,
                                   &record->record.cap, sizeof *record->record.members);
    return &record->record.members[record->record.count++];
}

void value_reserve(struct arena *arena, struct value *record, size_t count)
{
    assert(record->kind == VALUE_RECORD && !record->record.members);
    record->record.members = arena_array(arena, count, sizeof *record->record.members);
    record->record.cap = count;
}

/* Among count members from the first on; NULL when it is none of them. */
static struct value_member *find(const struct value *record, size_t first, size_t count,
                                 struct str name)
{
    for (size_t i = first; i < first + count; i++) {
        if (str_eq(record->record.members[i].name, name))
            return &record->record.members[i];
    }
    return NULL;
}

void value_set(struct arena *arena, struct value *record, const char *name,
               const struct value *value)
{
    assert(record->kind == VALUE_RECORD);
    struct str key = str_from(name);
    const struct value_promise *kept = record->record.kept;
    struct value_member *member = kept ? find(record, kept->first, kept->count, key) : NULL;
    if (!member) {
        assert(!find(record, 0, record->record.count, key));
        member = new_member(arena, record);
        member->name = key;
    }
    assert(!member->value);
    member->value = value;
}

void value_promise(struct arena *arena, struct value *record, const char *const *names,
                   size_t count, value_keeper *keep, void *context, const void *object)
{
    struct value_promise *promise = ARENA_NEW(arena, struct value_promise);
    *promise = (struct value_promise){ keep, context, object, record, record->record.count, count };
    for (size_t i = 0; i < count; i++)
        *new_member(arena, record) =
            (struct value_member){ .name = str_from(names[i]), .promise = promise };
}

const struct value *value_item(const struct value *list, size_t index, struct arena *scratch)
{
    if (list->list.make)
        return list->list.make(scratch, list->list.context, index);
    return list->list.items[index];
}

const struct value *value_at(const struct value *record, size_t index)
{
    const struct value_member *member = &record->record.members[index];
    if (!member->value) {
        const struct value_promise *promise = member->promise;
        const struct value_promise *outer = promise->record->record.kept;
        promise->record->record.kept = promise;
        promise->keep(promise->context, promise->record, promise->object);
        promise->record->record.kept = outer;
        member = &record->record.members[index]; /* the array may have moved */
    }
    assert(member->value);
    return member->value;
}

const struct value *value_get(const struct value *record, struct str name)
{
    if (record->kind != VALUE_RECORD)
        return NULL;
    const struct value_member *member = find(record, 0, record->record.count, name);
    return member ? value_at(record, (size_t)(member - record->record.members)) : NULL;
}

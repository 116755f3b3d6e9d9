/* SPDX-License-Identifier: MIT */
/* method_table.c: a hash table over service and method names. */
#include "method_table.h"

#include <string.h>

#include "mem.h"

struct idl__service {
    struct idl__service *next;
    const char *name;
    void *handlers; /* the copy */
    size_t count;
    idl__target targets[];
};

/* ---- Hashing: eight bytes at a time; the keys are the program's own. ---- */

static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x9E3779B97F4A7C15);
    return hash ^ hash >> 29;
}

static uint64_t mix_str(uint64_t hash, idl_str s)
{
    uint64_t word = 0;
    for (size_t at = 0; at + sizeof word < s.len; at += sizeof word) {
        memcpy(&word, s.data + at, sizeof word);
        hash = mix(hash, word);
    }
    if (s.len >= sizeof word) /* the last ones: some of them again */
        memcpy(&word, s.data + s.len - sizeof word, sizeof word);
    else if (s.len > 0)
        memcpy(&word, s.data, s.len);
    return mix(hash, word ^ (uint64_t)s.len << 56);
}

static uint64_t hash_names(idl_str service, idl_str method)
{
    return mix_str(mix_str(0, service), method);
}

/* ---- Finding ---- */

/* The slot that holds the method, or the free one where it would go. */
static idl__target **slot_of(const idl__method_table *table, uint64_t hash, idl_str service,
                             idl_str method)
{
    size_t mask = table->slot_count - 1, i = (size_t)hash & mask;
    while (table->slots[i] != NULL &&
           !(table->slots[i]->hash == hash && idl__target_is(table->slots[i], service, method)))
        i = (i + 1) & mask;
    return &table->slots[i];
}

const idl__target *idl__method_table_find(const idl__method_table *table, idl_str service,
                                          idl_str method)
{
    if (table->slot_count == 0)
        return NULL;
    return *slot_of(table, hash_names(service, method), service, method);
}

bool idl__method_table_serves(const idl__method_table *table, idl_str service)
{
    for (const struct idl__service *s = table->services; s != NULL; s = s->next)
        if (idl_str_equal(idl_cstr(s->name), service))
            return true;
    return false;
}

/* ---- Filling ---- */

static bool reserve(idl__method_table *table, size_t more)
{
    size_t wanted = table->slot_count ? table->slot_count : 16;
    while (wanted / 2 < table->count + more)
        wanted *= 2;
    if (wanted == table->slot_count)
        return true;
    idl__method_table larger = { .slot_count = wanted };
    larger.slots = idl__calloc(wanted, sizeof *larger.slots);
    if (larger.slots == NULL)
        return false;
    for (size_t i = 0; i < table->slot_count; i++) {
        idl__target *target = table->slots[i];
        if (target != NULL)
            *slot_of(&larger, target->hash, target->service, target->name) = target;
    }
    idl__free(table->slots);
    table->slots = larger.slots;
    table->slot_count = wanted;
    return true;
}

/* Is the i-th member of the handlers set? Function pointers of all types look the same. */
static bool has_handler(const struct idl__service *service, size_t i)
{
    void (*handler)(void);
    memcpy(&handler, (const char *)service->handlers + i * sizeof handler, sizeof handler);
    return handler != NULL;
}

static void fill(struct idl__service *service, const idl_method *methods, idl_enter_fn *enter,
                 void *user)
{
    for (size_t i = 0; i < service->count; i++) {
        const idl_method *method = &methods[i];
        const idl_str service_name = idl_cstr(method->service);
        const idl_str name = idl_cstr(method->name);
        service->targets[i] = (idl__target){
            .method = method,
            .service = service_name,
            .name = name,
            .enter = has_handler(service, i) ? enter : NULL,
            .handlers = service->handlers,
            .index = i,
            .user = user,
            .hash = hash_names(service_name, name),
        };
    }
}

static void insert(idl__method_table *table, struct idl__service *service)
{
    for (size_t i = 0; i < service->count; i++) {
        idl__target *target = &service->targets[i];
        *slot_of(table, target->hash, target->service, target->name) = target;
    }
    table->count += service->count;
    service->next = table->services;
    table->services = service;
}

static void service_free(struct idl__service *service)
{
    if (service != NULL)
        idl__free(service->handlers);
    idl__free(service);
}

idl_code idl__method_table_add(idl__method_table *table, const idl_method *methods, size_t count,
                               idl_enter_fn *enter, const void *handlers, void *user)
{
    if (count == 0)
        return IDL_OK;
    if (handlers == NULL)
        return IDL_INVALID_ARGUMENT;
    if (idl__method_table_serves(table, idl_cstr(methods[0].service)))
        return IDL_ALREADY_EXISTS;
    struct idl__service *service =
        idl__calloc(1, sizeof *service + count * sizeof *service->targets);
    const size_t size = count * sizeof(void (*)(void));
    void *copy = idl__malloc(size);
    if (service != NULL)
        service->handlers = copy;
    if (service == NULL || copy == NULL || !reserve(table, count)) {
        if (service == NULL)
            idl__free(copy);
        service_free(service);
        return IDL_RESOURCE_EXHAUSTED;
    }
    memcpy(copy, handlers, size);
    service->name = methods[0].service;
    service->count = count;
    fill(service, methods, enter, user);
    insert(table, service);
    return IDL_OK;
}

void idl__method_table_fini(idl__method_table *table)
{
    for (struct idl__service *service = table->services, *next; service != NULL; service = next) {
        next = service->next;
        service_free(service);
    }
    idl__free(table->slots);
    *table = (idl__method_table){ 0 };
}

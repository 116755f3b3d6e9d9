/* SPDX-License-Identifier: MIT */
/* method_table.h: from the two names in a request to the code that serves it.
 *
 * Filled before the server runs, only read after that: any number of workers share one. */
#ifndef IDL__METHOD_TABLE_H
#define IDL__METHOD_TABLE_H

#include <idl/stub.h>

#include <string.h>

typedef struct idl__target {
    const idl_method *method;
    idl_enter_fn *enter; /* NULL: the handler is */
    const void *handlers;
    size_t index; /* of the method in its service */
    void *user;
    idl_str service, name; /* of the method */
    uint64_t hash;
} idl__target;

struct idl__service;

/* Zeroed: empty. */
typedef struct idl__method_table {
    struct idl__service *services;
    idl__target **slots; /* open addressing; a power of two, at most half full */
    size_t slot_count, count;
} idl__method_table;

void idl__method_table_fini(idl__method_table *table);

/* As idl_server_add. After an error the table is as it was. */
idl_code idl__method_table_add(idl__method_table *table, const idl_method *methods, size_t count,
                               idl_enter_fn *enter, const void *handlers, void *user);

/* NULL: there is none. */
const idl__target *idl__method_table_find(const idl__method_table *table, idl_str service,
                                          idl_str method);
/* Has it these names? */
static inline bool idl__target_is(const idl__target *target, idl_str service, idl_str method)
{
    return target->name.len == method.len && target->service.len == service.len &&
           memcmp(target->name.data, method.data, method.len) == 0 &&
           memcmp(target->service.data, service.data, service.len) == 0;
}

bool idl__method_table_serves(const idl__method_table *table, idl_str service);

#endif

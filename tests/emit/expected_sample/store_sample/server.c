/* A server of store.idl, to start from. idlc does not write over it: it is yours.
 *
 * What a handler puts into *reply is sent after it has returned, so it never points to a local: it
 * is static, the request's, or from idl_call_printf and idl_call_alloc. */
#define IDL_NO_DEPRECATED /* the IDL deprecates some of what is used here */
#include <stdio.h>

#include "store_server.h"

/* Store.get */
static idl_code answer_store_get(idl_call *call, idl_str name, demo_store_item *reply)
{
    if (name.len == 0)
        return idl_call_fail(call, IDL_INVALID_ARGUMENT, "name is empty");
    *reply = (demo_store_item){ .name = name, .price = 3.5, .color = DEMO_STORE_COLOR_GREEN };
    return IDL_OK;
}

/* Store.put */
static idl_code answer_store_put(idl_call *call, const demo_store_item *arg1)
{
    if (arg1->name.len == 0)
        return idl_call_fail(call, IDL_INVALID_ARGUMENT, "name is empty");
    return IDL_OK;
}

/* Store.add */
static idl_code answer_store_add(idl_call *call, int32_t a, int32_t b, int32_t *reply)
{
    (void)call;
    (void)b;
    *reply = a;
    return IDL_OK;
}

/* Store.touch */
static idl_code answer_store_touch(idl_call *call, idl_str name)
{
    (void)call;
    (void)name;
    return IDL_OK;
}

/* Store.list */
static idl_code answer_store_list(idl_call *call, idl_str prefix, uint32_t limit)
{
    (void)limit;
    if (prefix.len == 0)
        return idl_call_fail(call, IDL_INVALID_ARGUMENT, "prefix is empty");
    const demo_store_item answer = {
        .name = IDL_STR("name"), .has_count = true, .count = 2, .price = 3.5,
        .color = DEMO_STORE_COLOR_GREEN,
    };
    return demo_store_store_list_emit(call, &answer);
}

/* Store.load: a message of the client, or NULL behind the last. */
static void take_store_load(idl_call *call, const demo_store_item *item, void *arg)
{
    (void)arg;
    if (item != NULL)
        return;
    demo_store_store_load_complete(call, 1);
}

static idl_code answer_store_load(idl_call *call, uint64_t *reply)
{
    (void)reply; /* it comes later, with demo_store_store_load_complete */
    demo_store_store_load_on_next(call, take_store_load, NULL);
    return idl_call_defer(call);
}

/* Store.sync: a message of the client, or NULL behind the last. */
static void take_store_sync(idl_call *call, const demo_store_item *item, void *arg)
{
    (void)arg;
    if (item == NULL)
        idl_call_end(call, IDL_OK);
    else if (demo_store_store_sync_emit(call, item) == IDL_AGAIN)
        idl_call_end(call, IDL_RESOURCE_EXHAUSTED); /* or wait: see idl_call_on_writable */
}

static idl_code answer_store_sync(idl_call *call)
{
    demo_store_store_sync_on_next(call, take_store_sync, NULL);
    return idl_call_defer(call);
}

/* Store.find */
static idl_code answer_store_find(idl_call *call, idl_str name, idl_str_list tags,
                                  const uint32_t *limit, demo_store_color color,
                                  const demo_store_item *like, const demo_common_page *page,
                                  demo_store_item_list *reply)
{
    (void)tags;
    (void)limit;
    (void)color;
    (void)like;
    (void)page;
    if (name.len == 0)
        return idl_call_fail(call, IDL_INVALID_ARGUMENT, "name is empty");
    static const demo_store_item items[] = {
        { .name = IDL_STR("name"), .has_count = true, .count = 2, .price = 3.5 },
    };
    *reply = (demo_store_item_list){ items, 1 };
    return IDL_OK;
}

/* Store.totals */
static idl_code answer_store_totals(idl_call *call, demo_store_item_by_str *reply)
{
    (void)call;
    static const demo_store_item_by_str_entry items[] = {
        { .key = IDL_STR("totals"), .value = { .name = IDL_STR("name"), .has_count = true } },
    };
    *reply = (demo_store_item_by_str){ items, 1 };
    return IDL_OK;
}

/* Store.echo: a message of the client, or NULL behind the last. */
static void take_store_echo(idl_call *call, const idl_str *item, void *arg)
{
    (void)arg;
    if (item == NULL)
        idl_call_end(call, IDL_OK);
    else if (demo_store_store_echo_emit(call, (idl_bytes){ (const uint8_t *)"echo", 4 }) == IDL_AGAIN)
        idl_call_end(call, IDL_RESOURCE_EXHAUSTED); /* or wait: see idl_call_on_writable */
}

static idl_code answer_store_echo(idl_call *call)
{
    demo_store_store_echo_on_next(call, take_store_echo, NULL);
    return idl_call_defer(call);
}

int main(int argc, char **argv)
{
    idl_server *server = idl_server_new(NULL);
    demo_store_store_serve(server, &(const demo_store_store_handlers){
        .get = answer_store_get,
        .put = answer_store_put,
        .add = answer_store_add,
        .touch = answer_store_touch,
        .list = answer_store_list,
        .load = answer_store_load,
        .sync = answer_store_sync,
        .find = answer_store_find,
        .totals = answer_store_totals,
        .echo = answer_store_echo,
    }, NULL);
    if (idl_server_listen(server, argc > 1 ? argv[1] : "tcp://127.0.0.1:50051") == IDL_OK) {
        printf("listening on %s\n", idl_server_address(server, 0));
        fflush(stdout);
    }
    int status = idl_server_run(server); /* until SIGINT or SIGTERM: then drains */
    if (status != 0)
        fprintf(stderr, "%s\n", idl_server_error(server));
    idl_server_free(server);
    return status;
}

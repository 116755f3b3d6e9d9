/* A client of store.idl, to start from. idlc does not write over it: it is yours. */
#define IDL_NO_DEPRECATED /* the IDL deprecates some of what is used here */
#include <inttypes.h>
#include <stdio.h>

#include "store_client.h"

static idl_code try_store_get(idl_channel *channel, idl_call *call)
{
    demo_store_item reply;
    idl_code code = demo_store_store_get(channel, call, idl_cstr("name"), &reply);
    if (code == IDL_OK)
        printf("Store.get: name = %s, price = %g, color = %d\n", reply.name.data, reply.price,
               (int)reply.color);
    else
        fprintf(stderr, "Store.get: %s: %s\n", idl_code_name(code), idl_call_message(call));
    return code;
}

static idl_code try_store_put(idl_channel *channel, idl_call *call)
{
    const demo_store_item arg1 = {
        .name = IDL_STR("name"), .has_count = true, .count = 2, .price = 3.5,
        .color = DEMO_STORE_COLOR_GREEN,
    };
    idl_code code = demo_store_store_put(channel, call, &arg1);
    if (code == IDL_OK)
        puts("Store.put: done");
    else
        fprintf(stderr, "Store.put: %s: %s\n", idl_code_name(code), idl_call_message(call));
    return code;
}

static idl_code try_store_add(idl_channel *channel, idl_call *call)
{
    int32_t reply;
    idl_code code = demo_store_store_add(channel, call, 1, 2, &reply);
    if (code == IDL_OK)
        printf("Store.add: %" PRId32 "\n", reply);
    else
        fprintf(stderr, "Store.add: %s: %s\n", idl_code_name(code), idl_call_message(call));
    return code;
}

static idl_code try_store_touch(idl_channel *channel, idl_call *call)
{
    idl_code code = demo_store_store_touch(channel, call, idl_cstr("name"));
    if (code == IDL_OK)
        puts("Store.touch: done");
    else
        fprintf(stderr, "Store.touch: %s: %s\n", idl_code_name(code), idl_call_message(call));
    return code;
}

static idl_code try_store_list(idl_channel *channel, idl_call *call)
{
    demo_store_item item;
    demo_store_store_list(channel, call, idl_cstr("prefix"), 2);
    while (demo_store_store_list_recv(call, &item))
        printf("Store.list: name = %s, price = %g, color = %d\n", item.name.data, item.price,
               (int)item.color);
    idl_code code = demo_store_store_list_finish(call); /* of the whole call */
    if (code == IDL_OK)
        puts("Store.list: done");
    else
        fprintf(stderr, "Store.list: %s: %s\n", idl_code_name(code), idl_call_message(call));
    return code;
}

static idl_code try_store_load(idl_channel *channel, idl_call *call)
{
    const demo_store_item arg1 = {
        .name = IDL_STR("name"), .has_count = true, .count = 2, .price = 3.5,
        .color = DEMO_STORE_COLOR_GREEN,
    };
    uint64_t reply;
    demo_store_store_load(channel, call);
    demo_store_store_load_send(call, &arg1);
    idl_code code = demo_store_store_load_finish(call, &reply); /* of the whole call */
    if (code == IDL_OK)
        printf("Store.load: %" PRIu64 "\n", reply);
    else
        fprintf(stderr, "Store.load: %s: %s\n", idl_code_name(code), idl_call_message(call));
    return code;
}

static idl_code try_store_sync(idl_channel *channel, idl_call *call)
{
    const demo_store_item arg1 = {
        .name = IDL_STR("name"), .has_count = true, .count = 2, .price = 3.5,
        .color = DEMO_STORE_COLOR_GREEN,
    };
    demo_store_item item;
    demo_store_store_sync(channel, call);
    demo_store_store_sync_send(call, &arg1);
    idl_call_close_send(call);
    while (demo_store_store_sync_recv(call, &item))
        printf("Store.sync: name = %s, price = %g, color = %d\n", item.name.data, item.price,
               (int)item.color);
    idl_code code = demo_store_store_sync_finish(call); /* of the whole call */
    if (code == IDL_OK)
        puts("Store.sync: done");
    else
        fprintf(stderr, "Store.sync: %s: %s\n", idl_code_name(code), idl_call_message(call));
    return code;
}

static idl_code try_store_find(idl_channel *channel, idl_call *call)
{
    const idl_str tags[] = { IDL_STR("tags") };
    const demo_store_item like = {
        .name = IDL_STR("name"), .has_count = true, .count = 2, .price = 3.5,
        .color = DEMO_STORE_COLOR_GREEN,
    };
    const demo_common_page page = { .limit = 1, .token = IDL_STR("token") };
    demo_store_item_list reply;
    idl_code code = demo_store_store_find(channel, call, idl_cstr("name"),
                                          (idl_str_list){ tags, 1 }, &(const uint32_t){ 3 },
                                          DEMO_STORE_COLOR_GREEN, &like, &page, &reply);
    if (code == IDL_OK)
        printf("Store.find: %zu items\n", reply.count);
    else
        fprintf(stderr, "Store.find: %s: %s\n", idl_code_name(code), idl_call_message(call));
    return code;
}

static idl_code try_store_totals(idl_channel *channel, idl_call *call)
{
    demo_store_item_by_str reply;
    idl_code code = demo_store_store_totals(channel, call, &reply);
    if (code == IDL_OK)
        printf("Store.totals: %zu entries\n", reply.count);
    else
        fprintf(stderr, "Store.totals: %s: %s\n", idl_code_name(code), idl_call_message(call));
    return code;
}

static idl_code try_store_echo(idl_channel *channel, idl_call *call)
{
    idl_bytes item;
    demo_store_store_echo(channel, call);
    demo_store_store_echo_send(call, idl_cstr("arg1"));
    idl_call_close_send(call);
    while (demo_store_store_echo_recv(call, &item))
        printf("Store.echo: %zu bytes\n", item.len);
    idl_code code = demo_store_store_echo_finish(call); /* of the whole call */
    if (code == IDL_OK)
        puts("Store.echo: done");
    else
        fprintf(stderr, "Store.echo: %s: %s\n", idl_code_name(code), idl_call_message(call));
    return code;
}

int main(int argc, char **argv)
{
    idl_channel *channel = idl_channel_open(argc > 1 ? argv[1] : "tcp://127.0.0.1:50051", NULL);
    idl_call *call = idl_call_new(); /* owns the replies' memory: each until the next call */
    int failures = 0;
    failures += try_store_get(channel, call) != IDL_OK;
    failures += try_store_put(channel, call) != IDL_OK;
    failures += try_store_add(channel, call) != IDL_OK;
    failures += try_store_touch(channel, call) != IDL_OK;
    failures += try_store_list(channel, call) != IDL_OK;
    failures += try_store_load(channel, call) != IDL_OK;
    failures += try_store_sync(channel, call) != IDL_OK;
    failures += try_store_find(channel, call) != IDL_OK;
    failures += try_store_totals(channel, call) != IDL_OK;
    failures += try_store_echo(channel, call) != IDL_OK;
    idl_call_free(call);
    idl_channel_close(channel);
    return failures != 0;
}

/* A server of markup.idl, to start from. idlc does not write over it: it is yours.
 *
 * What a handler puts into *reply is sent after it has returned, so it never points to a local: it
 * is static, the request's, or from idl_call_printf and idl_call_alloc. */
#define IDL_NO_DEPRECATED /* the IDL deprecates some of what is used here */
#include <stdio.h>

#include "markup_server.h"

/* Talk.get */
static idl_code answer_talk_get(idl_call *call, idl_str name, const uint32_t *limit,
                                markup_constants_list *reply)
{
    (void)limit;
    if (name.len == 0)
        return idl_call_fail(call, IDL_INVALID_ARGUMENT, "name is empty");
    static const markup_constants items[] = {
        { .has_a = true, .a = MARKUP_TOP_CONSTANTS, .any = MARKUP_CONSTANTS_ANY_X },
    };
    *reply = (markup_constants_list){ items, 1 };
    return IDL_OK;
}

/* Talk.go: a message of the client, or NULL behind the last. */
static void take_talk_go(idl_call *call, const markup_map_x *item, void *arg)
{
    (void)arg;
    if (item == NULL)
        idl_call_end(call, IDL_OK);
    else if (markup_talk_go_emit(call, DEMO_PAGES_LEVEL_HIGH) == IDL_AGAIN)
        idl_call_end(call, IDL_RESOURCE_EXHAUSTED); /* or wait: see idl_call_on_writable */
}

static idl_code answer_talk_go(idl_call *call)
{
    markup_talk_go_on_next(call, take_talk_go, NULL);
    return idl_call_defer(call);
}

int main(int argc, char **argv)
{
    idl_server *server = idl_server_new(NULL);
    markup_talk_serve(server, &(const markup_talk_handlers){
        .get = answer_talk_get,
        .go = answer_talk_go,
    }, NULL);
    markup_silent_serve(server, &(const markup_silent_handlers){ 0 }, NULL);
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

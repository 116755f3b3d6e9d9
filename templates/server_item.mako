## m: what calls the callback for messages, and sets it.

static void ${m.c_item}(idl_call *call, const void *item, void (*user)(void), void *arg)
{
    ${m.call_on_next}
}

${m.on_next.decl}
{
    idl_server_on_next(call, (void (*)(void))fn, arg, ${m.c_item});
}

## m: what calls the callback for messages, and sets it.

static void ${m.c_item}(idl_call *call, const void *item, void (*user)(void), void *arg)
{
    ${m.call_on_recv}
}

${m.on_recv.decl}
{
    idl_client_on_recv(call, (void (*)(void))fn, arg, ${m.c_item});
}

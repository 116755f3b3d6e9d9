## m: what a client does with an open stream.
% if m.send:

${m.send.decl}
{
    return idl_client_send(call, ${m.in.pointer}item, &${m.c_method});
}
% endif
% if m.recv:

${m.recv.decl}
{
    return idl_client_recv(call, item, &${m.c_method});
}
% endif

${m.finish.decl}
{
% if not m.has_result:
    return idl_client_finish(call, NULL, &${m.c_method});
% else:
    return idl_client_finish(call, reply, &${m.c_method});
% endif
}
% if m.on_recv:

static void ${m.c_item}(idl_call *call, const void *item, void (*user)(void), void *arg)
{
    ${m.call_on_recv}
}

${m.on_recv.decl}
{
    idl_client_on_recv(call, (void (*)(void))fn, arg, ${m.c_item});
}
% endif

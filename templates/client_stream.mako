## m: what a client does with an open stream.
% if m.send:

${m.send.decl}
{
    return idl_client_send(call, &${m.c_method}, ${m.in.pointer}item);
}
% endif
% if m.recv:

${m.recv.decl}
{
    return idl_client_recv(call, &${m.c_method}, item);
}
% endif

${m.finish.decl}
{
% if not m.has_result:
    return idl_client_finish(call, &${m.c_method}, NULL);
% else:
    return idl_client_finish(call, &${m.c_method}, reply);
% endif
}
% if m.on_recv:

static void ${m.c_item}(idl_call *call, const void *item, void (*user)(void), void *arg)
{
%   if m.out.member:
    const struct ${m.out.c_name} *m = item;
%   endif
    ${m.call_on_recv}
}

${m.on_recv.decl}
{
    idl_client_on_recv(call, &${m.c_method}, ${m.c_item}, (void (*)(void))fn, arg);
}
% endif

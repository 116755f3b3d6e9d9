## m: what a client does with an open stream.
% if m.send:

${m.send.decl}
{
%   if m.in.is_explicit:
    return idl_client_send(call, &${m.c_method}, item);
%   else:
    const struct ${m.in.c_name} message = { .${m.in.member} = item };
    return idl_client_send(call, &${m.c_method}, &message);
%   endif
}
% endif
% if m.recv:

${m.recv.decl}
{
%   if m.out.is_explicit:
    return idl_client_recv(call, &${m.c_method}, item);
%   else:
    struct ${m.out.c_name} message;
    bool more = idl_client_recv(call, &${m.c_method}, &message);
    *item = message.${m.out.member};
    return more;
%   endif
}
% endif

${m.finish.decl}
{
% if not m.has_result:
    return idl_client_finish(call, &${m.c_method}, NULL);
% elif m.out.is_explicit:
    return idl_client_finish(call, &${m.c_method}, reply);
% else:
    struct ${m.out.c_name} message;
    idl_code code = idl_client_finish(call, &${m.c_method}, &message);
    if (reply != NULL)
        *reply = message.${m.out.member};
    return code;
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

## m: the call with a callback.

static void ${m.c_done}(
    idl_call *call, idl_code code, const void *reply, void (*user)(void), void *arg)
{
% if not m.has_result:
    (void)reply;
% elif m.out.member:
    const struct ${m.out.c_name} *m = reply;
% endif
    ${m.call_done}
}

${m.async.decl}
{
<%include file="packed.mako"/>
    idl_client_async(
        channel, call, &${m.c_method}, ${m.request}, ${m.c_done}, (void (*)(void))done, arg);
}

## m: the call with a callback.

${m.async.decl}
{
<%include file="packed.mako"/>
    idl_client_async(channel, call, ${m.request}, (void (*)(void))done, arg, &${m.c_method});
}

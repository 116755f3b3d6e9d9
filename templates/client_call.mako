## m: the blocking call, or how a stream is opened.

${m.call.decl}
{
<%include file="packed.mako"/>
% if m.streaming:
    return idl_client_open(channel, call, &${m.c_method}, ${m.request});
% elif not m.has_result:
    return idl_client_call(channel, call, &${m.c_method}, ${m.request}, NULL);
% elif m.out.is_explicit:
    return idl_client_call(channel, call, &${m.c_method}, ${m.request}, reply);
% else:
    struct ${m.out.c_name} idl_out;
    idl_code idl_result =
        idl_client_call(channel, call, &${m.c_method}, ${m.request}, &idl_out);
    if (reply != NULL)
        *reply = idl_out.${m.out.member};
    return idl_result;
% endif
}

## m: the blocking call, or how a stream is opened.

${m.call.decl}
{
<%include file="packed.mako"/>
% if m.streaming:
    return idl_client_open(channel, call, &${m.c_method}, ${m.request});
% elif not m.has_result:
    return idl_client_call(channel, call, &${m.c_method}, ${m.request}, NULL);
% else:
    return idl_client_call(channel, call, &${m.c_method}, ${m.request}, reply);
% endif
}

## m: the blocking call, or how a stream is opened.

${m.call.decl}
{
<%include file="packed.mako"/>
% if m.streaming:
    return idl_client_open(channel, call, ${m.request}, &${m.c_method});
% elif not m.has_result:
    return idl_client_call(channel, call, ${m.request}, NULL, &${m.c_method});
% else:
    return idl_client_call(channel, call, ${m.request}, reply, &${m.c_method});
% endif
}

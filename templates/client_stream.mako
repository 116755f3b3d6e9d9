## m: what a client does with an open stream.
% if m.send:

<%include file="deprecated.mako"/>
${m.send.decl}
{
    return idl_client_send(call, ${m.in.pointer}item, &${m.in.c_type});
}
% endif
% if m.recv:

<%include file="deprecated.mako"/>
${m.recv.decl}
{
    return idl_client_recv(call, item, &${m.out.c_type});
}
% endif

<%include file="deprecated.mako"/>
${m.finish.decl}
{
% if not m.has_result:
    return idl_client_finish(call, NULL, &${m.out.c_type});
% else:
    return idl_client_finish(call, reply, &${m.out.c_type});
% endif
}


## The call of a method m of a service s.

static idl_code ${m.sample.c_try}(idl_channel *channel, idl_call *call)
{
% for d in m.sample.declarations:
    ${d}
% endfor
    ${m.sample.declare_sent}
    ${m.sample.declare}
    ${m.sample.start}
% if m.streaming:
%   if m.client_streaming:
    ${m.sample.send};
%   endif
%   if m.server_streaming:
%     if m.client_streaming:
    idl_call_close_send(call);
%     endif
    while (${m.recv.c_name}(call, &item))
        ${m.sample.show_item}
%   endif
    idl_code code = ${m.sample.finish}; /* of the whole call */
% endif
    if (code == IDL_OK)
        ${m.sample.show_reply}
    else
        fprintf(stderr, "${m.sample.label}: %s: %s\n", idl_code_name(code), idl_call_message(call));
    return code;
}

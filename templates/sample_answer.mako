## The handler of a method m of a service s, and its callback for a stream.

% if m.client_streaming:
/* ${s.name}.${m.name}: a message of the client, or NULL behind the last. */
${m.sample.take}
{
    (void)arg;
%   if m.server_streaming:
    ${m.sample.declare_answer}
    if (item == NULL)
        idl_call_end(call, IDL_OK);
    else if (${m.sample.emit} == IDL_AGAIN)
        idl_call_end(call, IDL_RESOURCE_EXHAUSTED); /* or wait: see idl_call_on_writable */
%   else:
    if (item != NULL)
        return;
    ${m.sample.declare_answer}
    ${m.sample.complete};
%   endif
}

% else:
/* ${s.name}.${m.name} */
% endif
${m.sample.answer}
{
% if m.client_streaming:
%   if m.has_result:
    (void)reply; /* it comes later, with ${m.complete.c_name} */
%   endif
    ${m.on_next.c_name}(call, ${m.sample.c_take}, NULL);
    return idl_call_defer(call);
% else:
%   if m.sample.ignores_call:
    (void)call;
%   endif
%   for u in m.sample.unused:
    (void)${u};
%   endfor
    ${m.sample.check}
    ${m.sample.reply}
%   if m.server_streaming:
    ${m.sample.declare_answer}
    return ${m.sample.emit};
%   else:
    return IDL_OK;
%   endif
% endif
}

## From a request for a service s that came to the user's handler.

${s.enter.decl}
{
    const struct ${s.c_handlers} *h = handlers;
% if s.ignores_request:
    (void)request;
% endif
% if s.ignores_reply:
    (void)reply;
% endif
    switch (method) {
% for m in s.methods:
%   if m.unpacks:
    case ${loop.index}: {
        const struct ${m.in.c_name} *m = request;
        ${m.invoke}
    }
%   else:
    case ${loop.index}:
        ${m.invoke}
%   endif
% endfor
    }
    return IDL_UNIMPLEMENTED;
}

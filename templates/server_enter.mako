## m: from a request that came to the user's handler.

${m.enter.decl}
{
    const struct ${s.c_handlers} *h = handlers;
% if m.unpacks:
    const struct ${m.in.c_name} *m = request;
% endif
% if m.ignores_request:
    (void)request;
% endif
% if m.ignores_reply:
    (void)reply;
% endif
    ${m.invoke}
}

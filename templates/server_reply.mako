## m: what a handler calls.
% if m.next:

${m.next.decl}
{
    return idl_server_next(call, &${m.c_method}, item);
}

static void ${m.c_item}(idl_call *call, const void *item, void (*user)(void), void *arg)
{
%   if m.in.member:
    const struct ${m.in.c_name} *m = item;
%   endif
    ${m.call_on_next}
}

${m.on_next.decl}
{
    idl_server_on_next(call, &${m.c_method}, ${m.c_item}, (void (*)(void))fn, arg);
}
% endif
% if m.emit:

${m.emit.decl}
{
    return idl_server_emit(call, &${m.c_method}, ${m.out.pointer}item);
}
% endif
% if m.complete:

${m.complete.decl}
{
%   if not m.has_result:
    idl_server_complete(call, &${m.c_method}, NULL);
%   else:
    idl_server_complete(call, &${m.c_method}, ${m.out.pointer}reply);
%   endif
}
% endif

## m: what a handler calls.
% if m.next:

${m.next.decl}
{
    return idl_server_next(call, item, &${m.in.c_type});
}

static void ${m.c_item}(idl_call *call, const void *item, void (*user)(void), void *arg)
{
    ${m.call_on_next}
}

${m.on_next.decl}
{
    idl_server_on_next(call, (void (*)(void))fn, arg, ${m.c_item});
}
% endif
% if m.emit:

${m.emit.decl}
{
    return idl_server_emit(call, ${m.out.pointer}item, &${m.out.c_type});
}
% endif
% if m.complete:

${m.complete.decl}
{
%   if not m.has_result:
    idl_server_complete(call, NULL, &${m.out.c_type});
%   else:
    idl_server_complete(call, ${m.out.pointer}reply, &${m.out.c_type});
%   endif
}
% endif

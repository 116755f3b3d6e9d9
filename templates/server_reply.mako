## m: what a handler calls.
% if m.next:

${m.next.decl}
{
    return idl_server_next(call, item, &${m.in.c_type});
}

${m.on_next.decl};
% endif
% if m.emit:

${m.emit.decl}
{
    return idl_server_emit(call, ${m.out.pointer}item, &${m.out.c_type});
}
% endif
% if m.complete:

/* Ends a deferred ${s.name}.${m.name}. */
${m.complete.decl}
{
%   if not m.has_result:
    idl_server_complete(call, NULL, &${m.out.c_type});
%   else:
    idl_server_complete(call, ${m.out.pointer}reply, &${m.out.c_type});
%   endif
}
% endif

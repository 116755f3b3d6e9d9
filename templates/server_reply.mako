## m: what a handler calls.
% if m.next:

${m.next.decl}
{
%   if m.in.is_explicit:
    return idl_server_next(call, &${m.c_method}, item);
%   else:
    struct ${m.in.c_name} message;
    bool more = idl_server_next(call, &${m.c_method}, &message);
    *item = message.${m.in.member};
    return more;
%   endif
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
%   if m.out.is_explicit:
    return idl_server_emit(call, &${m.c_method}, item);
%   else:
    const struct ${m.out.c_name} message = { .${m.out.member} = item };
    return idl_server_emit(call, &${m.c_method}, &message);
%   endif
}
% endif
% if m.complete:

${m.complete.decl}
{
%   if not m.has_result:
    idl_server_complete(call, &${m.c_method}, NULL);
%   elif m.out.is_explicit:
    idl_server_complete(call, &${m.c_method}, reply);
%   else:
    const struct ${m.out.c_name} message = { .${m.out.member} = reply };
    idl_server_complete(call, &${m.c_method}, &message);
%   endif
}
% endif

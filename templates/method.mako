## The descriptor of a method m of a service s.

static const idl_method ${m.c_method} = {
    .service = "${s.full_name | cstring}",
    .name = "${m.name | cstring}",
% if m.kind:
    .kind = ${m.kind},
% endif
    .request = &${m.in.c_type},
    .reply = &${m.out.c_type},
    .done = ${m.done.c_name},
};

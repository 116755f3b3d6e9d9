## The codec of a struct s.
% if s.puts:

static void ${s.c_put}(idl_writer *w, const void *message)
{
    const struct ${s.c_name} *m = message;
% endif
% for p in s.puts:
%   if p.switch:
    switch (m->${p.switch.c_name}) {
    case ${p.switch.c_not_set}:
        break;
%     for c in p.switch.cases:
    case ${c.c_tag}:
%       if c.condition:
        if (${c.condition})
            ${c.statement}
%       else:
        ${c.statement}
%       endif
        break;
%     endfor
    }
%   elif p.condition:
    if (${p.condition})
        ${p.statement}
%   else:
    ${p.statement}
%   endif
% endfor
% if s.gets:
}

static void ${s.c_get}(idl_reader *r, void *message)
{
    struct ${s.c_name} *m = message;
<%include file="get.mako"/>
}
% endif

${s.empty}

const idl_message ${s.c_type} = {
    .size = sizeof(struct ${s.c_name}),
    .empty = &${s.c_empty},
    .put = ${s.c_put},
    .get = ${s.c_get},
};

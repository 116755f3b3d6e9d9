## A struct s: its oneofs' enums, its members, its functions.
% for o in s.oneofs:
/* Which of ${s.name}'s ${o.name} is set. */
typedef enum ${o.c_type} {
    ${o.c_not_set} = 0,
%   for f in o.fields:
    ${f.c_tag} = ${f.number}${loop.comma}
%   endfor
} ${o.c_type};

% endfor
${s.doc}
% if s.declared:
struct ${s.c_name} {
% else:
typedef struct ${s.c_name} {
% endif
% for f in s.members:
%   if f.oneof:
    ${f.oneof.doc}
    ${f.oneof.line}
    union {
%     for u in f.oneof.fields:
        ${u.doc}
        ${u.line}
%     endfor
    };
%   else:
    ${f.field.doc}
%     if f.field.c_has:
    bool ${f.field.c_has};
%     endif
    ${f.field.line}
%   endif
% endfor
% if not s.members:
    char idl_empty; /* C has no empty structs */
% endif
% if s.declared:
};
% else:
} ${s.c_name};
% endif
extern const idl_message ${s.c_type};
% if s.encode:

${s.encode.decl}
{
    return idl_encode(&${s.c_type}, message, arena, bytes);
}

${s.decode.decl}
{
    return idl_decode(&${s.c_type}, bytes, arena, message);
}
% endif

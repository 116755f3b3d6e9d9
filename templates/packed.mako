## The parameters of a client's stub of m, as a message.
    ${m.packed}
% for o in m.optionals:
    if (${o.c_name} != NULL) {
        idl_in.${o.has} = true;
        idl_in.${o.member} = *${o.c_name};
    }
% endfor

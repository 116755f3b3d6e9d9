## The body of the get function of a struct or map s.
    for (uint32_t tag; (tag = idl_get_tag(r)) != 0;) {
        switch (tag) {
% for g in s.gets:
%   for t in g.tags:
        case ${t}:
%   endfor
%   for line in g.statements:
            ${line}
%   endfor
            break;
% endfor
        default:
            idl_get_skip(r, tag);
            break;
        }
    }

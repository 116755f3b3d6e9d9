## A message m of a .proto.
${m.doc}
% if m.is_empty:
message ${m.name} {}
% else:
message ${m.name} {
%   if m.deprecated:
  option deprecated = true;
%   endif
%   for r in m.reserved:
  ${r}
%   endfor
%   for x in m.members:
%     for l in x.fields:
  ${l.doc}
  ${l.line}
%     endfor
%     if x.oneof:
  ${x.oneof.doc}
  oneof ${x.oneof.name} {
%       for l in x.oneof.fields:
    ${l.doc}
    ${l.line}
%       endfor
  }
%     endif
%   endfor
}
% endif

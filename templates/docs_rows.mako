## The fields of a struct s.
% if not s.fields:
<p class="note">It has no fields.</p>
% endif
% for f in s.fields:
%   if loop.first:
<table>
<thead><tr><th class="number">=</th><th>Field</th><th>Type</th><th></th></tr></thead>
<tbody>
%   endif
%   if f.is_oneof:
<tr class="oneof"><td></td><td colspan="3"><span class="word">oneof</span> <code>${f.name.html}</code>: at most one of these ${f.doc.html}</td></tr>
%   else:
<tr
%     if f.in_oneof:
 class="inside"
%     endif
><td class="number">${f.number}</td><td>
%     if f.deprecated:
<s><code>${f.name.html}</code></s>
%     else:
<code>${f.name.html}</code>
%     endif
</td><td><code>
%     if f.optional:
<span class="word">optional</span>
%     endif
${f.type.html}</code></td><td>${f.doc.html}</td></tr>
%   endif
%   if loop.last:
</tbody>
</table>
%   endif
% endfor

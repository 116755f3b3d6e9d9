## The same for where Markdown is read.
# ${docs.title.md}

${docs.name.md}
% for i in docs.imports:
%   if loop.first:
imports
%   endif
[${i.name.md}](${i.link}.md)${loop.comma}
% endfor
% if docs.doc.md:

${docs.doc.md}
% endif
% for s in docs.services:

<a id="${s.id}"></a>

${s.heading}
%   if s.doc.md:

${s.doc.md}
%   endif
%   for m in s.methods:

<a id="${m.id}"></a>

${m.heading}

${m.signature.md}
%     if m.doc.md:

${m.doc.md}
%     endif
%     if m.idempotent:

*Idempotent: safe to call again.*
%     endif
%     for f in m.parameters:
%       if loop.first:

| parameter | type | |
|---|---|---|
%       endif
| ${f.name.cell} | ${f.type.cell} | ${f.doc.cell} |
%     endfor
%   endfor
% endfor
% for s in docs.structs:

<a id="${s.id}"></a>

${s.heading}
%   if s.doc.md:

${s.doc.md}
%   endif
%   for f in s.fields:
%     if loop.first:

| = | field | type | |
|---|---|---|---|
%     endif
%     if f.is_oneof:
| | oneof ${f.name.cell} | *at most one of these* | ${f.doc.cell} |
%     elif f.optional:
| ${f.number} | ${f.name.cell} | optional ${f.type.cell} | ${f.doc.cell} |
%     else:
| ${f.number} | ${f.name.cell} | ${f.type.cell} | ${f.doc.cell} |
%     endif
%   endfor
%   if s.reserves:

Reserved: ${s.reserved.md}
%   endif
% endfor
% for e in docs.enums:

<a id="${e.id}"></a>

${e.heading}
%   if e.doc.md:

${e.doc.md}
%   endif

| = | value | |
|---|---|---|
%   for x in e.values:
| ${x.number} | ${x.name.cell} | ${x.doc.cell} |
%   endfor
% endfor
% for c in docs.constants:
%   if loop.first:

Constants
---------

| constant | type | value | |
|---|---|---|---|
%   endif
| ${c.name.cell} | ${c.type.cell} | ${c.value.cell} | ${c.doc.cell} |
% endfor

## The page for those who call the services: all in one file, nothing is loaded.
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="idlc">
<title>${docs.title.html}</title>
<style>
<%include file="docs_style.mako"/>
</style>
</head>
<body>
<nav aria-label="Contents">
<a class="top" href="#:top">${docs.title.html}</a>
% for s in docs.services:
%   if loop.first:
<h2>Services</h2>
<ul>
%   endif
<li><a href="#${s.id}">${s.name.html}</a>
%   for m in s.methods:
%     if loop.first:
<ul>
%     endif
<li><a href="#${m.id}">${m.name.html}</a></li>
%     if loop.last:
</ul>
%     endif
%   endfor
</li>
%   if loop.last:
</ul>
%   endif
% endfor
% for s in docs.structs:
%   if loop.first:
<h2>Structs</h2>
<ul>
%   endif
<li><a href="#${s.id}">${s.name.html}</a></li>
%   if loop.last:
</ul>
%   endif
% endfor
% for e in docs.enums:
%   if loop.first:
<h2>Enums</h2>
<ul>
%   endif
<li><a href="#${e.id}">${e.name.html}</a></li>
%   if loop.last:
</ul>
%   endif
% endfor
% for c in docs.constants:
%   if loop.first:
<h2>Constants</h2>
<ul>
%   endif
<li><a href="#:${c.name.html}">${c.name.html}</a></li>
%   if loop.last:
</ul>
%   endif
% endfor
</nav>
<main id=":top">
<header>
<h1>${docs.title.html}</h1>
<p class="origin">${docs.name.html}
% for i in docs.imports:
%   if loop.first:
 · imports
%   endif
<a href="${i.link}.html">${i.name.html}</a>${loop.comma}
% endfor
</p>
${docs.doc.html}
</header>
% for s in docs.services:
<section id="${s.id}" class="service">
<h2><a class="self" href="#${s.id}"><span class="word">service</span> ${s.name.html}</a></h2>
<p class="c"><code>${s.full_name}</code></p>
${s.doc.html}
%   for m in s.methods:
<article id="${m.id}">
<h3 class="signature"><a class="self" href="#${m.id}" aria-label="Link to ${m.name.html}">#</a><code>${m.signature.html}</code></h3>
${m.doc.html}
%     for f in m.parameters:
%       if loop.first:
<table>
<thead><tr><th>Parameter</th><th>Type</th><th></th></tr></thead>
<tbody>
%       endif
<tr><td><code>${f.name.html}</code></td><td><code>${f.type.html}</code></td><td>${f.doc.html}</td></tr>
%       if loop.last:
</tbody>
</table>
%       endif
%     endfor
%     if m.idempotent:
<p class="c">C: <code>${m.c_name}</code> · idempotent: safe to call again</p>
%     else:
<p class="c">C: <code>${m.c_name}</code></p>
%     endif
</article>
%   endfor
</section>
% endfor
% for s in docs.structs:
%   if loop.first:
<h2 class="group">Structs</h2>
%   endif
<section id="${s.id}">
<h3><a class="self" href="#${s.id}"><span class="word">struct</span> ${s.name.html}</a> <span class="c">C: <code>${s.c_name}</code></span></h3>
${s.doc.html}
<%include file="docs_rows.mako"/>
%   if s.reserves:
<p class="note">Reserved: ${s.reserved.html}</p>
%   endif
</section>
% endfor
% for e in docs.enums:
%   if loop.first:
<h2 class="group">Enums</h2>
%   endif
<section id="${e.id}">
<h3><a class="self" href="#${e.id}"><span class="word">enum</span> ${e.name.html}</a> <span class="c">C: <code>${e.c_name}</code></span></h3>
${e.doc.html}
<table>
<thead><tr><th class="number">=</th><th>Value</th><th>C</th><th></th></tr></thead>
<tbody>
%   for x in e.values:
<tr><td class="number">${x.number}</td><td>
%     if x.deprecated:
<s><code>${x.name.html}</code></s>
%     else:
<code>${x.name.html}</code>
%     endif
</td><td class="c"><code>${x.c_name}</code></td><td>${x.doc.html}</td></tr>
%   endfor
</tbody>
</table>
</section>
% endfor
% for c in docs.constants:
%   if loop.first:
<section>
<h2 class="group">Constants</h2>
<table class="constants">
<thead><tr><th>Constant</th><th>Type</th><th>Value</th><th></th></tr></thead>
<tbody>
%   endif
<tr id=":${c.name.html}"><td><code>${c.name.html}</code><br><code class="c">${c.c_name}</code></td><td><code>${c.type.html}</code></td><td class="value"><code>${c.value.html}</code></td><td>${c.doc.html}</td></tr>
%   if loop.last:
</tbody>
</table>
</section>
%   endif
% endfor
</main>
</body>
</html>

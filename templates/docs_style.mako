## What the page looks like.
:root {
  color-scheme: light dark;
  --paper: #fdfdfc; --ink: #22262b; --soft: #68707a; --line: #e3e5e8; --tint: #f3f4f5;
  --link: #0b5cad; --word: #8b3d94; --warn: #a33a1c;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #17191c; --ink: #dcdfe3; --soft: #949ba4; --line: #2e3338; --tint: #202327;
    --link: #79b8ff; --word: #d6a1dd; --warn: #f09a7f;
  }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; scroll-padding-top: 1.5rem; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
  display: grid; grid-template-columns: 16rem minmax(0, 1fr);
}
code, pre {
  font-family: ui-monospace, "SF Mono", "Cascadia Code", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: 0.9em; overflow-wrap: anywhere;
}
pre { background: var(--tint); padding: 0.75rem 1rem; border-radius: 6px; overflow-x: auto; }
pre code { overflow-wrap: normal; }
a { color: var(--link); text-decoration: none; }
a:hover { text-decoration: underline; }
nav {
  position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 2rem 1rem 2rem 1.5rem;
  border-right: 1px solid var(--line); font-size: 0.9rem; overflow-wrap: anywhere;
}
nav .top { font-weight: 650; color: var(--ink); }
nav h2 {
  margin: 1.5rem 0 0.25rem; font-size: 0.75rem; font-weight: 600; letter-spacing: 0.06em;
  text-transform: uppercase; color: var(--soft);
}
nav h2 a { color: inherit; }
nav ul { list-style: none; margin: 0; padding: 0; }
nav ul ul { padding-left: 0.9rem; }
nav li a { display: block; padding: 0.1rem 0; color: var(--ink); }
nav ul ul a { color: var(--soft); }
nav li a:hover { color: var(--link); text-decoration: none; }
main { max-width: 54rem; padding: 2rem 2.5rem 6rem; }
main p, main ul { max-width: 42rem; }
h1 { margin: 0; font-size: 1.9rem; line-height: 1.2; letter-spacing: -0.01em; overflow-wrap: anywhere; }
h2 { margin: 3.5rem 0 0.5rem; font-size: 1.35rem; line-height: 1.3; }
h3 { margin: 2.25rem 0 0.5rem; font-size: 1.05rem; line-height: 1.5; }
.service > h2, .group { padding-top: 1.5rem; border-top: 1px solid var(--line); }
.origin, .note, .c { color: var(--soft); font-size: 0.875rem; }
.origin { margin: 0.25rem 0 1.25rem; }
.c { font-weight: 400; }
code.c { font-size: 0.8rem; }
h2 + .c { margin-top: -0.4rem; }
h3 .c { margin-left: 0.5rem; }
article { margin: 1.5rem 0 2.25rem; }
article > p { margin: 0.5rem 0; }
article > table { margin: 0.75rem 0; }
.signature {
  position: relative; margin: 0 0 0.5rem; padding: 0.5rem 0.9rem; border-radius: 6px;
  background: var(--tint); font-size: 1rem; font-weight: 400;
}
.signature code { display: block; padding-left: 2em; text-indent: -2em; overflow-wrap: break-word; }
.signature .self { position: absolute; left: -1.1rem; color: var(--soft); visibility: hidden; }
.signature:hover .self, .signature .self:focus { visibility: visible; }
h2 .self, h3 .self { color: inherit; }
.word { color: var(--word); font-weight: 400; }
.pair, .arrow { white-space: nowrap; }
.parameter { color: var(--soft); }
.deprecated { color: var(--warn); }
s { color: var(--soft); }
table { width: 100%; border-collapse: collapse; margin: 0.75rem 0; font-size: 0.925rem; }
th {
  padding: 0.3rem 1rem 0.3rem 0; text-align: left; font-size: 0.75rem; font-weight: 600;
  letter-spacing: 0.04em; color: var(--soft); border-bottom: 1px solid var(--line);
}
td { padding: 0.4rem 1rem 0.4rem 0; vertical-align: top; border-bottom: 1px solid var(--line); }
td code { overflow-wrap: break-word; }
td.value code { overflow-wrap: anywhere; }
td:last-child { width: 50%; }
.constants td:last-child { width: 35%; }
tr.oneof td { width: auto; border-bottom: 0; color: var(--soft); }
tr.oneof p { margin: 0; }
tr.inside td:nth-child(2) { padding-left: 1.25rem; }
.number { width: 1%; text-align: right; color: var(--soft); font-variant-numeric: tabular-nums; }
td p, td ul { margin: 0 0 0.4rem; }
td > :last-child { margin-bottom: 0; }
:target > .signature, :target > h3 .self, :target > h2 .self { text-decoration: none; }
:target > .signature { outline: 2px solid var(--link); }
tr:target { background: var(--tint); }
@media (max-width: 52rem) {
  body { display: block; }
  nav { position: static; height: auto; border-right: 0; border-bottom: 1px solid var(--line); padding: 1.25rem; }
  nav ul ul { display: none; }
  nav ul { display: flex; flex-wrap: wrap; gap: 0 1rem; }
  main { padding: 1.5rem 1.25rem 4rem; }
  table { display: block; overflow-x: auto; }
  .pair { white-space: normal; }
}
@media print { nav { display: none; } body { display: block; } }

## Before a declaration of m.
% if m.deprecated:
${m.deprecated}
% endif

## What calls the callbacks of m and of those that have the same result.

${m.done.decl}
{
% if not m.has_result:
    (void)reply;
% endif
    ${m.call_done}
}

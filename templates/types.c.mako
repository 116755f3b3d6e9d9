## The codec of a file's messages, and the names of its enums' values.
<%include file="source_head.mako"/>
#include "${stem}_types.h"
<%include file="quiet.mako"/>
% if forward:

% endif
% for s in structs:
%   if s.put_early:
static idl_put_fn ${s.c_put};
%   endif
%   if s.get_early:
static idl_get_fn ${s.c_get};
%   endif
% endfor
% for e in enums:

const char *${e.c_function}(enum ${e.c_name} value)
{
    switch (value) {
%   for x in e.values:
    case ${x.c_name}:
        return "${x.name}";
%   endfor
    }
    return NULL;
}
% endfor
% if c_put_nothing:

static void ${c_put_nothing}(idl_writer *w, const void *message)
{
    (void)w;
    (void)message;
}

static void ${c_get_nothing}(idl_reader *r, void *message)
{
    (void)message;
    for (uint32_t tag; (tag = idl_get_tag(r)) != 0;)
        idl_get_skip(r, tag);
}
% endif
% for s in maps:
<%include file="entry.mako"/>
% endfor
% for s in structs:
<%include file="message.mako"/>
% endfor

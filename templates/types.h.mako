## The messages of a file: C types, and their encode and decode.
<%include file="head.mako"/>
#ifndef ${guard}_TYPES_H
#define ${guard}_TYPES_H

% if doc:
${doc}

% endif
#include <idl/runtime.h>
% for i in imports:
#include "${i.stem}_types.h"
% endfor

#if IDL_ABI != 1
#error "${stem}_types.h was generated for another runtime: run idlc again"
#endif
<%include file="shadow_push.mako"/>

#ifdef __cplusplus
extern "C" {
#endif

% for c in constants:
${c.doc}
#define ${c.c_name} ${c.value}
%   if loop.last:

%   endif
% endfor
% for e in enums:
<%include file="enum.mako"/>

% endfor
% for s in structs:
%   if s.declared:
typedef struct ${s.c_name} ${s.c_name}${s.deprecated};
typedef struct ${s.c_list} {
    const struct ${s.c_name} *items;
    size_t count;
} ${s.c_list};

%   endif
% endfor
% for m in maps:
%   if m.declared:
#ifndef IDL_MAP_${m.c_name}
typedef struct ${m.c_entry} ${m.c_entry};
typedef struct ${m.c_name} {
    const struct ${m.c_entry} *items;
    size_t count;
} ${m.c_name};
#endif

%   endif
% endfor
% for s in structs:
%   if loop.first:
/* Each message has a descriptor for the stubs. Those that the IDL declares are also encoded and
 * decoded alone, for files and queues, in protobuf's form: see idl_encode and idl_decode. */

%   endif
<%include file="struct.mako"/>

% endfor
% for m in maps:
%   if m.declared:
#ifndef IDL_MAP_${m.c_name}
#define IDL_MAP_${m.c_name}
struct ${m.c_entry} {
    ${m.key}
    ${m.value}
};
#endif

%   endif
% endfor
#ifdef __cplusplus
}
#endif
<%include file="shadow_pop.mako"/>
#endif

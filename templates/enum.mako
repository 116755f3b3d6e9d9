## An enum e.
${e.doc}
typedef enum ${e.c_name} IDL_OPEN_ENUM {
% for x in e.values:
    ${x.doc}
    ${x.c_name}${x.deprecated} = ${x.number}${loop.comma}
% endfor
} ${e.c_name}${e.deprecated};
IDL_STATIC_ASSERT(sizeof(enum ${e.c_name}) == 4, "idlc needs 32-bit enums: no -fshort-enums");
typedef struct ${e.c_list} {
    const enum ${e.c_name} *items;
    size_t count;
} ${e.c_list};

/* The value's name in the IDL, NULL when it has none. */
const char *${e.c_function}(enum ${e.c_name} value);

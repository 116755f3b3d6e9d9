## The codec of the entries of a map s.

static void ${s.c_put}(idl_writer *w, const void *message)
{
    const struct ${s.c_entry} *m = message;
    ${s.put_value}
    ${s.put_key}
}

static void ${s.c_get}(idl_reader *r, void *message)
{
    struct ${s.c_entry} *m = message;
<%include file="get.mako"/>
}

${s.empty}

static const idl_message ${s.c_type} = {
    .size = sizeof(struct ${s.c_entry}),
    .empty = &${s.c_empty},
    .put = ${s.c_put},
    .get = ${s.c_get},
};

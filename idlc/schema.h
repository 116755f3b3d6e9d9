/* SPDX-License-Identifier: MIT */
/* schema.h: the resolved model, the hinge of the compiler.
 *
 * Built by resolve.c from syntax trees, checked by check.c, given C names by cname.c, and read-only
 * from then on. It knows nothing of the syntax it came from and nothing of what is rendered from
 * it. Spans stay for diagnostics; everything lives in the run's arena.
 *
 * While there were errors it may be incomplete, but never dangling: a type that could not be
 * resolved is TYPE_ERROR, and whoever meets it says nothing (it was reported). */
#ifndef IDLC_SCHEMA_H
#define IDLC_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "source.h"
#include "str.h"

enum type_kind {
    TYPE_ERROR,
    TYPE_BOOL,
    TYPE_INT8,
    TYPE_INT16,
    TYPE_INT32,
    TYPE_INT64,
    TYPE_UINT8,
    TYPE_UINT16,
    TYPE_UINT32,
    TYPE_UINT64,
    TYPE_SINT32,
    TYPE_SINT64,
    TYPE_FIXED32,
    TYPE_FIXED64,
    TYPE_SFIXED32,
    TYPE_SFIXED64,
    TYPE_FLOAT,
    TYPE_DOUBLE,
    TYPE_STRING,
    TYPE_BYTES,
    TYPE_ENUM,
    TYPE_STRUCT,
    TYPE_LIST,
    TYPE_MAP
};

struct enumeration;
struct structure;
struct service;
struct file;

struct type {
    enum type_kind kind;
    struct span span;                      /* where it was written */
    const struct enumeration *enumeration; /* TYPE_ENUM */
    const struct structure *structure;     /* TYPE_STRUCT */
    const struct type *key;                /* TYPE_MAP */
    const struct type *value;              /* TYPE_MAP, and the element of TYPE_LIST */
};

/* Documentation: the text of the /// comments before a declaration, without the slashes and one
 * blank after them, lines separated by '\n', none at the end. Empty when there is none. */

/* @deprecated("reason") and @idempotent. */
struct annotations {
    bool deprecated, idempotent;
    struct str reason; /* of deprecated; decoded bytes, may be empty */
    struct span deprecated_span, idempotent_span;
};

struct enum_value {
    struct str name, doc;
    struct span span; /* of the name */
    int32_t number;
    struct span number_span; /* no source: not written; empty: was in error */
    struct annotations annotations;
    struct str c_name; /* DEMO_STORE_COLOR_RED; by cname.c, as every c_name here */
};

struct enumeration {
    struct str name, doc;
    struct str full_name; /* demo.store.Color */
    struct span span;
    const struct file *file;
    struct annotations annotations;
    bool numbered; /* numbers were written, not counted */
    struct enum_value *values;
    size_t value_count;
    struct str c_name;          /* demo_store_color */
    struct str c_list_name;     /* demo_store_color_list */
    struct str c_function_name; /* demo_store_color_name */
    bool broken;                /* it had syntax errors: values may be missing */
};

/* Also a method's parameter: those are the fields of an implicit request. */
struct field {
    struct str name, doc;
    struct span span; /* of the name, or of the type where a parameter has no name */
    const struct type *type;
    uint32_t number;         /* 1 .. 2^29-1; 0: was in error */
    struct span number_span; /* no source: not written */
    bool optional;
    bool named;                /* false: a parameter without a name; name is "arg<N>" then */
    const struct oneof *oneof; /* NULL: none */
    struct annotations annotations;
    struct str c_name;           /* member name */
    struct str c_parameter_name; /* of parameters: differs where a stub's own name is in the way */
    struct str c_has_name;       /* has_x, for optional ones */
    struct str c_tag_name;       /* DEMO_STORE_ITEM_PAYLOAD_BLOB, for oneof members */
};

struct oneof {
    struct str name, doc;
    struct span span;
    struct annotations annotations;
    struct field **fields; /* they stand in the structure's fields too, in order */
    size_t field_count;
    struct str c_name;      /* the tag member: payload */
    struct str c_type_name; /* its enum: demo_store_item_payload */
    struct str c_not_set;   /* DEMO_STORE_ITEM_PAYLOAD_NOT_SET */
};

struct reserved {
    struct str name;      /* a reserved name, or empty: then a range */
    uint32_t first, last; /* inclusive */
    struct span span;
};

enum structure_role {
    STRUCTURE_DECLARED,
    STRUCTURE_REQUEST, /* the implicit message of a method's parameters */
    STRUCTURE_REPLY    /* the implicit message of a method's result */
};

struct structure {
    struct str name, doc; /* implicit ones: StoreGetRequest, StoreGetReply */
    struct str full_name; /* demo.store.Item */
    struct span span;     /* implicit ones: the method's name */
    const struct file *file;
    struct annotations annotations;
    enum structure_role role;
    const struct method *method; /* of implicit ones */
    bool numbered;
    struct field *fields; /* all of them in the order written, oneofs' members included */
    size_t field_count;
    struct oneof *oneofs;
    size_t oneof_count;
    struct reserved *reserved;
    size_t reserved_count;
    struct str c_name;
    struct str c_list_name, c_encode_name, c_decode_name; /* of declared ones */
    struct str c_type_name;                               /* its descriptor: demo_store_item_type */
    struct str c_put_name, c_get_name, c_empty_name;      /* static: put_item */
};

/* A map type that the structures of a file use. Equal in C are maps of types that are equal in C
 * (sint32 and int32); these here differ in how keys and values travel. */
struct map_type {
    const struct type *type;
    struct str c_name;       /* demo_store_item_by_str, or the runtime's idl_int64_by_str */
    struct str c_entry_name; /* demo_store_item_by_str_entry */
    bool first;              /* no other of the file and its imports is this type in C */
    bool builtin;            /* the runtime declares it */
    struct str c_put_name, c_get_name, c_empty_name, c_type_name; /* static, of its entries */
};

/* A method's messages. With client streaming the request is the stream's message, with server
 * streaming the reply is. Explicit when the only parameter (the result) is a struct: then request
 * (reply) is that structure; otherwise it is an implicit one. */
struct method {
    struct str name, doc;
    struct span span;
    const struct service *service;
    struct annotations annotations;
    bool oneway, client_streaming, server_streaming;
    const struct structure *request;
    bool explicit_request;
    struct field *parameters; /* as written, also with an explicit request (then exactly one) */
    size_t parameter_count;
    const struct structure *reply; /* oneway too: an empty implicit one (for other wires) */
    bool explicit_reply;
    const struct field *result; /* NULL: none. Explicit too: its type is the struct */
    struct str c_name;          /* demo_store_store_get: the blocking client function */
    struct str c_member;        /* get: its member in the handlers struct */
    /* The other functions, of those kinds of methods that have them. */
    struct str c_async_name, c_send_name, c_recv_name, c_finish_name, c_on_recv_name;
    struct str c_complete_name, c_emit_name, c_next_name, c_on_next_name;
    /* Static: store_get_method and so on. */
    struct str c_method_name, c_done_name, c_item_name;
    bool first_done; /* of the file's methods with that c_done_name: the result is of one C type */
    struct str c_answer_name, c_take_name, c_try_name; /* in the sample: answer_store_get */
};

struct service {
    struct str name, doc;
    struct str full_name; /* demo.store.Store: on the wire */
    struct span span;
    const struct file *file;
    struct annotations annotations;
    struct method *methods;
    size_t method_count;
    struct str c_name;                       /* demo_store_store */
    struct str c_handlers_name;              /* demo_store_store_handlers */
    struct str c_serve_name;                 /* demo_store_store_serve */
    struct str c_methods_name, c_enter_name; /* static: store_methods, store_enter */
};

enum constant_kind {
    CONSTANT_BOOL,
    CONSTANT_INT,
    CONSTANT_UINT,
    CONSTANT_FLOAT,
    CONSTANT_STRING,
    CONSTANT_ENUM
};

/* The value is within its type's range when there were no errors. */
struct constant {
    struct str name, doc;
    struct span span;
    const struct file *file;
    struct annotations annotations;
    const struct type *type;
    enum constant_kind kind;
    bool boolean;
    int64_t integer;                     /* CONSTANT_INT, CONSTANT_ENUM (the number) */
    uint64_t natural;                    /* CONSTANT_UINT */
    double real;                         /* CONSTANT_FLOAT */
    struct str literal;                  /* CONSTANT_FLOAT: as written, with its sign */
    struct str string;                   /* CONSTANT_STRING: decoded bytes */
    const struct enum_value *enum_value; /* CONSTANT_ENUM: NULL when only a number matches */
    struct str c_name;                   /* DEMO_STORE_MAX_ITEMS */
};

struct import {
    struct str path; /* as written */
    struct span span;
    const struct file *file; /* NULL when it could not be read */
    bool used;               /* something of it was named */
};

/* Declarations in the order in which they were written, over all kinds. */
enum declaration_kind { DECLARE_CONSTANT, DECLARE_ENUM, DECLARE_STRUCT, DECLARE_SERVICE };

struct declaration {
    enum declaration_kind kind;
    union {
        struct constant *constant;
        struct enumeration *enumeration;
        struct structure *structure;
        struct service *service;
    };
};

struct file {
    const struct source *source;
    struct str path;      /* as opened */
    struct str base_name; /* greeter.idl: what generated code names */
    struct str stem;      /* greeter */
    struct str doc;       /* the /// comments before package */
    struct str package;   /* demo.store, or empty */
    struct span package_span;
    bool generate; /* on the command line, not only imported */
    bool broken;   /* it had syntax errors: names may be missing that are not to blame */
    struct import *imports;
    size_t import_count;
    struct declaration *declarations;
    size_t declaration_count;
    /* Implicit messages that are in use, in the order of their methods. */
    struct structure **implicit;
    size_t implicit_count;
    struct str c_prefix; /* demo_store, or empty */
    struct str c_guard;  /* demo_store_STORE: what its include guards begin with */
    struct str c_put_nothing, c_get_nothing; /* static, for structures without fields */
    struct map_type *maps;
    size_t map_count;
};

/* Files in the order in which they were first read: those of the command line, and each one's
 * imports where they were met. */
struct schema {
    struct file **files;
    size_t file_count;
};

const char *type_kind_name(enum type_kind kind); /* "uint32", "list"; as in the IDL */

#endif

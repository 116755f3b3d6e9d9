/* SPDX-License-Identifier: MIT */
/* view_service.c: services, and the functions that each kind of method has. */
#include "ctype.h"
#include "view.h"

/* "T name", or "const T *name" for a struct: how values are passed in. */
static struct str passed(struct view *v, const struct type *type, const char *name)
{
    return arena_printf(v->arena, "%.*s%s", STR_ARG(view_member_type(v, type)), name);
}

/* "T *name": where values are handed out. */
static struct str handed_out(struct view *v, const struct type *type, const char *name)
{
    return arena_printf(v->arena, "%.*s*%s", STR_ARG(view_value_type(v, type)), name);
}

bool view_is_optional(const struct field *field)
{
    return field->optional && ctype_of(field->type->kind);
}

void view_parameters(struct view *v, struct pieces *p, const struct method *m)
{
    if (m->client_streaming)
        return;
    for (size_t i = 0; i < m->parameter_count; i++) {
        const struct field *field = &m->parameters[i];
        if (view_is_optional(field))
            pieces_addf(v, p, "const %.*s*%.*s", STR_ARG(view_value_type(v, field->type)),
                        STR_ARG(field->c_parameter_name));
        else
            pieces_addf(v, p, "%.*s%.*s", STR_ARG(view_member_type(v, field->type)),
                        STR_ARG(field->c_parameter_name));
    }
}

/* What a callback is called with: "idl_call *call, idl_code code, int32_t reply, void *arg". */
static struct str callback(struct view *v, const char *name, const struct pieces *parameters)
{
    return view_call(v, 8, arena_printf(v->arena, "void (*%s)(", name), parameters, ")");
}

static void add_start(struct view *v, struct pieces *p, const struct method *m)
{
    pieces_add(v, p, STR("idl_channel *channel"));
    pieces_add(v, p, STR("idl_call *call"));
    view_parameters(v, p, m);
}

const struct type *view_single_result(const struct method *m)
{
    return m->result && !m->server_streaming ? m->result->type : NULL;
}

static void set_client(void *context, struct value *record, const void *object)
{
    struct view *v = context;
    const struct method *m = object;
    const struct type *result = view_single_result(m);
    bool streaming = m->client_streaming || m->server_streaming;
    struct pieces call = { 0 }, async = { 0 }, done = { 0 }, finish = { 0 };
    add_start(v, &call, m);
    if (result && !streaming)
        pieces_add(v, &call, handed_out(v, result, "reply"));
    view_function(v, record, "call", "idl_code ", m->c_name, &call);

    add_start(v, &async, m);
    pieces_add(v, &done, STR("idl_call *call"));
    pieces_add(v, &done, STR("idl_code code"));
    if (result)
        pieces_add(v, &done, passed(v, result, "reply"));
    pieces_add(v, &done, STR("void *arg"));
    pieces_add(v, &async, callback(v, "done", &done));
    pieces_add(v, &async, STR("void *arg"));
    view_function(v, record, "async", "void ", m->c_async_name, &async);

    pieces_add(v, &finish, STR("idl_call *call"));
    if (result)
        pieces_add(v, &finish, handed_out(v, result, "reply"));
    view_function(v, record, "finish", "static inline idl_code ", m->c_finish_name, &finish);
}

/* The functions of one direction of a stream: what is sent, received, and received by callback. */
static void set_stream(struct view *v, struct value *record, const struct type *type,
                       const char *const keys[3], const struct str names[3])
{
    struct pieces send = { 0 }, recv = { 0 }, fn = { 0 }, on_recv = { 0 };
    if (type) {
        pieces_add(v, &send, STR("idl_call *call"));
        pieces_add(v, &send, passed(v, type, "item"));
        pieces_add(v, &recv, STR("idl_call *call"));
        pieces_add(v, &recv, handed_out(v, type, "item"));
        pieces_add(v, &fn, STR("idl_call *call"));
        pieces_addf(v, &fn, "const %.*s", STR_ARG(handed_out(v, type, "item")));
        pieces_add(v, &fn, STR("void *arg"));
        pieces_add(v, &on_recv, STR("idl_call *call"));
        pieces_add(v, &on_recv, callback(v, "fn", &fn));
        pieces_add(v, &on_recv, STR("void *arg"));
    }
    view_function(v, record, keys[0], "static inline idl_code ", names[0], &send);
    view_function(v, record, keys[1], "static inline bool ", names[1], &recv);
    view_function(v, record, keys[2], "void ", names[2], &on_recv);
}

/* The handler, as a member of the handlers struct, and the parameters behind the call. */
static void set_server(void *context, struct value *record, const void *object)
{
    struct view *v = context;
    const struct method *m = object;
    const struct type *result = view_single_result(m);
    struct pieces handler = { 0 }, complete = { 0 };
    pieces_add(v, &handler, STR("idl_call *call"));
    view_parameters(v, &handler, m);
    if (result)
        pieces_add(v, &handler, handed_out(v, result, "reply"));
    struct str head = arena_printf(v->arena, "idl_code (*%.*s)(", STR_ARG(m->c_member));
    view_text(v, record, "handler", view_call(v, 4, head, &handler, ");"));

    pieces_add(v, &complete, STR("idl_call *call"));
    if (result)
        pieces_add(v, &complete, passed(v, result, "reply"));
    view_function(v, record, "complete", "static inline void ", m->c_complete_name, &complete);
}

static void set_streams(void *context, struct value *record, const void *object)
{
    struct view *v = context;
    const struct method *m = object;
    static const char *const up[] = { "send", "next", "on_next" };
    static const char *const down[] = { "emit", "recv", "on_recv" };
    const struct type *in = m->client_streaming ? m->parameters[0].type : NULL;
    const struct type *out = m->server_streaming ? m->result->type : NULL;
    set_stream(v, record, in, up,
               (struct str[]){ m->c_send_name, m->c_next_name, m->c_on_next_name });
    set_stream(v, record, out, down,
               (struct str[]){ m->c_emit_name, m->c_recv_name, m->c_on_recv_name });
}

/* ---- Messages of a method ---- */

/* "const struct x idl_in = { .name = name };" */
static struct str packed_request(struct view *v, const struct method *m)
{
    struct pieces items = { 0 };
    bool constant = true;
    for (size_t i = 0; i < m->parameter_count; i++) {
        if (view_is_optional(&m->parameters[i])) {
            constant = false;
            continue;
        }
        pieces_addf(v, &items, ".%.*s = %.*s", STR_ARG(m->request->fields[i].c_name),
                    STR_ARG(m->parameters[i].c_parameter_name));
    }
    struct str head = arena_printf(v->arena, "%sstruct %.*s idl_in", constant ? "const " : "",
                                   STR_ARG(m->request->c_name));
    return view_initialised(v, 4, head, &items);
}

static void set_optionals(struct view *v, struct value *record, const struct method *m)
{
    struct value *list = view_list(v, record, "optionals");
    for (size_t i = 0; i < m->parameter_count && !m->client_streaming; i++) {
        if (!view_is_optional(&m->parameters[i]))
            continue;
        struct value *item = value_record(v->arena, "parameter", m->parameters[i].span);
        view_text(v, item, "c_name", m->parameters[i].c_parameter_name);
        view_text(v, item, "member", m->request->fields[i].c_name);
        view_text(v, item, "has", m->request->fields[i].c_has_name);
        value_add(v->arena, list, item);
    }
}

/* What the stub hands to the runtime: its own struct, the user's, or nothing yet. */
static void set_request(void *context, struct value *record, const void *object)
{
    struct view *v = context;
    const struct method *m = object;
    bool packs = !m->client_streaming && !m->explicit_request;
    struct str pointer = STR("NULL");
    if (packs && m->parameter_count == 1 && !view_is_optional(m->parameters)) {
        packs = false; /* the one member's address is the message's */
        pointer = arena_printf(v->arena, "&%.*s", STR_ARG(m->parameters[0].c_parameter_name));
    } else if (packs) {
        pointer = STR("&idl_in");
    } else if (!m->client_streaming) {
        pointer = m->parameters[0].c_parameter_name;
    }
    view_text(v, record, "request", pointer);
    view_text(v, record, "packed", packs ? packed_request(v, m) : STR(""));
    set_optionals(v, record, m);
}

static void add_handler_arguments(struct view *v, struct pieces *args, const struct method *m)
{
    if (m->explicit_request) {
        pieces_add(v, args, STR("request"));
        return;
    }
    for (size_t i = 0; i < m->parameter_count; i++) {
        const struct field *field = &m->request->fields[i];
        struct str name = field->c_name;
        if (view_is_optional(field))
            pieces_addf(v, args, "m->%.*s ? &m->%.*s : NULL", STR_ARG(field->c_has_name),
                        STR_ARG(name));
        else if (field->type->kind == TYPE_STRUCT && !field->optional)
            pieces_addf(v, args, "m->%.*s != NULL ? m->%.*s : %.*s.empty", STR_ARG(name),
                        STR_ARG(name), STR_ARG(field->type->structure->c_type_name));
        else
            pieces_addf(v, args, "m->%.*s", STR_ARG(name));
    }
}

/* Its handler uses a request: as it is, or unpacked. */
static bool takes_request(const struct method *m)
{
    return !m->client_streaming && m->parameter_count > 0;
}

static bool unpacks(const struct method *m)
{
    return takes_request(m) && !m->explicit_request;
}

static void set_invoke(void *context, struct value *record, const void *object)
{
    struct view *v = context;
    const struct method *m = object;
    struct pieces args = { 0 };
    pieces_add(v, &args, STR("call"));
    if (!m->client_streaming)
        add_handler_arguments(v, &args, m);
    if (view_single_result(m))
        pieces_add(v, &args, STR("reply"));
    struct str head = arena_printf(v->arena, "return h->%.*s(", STR_ARG(m->c_member));
    view_text(v, record, "invoke", view_call(v, 8, head, &args, ");"));
    view_flag(v, record, "unpacks", unpacks(m));
}

static void set_message(struct view *v, struct value *record, const char *key,
                        const struct structure *s, bool is_explicit)
{
    struct value *message = value_record(v->arena, "message", record->origin);
    view_text(v, message, "c_name", s->c_name);
    view_text(v, message, "c_type", s->c_type_name);
    view_flag(v, message, "is_explicit", is_explicit);
    view_text(v, message, "pointer", is_explicit ? STR("") : STR("&"));
    value_set(v->arena, record, key, message);
}

/* The call of the user's typed callback, which travels as a void (*)(void). */
static struct str callback_call(struct view *v, const struct pieces *types,
                                const struct pieces *arguments)
{
    struct str cast = view_call(v, 4, STR("((void (*)("), types, "))user)(");
    bool wrapped = cast.len > VIEW_COLUMNS / 2;
    if (!wrapped)
        return view_call(v, 4, cast, arguments, ");");
    return arena_printf(v->arena, "%.*s\n    %.*s", STR_ARG(cast),
                        STR_ARG(view_call(v, 8, STR(""), arguments, ");")));
}

static struct str done_call(struct view *v, const struct method *m)
{
    const struct type *result = view_single_result(m);
    struct pieces types = { 0 }, arguments = { 0 };
    pieces_add(v, &types, STR("idl_call *"));
    pieces_add(v, &types, STR("idl_code"));
    pieces_add(v, &arguments, STR("call"));
    pieces_add(v, &arguments, STR("code"));
    if (result) {
        struct str type = passed(v, result, "");
        type.len -= type.ptr[type.len - 1] == ' ';
        pieces_add(v, &types, type);
        pieces_add(v, &arguments,
                   m->explicit_reply ? STR("reply")
                                     : arena_printf(v->arena, "*(const %.*s)reply",
                                                    STR_ARG(handed_out(v, result, ""))));
    }
    pieces_add(v, &types, STR("void *"));
    pieces_add(v, &arguments, STR("arg"));
    return callback_call(v, &types, &arguments);
}

/* item is NULL at the end of a stream. */
static struct str item_call(struct view *v, const struct type *type)
{
    struct pieces types = { 0 }, arguments = { 0 };
    pieces_add(v, &types, STR("idl_call *"));
    pieces_addf(v, &types, "const %.*s", STR_ARG(handed_out(v, type, "")));
    pieces_add(v, &types, STR("void *"));
    pieces_add(v, &arguments, STR("call"));
    pieces_add(v, &arguments, STR("item"));
    pieces_add(v, &arguments, STR("arg"));
    return callback_call(v, &types, &arguments);
}

static void set_callbacks(void *context, struct value *record, const void *object)
{
    struct view *v = context;
    const struct method *m = object;
    struct pieces done = { 0 };
    pieces_add(v, &done, STR("idl_call *call"));
    pieces_add(v, &done, STR("idl_code code"));
    pieces_add(v, &done, STR("const void *reply"));
    pieces_add(v, &done, STR("void (*user)(void)"));
    pieces_add(v, &done, STR("void *arg"));
    view_function(v, record, "done", "static void ", m->c_done_name, &done);
    view_text(v, record, "call_done", done_call(v, m));
    view_text(v, record, "call_on_next",
              !m->client_streaming ? STR("") : item_call(v, m->parameters[0].type));
    view_text(v, record, "call_on_recv",
              !m->server_streaming ? STR("") : item_call(v, m->result->type));
}

/* ---- Services ---- */

static struct str kind_flags(struct view *v, const struct method *m)
{
    const struct {
        bool set;
        const char *flag;
    } flags[] = { { m->oneway, "IDL_ONEWAY" },
                  { m->client_streaming, "IDL_STREAM_IN" },
                  { m->server_streaming, "IDL_STREAM_OUT" },
                  { m->annotations.idempotent, "IDL_IDEMPOTENT" } };
    struct str text = STR("");
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        if (flags[i].set)
            text = arena_printf(v->arena, "%.*s%s%s", STR_ARG(text), text.len ? " | " : "",
                                flags[i].flag);
    }
    return text;
}

static void set_messages(void *context, struct value *record, const void *object)
{
    struct view *v = context;
    const struct method *m = object;
    set_message(v, record, "in", m->request, m->explicit_request);
    set_message(v, record, "out", m->reply, m->explicit_reply);
}

static void set_doc(void *context, struct value *record, const void *object)
{
    struct view *v = context;
    const struct method *m = object;
    view_text(v, record, "doc", view_doc(v, m->doc.len > 0 ? m->doc : view_idl_signature(v, m, 8)));
}

static void set_sample(void *context, struct value *record, const void *object)
{
    struct view *v = context;
    value_set(v->arena, record, "sample", view_sample(v, object));
}

enum { METHOD_MEMBERS = 48 };

static struct value *view_method(struct view *v, const void *object)
{
    const struct method *m = object;
    struct value *record = value_record(v->arena, "method", m->span);
    value_reserve(v->arena, record, METHOD_MEMBERS);
    const struct annotations *deprecation =
        m->annotations.deprecated ? &m->annotations : &m->service->annotations;
    view_text(v, record, "name", m->name);
    VIEW_PROMISE(v, record, set_doc, m, "doc");
    view_text(v, record, "c_name", m->c_name);
    view_text(v, record, "c_member", m->c_member);
    view_text(v, record, "kind", kind_flags(v, m));
    view_flag(v, record, "oneway", m->oneway);
    view_flag(v, record, "client_streaming", m->client_streaming);
    view_flag(v, record, "server_streaming", m->server_streaming);
    view_flag(v, record, "streaming", m->client_streaming || m->server_streaming);
    view_flag(v, record, "has_result", view_single_result(m) != NULL);
    view_text(v, record, "deprecated", view_deprecated(v, "", deprecation));
    view_text(v, record, "c_method", m->c_method_name);
    view_flag(v, record, "first_done", m->first_done);
    view_text(v, record, "c_item", m->c_item_name);
    VIEW_PROMISE(v, record, set_messages, m, "in", "out");
    VIEW_PROMISE(v, record, set_request, m, "request", "packed", "optionals");
    VIEW_PROMISE(v, record, set_client, m, "call", "async", "finish");
    VIEW_PROMISE(v, record, set_streams, m, "send", "next", "on_next", "emit", "recv", "on_recv");
    VIEW_PROMISE(v, record, set_server, m, "handler", "complete");
    VIEW_PROMISE(v, record, set_invoke, m, "invoke", "unpacks");
    VIEW_PROMISE(v, record, set_callbacks, m, "done", "call_done", "call_on_next", "call_on_recv");
    VIEW_PROMISE(v, record, set_sample, m, "sample");
    return record;
}

/* The call that gives the methods to a server. */
static struct str add_call(struct view *v, const struct service *service)
{
    struct pieces args = { 0 };
    struct str methods = service->c_methods_name;
    bool has_methods = service->method_count > 0;
    pieces_add(v, &args, STR("server"));
    pieces_add(v, &args, has_methods ? methods : STR("NULL"));
    if (has_methods)
        pieces_addf(v, &args, "sizeof %.*s / sizeof *%.*s", STR_ARG(methods), STR_ARG(methods));
    else
        pieces_add(v, &args, STR("0"));
    pieces_add(v, &args, has_methods ? service->c_enter_name : STR("NULL"));
    pieces_add(v, &args, STR("handlers"));
    pieces_add(v, &args, STR("user"));
    return view_call(v, 4, STR("return idl_server_add("), &args, ");");
}

/* The function between the runtime and the handlers. */
static void set_enter(struct view *v, struct value *record, const struct service *service)
{
    struct pieces decl = { 0 };
    pieces_add(v, &decl, STR("idl_call *call"));
    pieces_add(v, &decl, STR("const void *request"));
    pieces_add(v, &decl, STR("void *reply"));
    pieces_add(v, &decl, STR("const void *handlers"));
    pieces_add(v, &decl, STR("size_t method"));
    view_function(v, record, "enter", "static idl_code ", service->c_enter_name, &decl);

    bool ignores_request = true, ignores_reply = true;
    for (size_t i = 0; i < service->method_count; i++) {
        ignores_request &= !takes_request(&service->methods[i]);
        ignores_reply &= !view_single_result(&service->methods[i]);
    }
    view_flag(v, record, "ignores_request", ignores_request);
    view_flag(v, record, "ignores_reply", ignores_reply);
}

struct value *view_service(struct view *v, const struct service *service)
{
    struct value *record = value_record(v->arena, "service", service->span);
    view_text(v, record, "name", service->name);
    view_text(v, record, "full_name", service->full_name);
    view_text(v, record, "doc", view_doc(v, service->doc));
    view_text(v, record, "c_name", service->c_name);
    view_text(v, record, "c_handlers", service->c_handlers_name);
    view_text(v, record, "c_methods", service->c_methods_name);
    view_text(v, record, "add", add_call(v, service));
    set_enter(v, record, service);
    struct pieces serve = { 0 };
    pieces_add(v, &serve, STR("idl_server *server"));
    pieces_addf(v, &serve, "const struct %.*s *handlers", STR_ARG(service->c_handlers_name));
    pieces_add(v, &serve, STR("void *user"));
    view_function(v, record, "serve", "idl_code ", service->c_serve_name, &serve);
    const void **methods = arena_array(v->arena, service->method_count, sizeof *methods);
    for (size_t i = 0; i < service->method_count; i++)
        methods[i] = &service->methods[i];
    view_made_list(v, record, "methods", view_method, methods, service->method_count);
    return record;
}

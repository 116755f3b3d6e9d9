/* SPDX-License-Identifier: MIT */
/* address.c: addresses parsed, looked up and printed. */
#include "address.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>
#include <netdb.h>

enum { HOST_MAX = 255, PORT_DIGITS = 5, NAME_MAX_LEN = 255, FD_DIGITS = 9 };

enum transport { TCP, UNIX, FD, SYSTEMD };

/* One host:port. */
struct place {
    char host[HOST_MAX + 1];
    char port[PORT_DIGITS + 1];
    bool bracketed;
};

/* An address cut after its scheme. */
struct parts {
    enum idl__protocol protocol;
    enum transport transport;
    const char *rest;
};

static idl_code fail(char *error, idl_code code, const char *address, const char *format, ...)
    IDL_PRINTF(4, 5);

static idl_code fail(char *error, idl_code code, const char *address, const char *format, ...)
{
    int n =
        snprintf(error, IDL__ERROR_MAX, "%.192s%s: ", address, strlen(address) > 192 ? "..." : "");
    va_list args;
    va_start(args, format);
    vsnprintf(error + n, (size_t)(IDL__ERROR_MAX - n), format, args);
    va_end(args);
    return code;
}

/* "Address already in use" as the end of a sentence. */
static void lower_first(char *text)
{
    if (text[0] && !isupper((unsigned char)text[1]))
        text[0] = (char)tolower((unsigned char)text[0]);
}

/* ---- Parsing ---- */

static bool begins(const char *text, const char *end, const char *prefix)
{
    size_t len = strlen(prefix);
    return (size_t)(end - text) >= len && memcmp(text, prefix, len) == 0;
}

static bool is(const char *text, const char *end, const char *word)
{
    return (size_t)(end - text) == strlen(word) && begins(text, end, word);
}

static idl_code parse_scheme(const char *address, struct parts *parts, char *error)
{
    const char *end = strstr(address, "://"), *scheme = address;
    bool grpc = false;
    *parts = (struct parts){ .protocol = IDL__FRAMED, .transport = TCP, .rest = "" };
    if (!end)
        return fail(error, IDL_INVALID_ARGUMENT, address,
                    "not an address: it begins with tcp:// or unix://");
    if (begins(scheme, end, "ttrpc+")) {
        parts->protocol = IDL__TTRPC;
        scheme += strlen("ttrpc+");
    } else if (begins(scheme, end, "grpc+")) {
        grpc = true;
        scheme += strlen("grpc+");
    } else if (is(scheme, end, "grpc") || is(scheme, end, "grpcs")) {
        return fail(error, IDL_INVALID_ARGUMENT, address, "grpc is not supported in this version");
    }
    parts->rest = end + strlen("://");
    if (is(scheme, end, "tcp"))
        parts->transport = TCP;
    else if (is(scheme, end, "unix"))
        parts->transport = UNIX;
    else if (is(scheme, end, "fd"))
        parts->transport = FD;
    else if (is(scheme, end, "systemd"))
        parts->transport = SYSTEMD;
    else if (is(scheme, end, "tls"))
        return fail(error, IDL_INVALID_ARGUMENT, address, "tls is not supported in this version");
    else
        return fail(error, IDL_INVALID_ARGUMENT, address,
                    "unknown scheme '%.*s', expected tcp or unix", (int)(end - scheme), scheme);
    if (grpc)
        return fail(error, IDL_INVALID_ARGUMENT, address, "grpc is not supported in this version");
    return IDL_OK;
}

static idl_code parse_port(const char *address, enum idl__address_use use, const char *port,
                           size_t len, struct place *place, char *error)
{
    unsigned value = 0;
    bool number = len > 0 && len <= PORT_DIGITS;
    for (size_t i = 0; number && i < len; i++) {
        number = port[i] >= '0' && port[i] <= '9';
        value = value * 10 + (unsigned)(port[i] - '0');
    }
    if (!number || value > UINT16_MAX)
        return fail(error, IDL_INVALID_ARGUMENT, address,
                    "port '%.*s' is not a number from 0 to 65535", len > 40 ? 40 : (int)len, port);
    if (value == 0 && use == IDL__CONNECT)
        return fail(error, IDL_INVALID_ARGUMENT, address, "port 0 can be listened on only");
    snprintf(place->port, sizeof place->port, "%u", value);
    return IDL_OK;
}

/* Brackets hold an IPv6 address, perhaps with a %interface. */
static bool is_ipv6(const char *host)
{
    char digits[INET6_ADDRSTRLEN];
    struct in6_addr ignored;
    size_t len = strcspn(host, "%");
    if (len >= sizeof digits)
        return false;
    memcpy(digits, host, len);
    digits[len] = '\0';
    return inet_pton(AF_INET6, digits, &ignored) == 1;
}

static idl_code check_host(const char *address, enum idl__address_use use,
                           const struct place *place, char *error)
{
    if (place->bracketed && !is_ipv6(place->host))
        return fail(error, IDL_INVALID_ARGUMENT, address, "'%s' is not an IPv6 address",
                    place->host);
    if (!place->bracketed && strchr(place->host, ':'))
        return fail(error, IDL_INVALID_ARGUMENT, address,
                    "an IPv6 address is written in brackets: [%s]", place->host);
    if (place->host[0] == '\0')
        return fail(error, IDL_INVALID_ARGUMENT, address, "no host");
    if (strcmp(place->host, "*") == 0 && use == IDL__CONNECT)
        return fail(error, IDL_INVALID_ARGUMENT, address, "'*' can be listened on only");
    for (const char *c = place->host; *c; c++)
        if (iscntrl((unsigned char)*c) || *c == ' ' || *c == '/')
            return fail(error, IDL_INVALID_ARGUMENT, address, "'%s' is not a host", place->host);
    return IDL_OK;
}

/* The host:port at *text, and moves *text behind it and its comma. */
static idl_code parse_place(const char *address, enum idl__address_use use, const char **text,
                            struct place *place, char *error)
{
    const char *begin = *text, *end = begin + strcspn(begin, ","), *colon = end;
    while (colon > begin && *colon != ':' && *colon != ']')
        colon--;
    if (*colon != ':')
        return fail(error, IDL_INVALID_ARGUMENT, address, "no port");
    const char *host_end = colon;
    place->bracketed = *begin == '[' && host_end > begin + 1 && host_end[-1] == ']';
    if (place->bracketed) {
        begin++;
        host_end--;
    }
    size_t len = (size_t)(host_end - begin);
    if (len > HOST_MAX)
        return fail(error, IDL_INVALID_ARGUMENT, address, "a host has at most %d characters",
                    HOST_MAX);
    memcpy(place->host, begin, len);
    place->host[len] = '\0';
    *text = *end ? end + 1 : end;
    idl_code code = check_host(address, use, place, error);
    if (code == IDL_OK)
        code = parse_port(address, use, colon + 1, (size_t)(end - colon - 1), place, error);
    if (code == IDL_OK && *end && use == IDL__LISTEN)
        return fail(error, IDL_INVALID_ARGUMENT, address, "one listener has one host");
    if (code == IDL_OK && *end && !end[1])
        return fail(error, IDL_INVALID_ARGUMENT, address, "no host after the comma");
    return code;
}

/* The path at *text, and moves *text behind it and, where several may stand, what separates them. */
static idl_code parse_path(const char *address, enum idl__address_use use, const char **text,
                           idl__endpoint *endpoint, char *error)
{
    static const char separator[] = ",unix://";
    struct sockaddr_un *un = &endpoint->address.un;
    const char *path = *text, *end = use == IDL__CONNECT ? strstr(path, separator) : NULL;
    size_t len = end ? (size_t)(end - path) : strlen(path);
    *text = end ? end + strlen(separator) : path + len;
    if (path[0] != '/' && path[0] != '@')
        return fail(error, IDL_INVALID_ARGUMENT, address,
                    "expected an absolute path (unix:///path) or an abstract name (unix://@name)");
    if (len == 1 || (end && !**text))
        return fail(error, IDL_INVALID_ARGUMENT, address, "no name");
    if (len >= sizeof un->sun_path)
        return fail(error, IDL_INVALID_ARGUMENT, address, "longer than %zu bytes",
                    sizeof un->sun_path - 1);
    memset(endpoint, 0, sizeof *endpoint);
    un->sun_family = AF_UNIX;
    memcpy(un->sun_path, path, len);
    endpoint->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + 1);
    if (path[0] == '@') { /* an abstract name begins with NUL, and its length is exact */
        un->sun_path[0] = '\0';
        endpoint->len--;
    }
    return IDL_OK;
}

/* What stands behind fd:// and systemd://. */
static idl_code check_passed(const char *address, enum idl__address_use use,
                             const struct parts *parts, char *error)
{
    const char *text = parts->rest;
    size_t len = strlen(text);
    if (use == IDL__CONNECT)
        return fail(error, IDL_INVALID_ARGUMENT, address, "can be listened on only");
    if (parts->transport == FD &&
        (len == 0 || len > FD_DIGITS || strspn(text, "0123456789") != len))
        return fail(error, IDL_INVALID_ARGUMENT, address,
                    "expected a descriptor's number (fd://3)");
    if (parts->transport == SYSTEMD && (len > NAME_MAX_LEN || strchr(text, ':') != NULL))
        return fail(error, IDL_INVALID_ARGUMENT, address,
                    "expected a name without ':' of at most %d bytes, or none", NAME_MAX_LEN);
    return IDL_OK;
}

idl_code idl__address_check(const char *address, enum idl__address_use use,
                            char error[IDL__ERROR_MAX])
{
    struct parts parts;
    if (!address)
        return fail(error, IDL_INVALID_ARGUMENT, "(null)", "no address");
    idl_code code = parse_scheme(address, &parts, error);
    if (code != IDL_OK)
        return code;
    if (parts.transport == FD || parts.transport == SYSTEMD)
        return check_passed(address, use, &parts, error);
    idl__endpoint ignored;
    struct place place;
    const char *text = parts.rest;
    do
        code = parts.transport == UNIX ? parse_path(address, use, &text, &ignored, error)
                                       : parse_place(address, use, &text, &place, error);
    while (code == IDL_OK && *text);
    return code;
}

bool idl__address_waits(const char *address)
{
    char error[IDL__ERROR_MAX];
    struct parts parts;
    struct place place;
    if (parse_scheme(address, &parts, error) != IDL_OK || parts.transport != TCP)
        return false;
    for (const char *text = parts.rest; *text;) {
        struct in_addr ignored;
        if (parse_place(address, IDL__CONNECT, &text, &place, error) != IDL_OK)
            return false;
        if (!place.bracketed && inet_pton(AF_INET, place.host, &ignored) != 1)
            return true;
    }
    return false;
}

enum idl__protocol idl__address_protocol(const char *address)
{
    struct parts parts;
    char ignored[IDL__ERROR_MAX];
    parse_scheme(address, &parts, ignored);
    return parts.protocol;
}

bool idl__address_is_passed(const char *address)
{
    struct parts parts;
    char ignored[IDL__ERROR_MAX];
    return parse_scheme(address, &parts, ignored) == IDL_OK &&
           (parts.transport == FD || parts.transport == SYSTEMD);
}

const char *idl__address_passed(const char *address, int *fd)
{
    struct parts parts;
    char ignored[IDL__ERROR_MAX];
    parse_scheme(address, &parts, ignored);
    if (parts.transport == SYSTEMD)
        return parts.rest;
    *fd = 0;
    for (const char *digit = parts.rest; *digit; digit++)
        *fd = *fd * 10 + (*digit - '0');
    return NULL;
}

const char *idl__protocol_prefix(enum idl__protocol protocol)
{
    return protocol == IDL__TTRPC ? "ttrpc+" : "";
}

/* ---- Looking names up ---- */

struct list {
    idl__endpoint *endpoints;
    size_t count;
};

static void append(struct list *list, const struct sockaddr *address, socklen_t len)
{
    if (list->count == IDL__ENDPOINTS_MAX || len > sizeof list->endpoints->address)
        return;
    idl__endpoint *endpoint = &list->endpoints[list->count++];
    memset(endpoint, 0, sizeof *endpoint);
    memcpy(&endpoint->address, address, len);
    endpoint->len = len;
}

static void append_family(struct list *list, const struct addrinfo *found, int family)
{
    for (; found; found = found->ai_next)
        if (family == AF_UNSPEC || found->ai_family == family)
            append(list, found->ai_addr, found->ai_addrlen);
}

/* The wildcard of IPv6 takes IPv4 too; that of IPv4 is for hosts without IPv6. */
static void append_any(struct list *list, const char *port)
{
    in_port_t number = 0;
    for (; *port; port++)
        number = (in_port_t)(number * 10 + (*port - '0'));
    struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(number) };
    struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(number) };
    append(list, (struct sockaddr *)&in6, sizeof in6);
    append(list, (struct sockaddr *)&in, sizeof in);
}

static idl_code lookup_error(const char *address, const char *host, int failed, char *error)
{
    char reason[80];
    if (failed == EAI_SYSTEM)
        return idl__address_errno(address, errno, error);
    if (failed == EAI_NONAME)
        return fail(error, IDL_UNAVAILABLE, address, "host '%.80s' not found", host);
    snprintf(reason, sizeof reason, "%s", gai_strerror(failed));
    lower_first(reason);
    return fail(error, failed == EAI_MEMORY ? IDL_RESOURCE_EXHAUSTED : IDL_UNAVAILABLE, address,
                "looking up '%.80s': %s", host, reason);
}

static idl_code lookup(const char *address, enum idl__address_use use, const struct place *place,
                       struct list *list, char *error)
{
    if (strcmp(place->host, "*") == 0) {
        append_any(list, place->port);
        return IDL_OK;
    }
    struct addrinfo *found, hints = {
        .ai_family = place->bracketed ? AF_INET6 : AF_UNSPEC,
        .ai_socktype = SOCK_STREAM,
        .ai_flags = AI_NUMERICSERV | (place->bracketed ? AI_NUMERICHOST : 0),
    };
    int failed = getaddrinfo(place->host, place->port, &hints, &found);
    if (failed)
        return lookup_error(address, place->host, failed, error);
    if (use == IDL__LISTEN) {
        append_family(list, found, AF_INET);
        append_family(list, found, AF_INET6);
    } else {
        append_family(list, found, AF_UNSPEC);
    }
    freeaddrinfo(found);
    return IDL_OK;
}

idl_code idl__address_resolve(const char *address, enum idl__address_use use,
                              idl__endpoint endpoints[IDL__ENDPOINTS_MAX], size_t *count,
                              char error[IDL__ERROR_MAX])
{
    struct parts parts;
    struct list list = { endpoints, 0 };
    *count = 0;
    idl_code code = idl__address_check(address, use, error);
    if (code == IDL_OK)
        code = parse_scheme(address, &parts, error);
    if (code != IDL_OK)
        return code;
    const char *text = parts.rest;
    while (parts.transport == UNIX && *text && list.count < IDL__ENDPOINTS_MAX)
        parse_path(address, use, &text, &endpoints[list.count++], error);
    while (parts.transport == TCP && *text) {
        struct place place;
        code = parse_place(address, use, &text, &place, error);
        if (code == IDL_OK)
            code = lookup(address, use, &place, &list, error);
    }
    *count = list.count; /* one host of several that is found is enough */
    return list.count ? IDL_OK : code;
}

/* ---- Printing ---- */

static void print_in(int family, const void *host, in_port_t port, char *text)
{
    char digits[INET6_ADDRSTRLEN] = "?";
    inet_ntop(family, host, digits, sizeof digits);
    snprintf(text, IDL__ENDPOINT_TEXT, family == AF_INET6 ? "tcp://[%s]:%u" : "tcp://%s:%u", digits,
             (unsigned)ntohs(port));
}

static void print_un(const idl__endpoint *endpoint, char *text)
{
    const char *path = endpoint->address.un.sun_path;
    size_t head = offsetof(struct sockaddr_un, sun_path);
    size_t len = endpoint->len > head ? endpoint->len - head : 0, out = 0;
    bool abstract = len > 0 && path[0] == '\0';
    if (!abstract && len > 0)
        len = strnlen(path, len);
    out = (size_t)snprintf(text, IDL__ENDPOINT_TEXT, len ? "unix://" : "unix:");
    for (size_t i = 0; i < len && out + 1 < IDL__ENDPOINT_TEXT; i++) {
        char c = abstract && i == 0 ? '@' : path[i];
        text[out++] = c;
        if (iscntrl((unsigned char)c))
            text[out - 1] = '?';
    }
    text[out] = '\0';
}

void idl__endpoint_text(const idl__endpoint *endpoint, char text[IDL__ENDPOINT_TEXT])
{
    const struct sockaddr_in6 *in6 = &endpoint->address.in6;
    switch (endpoint->address.any.sa_family) {
    case AF_INET:
        print_in(AF_INET, &endpoint->address.in.sin_addr, endpoint->address.in.sin_port, text);
        break;
    case AF_INET6:
        if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr))
            print_in(AF_INET, &in6->sin6_addr.s6_addr[12], in6->sin6_port, text);
        else
            print_in(AF_INET6, &in6->sin6_addr, in6->sin6_port, text);
        break;
    default: print_un(endpoint, text);
    }
}

idl_code idl__address_errno(const char *address, int number, char error[IDL__ERROR_MAX])
{
    char reason[80];
    if (strerror_r(number, reason, sizeof reason) != 0)
        snprintf(reason, sizeof reason, "error %d", number);
    lower_first(reason);
    idl_code code = IDL_UNAVAILABLE;
    if (number == EACCES || number == EPERM)
        code = IDL_PERMISSION_DENIED;
    else if (number == EMFILE || number == ENFILE || number == ENOMEM || number == ENOBUFS)
        code = IDL_RESOURCE_EXHAUSTED;
    return fail(error, code, address, "%s", reason);
}

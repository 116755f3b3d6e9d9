/* SPDX-License-Identifier: MIT */
/* address.h: addresses as people write them, and as sockets want them.
 *
 *     tcp://host:port      host: a name, an IPv4 or [IPv6] address; * listens on all interfaces
 *     unix:///path         an absolute path
 *     unix://@name         Linux's abstract names: no file
 *     fd://3               to listen: a socket that the process was started with
 *     systemd://name       to listen: those of that name that a service manager passed; no name: all
 *
 * Before the scheme, ttrpc+ says what is spoken there: ttrpc+unix:///run/x. Else it is framed.
 *
 * To connect there may be several places: tcp://one:5001,two:5001, and unix:///a,unix:///b.
 *
 * Errors are sentences for people that begin with the address and end with the reason:
 * "tcp://127.0.0.1:50051: address already in use". */
#ifndef IDL__ADDRESS_H
#define IDL__ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <netinet/in.h>

#include <idl/status.h>

#include "protocol.h"

enum {
    IDL__ERROR_MAX = 384,    /* an error with its NUL; longer ones are cut */
    IDL__ENDPOINTS_MAX = 16, /* places that one address may stand for; more are left out */
    IDL__ENDPOINT_TEXT = 168 /* an endpoint in words, with a protocol's prefix and its NUL */
};

enum idl__address_use { IDL__CONNECT, IDL__LISTEN };

/* One place to connect or bind to, or one that is connected. */
typedef struct idl__endpoint {
    socklen_t len;
    union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
        struct sockaddr_un un;
    } address;
} idl__endpoint;

/* Can the address be right? Looks up nothing, never waits. IDL_OK, or IDL_INVALID_ARGUMENT and why
 * in error. */
idl_code idl__address_check(const char *address, enum idl__address_use use,
                            char error[IDL__ERROR_MAX]);

/* What is spoken there; of an address that was checked. */
enum idl__protocol idl__address_protocol(const char *address);
/* What such an address begins with: "", "ttrpc+". */
const char *idl__protocol_prefix(enum idl__protocol protocol);

/* Is it fd:// or systemd://, so that there is nothing to resolve? */
bool idl__address_is_passed(const char *address);
/* Of such an address that was checked: the name of systemd://, or NULL and fd's number. */
const char *idl__address_passed(const char *address, int *fd);

/* Checks, then looks names up, which may wait. IDL_OK and *count endpoints, in the order in which
 * to try them: to listen, IPv4 before IPv6, but for *, where one IPv6 socket serves both. Not for passed
 * sockets.
 * IDL_INVALID_ARGUMENT; IDL_UNAVAILABLE: no such host; IDL_RESOURCE_EXHAUSTED: no memory. */
idl_code idl__address_resolve(const char *address, enum idl__address_use use,
                              idl__endpoint endpoints[IDL__ENDPOINTS_MAX], size_t *count,
                              char error[IDL__ERROR_MAX]);

/* Does resolving this address, which is right, wait: is there a name in it? */
bool idl__address_waits(const char *address);

/* The endpoint as an address: "tcp://[::1]:50051", "unix:///run/x", "unix://@x"; "unix:" for a
 * socket without a name. An IPv4 peer of an IPv6 socket is shown as IPv4. */
void idl__endpoint_text(const idl__endpoint *endpoint, char text[IDL__ENDPOINT_TEXT]);

/* "<address>: <what the errno value number means>", and the code that fits it. */
idl_code idl__address_errno(const char *address, int number, char error[IDL__ERROR_MAX]);

#endif

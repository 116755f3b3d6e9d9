/* SPDX-License-Identifier: MIT */
/* fuzz_address.c: any text as an address, to connect to and to listen on: it is right, or what is
 * wrong is said in a sentence that begins with it; and an endpoint's text is an address again. */
#include <stdbool.h>
#include <string.h>

#include "address.h"
#include "finding.h"

static bool is_text(const char *text, size_t most)
{
    return memchr(text, '\0', most) != NULL;
}

static void check(const char *address, enum idl__address_use use)
{
    char error[IDL__ERROR_MAX];
    memset(error, '~', sizeof error);
    idl_code code = idl__address_check(address, use, error);
    if (code == IDL_OK)
        return;
    if (code != IDL_INVALID_ARGUMENT)
        finding("'%s': code %d", address, (int)code);
    if (!is_text(error, sizeof error) || error[0] == '\0')
        finding("'%s': an error without words", address);
}

/* The bytes as a socket's address, as the kernel might give it. */
static void check_endpoint(const uint8_t *data, size_t size)
{
    idl__endpoint endpoint = { .len = 0 };
    char text[IDL__ENDPOINT_TEXT];
    size_t len = size < sizeof endpoint.address ? size : sizeof endpoint.address;
    memcpy(&endpoint.address, data, len);
    endpoint.len = (socklen_t)len;
    memset(text, '~', sizeof text);
    idl__endpoint_text(&endpoint, text);
    if (!is_text(text, sizeof text))
        finding("an endpoint's text has no end");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char address[512];
    size_t len = size < sizeof address ? size : sizeof address - 1;
    memcpy(address, data, len);
    address[len] = '\0';
    check(address, IDL__CONNECT);
    check(address, IDL__LISTEN);
    check_endpoint(data, size);
    return 0;
}

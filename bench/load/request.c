/* SPDX-License-Identifier: MIT */
/* request.c: fields in and fields out, by the runtime's own codec. */
#include "request.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_MAX = (1 << 29) - 1, SIZE_MAX_MB = 1 << 30 };

/* The value is a number, or bytes of data. */
struct request_field {
    uint32_t tag;
    uint64_t value;
    size_t at, len;
};

static const char no_memory[] = "there is no memory for the request";

/* ---- In ---- */

static uint8_t *grow(request *r, size_t size, const char **why)
{
    if (r->cap - r->len < size) {
        size_t cap = 2 * (r->len + size) + 64;
        uint8_t *data = realloc(r->data, cap);
        if (data == NULL) {
            *why = no_memory;
            return NULL;
        }
        r->data = data;
        r->cap = cap;
    }
    r->len += size;
    return r->data + r->len - size;
}

bool request_add_file(request *r, const char *path, const char **why)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    uint8_t piece[4096], *end;
    size_t n;
    bool ok = file != NULL;
    while (ok && (n = fread(piece, 1, sizeof piece, file)) > 0)
        if ((ok = (end = grow(r, n, why)) != NULL))
            memcpy(end, piece, n);
    if (file == NULL || ferror(file) != 0) {
        *why = strerror(errno);
        ok = false;
    }
    if (file != NULL && file != stdin)
        fclose(file);
    return ok;
}

static bool put_varint(request *r, uint64_t value, const char **why)
{
    uint8_t bytes[10], *end;
    size_t len = 0;
    for (; value >= 0x80; value >>= 7)
        bytes[len++] = (uint8_t)(value | 0x80);
    bytes[len++] = (uint8_t)value;
    end = grow(r, len, why);
    if (end != NULL)
        memcpy(end, bytes, len);
    return end != NULL;
}

/* NUMBER=: writes the tag, and returns what follows; NULL: it is none. */
static const char *put_number(request *r, const char *text, uint32_t wire, const char **why)
{
    char *end;
    errno = 0;
    unsigned long number = strtoul(text, &end, 10);
    if (end == text || *end != '=' || number < 1 || number > NUMBER_MAX || errno != 0) {
        *why = "expected NUMBER=VALUE, the number of a field first";
        return NULL;
    }
    return put_varint(r, IDL_TAG(number, wire), why) ? end + 1 : NULL;
}

bool request_add_string(request *r, const char *text, const char **why)
{
    const char *value = put_number(r, text, IDL_LEN, why);
    const size_t len = value != NULL ? strlen(value) : 0;
    uint8_t *end;
    if (value == NULL || !put_varint(r, len, why) || (end = grow(r, len, why)) == NULL)
        return false;
    memcpy(end, value, len);
    return true;
}

bool request_add_int(request *r, const char *text, const char **why)
{
    const char *value = put_number(r, text, IDL_VARINT, why);
    char *end;
    if (value == NULL)
        return false;
    errno = 0;
    uint64_t number =
        *value == '-' ? (uint64_t)strtoll(value, &end, 10) : strtoull(value, &end, 10);
    if (end == value || *end != '\0' || errno != 0) {
        *why = "expected an integer of 64 bits";
        return false;
    }
    return put_varint(r, number, why);
}

bool request_add_fill(request *r, const char *text, const char **why)
{
    const char *value = put_number(r, text, IDL_LEN, why);
    char *end = NULL;
    uint8_t *data;
    if (value == NULL)
        return false;
    errno = 0;
    unsigned long size = strtoul(value, &end, 10);
    if (end == value || *end != '\0' || errno != 0 || size > SIZE_MAX_MB) {
        *why = "expected a size in bytes, up to 1 GiB";
        return false;
    }
    if (!put_varint(r, size, why) || (data = grow(r, size, why)) == NULL)
        return false;
    memset(data, 'x', size);
    return true;
}

/* ---- Cutting ---- */

static bool keep(request *r, struct request_field field, const char **why)
{
    if ((r->count & (r->count + 1)) == 0) { /* 0, 1, 3, 7 ... are full */
        void *fields = realloc(r->fields, (2 * r->count + 1) * sizeof *r->fields);
        if (fields == NULL) {
            *why = no_memory;
            return false;
        }
        r->fields = fields;
    }
    r->fields[r->count++] = field;
    return true;
}

bool request_close(request *r, const char **why)
{
    idl_reader in = { .p = r->data, .end = r->data + r->len, .status = IDL_OK };
    if (r->len == 0)
        return true;
    for (uint32_t tag; (tag = idl_get_tag(&in)) != 0;) {
        struct request_field field = { .tag = tag };
        idl_bytes bytes = { NULL, 0 };
        switch (tag & 7) {
        case IDL_VARINT: field.value = idl_get_uint64(&in); break;
        case IDL_I64: field.value = idl_get_fixed64(&in); break;
        case IDL_I32: field.value = idl_get_fixed32(&in); break;
        case IDL_LEN:
            bytes = idl_get_bytes(&in);
            field.at = bytes.len > 0 ? (size_t)(bytes.data - r->data) : 0;
            field.len = bytes.len;
            break;
        default: in.status = IDL_INVALID_ARGUMENT;
        }
        if (in.status != IDL_OK)
            break;
        if (!keep(r, field, why))
            return false;
    }
    *why = "the request is not a message in protobuf's binary form";
    return in.status == IDL_OK;
}

void request_free(request *r)
{
    free(r->data);
    free(r->fields);
    *r = (request){ 0 };
}

/* ---- Out ---- */

static void put_request(idl_writer *w, const void *message)
{
    const request *r = message;
    for (size_t i = r->count; i-- > 0;) {
        const struct request_field *field = &r->fields[i];
        switch (field->tag & 7) {
        case IDL_VARINT: idl_put_varint(w, field->tag, field->value); break;
        case IDL_I64: idl_put_fixed64(w, field->tag, field->value); break;
        case IDL_I32: idl_put_fixed32(w, field->tag, (uint32_t)field->value); break;
        default: idl_put_bytes(w, field->tag, (idl_bytes){ r->data + field->at, field->len });
        }
    }
}

static void get_reply(idl_reader *r, void *message)
{
    reply *got = message;
    got->len = (size_t)(r->end - r->p);
    r->p = r->end;
}

static void put_nothing(idl_writer *w, const void *message)
{
    (void)w;
    (void)message;
}

static void get_nothing(idl_reader *r, void *message)
{
    (void)message;
    r->p = r->end;
}

static const request no_request;
static const reply no_reply;
const idl_message request_type = { sizeof(request), &no_request, put_request, get_nothing };
const idl_message reply_type = { sizeof(reply), &no_reply, put_nothing, get_reply };

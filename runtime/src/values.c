/* SPDX-License-Identifier: MIT */
/* values.c: views of text. */
#include <idl/values.h>

#include <string.h>

idl_str idl_cstr(const char *string)
{
    if (string == NULL)
        return (idl_str)IDL_STR("");
    return (idl_str){ string, strlen(string) };
}

bool idl_str_equal(idl_str a, idl_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

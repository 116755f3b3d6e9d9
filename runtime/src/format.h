/* SPDX-License-Identifier: MIT */
/* format.h: printf into an arena. */
#ifndef IDL__FORMAT_H
#define IDL__FORMAT_H

#include <stdarg.h>

#include <idl/values.h>

#include "arena.h"

/* As vsnprintf, of any length, and several times as fast for what most formats are made of: %s, %.*s,
 * %c, %%, and %d %i %u %x without flags, width or precision, with or without l, ll, z or j. The text
 * ends in NUL; "" when there is no memory, and the arena has failed then. */
idl_str idl__format(idl_arena *arena, const char *format, va_list args) IDL_PRINTF(2, 0);

#endif

/* SPDX-License-Identifier: MIT */
/* base.h: what every other header of the runtime needs: the ABI number, visibility, attributes. */
#ifndef IDL_BASE_H
#define IDL_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Generated code and the runtime must agree on this: a generated header compares it with the
 * number that its compiler was built for, and asks to be generated again when they differ. */
#define IDL_ABI 1

#if defined(__GNUC__)
#define IDL_API          __attribute__((visibility("default")))
#define IDL_PRINTF(f, a) __attribute__((format(printf, f, a)))
#define IDL_LIKELY(x)    __builtin_expect(!!(x), 1)
#define IDL_UNLIKELY(x)  __builtin_expect(!!(x), 0)
#define IDL_COLD                __attribute__((cold, noinline))
#else
#define IDL_API
#define IDL_PRINTF(f, a)
#define IDL_LIKELY(x)   (x)
#define IDL_UNLIKELY(x) (x)
#define IDL_COLD
#endif

/* On declarations that the IDL marks @deprecated; IDL_NO_DEPRECATED silences them. */
#if defined(__GNUC__) && !defined(IDL_NO_DEPRECATED)
#define IDL_DEPRECATED(reason) __attribute__((deprecated(reason)))
#else
#define IDL_DEPRECATED(reason)
#endif

/* Enums of an IDL are open: they may hold any int32. Where the language lets an enum say its
 * type, it does. */
#if defined(__cplusplus) || (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L)
#define IDL_OPEN_ENUM : int32_t
#define IDL_STATIC_ASSERT(condition, message) static_assert(condition, message)
#else
#define IDL_OPEN_ENUM
#define IDL_STATIC_ASSERT(condition, message) _Static_assert(condition, message)
#endif

#ifdef __cplusplus
#define IDL_BEGIN_DECLS extern "C" {
#define IDL_END_DECLS   }
#else
#define IDL_BEGIN_DECLS
#define IDL_END_DECLS
#endif

#endif

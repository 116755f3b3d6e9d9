/* SPDX-License-Identifier: MIT */
/* probe.h: places that tracers find by name (USDT): one instruction each that does nothing. docs/guide.md
 * lists them. */
#ifndef IDL__PROBE_H
#define IDL__PROBE_H

#ifdef IDL__PROBES
#include <sys/sdt.h>
#ifdef __clang__ /* what those macros are made of */
#pragma clang diagnostic ignored "-Wgnu-zero-variadic-macro-arguments"
#endif
#define IDL__PROBE_1(name, a)          DTRACE_PROBE1(idl, name, a)
#define IDL__PROBE_3(name, a, b, c)    DTRACE_PROBE3(idl, name, a, b, c)
#define IDL__PROBE_4(name, a, b, c, d) DTRACE_PROBE4(idl, name, a, b, c, d)
#else
#define IDL__PROBE_1(name, a)          ((void)0)
#define IDL__PROBE_3(name, a, b, c)    ((void)0)
#define IDL__PROBE_4(name, a, b, c, d) ((void)0)
#endif

#endif

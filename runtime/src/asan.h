/* SPDX-License-Identifier: MIT */
/* asan.h: tells AddressSanitizer which parts of an arena are in use; nothing without it. */
#ifndef IDL__ASAN_H
#define IDL__ASAN_H

#if defined(__SANITIZE_ADDRESS__)
#define IDL__ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IDL__ASAN 1
#endif
#endif

#ifdef IDL__ASAN
#include <sanitizer/asan_interface.h>
#define IDL__POISON(address, size)   __asan_poison_memory_region((address), (size))
#define IDL__UNPOISON(address, size) __asan_unpoison_memory_region((address), (size))
#else
#define IDL__ASAN                    0
#define IDL__POISON(address, size)   ((void)(address), (void)(size))
#define IDL__UNPOISON(address, size) ((void)(address), (void)(size))
#endif

#endif

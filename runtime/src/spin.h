/* SPDX-License-Identifier: MIT */
/* spin.h: looking for a while before sleeping, where that has paid of late. */
#ifndef IDL__SPIN_H
#define IDL__SPIN_H

#include <stdbool.h>
#include <stdint.h>

enum {
    IDL__SPIN_MAX_US = 100000,
    IDL__WAKING_NS = 100000 /* what a wait that was slept through may have taken longer */
};

typedef struct idl__spin {
    uint64_t most; /* nanoseconds; 0: never */
    uint64_t last; /* how long the last wait was */
} idl__spin;

static inline uint64_t idl__spin_ns(uint32_t us)
{
    return (us < IDL__SPIN_MAX_US ? us : IDL__SPIN_MAX_US) * UINT64_C(1000);
}

/* The last wait would have been over in time, or nearly. */
static inline bool idl__spin_pays(const idl__spin *spin)
{
    return spin->most != 0 && spin->last <= spin->most + IDL__WAKING_NS;
}

#endif

/* SPDX-License-Identifier: MIT */
/* histogram.h: how often which duration was seen, in nanoseconds, exact to 1/64 of the value.
 *
 * A fixed array for all that 64 bits hold: adding is a few instructions, and nothing is lost, be it
 * a nanosecond or an hour. Histograms of several threads are kept apart and added up at the end. */
#ifndef BENCH_HISTOGRAM_H
#define BENCH_HISTOGRAM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { HISTOGRAM_STEPS = 64, HISTOGRAM_BUCKETS = 59 * HISTOGRAM_STEPS };

typedef struct histogram {
    uint64_t count, max;
    double sum;
    uint64_t buckets[HISTOGRAM_BUCKETS];
} histogram;

void histogram_add(histogram *h, uint64_t ns);
void histogram_merge(histogram *into, const histogram *from);

/* The least duration that is not exceeded by this part (0 to 1) of what was added; 0 when that is
 * nothing. */
uint64_t histogram_at(const histogram *h, double part);

double histogram_mean(const histogram *h);

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: MIT */
/* histogram.c: buckets that grow with the value: 64 for each power of two. */
#include "histogram.h"

static unsigned log2_of(uint64_t value)
{
    unsigned bits = 0;
    for (unsigned step = 32; step > 0; step /= 2) {
        if (value >> step != 0) {
            value >>= step;
            bits += step;
        }
    }
    return bits;
}

/* Below 64 each value has its own bucket; above, the six bits after the first choose among 64. */
static unsigned bucket_of(uint64_t ns)
{
    if (ns < HISTOGRAM_STEPS)
        return (unsigned)ns;
    unsigned shift = log2_of(ns) - 6;
    return (shift + 1) * HISTOGRAM_STEPS + (unsigned)((ns >> shift) & (HISTOGRAM_STEPS - 1));
}

/* The highest value of a bucket. */
static uint64_t top_of(unsigned bucket)
{
    if (bucket < HISTOGRAM_STEPS)
        return bucket;
    unsigned shift = bucket / HISTOGRAM_STEPS - 1;
    uint64_t first = (uint64_t)(HISTOGRAM_STEPS + bucket % HISTOGRAM_STEPS) << shift;
    return first + ((UINT64_C(1) << shift) - 1);
}

void histogram_add(histogram *h, uint64_t ns)
{
    h->count++;
    h->sum += (double)ns;
    h->max = ns > h->max ? ns : h->max;
    h->buckets[bucket_of(ns)]++;
}

void histogram_merge(histogram *into, const histogram *from)
{
    into->count += from->count;
    into->sum += from->sum;
    into->max = from->max > into->max ? from->max : into->max;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
        into->buckets[i] += from->buckets[i];
}

uint64_t histogram_at(const histogram *h, double part)
{
    double wanted = (double)h->count * part;
    uint64_t seen = 0;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += h->buckets[i];
        if (seen > 0 && (double)seen >= wanted)
            return top_of(i) < h->max ? top_of(i) : h->max;
    }
    return 0;
}

double histogram_mean(const histogram *h)
{
    return h->count > 0 ? h->sum / (double)h->count : 0;
}

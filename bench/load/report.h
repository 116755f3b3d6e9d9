/* SPDX-License-Identifier: MIT */
/* report.h: what is said about a run. */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include <stdio.h>

#include "run.h"

void report_text(FILE *out, const load *l, const result *r);
/* One object, on one line. Times in microseconds. */
void report_json(FILE *out, const load *l, const result *r);

#endif

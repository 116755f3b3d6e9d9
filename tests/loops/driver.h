/* SPDX-License-Identifier: MIT */
/* driver.h: a loop, for the tests that hold for every one: driver_<loop>.c. */
#ifndef LOOPS_DRIVER_H
#define LOOPS_DRIVER_H

#include "pollable.h"

enum { DRIVER_ITEMS_MAX = 8 };

typedef struct driver driver;

driver *driver_open(void);
void driver_close(driver *d);

void driver_add(driver *d, pollable item);
/* Before what it stands for is closed; one that is over has left already. */
void driver_remove(driver *d, const void *what);

/* Until *done, NULL: only that time, or so many milliseconds have passed; how often it woke. */
unsigned driver_run(driver *d, const bool *done, int ms);

#endif

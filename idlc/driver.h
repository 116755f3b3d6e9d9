/* SPDX-License-Identifier: MIT */
/* driver.h: the whole run of the compiler. */
#ifndef IDLC_DRIVER_H
#define IDLC_DRIVER_H

enum { EXIT_FINE = 0, EXIT_WRONG_INPUT = 1, EXIT_WRONG_COMMAND = 2 };

/* Diagnostics go to stderr, what was asked for to stdout. The exit status. */
int driver_run(int argc, char **argv);

#endif

/* SPDX-License-Identifier: MIT */
/* main.c: idlc. */
#define _POSIX_C_SOURCE 200809L

#include <signal.h>

#include "driver.h"

int main(int argc, char **argv)
{
    /* A file that grows over the limit is an error like a full disk, not the end without a word. */
    signal(SIGXFSZ, SIG_IGN);
    return driver_run(argc, argv);
}

/* SPDX-License-Identifier: MIT */
/* decoded.h: a room (an arena) for one test, and the sample message that is decoded into it. */
#ifndef DECODED_H
#define DECODED_H

#include "sample.h"

extern idl_arena *room;
extern sample_all m;

int set_up(void **state);
int tear_down(void **state);

/* Decodes the digits into m, or fails the test. */
void get(const char *digits);

#endif

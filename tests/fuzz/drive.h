/* SPDX-License-Identifier: MIT */
/* drive.h: one side of a connection, driven by bytes: the wire, limits, and a schedule of frames,
 * right and wrong, of commands, of metadata, of time, of writes that take a part, and of allocations
 * that fail. */
#ifndef FUZZ_DRIVE_H
#define FUZZ_DRIVE_H

#include <stddef.h>
#include <stdint.h>

#include "conn.h"

/* Findings: events about streams that are not open, two ends of one stream, anything after the
 * last event, output that is no frames, answers to calls that were not made or were answered,
 * metadata that is not legal, and streams that are left when the connection is lost. */
void drive(enum idl__role role, const uint8_t *data, size_t size);

#endif

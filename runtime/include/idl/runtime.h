/* SPDX-License-Identifier: MIT */
/* runtime.h: the whole public runtime, for applications and generated code.
 *
 * Start with channel.h (clients) or server.h (servers) and call.h (what both sides do with a
 * call); metadata.h is what travels beside its messages; frame.h is framing alone; codec.h and stub.h
 * serve generated code. */
#ifndef IDL_RUNTIME_H
#define IDL_RUNTIME_H

#include <idl/arena.h>
#include <idl/base.h>
#include <idl/call.h>
#include <idl/channel.h>
#include <idl/codec.h>
#include <idl/frame.h>
#include <idl/health.h>
#include <idl/intercept.h>
#include <idl/log.h>
#include <idl/metadata.h>
#include <idl/server.h>
#include <idl/stats.h>
#include <idl/status.h>
#include <idl/stub.h>
#include <idl/trace.h>
#include <idl/values.h>

#endif

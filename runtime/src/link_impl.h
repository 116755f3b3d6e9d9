/* SPDX-License-Identifier: MIT */
/* link_impl.h: what the files of a link share. link.c: its life, and who sleeps on it; link_connect.c:
 * the way to a connection; link_io.c: bytes in and out; link_events.c: what became of its calls. */
#ifndef IDL__LINK_IMPL_H
#define IDL__LINK_IMPL_H

#include "link.h"

/* ---- link.c ---- */

void idl__link_end_attempt(idl__link *link);
/* Its target is without a link, and it takes no new call. */
void idl__link_leave_target(idl__link *link);
/* While it is connecting: the calls that wait for it go elsewhere. */
void idl__link_shed(idl__link *link);
/* All who wait for something on it look again. */
void idl__link_wake_all(idl__link *link);

/* ---- link_connect.c ---- */

/* The reader's role while it is connecting, as idl__link_read. */
void idl__link_connect(idl__link *link, idl_call *call, uint64_t until);

/* ---- link_io.c ---- */

/* How long to poll; not for long when nobody can end it, because there is no waiter. */
int idl__link_poll_ms(uint64_t until, const idl__waiter *waiter);
static inline bool idl__link_may_be_cancelled(const idl_call *call)
{
    return call != NULL && call->client.has_token;
}

/* ---- link_events.c ---- */

/* Keeps why the link went down, the first time. */
void idl__link_keep_reason(idl__link *link, idl_code code, idl_str message);
void idl__link_take_events(idl__link *link);
/* conn was the link's, and is lost: ends its calls. */
void idl__link_end_calls(idl__link *link, idl__conn *conn);

#endif

/* SPDX-License-Identifier: MIT */
/* systemd.h: what a service manager gives a process, and is told by it: as sd_listen_fds(3) and
 * sd_notify(3) document it. No library, nothing but environment variables and a datagram socket. */
#ifndef IDL__SYSTEMD_H
#define IDL__SYSTEMD_H

#include "address.h"

/* The descriptors that a listener's address names: fd://3 that one, systemd:// those that were passed
 * to this process (LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES), systemd://name those of that name. Goes from
 * one to the next: *fd is the last one, -1 before the first and after the last. The address was
 * checked.
 *
 * IDL_OK; IDL_UNAVAILABLE: none was passed, or none of that name. */
idl_code idl__passed_next(const char *address, int *fd, char error[IDL__ERROR_MAX]);

/* Sends a state, "READY=1", to the service manager, if it wants to hear (NOTIFY_SOCKET). Waits a second
 * at most. False: it wants to, and can't be told. */
bool idl__notify(const char *state);

#endif

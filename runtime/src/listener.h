/* SPDX-License-Identifier: MIT */
/* listener.h: a listening socket, and what it leaves in the file system. */
#ifndef IDL__LISTENER_H
#define IDL__LISTENER_H

#include <sys/types.h>

#include <idl/call.h>

#include "address.h"

typedef struct idl__listener {
    int fd;                                /* -1: closed */
    bool passed;                           /* others have it too: the queue is theirs at the end */
    enum idl__protocol protocol;           /* of those who connect */
    char text[IDL__ENDPOINT_TEXT];         /* the address it really has */
    char path[sizeof(struct sockaddr_un)]; /* the socket's file; "": none */
    dev_t device;                          /* and which file that is */
    ino_t inode;
} idl__listener;

/* Binds and listens. The socket does not block and is closed on exec. A socket file whose server is
 * gone is replaced, by exactly one of several that try at the same time. mode: of a socket file; 0:
 * as the umask says. On an error the listener is closed and error says why. */
idl_code idl__listener_open(idl__listener *listener, const char *address, unsigned mode,
                            char error[IDL__ERROR_MAX]);

/* Takes a listening socket that the process was started with; the descriptor is the listener's if that
 * works. address: as idl__passed_next. IDL_OK; IDL_INVALID_ARGUMENT: it is no such socket. */
idl_code idl__listener_adopt(idl__listener *listener, const char *address, int fd,
                             char error[IDL__ERROR_MAX]);

/* Removes the socket file too, if it is still this listener's. */
void idl__listener_close(idl__listener *listener);

/* The next connection, which does not block and is closed on exec, and where it is from; -1 and
 * errno. */
int idl__listener_accept(const idl__listener *listener, idl__endpoint *from);

/* Which process is at the other end of such a connection; all -1: it is not on this host. */
idl_credentials idl__accepted_credentials(const idl__endpoint *from, int fd);

#endif

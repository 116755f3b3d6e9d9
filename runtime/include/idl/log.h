/* SPDX-License-Identifier: MIT */
/* log.h: what channels and servers tell besides how calls end: connections, limits, what peers do wrong.
 *
 *     static const idl_log log = { .write = idl_log_stderr };
 *     options.log = &log;                       those of a channel or a server
 *
 * Without a log nothing is written, and nothing is paid. Calls themselves are not logged: interceptors
 * see them (intercept.h). */
#ifndef IDL_LOG_H
#define IDL_LOG_H

#include <idl/base.h>

IDL_BEGIN_DECLS

typedef enum idl_log_level {
    IDL_LOG_ERROR = 1, /* something does not work, and stays so */
    IDL_LOG_WARNING, /* limits, refused and broken connections, a server that can't be reached, handlers
                          that end with INTERNAL, UNKNOWN or DATA_LOSS */
    IDL_LOG_INFO, /* listening, draining; connections that a channel has made and a server has lost */
    IDL_LOG_DEBUG /* also each connection that a server opens, and each that ends well */
} idl_log_level;

/* Where lines go. It has to live as long as what it was given to, and may be given to several. */
typedef struct idl_log {
    /* One line: text is printable ASCII without a newline, of at most 1023 bytes; it lives until write
     * returns. What else a peer may have sent is escaped as in C. Called on the thread on which it
     * happens, several at once; a server's loop or a channel's other threads wait meanwhile: it calls
     * nothing of the channel or server, and is quick. */
    void (*write)(idl_log_level level, const char *text, void *arg);
    void *arg;
    idl_log_level level; /* lines up to this one; 0: IDL_LOG_INFO */
} idl_log;

/* For write: "idl: warning: tcp://127.0.0.1:50051: connection refused", on stderr. */
IDL_API void idl_log_stderr(idl_log_level level, const char *text, void *arg);

/* "warning" for IDL_LOG_WARNING. */
IDL_API const char *idl_log_level_name(idl_log_level level);

/* What peers can bring about is written at most 100 times a second, for each channel and each worker of
 * a server; how many lines were left out is said afterwards. */

IDL_END_DECLS
#endif

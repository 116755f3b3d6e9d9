/* SPDX-License-Identifier: MIT */
/* cname_words.h: how the words of a name become an identifier.
 *
 * Words are lower case, joined by single underscores: "HTTPServer" is "http_server". They are what
 * names are put together from; only the last step makes an identifier of them. */
#ifndef IDLC_CNAME_WORDS_H
#define IDLC_CNAME_WORDS_H

#include <stdbool.h>

#include "arena.h"
#include "str.h"

/* Words split at what is neither letter nor digit, between lower case or digit and upper case, and
 * before the last capital of a run that a lower-case letter follows. May give none at all ("_"). */
struct str words_split(struct arena *arena, struct str name);
/* Either may be empty. */
struct str words_join(struct arena *arena, struct str first, struct str second);
/* The words behind prefix, if there are any; else all of words. */
struct str words_without(struct str words, struct str prefix);

/* An identifier: never empty, never beginning with a digit or with "idl_". */
struct str words_identifier(struct arena *arena, struct str words, bool upper);

#endif

/* SPDX-License-Identifier: MIT */
/* view_proto.h: names in a .proto, where the IDL's would clash.
 *
 * Packages, services and methods keep their names, which are on the wire. Messages and enums may
 * have the name of a package there; values of enums stand beside their enum, and so next to
 * everything else in the package; a map field declares a message of its own. */
#ifndef IDLC_VIEW_PROTO_H
#define IDLC_VIEW_PROTO_H

#include "view.h"

struct proto_names;

/* The names that v's file sees. */
struct proto_names *proto_names_new(struct view *v);

/* The name of an enum or message, in full and without its package: with a '_' where file, which
 * declares it, sees a package of that name. */
struct str proto_full_name(struct view *v, const struct file *file, struct str full_name);
struct str proto_name(struct view *v, const struct file *file, struct str full_name);

/* COLOR_RED, with a '_' for each that has that name already. Values in their enums' order, each
 * once. */
struct str proto_value_name(struct proto_names *names, const struct enumeration *e,
                            const struct enum_value *value);

/* A field's or oneof's own name, with a '_' where a map field's message has it. */
struct str proto_member_name(struct view *v, const struct structure *s, struct str name);

#endif

/* SPDX-License-Identifier: MIT */
/* protocol.h: what a connection may speak. Addresses name it; who passes it on does not look. */
#ifndef IDL__PROTOCOL_H
#define IDL__PROTOCOL_H

enum idl__protocol { IDL__FRAMED, IDL__TTRPC };

#endif

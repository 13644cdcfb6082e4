/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ntlmssp - NTLM authentication messages (MS-NLMP), as SMB, LDAP, DCE/RPC, HTTP and others carry them.
 *
 * Text is converted to UTF-8 into the caller's arena.  Pure functions.
 */
#ifndef WIRE_NTLMSSP_H
#define WIRE_NTLMSSP_H

#include "base/arena.h"

enum { NTLMSSP_NEGOTIATE = 1, NTLMSSP_CHALLENGE = 2, NTLMSSP_AUTHENTICATE = 3 };

struct ntlmssp {
    uint32_t type;
    uint32_t flags;
    bool has_version;                /* 2.2.2.10 */
    uint8_t major, minor, revision;
    uint16_t build;
    bool odd;                        /* text was asked for beyond the message, or the type is none */
    struct bytes domain, user, host; /* of an AUTHENTICATE message; of a CHALLENGE the server's domain and name; UTF-8 */
    struct bytes version;            /* the eight bytes of 2.2.2.10, in the arena; empty: none */
};

/* Reads the first message found in `blob` (also inside GSS-API tokens).  False when none is there or its head is cut off. */
bool ntlmssp_find(struct bytes blob, struct arena *a, struct ntlmssp *out);
/* The version (2.2.2.10) that the first message in `blob` tells, eight bytes of it; empty: none. */
struct bytes ntlmssp_version(struct bytes blob);

#endif

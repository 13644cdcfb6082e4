/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sign - what a host lets slip about itself: kinds of evidence, one row each in signs.list.
 *
 * A sign is a kind and a short text in a fixed spelling (sign rows say which; where a field gives bytes as they came, lists of numbers,
 * addresses, the tap spells them: aware/tap_spell.c).  Protocols name the kind in a field's row
 * (struct field, `sign`), the taps of the map make those of packets themselves.  The map keeps signs as evidence and never
 * decides from where it got them: tables of fingerprints (aware/print.h) say what a sign means.
 */
#ifndef BASE_SIGN_H
#define BASE_SIGN_H

enum sign {
    SIGN_NONE,
#define SIGN(id, name, of, help) SIGN_##id,
#include "base/signs.list"
#undef SIGN
    SIGN_N
};

/* Whom it is about. */
enum sign_of {
    SIGN_OF_SENDER,  /* the host that sent the bytes */
    SIGN_OF_SERVER,  /* the flow's server, or its service on that port, whoever said it */
    SIGN_OF_CLIENT,  /* the flow's client, whoever said it */
    SIGN_OF_NAMED,   /* a host that the message names by address (a lease, an answer) */
};

struct sign_row {
    const char *name; /* as evidence has it in records: "tcp.syn", "dhcp.params" */
    unsigned char of; /* enum sign_of */
    const char *help; /* how its text is spelled, with the source */
};
extern const struct sign_row sign_rows[SIGN_N]; /* [SIGN_NONE] is empty */

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * wish - rules made of what is hunted for without rules: strings, expressions, names, hashes of files, fingerprints, addresses.
 *
 * The caller's; lists that its rules read are files in /tmp, gone with wishes_fini.
 */
#ifndef HUNT_WISH_H
#define HUNT_WISH_H

#include "base/text.h"
#include "hunt/hunt.h"

enum { WISHES_MAX = 1024 };
#define WISHES_NAME "(hunt)"     /* of the rules, as their source */

struct wishes {
    struct text text;            /* the rules */
    unsigned sid;
    struct hunt_key key[WISHES_MAX]; /* for hunt_limits */
    uint32_t key_hash[WISHES_MAX];
    unsigned key_n, hash_n;
    char list[WISHES_MAX][32];
    unsigned list_n;
};
void wishes_init(struct wishes *w);
void wishes_fini(struct wishes *w);
/* kind: "string", "regex", "domain", "hash", "sha256", "ja4", "address"; others add nothing.  False with err. */
bool wishes_add(struct wishes *w, const char *kind, const char *value, struct err *err);

#endif

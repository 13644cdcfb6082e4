/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lease - until when an address is lent to who holds it; the sign "lease" says it, with the time at which it came last. */
#include "aware/map.h"

#include <stdio.h>
#include <string.h>

bool lease_read(struct bytes text, struct lease *out)
{
    enum { MAC_TEXT = MAC_TEXT_MAX - 1 };
    char room[128], address[48] = "";
    unsigned long long seconds = 0;
    enum family family;

    if (text.n >= sizeof room || !mac_read(bytes_head(text, MAC_TEXT), out->mac)) {
        return false;
    }
    memcpy(room, text.p, text.n);
    room[text.n] = '\0';
    if (sscanf(room + MAC_TEXT, " %47s %llu", address, &seconds) < 1 || !addr_parse(address, &out->addr, &family)) {
        return false;
    }
    out->family = (uint8_t)family;
    out->seconds = seconds;
    return true;
}

uint64_t lease_end(const struct tenure *t)
{
    enum { ENDLESS = 10 * 366 * 86400 /* RFC 2131 3.3 has all ones for it; what is longer than ten years is none either */ };
    const struct evidence *newest = NULL;
    struct lease lease;

    for (const struct evidence *v = evidence_first(t); v != NULL; v = evidence_next(t, v)) {
        bool is = v->sign == SIGN_LEASE && bytes_find_byte(bytes_of(v->word->text, v->word->n), '/') == SIZE_MAX; /* none of a prefix, which a router lends to all */
        newest = is && (newest == NULL || v->last > newest->last) ? v : newest;
    }
    bool is = newest != NULL && lease_read(bytes_of(newest->word->text, newest->word->n), &lease) && lease.seconds < ENDLESS;
    return is ? newest->last + lease.seconds * CLOCK_SECOND : 0;
}

/* What was seen within a stretch of time may not show in `last`: only in a later one than that of its end it is certain. */
uint64_t tenure_until(const struct map *m, const struct tenure *t)
{
    bool quiet = t->until == 0 && slot_of(t->last) < slot_of(m->now);
    uint64_t lent = quiet ? lease_end(t) : 0, end = quiet && lent == 0 ? prefix_end(m, t) : lent;

    return t->until != 0 ? t->until : end != 0 && t->last <= end && slot_of(end) < slot_of(m->now) ? end : 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/host_bits.h"

#include "detect/inspect.h"
#include "detect/shared.h"

const char *const host_bits_commands[] = { "isset", "isnotset", "set", "unset", "toggle", "noalert", NULL };

static bool bits_key(const struct detect_scope *s, const struct host_bits *b, struct shared_key *k)
{
    struct addr src, dst;
    enum family family;

    if (!scope_addresses(s, &src, &dst, &family)) {
        return false;
    }
    *k = (struct shared_key){ .id = b->id, .family = (uint8_t)family, .kind = b->track == BITS_PAIR ? SHARED_XBIT_SRC_DST : SHARED_HOSTBIT };
    if (b->track == BITS_PAIR) { /* a pair has no direction */
        bool ordered = memcmp(src.b, dst.b, sizeof src.b) < 0;
        k->a = ordered ? src : dst;
        k->b = ordered ? dst : src;
    } else {
        k->a = b->track == BITS_SRC ? src : dst;
    }
    return true;
}

static bool bits_change(struct detect_scope *s, const struct host_bits *b, const struct shared_key *k)
{
    struct detect *d = s->detect;
    uint64_t now = scope_time(s);
    bool made;
    struct shared_entry *e = shared_get(d->shared, d->worker, k, now, &made);

    if (e) {
        bool on = !made && e->expires >= now;
        if (b->command == HOST_UNSET || (b->command == HOST_TOGGLE && on)) {
            shared_remove(d->shared, k);
        } else {
            e->expires = now + b->expire * CLOCK_SECOND;
        }
    }
    d->counter[DETECT_SHARED_FULL] += e == NULL;
    shared_done(d->shared, k);
    return e != NULL;
}

static bool txn_bits_match(struct detect_scope *s, const struct host_bits *b)
{
    bool on = scope_txnbit(s, b->id);

    if (b->command >= HOST_SET) {
        scope_txnbit_set(s, b->id, b->command == HOST_SET || (b->command == HOST_TOGGLE && !on));
        return s->txn != NULL;
    }
    return on == (b->command == HOST_ISSET);
}

bool host_bits_match(struct detect_scope *s, const struct host_bits *b)
{
    struct detect *d = s->detect;
    struct shared_key k;

    if (b->track == BITS_TXN) {
        return txn_bits_match(s, b);
    }
    if (!bits_key(s, b, &k)) {
        return b->command == HOST_ISNOTSET;
    }
    if (b->command >= HOST_SET) {
        return bits_change(s, b, &k);
    }
    const struct shared_entry *e = shared_get(d->shared, d->worker, &k, scope_time(s), NULL);
    bool on = e && e->expires >= scope_time(s);
    shared_done(d->shared, &k);
    return on == (b->command == HOST_ISSET);
}

const struct host_bits *host_bits_of(const struct match *m)
{
    return m->kind == MATCH_KEYWORD && (m->keyword.row == &keyword_xbits || m->keyword.row == &keyword_hostbits) ? m->keyword.data : NULL;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xbits:set,name,track ip_src|ip_dst|ip_pair[,expire N]: bits of hosts and pairs of hosts, across flows; track tx: of a transaction. */
#include "detect/host_bits.h"

enum { EXPIRE_PRESET = 30, WORDS_MAX = 5 };

static bool bits_option(const char *word, struct host_bits *b, unsigned *seen, struct err *err)
{
    static const char *const tracks[] = { "ip_src", "ip_dst", "ip_pair", "tx", NULL } /* as enum bits_track */;
    const char *value;

    if (option_named(word, "track", &value) && (*seen & 1) == 0) {
        int track = option_choice(value, tracks);
        *seen |= 1;
        b->track = (uint8_t)(track < 0 ? 0 : track);
        return track >= 0 || err_set(err, "xbits: no such thing to track: \"%s\"", value);
    }
    if (option_named(word, "expire", &value) && (*seen & 2) == 0) {
        *seen |= 2;
        return (option_u32(value, &b->expire) && b->expire != 0) || err_set(err, "xbits: expire needs seconds, not \"%s\"", value);
    }
    return err_set(err, "xbits: unknown \"%s\"", word);
}

static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    static const char *const spaces[] = { [BITS_SRC] = "hostbits", [BITS_DST] = "hostbits", [BITS_PAIR] = "xbits", [BITS_TXN] = "txnbits" };
    const char *word[WORDS_MAX];
    unsigned n = option_words(rule_parse_arena(p), argument, ',', word, WORDS_MAX), seen = 0;
    int command = n ? option_choice(word[0], host_bits_commands) : -1;

    if (command < 0 || n > WORDS_MAX) {
        return err_set(err, "xbits: unknown action \"%s\"", n ? word[0] : "");
    }
    if (command == HOST_NOALERT) {
        r->noalert = true;
        *place = KEYWORD_POST;
        return n == 1 || err_set(err, "xbits:noalert takes nothing behind it");
    }
    struct host_bits *b = arena_zero(rule_parse_arena(p), sizeof *b);
    if (!b || n < 2 || word[1][0] == '\0' || strpbrk(word[1], " \t")) {
        return err_set(err, "xbits:%s needs a name", word[0]);
    }
    b->command = (uint8_t)command;
    b->expire = EXPIRE_PRESET;
    for (unsigned i = 2; i < n; i++) {
        if (word[i][0] != '\0' && !bits_option(word[i], b, &seen, err)) {
            return false;
        }
    }
    if (b->track == BITS_TXN && (seen & 2) != 0) {
        return err_set(err, "xbits: bits of a transaction do not expire");
    }
    b->id = rule_parse_name(p, spaces[b->track], word[1]);
    *place = command > HOST_ISNOTSET ? KEYWORD_POST : b->track == BITS_TXN ? KEYWORD_TXN : KEYWORD_PACKET;
    *data = b;
    return true;
}

static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    (void)r;
    return !data || host_bits_match(s, data);
}

const struct keyword keyword_xbits = { .name = "xbits", .dialects = 1 << DIALECT_SURICATA, .place = KEYWORD_PACKET, .parse = parse,
                                       .match = match, .help = "bits of a host or a pair of hosts that expire, or of a transaction" };

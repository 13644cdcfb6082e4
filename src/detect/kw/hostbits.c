/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hostbits:set,name,src|dst: bits of a host, across flows. */
#include "detect/host_bits.h"

enum { EXPIRE_PRESET = 300 };

static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    static const char *const tracks[] = { "src", "dst", NULL };
    const char *word[4];
    unsigned n = option_words(rule_parse_arena(p), argument, ',', word, 4);
    int command = n ? option_choice(word[0], host_bits_commands) : -1, track = n >= 3 ? option_choice(word[2], tracks) : 0;

    if (command < 0 || track < 0) {
        return err_set(err, "hostbits takes an action, a name, and src or dst");
    }
    if (command == HOST_NOALERT) {
        r->noalert = true;
        *place = KEYWORD_POST;
        return n == 1 || err_set(err, "hostbits:noalert takes nothing behind it");
    }
    struct host_bits *b = arena_zero(rule_parse_arena(p), sizeof *b);
    if (!b || n < 2 || word[1][0] == '\0') {
        return err_set(err, "hostbits:%s needs a name", word[0]);
    }
    *b = (struct host_bits){ .command = (uint8_t)command, .track = (uint8_t)track, .expire = EXPIRE_PRESET,
                             .id = rule_parse_name(p, "hostbits", word[1]) };
    *place = command <= HOST_ISNOTSET ? KEYWORD_PACKET : KEYWORD_POST;
    *data = b;
    return true;
}

static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    (void)r;
    return !data || host_bits_match(s, data);
}

const struct keyword keyword_hostbits = { .name = "hostbits", .dialects = 1 << DIALECT_SURICATA, .place = KEYWORD_PACKET, .parse = parse,
                                          .match = match, .help = "bits of a host" };

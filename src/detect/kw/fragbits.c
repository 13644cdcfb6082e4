/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/kw/kw.h"

struct bits {
    uint8_t want;
    char how;                  /* 0 exactly, '+' these and others, '*' any of them, '!' not these */
};

/* "[+*!]MDR"; to Suricata + asks for others too, and ! is "not all of them": to Snort it is "none of them", and the sign may stand
 * behind the letters, which may be small. */
static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    static const struct {
        char letter;
        uint8_t bit;
    } letters[] = { { 'R', 4 }, { 'D', 2 }, { 'M', 1 } };
    struct bits *to = kw_data(p, sizeof *to, err);
    const char *at = argument;
    bool suricata = r->dialect == DIALECT_SURICATA;

    (void)place;
    *data = to;
    if (to == NULL) {
        return false;
    }
    at += strspn(at, suricata ? "" : " \t");
    if (*at && strchr("+*!", *at)) {
        to->how = *at++;
    }
    at += strspn(at, " \t");
    for (; *at && strchr(suricata ? "MDR" : "MDRmdr ", *at); at++) {
        for (size_t i = 0; i < ROWS(letters); i++) {
            to->want |= (*at & ~0x20) == letters[i].letter ? letters[i].bit : 0;
        }
    }
    if (!suricata && to->how == 0 && *at && strchr("+*!", *at)) {
        to->how = *at++;
    }
    return (to->want && (suricata || *at == '\0')) || err_set(err, "'%.64s' are no fragment bits: write M, D, R with +, * or ! in front", argument);
}

static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    const struct bits *b = data;
    uint8_t has;

    /* Snort: IPv6 has them too, all clear but that of a fragment that others follow. */
    if (s->view == NULL || (!view_has(s->view, LAYER_IPV4) && !(r->dialect != DIALECT_SURICATA && view_has(s->view, LAYER_IPV6)))) {
        return false;
    }
    bool suricata = r->dialect == DIALECT_SURICATA;

    has = s->view->frag_flags & 7;
    switch (b->how) {
    case '+': return (has & b->want) == b->want && (has != b->want || !suricata);
    case '*': return (has & b->want) != 0;
    case '!': return suricata ? (has & b->want) != b->want : (has & b->want) == 0;
    default: return has == b->want;
    }
}

const struct keyword keyword_fragbits = {
    .name = "fragbits",
    .dialects = 1 << DIALECT_SURICATA,
    .place = KEYWORD_PACKET,
    .needs_packet = true,
    .parse = parse,
    .match = match,
    .help = "reserved, don't fragment and more fragments bits of the IPv4 header",
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/kw/tcp_flags.h"

#include "detect/kw/kw.h"

struct flags {
    uint8_t want, look;        /* look: the bits that count */
    char how;                  /* 0 exactly, '+' these and others, '*' any of them, '!' not all of them; Snort: none of them */
    bool suricata;             /* with what Suricata alone makes of it */
};

enum { BEGIN_END = 1 | 2 | 4 /* FIN SYN RST */, UNUSUAL = 32 | 64 | 128 /* URG ECE CWR */ };

/* small: letters may be small, as Snort has it. */
static int flag_of(char c, bool small)
{
    static const char letters[] = "FSRPAUEC";
    const char *at;

    c = c == '1' ? 'C' : c == '2' ? 'E' : c >= 'a' && c <= 'z' && small ? (char)(c - 'a' + 'A') : c;
    at = c ? strchr(letters, c) : NULL;
    return at ? 1 << (at - letters) : 0;
}

static bool wanted(struct bytes b, struct flags *to, struct err *err)
{
    bool found = false;

    for (size_t i = 0; i < b.n; i++) {
        char c = (char)b.p[i];

        if (c == '+' || c == '*' || c == '!') {
            if (to->how) {
                return err_set(err, "\"flags\" supports only one modifier at a time");
            }
            to->how = c;
        } else if (c == '0') {
            to->want = 0;
            found = true;
        } else if (flag_of(c, !to->suricata)) {
            to->want |= (uint8_t)flag_of(c, !to->suricata);
            found = true;
        } else if (c != ' ' && c != '\t') {
            return err_set(err, "'%c' is no TCP flag: F S R P A U E C, or 0 for none", c);
        }
    }
    return found || err_set(err, "no TCP flag is named");
}

/* "[+*!]FSRPAUEC12[,flags that do not count]" */
static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    struct flags *to = kw_data(p, sizeof *to, err);
    struct rd b = rd_of(bytes_str(argument));
    struct bytes first, rest;
    bool comma;

    (void)place;
    *data = to;
    if (to == NULL) {
        return false;
    }
    to->suricata = r->dialect == DIALECT_SURICATA;
    first = rd_until(&b, ',', &comma);
    rest = bytes_trim(rd_rest(&b), " \t");
    to->look = 0xff;
    for (size_t i = 0; i < rest.n; i++) {
        if (!flag_of((char)rest.p[i], !to->suricata)) {
            return err_set(err, "'%c' is no TCP flag", rest.p[i]);
        }
        to->look &= (uint8_t)~flag_of((char)rest.p[i], !to->suricata);
    }
    return wanted(first, to, err) && (!comma || rest.n || err_set(err, "no TCP flag is named behind the comma"));
}

static bool holds(const struct flags *f, uint8_t flags)
{
    uint8_t has = flags & f->look;

    /* Suricata looks at a packet for such a rule only when it has one of the same kind: "not SYN" is a FIN or RST. */
    if (f->suricata && ((f->want & BEGIN_END && !(flags & BEGIN_END)) || (f->want & UNUSUAL && !(flags & UNUSUAL)))) {
        return false;
    }
    if (f->suricata && f->want == 0 && flags) {
        return f->how == '!';
    }
    switch (f->how) {
    case '+': return (has & f->want) == f->want;
    case '*': return (has & f->want) != 0;
    case '!': return f->suricata ? (has & f->want) != f->want : (has & f->want) == 0;
    default: return has == f->want;
    }
}

static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    (void)r;
    return s->view != NULL && view_has(s->view, LAYER_TCP) && holds(data, s->view->tcp.flags);
}

static uint8_t needs(const void *data)
{
    const struct flags *f = data;

    return !f->suricata ? 0 : (uint8_t)((f->want & BEGIN_END ? NEED_SYN : 0) | (f->want & UNUSUAL ? NEED_UNUSUAL : 0));
}

const struct keyword keyword_tcp_flags = {
    .name = "tcp.flags",
    .aliases = "flags",
    .dialects = 1 << DIALECT_SURICATA,
    .place = KEYWORD_PACKET,
    .needs_packet = true,
    .parse = parse,
    .match = match,
    .needs = needs,
    .help = "flags of the TCP header",
};

bool tcp_flags_hold(const struct match *m, uint8_t flags)
{
    return m->kind != MATCH_KEYWORD || m->keyword.row != &keyword_tcp_flags || holds(m->keyword.data, flags);
}

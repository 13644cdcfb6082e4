/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/kw/kw.h"

enum { CLIENT_HELLO = 1, SERVER_HELLO = 2, CLIENT_KEYX = 4, SERVER_KEYX = 8, UNKNOWN = 16 };

struct states {
    uint8_t set, mask;
    /* Progress from which on a side has sent its hello, and its key exchange. */
    uint8_t hello[2], keyx[2];
};

static bool progress(const struct rule_parse *p, enum side side, const char *name, uint8_t *out)
{
    const struct proto *const *protos = rule_parse_context(p)->protos;

    for (unsigned i = 0; protos && protos[i]; i++) {
        const struct proto_state *x = strcmp(protos[i]->name, "tls") == 0 ? proto_states(protos[i], side) : NULL;

        for (; x && x->name; x++) {
            if (strcmp(x->name, name) == 0) {
                *out = x->progress;
                return true;
            }
        }
    }
    return false;
}

/* "client_hello | !server_keyx,…" */
static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    static const char *const words[] = { "client_hello", "server_hello", "client_keyx", "server_keyx", "unknown" };
    struct states *to = kw_data(p, sizeof *to, err);
    struct rd b = rd_of(bytes_str(argument));

    (void)r;
    (void)place;
    *data = to;
    if (to == NULL) {
        return false;
    }
    if (!progress(p, TO_SERVER, "client_hello_done", &to->hello[TO_SERVER]) || !progress(p, TO_SERVER, "client_handshake_done", &to->keyx[TO_SERVER]) ||
        !progress(p, TO_CLIENT, "server_hello", &to->hello[TO_CLIENT]) || !progress(p, TO_CLIENT, "server_hello_done", &to->keyx[TO_CLIENT])) {
        return err_set(err, "protocol tls is not built in");
    }
    while (rd_skip_any(&b, " \t,|"), rd_left(&b)) {
        bool not = rd_peek(&b).p[0] == '!';
        struct bytes w;
        unsigned i = 0;

        rd_skip(&b, not ? 1 : 0);
        rd_skip_any(&b, " \t");
        w = rd_until_any(&b, " \t,|");
        while (i < ROWS(words) && !bytes_is(w, words[i])) {
            i++;
        }
        if (i == ROWS(words)) {
            return err_set(err, "Found invalid option \"%.*s\" in ssl_state keyword.", (int)w.n, (const char *)w.p);
        }
        to->set |= (uint8_t)(1u << i);
        to->mask |= (uint8_t)((unsigned)not << i);
    }
    return to->set != 0 || err_set(err, "Invalid arg \"%.64s\" supplied to ssl_state keyword.", argument);
}

/* What the inspected side has come to; Suricata asks what its last record held. */
static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    const struct states *x = data;
    uint8_t at, now;

    (void)r;
    if (s->txn == NULL) {
        return false;
    }
    at = s->txn->progress[s->side];
    if (s->side == TO_SERVER) {
        now = at >= x->keyx[TO_SERVER] ? CLIENT_KEYX : at >= x->hello[TO_SERVER] ? CLIENT_HELLO : 0;
    } else {
        now = at >= x->keyx[TO_CLIENT] ? SERVER_KEYX : at >= x->hello[TO_CLIENT] ? SERVER_HELLO : 0;
    }
    return ((x->set & now) ^ x->mask) != 0;
}

const struct keyword keyword_ssl_state = {
    .name = "ssl_state",
    .dialects = 1 << DIALECT_SURICATA,
    .place = KEYWORD_TXN,
    .proto = "tls",
    .parse = parse,
    .match = match,
    .help = "how far the TLS handshake is: client_hello, server_hello, client_keyx, server_keyx, unknown",
};

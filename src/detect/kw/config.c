/* SPDX-License-Identifier: GPL-2.0-or-later */
/* config:logging disable, type tx, scope tx|flow: no records of the transaction a rule matched, or of any of its flow. */
#include "detect/kw/kw.h"

#include "detect/option_text.h"
#include "proto/driver.h"

struct config {
    bool flow; /* scope */
};

static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    static const char *const first[] = { "logging", "type", "scope" };
    struct config *c = kw_data(p, sizeof *c, err);
    const char *part[4], *word[4];
    unsigned n = option_words(rule_parse_arena(p), argument, ',', part, 4);

    (void)r;
    (void)place;
    *data = c;
    if (c == NULL) {
        return false;
    }
    for (unsigned i = 0; i < n; i++) {
        unsigned k = option_words(rule_parse_arena(p), part[i], ' ', word, 4);
        bool good = i < 3 && k == 2 && strcmp(word[0], first[i]) == 0;
        if (good && i == 2) {
            c->flow = strcmp(word[1], "flow") == 0;
            good = c->flow || strcmp(word[1], "tx") == 0;
        } else if (good) {
            good = strcmp(word[1], i == 0 ? "disable" : "tx") == 0;
        }
        if (!good) {
            return err_set(err, "config: 'logging disable, type tx, scope tx' (or flow) is wanted, not '%s'", argument);
        }
    }
    return n == 3 || err_set(err, "config: 'logging disable, type tx, scope tx' (or flow) is wanted, not '%s'", argument);
}

static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    const struct config *c = data;

    (void)r;
    if (s->txn != NULL) {
        s->txn->logged = s->txn->silent = true;
        txn_due(s->txn);
    }
    if (c->flow && s->flow != NULL && s->flow->app != NULL) {
        s->flow->app->log_off = true;
    }
    return true;
}

const struct keyword keyword_config = { .name = "config", .dialects = 1 << DIALECT_SURICATA, .place = KEYWORD_POST, .parse = parse,
                                        .match = match, .help = "no records of a transaction, or of all of its flow" };

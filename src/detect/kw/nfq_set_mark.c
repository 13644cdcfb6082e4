/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nfq_set_mark:mark[/mask]: would mark the packet in netfilter's queue.  It is read, and the rule is told that it is not done. */
#include "detect/kw/kw.h"

#include "detect/option_text.h"

/* A number of 32 bits, decimal or 0x… */
static bool number(const char *text)
{
    struct bytes b = bytes_str(text);
    uint64_t v;

    if (!bytes_starts_nocase(b, "0x")) {
        return bytes_u64(b, &v) && v <= UINT32_MAX;
    }
    return b.n > 2 && b.n <= 10 && strspn(text + 2, "0123456789abcdefABCDEF") == b.n - 2;
}

static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    const char *word[3];
    unsigned n = option_words(rule_parse_arena(p), argument, '/', word, 3);

    (void)r, (void)data, (void)place;
    if (n == 0 || n > 2 || !number(word[0]) || (n == 2 && !number(word[1]))) {
        return err_set(err, "nfq_set_mark: a mark, and a mask behind '/': not '%s'", argument);
    }
    rule_parse_warn(p, "nfq_set_mark: no rule sets marks here; the rule is loaded without it");
    return true;
}

const struct keyword keyword_nfq_set_mark = { .name = "nfq_set_mark", .dialects = 1 << DIALECT_SURICATA, .place = KEYWORD_NOWHERE, .parse = parse,
                                              .help = "the mark of a packet in netfilter's queue: read and never set, wherever packets come from; told when the rule is loaded" };

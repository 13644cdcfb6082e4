/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nfq_set_mark:mark[/mask]: marks the packet in netfilter's queue.  Only a source that is such a queue can; elsewhere nothing happens. */
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

    (void)r, (void)place, (void)data;
    if (n == 0 || n > 2 || !number(word[0]) || (n == 2 && !number(word[1]))) {
        return err_set(err, "nfq_set_mark: a mark, and a mask behind '/': not '%s'", argument);
    }
    return true;
}

static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    (void)s, (void)r, (void)data;
    return true;
}

const struct keyword keyword_nfq_set_mark = { .name = "nfq_set_mark", .dialects = 1 << DIALECT_SURICATA, .place = KEYWORD_POST, .parse = parse,
                                              .match = match, .help = "marks the packet in netfilter's queue, where it comes from one" };

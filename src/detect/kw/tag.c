/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tag:session|host[,count,packets|bytes|seconds[,src|dst]]: after an alert, also the packets that follow are recorded. */
#include "detect/kw/kw.h"

#include "detect/option_text.h"
#include "detect/tag.h"

static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    static const char *const kinds[] = { "session", "host", NULL }, *const metrics[] = { "packets", "bytes", "seconds", NULL };
    static const char *const sides[] = { "src", "dst", NULL };
    struct tag *t = kw_data(p, sizeof *t, err);
    const char *word[5];
    unsigned n = option_words(rule_parse_arena(p), argument, ',', word, 5);
    int kind = n != 0 ? option_choice(word[0], kinds) : -1, metric = n >= 3 ? option_choice(word[2], metrics) : TAG_PACKETS;
    int side = n == 4 ? option_choice(word[3], sides) : 0;
    uint64_t count = TAG_COUNT_PRESET;

    (void)r;
    (void)place;
    *data = t;
    if (t == NULL) {
        return false;
    }
    if (kind < 0 || metric < 0 || side < 0 || n == 2 || n > 4 || (n >= 3 && (!bytes_u64(bytes_str(word[1]), &count) || count == 0 || count > UINT32_MAX))) {
        return err_set(err, "tag: session or host, then a number, packets, bytes or seconds, then src or dst: not '%s'", argument);
    }
    if ((kind == TAG_HOST) != (n == 4)) {
        return err_set(err, kind == TAG_HOST ? "tag: a host's tag says which: src or dst" : "tag: a session's tag has no direction");
    }
    *t = (struct tag){ .kind = (uint8_t)kind, .metric = (uint8_t)metric, .dst = side == 1, .count = (uint32_t)count };
    return true;
}

/* Nothing is done at the match: only an alert that is raised tags (detect/tag.c). */
static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    (void)s, (void)r, (void)data;
    return true;
}

const struct keyword keyword_tag = { .name = "tag", .dialects = 1 << DIALECT_SURICATA, .place = KEYWORD_POST, .parse = parse,
                                     .match = match, .help = "after an alert, also the packets that follow are recorded" };

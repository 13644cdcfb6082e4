/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/kw/kw.h"

enum { TAG_ANY = INT8_MIN, TAG_ALL = INT8_MAX };

struct tag {
    struct range id;
    int8_t which;              /* TAG_ANY, TAG_ALL, 0 the outermost, -1 the innermost */
};

static bool which(const char *word, struct tag *to)
{
    static const struct {
        const char *word;
        int8_t which;
    } words[] = { { "any", TAG_ANY }, { "all", TAG_ALL }, { "0", 0 }, { "1", 1 }, { "2", 2 }, { "-1", -1 }, { "-2", -2 }, { "-3", -3 } };

    for (size_t i = 0; i < ROWS(words); i++) {
        if (strcmp(word, words[i].word) == 0) {
            to->which = words[i].which;
            return true;
        }
    }
    return false;
}

/* "RANGE[,any|all|-3..2]" */
static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    struct tag *to = kw_data(p, sizeof *to, err);
    const char *comma = strchr(argument, ',');
    char *range;

    (void)r;
    (void)place;
    *data = to;
    range = arena_str(rule_parse_arena(p), bytes_of(argument, comma ? (size_t)(comma - argument) : strlen(argument)));
    if (to == NULL || range == NULL) {
        return false;
    }
    to->which = TAG_ANY;
    if (comma && !which(comma + 1, to)) {
        return err_set(err, "vlan id invalid %.64s: behind the comma any, all or -3 to 2", argument);
    }
    if (!range_parse_max(range, UINT16_MAX, &to->id, err)) {
        return false;
    }
    return (to->id.low <= 0xfff && to->id.high <= 0xfff) || err_set(err, "vlan id invalid %.64s: ids have 12 bits", argument);
}

static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    const struct tag *t = data;
    int n, at;

    (void)r;
    if (s->view == NULL || s->view->vlan_n == 0) {
        return false;
    }
    n = s->view->vlan_n < VIEW_VLANS_MAX ? s->view->vlan_n : VIEW_VLANS_MAX;
    if (t->which == TAG_ANY || t->which == TAG_ALL) {
        for (int i = 0; i < n; i++) {
            if (range_has(&t->id, s->view->vlan[i]) == (t->which == TAG_ANY)) {
                return t->which == TAG_ANY;
            }
        }
        return t->which == TAG_ALL;
    }
    at = t->which < 0 ? n + t->which : t->which;
    return at >= 0 && at < n && range_has(&t->id, s->view->vlan[at]);
}

const struct keyword keyword_vlan_id = {
    .name = "vlan.id",
    .dialects = 1 << DIALECT_SURICATA,
    .place = KEYWORD_PACKET,
    .needs_packet = true,
    .parse = parse,
    .match = match,
    .help = "id of a VLAN tag: vlan.id:100-200,all",
};

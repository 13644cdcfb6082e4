/* SPDX-License-Identifier: GPL-2.0-or-later */
/* address_lists - addresses that are blocked, allowed or watched, whatever they send. */
#include "network/parts.h"

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>

enum { LIST_FILE_MAX = 256 << 20, LIST_RANGES_MAX = 8 << 20 };

static bool range_add(struct addr_list *l, const struct addr_range *r, enum family family)
{
    if ((l->n & (l->n - 1)) == 0 || l->n == 0) { /* at each power of two */
        size_t room = l->n != 0 ? l->n * 2 : 1;
        struct addr_range *range = realloc(l->range, room * sizeof *range);
        if (range != NULL) {
            l->range = range;
        }
        enum family *families = realloc(l->family, room * sizeof *families);
        if (families != NULL) {
            l->family = families;
        }
        if (range == NULL || families == NULL) {
            return false;
        }
    }
    l->range[l->n] = *r;
    l->family[l->n++] = family;
    return true;
}

bool address_list_read(struct address_list *l, const char *path, unsigned *bad, struct err *err)
{
    struct bytes text;
    struct addr_list have = { 0 }, leave = { 0 };
    bool found = true, ok = true;

    if (!file_read(path, LIST_FILE_MAX, &text, err)) {
        return false;
    }
    for (struct rd r = rd_of(text); ok && rd_left(&r) != 0;) {
        struct bytes line = rd_line(&r, &found);
        struct addr_range range;
        enum family family;
        struct err why;
        char word[64];
        line = bytes_trim(bytes_head(line, bytes_find_byte(line, '#')), " \t");
        if (line.n == 0) {
            continue;
        }
        snprintf(word, sizeof word, "%.*s", (int)(line.n < sizeof word ? line.n : sizeof word - 1), (const char *)line.p);
        if (line.n >= sizeof word || !addr_range_parse(word, &range, &family, &why)) {
            ++*bad;
        } else {
            ok = have.n < LIST_RANGES_MAX && range_add(&have, &range, family);
        }
    }
    file_free(text);
    ok = ok && addr_set_make(&l->set, &have, &leave);
    free(have.range);
    free(have.family);
    return ok || err_set(err, "list %s: not enough memory, or more than %d ranges", path, LIST_RANGES_MAX);
}

/* RFC 1918 3 */
static bool is_local(const struct addr *a, enum family family)
{
    return family == FAMILY_4 && (a->b[0] == 10 || (a->b[0] == 172 && (a->b[1] & 0xf0) == 16) || (a->b[0] == 192 && a->b[1] == 168));
}

/* What the lists say of an address: a bit per action. */
static unsigned found(const struct list_settings *s, const struct view *v, const struct addr *a)
{
    unsigned actions = 0;

    if (!s->scan_local && is_local(a, v->family)) {
        return 0;
    }
    for (unsigned i = 0; i < s->list_n; i++) {
        const struct address_list *l = &s->list[i];
        if ((l->all || l->tenant == v->tenant) && (actions >> l->action & 1) == 0 && addr_set_has(&l->set, a, v->family)) {
            actions |= 1u << l->action;
        }
    }
    return actions;
}

/* Of several actions the one that counts; LIST_ACTIONS: none. */
static enum list_action decide(const struct list_settings *s, unsigned actions)
{
    enum list_action first = s->block_first ? LIST_BLOCK : LIST_ALLOW, second = s->block_first ? LIST_ALLOW : LIST_BLOCK;

    return (actions >> first & 1) != 0 ? first : (actions >> second & 1) != 0 ? second : (actions >> LIST_MONITOR & 1) != 0 ? LIST_MONITOR : LIST_ACTIONS;
}

enum network_verdict lists_look(const struct list_settings *s, const struct network_packet *p)
{
    const struct addr *address[2] = { &p->view->src, &p->view->dst };
    enum list_action said = LIST_ACTIONS;

    if (p->flow != NULL && p->flow->packets[0] + p->flow->packets[1] > 1) {
        return NETWORK_NOTHING; /* said with its first packet */
    }
    for (unsigned i = 0; i < 2; i++) {
        enum list_action a = decide(s, found(s, p->view, address[i]));
        if (a == LIST_ACTIONS) {
            continue;
        }
        view_note(p->view, (uint16_t)(NETWORK_NOTE_BLOCK_SRC + 3 * i + a));
        said = said == LIST_ACTIONS ? a : decide(s, 1u << said | 1u << a);
    }
    return said == LIST_BLOCK ? NETWORK_BLOCK : said == LIST_ALLOW && s->trust ? NETWORK_TRUST : NETWORK_NOTHING;
}

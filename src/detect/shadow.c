/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/shadow.h"

#include "base/rows.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RANGES_MAX = 1024, METAS_MAX = 64, WORD_MAX = 64 };

struct shadow {
    unsigned range_n, meta_n;
    struct {
        uint32_t gid, first, last; /* gid 0: any */
    } range[RANGES_MAX];
    struct {
        char key[WORD_MAX], value[WORD_MAX]; /* value "": any */
    } meta[METAS_MAX];
};

/* The next part of a list between commas, brackets and blanks around it aside; false: there is none. */
static bool part_next(const char **at, char part[2 * WORD_MAX])
{
    static const char around[] = "[], \t";
    size_t n = 0;

    *at += strspn(*at, around);
    while ((*at)[n] != '\0' && (*at)[n] != ',' && (*at)[n] != ']') {
        n++;
    }
    size_t kept = n < 2 * WORD_MAX ? n : 2 * WORD_MAX - 1;
    memcpy(part, *at, kept);
    while (kept > 0 && isspace((unsigned char)part[kept - 1])) {
        kept--;
    }
    part[kept] = '\0';
    *at += n;
    return kept != 0;
}

static bool range_add(struct shadow *s, const char *part, struct err *err)
{
    unsigned gid = 0, first, last;
    int n = 0;

    if (s->range_n == RANGES_MAX) {
        return err_set(err, "detect.shadow.rules: more than %d parts", RANGES_MAX);
    }
    const char *colon = strchr(part, ':'), *rest = colon != NULL ? colon + 1 : part;
    bool good = (colon == NULL || (sscanf(part, "%9u%n", &gid, &n) == 1 && part + n == colon)) && isdigit((unsigned char)*rest);
    if (good && sscanf(rest, "%10u-%10u%n", &first, &last, &n) == 2) {
        good = rest[n] == '\0' && first <= last;
    } else {
        good = good && sscanf(rest, "%10u%n", &first, &n) == 1 && rest[n] == '\0';
        last = first;
    }
    if (!good) {
        return err_set(err, "detect.shadow.rules: '%s' is no SID, GID:SID or SID-SID", part);
    }
    s->range[s->range_n].gid = gid;
    s->range[s->range_n].first = first;
    s->range[s->range_n++].last = last;
    return true;
}

static bool meta_add(struct shadow *s, const char *part, struct err *err)
{
    size_t n = strcspn(part, " \t"), gap = strspn(part + n, " \t");
    const char *value = part + n + gap;

    if (s->meta_n == METAS_MAX || n >= WORD_MAX || strlen(value) >= WORD_MAX) {
        return err_set(err, "detect.shadow.metadata: more than %d parts, or a word longer than %d", METAS_MAX, WORD_MAX - 1);
    }
    memcpy(s->meta[s->meta_n].key, part, n);
    memcpy(s->meta[s->meta_n++].value, value, strlen(value));
    return true;
}

struct shadow *shadow_new(const char *rules, const char *metadata, struct err *err)
{
    struct shadow *s = calloc(1, sizeof *s);
    char part[2 * WORD_MAX];
    bool good = s != NULL || err_set(err, "detect.shadow: not enough memory");

    for (const char *at = rules != NULL ? rules : ""; good && part_next(&at, part);) {
        good = range_add(s, part, err);
    }
    for (const char *at = metadata != NULL ? metadata : ""; good && part_next(&at, part);) {
        good = meta_add(s, part, err);
    }
    if (!good) {
        free(s);
        return NULL;
    }
    return s;
}

void shadow_free(struct shadow *s) { free(s); }

bool shadow_has(const struct shadow *s, const struct rule *r)
{
    for (unsigned i = 0; i < s->range_n; i++) {
        if (r->sid >= s->range[i].first && r->sid <= s->range[i].last && (s->range[i].gid == 0 || s->range[i].gid == r->gid)) {
            return true;
        }
    }
    for (unsigned i = 0; i < s->meta_n; i++) {
        for (uint16_t k = 0; k < r->meta_n; k++) {
            if (strcmp(s->meta[i].key, r->meta[k].key) == 0 && (s->meta[i].value[0] == '\0' || strcmp(s->meta[i].value, r->meta[k].value) == 0)) {
                return true;
            }
        }
    }
    return false;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* split - see split.h. */
#include "rule/split.h"

#include "rule/parse.h"

#include <ctype.h>

void rule_split_init(struct rule_split *s, char *bytes, size_t n, int dialect)
{
    *s = (struct rule_split){ .p = bytes, .end = bytes + n, .indents = dialect != DIALECT_SURICATA, .spans = dialect == DIALECT_SNORT3 };
    bytes[n] = '\0';
    if (n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
        s->p += 3; /* a byte order mark is no rule */
    }
}

/* The next line, without its end; false at the end of the file. */
static bool line_next(struct rule_split *s, char **at, size_t *n)
{
    char *end;

    if (s->p >= s->end) {
        return false;
    }
    *at = s->p;
    end = memchr(s->p, '\n', (size_t)(s->end - s->p));
    s->p = end ? end + 1 : s->end;
    *n = (size_t)((end ? end : s->end) - *at);
    s->line++;
    return true;
}

static size_t trimmed(const char *p, size_t n)
{
    while (n && isspace((unsigned char)p[n - 1])) {
        n--;
    }
    return n;
}

/* Appends a line; true when the next one belongs to the rule too. */
static bool line_join(struct rule_line *l, const char *p, size_t n)
{
    size_t end = trimmed(p, n), room = RULE_TEXT_MAX - l->n;
    bool more = end && p[end - 1] == '\\';

    n = more ? end - 1 : n && p[n - 1] == '\r' ? n - 1 : n;
    if (n > room) {
        n = room;
        l->too_long = true;
    }
    memmove(l->text + l->n, p, n);
    l->n += n;
    return more;
}

/* Does the rule go on with the next line, which says no backslash?  Lines of a rule may be blank or comments. */
static bool spans_on(const struct rule_split *s, const struct rule_line *l)
{
    size_t end = trimmed(l->text, l->n);
    const char *next = s->p + strspn(s->p, " \t");

    return s->spans && s->p < s->end && !l->too_long && !(end != 0 && l->text[end - 1] == ')') && !rule_begins(next);
}

static size_t blanks_at(const char *p, size_t n)
{
    size_t blanks = 0;

    while (blanks < n && (p[blanks] == ' ' || p[blanks] == '\t')) {
        blanks++;
    }
    return blanks;
}

static bool is_comment(const char *p, size_t n)
{
    size_t blanks = blanks_at(p, n);

    return blanks < n && p[blanks] == '#';
}

static bool is_none(const struct rule_split *s, const char *p, size_t n)
{
    size_t at = s->indents ? blanks_at(p, n) : 0;

    return at == n || strchr("\r #\t", p[at]) != NULL; /* or NUL */
}

bool rule_split_next(struct rule_split *s, struct rule_line *out)
{
    char *p;
    size_t n;

    do {
        if (!line_next(s, &p, &n)) {
            return false;
        }
    } while (is_none(s, p, n));
    *out = (struct rule_line){ .text = p, .number = s->line };
    while ((line_join(out, p, n) || spans_on(s, out)) && line_next(s, &p, &n)) {
        n = s->spans && is_comment(p, n) ? 0 : n;
        if (out->joint_n < RULE_JOINTS_MAX) {
            out->joint[out->joint_n++].at = (uint32_t)out->n;
        }
    }
    out->text[out->n] = '\0';
    return true;
}

void rule_line_place(const struct rule_line *l, uint32_t at, uint32_t *line, uint32_t *column)
{
    *line = l->number;
    *column = at;
    for (unsigned i = 0; i < l->joint_n && at > l->joint[i].at; i++) {
        *line = l->number + i + 1;
        *column = at - l->joint[i].at;
    }
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* split - see split.h. */
#include "rule/split.h"

#include "rule/parse.h"

#include <ctype.h>

void rule_split_init(struct rule_split *s, char *bytes, size_t n)
{
    *s = (struct rule_split){ .p = bytes, .end = bytes + n, .line = 0 };
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

bool rule_split_next(struct rule_split *s, struct rule_line *out)
{
    char *p;
    size_t n;

    do {
        if (!line_next(s, &p, &n)) {
            return false;
        }
    } while (n == 0 || strchr("\r #\t", p[0]) != NULL || p[0] == '\0');
    *out = (struct rule_line){ .text = p, .number = s->line };
    while (line_join(out, p, n) && line_next(s, &p, &n)) {
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

/* ---- dialect ---- */

static unsigned count(const char *p, size_t n, const char *word)
{
    size_t m = strlen(word);
    unsigned found = 0;
    const char *at = p;

    while ((at = memmem(at, n - (size_t)(at - p), word, m)) != NULL) {
        found++;
        at += m;
    }
    return found;
}

int rule_split_dialect(const char *bytes, size_t n)
{
    /* What only one dialect writes; the first megabyte is enough to tell. */
    size_t look = n < 1u << 20 ? n : 1u << 20;
    unsigned suricata = count(bytes, look, "flow:established,to_server; http.") + count(bytes, look, "dns.query;") + count(bytes, look, "tls.sni;") +
                        count(bytes, look, "alert http ") + count(bytes, look, "alert dns ") + count(bytes, look, "alert tls ") +
                        count(bytes, look, "startswith;") + count(bytes, look, "endswith;") + count(bytes, look, "bsize:");
    unsigned snort3 = count(bytes, look, "service:") + count(bytes, look, ",fast_pattern") + count(bytes, look, "content:\"") / 1000 +
                      count(bytes, look, "\",nocase") + count(bytes, look, "\",depth");

    if (snort3 > suricata * 2 && snort3 > 3) {
        return DIALECT_SNORT3;
    }
    unsigned snort2 = count(bytes, look, ", service ") + count(bytes, look, "metadata:service ") + count(bytes, look, "activates:") + count(bytes, look, "file_data:mime");
    if (snort2 > suricata * 2 && snort2 > 3) {
        return DIALECT_SNORT2;
    }
    return DIALECT_SURICATA;
}

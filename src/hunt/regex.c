/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes that whatever a regular expression matches must have, in a row: runs of plain characters outside of all groups that no
 * quantifier or alternative makes optional.  Of what is not understood nothing is said.
 */
#include "hunt/need.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <ctype.h>
#include <pcre2.h>
#include <string.h>

struct reading {
    const char *at;
    uint8_t *room;
    struct bytes *run;
    size_t used, from;   /* of room; where the run under way begins */
    unsigned n;
};

static void run_end(struct reading *r)
{
    if (r->used - r->from >= SKETCH_GRAM && r->n < NEED_RUNS_MAX) {
        r->run[r->n++] = bytes_of(r->room + r->from, r->used - r->from);
    }
    r->from = r->used;
}

/* Past a group or a class, whatever is in it; false: it has no end. */
static bool skip_group(struct reading *r)
{
    unsigned depth = 0;

    for (; *r->at != '\0'; r->at++) {
        if (*r->at == '\\' && r->at[1] != '\0') {
            r->at++;
        } else if (*r->at == '[') {
            r->at++;
            r->at += *r->at == '^';
            r->at += *r->at == ']';
            while (*r->at != ']' && *r->at != '\0') {
                if (*r->at == '\\' && r->at[1] != '\0') {
                    r->at++;
                } else if (*r->at == '[' && r->at[1] == ':') { /* [:alpha:] */
                    const char *end = strstr(r->at, ":]");
                    r->at = end != NULL ? end + 1 : r->at;
                }
                r->at++;
            }
            if (*r->at == '\0') {
                return false;
            }
        } else if (*r->at == '(') {
            depth++;
        } else if (*r->at == ')') {
            depth--;
        }
        if (depth == 0) {
            r->at++;
            return true;
        }
    }
    return false;
}

/* What belongs to an escape of more than its letter: \\x{…}, \\p{…}, \\k<…>, \\g'…', \\cX, digits. */
static void escape_rest(struct reading *r, char c)
{
    static const struct { char open, close; } pairs[] = { { '{', '}' }, { '<', '>' }, { '\'', '\'' } };

    for (size_t i = 0; strchr("xpPgkNo", c) != NULL && i < sizeof pairs / sizeof *pairs; i++) {
        if (*r->at == pairs[i].open) {
            const char *end = strchr(r->at + 1, pairs[i].close);
            r->at = end != NULL ? end + 1 : r->at + strlen(r->at);
            return;
        }
    }
    if (strchr("cpP", c) != NULL) {
        r->at += *r->at != '\0';
    }
    if (c == 'g' || isdigit((unsigned char)c) || c == 'x') {
        r->at += c == 'g' && (*r->at == '-' || *r->at == '+');
        while (c == 'x' ? isxdigit((unsigned char)*r->at) : isdigit((unsigned char)*r->at)) {
            r->at++;
        }
    }
}

/* Does it anywhere say that blanks mean nothing: (?x), (?i-x:…)? */
static bool extended(const char *pattern)
{
    for (const char *p = strstr(pattern, "(?"); p != NULL; p = strstr(p + 2, "(?")) {
        size_t n = strspn(p + 2, "imsxnJU-^");
        if (memchr(p + 2, 'x', n) != NULL) {
            return true;
        }
    }
    return false;
}

/* An escape: the byte it stands for; -1: something that is no single byte. */
static int escape(struct reading *r)
{
    static const char plain[] = "nrtfe";
    static const uint8_t means[] = { '\n', '\r', '\t', '\f', 27 };
    char c = *r->at++;
    const char *p = strchr(plain, c);

    if (c != '\0' && p != NULL) {
        return means[p - plain];
    }
    if (c == 'x' && isxdigit((unsigned char)r->at[0]) && isxdigit((unsigned char)r->at[1])) {
        char pair[3] = { r->at[0], r->at[1], '\0' };
        uint64_t v;
        r->at += 2;
        return bytes_hex(bytes_str(pair), &v) ? (int)v : -1;
    }
    if (c == '\0' || isalnum((unsigned char)c)) {
        if (c == '\0') {
            r->at--;
        } else {
            escape_rest(r, c);
        }
        return -1;
    }
    return (uint8_t)c;
}

/* What follows an atom: it may be absent (0), or be there at least once (1). */
static unsigned at_least(struct reading *r)
{
    unsigned n = 1;

    while (*r->at == '?' || *r->at == '*' || *r->at == '+' || (*r->at == '{' && isdigit((unsigned char)r->at[1])) || (*r->at == '{' && r->at[1] == ',')) {
        if (*r->at == '{') {
            const char *end = strchr(r->at, '}');
            n = r->at[1] == '0' || r->at[1] == ',' ? 0 : n;
            r->at = end != NULL ? end + 1 : r->at + strlen(r->at);
            continue;
        }
        n = *r->at == '+' ? n : 0;
        r->at++;
    }
    return n;
}

/* An alternative outside of all groups: nothing is certain. */
static bool alternatives(const char *pattern)
{
    struct reading r = { .at = pattern };

    while (*r.at != '\0') {
        if (*r.at == '|') {
            return true;
        }
        if (*r.at == '\\' && r.at[1] != '\0') {
            r.at += 2;
        } else if (*r.at == '(' || *r.at == '[') {
            if (!skip_group(&r)) {
                return true;
            }
        } else {
            r.at++;
        }
    }
    return false;
}

unsigned need_regex(const char *pattern, uint32_t options, uint8_t room[NEED_ROOM], struct bytes run[NEED_RUNS_MAX])
{
    struct reading r = { .at = pattern, .room = room, .run = run };

    if ((options & (PCRE2_EXTENDED | PCRE2_EXTENDED_MORE | PCRE2_LITERAL | PCRE2_UTF)) != 0 || alternatives(pattern) || strstr(pattern, "\\Q") != NULL || strstr(pattern, "(*") != NULL ||
        strstr(pattern, "(?|") != NULL || extended(pattern)) {
        return 0;
    }
    while (*r.at != '\0' && r.used < NEED_ROOM) {
        int byte = -1;
        char c = *r.at;
        if (c == '(' || c == '[') {
            if (!skip_group(&r)) {
                return 0;
            }
        } else if (c == '\\') {
            r.at++;
            byte = escape(&r);
        } else {
            r.at++;
            byte = strchr(".^$", c) != NULL ? -1 : (uint8_t)c;
        }
        const char *behind = r.at;
        unsigned least = at_least(&r);
        if (byte < 0 || least == 0) {
            run_end(&r);
        } else {
            room[r.used++] = (uint8_t)byte;
            if (behind != r.at) { /* at least once: what follows is not next to it */
                run_end(&r);
            }
        }
    }
    run_end(&r);
    return r.n;
}

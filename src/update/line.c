/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules as lines of text: which are rules, commented out or not, and their options. */
#include "update/parts.h"

#include <string.h>

static const char actions[] = "alert pass drop reject rejectsrc rejectdst rejectboth config log activate dynamic sdrop block rewrite react accept";

bool line_option(struct rd *left, struct bytes *name, struct bytes *value)
{
    struct bytes all = rd_peek(left);
    size_t i = 0, colon = SIZE_MAX;
    bool quoted = false;

    while (i < all.n && (quoted || all.p[i] != ';')) {
        if (all.p[i] == '\\') {
            i++;
        } else if (all.p[i] == '"') {
            quoted = !quoted;
        } else if (all.p[i] == ':' && colon == SIZE_MAX) {
            colon = i;
        }
        i++;
    }
    if (all.n == 0) {
        return false;
    }
    i = i < all.n ? i : all.n;
    struct bytes option = bytes_head(all, i);
    rd_skip(left, i < all.n ? i + 1 : i);
    *name = bytes_trim(bytes_head(option, colon < i ? colon : i), " \t");
    *value = colon < i ? bytes_trim(bytes_from(option, colon + 1), " \t") : bytes_none();
    return true;
}

struct rd line_options(struct bytes text)
{
    size_t open = bytes_find_byte(text, '('), close = text.n;

    while (close != 0 && text.p[close - 1] != ')') {
        close--;
    }
    return open == SIZE_MAX || close <= open + 1 ? rd_of(bytes_none()) : rd_of(bytes_of(text.p + open + 1, close - open - 2));
}

bool line_value(struct bytes text, const char *name, struct bytes *value)
{
    struct rd left = line_options(text);
    struct bytes n;

    while (line_option(&left, &n, value)) {
        if (bytes_is(n, name)) {
            return true;
        }
    }
    return false;
}

static bool number_of(struct bytes text, const char *name, uint32_t *x)
{
    struct bytes v;
    uint64_t n;

    if (!line_value(text, name, &v) || !bytes_u64(v, &n) || n > UINT32_MAX) {
        return false;
    }
    *x = (uint32_t)n;
    return true;
}

/* A line, with those that a '\' at its end continues it with; joined in the arena. */
static struct bytes line_whole(struct arena *a, struct rd *r)
{
    bool found;
    struct bytes line = rd_line(r, &found);
    struct arena_text t;

    if (line.n == 0 || line.p[line.n - 1] != '\\') {
        return line;
    }
    arena_text_init(&t, a, 1 << 20);
    while (line.n && line.p[line.n - 1] == '\\' && rd_left(r)) {
        arena_text_add(&t, bytes_head(line, line.n - 1));
        line = rd_line(r, &found);
    }
    arena_text_add(&t, line);
    return arena_text_bytes(&t);
}

bool rules_of(struct update_rules *r, const struct update_file *f, uint16_t source)
{
    struct rd left = rd_of(f->bytes);

    while (rd_left(&left)) {
        struct bytes line = bytes_trim(line_whole(r->arena, &left), " \t\r");
        struct update_rule x = { .file = f->name, .gid = 1, .rev = 0, .source = source, .enabled = line.n && line.p[0] != '#' };
        x.text = bytes_trim(line, "# \t");
        struct bytes word = bytes_head(x.text, bytes_find_byte(x.text, ' '));
        if (!bytes_among(word, actions) || !number_of(x.text, "sid", &x.sid)) {
            continue;
        }
        (void)number_of(x.text, "gid", &x.gid);
        (void)number_of(x.text, "rev", &x.rev);
        if (r->n == r->room) {
            size_t room = r->room ? r->room * 2 : 4096;
            struct update_rule *more = realloc(r->rule, room * sizeof *more);
            if (!more) {
                return false;
            }
            r->rule = more;
            r->room = room;
        }
        r->rule[r->n++] = x;
    }
    return true;
}

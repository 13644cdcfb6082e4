/* SPDX-License-Identifier: GPL-2.0-or-later */
/* domain, tld: a name's registered domain, and what stands behind it, by the public suffix list (publicsuffix.org). */
#include "detect/transform.h"

#include "base/library.h"
#include "base/rows.h"

enum { NAME_MAX_BYTES = 1024 }; /* RFC 1035 2.3.4 allows 255; what is longer is no name and stays as it is */

#ifdef HAVE_LIBPSL
#include <libpsl.h>

/* Opened for the first rule that asks, with the two that it brings along, and open from then on: such rules come and go. */
struct suffixes {
    __typeof__(psl_builtin) *list;
    __typeof__(psl_registrable_domain) *domain;
    __typeof__(psl_unregistrable_domain) *suffix;
};

const void *transform_suffixes(struct arena *a, struct err *err)
{
    static const char *const files[] = { "libpsl.so.5", NULL };
    static const struct library_call calls[] = {
        { "psl_builtin", offsetof(struct suffixes, list) }, { "psl_registrable_domain", offsetof(struct suffixes, domain) },
        { "psl_unregistrable_domain", offsetof(struct suffixes, suffix) },
    };
    struct suffixes *s = arena_zero(a, sizeof *s);

    if (s == NULL || library_open(files, calls, ROWS(calls), s) == NULL) {
        (void)err_set(err, s == NULL ? "not enough memory for a rule" : "the list of suffixes needs libpsl (Debian: libpsl5)");
        return NULL;
    }
    return s;
}

static const char *domain_of(const struct suffixes *s, const char *name) { return s->domain(s->list(), name); }
static const char *suffix_of(const struct suffixes *s, const char *name) { return s->suffix(s->list(), name); }
#else
struct suffixes {
    char any;
};

const void *transform_suffixes(struct arena *a, struct err *err)
{
    static const struct suffixes none;

    (void)a;
    (void)err;
    return &none;
}

/* Without the list each last label is a suffix, which is the list's own rule for what it does not name. */
static const char *suffix_of(const struct suffixes *s, const char *name)
{
    const char *dot = strrchr(name, '.');

    (void)s;
    return dot ? dot + 1 : name;
}

static const char *domain_of(const struct suffixes *s, const char *name)
{
    const char *at = suffix_of(s, name);

    if (at == name) {
        return NULL;
    }
    for (at--; at > name && at[-1] != '.';) {
        at--;
    }
    return at;
}
#endif

bool transform_suffixes_parse(struct rule_parse *p, const char *argument, const void **data, struct err *err)
{
    (void)argument;
    *data = transform_suffixes(rule_parse_arena(p), err);
    return *data != NULL;
}

/* The tail of the name that find() gives; without one the name stays.  The list is in lower case. */
static bool tail(const struct detect_scope *s, const struct suffixes *suffixes, struct bytes in, struct bytes *out,
                 const char *(*find)(const struct suffixes *, const char *))
{
    char *name = in.n <= NAME_MAX_BYTES ? (char *)transform_room(s, in.n) : NULL;

    *out = in;
    if (!name || in.n == 0 || bytes_find_byte(in, 0) != SIZE_MAX) {
        return name || in.n > NAME_MAX_BYTES;
    }
    for (size_t i = 0; i < in.n; i++) {
        name[i] = (char)(in.p[i] >= 'A' && in.p[i] <= 'Z' ? in.p[i] | 0x20 : in.p[i]);
    }
    name[in.n] = 0;
    const char *found = find(suffixes, name);
    if (found && *found) {
        *out = bytes_from(in, (size_t)(found - name));
    }
    return true;
}

bool transform_domain(const struct detect_scope *s, const void *data, struct bytes in, struct bytes *out)
{
    return tail(s, data, in, out, domain_of);
}

bool transform_tld(const struct detect_scope *s, const void *data, struct bytes in, struct bytes *out)
{
    return tail(s, data, in, out, suffix_of);
}

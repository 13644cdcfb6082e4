/* SPDX-License-Identifier: GPL-2.0-or-later */
/* domain, tld: a name's registered domain, and what stands behind it, by the public suffix list (publicsuffix.org). */
#include "detect/transform.h"

enum { NAME_MAX_BYTES = 1024 }; /* RFC 1035 2.3.4 allows 255; what is longer is no name and stays as it is */

#ifdef HAVE_LIBPSL
#include <libpsl.h>

static const char *domain_of(const char *name) { return psl_registrable_domain(psl_builtin(), name); }
static const char *suffix_of(const char *name) { return psl_unregistrable_domain(psl_builtin(), name); }
#else
/* Without the list each last label is a suffix, which is the list's own rule for what it does not name. */
static const char *suffix_of(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot ? dot + 1 : name;
}

static const char *domain_of(const char *name)
{
    const char *at = suffix_of(name);

    if (at == name) {
        return NULL;
    }
    for (at--; at > name && at[-1] != '.';) {
        at--;
    }
    return at;
}
#endif

/* The tail of the name that find() gives; without one the name stays.  The list is in lower case. */
static bool tail(const struct detect_scope *s, struct bytes in, struct bytes *out, const char *(*find)(const char *))
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
    const char *found = find(name);
    if (found && *found) {
        *out = bytes_from(in, (size_t)(found - name));
    }
    return true;
}

bool transform_domain(const struct detect_scope *s, const void *data, struct bytes in, struct bytes *out)
{
    (void)data;
    return tail(s, in, out, domain_of);
}

bool transform_tld(const struct detect_scope *s, const void *data, struct bytes in, struct bytes *out)
{
    (void)data;
    return tail(s, in, out, suffix_of);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/names.h"

struct code names_row(const struct names *s, unsigned i)
{
    return s->codes != NULL ? s->codes[i] : (struct code){ i, *(const char *const *)((const char *)s->first + i * s->step) };
}

bool names_number(const struct names *s, struct bytes name, uint64_t *number)
{
    for (unsigned i = 0; i < s->n; i++) {
        struct code c = names_row(s, i);
        if (c.name != NULL && bytes_is_nocase(name, c.name)) {
            *number = c.number;
            return true;
        }
    }
    return false;
}

const char *names_name(const struct names *s, uint64_t number)
{
    if (s->codes == NULL) {
        return number < s->n ? names_row(s, (unsigned)number).name : NULL;
    }
    for (unsigned i = 0; i < s->n; i++) {
        if (s->codes[i].number == number) {
            return s->codes[i].name;
        }
    }
    return NULL;
}

const char *names_or_unknown(const struct names *s, uint64_t number)
{
    const char *name = names_name(s, number);

    return name != NULL ? name : "unknown";
}

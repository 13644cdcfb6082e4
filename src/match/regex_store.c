/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Regular expressions by text and options, in the store of compiled databases: a reload compiles those that are new. */
#include "match/literals.h"

#include "base/hash.h"

#include <stdlib.h>

static struct regex **place_of(struct literals_store *s, const char *pattern, uint32_t options, uint64_t hash)
{
    struct regex **at = store_regexes(s, hash);

    for (; *at != NULL; at = &regex_shared_of(*at)->next) {
        const struct regex_shared *x = regex_shared_of(*at);
        if (x->hash == hash && x->options == options && strcmp(x->pattern, pattern) == 0) {
            break;
        }
    }
    return at;
}

struct regex *regex_shared(struct literals_store *s, const char *pattern, uint32_t options, struct err *err)
{
    uint64_t hash = hash_bytes(pattern, strlen(pattern), options);

    store_lock(s);
    struct regex *r = *place_of(s, pattern, options, hash);
    if (r != NULL) {
        regex_shared_of(r)->users++;
    }
    store_unlock(s);
    if (r != NULL || (r = regex_compile(pattern, options, err)) == NULL) {
        return r;
    }
    char *text = strdup(pattern);
    if (text == NULL) {
        regex_free(r);
        err_set(err, "not enough memory for a regular expression");
        return NULL;
    }
    struct regex_shared *x = regex_shared_of(r);
    *x = (struct regex_shared){ .store = s, .pattern = text, .hash = hash, .options = options, .users = 1 };
    store_lock(s);
    struct regex **at = store_regexes(s, hash); /* another thread's of the same may stand there already: then there are two */
    x->next = *at;
    *at = r;
    store_enter(s);
    store_unlock(s);
    return r;
}

void regex_release(struct regex *r)
{
    struct regex_shared *x = regex_shared_of(r);
    struct literals_store *s = x->store;

    store_lock(s);
    bool last = --x->users == 0;
    if (last) {
        struct regex **at = store_regexes(s, x->hash);
        while (*at != r) {
            at = &regex_shared_of(*at)->next;
        }
        *at = x->next;
    }
    store_unlock(s);
    if (last) {
        regex_destroy(r);
        store_leave(s);
    }
}

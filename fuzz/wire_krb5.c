/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kerberos' shared parts: a ticket alone, a ticket somewhere in a token, the names in them. */
#include "base/err.h"
#include "wire/krb5.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct krb5_ticket *t, const uint8_t *data, size_t size)
{
    struct arena a;
    struct bytes part;
    struct rd parts = t->sname;
    size_t n = 0;

    bug_if(t->realm.n != 0 && (t->realm.p < data || t->realm.p + t->realm.n > data + size));
    arena_init(&a, NULL, 1 << 20);
    struct bytes name = krb5_name_text(t->sname, &a);
    for (bool first = true; krb5_name_next(&parts, &part); first = false) {
        n += part.n + !first;
    }
    bug_if(name.n != (n < 1024 ? n : 1024));
    const char *etype = names_name(&krb5_encryptions, (uint64_t)t->encryption);
    bug_if(etype != NULL && etype[0] == '\0');
    bug_if(etype == NULL && !krb5_encryption_weak(t->encryption)); /* what is strong is known */
    arena_fini(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct krb5_ticket t;
    struct rd r = rd_make(data, size);

    if (krb5_ticket(&r, &t)) {
        check(&t, data, size);
    }
    if (krb5_ticket_find(bytes_of(data, size), &t)) {
        check(&t, data, size);
    }
    return 0;
}

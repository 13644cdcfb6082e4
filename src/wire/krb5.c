/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/krb5.h"

enum { NAME_TEXT_MAX = 1024 };

/* 5.2.2 */
bool krb5_name(struct rd name, struct rd *parts)
{
    struct rd type, list;

    return asn1_optional(&name, ASN1_SEQUENCE, &name) && asn1_optional(&name, ASN1_CONTEXT(0), &type) && asn1_optional(&name, ASN1_CONTEXT(1), &list) &&
           asn1_optional(&list, ASN1_SEQUENCE, parts);
}

bool krb5_name_next(struct rd *parts, struct bytes *out)
{
    struct rd one;

    if (!asn1_optional(parts, ASN1_GENERAL_STRING, &one)) {
        return false;
    }
    *out = rd_rest(&one);
    return true;
}

struct bytes krb5_name_text(struct rd parts, struct arena *a)
{
    struct arena_text t;
    struct bytes b;

    arena_text_init(&t, a, NAME_TEXT_MAX);
    for (unsigned i = 0; krb5_name_next(&parts, &b); i++) {
        if (i != 0) {
            arena_text_byte(&t, '/');
        }
        arena_text_add(&t, b);
    }
    return arena_text_bytes(&t);
}

/* 5.3 */
bool krb5_ticket(struct rd *r, struct krb5_ticket *out)
{
    struct rd ticket = asn1_expect(r, ASN1_APPLICATION(1)), body = asn1_expect(&ticket, ASN1_SEQUENCE);

    (void)asn1_expect(&body, ASN1_CONTEXT(0));
    struct rd realm = asn1_expect(&body, ASN1_CONTEXT(1)), sname = asn1_expect(&body, ASN1_CONTEXT(2)), sealed = asn1_expect(&body, ASN1_CONTEXT(3));
    struct rd text = asn1_expect(&realm, ASN1_GENERAL_STRING), seal = asn1_expect(&sealed, ASN1_SEQUENCE);
    struct rd etype = asn1_expect(&seal, ASN1_CONTEXT(0));
    out->realm = rd_rest(&text);
    out->encryption = asn1_number(&etype, ASN1_INTEGER);
    return rd_ok(&text) && rd_ok(&etype) && krb5_name(sname, &out->sname);
}

bool krb5_ticket_find(struct bytes token, struct krb5_ticket *out)
{
    static const struct bytes head = BYTES("\x2a\x86\x48\x86\xf7\x12\x01\x02\x02\x01\x00"); /* mechanism, then the token's id */
    size_t at = bytes_find(token, head);

    if (at == SIZE_MAX) {
        return false;
    }
    struct rd r = rd_of(bytes_from(token, at + head.n)), request = asn1_expect(&r, ASN1_APPLICATION(14)), body = asn1_expect(&request, ASN1_SEQUENCE);
    (void)asn1_expect(&body, ASN1_CONTEXT(0)); /* 5.5.1: version, type, options */
    (void)asn1_expect(&body, ASN1_CONTEXT(1));
    (void)asn1_expect(&body, ASN1_CONTEXT(2));
    struct rd ticket = asn1_expect(&body, ASN1_CONTEXT(3));
    return rd_ok(&ticket) && krb5_ticket(&ticket, out);
}

/* RFC 3961 8 and the registry it opens. */
static const char *const encryptions[] = { [1] = "des-cbc-crc", [2] = "des-cbc-md4", [3] = "des-cbc-md5", [5] = "des3-cbc-md5", [7] = "des3-cbc-sha1",
    [9] = "dsaWithSHA1-CmsOID", [10] = "md5WithRSAEncryption-CmsOID", [11] = "sha1WithRSAEncryption-CmsOID", [12] = "rc2CBC-EnvOID",
    [13] = "rsaEncryption-EnvOID", [14] = "rsaES-OAEP-ENV-OID", [15] = "des-ede3-cbc-Env-OID", [16] = "des3-cbc-sha1-kd",
    [17] = "aes128-cts-hmac-sha1-96", [18] = "aes256-cts-hmac-sha1-96", [19] = "aes128-cts-hmac-sha256-128", [20] = "aes256-cts-hmac-sha384-192",
    [23] = "rc4-hmac", [24] = "rc4-hmac-exp", [25] = "camellia128-cts-cmac", [26] = "camellia256-cts-cmac", [65] = "subkey-keymaterial" };
const struct names krb5_encryptions = { .first = encryptions, .step = sizeof encryptions[0], .n = ROWS(encryptions) };

bool krb5_encryption_weak(int64_t etype)
{
    return !((etype >= 17 && etype <= 20) || etype == 25 || etype == 26);
}

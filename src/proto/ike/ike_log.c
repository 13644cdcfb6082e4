/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ike_log - records. */
#include "proto/ike/ike.h"

enum {
    ATTRIBUTES = 17,
    ATTRIBUTES_PUBLISHED = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 11 | 1 << 12 | 1 << 14, /* those that Suricata's schema has */
};

const char *ike_attribute_name(unsigned type)
{
    static const char *const names[ATTRIBUTES] = { "unknown", "alg_enc", "alg_hash", "alg_auth", "alg_dh", "sa_group_type", "sa_group_prime",
        "sa_group_generator_one", "sa_group_generator_two", "sa_group_curve_a", "sa_group_curve_b", "sa_life_type", "sa_life_duration", "alg_prf", "sa_key_length",
        "sa_field_size", "sa_group_order" };

    return type < ATTRIBUTES ? names[type] : NULL;
}

/* Values of version 1's attributes (RFC 2409 appendix A, IANA's ipsec-registry). */
static const char *value_name(unsigned type, unsigned v)
{
    static const char *const enc[] = { NULL, "EncDesCbc", "EncIdeaCbc", "EncBlowfishCbc", "EncRc5R16B64Cbc", "EncTripleDesCbc", "EncCastCbc", "EncAesCbc", "EncCamelliaCbc" };
    static const char *const hash[] = { NULL, "HashMd5", "HashSha", "HashTiger", "HashSha2_256", "HashSha2_384", "HashSha2_512" };
    static const char *const auth[] = { NULL, "AuthPreSharedKey", "AuthDssSignatures", "AuthRsaSignatures", "AuthEncryptionWithRsa", "AuthRevisedEncryptionWithRsa",
        "AuthReserved", "AuthReserved", "AuthReserved", "AuthEcdsaSha256", "AuthEcdsaSha384", "AuthEcdsaSha512" };
    static const char *const group[] = { NULL, "GroupDefault768BitModp", "GroupAlternate1024BitModpGroup", "GroupEc2nOnGp2p155", "GroupEc2nOnGp2p185", "GroupModp1536Bit",
        "GroupEc2nOverGf2p163", "GroupEc2nOverGf2p163", "GroupEc2nOverGf2p283", "GroupEc2nOverGf2p283", "GroupEc2nOverGf2p409", "GroupEc2nOverGf2p409", "GroupEc2nOverGf2p571",
        "GroupEc2nOverGf2p571", "GroupModp2048Bit", "GroupModp3072Bit", "GroupModp4096Bit", "GroupModp6144Bit", "GroupModp8192Bit", "GroupRandomEcp256", "GroupRandomEcp384",
        "GroupRandomEcp521", "GroupModp1024With160BitPrime", "GroupModp2048With224BitPrime", "GroupModp2048With256BitPrime", "GroupRandomEcp192", "GroupRandomEcp224",
        "GroupBrainpoolEcp224", "GroupBrainpoolEcp256", "GroupBrainpoolEcp384", "GroupBrainpoolEcp512" };
    static const char *const life[] = { NULL, "LifeTypeSeconds", "LifeTypeKilobytes" };
    static const struct { const char *const *names; unsigned n; } values[ATTRIBUTES] = {
        [1] = { enc, ROWS(enc) }, [2] = { hash, ROWS(hash) }, [3] = { auth, ROWS(auth) }, [4] = { group, ROWS(group) }, [11] = { life, ROWS(life) },
    };
    const char *name = type < ATTRIBUTES && v < values[type].n ? values[type].names[v] : NULL;

    return name != NULL ? name : "Unknown";
}

static void log_transform(struct json *j, const struct ike_transform *f)
{
    static const char *const raw_names[ATTRIBUTES] = { "unknown_raw", "alg_enc_raw", "alg_hash_raw", "alg_auth_raw", "alg_dh_raw", "sa_group_type_raw", "sa_group_prime_raw",
        "sa_group_generator_one_raw", "sa_group_generator_two_raw", "sa_group_curve_a_raw", "sa_group_curve_b_raw", "sa_life_type_raw", "sa_life_duration_raw", "alg_prf_raw",
        "sa_key_length_raw", "sa_field_size_raw", "sa_group_order_raw" };

    for (unsigned i = 0; i < f->n; i++) {
        const struct ike_attribute *a = &f->attribute[i];
        const char *key = ike_attribute_name(a->type);
        const char *with_raw = raw_names[key != NULL ? a->type : 0];
        bool known = key != NULL && (ATTRIBUTES_PUBLISHED >> a->type & 1) != 0;
        if (!known && !json_own(j)) {
            continue;
        }
        json_string(j, key != NULL ? key : "unknown", value_name(a->type, a->word));
        if (a->has_number) {
            json_u64(j, with_raw, a->number);
        } else {
            json_hex(j, with_raw, bytes_of(a->bytes, a->n), 0);
        }
    }
}

/* ------- version 1 ------- */

static void log_end(struct json *j, const char *name, const struct ike_end *end, const struct ike_transform *proposals)
{
    json_object(j, name);
    if (end->key_n != 0) {
        json_hex(j, "key_exchange_payload", bytes_of(end->key, end->key_n), 0);
        json_u64(j, "key_exchange_payload_length", end->key_n);
    }
    if (end->nonce_n != 0) {
        json_hex(j, "nonce_payload", bytes_of(end->nonce, end->nonce_n), 0);
        json_u64(j, "nonce_payload_length", end->nonce_n);
    }
    if (proposals != NULL) {
        json_array(j, "proposals");
        for (; proposals != NULL; proposals = proposals->next) {
            json_object(j, NULL);
            log_transform(j, proposals);
            json_end_object(j);
        }
        json_end_array(j);
    }
    json_end_object(j);
}

static void log_payloads1(struct json *j, const struct ike *d)
{
    static const char *const names[] = { "None", "SecurityAssociation", "Proposal", "Transform", "KeyExchange", "Identification", "Certificate", "CertificateRequest",
        "Hash", "Signature", "Nonce", "Notification", "Delete", "VendorID", NULL, "SaKekPayload", "SaTekPayload", "KeyDownload", "SequenceNumber", "ProofOfPossession",
        "NatDiscovery", "NatOriginalAddress", "GroupAssociatedPolicy" };

    bool open = false;
    for (unsigned i = 0; i < ROWS(names); i++) {
        if ((d->types >> i & 1) == 0 || names[i] == NULL) {
            continue;
        }
        if (!open) {
            json_array(j, "payload");
            open = true;
        }
        json_string(j, NULL, names[i]);
    }
    if (open) {
        json_end_array(j);
    }
}

static void log_version1(struct json *j, const struct ike *d, const struct ike_state *st)
{
    log_payloads1(j, d);
    json_object(j, "ikev1");
    if (st->has_doi) {
        json_u64(j, "doi", st->doi);
    }
    json_bool(j, "encrypted_payloads", (d->flags & IKE_ENCRYPTED) != 0);
    if ((d->flags & IKE_ENCRYPTED) == 0) {
        log_end(j, "client", &st->end[TO_SERVER], d->side == TO_SERVER ? d->transforms : NULL);
        log_end(j, "server", &st->end[TO_CLIENT], NULL);
        if (d->vendor_n != 0) {
            json_array(j, "vendor_ids");
            for (unsigned i = 0; i < d->vendor_n; i++) {
                json_bytes(j, NULL, d->vendor[i]);
            }
            json_end_array(j);
        }
    }
    json_end_object(j);
}

/* ------- version 2 ------- */

/* A number that has no name: "IkeTransformEncType(250 / 0xfa)", as Suricata prints it. */
static void log_number(struct json *j, const char *key, const char *kind, unsigned v)
{
    char text[64];
    size_t n = 0, m = 0;
    uint8_t digits[8];

    for (struct rd r = rd_of(bytes_str(kind)); rd_left(&r) != 0 && n < 32;) {
        text[n++] = (char)rd_u8(&r);
    }
    text[n++] = '(';
    n += text_digits(v, &text[n]);
    text[n++] = ' ';
    text[n++] = '/';
    text[n++] = ' ';
    text[n++] = '0';
    text[n++] = 'x';
    do {
        digits[m++] = (uint8_t)(v & 15);
        v >>= 4;
    } while (v != 0);
    while (m != 0) {
        text[n++] = "0123456789abcdef"[digits[--m]];
    }
    text[n++] = ')';
    json_bytes(j, key, bytes_of(text, n));
}

struct number_name {
    uint16_t number;
    const char *name;
};

static void log_name(struct json *j, const char *key, const struct number_name *names, const char *kind, unsigned v)
{
    while (names->name != NULL && names->number != v) {
        names++;
    }
    if (names->name != NULL) {
        json_string(j, key, names->name);
    } else {
        log_number(j, key, kind, v);
    }
}

/* RFC 7296 3.3.2 and IANA's ikev2-parameters. */
static void log_algorithms(struct json *j, const struct ike_state *st)
{
    static const struct number_name enc[] = {
        { 1, "ENCR_DES_IV64" }, { 2, "ENCR_DES" }, { 3, "ENCR_3DES" }, { 4, "ENCR_RC5" }, { 5, "ENCR_IDEA" }, { 6, "ENCR_CAST" }, { 7, "ENCR_BLOWFISH" },
        { 8, "ENCR_3IDEA" }, { 9, "ENCR_DES_IV32" }, { 0, "ENCR_NULL" }, { 11, "ENCR_NULL" }, { 12, "ENCR_AES_CBC" }, { 13, "ENCR_AES_CTR" }, { 14, "ENCR_AES_CCM_8" },
        { 15, "ENCR_AES_CCM_12" }, { 16, "ENCR_AES_CCM_16" }, { 18, "ENCR_AES_GCM_8" }, { 19, "ENCR_AES_GCM_12" }, { 20, "ENCR_AES_GCM_16" },
        { 21, "ENCR_NULL_AUTH_AES_GMAC" }, { 23, "ENCR_CAMELLIA_CBC" }, { 24, "ENCR_CAMELLIA_CTR" }, { 25, "ENCR_CAMELLIA_CCM_8" }, { 26, "ENCR_CAMELLIA_CCM_12" },
        { 27, "ENCR_CAMELLIA_CCM_16" }, { 28, "ENCR_CHACHA20_POLY1305" }, { 0, NULL },
    };
    static const struct number_name prf[] = { { 0, "PRF_NULL" }, { 1, "PRF_HMAC_MD5" }, { 2, "PRF_HMAC_SHA1" }, { 3, "PRF_HMAC_TIGER" }, { 4, "PRF_AES128_XCBC" },
        { 5, "PRF_HMAC_SHA2_256" }, { 6, "PRF_HMAC_SHA2_384" }, { 7, "PRF_HMAC_SHA2_512" }, { 8, "PRF_AES128_CMAC" }, { 0, NULL } };
    static const struct number_name auth[] = { { 0, "NONE" }, { 1, "AUTH_HMAC_MD5_96" }, { 2, "AUTH_HMAC_SHA1_96" }, { 3, "AUTH_DES_MAC" }, { 4, "AUTH_KPDK_MD5" },
        { 5, "AUTH_AES_XCBC_96" }, { 6, "AUTH_HMAC_MD5_128" }, { 7, "AUTH_HMAC_SHA1_160" }, { 8, "AUTH_AES_CMAC_96" }, { 9, "AUTH_AES_128_GMAC" },
        { 10, "AUTH_AES_192_GMAC" }, { 11, "AUTH_AES_256_GMAC" }, { 12, "AUTH_HMAC_SHA2_256_128" }, { 13, "AUTH_HMAC_SHA2_384_192" }, { 14, "AUTH_HMAC_SHA2_512_256" }, { 0, NULL } };
    static const struct number_name dh[] = { { 0, "None" }, { 1, "Modp768" }, { 2, "Modp1024" }, { 5, "Modp1536" }, { 14, "Modp2048" }, { 15, "Modp3072" }, { 16, "Modp4096" },
        { 17, "Modp6144" }, { 18, "Modp8192" }, { 19, "Ecp256" }, { 20, "Ecp384" }, { 21, "Ecp521" }, { 22, "Modp1024s160" }, { 23, "Modp2048s224" }, { 24, "Modp2048s256" },
        { 25, "Ecp192" }, { 26, "Ecp224" }, { 27, "BrainpoolP224r1" }, { 28, "BrainpoolP256r1" }, { 29, "BrainpoolP384r1" }, { 30, "BrainpoolP512r1" },
        { 31, "Curve25519" }, { 32, "Curve448" }, { 0, NULL } };
    static const struct number_name esn[] = { { 0, "NoESN" }, { 1, "ESN" }, { 0, NULL } };

    log_name(j, "alg_enc", enc, "IkeTransformEncType", st->algorithm[IKE_ENC]);
    log_name(j, "alg_auth", auth, "IkeTransformAuthType", st->algorithm[IKE_AUTH]);
    if (json_own(j)) {
        log_name(j, "alg_prf", prf, "IkeTransformPRFType", st->algorithm[IKE_PRF]);
    }
    log_name(j, "alg_dh", dh, "IkeTransformDHType", st->algorithm[IKE_DH]);
    if (json_own(j)) {
        log_name(j, "alg_esn", esn, "IkeTransformESNType", st->algorithm[IKE_ESN]);
    }
}

static void log_version2(struct json *j, const struct ike *d)
{
    static const struct number_name payloads[] = { { 0, "NoNextPayload" }, { 33, "SecurityAssociation" }, { 34, "KeyExchange" }, { 35, "IdentInitiator" },
        { 36, "IdentResponder" }, { 37, "Certificate" }, { 38, "CertificateRequest" }, { 39, "Authentication" }, { 40, "Nonce" }, { 41, "Notify" }, { 42, "Delete" },
        { 43, "VendorID" }, { 44, "TrafficSelectorInitiator" }, { 45, "TrafficSelectorResponder" }, { 46, "EncryptedAndAuthenticated" }, { 47, "Configuration" },
        { 48, "ExtensibleAuthentication" }, { 49, "GenericSecurePasswordMethod" }, { 50, "GroupIdentification" }, { 51, "GroupSecurityAssociation" }, { 52, "KeyDownload" },
        { 53, "EncryptedAndAuthenticatedFragment" }, { 0, NULL } };
    static const struct number_name notifies[] = { { 1, "UNSUPPORTED_CRITICAL_PAYLOAD" }, { 4, "INVALID_IKE_SPI" }, { 5, "INVALID_MAJOR_VERSION" }, { 7, "INVALID_SYNTAX" },
        { 9, "INVALID_MESSAGE_ID" }, { 11, "INVALID_SPI" }, { 14, "NO_PROPOSAL_CHOSEN" }, { 17, "INVALID_KE_PAYLOAD" }, { 24, "AUTHENTICATION_FAILED" },
        { 34, "SINGLE_PAIR_REQUIRED" }, { 35, "NO_ADDITIONAL_SAS" }, { 36, "INTERNAL_ADDRESS_FAILURE" }, { 37, "FAILED_CP_REQUIRED" }, { 38, "TS_UNACCEPTABLE" },
        { 39, "INVALID_SELECTORS" }, { 43, "TEMPORARY_FAILURE" }, { 44, "CHILD_SA_NOT_FOUND" }, { 16384, "INITIAL_CONTACT" }, { 16385, "SET_WINDOW_SIZE" },
        { 16386, "ADDITIONAL_TS_POSSIBLE" }, { 16387, "IPCOMP_SUPPORTED" }, { 16388, "NAT_DETECTION_SOURCE_IP" }, { 16389, "NAT_DETECTION_DESTINATION_IP" },
        { 16390, "COOKIE" }, { 16391, "USE_TRANSPORT_MODE" }, { 16392, "HTTP_CERT_LOOKUP_SUPPORTED" }, { 16393, "REKEY_SA" }, { 16394, "ESP_TFC_PADDING_NOT_SUPPORTED" },
        { 16395, "NON_FIRST_FRAGMENTS_ALSO" }, { 0, NULL } };

    json_array(j, "payload");
    for (unsigned i = 0; i < d->payload_n; i++) {
        log_name(j, NULL, payloads, "IkePayloadType", d->payload[i]);
    }
    json_end_array(j);
    json_object(j, "ikev2");
    json_u64(j, "errors", d->errors);
    if (d->notify_n != 0) {
        json_array(j, "notify");
        for (unsigned i = 0; i < d->notify_n; i++) {
            log_name(j, NULL, notifies, "NotifyType", d->notify[i]);
        }
        json_end_array(j);
    }
    json_end_object(j);
}

/* RFC 2408 3.1 */
static const char *exchange_name(uint8_t exchange)
{
    static const char *const low[] = { "None", "Base", "IdentityProtection", "AuthenticationOnly", "Aggressive", "Informational", "Transaction" };

    return exchange < ROWS(low) ? low[exchange] : exchange == 32 ? "QuickMode" : exchange == 33 ? "NewGroupMode" : NULL;
}

void ike_log(const struct txn *t, struct json *j)
{
    const struct ike_settings *set = txn_settings(t);
    const struct ike *d = txn_data_const(t);
    const struct ike_state *st = conn_state(t->conn);

    json_u64(j, "version_major", d->version);
    json_u64(j, "version_minor", d->minor);
    json_bytes(j, "init_spi", bytes_of(d->spi[TO_SERVER], sizeof d->spi[0]));
    json_bytes(j, "resp_spi", bytes_of(d->spi[TO_CLIENT], sizeof d->spi[1]));
    json_u64(j, "message_id", d->message);
    json_u64(j, "exchange_type", d->exchange);
    if (st == NULL) {
        return;
    }
    if (d->version == 1) {
        if (set != NULL && set->extended && exchange_name(d->exchange) != NULL) {
            json_string(j, "exchange_type_verbose", exchange_name(d->exchange));
        }
        if (st->chosen_n != 0) {
            log_transform(j, &st->chosen);
        }
        log_version1(j, d, st);
        return;
    }
    json_string(j, "role", (d->flags & IKE_INITIATOR) != 0 ? "initiator" : "responder");
    if ((d->flags & IKE_INITIATOR) == 0) {
        log_algorithms(j, st);
    }
    log_version2(j, d);
}

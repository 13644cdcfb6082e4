/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tap_spell - texts of signs whose fields give bytes as they came: lists of numbers, versions, addresses (base/signs.list has the spelling).
 */
#include "aware/taps.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

struct spelled {
    char *p;
    size_t n;
};

static void add(struct spelled *s, const char *format, unsigned a, unsigned b)
{
    char one[48];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* the callers' constants */
    int n = snprintf(one, sizeof one, format, a, b);
#pragma GCC diagnostic pop

    if (n > 0 && s->n + (size_t)n <= SEEN_TEXT_MAX) {
        memcpy(s->p + s->n, one, (size_t)n);
        s->n += (size_t)n;
    }
}

static void add_bytes(struct spelled *s, struct bytes b)
{
    b = bytes_head(b, SEEN_TEXT_MAX - s->n);
    memcpy(s->p + s->n, b.p, b.n);
    s->n += b.n;
}

static void add_address(struct spelled *s, struct bytes b)
{
    char text[ADDR_TEXT_MAX];
    struct addr a = b.n == 4 ? addr_from4(b.p) : b.n == 16 ? addr_from6(b.p) : (struct addr){ 0 };

    if (b.n == 4 || b.n == 16) {
        add_bytes(s, bytes_of(text, addr_text(&a, b.n == 4 ? FAMILY_4 : FAMILY_6, text)));
    }
}

static void numbers8(struct spelled *s, struct bytes raw, const struct spell_with *with)
{
    (void)with;
    for (size_t i = 0; i < raw.n; i++) {
        add(s, i != 0 ? ",%u" : "%u", raw.p[i], 0);
    }
}

static void numbers16(struct spelled *s, struct bytes raw, const struct spell_with *with)
{
    struct rd r = rd_of(raw);

    (void)with;
    for (bool first = true; rd_left(&r) >= 2; first = false) {
        add(s, first ? "%u" : ",%u", rd_be16(&r), 0);
    }
}

/* RFC 8415 21.16: enterprise number, then texts with their length; the first. */
static void vendor6(struct spelled *s, struct bytes raw, const struct spell_with *with)
{
    struct rd r = rd_of(raw);
    uint32_t enterprise = rd_be32(&r);
    struct rd text = rd_vec16(&r);

    (void)with;
    if (rd_ok(&text)) {
        add(s, "%u ", enterprise, 0);
        add_bytes(s, rd_rest(&text));
    }
}

/* Labels as they came, without pointers. */
static void labels(struct spelled *s, struct bytes raw, const struct spell_with *with)
{
    struct rd r = rd_of(raw);

    (void)with;
    while (rd_left(&r) != 0) {
        struct rd label = rd_vec8(&r);
        if (!rd_ok(&label) || rd_left(&label) == 0) {
            break;
        }
        add_bytes(s, s->n != 0 ? bytes_str(".") : bytes_none());
        add_bytes(s, rd_rest(&label));
    }
}

/* Four bytes of an address, four of seconds. */
static void lease(struct spelled *s, struct bytes raw, const struct spell_with *with)
{
    const uint8_t *m = with->subject.p;
    struct rd r = rd_of(raw);

    if (with->subject.n != 6 || raw.n < 8) {
        return;
    }
    add(s, "%02x:%02x", m[0], m[1]);
    add(s, ":%02x:%02x", m[2], m[3]);
    add(s, ":%02x:%02x ", m[4], m[5]);
    add_address(s, rd_bytes(&r, 4));
    add(s, " %u", rd_be32(&r), 0);
}

static void answer(struct spelled *s, struct bytes raw, const struct spell_with *with)
{
    if (with->name.n == 0) {
        return;
    }
    add_address(s, raw);
    if (s->n != 0) {
        add(s, " ", 0, 0);
        add_bytes(s, with->name);
    }
}

/* MS-NLMP 2.2.2.10 */
static void ntlm_version(struct spelled *s, struct bytes raw, const struct spell_with *with)
{
    struct rd r = rd_of(raw);
    uint8_t major = rd_u8(&r), minor = rd_u8(&r);
    uint16_t build = rd_le16(&r);

    (void)with;
    if (rd_ok(&r) && major != 0) {
        add(s, "%u.%u", major, minor);
        add(s, ".%u", build, 0);
    }
}

/* Fifteen bytes at most, then the suffix. */
static void nbns_name(struct spelled *s, struct bytes raw, const struct spell_with *with)
{
    (void)with;
    if (raw.n > 1) {
        add_bytes(s, bytes_head(raw, raw.n - 1));
        add(s, "<%02x>", raw.p[raw.n - 1], 0);
    }
}

/* A message's first eight bytes (RFC 5905 7.3). */
static void ntp(struct spelled *s, struct bytes raw, const struct spell_with *with)
{
    struct rd r = rd_of(raw);
    uint8_t version = rd_u8(&r) >> 3 & 7, stratum = rd_u8(&r), poll = rd_u8(&r);
    int precision = (int8_t)rd_u8(&r);
    uint32_t delay = rd_be32(&r);

    (void)with;
    if (rd_ok(&r)) {
        add(s, "%u:%u:", version, poll);
        add(s, precision < 0 ? "-%u:" : "%u:", (unsigned)(precision < 0 ? -precision : precision), 0);
        add(s, delay != 0 ? "%u:+" : "%u:0", stratum, 0);
    }
}

static void hex(struct spelled *s, struct bytes raw, const struct spell_with *with)
{
    (void)with;
    for (size_t i = 0; i < raw.n; i++) {
        add(s, "%02x", raw.p[i], 0);
    }
}

/* Seconds since 1970 of a FILETIME (MS-DTYP 2.3.3), or of an HTTP date (RFC 9110 5.6.7); 0: neither. */
static int64_t clock_read(struct bytes raw)
{
    char text[40];
    struct tm tm = { 0 };

    if (raw.n == 8) {
        struct rd r = rd_of(raw);
        return (int64_t)(rd_le64(&r) / 10000000) - 11644473600;
    }
    if (raw.n < 20 || raw.n >= sizeof text) {
        return 0;
    }
    memcpy(text, raw.p, raw.n);
    text[raw.n] = '\0';
    return strptime(text, "%a, %d %b %Y %H:%M:%S", &tm) != NULL ? timegm(&tm) : 0;
}

static void clock_ahead(struct spelled *s, struct bytes raw, const struct spell_with *with)
{
    int64_t says = clock_read(raw), ahead = says - (int64_t)(with->ts / CLOCK_SECOND);

    if (says > 0 && ahead > -1000000000 && ahead < 1000000000) {
        ahead = ahead / 16 * 16;
        add(s, ahead < 0 ? "-%u" : "%u", (unsigned)(ahead < 0 ? -ahead : ahead), 0);
    }
}

static void user(struct spelled *s, struct bytes raw, const struct spell_with *with)
{
    if (raw.n == 0 || raw.p[raw.n - 1] == '$' || bytes_is_nocase(raw, "anonymous")) { /* a machine's account, or nobody's */
        return;
    }
    add_bytes(s, bytes_str(with->proto));
    add_bytes(s, bytes_str(" "));
    add_bytes(s, raw);
}

struct bytes spell(unsigned sign, struct bytes raw, const struct spell_with *with, char room[SEEN_TEXT_MAX])
{
    static void (*const how[SIGN_N])(struct spelled *s, struct bytes raw, const struct spell_with *with) = {
        [SIGN_DHCP_PARAMS] = numbers8, [SIGN_DHCPV6_PARAMS] = numbers16, [SIGN_DHCPV6_VENDOR] = vendor6, [SIGN_DHCPV6_NAME] = labels,
        [SIGN_LEASE] = lease, [SIGN_DNS_ANSWER] = answer, [SIGN_NTLM_VERSION] = ntlm_version, [SIGN_NBNS_NAME] = nbns_name, [SIGN_NTP] = ntp,
        [SIGN_CLOCK] = clock_ahead, [SIGN_SMB_GUID] = hex, [SIGN_DHCPV6_DUID] = hex, [SIGN_USER] = user, [SIGN_USER_REFUSED] = user,
    };
    struct spelled s = { room, 0 };

    if (how[sign] == NULL) {
        return bytes_head(raw, SEEN_TEXT_MAX);
    }
    how[sign](&s, raw, with);
    return bytes_of(room, s.n);
}

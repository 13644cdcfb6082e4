/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tap_spell - texts of signs whose fields give bytes as they came: lists of numbers, versions, addresses (base/signs.list has the spelling).
 */
#include "aware/taps.h"

#include "base/text.h"

#include <string.h>

struct spelled {
    char *p;
    size_t n;
};

static void add_bytes(struct spelled *s, struct bytes b)
{
    b = bytes_head(b, SEEN_TEXT_MAX - s->n);
    memcpy(s->p + s->n, b.p, b.n);
    s->n += b.n;
}

static void add_text(struct spelled *s, const char *text) { add_bytes(s, bytes_str(text)); }

static void add_number(struct spelled *s, uint64_t v)
{
    char digits[20];

    add_bytes(s, bytes_of(digits, text_digits(v, digits)));
}

static void add_hex(struct spelled *s, uint8_t v)
{
    static const char digits[] = "0123456789abcdef";
    const char two[2] = { digits[v >> 4], digits[v & 15] };

    add_bytes(s, bytes_of(two, 2));
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
        add_text(s, i != 0 ? "," : "");
        add_number(s, raw.p[i]);
    }
}

static void numbers16(struct spelled *s, struct bytes raw, const struct spell_with *with)
{
    struct rd r = rd_of(raw);

    (void)with;
    for (bool first = true; rd_left(&r) >= 2; first = false) {
        add_text(s, first ? "" : ",");
        add_number(s, rd_be16(&r));
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
        add_number(s, enterprise);
        add_text(s, " ");
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
    for (unsigned i = 0; i < 6; i++) {
        add_hex(s, m[i]);
        add_text(s, i < 5 ? ":" : " ");
    }
    add_address(s, rd_bytes(&r, 4));
    add_text(s, " ");
    add_number(s, rd_be32(&r));
}

/* Whom it names the observation says. */
static void answer(struct spelled *s, struct bytes raw, const struct spell_with *with)
{
    (void)raw;
    add_bytes(s, with->name);
}

/* MS-NLMP 2.2.2.10 */
static void ntlm_version(struct spelled *s, struct bytes raw, const struct spell_with *with)
{
    struct rd r = rd_of(raw);
    uint8_t major = rd_u8(&r), minor = rd_u8(&r);
    uint16_t build = rd_le16(&r);

    (void)with;
    if (rd_ok(&r) && major != 0) {
        add_number(s, major);
        add_text(s, ".");
        add_number(s, minor);
        add_text(s, ".");
        add_number(s, build);
    }
}

/* Fifteen bytes at most, then the suffix. */
static void nbns_name(struct spelled *s, struct bytes raw, const struct spell_with *with)
{
    (void)with;
    if (raw.n > 1) {
        add_bytes(s, bytes_head(raw, raw.n - 1));
        add_text(s, "<");
        add_hex(s, raw.p[raw.n - 1]);
        add_text(s, ">");
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
        add_number(s, version);
        add_text(s, ":");
        add_number(s, poll);
        add_text(s, precision < 0 ? ":-" : ":");
        add_number(s, (unsigned)(precision < 0 ? -precision : precision));
        add_text(s, ":");
        add_number(s, stratum);
        add_text(s, delay != 0 ? ":+" : ":0");
    }
}

static void hex(struct spelled *s, struct bytes raw, const struct spell_with *with)
{
    (void)with;
    for (size_t i = 0; i < raw.n; i++) {
        add_hex(s, raw.p[i]);
    }
}

/* Days from 1 January 1970 to that day (Gregorian; proleptic). */
static int64_t days(unsigned year, unsigned month, unsigned day)
{
    unsigned y = year - (month <= 2), m = month > 2 ? month - 3 : month + 9; /* years begin in March */

    return (int64_t)365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

/* Two digits, or more, as a number; 0 and *bad: others. */
static unsigned digits_read(struct bytes b, bool *bad)
{
    unsigned v = 0;

    for (size_t i = 0; i < b.n; i++) {
        unsigned digit = b.p[i] - (unsigned)'0';
        *bad |= digit > 9;
        v = v * 10 + digit;
    }
    return v;
}

/* "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 5.6.7); 0: another. */
static int64_t http_date(struct bytes b)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    unsigned month = 0;
    bool bad = false;

    if (b.n < 25) {
        return 0;
    }
    unsigned day = digits_read(bytes_of(b.p + 5, 2), &bad), year = digits_read(bytes_of(b.p + 12, 4), &bad), hour = digits_read(bytes_of(b.p + 17, 2), &bad),
             minute = digits_read(bytes_of(b.p + 20, 2), &bad), second = digits_read(bytes_of(b.p + 23, 2), &bad);
    while (month < 12 && memcmp(b.p + 8, months + 3 * (size_t)month, 3) != 0) {
        month++;
    }
    if (bad || month == 12 || year < 1970 || day == 0 || day > 31 || hour > 23 || minute > 59 || second > 60) {
        return 0;
    }
    return ((days(year, month + 1, day) * 24 + hour) * 60 + minute) * 60 + second;
}

/* Seconds since 1970 of a FILETIME (MS-DTYP 2.3.3), or of an HTTP date; 0: neither. */
static int64_t clock_read(struct bytes raw)
{
    if (raw.n == 8) {
        struct rd r = rd_of(raw);
        return (int64_t)(rd_le64(&r) / 10000000) - 11644473600;
    }
    return http_date(raw);
}

static void clock_ahead(struct spelled *s, struct bytes raw, const struct spell_with *with)
{
    int64_t says = clock_read(raw), ahead = says - (int64_t)(with->ts / CLOCK_SECOND);

    if (says > 0 && ahead > -1000000000 && ahead < 1000000000) {
        ahead = ahead / 16 * 16;
        add_text(s, ahead < 0 ? "-" : "");
        add_number(s, (uint64_t)(ahead < 0 ? -ahead : ahead));
    }
}

static void user(struct spelled *s, struct bytes raw, const struct spell_with *with)
{
    if (raw.n == 0 || raw.p[raw.n - 1] == '$' || bytes_is_nocase(raw, "anonymous")) { /* a machine's account, or nobody's */
        return;
    }
    add_bytes(s, bytes_str(proto_name(with->proto)));
    add_bytes(s, bytes_str(" "));
    add_bytes(s, raw);
}

static void software(struct spelled *s, struct bytes raw, const struct spell_with *with)
{
    add_bytes(s, bytes_str(proto_name(with->proto)));
    add_bytes(s, bytes_str(" "));
    add_bytes(s, raw);
}

struct bytes spell(unsigned sign, struct bytes raw, const struct spell_with *with, char room[SEEN_TEXT_MAX])
{
    static void (*const how[SIGN_N])(struct spelled *s, struct bytes raw, const struct spell_with *with) = {
        [SIGN_DHCP_PARAMS] = numbers8, [SIGN_DHCPV6_PARAMS] = numbers16, [SIGN_DHCPV6_VENDOR] = vendor6, [SIGN_DHCPV6_NAME] = labels,
        [SIGN_LEASE] = lease, [SIGN_DNS_ANSWER] = answer, [SIGN_NTLM_VERSION] = ntlm_version, [SIGN_NBNS_NAME] = nbns_name, [SIGN_NTP] = ntp,
        [SIGN_CLOCK] = clock_ahead, [SIGN_SMB_GUID] = hex, [SIGN_DHCPV6_DUID] = hex, [SIGN_USER] = user, [SIGN_USER_REFUSED] = user, [SIGN_SOFTWARE] = software,
    };
    struct spelled s = { room, 0 };

    if (how[sign] == NULL) {
        return bytes_head(raw, SEEN_TEXT_MAX);
    }
    how[sign](&s, raw, with);
    return bytes_of(room, s.n);
}

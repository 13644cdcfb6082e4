/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "aware/taps.h"
#include "base/rows.h"
#include "tap.h"

#define AT(seconds) ((seconds) * CLOCK_SECOND)
#define RAW(text) { (const uint8_t *)(text), sizeof(text) - 1 }

static const struct {
    const char *why;
    uint8_t sign;
    struct bytes raw;
    uint64_t ts;
    const char *text;
} rows[] = {
    { "a date of HTTP, at that time", SIGN_CLOCK, RAW("Sun, 06 Nov 1994 08:49:37 GMT"), AT(784111777), "0" },
    { "a clock that is an hour ahead, in steps of 16", SIGN_CLOCK, RAW("Sun, 06 Nov 1994 09:49:37 GMT"), AT(784111777), "3600" },
    { "a clock that is behind", SIGN_CLOCK, RAW("Sun, 06 Nov 1994 08:48:37 GMT"), AT(784111777), "-48" },
    { "the 29th of February", SIGN_CLOCK, RAW("Thu, 29 Feb 2024 00:00:00 GMT"), AT(1709164800), "0" },
    { "the day after it", SIGN_CLOCK, RAW("Fri, 01 Mar 2024 00:00:00 GMT"), AT(1709251200), "0" },
    { "the last second of a year", SIGN_CLOCK, RAW("Fri, 31 Dec 1999 23:59:59 GMT"), AT(946684799), "0" },
    { "no month", SIGN_CLOCK, RAW("Sun, 06 Now 1994 08:49:37 GMT"), AT(784111777), "" },
    { "no digits", SIGN_CLOCK, RAW("Sun, 6 Nov 1994 08:49:37 GMT"), AT(784111777), "" },
    { "cut short", SIGN_CLOCK, RAW("Sun, 06 Nov 1994 08:49"), AT(784111777), "" },
    { "an hour too many", SIGN_CLOCK, RAW("Sun, 06 Nov 1994 25:49:37 GMT"), AT(784111777), "" },
    { "FILETIME", SIGN_CLOCK, RAW("\x80\x26\x91\x54\x53\x8d\xb9\x01"), AT(784111777), "0" },
    { "numbers", SIGN_DHCP_PARAMS, RAW("\x01\x03\xff"), 0, "1,3,255" },
    { "two bytes each", SIGN_DHCPV6_PARAMS, RAW("\x00\x17\x01\x00"), 0, "23,256" },
    { "labels", SIGN_DHCPV6_NAME, RAW("\x02pc\x05local\x00"), 0, "pc.local" },
    { "a version of NTLMSSP", SIGN_NTLM_VERSION, RAW("\x0a\x00\x61\x4a\x00\x00\x00\x0f"), 0, "10.0.19041" },
    { "a name of NetBIOS", SIGN_NBNS_NAME, RAW("FILESRV\x20"), 0, "FILESRV<20>" },
    { "a user", SIGN_USER, RAW("alice"), 0, "http alice" },
    { "a machine's account is nobody", SIGN_USER, RAW("PC1$"), 0, "" },
};

int main(void)
{
    char room[SEEN_TEXT_MAX], text[SEEN_TEXT_MAX + 1];

    for (size_t i = 0; i < ROWS(rows); i++) {
        struct spell_with with = { .subject = bytes_none(), .name = bytes_none(), .ts = rows[i].ts, .proto = (uint16_t)proto_by_name("http") };
        struct bytes got = spell(rows[i].sign, rows[i].raw, &with, room);
        memcpy(text, got.p, got.n);
        text[got.n] = '\0';
        is_str(text, rows[i].text, rows[i].why);
    }
    return done_testing();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Applications by first bytes, names and ports. */
#include "proto/apps.h"

#include "base/rows.h"
#include "tap.h"

#include <string.h>

static const struct {
    const char *why;
    bool udp;
    uint16_t from, to;
    struct bytes b;
    const char *name;
} first[] = {
#define B(s) { (const uint8_t *)(s), sizeof(s) - 1 }
    { "BitTorrent's handshake, on any port", false, 40000, 50123, B("\x13" "BitTorrent protocol\0\0\0\0"), "bittorrent" },
    { "one byte of it wrong", false, 40000, 50123, B("\x13" "BitTorrent protocoL\0\0\0\0"), NULL },
    { "cut short", false, 40000, 50123, B("\x13" "BitTorrent"), NULL },
    { "a pattern of TCP in a datagram", true, 40000, 50123, B("AMQP\0\0\x09\x01"), NULL },
    { "a pattern that needs its port, there", false, 40000, 548, B("\0\x04\0\x01\0\0\0\0\0\0\0\x1c"), "afp" },
    { "the same from the server", false, 548, 40000, B("\0\x04\0\x01\0\0\0\0\0\0\0\x1c"), "afp" },
    { "and elsewhere", false, 40000, 549, B("\0\x04\0\x01\0\0\0\0\0\0\0\x1c"), NULL },
    { "half a byte is any", true, 40000, 8805, B("\x21\x05\0\0"), "pfcp" },
    { "the other half counts", true, 40000, 8805, B("\x41\x05\0\0"), NULL },
    { "MMS, behind the connection request", false, 40000, 102, B("\x03\0\0\x0b\x06\xe0\0\0\0\x01\0\x03\0\0\xbb\x02\xf0\x80\x0d\xb2"), "mms" },
    { "a miner's first words stand somewhere in the line", false, 40000, 3333, B("{\"id\":1,\"method\":\"mining.subscribe\",\"params\":[]}\n"), "mining" },
    { "DTLS 1.2", true, 40000, 50000, B("\x16\xfe\xfd\0\0\0\0\0\0\0\0\0\x10"), "dtls" },
    { "RTP, G.711", true, 40000, 50000, B("\x80\x08\0\x01\0\0\0\xa0\x12\x34\x56\x78\xd5\xd5\xd5\xd5\xd5\xd5\xd5\xd5"), "rtp" },
    { "RTP of no source", true, 40000, 50000, B("\x80\x08\0\x01\0\0\0\xa0\0\0\0\0\xd5\xd5\xd5\xd5\xd5\xd5\xd5\xd5"), NULL },
    { "RTP on a port that nobody gives to media", true, 40000, 53, B("\x80\x08\0\x01\0\0\0\xa0\x12\x34\x56\x78\xd5\xd5\xd5\xd5\xd5\xd5\xd5\xd5"), NULL },
    { "RTCP, a report and a goodbye", true, 40000, 50000, B("\x80\xc9\0\x01\x12\x34\x56\x78\x81\xcb\0\x01\x12\x34\x56\x78"), "rtcp" },
    { "RTCP whose lengths do not add up", true, 40000, 50000, B("\x80\xc9\0\x02\x12\x34\x56\x78"), NULL },
    { "nothing", true, 40000, 50000, B(""), NULL },
};

static const struct {
    const char *why, *host, *name;
} hosts[] = {
    { "the name itself", "whatsapp.net", "whatsapp" },
    { "below it, in capitals, with the root's dot", "MMX-DS.CDN.WhatsApp.NET.", "whatsapp" },
    { "the longest that fits", "mail.google.com", "gmail" },
    { "the shorter one", "www.google.com", "google" },
    { "whole labels only", "notgoogle.com", NULL },
    { "a name above", "com", NULL },
    { "a dot in front", ".google.com", "google" },
    { "an address", "192.0.2.1", NULL },
    { "nothing", "", NULL },
    { "more labels than are looked at", "a.b.c.d.e.f.g.h.i.j.k.google.com", "google" },
};

static const char *name_or(const struct apps *a, struct app_told told) { return told.id != 0 ? apps_name(a, told.id) : "(none)"; }

/* Bytes that a row's pattern fits; how many. */
static size_t sample(const char *s, uint8_t *to)
{
    size_t n = 0;
    bool hex = false;

    for (; *s != '\0'; s++) {
        if (*s == '|') {
            hex = !hex;
        } else if (!hex) {
            to[n++] = (uint8_t)*s;
        } else if (*s != ' ') {
            char high = s[0] == '?' ? '7' : s[0], low = s[1] == '?' ? '7' : s[1];
            const char *digits = "0123456789abcdef";
            to[n++] = (uint8_t)((strchr(digits, high) - digits) << 4 | (strchr(digits, low) - digits));
            s++;
        }
    }
    return n;
}

enum { TCP = 1, UDP = 2, BOTH = 3 };

/* No row is hidden by one before it. */
static void reachable(const struct apps *a)
{
    static const struct { const char *name; int transports; uint16_t port; const char *pattern, *source; } rows[] = {
#define APP_BYTES(name, transports, port, within, pattern, source) { name, transports, port, pattern, source },
#define APP_HOST(name, suffix, source)
#define APP_PORT(name, transports, low, high, source)
#include "proto/apps.list"
#undef APP_BYTES
#undef APP_HOST
#undef APP_PORT
    };
    uint8_t b[64];

    for (size_t i = 0; i < ROWS(rows); i++) {
        size_t n = sample(rows[i].pattern, b);
        is_str(name_or(a, apps_bytes(a, rows[i].transports == UDP, 999, rows[i].port, bytes_of(b, n))), rows[i].name, rows[i].pattern);
        ok(rows[i].source[0] != '\0', "and says where it is known from");
    }
}

static void named(const struct apps *a)
{
    static const struct { const char *name, *suffix; } rows[] = {
#define APP_BYTES(name, transports, port, within, pattern, source)
#define APP_HOST(name, suffix, source) { name, suffix },
#define APP_PORT(name, transports, low, high, source)
#include "proto/apps.list"
#undef APP_BYTES
#undef APP_HOST
#undef APP_PORT
    };

    for (size_t i = 0; i < ROWS(rows); i++) {
        is_str(name_or(a, apps_host(a, bytes_str(rows[i].suffix))), rows[i].name, rows[i].suffix);
    }
}

int main(void)
{
    struct apps *a = apps_new();

    for (size_t i = 0; i < ROWS(first); i++) {
        is_str(name_or(a, apps_bytes(a, first[i].udp, first[i].from, first[i].to, first[i].b)), first[i].name != NULL ? first[i].name : "(none)",
               first[i].why);
    }
    for (size_t i = 0; i < ROWS(hosts); i++) {
        is_str(name_or(a, apps_host(a, bytes_str(hosts[i].host))), hosts[i].name != NULL ? hosts[i].name : "(none)", hosts[i].why);
    }
    is_str(name_or(a, apps_port(a, false, 6010)), "x11", "a range of ports");
    is_str(name_or(a, apps_port(a, true, 6010)), "(none)", "of TCP only");
    is_str(apps_by(apps_port(a, false, 79).by), "port", "and how it is known");
    reachable(a);
    named(a);
    apps_free(a);
    return done_testing();
}

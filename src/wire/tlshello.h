/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tlshello - the hello messages of TLS (RFC 8446 4.1, RFC 5246 7.4.1) and their fingerprints JA3, JA3S and JA4.
 *
 * Shared by TLS and QUIC.  Pure functions; lists point into the message, text goes into the caller's arena.
 */
#ifndef WIRE_TLSHELLO_H
#define WIRE_TLSHELLO_H

#include "base/arena.h"
#include "base/memo.h"

struct tlshello {
    uint16_t version;           /* legacy_version */
    uint16_t best;              /* client: highest of supported_versions that is no GREASE; server: selected; 0 none */
    struct bytes random;        /* 32 bytes */
    struct bytes session;
    struct bytes ciphers;       /* client: two bytes each; server: one suite */
    struct bytes extensions;    /* type, length, data … */
    struct bytes sni;           /* first host name; empty when none */
    struct bytes alpn;          /* list as on the wire: length, name … */
    struct bytes groups;        /* two bytes each */
    struct bytes points;        /* one byte each */
    struct bytes signatures;    /* signature_algorithms, two bytes each */
    bool client, bad_extensions;
    bool has_sni, more_sni;     /* server_name is there; more than once */
    bool bad_sni, bad_sni_type; /* its length does not fit; it names no host */
    bool heartbeat;             /* RFC 6520 is offered, or taken */
    bool ticket;                /* RFC 5077: so are tickets to resume a session with */
};

/* The body of a ClientHello or ServerHello, without the handshake header.  False when malformed. */
bool tlshello_client(struct rd r, struct tlshello *h);
bool tlshello_server(struct rd r, struct tlshello *h);

const char *tlshello_extension_name(uint16_t type); /* as IANA has it, in Suricata's spelling; NULL: none */
bool tlshello_grease(uint16_t v); /* RFC 8701: a value that means nothing on purpose */

/* "771,4865-4866,0-11,29,0" (client), "771,4865,43-51" (server). */
struct bytes tlshello_ja3(const struct tlshello *h, struct arena *a);
/* 32 lower-case hex digits of MD5 over the string.  memo: of the thread; NULL: none. */
struct bytes tlshello_md5(struct bytes text, struct memo *memo, struct arena *a);
/* JA4 (FoxIO's open part): "t13d1516h2_8daaf6152771_e5627efa2ab1"; transport 't' or 'q'. */
struct bytes tlshello_ja4(const struct tlshello *h, char transport, struct memo *memo, struct arena *a);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * socks - what the files of this folder share.
 */
#ifndef PROTO_SOCKS_SOCKS_H
#define PROTO_SOCKS_SOCKS_H

#include "proto/proto.h"

enum { SOCKS_V4 = 4, SOCKS_V5 = 5, SOCKS_NAME_MAX = 255, SOCKS_METHODS_MAX = 16 };
enum { SOCKS_METHOD_NONE = 0, SOCKS_METHOD_PASSWORD = 2, SOCKS_METHOD_REFUSED = 0xff };
enum { SOCKS_COMMAND_CONNECT = 1, SOCKS_COMMAND_BIND = 2, SOCKS_COMMAND_UDP = 3, SOCKS_COMMAND_DATAGRAM = 4 /* ours: what goes by because of it */ };
enum { SOCKS_ADDRESS_V4 = 1, SOCKS_ADDRESS_NAME = 3, SOCKS_ADDRESS_V6 = 4 };
enum { UNIT_METHODS, UNIT_PASSWORD, UNIT_REQUEST, UNIT_REQUEST_4, UNIT_METHOD, UNIT_PASSWORD_REPLY, UNIT_REPLY, UNIT_REPLY_4, UNIT_DATAGRAM };

struct socks_address {
    uint8_t kind;           /* of RFC 1928 5; 0: none */
    struct bytes b;
    uint16_t port;
    struct bytes text;      /* of the host asked for: its name, or the address as it is written */
};

struct socks {
    uint8_t version, command, method, reply;
    bool has_request, has_method, has_reply;
    bool password_answered, password_good;
    uint8_t offered[SOCKS_METHODS_MAX], offered_n;
    struct bytes user, password;
    struct socks_address to, bound;
};

struct socks_state {
    struct txn *t;
    uint8_t next[2];        /* the unit that comes next in a direction */
    uint8_t method;
    bool replied;           /* BIND: the first of two replies came */
    struct conn *inner;     /* of datagrams: what is in them; NULL: it is not read */
    struct socks_address last; /* where the last one went; its bytes are in */
    uint8_t room[SOCKS_NAME_MAX];
};

void socks_address_read(struct txn *t, struct rd *r, struct socks_address *a);
void socks_address_write(struct txn *t, struct socks_address *a); /* its text */

/* socks_udp.c: the proxy agreed to carry datagrams; and one of them (RFC 1928 7). */
void socks_udp_expect(struct conn *c, const struct socks *d);
enum outcome socks_udp(struct conn *c, enum side side, struct rd r);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rdp - the Remote Desktop Protocol (MS-RDPBCGR): its connection sequence, up to the answer of the conference or to TLS certificates.
 *
 * A message is a transaction of its own.
 */
#ifndef PROTO_RDP_H
#define PROTO_RDP_H

#include "proto/proto.h"

enum rdp_kind { RDP_REQUEST, RDP_CONFIRM, RDP_CONNECT, RDP_CONNECTED, RDP_CERTIFICATES };
enum { RDP_CHANNELS_MAX = 31, RDP_CERTIFICATES_MAX = 16, RDP_CHANNEL_NAME = 8 };

/* Client core data (2.2.1.3.2).  What follows the IME's name may end after any member: `has` counts them. */
enum rdp_optional { RDP_DEPTH2, RDP_PRODUCT, RDP_SERIAL, RDP_HIGH_DEPTH, RDP_DEPTHS, RDP_CAPABILITIES, RDP_ID, RDP_HINT, RDP_PAD, RDP_PROTOCOL, RDP_WIDTH, RDP_HEIGHT,
                    RDP_ORIENTATION, RDP_SCALE, RDP_DEVICE_SCALE, RDP_OPTIONALS };
struct rdp_client {
    uint32_t version, layout, build, keyboard, keyboard_sub, function_keys;
    uint16_t width, height, depth;
    struct bytes name, ime, id;
    struct bytes said;                 /* "NAME BUILD" */
    unsigned has;                      /* optional members that are there and hold what they may */
    uint32_t optional[RDP_OPTIONALS];
};

struct rdp {
    uint8_t kind, side;
    /* RDP_REQUEST, RDP_CONFIRM */
    bool has_cookie, negotiates, fails;
    struct bytes cookie;
    uint8_t flags;
    uint32_t protocol;                 /* chosen; fails: why */
    /* RDP_CONNECT */
    bool has_client, has_channels;
    struct rdp_client client;
    unsigned channel_n;
    struct bytes channel[RDP_CHANNELS_MAX];
    /* RDP_CERTIFICATES */
    unsigned serial_n;
    struct bytes serial[RDP_CERTIFICATES_MAX];
};

/* Client data blocks of the conference's create request into d (2.2.1.3); texts into the arena. */
void rdp_read_blocks(struct rdp *d, struct arena *a, struct rd r);
void rdp_log(const struct txn *t, struct json *j);

#endif

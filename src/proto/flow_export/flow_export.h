/* SPDX-License-Identifier: GPL-2.0-or-later */
/* flow_export - one datagram's flows, whatever format they came in.  For the files of this folder. */
#ifndef PROTO_FLOW_EXPORT_H
#define PROTO_FLOW_EXPORT_H

#include "proto/proto.h"

enum { EXPORT_ROWS_MAX = 64, TEMPLATES_MAX = 64, TEMPLATE_FIELDS_MAX = 64 };
enum { NOTE_MALFORMED, NOTE_NO_TEMPLATE, NOTE_TOO_MANY, NOTE_TEMPLATES_FULL };

/* One direction of a flow, or one sampled packet. */
struct export_row {
    struct addr addr[2];         /* source, destination */
    uint64_t packets, bytes;
    uint64_t first, last;        /* ms since 1970; 0: not told */
    uint16_t port[2], vlan;
    uint8_t family, proto, tcp_flags;
};

struct export {
    const char *format;          /* "netflow_5", "netflow_9", "ipfix", "sflow_5" */
    uint32_t sequence, source;   /* source: id, domain, sub-agent */
    uint64_t time;               /* s since 1970, as the exporter has it; 0: not told */
    unsigned n, templates, skipped; /* rows; templates told; sets that nothing could be read of */
    struct export_row *row;
    struct bytes *text;          /* of each row, as the map reads it */
};

/* A row more; NULL: there are enough, or no memory. */
struct export_row *export_row_new(struct txn *t);
/* The flows of a datagram behind its version (NetFlow 5, 9, IPFIX), or of sFlow's from its version on. */
bool netflow_read(struct conn *c, struct txn *t, uint16_t version, struct rd r);
bool sflow_read(struct txn *t, struct rd r);
/* Is it one of them?  The whole datagram. */
bool netflow_is(struct rd r);
bool sflow_is(struct rd r);

/* What a flow keeps: the templates of its exporter. */
struct export_field {
    uint16_t id, n;              /* n: bytes; 65535: told with each */
    bool own;                    /* an enterprise's: nothing is known of it */
};
struct export_template {
    uint32_t source;
    uint16_t id, field_n;
    struct export_field *field;
};
struct export_state {
    unsigned n;
    struct export_template *template; /* TEMPLATES_MAX, made with the first */
};

#endif

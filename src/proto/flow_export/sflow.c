/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sFlow 5 (sflow.org, "sFlow Version 5"): heads of sampled packets. */
#include "proto/flow_export/flow_export.h"

enum { SAMPLES_MAX = 256, RECORDS_MAX = 64 };
enum { FLOW_SAMPLE = 1, FLOW_SAMPLE_EXPANDED = 3, RAW_HEADER = 1 };
enum { HEADER_ETHERNET = 1, HEADER_IP4 = 11, HEADER_IP6 = 12 };

/* Section 5, "sample_datagram": version, agent's address, sub-agent, sequence, uptime, samples. */
static bool head_read(struct rd *r, uint32_t *source, uint32_t *sequence, uint32_t *samples)
{
    uint32_t version = rd_be32(r), kind = rd_be32(r);

    if (version != 5 || (kind != 1 && kind != 2)) {
        return false;
    }
    rd_skip(r, kind == 1 ? 4 : 16);
    *source = rd_be32(r);
    *sequence = rd_be32(r);
    rd_skip(r, 4);
    *samples = rd_be32(r);
    return rd_ok(r) && *samples <= SAMPLES_MAX;
}

bool sflow_is(struct rd r)
{
    uint32_t source, sequence, samples;

    if (!head_read(&r, &source, &sequence, &samples)) {
        return false;
    }
    for (uint32_t i = 0; i < samples; i++) {
        rd_skip(&r, 4);
        rd_skip(&r, rd_be32(&r));
    }
    return rd_ok(&r) && rd_left(&r) == 0;
}

static bool ip4(struct export_row *row, struct rd *r)
{
    uint8_t first = rd_u8(r);

    rd_skip(r, 8);
    row->proto = rd_u8(r);
    rd_skip(r, 2);
    struct bytes src = rd_bytes(r, 4), dst = rd_bytes(r, 4);
    if (!rd_ok(r) || first >> 4 != 4 || (first & 15) < 5) {
        return false;
    }
    row->addr[0] = addr_from4(src.p);
    row->addr[1] = addr_from4(dst.p);
    row->family = FAMILY_4;
    rd_skip(r, 4u * (first & 15u) - 20);
    return true;
}

static bool ip6(struct export_row *row, struct rd *r)
{
    uint8_t first = rd_u8(r);

    rd_skip(r, 5);
    row->proto = rd_u8(r);
    rd_skip(r, 1);
    struct bytes src = rd_bytes(r, 16), dst = rd_bytes(r, 16);
    if (!rd_ok(r) || first >> 4 != 6) {
        return false;
    }
    row->addr[0] = addr_from6(src.p);
    row->addr[1] = addr_from6(dst.p);
    row->family = FAMILY_6;
    return true;
}

static uint16_t ethernet(struct export_row *row, struct rd *r)
{
    rd_skip(r, 12);
    uint16_t type = rd_be16(r);
    for (unsigned i = 0; i < 2 && (type == 0x8100 || type == 0x88a8); i++) {
        row->vlan = rd_be16(r) & 4095;
        type = rd_be16(r);
    }
    return type;
}

/* The head of a packet; what it does not reach stays 0. */
static bool packet_read(struct export_row *row, uint32_t kind, struct rd r)
{
    uint16_t type = kind == HEADER_IP4 ? 0x0800 : kind == HEADER_IP6 ? 0x86dd : kind == HEADER_ETHERNET ? ethernet(row, &r) : 0;

    if (!(type == 0x0800 ? ip4(row, &r) : type == 0x86dd && ip6(row, &r))) {
        return false;
    }
    if (row->proto == 6 || row->proto == 17) {
        row->port[0] = rd_be16(&r);
        row->port[1] = rd_be16(&r);
        rd_skip(&r, 9);
        row->tcp_flags = row->proto == 6 ? rd_u8(&r) : 0;
    }
    return true;
}

/* Records of a flow sample; the raw head alone is read. */
static void sample_read(struct txn *t, bool expanded, struct rd r)
{
    struct export *e = txn_data(t);

    rd_skip(&r, expanded ? 40 : 28);
    uint32_t records = rd_be32(&r);
    for (uint32_t i = 0; i < records && i < RECORDS_MAX && rd_ok(&r); i++) {
        uint32_t kind = rd_be32(&r);
        struct rd one = rd_sub(&r, rd_be32(&r));
        if (kind != RAW_HEADER) {
            continue;
        }
        struct export_row row = { .packets = 1 };
        uint32_t header = rd_be32(&one);
        row.bytes = rd_be32(&one);
        rd_skip(&one, 4);
        struct rd packet = rd_sub(&one, rd_be32(&one));
        if (!rd_ok(&packet) || !packet_read(&row, header, packet)) {
            e->skipped++;
            continue;
        }
        struct export_row *to = export_row_new(t);
        if (to == NULL) {
            txn_note(t, NOTE_TOO_MANY);
            return;
        }
        *to = row;
    }
}

bool sflow_read(struct txn *t, struct rd r)
{
    struct export *e = txn_data(t);
    uint32_t samples;

    e->format = "sflow_5";
    if (!head_read(&r, &e->source, &e->sequence, &samples)) {
        return false;
    }
    for (uint32_t i = 0; i < samples; i++) {
        uint32_t kind = rd_be32(&r);
        struct rd one = rd_sub(&r, rd_be32(&r));
        if (!rd_ok(&one)) {
            return false;
        }
        if (kind == FLOW_SAMPLE || kind == FLOW_SAMPLE_EXPANDED) {
            sample_read(t, kind == FLOW_SAMPLE_EXPANDED, one);
        } else {
            e->skipped++;
        }
    }
    return true;
}

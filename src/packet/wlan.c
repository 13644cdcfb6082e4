/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Radio links: IEEE 802.11 with the headers that capture programs put in front, and IEEE 802.15.4. */
#include "packet/layers.h"

#define WLAN_LEN  24
#define PRISM_LEN 144
#define FCS_LEN   4

/* The first two bytes, as stored: type and subtype, then flags. */
enum { WLAN_TYPE_DATA = 2, WLAN_NO_DATA = 0x4, WLAN_QOS = 0x8 };
enum { WLAN_TO_DS = 0x01, WLAN_FROM_DS = 0x02, WLAN_MORE_FRAGMENTS = 0x04, WLAN_PROTECTED = 0x40, WLAN_ORDER = 0x80 };

/* IEEE 802.11 9.3.2.2: a QoS data frame that aggregates: each part has addresses 12 and a length 2 in front.  The
 * first part is decoded, a frame has one packet here. */
static struct bytes wlan_first_part(struct bytes data)
{
    struct rd r = rd_of(data);

    rd_skip(&r, 12);
    struct rd part = rd_vec16(&r);
    return rd_rest(&part);
}

/* Bytes of the header of a data frame. */
static size_t wlan_header_len(struct bytes h)
{
    unsigned subtype = h.p[0] >> 4, flags = h.p[1];
    size_t n = WLAN_LEN;

    if ((flags & (WLAN_TO_DS | WLAN_FROM_DS)) == (WLAN_TO_DS | WLAN_FROM_DS)) {
        n += 6;
    }
    if ((subtype & WLAN_QOS) != 0) {
        n += (flags & WLAN_ORDER) != 0 ? 6 : 2; /* QoS control, and HT control when the order bit says so */
    }
    return n;
}

/* pad: the header was filled up to a multiple of four. */
static bool wlan_frame(struct walk *w, struct view *v, struct bytes data, bool pad)
{
    count(w, COUNT_WLAN);
    if (data.n < 10) { /* the shortest control frame: acknowledgement without check sum */
        return layer_bad(w, v, NOTE_WLAN_HEADER_TOO_SMALL);
    }
    if (!layer_enter(w, v)) {
        return false;
    }
    unsigned type = data.p[0] >> 2 & 3, subtype = data.p[0] >> 4, flags = data.p[1];
    if (type != WLAN_TYPE_DATA || (subtype & WLAN_NO_DATA) != 0 || (flags & WLAN_PROTECTED) != 0) {
        v->control = CONTROL_WLAN; /* management, control, empty or encrypted */
        v->l4 = data;
        count(w, COUNT_CONTROL);
        return true;
    }
    struct rd r = rd_of(data);
    size_t n = wlan_header_len(data);
    rd_skip(&r, pad ? (n + 3) & ~(size_t)3 : n);
    if (!rd_ok(&r)) {
        return layer_bad(w, v, NOTE_WLAN_HEADER_TOO_SMALL);
    }
    /* A later fragment has no LLC header: nothing to decode. */
    if ((data.p[22] & 0x0f) != 0) {
        v->l4 = rd_rest(&r);
        return true;
    }
    bool both = (flags & (WLAN_TO_DS | WLAN_FROM_DS)) == (WLAN_TO_DS | WLAN_FROM_DS);
    bool aggregate = (subtype & WLAN_QOS) != 0 && (head8(data, both ? 30 : 24) & 0x80) != 0;
    struct bytes body = rd_rest(&r);
    return layer_llc(w, v, aggregate ? wlan_first_part(body) : body);
}

bool layer_wlan(struct walk *w, struct view *v, struct bytes data) { return wlan_frame(w, v, data, false); }

/* radiotap: version, pad, length, presence words (bit 31: another follows), then the fields; little endian, aligned.
 * Field 0 is a clock of 8 bytes, field 1 the flags that matter here: 0x10 check sum at the end, 0x20 padded header. */
bool layer_radiotap(struct walk *w, struct view *v, struct bytes data)
{
    struct rd r = rd_of(data);
    struct bytes h = rd_bytes(&r, 4);
    size_t length = head8(h, 2) | (size_t)head8(h, 3) << 8, at = 4;
    struct rd fields = rd_sub(&r, length >= 4 ? length - 4 : SIZE_MAX);
    uint32_t present = rd_le32(&fields), more = present;
    uint8_t flags = 0;

    at += 4;
    while ((more & 1u << 31) != 0 && rd_ok(&fields)) {
        more = rd_le32(&fields);
        at += 4;
    }
    if ((present & 1) != 0) {
        rd_skip(&fields, at % 8 == 0 ? 8 : 16 - at % 8);
    }
    if ((present & 2) != 0) {
        flags = rd_u8(&fields);
    }
    if (!rd_ok(&fields) || !rd_ok(&r) || head8(h, 0) != 0) {
        return layer_bad(w, v, NOTE_WLAN_HEADER_TOO_SMALL);
    }
    size_t left = rd_left(&r);
    bool fcs = (flags & 0x10) != 0 && left >= FCS_LEN && w->p->wire_len <= w->p->frame.n;
    return wlan_frame(w, v, rd_bytes(&r, fcs ? left - FCS_LEN : left), (flags & 0x20) != 0);
}

/* Prism monitoring header, 144 bytes in the byte order of the machine; or the AVS header, which says its length. */
bool layer_prism(struct walk *w, struct view *v, struct bytes data)
{
    struct rd r = rd_of(data);
    size_t n = PRISM_LEN;

    if (head32(data, 0) >> 12 == 0x80211) {
        n = head32(data, 4);
    }
    rd_skip(&r, n < 8 ? SIZE_MAX : n);
    if (!rd_ok(&r)) {
        return layer_bad(w, v, NOTE_WLAN_HEADER_TOO_SMALL);
    }
    return wlan_frame(w, v, rd_rest(&r), false);
}

/* The bytes of one address and its network, by addressing mode: 2 short, 3 long; 1 is reserved. */
static size_t wpan_address(unsigned mode, bool network)
{
    return mode == 2 ? (network ? 4 : 2) : mode == 3 ? (network ? 10 : 8) : 0;
}

/* IEEE 802.15.4 data frames without security, versions 2003 and 2006; 6LoWPAN's uncompressed IPv6 (RFC 4944 5.1). */
static bool wpan_frame(struct walk *w, struct view *v, struct bytes data, size_t fcs)
{
    struct rd r = rd_of(bytes_none());

    count(w, COUNT_WPAN);
    if (data.n >= 3 + fcs) {
        r = rd_of(data);
        r = rd_sub(&r, data.n - fcs);
    }
    unsigned control = rd_le16(&r);
    rd_skip(&r, 1);
    unsigned to = control >> 10 & 3, from = control >> 14 & 3;
    bool same = (control & 0x40) != 0; /* the source's network is the destination's, and left out */
    rd_skip(&r, wpan_address(to, true) + wpan_address(from, !same));
    if (!rd_ok(&r) || to == 1 || from == 1) {
        return layer_bad(w, v, NOTE_WPAN_HEADER_TOO_SMALL);
    }
    if (!layer_enter(w, v)) {
        return false;
    }
    if ((control & 7) == 1 && (control & 8) == 0 && head8(rd_peek(&r), 0) == 0x41) {
        rd_skip(&r, 1);
        return layer_ipv6(w, v, rd_rest(&r));
    }
    v->l4 = rd_rest(&r);
    return true;
}

bool layer_wpan(struct walk *w, struct view *v, struct bytes data) { return wpan_frame(w, v, data, 2); }
bool layer_wpan_nofcs(struct walk *w, struct view *v, struct bytes data) { return wpan_frame(w, v, data, 0); }

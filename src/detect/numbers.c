/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keywords that compare one number of the packet or its flow: a getter here and a row in kw/numbers.list each. */
#include "detect/kw/kw.h"
#include "packet/decode.h"
#include "packet/sctp.h"

enum form {
    FORM_RANGE,                /* ">5", "5-10", …*/
    FORM_PLAIN,                /* a decimal number */
    FORM_QUOTED,               /* the same, quotes around it or not */
    FORM_VALID,                /* "valid", "invalid" */
    FORM_SIDE,                 /* "toserver", "toclient", "either", "both": where of 0 and 1 the number is 1 */
    FORM_SIDES,                /* "toserver,RANGE", "toclient,…", "either,…", "both,…": numbers 0 and 1 */
};
struct number {
    uint64_t max;
    bool (*get)(const struct detect_scope *s, unsigned i, uint64_t *x); /* false: there is none */
    const char *key;           /* in a rule's analysis; NULL: not told */
    enum form form;
};
struct asked {
    const struct number *number;
    struct range range;
    unsigned which;            /* bit i: number i is asked; one of them is enough, */
    bool all;                  /* … or all are wanted */
};

/* ---- getters ---- */

#define FLOW(name, value)                                                                                              \
    static bool name(const struct detect_scope *s, unsigned i, uint64_t *x)                                            \
    {                                                                                                                  \
        (void)i;                                                                                                       \
        *x = s->flow ? (value) : 0;                                                                                    \
        return s->flow != NULL;                                                                                        \
    }
#define PACKET(name, layers, and, value)                                                                               \
    static bool name(const struct detect_scope *s, unsigned i, uint64_t *x)                                            \
    {                                                                                                                  \
        const struct view *v = s->view;                                                                                \
        bool there = v && view_has(v, layers) && (and);                                                                \
        (void)i;                                                                                                       \
        *x = there ? (value) : 0;                                                                                      \
        return there;                                                                                                  \
    }
enum { ICMP = LAYER_ICMP4 | LAYER_ICMP6, IP = LAYER_IPV4 | LAYER_IPV6 };

/* Whole seconds of both ends, as clocks show them. */
FLOW(flow_age, s->flow->last / CLOCK_SECOND - s->flow->first / CLOCK_SECOND)
FLOW(flow_bytes, s->flow->bytes[i])
FLOW(flow_bytes_toclient, s->flow->bytes[TO_CLIENT])
FLOW(flow_bytes_toserver, s->flow->bytes[TO_SERVER])
FLOW(flow_elephant, (s->flow->flags & (i == TO_SERVER ? FLOW_ELEPHANT_SERVER : FLOW_ELEPHANT_CLIENT)) != 0)
FLOW(flow_pkts, s->flow->packets[i])
FLOW(flow_pkts_toclient, s->flow->packets[TO_CLIENT])
FLOW(flow_pkts_toserver, s->flow->packets[TO_SERVER])
PACKET(icmp_id, ICMP, v->icmp.has_id, v->icmp.id)
PACKET(icmp_seq, ICMP, v->icmp.has_id, v->icmp.seq)
PACKET(icmp_code, ICMP, true, v->icmp.code)
PACKET(icmp_type, ICMP, true, v->icmp.type)
/* Packet too big (RFC 4443 3.2) alone carries one. */
PACKET(icmpv6_mtu, LAYER_ICMP6, v->icmp.type == 2 && v->icmp.code == 0, v->icmp.mtu)
PACKET(igmp_type, LAYER_IGMP, true, v->l4_header.p[0])
PACKET(ip_id, LAYER_IPV4, true, v->ip_id)
PACKET(ip_ttl, IP, true, v->ttl)
PACKET(sctp_vtag, LAYER_SCTP, true, v->sctp.vtag)
PACKET(tcp_ack, LAYER_TCP, true, v->tcp.ack)
PACKET(tcp_seq, LAYER_TCP, true, v->tcp.seq)
PACKET(tcp_mss, LAYER_TCP, v->tcp.has_mss, v->tcp.mss)
PACKET(tcp_wscale, LAYER_TCP, v->tcp.has_wscale, v->tcp.wscale)
PACKET(ipv4_checksum, LAYER_IPV4, true, view_ip_checksum_ok(v))
PACKET(igmp_checksum, LAYER_IPV4, view_has(v, LAYER_IGMP), view_l4_checksum_ok(v))
PACKET(icmpv4_checksum, LAYER_IPV4, view_has(v, LAYER_ICMP4), view_l4_checksum_ok(v))
PACKET(icmpv6_checksum, LAYER_IPV6, view_has(v, LAYER_ICMP6), view_l4_checksum_ok(v))
PACKET(tcpv4_checksum, LAYER_IPV4, view_has(v, LAYER_TCP), view_l4_checksum_ok(v))
PACKET(tcpv6_checksum, LAYER_IPV6, view_has(v, LAYER_TCP), view_l4_checksum_ok(v))
PACKET(udpv4_checksum, LAYER_IPV4, view_has(v, LAYER_UDP), view_l4_checksum_ok(v))
PACKET(udpv6_checksum, LAYER_IPV6, view_has(v, LAYER_UDP), view_l4_checksum_ok(v))

static bool sctp_chunk_cnt(const struct detect_scope *s, unsigned i, uint64_t *x)
{
    bool there = s->view && view_has(s->view, LAYER_SCTP);
    struct rd chunks = rd_of(there ? s->view->payload : bytes_none());
    struct sctp_chunk c;

    (void)i;
    for (*x = 0; sctp_chunk_take(&chunks, &c); ++*x) {
    }
    return there;
}

static bool vlan_layers(const struct detect_scope *s, unsigned i, uint64_t *x)
{
    (void)i;
    *x = s->view ? s->view->vlan_n : 0;
    return s->view != NULL;
}

/* Whose traffic it is: the packet's, or where there is none the flow's. */
static bool tenant(const struct detect_scope *s, unsigned i, uint64_t *x)
{
    (void)i;
    *x = s->view != NULL ? s->view->tenant : s->flow != NULL ? s->flow->key.tenant : 0;
    return s->view != NULL || s->flow != NULL;
}

/* ---- all of them ---- */

/* "toserver|toclient|either|both" and, but for FORM_SIDE, ",RANGE". */
static bool sides_parse(const char *argument, struct asked *a, struct err *err)
{
    const bool alone = a->number->form == FORM_SIDE;
    bool comma;
    struct rd r = rd_of(bytes_str(argument));
    struct bytes way = bytes_trim(rd_until(&r, ',', &comma), " \t");

    a->all = bytes_is(way, "both");
    a->which = bytes_is(way, "toserver") ? 1 << TO_SERVER : bytes_is(way, "toclient") ? 1 << TO_CLIENT : a->all || bytes_is(way, "either") ? 3 : 0;
    if (a->which == 0 || comma == alone) {
        return err_set(err, "'%.64s': write toserver, toclient, either or both%s", argument, alone ? "" : ", a comma and a range");
    }
    a->range.low = 1;
    const char *range = comma ? strchr(argument, ',') + 1 : "";
    return alone || range_parse_max(range + strspn(range, " \t"), a->number->max, &a->range, err);
}

static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    const struct number *n = rule_parse_keyword(p)->own;
    struct asked *a = kw_data(p, sizeof *a, err);
    bool valid = strcasecmp(argument, "valid") == 0;

    (void)r;
    (void)place;
    *data = a;
    if (a == NULL) {
        return false;
    }
    *a = (struct asked){ .number = n, .range = { .op = RANGE_EQ }, .which = 1 };
    switch (n->form) {
    case FORM_PLAIN:
    case FORM_QUOTED:
        if (rule_parse_has_range(p)) {
            return rule_parse_range(p, argument, n->max, &a->range, err);
        }
        return (bytes_u64(bytes_trim(bytes_str(argument), " \t"), &a->range.low) && a->range.low <= n->max) ||
               err_set(err, "'%.64s' is no number up to %llu", argument, (unsigned long long)n->max);
    case FORM_VALID:
        a->range.low = valid;
        return valid || strcasecmp(argument, "invalid") == 0 || err_set(err, "'%.64s' is neither valid nor invalid", argument);
    case FORM_SIDE:
    case FORM_SIDES: return sides_parse(argument, a, err);
    case FORM_RANGE:
    default: return rule_parse_range(p, argument, n->max, &a->range, err);
    }
}

static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    const struct asked *a = data;
    uint64_t x;

    (void)r;
    for (unsigned i = 0; i < 2; i++) {
        if ((a->which >> i & 1) != 0 && (a->number->get(s, i, &x) && range_has(&a->range, x)) != a->all) {
            return !a->all;
        }
    }
    return a->all;
}

static void tell(const void *data, const struct rule_names *names, struct json *j)
{
    const struct asked *a = data;

    (void)names;
    if (a->number->key == NULL) {
        return;
    }
    json_object(j, a->number->key);
    if ((a->number->form == FORM_PLAIN || a->number->form == FORM_QUOTED) && a->range.op == RANGE_EQ) {
        json_u64(j, "number", a->range.low);
    } else {
        kw_tell_range(j, &a->range);
    }
    json_end_object(j);
}

static const struct range *number_asked(const void *data)
{
    const struct asked *a = data;

    return a->number->form < FORM_VALID ? &a->range : NULL;
}

#define NUMBER(id, word, alias, getter, largest, shape, told, text)                                                    \
    extern const struct keyword keyword_##id;                                                                          \
    static const struct number number_##id = { .max = largest, .get = getter, .key = told, .form = shape };            \
    const struct keyword keyword_##id = {                                                                              \
        .name = word, .aliases = alias, .dialects = 1 << DIALECT_SURICATA, .place = KEYWORD_PACKET,                    \
        .value = (shape) == FORM_QUOTED ? KEYWORD_VALUE_MAY_QUOTED : 0, .needs_packet = (shape) != FORM_VALID,         \
        .own = &number_##id, .parse = parse, .match = match, .tell = tell, .number = number_asked, .help = text };
#include "detect/kw/numbers.list"
#undef NUMBER

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What traffic shows of how it was captured. */
#include "doctor/doctor.h"

#include "base/clock.h"
#include "base/hash.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TALKS = 1 << 16, PROBES = 8, NO_VLAN = 0xffff, FRAME_ETHERNET = 1522, FEW = 5 /* sessions: fewer say nothing */, CLOCK_FAR = 300 /* s */ };

struct talk {
    struct addr addr[2];         /* the lower one first */
    uint16_t port[2], vlan[2];   /* of the direction from addr[i] */
    uint32_t packets[2], payload[2];
    uint32_t again;              /* packets that were seen just before, byte for byte */
    uint64_t print[2];           /* of the last packet of each direction */
    bool used, tcp, syn;
};

const struct finding_row finding_rows[] = {
#define FINDING(id, name, grave, what, fix) { name, grave, what, fix },
#include "doctor/findings.list"
#undef FINDING
};

bool doctor_init(struct doctor *d, struct err *err)
{
    memset(d, 0, sizeof *d);
    d->talk = calloc(TALKS, sizeof *d->talk);
    return d->talk != NULL || err_set(err, "not enough memory");
}

void doctor_fini(struct doctor *d)
{
    for (unsigned i = 0; i < d->variable_n; i++) {
        addr_set_fini(&d->variable[i].set);
    }
    free(d->talk);
}

void doctor_find(struct doctor *d, enum finding f, const char *format, ...)
{
    size_t at = strlen(d->reason[f]);
    va_list list;

    va_start(list, format);
    if (at != 0 && at + 2 < REASON_MAX) {
        at += (size_t)snprintf(d->reason[f] + at, REASON_MAX - at, "; ");
    }
    if (at < REASON_MAX) {
        (void)vsnprintf(d->reason[f] + at, REASON_MAX - at, format, list);
    }
    va_end(list);
}

/* A group that names everything or nothing says nothing of the network. */
void doctor_variables(struct doctor *d, const struct conf *conf)
{
    const struct conf_node *groups = conf_node(conf, "vars.address-groups");
    char expression[140];
    struct err err;

    for (const struct conf_node *n = groups != NULL ? conf_first(groups) : NULL; n != NULL && d->variable_n < DOCTOR_VARIABLES; n = conf_next(n)) {
        struct doctor_variable *v = &d->variable[d->variable_n];
        int k = snprintf(expression, sizeof expression, "$%s", conf_name(n));
        bool reference = conf_value(n) != NULL && (conf_value(n)[0] == '$' || conf_value(n)[0] == '!' || strcmp(conf_value(n), "any") == 0);
        if (k <= 0 || (size_t)k >= sizeof expression || reference || !vars_addresses(conf, expression, &v->set, &err)) {
            continue;
        }
        v->name = conf_name(n);
        d->variable_n++;
    }
}

/* ---- conversations ---- */

static struct talk *talk_of(struct doctor *d, const struct view *v, unsigned *side)
{
    int order = memcmp(v->src.b, v->dst.b, sizeof v->src.b);

    *side = order > 0 || (order == 0 && v->sport > v->dport);
    const struct addr *low = *side ? &v->dst : &v->src, *high = *side ? &v->src : &v->dst;
    uint16_t ports[2] = { *side ? v->dport : v->sport, *side ? v->sport : v->dport };
    uint64_t h = hash_word(low->q[0] ^ hash_word(low->q[1] ^ hash_word(high->q[0] ^ hash_word(high->q[1] ^ ((uint64_t)ports[0] << 16 | ports[1]) ^ (uint64_t)v->proto << 32))));
    for (unsigned i = 0; i < PROBES; i++) {
        struct talk *t = &d->talk[(h + i) & (TALKS - 1)];
        if (!t->used) {
            *t = (struct talk){ .used = true, .addr = { *low, *high }, .port = { ports[0], ports[1] }, .vlan = { NO_VLAN, NO_VLAN }, .tcp = v->proto == 6 };
            d->talk_n++;
            return t;
        }
        if (addr_equal(&t->addr[0], low) && addr_equal(&t->addr[1], high) && t->port[0] == ports[0] && t->port[1] == ports[1] && t->tcp == (v->proto == 6)) {
            return t;
        }
    }
    d->talk_more++;
    return NULL;
}

static void talk_packet(struct doctor *d, const struct view *v)
{
    unsigned side;
    struct talk *t = (v->flags & (VIEW_FRAGMENT | VIEW_INVALID)) == 0 && view_has(v, LAYER_TCP | LAYER_UDP) ? talk_of(d, v, &side) : NULL;

    if (t == NULL) {
        return;
    }
    uint64_t print = hash_bytes(v->ip.p, v->ip.n, 0);
    t->again += t->packets[side] != 0 && t->print[side] == print;
    t->print[side] = print;
    t->packets[side]++;
    t->payload[side] += v->payload.n != 0;
    t->vlan[side] = v->vlan_n != 0 ? v->vlan[0] : 0;
    t->syn |= t->tcp && (v->tcp.flags & 2) != 0;
}

void doctor_packet(struct doctor *d, const struct packet *p)
{
    const struct view *v = p->outermost;

    d->packets++;
    uint64_t *last = &d->last_of[p->input % DOCTOR_INPUTS];
    if (p->ts < *last) {
        d->back++;
        d->back_most = *last - p->ts > d->back_most ? *last - p->ts : d->back_most;
    }
    *last = p->ts > *last ? p->ts : *last;
    d->first = d->first == 0 ? p->ts : d->first;
    d->last = p->ts > d->last ? p->ts : d->last;
    d->truncated += p->frame.n < p->wire_len;
    d->unsummed += p->unsummed;
    d->longest = p->wire_len > d->longest ? p->wire_len : d->longest;
    if (v == NULL) {
        return;
    }
    d->jumbo += view_has(v, LAYER_TCP) && p->wire_len > FRAME_ETHERNET;
    d->tcp += view_has(v, LAYER_TCP);
    d->udp += view_has(v, LAYER_UDP);
    d->bad_l4 += (v->flags & VIEW_BAD_CHECKSUM) != 0;
    d->bad_ip += (v->flags & VIEW_BAD_IP_CHECKSUM) != 0;
    d->vlans += v->vlan_n != 0;
    d->undecoded += p->frame.n == p->wire_len && v->family == FAMILY_NONE && !view_has(v, LAYER_ARP) && v->control == CONTROL_NONE;
    for (unsigned i = 0; v->family != FAMILY_NONE && i < d->variable_n; i++) {
        struct doctor_variable *x = &d->variable[i];
        x->packets += addr_set_has(&x->set, &v->src, v->family) || addr_set_has(&x->set, &v->dst, v->family);
    }
    talk_packet(d, v);
}

/* ---- judgement ---- */

struct talks {
    uint64_t tcp, one, vlan, whole, again, packets;
};

static struct talks talks_count(const struct doctor *d)
{
    struct talks c = { 0 };

    for (size_t i = 0; i < TALKS; i++) {
        const struct talk *t = &d->talk[i];
        uint64_t n = (uint64_t)t->packets[0] + t->packets[1];
        c.packets += t->used ? n : 0;
        c.again += t->used ? t->again : 0;
        if (!t->used || !t->tcp || n < 3) {
            continue; /* a single SYN is a scan, and no session */
        }
        c.tcp++;
        c.one += t->packets[0] == 0 || t->packets[1] == 0;
        c.vlan += t->packets[0] != 0 && t->packets[1] != 0 && t->vlan[0] != t->vlan[1];
        c.whole += t->syn;
    }
    return c;
}

#define ULL(x) ((unsigned long long)(x))

static void judge_sessions(struct doctor *d)
{
    struct talks c = talks_count(d);

    if (c.tcp >= FEW && c.one * 2 > c.tcp) {
        doctor_find(d, FIND_ONE_SIDED, "%llu of %llu TCP sessions have packets of one direction only", ULL(c.one), ULL(c.tcp));
    }
    if (c.tcp != 0 && c.vlan * 4 > c.tcp) {
        doctor_find(d, FIND_VLAN, "%llu of %llu TCP sessions have another tag in each direction", ULL(c.vlan), ULL(c.tcp));
    }
    if (c.tcp >= FEW && c.whole * 2 < c.tcp) {
        doctor_find(d, FIND_NO_HANDSHAKE, "%llu of %llu TCP sessions show no SYN", ULL(c.tcp - c.whole), ULL(c.tcp));
    }
    if (c.packets >= FEW && c.again * 4 > c.packets) {
        doctor_find(d, FIND_DUPLICATES, "%llu of %llu packets are the same as the one before them", ULL(c.again), ULL(c.packets));
    }
}

static void judge_frames(struct doctor *d)
{
    uint64_t summed = d->tcp + d->udp;

    if (d->bad_l4 * 10 > summed && d->bad_l4 >= 3) {
        doctor_find(d, FIND_CHECKSUM, "%llu of %llu TCP and UDP packets", ULL(d->bad_l4), ULL(summed));
    }
    if (d->bad_ip * 10 > d->packets && d->bad_ip >= 3) {
        doctor_find(d, FIND_CHECKSUM, "%llu of %llu IPv4 headers", ULL(d->bad_ip), ULL(d->packets));
    }
    if (d->truncated != 0) {
        doctor_find(d, FIND_TRUNCATED, "%llu of %llu frames", ULL(d->truncated), ULL(d->packets));
    }
    if (d->jumbo * 20 > d->tcp && d->longest > 9100) { /* beyond what jumbo frames carry */
        doctor_find(d, FIND_JOINED, "%llu TCP frames beyond %d bytes, the longest of %u", ULL(d->jumbo), FRAME_ETHERNET, d->longest);
    }
    if (d->undecoded * 4 > d->packets) {
        doctor_find(d, FIND_UNDECODED, "%llu of %llu frames", ULL(d->undecoded), ULL(d->packets));
    }
}

void doctor_judge(struct doctor *d, bool live, uint64_t wall)
{
    if (d->packets == 0) {
        doctor_find(d, FIND_NOTHING, "0 packets");
        return;
    }
    judge_sessions(d);
    judge_frames(d);
    if (d->back_most > CLOCK_SECOND || d->back * 100 > d->packets) {
        doctor_find(d, FIND_CLOCK_BACK, "%llu times, by %.3f seconds at most", ULL(d->back), (double)d->back_most / 1e9);
    }
    uint64_t off = d->last > wall ? d->last - wall : live ? wall - d->last : 0;
    if (off > CLOCK_FAR * CLOCK_SECOND) {
        doctor_find(d, FIND_CLOCK_WRONG, "the last packet is %llu seconds %s the clock", ULL(off / CLOCK_SECOND), d->last > wall ? "ahead of" : "behind");
    } else if (d->first < 365 * 86400 * CLOCK_SECOND) {
        doctor_find(d, FIND_CLOCK_WRONG, "the first packet is of 1970");
    }
    for (unsigned i = 0; i < d->variable_n; i++) {
        if (d->variable[i].packets == 0) {
            doctor_find(d, FIND_VARIABLE, "%s", d->variable[i].name);
        }
    }
}

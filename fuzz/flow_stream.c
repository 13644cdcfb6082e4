/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets of one TCP session, any of them, and what must hold whatever they are:
 *
 *   the parsers get a direction's bytes in order, without a hole but those told as gaps, and never more than offered
 *   windows of stream rules lie within what was sent
 *   memory stays below its cap, and all of it comes back when the flow ends
 *   (first byte odd) with the policies "first" and "last" the bytes are those of a plain model
 *
 * The first byte chooses settings; then each packet: flags and side, moves of seq and ack, length, and now and then options.
 */
#include "flow/stream_script.h"

enum { MODEL_BYTES = 4096, MEMORY = 1 << 20 };

struct fuzz {
    struct script *c;
    struct {
        uint64_t next;
        uint64_t given;      /* bytes offered and consumed */
    } side[2];
    bool model, last, broken;
    uint8_t byte[MODEL_BYTES];
    bool there[MODEL_BYTES];
    uint8_t appetite;
};

static size_t fuzz_sink(void *ctx, struct flow *f, enum side side, const struct stream_part *part)
{
    struct fuzz *z = ctx;
    struct bytes avail = part->avail;
    uint64_t offset = part->offset, gap = part->gap;
    unsigned flags = part->flags;

    bug_if(stream_app_mark(f, side) != offset);
    bug_if(z->c->reset == 0 && z->side[side].next != offset);
    if (flags & STREAM_GAP) {
        bug_if(avail.n != 0 || gap == 0);
        z->side[side].next += gap;
        return 0;
    }
    uint64_t sum = 0;
    for (size_t i = 0; i < avail.n; i++) {
        sum += avail.p[i]; /* every byte is readable */
        if (z->model && side == TO_SERVER && offset + i < MODEL_BYTES) {
            bug_if(!z->there[offset + i] || z->byte[offset + i] != avail.p[i]);
        }
    }
    size_t n = z->appetite && sum % 3 ? avail.n / 2 : avail.n;
    z->side[side].next += n;
    z->side[side].given += n;
    return n;
}

static void fuzz_raw(struct fuzz *z, enum side side, bool force)
{
    struct script *c = z->c;
    struct stream_window w;
    uint64_t sum = 0;

    if (!stream_raw(c->streams, c->flow, side, force, &w)) {
        return;
    }
    unsigned windows = 0;
    do {
        for (size_t i = 0; i < w.bytes.n; i++) {
            sum += w.bytes.p[i];
        }
        bug_if(w.bytes.n == 0 || ++windows > 5000);
    } while (stream_raw_next(c->streams, c->flow, side, &w));
    stream_raw_done(c->streams, c->flow, side, sum % 7 ? w.upto : 0);
}

static void fuzz_flow_end(void *ctx, struct flow *f)
{
    struct fuzz *z = ctx;

    z->c->flow = f;
    for (unsigned i = 0; i < 2; i++) {
        enum side side = i ? TO_CLIENT : TO_SERVER;
        (void)stream_pending(f, side);
        stream_flush_side(z->c->streams, f, side);
        fuzz_raw(z, side, true);
        stream_prune(z->c->streams, f);
    }
    stream_end(z->c->streams, f);
    memset(z->side, 0, sizeof z->side);
    z->c->flow = NULL;
}

static void model_add(struct fuzz *z, uint32_t offset, struct bytes b)
{
    for (size_t i = 0; i < b.n && offset + i < MODEL_BYTES; i++) {
        if (z->last || !z->there[offset + i]) {
            z->byte[offset + i] = b.p[i];
            z->there[offset + i] = true;
        }
    }
}

static void fuzz_open(struct fuzz *z, struct script *c, uint8_t choice, const struct facts *facts)
{
    struct flow_settings flows = test_settings();

    flows.memcap = 1 << 22;
    flows.hash_size = 64;
    c->set = script_settings();
    c->set.memcap = 1 << 16;
    c->set.reassembly_memcap = MEMORY;
    c->set.inline_mode = !z->model && (choice & 2);
    c->set.midstream = !z->model && (choice & 4);
    c->set.async_oneway = !z->model && (choice & 8);
    c->set.check_overlap = choice & 16;
    c->set.depth = choice & 32 ? 3000 : 1 << 20;
    c->set.to_server_chunk = c->set.to_client_chunk = choice & 64 ? 50 : 2560;
    c->set.urgent_policy = (uint32_t)(z->model ? STREAM_URGENT_INLINE : choice >> 6);
    c->facts = facts;
    c->table = flow_table_new(&flows, (struct flow_sink){ z, fuzz_flow_end });
    c->streams = streams_new(&c->set, c->table, (struct stream_sink){ z, fuzz_sink });
    c->isn[TO_SERVER] = SCRIPT_CLIENT_ISN - (choice & 128 ? 2000u : 0);
    c->isn[TO_CLIENT] = SCRIPT_SERVER_ISN;
    c->next[0] = c->next[1] = UINT32_MAX;
    c->ts = T0;
}

/* Bytes of a segment: they tell their packet, so that it shows whose were taken. */
static struct bytes fuzz_payload(struct script *c, size_t n, uint8_t mark)
{
    for (size_t i = 0; i < n; i++) {
        script_payload(c)[i] = (uint8_t)(mark + i * 3);
    }
    return bytes_of(script_payload(c), n);
}

static void after_packet(struct fuzz *z, struct stream_result r)
{
    struct script *c = z->c;

    if (c->flow && r.in_session) {
        fuzz_raw(z, r.side, false);
    }
    if (c->flow) {
        stream_prune(c->streams, c->flow);
    }
    bug_if(pages_used(c->streams->pages) > MEMORY);
}

/* Data towards the server and acknowledgments from it, within the window: the model knows what must come of it. */
static void model_packets(struct fuzz *z, struct rd *r)
{
    struct script *c = z->c;
    struct script_reader s = { .p = "S" };
    uint32_t acked = 0, end = 0;
    bool over = false; /* the depth is reached: nothing more counts */

    script_packet(c, &s, TO_SERVER);
    s.p = "SA";
    script_packet(c, &s, TO_CLIENT);
    s.p = "A";
    script_packet(c, &s, TO_SERVER);
    memset(z->side, 0, sizeof z->side);
    for (uint8_t mark = 1; rd_left(r) >= 4; mark = (uint8_t)(mark * 5 + 1)) {
        uint8_t what = rd_u8(r);
        uint32_t offset = acked + (rd_u8(r) | (what & 7) << 8);
        uint32_t n = rd_u8(r) + 2u /* one byte may be a keep-alive */, move = rd_u8(r);
        if (what & 8) {
            uint32_t to = acked + move < end ? acked + move : end;
            after_packet(z, script_segment(c, TO_CLIENT, 0, bytes_none(), to));
            acked = to;
            continue;
        }
        struct bytes b = fuzz_payload(c, n, mark);
        over |= offset + n > c->set.depth;
        if (!over) {
            model_add(z, offset, b);
        }
        end = offset + n > end ? offset + n : end;
        after_packet(z, script_segment(c, TO_SERVER, offset, b, 0));
    }
}

/* Anything. */
static void wild_packets(struct fuzz *z, struct rd *r)
{
    struct script *c = z->c;

    c->reset = 1;
    while (rd_left(r) >= 6) {
        uint8_t what = rd_u8(r), flags = rd_u8(r), n = rd_u8(r), seq = rd_u8(r), ack = rd_u8(r), more = rd_u8(r);
        enum side side = what & 1 ? TO_CLIENT : TO_SERVER, other = side_other(side);
        struct view *v = &c->view;
        bool client = side == TO_SERVER;

        test_view(v, &c->packet, IPPROTO_TCP, client ? 1 : 2, client ? 2 : 1);
        test_ports(v, client ? 1000 : 80, client ? 80 : 1000);
        v->l4_header = bytes_of(c->options, 20);
        script_load(c, fuzz_payload(c, what & 2 ? n * 16u : n, ack));
        c->ts += more & 1 ? CLOCK_SECOND * (more >> 2) : 1000;
        c->packet.ts = c->ts;
        c->packet.number = ++c->number;
        v->tcp.flags = flags & 0x3f;
        v->tcp.seq = c->isn[side] + 1 + c->next[side] + (what & 4 ? (uint32_t)(seq - 128) * (what & 8 ? 1000 : 1) : 0);
        v->tcp.ack = c->isn[other] + 1 + c->next[other] + (what & 16 ? (uint32_t)(ack - 128) * (what & 8 ? 1000 : 1) : 0);
        v->tcp.window = (uint16_t)(more << 8);
        v->tcp.urgent = (uint16_t)(seq & 15);
        v->tcp.has_ts = what & 32;
        v->tcp.ts_value = (uint32_t)c->number - (more & 3) * 2;
        v->tcp.has_tfo = (what & 64) != 0;
        v->tcp.has_wscale = (more & 8) != 0;
        v->tcp.wscale = more & 15;
        v->tcp.has_sackok = true;
        if (what & 128) {
            v->tcp.sack = bytes_of(script_payload(c), 8);
            v->tcp.sack_n = 1;
        }
        struct stream_result s = script_send(c);
        if (!(what & 4)) {
            c->next[side] += (uint32_t)v->payload.n + ((flags & TCP_FIN) != 0) + (flags & TCP_SYN ? 1 : 0);
        }
        if ((more & 0xf0) == 0xf0 && c->flow) {
            stream_app_off(c->flow, side);
        } else if ((more & 0xf0) == 0xe0 && c->flow) {
            stream_raw_trigger(c->flow, side);
            stream_raw_lookback(c->flow, side, n);
        } else if ((more & 0xf0) == 0xd0 && c->flow) {
            stream_app_need(c->flow, side, n);
        }
        after_packet(z, s);
        c->trace_n = 0;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct script *c = calloc(1, sizeof *c);
    struct fuzz *z = calloc(1, sizeof *z);
    struct facts_maker *maker = facts_maker_new();
    struct err err = { 0 };
    struct rd r = rd_make(data, size);
    uint8_t choice = rd_u8(&r), policy = rd_u8(&r);

    z->c = c;
    z->model = choice & 1;
    z->last = policy & 1;
    z->appetite = policy & 64;
    enum os_policy os = z->model ? (z->last ? OS_LAST : OS_FIRST) : (enum os_policy)(policy % OS_POLICY_N);
    facts_maker_policy(maker, "0.0.0.0/0", os, &err);
    struct facts *facts = facts_maker_done(maker);
    fuzz_open(z, c, choice, facts);
    if (z->model) {
        model_packets(z, &r);
    } else {
        wild_packets(z, &r);
    }
    flow_end_all(c->table);
    bug_if(pages_used(c->streams->pages) != 0 || pages_used(c->streams->side) != 0 || c->streams->live != 0);
    streams_free(c->streams);
    flow_table_free(c->table);
    facts_free(facts);
    free(z);
    free(c);
    return 0;
}

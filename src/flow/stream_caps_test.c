/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ceilings, and what becomes of packets when they are reached: exception policies, regions, stretches, memory. */
#include "flow/stream_script.h"
#include "tap.h"

static struct script c;

static void open_with(const struct stream_settings *set)
{
    memset(&c, 0, sizeof c);
    c.set = *set;
    script_open(&c);
}

static void say(const char *text, enum side side)
{
    struct script_reader r = { .p = text };

    c.step_named = false;
    script_packet(&c, &r, side);
    stream_prune(c.streams, c.flow);
}

static void handshake(void)
{
    say("S ws 14", TO_SERVER);
    say("SA ws 14", TO_CLIENT);
    say("A win 65535", TO_SERVER);
    say("A win 65535", TO_CLIENT);
    c.trace_n = 0;
    c.trace[0] = 0;
}

static const struct {
    const char *why;
    bool ips;
    uint32_t policy;
    uint8_t verdict;
    uint32_t flow_flags;
    bool no_payload, no_packet, bypass, both;
    unsigned counter; /* of "drop flow" on; 0: none */
} policies[] = {
    { "ignore: nothing", false, EXCEPTION_IGNORE, VERDICT_PASS, 0, false, false, false, false, 0 },
    { "drop the flow", true, EXCEPTION_DROP_FLOW, VERDICT_DROP, FLOW_DROPPED | FLOW_NO_PAYLOAD_INSPECTION, true, true, false, false, 1 },
    { "drop the packet", true, EXCEPTION_DROP_PACKET, VERDICT_DROP, 0, true, true, false, false, 2 },
    { "pass the flow", true, EXCEPTION_PASS_FLOW, VERDICT_PASS, FLOW_PASSED, true, true, false, false, 3 },
    { "pass the packet", true, EXCEPTION_PASS_PACKET, VERDICT_PASS, 0, true, true, false, false, 4 },
    { "bypass", true, EXCEPTION_BYPASS, VERDICT_PASS, FLOW_PASSED, true, true, true, false, 5 },
    { "reject: a dropped flow, told to the sender", true, EXCEPTION_REJECT, VERDICT_REJECT,
      FLOW_DROPPED | FLOW_NO_PAYLOAD_INSPECTION, true, true, false, false, 6 },
    { "reject where nothing can be dropped: told only", false, EXCEPTION_REJECT, VERDICT_REJECT, 0, false, false, false, false, 6 },
    { "reject towards both", true, EXCEPTION_REJECT_BOTH, VERDICT_REJECT, FLOW_DROPPED | FLOW_NO_PAYLOAD_INSPECTION, true, true, false,
      true, 7 },
};

/* The same policy at each of its three places: no memory for a session, none for bytes, no SYN. */
static void test_policies(void)
{
    static const struct {
        const char *name;
        uint8_t reason;
        unsigned counter;
        uint8_t hit;
    } places[] = {
        { "session memory", DROP_STREAM_MEMCAP, STREAM_COUNT_EP_MEMCAP_DROP_FLOW, FLOW_EXCEPTION_SESSION_MEMCAP },
        { "segment memory", DROP_STREAM_REASSEMBLY, STREAM_COUNT_EP_REASSEMBLY_DROP_FLOW, FLOW_EXCEPTION_REASSEMBLY_MEMCAP },
        { "midstream", DROP_STREAM_MIDSTREAM, STREAM_COUNT_EP_MIDSTREAM_DROP_FLOW, FLOW_EXCEPTION_MIDSTREAM },
    };
    for (unsigned i = 0; i < ROWS(places) * ROWS(policies); i++) {
        unsigned place = i / ROWS(policies), k = i % ROWS(policies);
        struct stream_settings set = script_settings();
        char why[160];

        set.ips = policies[k].ips;
        set.memcap_policy = set.reassembly_memcap_policy = set.midstream_policy = policies[k].policy;
        set.reassembly_memcap = place == 1 ? 64 : set.reassembly_memcap;
        set.memcap = place == 0 ? 1 : set.memcap;
        open_with(&set);
        c.streams->live += place == 0; /* the only one */
        if (place == 1) {
            handshake();
        }
        say(place == 0 ? "S" : place == 1 ? "PA x100" : "A", TO_SERVER);
        struct stream_result *r = &c.result;
        bool counted = policies[k].counter == 0 || c.streams->counter[places[place].counter + policies[k].counter - 1] == 1;
        bool hit = c.flow->exception == places[place].hit;
        bool reason = r->drop_reason == (r->verdict == VERDICT_PASS ? DROP_NOT : places[place].reason);
        snprintf(why, sizeof why, "%s: %s", places[place].name, policies[k].why);
        if (!ok(r->verdict == policies[k].verdict && (c.flow->flags & (FLOW_DROPPED | FLOW_PASSED | FLOW_NO_PAYLOAD_INSPECTION)) ==
                                                         policies[k].flow_flags &&
                    r->no_payload == policies[k].no_payload && r->no_packet == policies[k].no_packet &&
                    r->bypass == policies[k].bypass && r->reject_both == policies[k].both && counted && hit && reason,
                why)) {
            diag("verdict %d flags %x no payload %d no packet %d counted %d hit %d reason %d", r->verdict, c.flow->flags,
                 r->no_payload, r->no_packet, counted, hit, r->drop_reason);
        }
        c.streams->live -= place == 0;
        c.no_flow_end = true;
        script_close(&c);
    }
}

/* A byte each 300 KB: separate regions, eight of them. */
static void test_regions(void)
{
    enum { FAR_APART = 300000 };
    struct stream_settings set = script_settings();

    set.depth = 0;
    open_with(&set);
    handshake();
    is_int(stream_max_regions(c.flow, TO_SERVER), 1, "regions: one to begin with");
    for (uint32_t i = 0; i < 12; i++) {
        (void)script_segment(&c, TO_SERVER, i * FAR_APART, bytes_of("xy", 2), 0);
        is_int(c.result.in_stream, i < 8, "regions: eight are stored, more are refused");
    }
    is_int(stream_max_regions(c.flow, TO_SERVER), 8, "regions: the most there were is told");
    is_int(c.streams->counter[STREAM_COUNT_INSERT_NORMAL_FAIL], 4, "regions: the refused are counted");
    ok(pages_used(c.streams->pages) < 16384, "regions: memory goes by the bytes stored, not by the space between them");
    (void)script_segment(&c, TO_SERVER, 2 * FAR_APART + 5, bytes_of("z", 1), 0);
    ok(c.result.in_stream, "regions: near a stored one there is room");
    c.no_flow_end = true;
    script_close(&c);
}

/* Every other byte: stretches, up to their limit. */
static void test_stretches(void)
{
    enum { SENT = 6000, STRETCHES = 4096 };
    struct stream_settings set = script_settings();

    open_with(&set);
    handshake();
    for (uint32_t i = 0; i < SENT; i++) {
        (void)script_segment(&c, TO_SERVER, 1 + 2 * i, bytes_of("x", 1), 0);
        stream_prune(c.streams, c.flow);
    }
    is_int(c.streams->counter[STREAM_COUNT_INSERT_NORMAL_FAIL], SENT - STRETCHES, "stretches: beyond the limit they are refused");
    ok(pages_used(c.streams->pages) < 3u << 20, "stretches: bounded memory");
    for (uint32_t i = 0; i < STRETCHES; i++) { /* backwards: each fills a hole before a growing stretch */
        (void)script_segment(&c, TO_SERVER, 2 * (STRETCHES - 1 - i), bytes_of("y", 1), 0);
        stream_prune(c.streams, c.flow);
    }
    (void)script_segment(&c, TO_CLIENT, 0, bytes_none(), 2 * STRETCHES);
    ok(strstr(c.trace, ">0#8192") != NULL, "stretches: filled from the back they are one, and released");
    c.no_flow_end = true;
    script_close(&c);
}

/* Any segments under any small cap: nothing breaks, the cap holds, all memory comes back. */
static void test_starved(void)
{
    uint64_t dice = 99;
    unsigned held = 0, clean = 0, rounds = 60;

    for (unsigned k = 0; k < rounds; k++) {
        struct stream_settings set = script_settings();
        static uint8_t bytes[3000];

        set.reassembly_memcap = 512u << (k % 9);
        set.inline_mode = k & 1;
        open_with(&set);
        handshake();
        bool within = true;
        for (unsigned i = 0; i < 300; i++) {
            dice = dice * 6364136223846793005ULL + 1442695040888963407ULL;
            uint32_t from = (uint32_t)(dice >> 33) % 20000, n = 1 + (uint32_t)(dice >> 20) % (k % 3 ? 3000 : 20);
            enum side side = (dice >> 60) & 1 ? TO_CLIENT : TO_SERVER;
            (void)script_segment(&c, side, from, bytes_of(bytes, n), (uint32_t)(dice >> 40) % 20000);
            within &= pages_used(c.streams->pages) <= set.reassembly_memcap;
            stream_prune(c.streams, c.flow);
            c.trace_n = 0;
        }
        c.trace_n = 0;
        flow_end_all(c.table);
        held += within;
        clean += pages_used(c.streams->pages) == 0 && c.streams->live == 0;
        streams_free(c.streams);
        flow_table_free(c.table);
    }
    is_int(held, rounds, "starved: the cap on segments holds");
    is_int(clean, rounds, "starved: all memory comes back");
}

/* Six gigabytes in steps: numbers go round where nothing is stored any more, and where something is. */
static void test_far(void)
{
    enum { STEP = 200 << 20, STEPS = 30 };
    static const struct {
        const char *why;
        bool inline_mode;
        uint64_t depth;
    } rows[] = {
        { "behind the depth", false, 10 },
        { "behind the depth, inline", true, 10 },
        { "before a depth of five gigabytes", false, 5ull << 30 },
        { "without a depth", false, 0 },
    };

    for (unsigned i = 0; i < ROWS(rows); i++) {
        struct stream_settings set = script_settings();
        unsigned good = 0, stored = 0;
        char why[120];

        set.inline_mode = set.ips = rows[i].inline_mode;
        set.depth = rows[i].depth;
        open_with(&set);
        handshake();
        for (uint64_t at = 0; at < (uint64_t)STEP * STEPS; at += STEP) {
            static const uint8_t bytes[100];
            (void)script_segment(&c, TO_SERVER, (uint32_t)at, bytes_of(bytes, sizeof bytes), 0);
            bool passed = c.result.verdict == VERDICT_PASS && !strstr(c.trace, "!est_");
            stream_prune(c.streams, c.flow);
            (void)script_segment(&c, TO_CLIENT, 0, bytes_none(), (uint32_t)(at + sizeof bytes));
            stream_raw_done(c.streams, c.flow, TO_SERVER, at + sizeof bytes);
            const struct tcp_dir *d = &c.flow->tcp->dir[TO_SERVER];
            good += passed && !strstr(c.trace, "!est_") && d->last_ack == d->isn + 1 + (uint32_t)(at + sizeof bytes);
            stored += d->app == at + sizeof bytes;
            stream_prune(c.streams, c.flow);
            c.trace_n = 0;
            c.trace[0] = 0;
        }
        snprintf(why, sizeof why, "far: %s", rows[i].why);
        is_int(good, STEPS, why);
        is_int(stored, rows[i].depth == 10 ? 0 : rows[i].depth == 0 ? STEPS : (unsigned)(rows[i].depth / STEP + 1), "far: bytes are taken as far as they should");
        c.no_flow_end = true;
        script_close(&c);
    }
}

/* The first byte is missing, and over the next ones lies one segment more with every packet. */
static void test_overlaps(void)
{
    enum { WIDTH = 60, OVERLAPS = 1024 };
    struct stream_settings set = script_settings();
    static const uint8_t bytes[WIDTH];
    unsigned refused = 0, sent = 0;

    open_with(&set);
    handshake();
    for (uint32_t n = 1; n <= WIDTH; n++) {
        for (uint32_t at = 1; at <= WIDTH; at++) {
            (void)script_segment(&c, TO_SERVER, at, bytes_of(bytes, n), 0);
            refused += !c.result.in_stream;
            sent++;
            stream_prune(c.streams, c.flow);
        }
    }
    ok(refused > 0 && refused < sent, "overlaps: one that lies over too many is refused");
    is_int(c.streams->counter[STREAM_COUNT_INSERT_OVERLAP_FAIL], refused, "overlaps: it is counted");
    is_int(c.streams->note[STREAM_NOTE_REASSEMBLY_INSERT_LIMIT], refused, "overlaps: and noted");
    c.no_flow_end = true;
    script_close(&c);
}

/* What a rule replaced and what is sent again is one thing to the target, whatever came before it. */
static void test_replaced(void)
{
    static const struct {
        const char *why, *before, *packet, *again, *trace;
        size_t at;
        bool done;
    } rows[] = {
        { "the same once more is no news", NULL, "PA \"hello\"", "PA @0 \"hello\"", "wire\"hELlo\"", 1, true },
        { "behind an urgent byte", "PAU urg 3 \"abX\"", "PA \"hello\"", "PA @3 \"hello\"", "wire\"hELlo\"", 1, true },
        { "in a SYN", NULL, "S tfo \"hello\"", "PA @0 \"hello\"", "!pkt_spurious_retransmission wire\"hELlo\"", 1, true },
        { "other bytes are noted", NULL, "PA \"hello\"", "PA @0 \"hellO\"", "!reassembly_overlap_different_data wire\"hELlo\"", 1, true },
        { "it must lie in the packet", NULL, "PA \"hello\"", "PA @0 \"hello\"", "", 4, false },
    };

    for (unsigned i = 0; i < ROWS(rows); i++) {
        struct stream_settings set = script_settings();
        bool syn = rows[i].packet[0] == 'S';

        set.inline_mode = true;
        open_with(&set);
        if (!syn) {
            handshake();
        }
        if (rows[i].before != NULL) {
            say(rows[i].before, TO_SERVER);
        }
        say(rows[i].packet, TO_SERVER);
        is_int(stream_replace(c.streams, c.flow, TO_SERVER, &c.view, rows[i].at, bytes_str("EL")), rows[i].done, rows[i].why);
        c.packet.rewritten = false;
        streams_released(c.streams);
        if (syn) {
            say("SA ack 5", TO_CLIENT);
            say("A", TO_SERVER);
        }
        c.trace_n = 0;
        c.trace[0] = 0;
        say(rows[i].again, TO_SERVER);
        const char *told = strchr(c.trace, ':');
        is_str(told ? told + 1 : "", rows[i].trace, rows[i].why);
        c.no_flow_end = true;
        script_close(&c);
    }
}

/* A packet that is not tracked lies where it says, not where the one before it lay. */
static void test_bad_checksum(void)
{
    struct stream_settings set = script_settings();

    open_with(&set);
    handshake();
    say("PA \"hello\"", TO_SERVER);
    is_int(stream_packet_end(c.flow, TO_SERVER, &c.view), 5, "a packet ends behind its bytes");
    say("PA \"you\" badsum", TO_SERVER);
    is_int(stream_packet_end(c.flow, TO_SERVER, &c.view), 8, "and so does one with a wrong checksum");
    c.no_flow_end = true;
    script_close(&c);
}

int main(void)
{
    test_bad_checksum();
    test_far();
    test_overlaps();
    test_replaced();
    test_policies();
    test_regions();
    test_stretches();
    test_starved();
    return done_testing();
}

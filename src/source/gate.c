/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/gate.h"

#include "base/clock.h"
#include "base/rows.h"
#include "source/bpf.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    HOSTS_MAX = 8192, FLOWS_MAX = 65536 * 2, PORTS_MAX = 64, PAGE = 4096,
    TAGS = 8,                 /* that are read of a frame: the system takes off as many as there are, if they have no number */
    TAGGED_S = 60,            /* no flow is offloaded so long behind a frame with tags */
    SHOWN_S = 5,              /* a frame of each offloaded flow and direction is given to us so often */
    HELPER_LOOKUP = 1, HELPER_TIME = 5, HELPER_REDIRECT = 23, HELPER_SKB_LOAD = 68, HELPER_XDP_LENGTH = 188, HELPER_XDP_LOAD = 189,
    FROM_NETWORK = 1,         /* BPF_HDR_START_NET */
    SKB_LENGTH_AT = 0, SKB_TYPE_AT = 4, SKB_PROTOCOL_AT = 16, SKB_TAGGED_AT = 20,
};
/* The programs' stack: the key of a flow, whose begin is that of a host; a header. */
enum { KEY = -64, SRC = KEY, DST = KEY + 16, PORTS = KEY + 32, PROTO = KEY + 36, INTERFACE = KEY + 40, TYPE = -72, FLAGS = -88, HEADER = -128 };
/* Words of the page that programs and we share. */
enum { WORD_FLOWS, WORD_DROPPED, WORD_PASSED };

struct key {
    struct addr src, dst;
    uint16_t sport, dport;  /* network order */
    uint32_t proto, interface, none;
};
_Static_assert(sizeof(struct key) == 48, "as the programs lay it out");

struct entry {
    uint64_t packets, bytes, shown;
};

struct gate {
    struct gate_settings settings;
    int hosts, flows, page;
    volatile uint64_t *word;
    _Atomic uint64_t tagged;  /* ns, monotonic: until when no flow is offloaded; 0: no frame had tags */
    struct {
        char name[IF_NAMESIZE];
        int link, program;
    } port[PORTS_MAX];
    unsigned port_n;
};

/* What a program is made for. */
struct shape {
    bool xdp;
    unsigned interface, out;  /* out: 0: nowhere */
    uint32_t longest;         /* bytes of a frame that `out` takes */
    bool own;
};

enum { PASS, DROP, IS_IP6, IS_IP, HOST, TCP, SEEN, LABELS };
_Static_assert((int)LABELS <= (int)BPF_LABELS / 2, "labels");

static void load(struct bpf_making *m, const struct shape *s, bool at_r8, int offset, int to, int n)
{
    bpf_put(m, BPF_ALU64 | BPF_MOV | BPF_X, 1, 6, 0, 0);
    bpf_put(m, BPF_ALU64 | BPF_MOV | (at_r8 ? BPF_X : BPF_K), 2, at_r8 ? 8 : 0, 0, at_r8 ? 0 : offset);
    if (at_r8) {
        bpf_put(m, BPF_ALU64 | BPF_ADD | BPF_K, 2, 0, 0, offset);
    }
    bpf_put(m, BPF_ALU64 | BPF_MOV | BPF_X, 3, 10, 0, 0);
    bpf_put(m, BPF_ALU64 | BPF_ADD | BPF_K, 3, 0, 0, to);
    bpf_put(m, BPF_ALU64 | BPF_MOV | BPF_K, 4, 0, 0, n);
    bpf_put(m, BPF_ALU64 | BPF_MOV | BPF_K, 5, 0, 0, FROM_NETWORK);
    bpf_put(m, BPF_JMP | BPF_CALL, 0, 0, 0, s->xdp ? HELPER_XDP_LOAD : HELPER_SKB_LOAD);
    bpf_jump(m, BPF_JMP | BPF_JNE | BPF_K, 0, 0, 0, PASS);
}

static void copy(struct bpf_making *m, int size, int to, int from)
{
    bpf_put(m, BPF_LDX | BPF_MEM | size, 1, 10, from, 0);
    bpf_put(m, BPF_STX | BPF_MEM | size, 10, 1, to, 0);
}

static void lookup(struct bpf_making *m, int map)
{
    bpf_put_map(m, 1, BPF_PSEUDO_MAP_FD, map);
    bpf_put(m, BPF_ALU64 | BPF_MOV | BPF_X, 2, 10, 0, 0);
    bpf_put(m, BPF_ALU64 | BPF_ADD | BPF_K, 2, 0, 0, KEY);
    bpf_put(m, BPF_JMP | BPF_CALL, 0, 0, 0, HELPER_LOOKUP);
}

/* r7 the shared page: one more of a word. */
static void count(struct bpf_making *m, int word)
{
    bpf_put(m, BPF_ALU64 | BPF_MOV | BPF_K, 1, 0, 0, 1);
    bpf_put(m, BPF_STX | BPF_XADD | BPF_DW, 7, 1, word * 8, 0);
}

static void write_drop(struct bpf_making *m)
{
    count(m, WORD_DROPPED);
    bpf_jump(m, BPF_JMP | BPF_JA, 0, 0, 0, DROP);
}

/* r8 where the network header begins, r9 whether there was a tag; the ends into the key, the protocol into PROTO: 0 for fragments. */
static void write_ends(struct bpf_making *m, const struct gate *g, const struct shape *s)
{
    int at = s->xdp ? 0 : 1;

    bpf_put(m, BPF_ALU64 | BPF_MOV | BPF_K, 9, 0, 0, 0);
    bpf_put(m, BPF_ALU64 | BPF_MOV | BPF_K, 8, 0, 0, at != 0 ? 0 : ETH_HLEN);
    if (s->xdp) {
        load(m, s, false, ETH_HLEN - 2, TYPE, 2);
        bpf_put(m, BPF_LDX | BPF_MEM | BPF_H, 2, 10, TYPE, 0);
        for (unsigned tags = 0; tags < TAGS; tags++) { /* one tag, and one within it … */
            unsigned next = bpf_label_new(m), tag = bpf_label_new(m);
            bpf_jump(m, BPF_JMP | BPF_JEQ | BPF_K, 2, 0, htons(ETH_P_8021Q), tag);
            bpf_jump(m, BPF_JMP | BPF_JNE | BPF_K, 2, 0, htons(ETH_P_8021AD), next);
            bpf_here(m, tag);
            bpf_put(m, BPF_ALU64 | BPF_MOV | BPF_K, 9, 0, 0, 1);
            bpf_put(m, BPF_ALU64 | BPF_ADD | BPF_K, 8, 0, 0, 4);
            load(m, s, true, -2, TYPE, 2);
            bpf_put(m, BPF_LDX | BPF_MEM | BPF_H, 2, 10, TYPE, 0);
            bpf_here(m, next);
        }
        if (g->settings.hosts) { /* whose it is cannot be told */
            unsigned last = bpf_label_new(m), more = bpf_label_new(m);
            bpf_jump(m, BPF_JMP | BPF_JEQ | BPF_K, 2, 0, htons(ETH_P_8021Q), more);
            bpf_jump(m, BPF_JMP | BPF_JNE | BPF_K, 2, 0, htons(ETH_P_8021AD), last);
            bpf_here(m, more);
            write_drop(m);
            bpf_here(m, last);
        }
    } else {
        bpf_put(m, BPF_LDX | BPF_MEM | BPF_W, 2, 6, SKB_PROTOCOL_AT, 0);
    }
    bpf_jump(m, BPF_JMP | BPF_JEQ | BPF_K, 2, 0, htons(ETH_P_IPV6), IS_IP6);
    bpf_jump(m, BPF_JMP | BPF_JNE | BPF_K, 2, 0, htons(ETH_P_IP), PASS);
    load(m, s, true, 0, HEADER, 20);
    for (int end = 0; end < 2; end++) {
        bpf_put(m, BPF_ST | BPF_MEM | BPF_DW, 10, 0, KEY + 16 * end, 0);
        bpf_put(m, BPF_ST | BPF_MEM | BPF_W, 10, 0, KEY + 16 * end + 8, (int32_t)htonl(0xffff));
        copy(m, BPF_W, KEY + 16 * end + 12, HEADER + 12 + 4 * end);
    }
    bpf_put(m, BPF_LDX | BPF_MEM | BPF_B, 1, 10, HEADER, 0);
    bpf_put(m, BPF_ALU64 | BPF_AND | BPF_K, 1, 0, 0, 15);
    bpf_put(m, BPF_ALU64 | BPF_LSH | BPF_K, 1, 0, 0, 2);
    bpf_put(m, BPF_ALU64 | BPF_ADD | BPF_X, 8, 1, 0, 0);
    bpf_put(m, BPF_LDX | BPF_MEM | BPF_B, 2, 10, HEADER + 9, 0);
    bpf_put(m, BPF_LDX | BPF_MEM | BPF_H, 1, 10, HEADER + 6, 0);
    bpf_put(m, BPF_ALU64 | BPF_AND | BPF_K, 1, 0, 0, htons(0x3fff));
    bpf_jump(m, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 0, IS_IP);
    bpf_put(m, BPF_ALU64 | BPF_MOV | BPF_K, 2, 0, 0, 0);
    bpf_jump(m, BPF_JMP | BPF_JA, 0, 0, 0, IS_IP);
    bpf_here(m, IS_IP6);
    load(m, s, true, 0, HEADER, 40);
    for (int word = 0; word < 4; word++) {
        copy(m, BPF_DW, KEY + 8 * word, HEADER + 8 + 8 * word);
    }
    bpf_put(m, BPF_ALU64 | BPF_ADD | BPF_K, 8, 0, 0, 40);
    bpf_put(m, BPF_LDX | BPF_MEM | BPF_B, 2, 10, HEADER + 6, 0);
    bpf_here(m, IS_IP);
    bpf_put(m, BPF_STX | BPF_MEM | BPF_W, 10, 2, PROTO, 0);
}

/* A host whose time is not over. */
static void write_host(struct bpf_making *m, const struct gate *g)
{
    lookup(m, g->hosts);
    bpf_jump(m, BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 0, HOST);
    bpf_put(m, BPF_LDX | BPF_MEM | BPF_DW, 1, 0, 0, 0);
    bpf_put(m, BPF_STX | BPF_MEM | BPF_DW, 10, 1, HEADER, 0);
    bpf_put(m, BPF_JMP | BPF_CALL, 0, 0, 0, HELPER_TIME);
    bpf_put(m, BPF_LDX | BPF_MEM | BPF_DW, 1, 10, HEADER, 0);
    bpf_jump(m, BPF_JMP | BPF_JGE | BPF_X, 0, 1, 0, HOST);
    write_drop(m);
    bpf_here(m, HOST);
}

/* An offloaded flow's frame that need not be shown: it is counted, and falls through.  All others pass. */
static void write_flow(struct bpf_making *m, const struct gate *g, const struct shape *s)
{
    bpf_jump(m, BPF_JMP | BPF_JNE | BPF_K, 9, 0, 0, PASS);
    bpf_put(m, BPF_LDX | BPF_MEM | BPF_DW, 1, 7, WORD_FLOWS * 8, 0);
    bpf_jump(m, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 0, PASS);
    bpf_put(m, BPF_LDX | BPF_MEM | BPF_W, 2, 10, PROTO, 0);
    bpf_jump(m, BPF_JMP | BPF_JEQ | BPF_K, 2, 0, IPPROTO_TCP, TCP);
    bpf_jump(m, BPF_JMP | BPF_JNE | BPF_K, 2, 0, IPPROTO_UDP, PASS);
    load(m, s, true, 0, PORTS, 4);
    bpf_jump(m, BPF_JMP | BPF_JA, 0, 0, 0, SEEN);
    bpf_here(m, TCP);
    load(m, s, true, 0, FLAGS, 14);
    bpf_put(m, BPF_LDX | BPF_MEM | BPF_B, 1, 10, FLAGS + 13, 0);
    bpf_jump(m, BPF_JMP | BPF_JSET | BPF_K, 1, 0, 7, PASS); /* FIN, SYN, RST */
    copy(m, BPF_W, PORTS, FLAGS);
    bpf_here(m, SEEN);
    bpf_put(m, BPF_ST | BPF_MEM | BPF_DW, 10, 0, INTERFACE, (int32_t)s->interface); /* and nothing behind it */
    if (s->xdp) {
        bpf_put(m, BPF_ALU64 | BPF_MOV | BPF_X, 1, 6, 0, 0);
        bpf_put(m, BPF_JMP | BPF_CALL, 0, 0, 0, HELPER_XDP_LENGTH);
        bpf_put(m, BPF_ALU64 | BPF_MOV | BPF_X, 8, 0, 0, 0);
        bpf_jump(m, BPF_JMP | BPF_JGT | BPF_K, 8, 0, (int32_t)s->longest, PASS);
    } else {
        bpf_put(m, BPF_LDX | BPF_MEM | BPF_W, 8, 6, SKB_LENGTH_AT, 0);
    }
    lookup(m, g->flows);
    bpf_jump(m, BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 0, PASS);
    bpf_put(m, BPF_ALU64 | BPF_MOV | BPF_X, 9, 0, 0, 0);
    bpf_put(m, BPF_JMP | BPF_CALL, 0, 0, 0, HELPER_TIME);
    bpf_put(m, BPF_LDX | BPF_MEM | BPF_DW, 1, 9, offsetof(struct entry, shown), 0);
    bpf_put(m, BPF_ALU64 | BPF_SUB | BPF_X, 0, 1, 0, 0);
    bpf_put_wide(m, 2, (uint64_t)SHOWN_S * CLOCK_SECOND);
    unsigned fresh = bpf_label_new(m);
    bpf_jump(m, BPF_JMP | BPF_JLT | BPF_X, 0, 2, 0, fresh);
    bpf_put(m, BPF_ALU64 | BPF_ADD | BPF_X, 0, 1, 0, 0);
    bpf_put(m, BPF_STX | BPF_MEM | BPF_DW, 9, 0, offsetof(struct entry, shown), 0);
    bpf_jump(m, BPF_JMP | BPF_JA, 0, 0, 0, PASS);
    bpf_here(m, fresh);
    bpf_put(m, BPF_ALU64 | BPF_MOV | BPF_K, 1, 0, 0, 1);
    bpf_put(m, BPF_STX | BPF_XADD | BPF_DW, 9, 1, offsetof(struct entry, packets), 0);
    bpf_put(m, BPF_STX | BPF_XADD | BPF_DW, 9, 8, offsetof(struct entry, bytes), 0);
    count(m, WORD_PASSED);
}

static void write_begin(struct bpf_making *m, const struct gate *g)
{
    bpf_put(m, BPF_ALU64 | BPF_MOV | BPF_X, 6, 1, 0, 0);
    bpf_put_map(m, 7, BPF_PSEUDO_MAP_VALUE, g->page);
}

static void write_exit(struct bpf_making *m, unsigned label, int32_t value)
{
    bpf_here(m, label);
    bpf_put(m, BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, value);
    bpf_put(m, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

static void write_xdp(struct bpf_making *m, const struct gate *g, const struct shape *s)
{
    write_begin(m, g);
    write_ends(m, g, s);
    write_host(m, g);
    if (s->out != 0 && g->settings.flows) {
        write_flow(m, g, s);
        bpf_put(m, BPF_ALU64 | BPF_MOV | BPF_K, 1, 0, 0, (int32_t)s->out);
        bpf_put(m, BPF_ALU64 | BPF_MOV | BPF_K, 2, 0, 0, 0);
        bpf_put(m, BPF_JMP | BPF_CALL, 0, 0, 0, HELPER_REDIRECT);
        bpf_put(m, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
    }
    write_exit(m, PASS, XDP_PASS);
    write_exit(m, DROP, XDP_DROP);
}

static void write_filter(struct bpf_making *m, const struct gate *g, const struct shape *s)
{
    write_begin(m, g);
    bpf_put(m, BPF_LDX | BPF_MEM | BPF_W, 1, 6, SKB_TYPE_AT, 0);
    if (!s->own) {
        bpf_jump(m, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, PACKET_OUTGOING, DROP);
    }
    bpf_put(m, BPF_LDX | BPF_MEM | BPF_W, 1, 6, SKB_TAGGED_AT, 0);
    bpf_jump(m, BPF_JMP | BPF_JNE | BPF_K, 1, 0, 0, PASS);
    write_ends(m, g, s);
    write_flow(m, g, s);
    write_exit(m, DROP, 0);
    write_exit(m, PASS, -1);
}

void gate_write_hosts(const struct gate *g, struct bpf_making *m)
{
    const struct shape s = { .xdp = true };

    write_begin(m, g);
    write_ends(m, g, &s);
    write_host(m, g);
    bpf_jump(m, BPF_JMP | BPF_JA, 0, 0, 0, PASS);
    write_exit(m, DROP, XDP_DROP);
    bpf_here(m, PASS);
    bpf_put(m, BPF_ALU64 | BPF_MOV | BPF_X, 1, 6, 0, 0); /* as at its begin */
}

/* ---- making ---- */

static int map_make(enum bpf_map_type type, uint32_t key, uint32_t value, uint32_t most, uint32_t flags)
{
    union bpf_attr a = { .map_type = type, .key_size = key, .value_size = value, .max_entries = most, .map_flags = flags };

    return bpf_call(BPF_MAP_CREATE, &a);
}

struct gate *gate_new(const struct gate_settings *s, struct err *err)
{
    struct gate *g = calloc(1, sizeof(*g));

    if (g == NULL) {
        (void)err_set(err, "not enough memory");
        return NULL;
    }
    g->settings = *s;
    g->hosts = map_make(BPF_MAP_TYPE_HASH, sizeof(struct addr), sizeof(uint64_t), HOSTS_MAX, 0);
    g->flows = map_make(BPF_MAP_TYPE_HASH, sizeof(struct key), sizeof(struct entry), s->flows ? FLOWS_MAX : 1, BPF_F_NO_PREALLOC);
    g->page = map_make(BPF_MAP_TYPE_ARRAY, 4, PAGE, 1, BPF_F_MMAPABLE);
    void *page = g->page >= 0 ? mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, g->page, 0) : MAP_FAILED;
    g->word = page != MAP_FAILED ? page : NULL;
    if (g->hosts < 0 || g->flows < 0 || g->word == NULL) {
        (void)err_sys(err, "bpf");
        gate_free(g);
        return NULL;
    }
    return g;
}

void gate_free(struct gate *g)
{
    if (g == NULL) {
        return;
    }
    for (unsigned i = 0; i < g->port_n; i++) {
        (void)close(g->port[i].link); /* and with it the program's place on the interface, as when we are killed */
        (void)close(g->port[i].program);
    }
    if (g->word != NULL) {
        (void)munmap((void *)(uintptr_t)g->word, PAGE);
    }
    const int maps[] = { g->hosts, g->flows, g->page };
    for (unsigned i = 0; i < ROWS(maps); i++) {
        if (maps[i] >= 0) {
            (void)close(maps[i]);
        }
    }
    free(g);
}

static uint32_t frame_longest(const char *device)
{
    struct ifreq r = { .ifr_name = "" };
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    memcpy(r.ifr_name, device, strnlen(device, sizeof(r.ifr_name) - 1));
    bool got = fd >= 0 && ioctl(fd, SIOCGIFMTU, &r) == 0;
    if (fd >= 0) {
        (void)close(fd);
    }
    return got && r.ifr_mtu > 0 ? (uint32_t)r.ifr_mtu + ETH_HLEN : ETH_FRAME_LEN;
}

/* The driver's own mode where both interfaces can do their part in it. */
static bool native_can(unsigned in, unsigned out)
{
    uint64_t takes = bpf_xdp_features(in), sends = out != 0 ? bpf_xdp_features(out) : XDP_CAN_SEND;

    return (takes & XDP_CAN_TAKE) != 0 && (out == 0 || (takes & XDP_CAN_REDIRECT) != 0) && (sends & XDP_CAN_SEND) != 0;
}

/* An interface has one program: the one before goes, which may send to one that is no more, or be left of one that was made again. */
static void detach(struct gate *g, const char *name)
{
    for (unsigned i = 0; i < g->port_n; i++) {
        if (strcmp(g->port[i].name, name) == 0) {
            (void)close(g->port[i].link);
            (void)close(g->port[i].program);
            g->port[i] = g->port[--g->port_n];
            return;
        }
    }
}

bool gate_attach(struct gate *g, const char *in, const char *out, struct err *err)
{
    struct shape s = { .xdp = true, .interface = if_nametoindex(in), .out = out != NULL ? if_nametoindex(out) : 0 };
    struct bpf_making m = { .n = 0 };

    if (s.interface == 0 || (out != NULL && s.out == 0)) {
        return err_set(err, "%s: no such interface", s.interface == 0 ? in : out);
    }
    detach(g, in);
    if (g->port_n == PORTS_MAX) {
        return err_set(err, "%s: more than %d interfaces", in, PORTS_MAX);
    }
    s.longest = out != NULL ? frame_longest(out) : 0;
    write_xdp(&m, g, &s);
    int program = bpf_make(BPF_PROG_TYPE_XDP, &m, BPF_F_XDP_HAS_FRAGS);
    if (program < 0) {
        return err_sys(err, "%s: a program for XDP (Linux 5.18 is wanted)", in);
    }
    bool native = g->settings.mode == GATE_NATIVE || (g->settings.mode == GATE_AUTO && native_can(s.interface, s.out));
    int link = native ? bpf_xdp_attach(program, s.interface, XDP_FLAGS_DRV_MODE) : -1;
    if (link < 0 && g->settings.mode != GATE_NATIVE) {
        link = bpf_xdp_attach(program, s.interface, XDP_FLAGS_SKB_MODE);
    }
    if (link < 0) {
        (void)close(program);
        return err_sys(err, "%s: put a program on the interface", in);
    }
    snprintf(g->port[g->port_n].name, sizeof(g->port[0].name), "%s", in);
    g->port[g->port_n].link = link;
    g->port[g->port_n++].program = program;
    return true;
}

bool gate_filter(struct gate *g, int fd, unsigned interface, bool own, struct err *err)
{
    const struct shape s = { .interface = interface, .own = own };
    struct bpf_making m = { .n = 0 };

    write_filter(&m, g, &s);
    int program = bpf_make(BPF_PROG_TYPE_SOCKET_FILTER, &m, 0);
    bool good = program >= 0 && setsockopt(fd, SOL_SOCKET, SO_ATTACH_BPF, &program, sizeof(program)) == 0;
    if (!good) {
        (void)err_sys(err, "filter for offloaded flows");
    }
    if (program >= 0) {
        (void)close(program);
    }
    return good;
}

/* ---- hosts and flows ---- */

static bool map_set(int map, const void *key, const void *value)
{
    union bpf_attr a = { .map_fd = (uint32_t)map, .key = (uint64_t)(uintptr_t)key, .value = (uint64_t)(uintptr_t)value };

    return bpf_call(value != NULL ? BPF_MAP_UPDATE_ELEM : BPF_MAP_DELETE_ELEM, &a) == 0;
}

bool gate_host(struct gate *g, const struct addr *a, uint64_t ns)
{
    uint64_t until = clock_monotonic() + ns;

    return map_set(g->hosts, a, ns != 0 ? &until : NULL);
}

static struct key key_of(const struct gate_flow *f)
{
    return (struct key){ f->src, f->dst, htons(f->sport), htons(f->dport), f->proto, f->interface, 0 };
}

bool gate_flow_add(struct gate *g, const struct gate_flow *f)
{
    const struct key k = key_of(f);
    const struct entry fresh = { .shown = clock_monotonic() };

    if (!g->settings.flows || fresh.shown < atomic_load_explicit(&g->tagged, memory_order_relaxed) || !map_set(g->flows, &k, &fresh)) {
        return false;
    }
    g->word[WORD_FLOWS] = 1;
    return true;
}

bool gate_flow_end(struct gate *g, const struct gate_flow *f, struct gate_counts *out)
{
    const struct key k = key_of(f);
    struct entry e;
    union bpf_attr a = { .map_fd = (uint32_t)g->flows, .key = (uint64_t)(uintptr_t)&k, .value = (uint64_t)(uintptr_t)&e };

    if (bpf_call(BPF_MAP_LOOKUP_AND_DELETE_ELEM, &a) != 0) {
        return false;
    }
    out->packets += e.packets;
    out->bytes += e.bytes;
    return true;
}

void gate_tagged(struct gate *g)
{
    atomic_store_explicit(&g->tagged, clock_monotonic() + TAGGED_S * CLOCK_SECOND, memory_order_relaxed);
    g->word[WORD_FLOWS] = 0;
}

struct gate_numbers gate_numbers(const struct gate *g) { return (struct gate_numbers){ g->word[WORD_DROPPED], g->word[WORD_PASSED] }; }

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/fanout.h"

#include "base/rows.h"
#include "packet/spread.h"

#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <sys/socket.h>

/* What the program keeps, and where it goes. */
enum { ENDS, PORTS, HASH };
enum { NEXT, TO_IP6, TO_LENGTH, TO_LENGTH6, TO_PORTS, TO_MIX, TO_NOTHING, LABELS };

/* A step; `label` names it as a place to go to.  Loads count from the network header, but the first. */
struct step {
    uint16_t code;
    uint32_t k;
    uint8_t yes, no, label;
};
#define LOAD(size, at) { BPF_LD | BPF_##size | BPF_ABS, at, 0, 0, 0 }
#define CELL(code, cell) { code, cell, 0, 0, 0 }
#define WITH(op)       { BPF_ALU | BPF_##op | BPF_X, 0, 0, 0, 0 }
#define SUM(op, k)     { BPF_ALU | BPF_##op | BPF_K, k, 0, 0, 0 }
#define IF(test, k, yes, no) { BPF_JMP | BPF_##test | BPF_K, k, yes, no, 0 }
#define FOLD(at)       LOAD(W, at), CELL(BPF_LDX | BPF_MEM, ENDS), WITH(XOR), CELL(BPF_ST, ENDS)

static const struct step steps[] = {
    LOAD(H, 0), /* the Ethernet type */
    CELL(BPF_MISC | BPF_TAX, 0), CELL(BPF_LD | BPF_IMM, 0), CELL(BPF_ST, ENDS), CELL(BPF_ST, PORTS), CELL(BPF_MISC | BPF_TXA, 0),
    IF(JEQ, ETHERTYPE_IPV6, TO_IP6, NEXT),
    IF(JEQ, ETHERTYPE_IP, NEXT, TO_NOTHING),
    FOLD(12), FOLD(16),
    LOAD(H, 6),
    IF(JSET, 0x3fff, TO_MIX, NEXT), /* a fragment: its addresses alone */
    LOAD(B, 9),
    IF(JEQ, IPPROTO_TCP, TO_LENGTH, NEXT),
    IF(JEQ, IPPROTO_UDP, NEXT, TO_MIX),
    { BPF_LD | BPF_B | BPF_ABS, 0, 0, 0, TO_LENGTH }, SUM(AND, 15), SUM(LSH, 2), CELL(BPF_MISC | BPF_TAX, 0),
    IF(JGE, 0, TO_PORTS, TO_PORTS),
    { BPF_LD | BPF_W | BPF_ABS, 8, 0, 0, TO_IP6 }, CELL(BPF_ST, ENDS),
    FOLD(12), FOLD(16), FOLD(20), FOLD(24), FOLD(28), FOLD(32), FOLD(36),
    LOAD(B, 6),
    IF(JEQ, IPPROTO_TCP, TO_LENGTH6, NEXT),
    IF(JEQ, IPPROTO_UDP, NEXT, TO_MIX),
    { BPF_LDX | BPF_IMM, 40, 0, 0, TO_LENGTH6 },
    { BPF_LD | BPF_W | BPF_IND, 0, 0, 0, TO_PORTS },
    CELL(BPF_ST, PORTS), SUM(RSH, 16), CELL(BPF_LDX | BPF_MEM, PORTS), WITH(XOR), SUM(AND, 0xffff), CELL(BPF_ST, PORTS),
    /* spread_mix */
    { BPF_LD | BPF_MEM, PORTS, 0, 0, TO_MIX }, SUM(MUL, SPREAD_PORTS_FACTOR), CELL(BPF_LDX | BPF_MEM, ENDS), WITH(ADD),
    SUM(MUL, SPREAD_MIX_FACTOR), CELL(BPF_ST, HASH), SUM(RSH, SPREAD_SHIFT), CELL(BPF_LDX | BPF_MEM, HASH), WITH(XOR),
    { BPF_RET | BPF_A, 0, 0, 0, 0 },
    { BPF_RET | BPF_K, 0, 0, 0, TO_NOTHING },
};
_Static_assert(ROWS(steps) <= FANOUT_PROGRAM_MAX, "the caller's room");

unsigned fanout_program(struct sock_filter program[FANOUT_PROGRAM_MAX], uint32_t network, uint32_t protocol, bool ports)
{
    uint8_t at[LABELS] = { 0 };

    for (unsigned i = 0; i < ROWS(steps); i++) {
        at[steps[i].label] = (uint8_t)i;
    }
    for (unsigned i = 0; i < ROWS(steps); i++) {
        const struct step *s = &steps[i];
        bool loads = BPF_CLASS(s->code) == BPF_LD && (BPF_MODE(s->code) == BPF_ABS || BPF_MODE(s->code) == BPF_IND);
        bool factor = s->code == (BPF_ALU | BPF_MUL | BPF_K) && s->k == SPREAD_PORTS_FACTOR;
        bool jumps = BPF_CLASS(s->code) == BPF_JMP;
        program[i] = (struct sock_filter){ .code = s->code, .k = i == 0 ? protocol : loads ? s->k + network : s->k };
        program[i].k = factor && !ports ? 0 : program[i].k;
        program[i].jt = jumps && s->yes != NEXT ? (uint8_t)(at[s->yes] - i - 1) : 0;
        program[i].jf = jumps && s->no != NEXT ? (uint8_t)(at[s->no] - i - 1) : 0;
    }
    return ROWS(steps);
}

bool fanout_join(int fd, uint16_t group, bool ports, struct err *err)
{
    struct sock_filter program[FANOUT_PROGRAM_MAX];
    struct sock_fprog given = { .filter = program };
    int how = group | PACKET_FANOUT_CBPF << 16;

    given.len = (unsigned short)fanout_program(program, (uint32_t)SKF_NET_OFF, (uint32_t)(SKF_AD_OFF + SKF_AD_PROTOCOL), ports);
    if (setsockopt(fd, SOL_PACKET, PACKET_FANOUT, &how, sizeof(how)) != 0 ||
        setsockopt(fd, SOL_PACKET, PACKET_FANOUT_DATA, &given, sizeof(given)) != 0) {
        return err_sys(err, "share the device among workers");
    }
    return true;
}

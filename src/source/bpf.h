/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bpf - small programs for the kernel, written step by step, and requests to its network settings: what beat, gate and xdp have in common.
 */
#ifndef SOURCE_BPF_H
#define SOURCE_BPF_H

#include <linux/bpf.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BPF_STEP(what, to, from, offset, k) \
    (struct bpf_insn) { .code = (uint8_t)(what), .dst_reg = (to) & 15, .src_reg = (from) & 15, .off = (int16_t)(offset), .imm = (int32_t)(k) }

/* As the system calls are: negative and errno. */
int bpf_call(int what, union bpf_attr *a);

/* A program in the making: steps, and jumps to labels that are put somewhere in it. */
enum { BPF_STEPS_MAX = 1024, BPF_LABELS = 128, BPF_JUMPS = 256 };
struct bpf_making {
    unsigned n, label_n, jump_n;
    struct bpf_insn step[BPF_STEPS_MAX];
    uint16_t label[BPF_LABELS];
    struct {
        uint16_t at;
        uint8_t label;
    } jump[BPF_JUMPS];
};
void bpf_put(struct bpf_making *m, unsigned what, unsigned to, unsigned from, int offset, int32_t k);
void bpf_put_wide(struct bpf_making *m, unsigned to, uint64_t value);
void bpf_put_map(struct bpf_making *m, unsigned to, unsigned how /* BPF_PSEUDO_MAP_… */, int map);
void bpf_jump(struct bpf_making *m, unsigned what, unsigned to, unsigned from, int32_t k, unsigned label);
unsigned bpf_label_new(struct bpf_making *m);        /* behind those that are named, from BPF_LABELS / 2 on */
void bpf_here(struct bpf_making *m, unsigned label);
int bpf_make(enum bpf_prog_type type, struct bpf_making *m, uint32_t flags);

/* Puts an XDP program on an interface, as long as the descriptor that is returned is open. */
int bpf_xdp_attach(int program, unsigned interface, uint32_t flags);
/* What an interface's driver can do with XDP by itself; 0: nothing, or this kernel does not tell. */
enum { XDP_CAN_TAKE = 1, XDP_CAN_REDIRECT = 2, XDP_CAN_SEND = 4 };
uint64_t bpf_xdp_features(unsigned interface);

/* A request over netlink: a head, the body of its kind, attributes. */
struct request {
    struct nlmsghdr h;
    uint8_t room[1024];
};
struct request request_of(unsigned type, unsigned flags, size_t body); /* the body is zeroed */
void *request_body(struct request *r);
void request_put(struct request *r, unsigned type, const void *p, size_t n);
size_t request_begin(struct request *r, unsigned type); /* an attribute of attributes, until request_end of what it returned */
void request_end(struct request *r, size_t begun);
bool request_ask(struct request *r);                    /* false: errno says why the kernel would not */
bool request_says(struct request *r, const char *word); /* the same, also false (errno 0) where its answer has not that in it */
bool request_lists(struct request *r);                  /* with NLM_F_DUMP: there is something on that list, or it cannot be had */

#endif

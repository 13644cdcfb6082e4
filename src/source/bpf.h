/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bpf - small programs for the kernel, written step by step, and requests to its network settings: what beat and xdp have in common.
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
int bpf_load(enum bpf_prog_type type, const struct bpf_insn *step, unsigned n);

/* A request over rtnetlink: a head, the body of its kind, attributes. */
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

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/bpf.h"

#include "base/err.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int bpf_call(int what, union bpf_attr *a) { return (int)syscall(SYS_bpf, what, a, sizeof(*a)); }

int bpf_load(enum bpf_prog_type type, const struct bpf_insn *step, unsigned n)
{
    union bpf_attr load = { .prog_type = type, .insns = (uint64_t)(uintptr_t)step, .insn_cnt = n, .license = (uint64_t)(uintptr_t)"GPL" };

    return bpf_call(BPF_PROG_LOAD, &load);
}

struct request request_of(unsigned type, unsigned flags, size_t body)
{
    return (struct request){ .h = { .nlmsg_len = (uint32_t)NLMSG_LENGTH(body), .nlmsg_type = (uint16_t)type,
                                    .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags) } };
}

void *request_body(struct request *r) { return NLMSG_DATA(&r->h); }

void request_put(struct request *r, unsigned type, const void *p, size_t n)
{
    size_t at = NLMSG_ALIGN(r->h.nlmsg_len);
    struct rtattr *a = (struct rtattr *)(void *)((uint8_t *)r + at);

    bug_if(at + RTA_SPACE(n) > sizeof(*r));
    a->rta_type = (uint16_t)type;
    a->rta_len = (uint16_t)RTA_LENGTH(n);
    if (n != 0) {
        memcpy(RTA_DATA(a), p, n);
    }
    r->h.nlmsg_len = (uint32_t)(at + RTA_ALIGN(a->rta_len));
}

size_t request_begin(struct request *r, unsigned type)
{
    size_t at = NLMSG_ALIGN(r->h.nlmsg_len);

    request_put(r, type | NLA_F_NESTED, NULL, 0);
    return at;
}

void request_end(struct request *r, size_t begun)
{
    ((struct rtattr *)(void *)((uint8_t *)r + begun))->rta_len = (uint16_t)(r->h.nlmsg_len - begun);
}

bool request_ask(struct request *r)
{
    _Alignas(struct nlmsghdr) uint8_t answer[2048];
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    bool sent = fd >= 0 && send(fd, r, r->h.nlmsg_len, 0) >= 0;
    ssize_t n = sent ? recv(fd, answer, sizeof(answer), 0) : -1;

    if (fd >= 0) {
        (void)close(fd);
    }
    if (n < (ssize_t)NLMSG_LENGTH(sizeof(struct nlmsgerr))) {
        return false;
    }
    errno = -((const struct nlmsgerr *)NLMSG_DATA((const struct nlmsghdr *)(const void *)answer))->error;
    return errno == 0;
}

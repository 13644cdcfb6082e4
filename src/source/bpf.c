/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/bpf.h"

#include "base/err.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int bpf_call(int what, union bpf_attr *a) { return (int)syscall(SYS_bpf, what, a, sizeof(*a)); }

void bpf_put(struct bpf_making *m, unsigned what, unsigned to, unsigned from, int offset, int32_t k)
{
    bug_if(m->n == BPF_STEPS_MAX);
    m->step[m->n++] = BPF_STEP(what, to, from, offset, k);
}

void bpf_put_wide(struct bpf_making *m, unsigned to, uint64_t value)
{
    bpf_put(m, BPF_LD | BPF_DW | BPF_IMM, to, 0, 0, (int32_t)(uint32_t)value);
    bpf_put(m, 0, 0, 0, 0, (int32_t)(uint32_t)(value >> 32));
}

void bpf_put_map(struct bpf_making *m, unsigned to, unsigned how, int map)
{
    bpf_put(m, BPF_LD | BPF_DW | BPF_IMM, to, how, 0, map);
    bpf_put(m, 0, 0, 0, 0, 0);
}

void bpf_jump(struct bpf_making *m, unsigned what, unsigned to, unsigned from, int32_t k, unsigned label)
{
    bug_if(m->jump_n == BPF_JUMPS || label >= BPF_LABELS);
    m->jump[m->jump_n].at = (uint16_t)m->n;
    m->jump[m->jump_n++].label = (uint8_t)label;
    bpf_put(m, what, to, from, 0, k);
}

unsigned bpf_label_new(struct bpf_making *m)
{
    bug_if(m->label_n == BPF_LABELS / 2);
    return BPF_LABELS / 2 + m->label_n++;
}

void bpf_here(struct bpf_making *m, unsigned label) { m->label[label] = (uint16_t)m->n; }

int bpf_make(enum bpf_prog_type type, struct bpf_making *m, uint32_t flags)
{
    union bpf_attr load = { .prog_type = type, .insns = (uint64_t)(uintptr_t)m->step, .insn_cnt = m->n, .license = (uint64_t)(uintptr_t)"GPL", .prog_flags = flags };

    for (unsigned i = 0; i < m->jump_n; i++) {
        m->step[m->jump[i].at].off = (int16_t)(m->label[m->jump[i].label] - m->jump[i].at - 1);
    }
    return bpf_call(BPF_PROG_LOAD, &load);
}

int bpf_xdp_attach(int program, unsigned interface, uint32_t flags)
{
    union bpf_attr a = { .link_create = { .prog_fd = (uint32_t)program, .target_ifindex = interface, .attach_type = BPF_XDP, .flags = flags } };

    return bpf_call(BPF_LINK_CREATE, &a);
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

static ssize_t exchange(struct request *r, int family, void *answer, size_t room)
{
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, family);
    bool sent = fd >= 0 && send(fd, r, r->h.nlmsg_len, 0) >= 0;
    ssize_t n = sent ? recv(fd, answer, room, 0) : -1;

    if (fd >= 0) {
        (void)close(fd);
    }
    return n;
}

bool request_says(struct request *r, const char *word)
{
    _Alignas(struct nlmsghdr) uint8_t answer[2048];
    ssize_t n = exchange(r, NETLINK_ROUTE, answer, sizeof(answer));

    if (n < (ssize_t)NLMSG_LENGTH(sizeof(struct nlmsgerr))) {
        return false;
    }
    const struct nlmsghdr *h = (const void *)answer;
    errno = h->nlmsg_type == NLMSG_ERROR ? -((const struct nlmsgerr *)NLMSG_DATA(h))->error : 0; /* else it is what was asked for */
    return errno == 0 && memmem(answer, (size_t)n, word, strlen(word)) != NULL;
}

bool request_ask(struct request *r) { return request_says(r, ""); }

bool request_lists(struct request *r)
{
    _Alignas(struct nlmsghdr) uint8_t answer[2048];
    ssize_t n = exchange(r, NETLINK_ROUTE, answer, sizeof(answer));

    return n < (ssize_t)NLMSG_HDRLEN || ((const struct nlmsghdr *)(const void *)answer)->nlmsg_type != NLMSG_DONE;
}

/* ---- generic netlink: what drivers can do with XDP ---- */

/* The number in an answer's attribute; 0: it has none. */
static uint64_t asked_number(struct request *r, unsigned attribute)
{
    _Alignas(struct nlmsghdr) uint8_t answer[8192];
    ssize_t n = exchange(r, NETLINK_GENERIC, answer, sizeof(answer));
    const struct nlmsghdr *h = (const void *)answer;
    uint64_t value = 0;

    if (n < (ssize_t)NLMSG_LENGTH(GENL_HDRLEN) || h->nlmsg_type == NLMSG_ERROR || h->nlmsg_len > n) {
        return 0;
    }
    size_t left = h->nlmsg_len - NLMSG_LENGTH(GENL_HDRLEN);
    for (const struct rtattr *a = (const void *)(answer + NLMSG_LENGTH(GENL_HDRLEN)); RTA_OK(a, left); a = RTA_NEXT(a, left)) {
        if ((a->rta_type & NLA_TYPE_MASK) == attribute && RTA_PAYLOAD(a) <= sizeof(value)) {
            memcpy(&value, RTA_DATA(a), RTA_PAYLOAD(a));
        }
    }
    return value;
}

static struct request generic_request(unsigned family, uint8_t command)
{
    struct request r = request_of(family, 0, GENL_HDRLEN);

    *(struct genlmsghdr *)request_body(&r) = (struct genlmsghdr){ .cmd = command, .version = 1 };
    r.h.nlmsg_flags = NLM_F_REQUEST; /* the answer is the one message that comes */
    return r;
}

uint64_t bpf_xdp_features(unsigned interface)
{
    enum { DEV_GET = 1, DEV_INTERFACE = 1, DEV_FEATURES = 3 }; /* linux/netdev.h, since 6.3 */
    struct request who = generic_request(GENL_ID_CTRL, CTRL_CMD_GETFAMILY);

    request_put(&who, CTRL_ATTR_FAMILY_NAME, "netdev", sizeof("netdev"));
    unsigned family = (unsigned)asked_number(&who, CTRL_ATTR_FAMILY_ID);
    if (family == 0) {
        return 0;
    }
    struct request what = generic_request(family, DEV_GET);
    uint32_t index = interface;
    request_put(&what, DEV_INTERFACE, &index, sizeof(index));
    return asked_number(&what, DEV_FEATURES);
}

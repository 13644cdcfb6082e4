/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/socket.h"

#include "base/rows.h"
#include "source/capture.h"
#include "source/fanout.h"
#include "source/kind.h"
#include "source/pcap_calls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/net_tstamp.h>
#include <linux/sockios.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FILTER_MAX = 4096 /* the kernel's limit */ };

int socket_new(struct err *err)
{
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

    if (fd < 0) {
        (void)(errno == EPERM ? err_set(err, "no right to read devices: run as root, or with the capability CAP_NET_RAW") : err_sys(err, "socket"));
    }
    return fd;
}

static bool named(struct ifreq *r, const char *device)
{
    memset(r, 0, sizeof(*r));
    return (size_t)snprintf(r->ifr_name, sizeof(r->ifr_name), "%s", device) < sizeof(r->ifr_name);
}

bool socket_is_loopback(int fd, const char *device)
{
    struct ifreq r;

    return named(&r, device) && ioctl(fd, SIOCGIFFLAGS, &r) == 0 && (r.ifr_flags & IFF_LOOPBACK) != 0;
}

struct bytes socket_tag_back(struct bytes frame, uint32_t status, uint16_t type, uint16_t tci)
{
    uint8_t *at = (uint8_t *)(uintptr_t)frame.p - SOCKET_TAG;

    type = (status & TP_STATUS_VLAN_TPID_VALID) != 0 ? type : ETHERTYPE_VLAN;
    memmove(at, frame.p, SOCKET_MACS);
    at[SOCKET_MACS] = (uint8_t)(type >> 8);
    at[SOCKET_MACS + 1] = (uint8_t)type;
    at[SOCKET_MACS + 2] = (uint8_t)(tci >> 8);
    at[SOCKET_MACS + 3] = (uint8_t)tci;
    return bytes_of(at, frame.n + SOCKET_TAG);
}

bool socket_is_gone(int fd)
{
    struct sockaddr_ll at = { .sll_ifindex = 0 };
    socklen_t n = sizeof(at);

    return getsockname(fd, (struct sockaddr *)&at, &n) == 0 && at.sll_ifindex == -1;
}

bool socket_replace(int fd, int fresh, _Atomic int *left)
{
    int old = atomic_load(left) < 0 ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;

    if (old < 0 || dup3(fresh, fd, O_CLOEXEC) < 0) {
        (void)(old >= 0 && close(old));
        return false;
    }
    (void)close(fresh);
    atomic_store(left, old);
    return true;
}

static void count(const struct device *d, int fd)
{
    struct tpacket_stats_v3 t = { 0 }; /* a socket without a ring of version 3 fills the first two */
    socklen_t n = sizeof(t);

    if (getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &t, &n) == 0) {
        d->source->counter[SOURCE_RECEIVED] += t.tp_packets;
        d->source->counter[SOURCE_FROZEN] += t.tp_freeze_q_cnt;
        device_dropped(d, t.tp_drops);
    }
}

uint64_t socket_rest(int fd)
{
    uint8_t head[64]; /* virtio's is in it: where it has no room the frame is thrown away, as an error */
    uint64_t n = 0;

    for (;;) {
        ssize_t got = recv(fd, head, sizeof(head), MSG_DONTWAIT);
        if (got < 0 && errno != EINTR && errno != ENETDOWN) {
            return n;
        }
        n += got >= 0;
    }
}

void socket_count(const struct device *d, _Atomic int *left)
{
    int old = atomic_exchange(left, -1);

    count(d, d->fd);
    if (old >= 0) { /* its interface went: what lies there nobody takes any more */
        d->source->counter[SOURCE_UNREAD] += socket_rest(old);
        count(d, old);
        (void)close(old);
    }
}

static bool attach(int fd, struct sock_filter *program, unsigned n, struct err *err)
{
    struct sock_fprog given = { .len = (unsigned short)n, .filter = program };

    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &given, sizeof(given)) == 0 || err_sys(err, "filter");
}

static bool stamps(const char *device, unsigned long what, struct hwtstamp_config *c)
{
    struct ifreq r;
    int fd = named(&r, device) ? socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0) : -1;

    r.ifr_data = (char *)c;
    bool done = fd >= 0 && ioctl(fd, what, &r) == 0;
    int why = errno;
    if (fd >= 0) {
        (void)close(fd);
    }
    errno = why;
    return done;
}

bool socket_stamps_on(const char *device, struct hwtstamp_config *was, struct err *err)
{
    *was = (struct hwtstamp_config){ 0 };
    if (!stamps(device, SIOCGHWTSTAMP, was)) {
        return err_sys(err, "%s: its time stamps cannot be switched on", device);
    }
    struct hwtstamp_config all = *was;
    all.rx_filter = HWTSTAMP_FILTER_ALL; /* those of frames that are sent stay as they are: PTP needs them */
    return was->rx_filter == HWTSTAMP_FILTER_ALL || stamps(device, SIOCSHWTSTAMP, &all) || err_sys(err, "%s: its time stamps cannot be switched on", device);
}

void socket_stamps_back(const char *device, const struct hwtstamp_config *was)
{
    struct hwtstamp_config c = *was;

    (void)stamps(device, SIOCSHWTSTAMP, &c);
}

/* Until it is in its group a socket would get what is others'. */
static bool want_nothing(int fd, struct err *err)
{
    struct sock_filter none = { .code = BPF_RET | BPF_K, .k = 0 };

    return attach(fd, &none, 1, err);
}

void socket_stop(int fd)
{
    struct err ignored;

    (void)want_nothing(fd, &ignored);
}

/* What the expression says, as steps for the kernel: libpcap's instructions are its, and jumps are relative. */
static bool want_said(const struct pcap_calls *c, const char *expression, struct sock_filter *program, unsigned *n, struct err *err)
{
    struct bpf_program said = { 0 };
    pcap_t *dead = c->open_dead(DLT_EN10MB, (int)CAPTURE_FRAME_MAX);

    if (dead == NULL) {
        return err_set(err, "filter: not enough memory");
    }
    bool ok = c->compile(dead, &said, expression, 1, PCAP_NETMASK_UNKNOWN) == 0 || err_set(err, "filter \"%s\": %s", expression, c->geterr(dead));
    if (ok && said.bf_len > FILTER_MAX - *n) {
        ok = err_set(err, "filter \"%s\": %u steps are too many", expression, said.bf_len);
    }
    for (unsigned i = 0; ok && i < said.bf_len; i++) {
        const struct bpf_insn *b = &said.bf_insns[i];
        program[(*n)++] = (struct sock_filter){ .code = b->code, .jt = b->jt, .jf = b->jf, .k = b->k };
    }
    c->freecode(&said);
    c->close(dead);
    return ok;
}

/* What is wanted: not what this machine sends, unless that too (PACKET_IGNORE_OUTGOING has no say within a group), and what the
 * expression says. */
static bool want(int fd, bool own, const char *expression, struct err *err)
{
    static const struct sock_filter others[] = {
        { BPF_LD | BPF_B | BPF_ABS, 0, 0, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE) },
        { BPF_JMP | BPF_JEQ | BPF_K, 0, 1, PACKET_OUTGOING },
        { BPF_RET | BPF_K, 0, 0, 0 },
    };
    static const struct sock_filter all = { BPF_RET | BPF_K, 0, 0, UINT32_MAX };
    struct sock_filter program[FILTER_MAX];
    unsigned n = own ? 0 : ROWS(others);
    struct pcap_calls calls;

    memcpy(program, others, n * sizeof(*program));
    if (expression == NULL) {
        program[n++] = all;
        return attach(fd, program, n, err);
    }
    if (!pcap_calls_open(&calls, err)) {
        return false;
    }
    bool ok = want_said(&calls, expression, program, &n, err) && attach(fd, program, n, err);
    pcap_calls_close(&calls);
    return ok;
}

static bool promiscuous(int fd, int index, struct err *err)
{
    struct packet_mreq m = { .mr_ifindex = index, .mr_type = PACKET_MR_PROMISC };

    return setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &m, sizeof(m)) == 0 || err_sys(err, "see what is for others");
}

static bool check(int fd, const char *device, struct ifreq *r, struct err *err)
{
    if (!named(r, device) || ioctl(fd, SIOCGIFINDEX, r) != 0) {
        return err_set(err, "there is no such interface");
    }
    int index = r->ifr_ifindex;
    if (ioctl(fd, SIOCGIFHWADDR, r) == 0 && r->ifr_hwaddr.sa_family != ARPHRD_ETHER && r->ifr_hwaddr.sa_family != ARPHRD_LOOPBACK) {
        return err_set(err, "its frames are not Ethernet (hardware type %u); use pcap:%s", r->ifr_hwaddr.sa_family, device);
    }
    if (ioctl(fd, SIOCGIFFLAGS, r) == 0 && (r->ifr_flags & IFF_UP) == 0) {
        return err_set(err, "it is down: ip link set %s up", device);
    }
    r->ifr_ifindex = index;
    return true;
}

bool socket_bind_sending(int fd, const char *device, struct err *err)
{
    struct ifreq r;

    if (!check(fd, device, &r, err)) {
        return err_add(err, "%s", device);
    }
    struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_ifindex = r.ifr_ifindex };
    return bind(fd, (const struct sockaddr *)&at, sizeof(at)) == 0 || err_sys(err, "bind");
}

bool socket_bind(int fd, const struct socket_bind *b, const struct source_settings *s, struct err *err)
{
    struct ifreq r;

    if (!check(fd, b->device, &r, err)) {
        return false;
    }
    struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = r.ifr_ifindex };
    if (!want_nothing(fd, err) || (bind(fd, (const struct sockaddr *)&at, sizeof(at)) != 0 && !err_sys(err, "bind")) ||
        (s->devices->promiscuous && !promiscuous(fd, r.ifr_ifindex, err))) {
        return false;
    }
    if (s->workers > 1 && !fanout_join(fd, (uint16_t)(s->group + (uint32_t)r.ifr_ifindex), !s->held, err)) {
        return false;
    }
    return want(fd, b->own, s->bpf, err);
}

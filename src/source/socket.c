/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/socket.h"

#include "source/capture.h"
#include "source/fanout.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

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

static bool attach(int fd, struct sock_filter *program, unsigned n, struct err *err)
{
    struct sock_fprog given = { .len = (unsigned short)n, .filter = program };

    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &given, sizeof(given)) == 0 || err_sys(err, "filter");
}

/* Until it is in its group a socket would get what is others'. */
static bool want_nothing(int fd, struct err *err)
{
    struct sock_filter none = { .code = BPF_RET | BPF_K, .k = 0 };

    return attach(fd, &none, 1, err);
}

static bool want(int fd, const char *expression, struct err *err)
{
    struct bpf_program program;
    pcap_t *dead;
    int no = 0;

    if (expression == NULL) {
        return setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &no, sizeof(no)) == 0 || err_sys(err, "filter");
    }
    if ((dead = pcap_open_dead(DLT_EN10MB, (int)CAPTURE_FRAME_MAX)) == NULL) {
        return err_set(err, "filter: not enough memory");
    }
    bool ok = pcap_compile(dead, &program, expression, 1, PCAP_NETMASK_UNKNOWN) == 0 ||
              err_set(err, "filter \"%s\": %s", expression, pcap_geterr(dead));
    if (ok) { /* libpcap's instructions are the kernel's */
        ok = attach(fd, (struct sock_filter *)(void *)program.bf_insns, program.bf_len, err);
        pcap_freecode(&program);
    }
    pcap_close(dead);
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

bool socket_bind(int fd, const struct socket_bind *b, const struct source_settings *s, struct err *err)
{
    struct ifreq r;
    int one = 1;

    if (!check(fd, b->device, &r, err)) {
        return false;
    }
    struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = r.ifr_ifindex };
    if (!b->own && setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof(one)) != 0) {
        return err_sys(err, "pass over own frames");
    }
    if (!want_nothing(fd, err) || (bind(fd, (const struct sockaddr *)&at, sizeof(at)) != 0 && !err_sys(err, "bind")) ||
        (s->devices->promiscuous && !promiscuous(fd, r.ifr_ifindex, err))) {
        return false;
    }
    if (s->workers > 1 && !fanout_join(fd, (uint16_t)(s->group + (uint32_t)r.ifr_ifindex), err)) {
        return false;
    }
    return want(fd, s->bpf, err);
}

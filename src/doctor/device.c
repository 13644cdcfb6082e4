/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What this machine's interfaces, rights and disks say of themselves. */
#include "doctor/doctor.h"

#include "base/card.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <unistd.h>

static bool ask(int fd, const char *name, void *command)
{
    struct ifreq r = { 0 };

    memcpy(r.ifr_name, name, strlen(name));
    r.ifr_data = command;
    return ioctl(fd, SIOCETHTOOL, &r) == 0;
}

static void offloads(struct doctor *d, int fd, const char *name, bool xdp)
{
    struct ethtool_value gro = { .cmd = ETHTOOL_GGRO }, flags = { .cmd = ETHTOOL_GFLAGS };

    if (ask(fd, name, &gro) && gro.data != 0) {
        doctor_find(d, FIND_OFFLOAD, "%s: GRO is on", name);
    }
    if (ask(fd, name, &flags) && (flags.data & ETH_FLAG_LRO) != 0) {
        doctor_find(d, FIND_OFFLOAD, "%s: LRO is on", name);
    }
    struct card card;
    if (xdp && card_look(name, &card) && (card.on & ~card.changeable) != 0) { /* else it is told to leave them in */
        doctor_find(d, FIND_XDP_TAGS, "%s: rx-vlan-offload is on, and fixed", name);
    }
}

static void rings(struct doctor *d, int fd, const char *name)
{
    struct ethtool_ringparam r = { .cmd = ETHTOOL_GRINGPARAM };

    if (ask(fd, name, &r) && r.rx_max_pending != 0 && r.rx_pending * 2 < r.rx_max_pending) {
        doctor_find(d, FIND_RING, "%s: %u of %u", name, r.rx_pending, r.rx_max_pending);
    }
}

static uint64_t statistic(const char *name, const char *what)
{
    char path[128], text[32] = "";
    FILE *f;

    snprintf(path, sizeof path, "/sys/class/net/%s/statistics/%s", name, what);
    f = fopen(path, "re");
    if (f == NULL) {
        return 0;
    }
    (void)!fgets(text, sizeof text, f);
    fclose(f);
    return strtoull(text, NULL, 10);
}

static const char *const drop_kinds[DOCTOR_DROPS] = { "rx_dropped", "rx_missed_errors", "rx_fifo_errors", "rx_over_errors" };

/* These count since the machine began. */
static void drops_before(struct doctor *d, const char *name)
{
    for (unsigned i = 0; d->device_n < DOCTOR_DEVICES && i < DOCTOR_DROPS; i++) {
        d->dropped[d->device_n][i] = statistic(name, drop_kinds[i]);
    }
    d->device_n++;
}

void doctor_devices_after(struct doctor *d, const char *const *names, size_t n)
{
    for (size_t k = 0; k < n && k < d->device_n && k < DOCTOR_DEVICES; k++) {
        for (unsigned i = 0; i < DOCTOR_DROPS; i++) {
            uint64_t now = statistic(names[k], drop_kinds[i]), before = d->dropped[k][i];
            if (now > before) {
                doctor_find(d, FIND_DROPS, "%s: %s %llu while it was looked at", names[k], drop_kinds[i], (unsigned long long)(now - before));
            }
        }
    }
}

static void rights(struct doctor *d)
{
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

    if (fd < 0 && d->reason[FIND_NO_RIGHTS][0] == '\0') {
        doctor_find(d, FIND_NO_RIGHTS, "a packet socket: %s", strerror(errno));
    }
    if (fd >= 0) {
        close(fd);
    }
}

void doctor_device(struct doctor *d, const char *name, bool xdp)
{
    struct ifreq r = { 0 };
    struct bytes named = bytes_str(name);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    rights(d);
    drops_before(d, name);
    if (named.n >= sizeof r.ifr_name || fd < 0) {
        doctor_find(d, FIND_NO_DEVICE, "%.*s", (int)named.n, (const char *)named.p);
    } else {
        memcpy(r.ifr_name, named.p, named.n);
        if (ioctl(fd, SIOCGIFFLAGS, &r) != 0) {
            doctor_find(d, FIND_NO_DEVICE, "%s: %s", name, strerror(errno));
        } else if ((r.ifr_flags & IFF_UP) == 0) {
            doctor_find(d, FIND_NO_DEVICE, "%s is down", name);
        } else if ((r.ifr_flags & IFF_LOOPBACK) == 0) {
            offloads(d, fd, name, xdp);
            rings(d, fd, name);
        }
    }
    if (fd >= 0) {
        close(fd);
    }
}

void doctor_machine(struct doctor *d, const char *dir)
{
    enum { LEAST_MB = 1024 };
    struct statvfs s;

    if (access(dir, F_OK) == 0 && access(dir, W_OK) != 0) {
        doctor_find(d, FIND_LOG_DIR, "%s: %s", dir, strerror(errno));
    }
    if (statvfs(access(dir, F_OK) == 0 ? dir : ".", &s) == 0) {
        uint64_t mb = (uint64_t)s.f_bavail * s.f_frsize >> 20;
        if (mb < LEAST_MB) {
            doctor_find(d, FIND_DISK, "%llu MB", (unsigned long long)mb);
        }
    }
}

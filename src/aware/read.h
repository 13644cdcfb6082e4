/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * read - the map for those who only look: lists, one host in full, filters.
 *
 * Any thread; each call sees the map as it is between two observations.
 */
#ifndef AWARE_READ_H
#define AWARE_READ_H

#include "base/err.h"
#include "base/text.h"

struct hosts;

/* One host in a line. */
struct host_row {
    uint64_t id, first, last;
    uint32_t tenant;
    uint16_t vlan;
    char name[128], kind[24], os[96], family[24], mac[18], maker[48];
    char addresses[512];      /* commas between; the ones in use */
    char services[512];       /* "http/80 ssh/22" */
    char vm[24];              /* hypervisor; empty: none known */
};

/* Which hosts: "os=windows and service=smb and vlan=10", "ip=10.0.0.0/8 or name~web", "not (kind=router)". */
struct host_filter;
struct host_filter *host_filter_parse(const char *text, struct err *err);
void host_filter_free(struct host_filter *f);

/* Rows by address; returns how many. */
size_t hosts_each(struct hosts *h, const struct host_filter *f, void (*row)(void *ctx, const struct host_row *r), void *ctx);
/* A JSON object a line, in the order hosts were first seen; with all evidence or without. */
void hosts_json(struct hosts *h, const struct host_filter *f, bool evidence, struct text *out);
/* Of an address (IP or hardware), a name or "#id": a text for people.  False: no such host. */
bool hosts_show(struct hosts *h, const char *which, struct text *out);
size_t hosts_count(struct hosts *h);

#endif

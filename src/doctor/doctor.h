/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * doctor - is what a sensor is given to see fit to be looked at?  Findings, each with its reason and what mends it.
 *
 * Traffic is looked at packet by packet into a table of conversations of bounded size; devices and the machine are asked.
 * One thread; nothing is changed.  Knows no rules and no flows: it judges what comes, not what is in it.
 */
#ifndef DOCTOR_DOCTOR_H
#define DOCTOR_DOCTOR_H

#include "config/vars.h"
#include "packet/decode.h"

enum finding {
#define FINDING(id, name, grave, what, fix) id,
#include "doctor/findings.list"
#undef FINDING
    FINDING_N
};
struct finding_row {
    const char *name;
    bool grave;                  /* a problem; else a remark */
    const char *what, *fix;
};
extern const struct finding_row finding_rows[];

enum { DOCTOR_VARIABLES = 64, DOCTOR_DEVICES = 64, DOCTOR_INPUTS = 64 /* of more, some share a clock */, DOCTOR_DROPS = 4 /* counters of them */, REASON_MAX = 240 };

struct doctor_variable {
    const char *name;            /* of an address group; borrowed */
    struct addr_set set;
    uint64_t packets;            /* with an address of it */
};

struct talk;                     /* one conversation */
struct doctor {
    uint64_t packets, tcp, udp, truncated, unsummed, bad_l4, bad_ip, undecoded, back, vlans, jumbo;
    uint64_t first, last;        /* ns */
    uint64_t last_of[DOCTOR_INPUTS]; /* of each input: two rings are not read in the order of their packets */
    uint64_t back_most;          /* ns: the largest step back in time */
    uint32_t longest;            /* bytes of a frame */
    struct talk *talk;           /* a hash table without growth: further conversations only count */
    uint64_t talk_n, talk_more;
    struct doctor_variable variable[DOCTOR_VARIABLES];
    unsigned variable_n;
    uint64_t dropped[DOCTOR_DEVICES][DOCTOR_DROPS]; /* by the devices, before they were looked at */
    unsigned device_n;
    char reason[FINDING_N][REASON_MAX]; /* empty: not found */
};

bool doctor_init(struct doctor *d, struct err *err);
void doctor_fini(struct doctor *d);
/* The address groups of the settings whose use is to be seen. */
void doctor_variables(struct doctor *d, const struct conf *conf);
/* A packet that is decoded with checksums looked at. */
void doctor_packet(struct doctor *d, const struct packet *p);
/* What the traffic seen comes to.  live: it was just looked at; wall: ns, now. */
void doctor_judge(struct doctor *d, bool live, uint64_t wall);
/* device.c: a network interface of this machine, by XDP sockets or not; rights to read it. */
void doctor_device(struct doctor *d, const char *name, bool xdp);
/* The same ones in that order, when they have been looked at: what was dropped meanwhile. */
void doctor_devices_after(struct doctor *d, const char *const *names, size_t n);
/* The machine: room for logs in `dir`. */
void doctor_machine(struct doctor *d, const char *dir);
void doctor_find(struct doctor *d, enum finding f, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif

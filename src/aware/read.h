/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * read - the map for those who only look: lists, one host in full, filters.
 *
 * Any thread; each call sees the map as it is between two observations.
 */
#ifndef AWARE_READ_H
#define AWARE_READ_H

#include "base/addr.h"
#include "base/err.h"
#include "base/text.h"

#include <stdio.h>

struct hosts;

/* One host in a line. */
enum { HOST_ROW_SERVICES = 64 };
struct host_row {
    uint64_t id, first, last;
    uint32_t tenant;
    uint16_t vlan;
    char name[256], kind[24], os[96], family[24], mac[18], maker[48];
    /* Lists that do not fit end in "..." instead of what is left. */
    char addresses[512];      /* commas between; the ones in use */
    char services[512];       /* "http/80 ssh/22 dns/53u": the last one over UDP */
    struct { uint16_t port; uint8_t proto; } service[HOST_ROW_SERVICES]; /* the same in numbers; proto: IP's */
    unsigned service_n;
    char vm[24];              /* hypervisor; empty: none known */
    char vtep[ADDR_TEXT_MAX]; /* the tunnel's end that it lives behind; empty: none */
    char roles[160];          /* in a virtual infrastructure, with commas: "migration qemu, storage nfs-client" */
    char software[512];       /* of its services, each once: "nginx 1.18.0, OpenSSH 8.2p1" */
    char clients[512];        /* … and what it uses itself, likewise */
    char criticality[48];     /* as a person gave it; empty: nobody did */
};

/* Which hosts: "os=windows and service=smb and vlan=10", "ip=10.0.0.0/8 or name~web", "not (kind=router)". */
struct host_filter;
struct host_filter *host_filter_parse(const char *text, struct err *err);
void host_filter_free(struct host_filter *f);

/* Rows by address; returns how many. */
size_t hosts_each(struct hosts *h, const struct host_filter *f, void (*row)(void *ctx, const struct host_row *r), void *ctx);
/* A JSON object a line, in the order hosts were first seen; with all evidence or without.  False: of some there was no memory to tell. */
bool hosts_json(struct hosts *h, const struct host_filter *f, bool evidence, FILE *to);
/* Those that the filter takes, in full: a text for people.  False: there is none. */
bool hosts_show(struct hosts *h, const struct host_filter *f, struct text *out);
struct host_tenure {
    uint64_t id;
    struct addr addr;
    uint64_t since, until;
    uint32_t tenant;
};
/* The IP addresses that such hosts had, and from when until when (ns; until 0: still).  Returns how many hosts there are. */
size_t hosts_tenures(struct hosts *h, const char *which, void (*each)(void *ctx, const struct host_tenure *t), void *ctx);
/* "csv", "nmap" (its XML), "dot" (Graphviz), "stix" (2.1).  False with err. */
bool hosts_export(struct hosts *h, const struct host_filter *f, const char *format, FILE *to, struct err *err);
bool hosts_exports(const char *format, struct err *err); /* is it one of these? */
size_t hosts_count(struct hosts *h);
/* For those who ask a map that is being kept: rows as objects of an array under `key`, no more than `limit`, by address; how many fit. */
size_t hosts_rows(struct hosts *h, const struct host_filter *f, size_t limit, struct json *j, const char *key);
/* … and all of one host, or of several that have the address, name or number, as an array; how many. */
size_t hosts_one(struct hosts *h, const char *which, bool evidence, struct json *j, const char *key);

/* A map that is kept in a folder (aware.dir), by this program or another that is running: as it is, or (`at`, ns) as it was; of all
 * hosts or, far sooner, of those that have that address or name (`which`).  NULL with err. */
struct hosts *hosts_open(const char *dir, uint64_t at, const char *which, struct err *err);
void hosts_close(struct hosts *h);
/* … opened for one IP address alone: `look` gets it, and a filter that takes who had the address then.  False with err. */
bool hosts_at(const char *dir, uint64_t at, const char *address, void (*look)(void *ctx, struct hosts *h, const struct host_filter *f), void *ctx, struct err *err);

/* Why something in a file was not taken as it stands there. */
enum host_note {
    HOST_NOTE_HELD, HOST_NOTE_OVER, HOST_NOTE_PREFIX, HOST_NOTE_DOWN, HOST_NOTE_FUTURE, HOST_NOTE_ADDRESS, HOST_NOTE_MAC, HOST_NOTE_MORE, HOST_NOTE_MEMBER, HOST_NOTE_VALUE, HOST_NOTE_LONG,
    HOST_NOTE_PORT, HOST_NOTE_TRANSPORT, HOST_NOTE_HOSTLESS, HOST_NOTE_PROTOCOL, HOST_NOTES
};
extern const struct host_note_row { const char *name, *text; } host_note_rows[HOST_NOTES];
/* Adds what a file knows to the map in that folder, which no other program writes meanwhile: nmap's XML, leases of ISC's, Kea's and
 * dnsmasq's servers, JSON lines of what a person says. */
struct host_import {
    size_t hosts, left_out;   /* left out: lines of which nothing was made */
    size_t line;              /* the first of them */
    size_t refused;           /* names, attributes and others that found no room beside what the host has of that kind */
    struct {
        size_t n, line;       /* how many, and the first one's line */
        char what[48];        /* … and what stood there; empty: nothing to show */
    } note[HOST_NOTES];       /* what else was not taken as it stands there */
};
enum { HOST_FILE_MAX = 256 << 20 };
bool hosts_take(struct hosts *h, struct bytes all, struct host_import *got, struct err *err); /* … what a file holds, to the map that is being kept here */
bool hosts_import(const char *dir, const char *path, struct host_import *got, struct err *err);

struct host_change {
    uint64_t ts, id, other;
    uint32_t tenant;          /* of the host; 0: none */
    const char *event;        /* "new", "changed", "gone", "moved", "conflict", "silent" */
    char what[16], address[48], from[80], to[80], reason[80];
};
/* What happened, the oldest first; how many. */
size_t hosts_changes(const char *dir, uint64_t since, uint64_t until, void (*row)(void *ctx, const struct host_change *c), void *ctx, struct err *err);

#endif

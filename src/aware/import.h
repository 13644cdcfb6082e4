/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * import - what the readers of files about hosts share: a host as a file has it, and how it comes onto the map.  For import*.c alone.
 *
 * A reader fills a struct given and hands it over with import_host, then what it offers; whatever it does not take as it stands there it tells with
 * import_note.  One thread; the map is locked for an observation at a time.
 */
#ifndef AWARE_IMPORT_H
#define AWARE_IMPORT_H

#include "aware/hosts.h"
#include "aware/software.h"

/* A host as a file has it. */
struct given {
    struct addr addr;
    uint8_t family, mac[6], said;  /* said: 1 + enum fuse_source */
    bool has_mac, is;              /* is: it was told of it that it is there */
    bool lent;                     /* for so many seconds; 0: it was given back */
    bool card;                     /* its hardware address may be of another card of its */
    uint16_t vlan;
    uint32_t tenant;
    uint64_t ts, seconds;
    struct bytes name, os, criticality;
};

struct import {
    struct hosts *h;
    struct host_import got;
    size_t line;              /* that is read, from 1 */
};

void import_note(struct import *in, enum host_note why, struct bytes what); /* what: stands there */
void import_note_addr(struct import *in, enum host_note why, const struct given *g); /* what: its address */
uint64_t import_time(struct import *in, uint64_t seconds); /* since 1970, in nanoseconds: nothing was seen later than it is */
struct bytes import_line(struct import *in, struct rd *r, size_t *had); /* the next; *had: hosts before it.  Empty ones count, but say nothing. */
void import_line_end(struct import *in, struct bytes line, size_t had);
bool import_addr(struct import *in, struct bytes text, struct given *g);
void import_mac(struct import *in, struct bytes text, struct given *g);
/* False: it is none, or another has its address: then what is said of it is not of who has that, and it has none any more. */
bool import_host(struct import *in, struct given *g);
bool import_bind(struct import *in, const struct given *g); /* its addresses are of one machine.  False: another has the IP address */
void import_name(struct import *in, const struct given *g, struct bytes name); /* one more */
void import_attribute(struct import *in, const struct given *g, struct bytes name, struct bytes value);
unsigned import_protocol(struct import *in, struct bytes name); /* ours for a name by others, in any case; PROTO_NONE: it is none that is known */
void import_port(struct import *in, const struct given *g, unsigned proto, uint64_t number, unsigned app); /* proto, number: of IP, of the port */
/* What speaks there, as it was said. */
void import_software(struct import *in, const struct given *g, unsigned proto, uint64_t number, const struct bytes told[SERVICE_TEXTS]);

/* The readers. */
void import_nmap(struct import *in, struct bytes all);
void import_isc(struct import *in, struct bytes all);
void import_kea(struct import *in, struct bytes all);
void import_dnsmasq(struct import *in, struct bytes all);
void import_person(struct import *in, struct bytes all);

#endif

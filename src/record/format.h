/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * format - the numbers of the record's files; docs/record-format.md tells what they mean, golden files hold them fast.
 *
 * A segment is pcapng: 4,096 bytes with the section header, then blocks of 1 MB, each a pcapng block of a local type with what
 * is in it and a checksum, packet blocks, and padding.  Beside it lies its index.  All numbers are little endian.
 */
#ifndef RECORD_FORMAT_H
#define RECORD_FORMAT_H

#include <stdint.h>

enum {
    RECORD_VERSION = 4,
    RECORD_VERSION_BLOCKS = 3,   /* up to it: checksums of whole blocks alone */
    RECORD_VERSION_OLDEST = 2,   /* that is read: with fewer bits of each flow's ends */
    RECORD_FILE_HEAD = 4096,
    RECORD_BLOCK = 1 << 20,
    RECORD_BLOCK_HEAD = 96,
    RECORD_LINKS_MAX = 64,       /* interfaces of a segment: one for each link type */
    RECORD_FRAME_MAX = 262144,
    RECORD_APPS_MAX = 250,       /* names of protocols */
    RECORD_MARK = 64,            /* packets of a block, of which one is found without the others */
};

/* Types of pcapng blocks; those above 0x80000000 are for local use (draft-ietf-opsawg-pcapng 3.1): others skip them. */
#define PCAPNG_SECTION 0x0a0d0d0au
#define PCAPNG_INTERFACE 1u
#define PCAPNG_PACKET 6u
#define RECORD_TYPE_HEAD 0x80504348u
#define RECORD_TYPE_PAD 0x80504350u
enum { OPTION_ENDS = 0, OPTION_APPLICATION = 4, OPTION_RESOLUTION = 9, OPTION_PACKET_ID = 5 };

/* The index: a head, then sections. */
enum {
    INDEX_HEAD = 64,
    INDEX_SECTION_ROW = 24,
    INDEX_FIRST = 1024,          /* the first section; each begins at a multiple of INDEX_ALIGN */
    INDEX_ALIGN = 64,
    INDEX_GROUP = 64,            /* flows that are found, and checked, together */
    INDEX_PAGE = 4096,           /* of keys */
    SKETCH_CHUNK = 4096,         /* bytes of the sketch, and of filters, that have one checksum */
    SKETCH_CHUNK_BLOCKS = 16384, /* … up to RECORD_VERSION_BLOCKS */
};
enum index_section {
    SECTION_ABOUT = 1,           /* what the segment is: who wrote it, times, counts, links, names of protocols */
    SECTION_BLOCKS,              /* a row for each block */
    SECTION_GROUPS,              /* where each group of flows begins */
    SECTION_FLOWS,
    SECTION_RUNS,                /* which packets are whose */
    SECTION_UNITS,               /* which sketches a flow is in */
    SECTION_UNIT_FLOWS,          /* which flows are in a sketch */
    SECTION_KEYS,                /* by what flows are found */
    SECTION_SKETCH,              /* bits: a row for each bit of a sketch, a column for each sketch */
    SECTION_SKETCH_SUMS,
    SECTION_MARKS,               /* where in its block each RECORD_MARK-th packet is */
    SECTION_KINDS,               /* what many flows have in common */
    SECTION_ADDRESSES,           /* of the flows' ends, each once */
    SECTION_CODES,               /* how runs are written */
    SECTION_TUPLES,              /* of each flow's ends together: bits of a hash */
    SECTION_FILTERS,             /* grams of each flow's own fields */
    SECTION_FILTER_SUMS,
    SECTION_SIDES,               /* whose bytes are in each sketch */
    SECTION_EARLIER,             /* where the parts before of flows are that began in an earlier segment */
    SECTION_STRETCH_SUMS,        /* of a block's bytes up to the end of each stretch: the packets from a mark to the next */
    SECTION_N
};

/* What a key is of; part of what is hashed, so never renumbered. */
enum record_key {
    KEY_ADDRESS = 1,             /* 16 bytes, IPv4 mapped */
    KEY_PORT = 2,                /* of the server: protocol, port (big endian) */
    KEY_TUPLE = 3,               /* the flow's community id, as text */
    KEY_PROTOCOL = 4,            /* of the application, by name */
    KEY_NAME = 5,                /* a name in lower case: DNS, SNI, Host */
    KEY_PRINT = 6,               /* JA3, JA4, HASSH as text */
    KEY_HASH = 7,                /* of a file, 32, 20 or 16 bytes */
    KEY_USER = 8,                /* lower case */
    KEY_ALERT = 9,               /* gid and sid, 4 bytes each (big endian) */
    KEY_TEXT = 10,               /* whatever else flows are found by, lower case */
    KEY_BLIND = 11,              /* "blind": of flows whose sketches do not tell all; "midstream": of TCP without its beginning */
};

enum record_flow_flag {
    RECORD_CONTINUED = 1 << 0,   /* began in an earlier segment */
    RECORD_BLIND = 1 << 2,       /* not all that rules could look at is in the sketches */
    RECORD_ALERTED = 1 << 3,
    RECORD_CUT = 1 << 4,         /* packets of it were not kept */
    RECORD_REASSEMBLED = 1 << 5, /* fragments of its ends are part of it */
    RECORD_FRAGMENTS = 1 << 6,   /* no flow: the fragments between two addresses */
    RECORD_LOOSE = 1 << 7,       /* no flow: what else has none */
    RECORD_SWAPPED = 1 << 8,     /* client and server changed places */
    RECORD_PARENT = 1 << 9,      /* announced by another flow */
    RECORD_MIDSTREAM = 1 << 10,  /* TCP without its beginning; with RECORD_BLIND any flow of which packets may be another's, or nobody's */
    RECORD_APPS_MORE = 1 << 11,  /* more protocols than are told */
    RECORD_TENANT = 1 << 12,     /* the key has one */
    RECORD_STRANGERS = 1 << 13,  /* it has packets whose ends are not its own: errors about it */
    RECORD_CARRIED = 1 << 14,    /* in a tunnel that was put together from fragments */
    RECORD_CODED = 1 << 15,      /* of a body rules saw what is not in its packets as it is: unpacked, decoded, in pieces */
    RECORD_ENDED = 1 << 1,       /* its end was seen in this segment; else it may go on in a later one */
};

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * capture - the records of one capture file: pcap in all its variants, and pcapng.
 *
 * capture_next yields one frame at a time, in place in the feed.  A file that is cut or corrupt yields what is readable
 * and then ends with an error that names the byte.  Owned by one source; one thread.
 */
#ifndef SOURCE_CAPTURE_H
#define SOURCE_CAPTURE_H

#include "source/feed.h"

#define CAPTURE_FRAME_MAX      262144u /* bytes of a frame; libpcap's limit for ordinary links too */
#define CAPTURE_INTERFACES_MAX 65536u

struct record {
    struct bytes frame;
    uint64_t ts;       /* ns since 1970 */
    uint64_t number;   /* as it was recorded (capture.numbered); 0: none */
    uint32_t wire_len; /* >= frame.n */
    uint16_t link;
    uint64_t offset;   /* of the record in a file in which reading can begin anywhere; 0: it cannot */
};

enum capture_status {
    CAPTURE_RECORD,
    CAPTURE_WAIT, /* not yet there: a live pipe; ask again */
    CAPTURE_END,
    CAPTURE_SKIPPED, /* much was passed over, and there is no frame yet: release what is held, and ask again */
};

struct capture_interface { /* of a pcapng section */
    uint16_t link;
    uint8_t resolution; /* if_tsresol as it stands in the file */
    uint32_t snaplen;   /* 0: no limit */
    int64_t offset;     /* seconds */
};

struct capture {
    struct feed *feed;
    enum capture_status (*next)(struct capture *c, struct record *r);
    bool big; /* byte order of the file, of the section */
    bool ended;
    struct err err; /* why it ended, when not at a proper end */

    /* pcap */
    uint16_t link;
    uint8_t header_len; /* of a record */
    uint32_t snaplen;
    bool nanoseconds;
    bool lengths_swapped, lengths_doubtful; /* files of version before 2.3, and of it */

    /* pcapng */
    struct capture_interface *interface;
    unsigned interface_n, interface_room;
    uint64_t last_ts;
    bool numbered;         /* packets tell their numbers: in an option (epb_packetid), or one more than the one before */
    bool given;            /* interfaces are known, whatever the file says of them */
    uint64_t next_number;
    uint64_t warmed;       /* of what capture_warm read: it is to read */
};

/* Of a pcapng capture that is read from places in its middle: nanoseconds, these link types.  False: no memory. */
bool capture_interfaces(struct capture *c, const uint16_t *link, unsigned n);
/* Passes over at most n packets, of which no more than the head is looked at; how many.  Less where something else stands, or where not all is at hand. */
uint64_t capture_pass(struct capture *c, uint64_t n);
/* Brings the heads of packets into the processor's memory, so many from each of those places in a mapped file on: several at once, since
 * each is found by the one before. */
enum { CAPTURE_WAYS = 8 };
struct capture_way {
    uint64_t offset;
    unsigned steps;
};
void capture_warm(struct capture *c, const struct capture_way *way, unsigned n);
/* Takes the feed over, and waits for what a capture begins with.  False: not a capture file (err says so); the feed is closed. */
bool capture_open(struct capture *c, struct feed *feed, struct err *err);
/* The same where nobody may wait: the feed is taken over, then capture_head is asked until it is no longer CAPTURE_WAIT.  CAPTURE_RECORD:
 * there may be records; CAPTURE_END: not a capture file, err says so, and it is still to be closed. */
void capture_begin(struct capture *c, struct feed *feed);
enum capture_status capture_head(struct capture *c, struct err *err);
void capture_close(struct capture *c);

static inline enum capture_status capture_next(struct capture *c, struct record *r)
{
    return c->ended ? CAPTURE_END : c->next(c, r);
}

/* Ends the capture with a reason; "at byte N" is added.  Always CAPTURE_END. */
enum capture_status capture_fail(struct capture *c, const char *what);
/* n bytes are wanted and `status` says they are not there: wait, a proper end (nothing left), or a cut file. */
enum capture_status capture_short(struct capture *c, enum feed_status status);

static inline uint32_t capture_u32(const struct capture *c, struct rd *r) { return c->big ? rd_be32(r) : rd_le32(r); }
static inline uint16_t capture_u16(const struct capture *c, struct rd *r) { return c->big ? rd_be16(r) : rd_le16(r); }

enum capture_status pcap_file_head(struct capture *c, struct err *err);
enum capture_status pcapng_head(struct capture *c, struct err *err);

#endif

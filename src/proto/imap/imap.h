/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * imap - what imap.c (lines, commands, literals, the row) and imap_fetch.c (which mail a literal is of) share.
 */
#ifndef PROTO_IMAP_IMAP_H
#define PROTO_IMAP_IMAP_H

#include "proto/proto.h"

enum { IMAP_PATH_MAX = 15, IMAP_PARTS_MAX = 16, IMAP_WORD_MAX = 24, IMAP_NAME_MAX = 128, IMAP_HEAD_MAX = 16384 };

/* What a literal of a FETCH response is: the item in front of it (RFC 9051 7.5.2). */
struct imap_item {
    enum imap_section {
        IMAP_NOTHING,           /* none that is looked at */
        IMAP_WHOLE,             /* BODY[], RFC822, BINARY[] */
        IMAP_HEAD,              /* BODY[HEADER], RFC822.HEADER; with a path: BODY[2.MIME] */
        IMAP_TEXT,              /* BODY[TEXT], RFC822.TEXT: what stands behind the head */
        IMAP_PART,              /* BODY[2]: of a part, coded as its own head says */
        IMAP_PLAIN,             /* BINARY[2]: decoded (RFC 3516) */
    } section;
    bool partial;               /* "<offset>" */
    uint64_t message, offset, n;
    uint8_t path_n;
    uint8_t path[IMAP_PATH_MAX];
};

/* A part of a mail as BODYSTRUCTURE tells it; with an empty path the whole of several parts. */
struct imap_part {
    bool attached;
    uint8_t path_n, coding_n, name_n;
    uint8_t path[IMAP_PATH_MAX], coding[IMAP_WORD_MAX];
    uint8_t name[IMAP_NAME_MAX]; /* of the file; of several parts: what stands between them */
};

/* What was told of a message before its text comes; one a flow. */
struct imap_known {
    uint64_t message;           /* the parts are of it */
    unsigned part_n;
    struct imap_part part[IMAP_PARTS_MAX];
    struct imap_item head_of;   /* whose head is kept */
    bool head_cut;
    unsigned head_n;
    uint8_t head[IMAP_HEAD_MAX];
};

struct imap_fetch {
    uint64_t message;           /* the response under way is about it; 0: about none */
    uint64_t sized, size;       /* RFC822.SIZE of message `sized` */
    uint64_t next;              /* of the mail that may go on, bytes that came */
    struct imap_item item;      /* the literal that comes, or flows by */
    struct imap_item open;      /* the mail that may go on: more of it is asked for piece by piece */
    struct imap_known *known;   /* NULL: nothing yet */
};

enum imap_literal { IMAP_LITERAL_SKIP, IMAP_LITERAL_NAME, IMAP_LITERAL_MAIL, IMAP_LITERAL_HEAD };

/* A piece of an untagged FETCH response, up to its literal of n bytes (literal false: to its end): notes what it tells, says what the
 * literal is for. */
enum imap_literal imap_fetch_part(struct conn *c, struct imap_fetch *f, struct bytes text, bool literal, uint64_t n);
/* Is the literal that begins the next piece of the mail that is open? */
bool imap_fetch_goes_on(const struct imap_fetch *f);
/* What stands in front of the text when it is read as a mail: its own head, or one made of what is known of the part. */
void imap_fetch_begin(const struct imap_fetch *f, struct mail *m);
void imap_fetch_head(struct imap_fetch *f, struct bytes chunk); /* of a literal that is a head */
/* The literal is over; asked: the arguments of its command.  True: nothing more of this mail comes. */
bool imap_fetch_over(struct imap_fetch *f, struct bytes asked);

#endif

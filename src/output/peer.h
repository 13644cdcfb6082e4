/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * peer - another program that records are sent to, for the sinks that have one: a queue of bounded size and a connection, neither of
 * which makes the output thread wait.
 *
 * A record lies in the queue until the sink is done with it (it was sent, or answered); what one connection did not get done goes
 * again over the next.  What the queue has no room for is lost, and counted.  Where the records' makers can wait (reading files) a full
 * queue waits for its reader, until that has once made no room for PATIENCE_MS.  The sink's own part is pump.
 */
#ifndef OUTPUT_PEER_H
#define OUTPUT_PEER_H

#include "output/sink.h"

enum { QUEUE_MAX = 16 << 20 /* bytes */, AGAIN_MS = 1000, PATIENCE_MS = 5000, LINGER_MS = 3000 };

struct peer {
    /* Connects where it is time to, and does what can be done now without waiting.  False: there is no connection. */
    bool (*pump)(struct sink *s);
    char name[300];             /* for messages */
    bool local;                 /* it is there or it is not: at the end nobody waits for it to come */
    bool piped;                 /* the connection is a pipe, no socket */
    bool patient;               /* a full queue waits */
    bool held;                  /* nothing of the queue is sent yet: something else is to be answered first */
    int fd;                     /* non-blocking; -1: no connection */
    int64_t again;              /* ms: not before that */
    uint8_t *queue;             /* records: [first, sent) are on their way, [sent, n) to be sent */
    size_t room, first, n, sent;
    uint32_t *length;           /* of each record in the queue, oldest first, a ring */
    size_t length_room, length_first, length_n, flying /* of these, sent whole */;
    size_t begun;               /* bytes of the one behind those which have gone */
};

int64_t peer_now(void);         /* ms */
void peer_init(struct peer *p, const struct sink *s, bool (*pump)(struct sink *s), bool local);
/* The connection ends, and another may be made in a while; errno stays. */
void peer_hang_up(struct peer *p);
/* A record of n pieces goes into the queue, or is lost. */
void peer_put(struct sink *s, struct peer *p, const struct bytes *piece, unsigned n);
/* As much of the queue as the connection takes, one stream.  False with errno: it has ended. */
bool peer_send(struct peer *p);
size_t peer_length(const struct peer *p); /* bytes of the record to be sent next; 0: none is */
void peer_went(struct peer *p, size_t n); /* so many of the bytes to be sent have gone */
void peer_done(struct peer *p);           /* with the oldest record */
/* Waits a little for what is in the queue; what stays in it is lost. */
void peer_close(struct sink *s, struct peer *p);

#endif

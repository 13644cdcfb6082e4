/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dnp3 - shared by dnp3.c (link frames, transport, transactions, fields), dnp3_objects.c (what an application fragment holds) and
 * dnp3_log.c (records).
 *
 * A transaction is one application fragment, put together from its link frames without their check sums.  Objects are checked
 * once, when the fragment is whole; of each its head is kept, and its points are read again from the fragment for a record.
 */
#ifndef PROTO_DNP3_DNP3_H
#define PROTO_DNP3_DNP3_H

#include "proto/proto.h"

enum dnp3_note {
    DNP3_FLOODED, DNP3_LEN_TOO_SMALL, DNP3_BAD_LINK_CRC, DNP3_BAD_TRANSPORT_CRC, DNP3_MALFORMED, DNP3_UNKNOWN_OBJECT, DNP3_TOO_MANY_POINTS,
    DNP3_TOO_MANY_OBJECTS, DNP3_TOO_LONG_REASSEMBLY
};

struct dnp3_settings {
    uint32_t requests_max;    /* max-tx */
    uint32_t points_max, objects_max;
};

/* IEEE 1815 4.2.2: what stands in front of an object's points. */
struct dnp3_object {
    uint8_t group, variation, qualifier;
    uint32_t start, stop, count;
    uint32_t read;            /* points that could be read */
    struct bytes points;      /* where they begin, within the fragment */
};

struct dnp3 {
    bool request;             /* from the master */
    bool whole, complete;     /* all frames are there; all objects were read */
    uint8_t link;             /* control octet of the first link frame */
    uint16_t source, destination;
    uint8_t transport;        /* sequence number of the last frame */
    uint8_t control, function;
    uint16_t indications;     /* of a response; the first octet high */
    struct arena_text data;   /* the fragment */
    struct dnp3_object *object;
    uint32_t object_n, object_room;
};

enum { DNP3_RESPONSE = 0x81, DNP3_UNSOLICITED = 0x82, DNP3_AUTHENTICATION = 0x83 };

/* Reads the objects of a whole fragment, behind its head; notes what is wrong. */
void dnp3_objects(struct txn *t, const struct dnp3_settings *s, struct rd r);
/* The points of an object read before, each as an object of the open array. */
void dnp3_log_points(struct json *j, const struct dnp3_object *o);

extern const struct names dnp3_functions, dnp3_indications; /* of the latter the number is the bit */
bool dnp3_object_named(struct bytes name, uint64_t *number);
void dnp3_log(const struct txn *t, struct json *j);
bool dnp3_log_wanted(const struct txn *t);
void dnp3_log_part(const struct txn *t, unsigned i, struct json *j);

#endif

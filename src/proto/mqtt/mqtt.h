/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mqtt - MQTT 3.1, 3.1.1 and 5 (OASIS MQTT 3.1.1 and 5.0): what the files of this folder share.
 *
 * A transaction is an exchange: CONNECT and CONNACK, PUBLISH and its acknowledgements, SUBSCRIBE and SUBACK; other messages
 * are one each.  Messages and their text lie in the transaction's arena.
 */
#ifndef PROTO_MQTT_H
#define PROTO_MQTT_H

#include "proto/proto.h"

enum mqtt_type { MQTT_UNASSIGNED, MQTT_CONNECT, MQTT_CONNACK, MQTT_PUBLISH, MQTT_PUBACK, MQTT_PUBREC, MQTT_PUBREL, MQTT_PUBCOMP, MQTT_SUBSCRIBE,
                 MQTT_SUBACK, MQTT_UNSUBSCRIBE, MQTT_UNSUBACK, MQTT_PINGREQ, MQTT_PINGRESP, MQTT_DISCONNECT, MQTT_AUTH };
extern const char *const mqtt_type_names[16]; /* in capitals */

/* Low bits of a message's first byte, and of CONNECT's flags (3.1.2.3). */
enum { MQTT_RETAIN = 1, MQTT_DUP = 8 };
enum { MQTT_CLEAN = 0x02, MQTT_WILL = 0x04, MQTT_WILL_RETAIN = 0x20, MQTT_PASSWORD = 0x40, MQTT_USERNAME = 0x80 };

struct mqtt_topic {
    struct mqtt_topic *next;
    struct bytes name;
    uint8_t qos;
};

struct mqtt_message {
    struct mqtt_message *next;
    uint8_t type;              /* enum mqtt_type */
    uint8_t flags;             /* the low four bits of its first byte */
    uint8_t version;           /* of the protocol: 3, 4, 5 */
    bool truncated;            /* longer than is read: only its length is known */
    bool has_id, has_code;
    uint16_t id;
    uint32_t length;           /* bytes behind the fixed header */
    uint8_t code;              /* return or reason code */
    uint8_t connect_flags;     /* CONNECT's; CONNACK: session present in bit 0 */
    struct bytes protocol, client, username, password, will_topic, will_message; /* CONNECT */
    struct bytes topic, payload; /* PUBLISH */
    struct mqtt_topic *topics; /* SUBSCRIBE, UNSUBSCRIBE */
    struct bytes codes;        /* SUBACK: granted; UNSUBACK: reasons; one byte each */
    struct bytes properties, will_properties; /* as on the wire, checked */
};

struct mqtt {
    struct mqtt_message *first, *last;
    uint32_t n;
    uint32_t key;              /* what later messages find it by: type << 16 | id */
};

struct mqtt_settings {
    uint64_t message_max;      /* app-layer.protocols.mqtt.max-msg-length */
    uint64_t string_max;       /* of logged strings; 0: no limit */
    uint32_t subscribe_max, unsubscribe_max; /* topics that rules look at */
    uint32_t messages_max;     /* of one transaction */
    uint32_t txn_max;
    bool passwords;
};

/* A length of up to four bytes, seven bits each (1.5.5); the reader fails when it has more. */
uint32_t mqtt_varint(struct rd *r);
/* Skips one property; false: unknown or cut.  With a writer its member is written. */
bool mqtt_property(struct rd *r, struct json *j, const struct mqtt_settings *s);
void mqtt_log(const struct txn *t, struct json *j);

#endif

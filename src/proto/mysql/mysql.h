/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mysql - shared by the protocol's files: what is kept of a connection and of an exchange, and the reading of packets.
 */
#ifndef PROTO_MYSQL_MYSQL_H
#define PROTO_MYSQL_MYSQL_H

#include "proto/proto.h"

enum mysql_note {
    MYSQL_MALFORMED_GREETING, MYSQL_MALFORMED_LOGIN, MYSQL_MALFORMED_COMMAND, MYSQL_MALFORMED_RESPONSE, MYSQL_UNKNOWN_COMMAND, MYSQL_CLEARTEXT_PASSWORD,
};

/* Capabilities that change how packets are read. */
enum {
    CAN_LONG_FLAG = 1u << 2, CAN_CONNECT_WITH_DB = 1u << 3, CAN_COMPRESS = 1u << 5, CAN_PROTOCOL_41 = 1u << 9, CAN_SSL = 1u << 11, CAN_SECURE = 1u << 15,
    CAN_PLUGIN_AUTH = 1u << 19, CAN_ATTRIBUTES = 1u << 20, CAN_AUTH_LENENC = 1u << 21, CAN_DEPRECATE_EOF = 1u << 24, CAN_ZSTD = 1u << 26, CAN_QUERY_ATTRIBUTES = 1u << 27,
};

enum { MYSQL_UNIT_MAX = 16 * 1024, MYSQL_ATTRIBUTES_MAX = 32, MYSQL_ROW_UNIT = 600 };

/* What the server's next packet of an exchange is. */
enum mysql_expect {
    EXPECT_GREETING, EXPECT_AUTH, EXPECT_RESULT, EXPECT_COLUMNS, EXPECT_COLUMNS_END, EXPECT_ROWS, EXPECT_PREPARED, EXPECT_DEFINITIONS, EXPECT_FIELDS, EXPECT_TEXT,
    EXPECT_NOTHING,
};

struct mysql_attribute {
    struct bytes name, value;
};

struct mysql {
    uint8_t expect;             /* enum mysql_expect */
    bool login, tls, cut;
    bool has_command, has_statement, ok, error;
    uint8_t command;
    struct bytes version, user, database, plugin, text;
    struct bytes client;        /* its connector and that one's version: "libmysql/8.0.33" */
    uint32_t statement;
    uint64_t left;              /* definitions still to come */
    uint64_t affected, rows;
    bool has_rows;
    uint16_t error_code;
    struct bytes error_state, error_text;
    struct mysql_attribute *attribute;
    unsigned attribute_n;
};

struct mysql_state {
    uint64_t skip[2];           /* of a packet longer than a unit */
    uint32_t server_can, can;   /* capabilities */
    bool known;                 /* the login was seen: `can` is what both agreed on */
    bool squeezed;              /* compression was agreed on */
};

struct mysql_packet {
    struct rd r;
    uint32_t length;
    uint8_t sequence;
    bool cut;                   /* its end is not among the bytes */
};

enum { MYSQL_FIELDS = 10 };
extern const struct field mysql_fields[MYSQL_FIELDS];
void mysql_log(const struct txn *t, struct json *j);
extern const struct names mysql_commands;

struct bytes mysql_text(struct rd *r);      /* up to a NUL, or all there is */
uint64_t mysql_number(struct rd *r);        /* a length-encoded integer */
void mysql_login(struct conn *c, struct txn *t, struct rd r);
void mysql_user_change(struct conn *c, struct txn *t, struct rd r);
/* Passes over a query's attributes; false when they do not fit. */
bool mysql_query_attributes(struct rd *r);
void mysql_reply(struct conn *c, struct txn *t, struct mysql_packet p);

#endif

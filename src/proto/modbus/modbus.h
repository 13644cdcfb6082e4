/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * modbus - shared by modbus.c (framing, exchanges, fields), modbus_message.c (one message) and modbus_log.c (records).
 *
 * A transaction is a request and the response that names the same transaction, unit and function.
 */
#ifndef PROTO_MODBUS_MODBUS_H
#define PROTO_MODBUS_MODBUS_H

#include "proto/proto.h"

enum modbus_note {
    MODBUS_PROTOCOL_ID, MODBUS_UNSOLICITED, MODBUS_LENGTH, MODBUS_UNIT, MODBUS_FUNCTION, MODBUS_VALUE, MODBUS_EXCEPTION, MODBUS_MISMATCH, MODBUS_FLOODED
};
enum modbus_flag { FLAG_VALUE = 1, FLAG_LENGTH = 2, FLAG_EXCEPTION = 4, FLAG_FUNCTION = 8, FLAG_PROTOCOL = 16 };
enum modbus_access {
    READ = 1, WRITE = 2, DISCRETES = 4, COILS = 8, INPUT = 16, HOLDING = 32, SINGLE = 64, MULTIPLE = 128, WRITE_SINGLE = 256, WRITE_MULTIPLE = 512
};
enum modbus_category { PUBLIC_ASSIGNED = 1, PUBLIC_UNASSIGNED = 2, USER_DEFINED = 4, RESERVED = 8 };
enum modbus_exception { EXCEPTION_BIT = 0x80 };

struct modbus_message {
    bool there;
    uint16_t transaction, protocol;
    uint8_t unit, function;   /* the function as on the wire */
    uint16_t flags, access;
    uint8_t category;
    bool has_bytes, has_code, has_read, has_write, many /* it writes several */, has_values, has_mask, has_exception;
    uint16_t code;            /* of diagnostics, of an encapsulated interface */
    struct bytes bytes;       /* what has no finer shape; what was read; data of diagnostics and interfaces */
    uint16_t read_address, read_quantity;
    uint16_t write_address, write_quantity; /* … or the one value */
    struct bytes values;
    uint16_t and_mask, or_mask;
    uint8_t exception;
    struct bytes data;        /* all behind the function, where rules ask for it */
};

struct modbus {
    struct modbus_message request, response;
};

/* Reads a message behind its unit identifier; what is wrong about it are its flags. */
void modbus_read(struct modbus_message *m, bool request, struct rd r, struct arena *a);
/* Does the response say what the request asked for? */
bool modbus_agree(const struct modbus_message *request, const struct modbus_message *response);
const char *modbus_diagnostic_name(uint16_t code);
const char *modbus_function_name(const struct modbus_message *m);
/* The i-th value that a request writes; false past the end. */
bool modbus_value(const struct modbus_message *m, unsigned i, uint16_t *out);
void modbus_log(const struct txn *t, struct json *j);

#endif

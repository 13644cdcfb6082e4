/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "proto/modbus/modbus.h"

struct bit {
    uint16_t bit;
    const char *name;
};

static size_t append(char *text, size_t at, size_t room, const char *s)
{
    for (size_t i = 0; s[i] != '\0' && at < room; i++) {
        text[at++] = s[i];
    }
    return at;
}

/* "READ | COILS"; of no bits "NONE". */
static void log_bits(struct json *j, const char *key, const struct bit *rows, size_t n, unsigned bits)
{
    char text[96];
    size_t at = 0;

    for (size_t i = 0; i < n; i++) {
        if ((bits & rows[i].bit) != 0) {
            at = append(text, at, sizeof text, at != 0 ? " | " : "");
            at = append(text, at, sizeof text, rows[i].name);
        }
    }
    json_bytes(j, key, at != 0 ? bytes_of(text, at) : (struct bytes)BYTES("NONE"));
}

static const struct bit access_bits[] = {
    { READ, "READ" }, { WRITE, "WRITE" }, { DISCRETES, "DISCRETES" }, { COILS, "COILS" }, { INPUT, "INPUT" }, { HOLDING, "HOLDING" },
    { SINGLE, "SINGLE" }, { MULTIPLE, "MULTIPLE" }, { WRITE_SINGLE, "WRITE_SINGLE" }, { WRITE_MULTIPLE, "WRITE_MULTIPLE" },
};
static const struct bit category_bits[] = {
    { PUBLIC_ASSIGNED, "PUBLIC_ASSIGNED" }, { PUBLIC_UNASSIGNED, "PUBLIC_UNASSIGNED" }, { USER_DEFINED, "USER_DEFINED" }, { RESERVED, "RESERVED" },
};
static const struct bit flag_bits[] = {
    { FLAG_VALUE, "DATA_VALUE" }, { FLAG_LENGTH, "DATA_LENGTH" }, { FLAG_EXCEPTION, "EXC_CODE" }, { FLAG_FUNCTION, "FUNC_CODE" }, { FLAG_PROTOCOL, "PROTO_ID" },
};

static const char *exception_name(uint8_t code)
{
    static const char *const names[] = { NULL, "IllegalFunction", "IllegalDataAddr", "IllegalDataValue", "ServerDeviceFail", "Ack", "ServerDeviceBusy", "NegAck",
                                         "MemParityErr", NULL, "GatewayPathUnavailable", "GatewayTargetFailToResp" };

    return code < ROWS(names) && names[code] != NULL ? names[code] : "Unknown";
}

static void log_code(struct json *j, const struct modbus_message *m)
{
    bool diagnostic = (m->function & 0x7f) == 8;

    json_object(j, diagnostic ? "diagnostic" : "mei");
    json_u64(j, "raw", m->code);
    json_string(j, "code", diagnostic ? modbus_diagnostic_name(m->code) : m->code == 13 ? "CANOpenGenRefReqResp" : m->code == 14 ? "RdDevId" : "Unknown");
    json_bytes(j, "data", m->bytes);
    json_end_object(j);
}

static void log_write(struct json *j, const struct modbus_message *m)
{
    json_object(j, "write");
    json_u64(j, "address", m->write_address);
    if (!json_own(j) && (m->has_mask || m->many)) {
        /* the published schema has one datum only */
    } else if (m->has_mask) {
        json_u64(j, "and_mask", m->and_mask);
        json_u64(j, "or_mask", m->or_mask);
    } else if (m->many) {
        json_u64(j, "quantity", m->write_quantity);
        json_bytes(j, "data", m->values);
    } else {
        json_u64(j, "data", m->write_quantity);
    }
    json_end_object(j);
}

static void log_message(struct json *j, const char *key, const struct modbus_message *m)
{
    json_object(j, key);
    json_u64(j, "transaction_id", m->transaction);
    json_u64(j, "protocol_id", m->protocol);
    json_u64(j, "unit_id", m->unit);
    json_u64(j, "function_raw", m->function);
    json_string(j, "function_code", modbus_function_name(m));
    log_bits(j, "access_type", access_bits, ROWS(access_bits), m->access);
    log_bits(j, "category", category_bits, ROWS(category_bits), m->category);
    log_bits(j, "error_flags", flag_bits, ROWS(flag_bits), m->flags);
    if (m->has_exception) {
        json_object(j, "exception");
        json_u64(j, "raw", m->exception);
        json_string(j, "code", exception_name(m->exception));
        json_end_object(j);
    }
    if (m->has_code) {
        log_code(j, m);
    }
    if (m->has_bytes) {
        json_bytes(j, "data", m->bytes);
    }
    if (m->has_read || m->has_values) {
        json_object(j, "read");
        if (m->has_values) {
            json_bytes(j, "data", m->bytes);
        } else {
            json_u64(j, "address", m->read_address);
            json_u64(j, "quantity", m->read_quantity);
        }
        json_end_object(j);
    }
    if (m->has_write || m->has_mask) {
        log_write(j, m);
    }
    json_end_object(j);
}

void modbus_log(const struct txn *t, struct json *j)
{
    const struct modbus *d = txn_data_const(t);

    json_u64(j, "id", t->id + 1);
    if (d->request.there) {
        log_message(j, "request", &d->request);
    }
    if (d->response.there) {
        log_message(j, "response", &d->response);
    }
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of codes, and records. */
#include "proto/enip/enip.h"

/* Volume 2, table 2-3.2 and 2-3.3; as rules and records write them. */
static const struct code commands[] = {
    { ENIP_NOP, "nop" }, { ENIP_LIST_SERVICES, "list_services" }, { ENIP_LIST_IDENTITY, "list_identity" }, { ENIP_LIST_INTERFACES, "list_interfaces" },
    { ENIP_REGISTER, "register_session" }, { ENIP_UNREGISTER, "unregister_session" }, { ENIP_SEND_RR, "send_r_r_data" }, { ENIP_SEND_UNIT, "send_unit_data" },
    { ENIP_INDICATE, "indicate_status" }, { ENIP_CANCEL, "cancel" },
};
static const struct code statuses[] = {
    { 0x00, "success" }, { 0x01, "invalid_cmd" }, { 0x02, "no_resources" }, { 0x03, "incorrect_data" }, { 0x64, "invalid_session" },
    { 0x65, "invalid_length" }, { 0x69, "unsupported_prot_rev" }, { 0x6a, "encap_header_error" },
};

static const struct code vendors[] = {
#define VENDOR(code, name) { code, name },
#include "proto/enip/enip_vendors.list"
#undef VENDOR
};
static const struct code devices[] = {
#define DEVICE(code, name) { code, name },
#include "proto/enip/enip_devices.list"
#undef DEVICE
};
#define NOTHING(code, name)
#define ROW(code, name) { code, name },
static const struct code services[] = {
#define SERVICE ROW
#define STATUS NOTHING
#define EXTENDED NOTHING
#define CLASS NOTHING
#include "proto/enip/cip_codes.list"
#undef SERVICE
#undef STATUS
};
static const struct code cip_statuses[] = {
#define SERVICE NOTHING
#define STATUS ROW
#include "proto/enip/cip_codes.list"
#undef STATUS
#undef EXTENDED
};
static const struct code extended[] = {
#define STATUS NOTHING
#define EXTENDED ROW
#include "proto/enip/cip_codes.list"
#undef EXTENDED
#undef CLASS
};
static const struct code classes[] = {
#define EXTENDED NOTHING
#define CLASS ROW
#include "proto/enip/cip_codes.list"
#undef SERVICE
#undef STATUS
#undef EXTENDED
#undef CLASS
};

const struct names enip_commands = { .codes = commands, .n = ROWS(commands) };
const struct names enip_statuses = { .codes = statuses, .n = ROWS(statuses) };

/* The name, or "unknown-NUMBER". */
static void log_name(struct json *j, const char *key, const char *name, uint32_t code)
{
    static const char unknown[] = "unknown-";
    char text[sizeof unknown + 20], digits[20];
    size_t n = 0, k = text_digits(code, digits);

    if (name != NULL) {
        json_string(j, key, name);
        return;
    }
    for (size_t i = 0; i + 1 < sizeof unknown; i++) {
        text[n++] = unknown[i];
    }
    for (size_t i = 0; i < k; i++) {
        text[n++] = digits[i];
    }
    json_bytes(j, key, bytes_of(text, n));
}

#define LOG_CODE(j, key, rows, code) log_name((j), (key), names_name(NAMES_CODES(rows), (code)), (code))

static void log_path(struct json *j, const struct cip *c)
{
    static const char *const types[16] = { [CIP_CLASS] = "class", [CIP_INSTANCE] = "instance", [CIP_ATTRIBUTE] = "attribute" };
    const struct cip_segment *last = NULL;

    if (c->path_n == 0) {
        return;
    }
    json_array(j, "path");
    for (unsigned i = 0; i < c->path_n; i++) {
        const struct cip_segment *s = &c->path[i];
        last = s->type >> 2 == CIP_CLASS ? s : last;
        json_object(j, NULL);
        log_name(j, "segment_type", types[s->type >> 2 & 15], s->type);
        json_u64(j, "value", s->value);
        json_end_object(j);
    }
    json_end_array(j);
    if (last != NULL) {
        LOG_CODE(j, "class_name", classes, last->value);
    }
}

static void log_cip(struct json *j, const struct cip *c)
{
    LOG_CODE(j, "service", services, c->service);
    if (c->response) {
        struct rd r = rd_of(c->extended);
        uint16_t code = rd_le16(&r);
        LOG_CODE(j, "status", cip_statuses, c->status);
        if (c->extended.n != 0) {
            json_hex(j, "status_extended", c->extended, 0);
        }
        const char *meaning = rd_done(&r) ? names_name(NAMES_CODES(extended), code) : NULL;
        if (meaning != NULL) {
            json_string(j, "status_extended_meaning", meaning);
        }
    } else {
        log_path(j, c);
    }
    if (c->child != NULL) {
        json_array(j, "multiple");
        for (const struct cip *k = c->child; k != NULL; k = k->next) {
            json_object(j, NULL);
            log_cip(j, k);
            json_end_object(j);
        }
        json_end_array(j);
    }
}

static void log_identity(struct json *j, const struct enip_message *m)
{
    char revision[8], digits[20];
    size_t n = 0;

    for (unsigned i = 0; i < 2; i++) {
        size_t k = text_digits(m->revision[i], digits);
        for (size_t at = 0; at < k; at++) {
            revision[n++] = digits[at];
        }
        if (i == 0) {
            revision[n++] = '.';
        }
    }
    json_object(j, "identity");
    json_u64(j, "protocol_version", m->version);
    json_bytes(j, "revision", bytes_of(revision, n));
    LOG_CODE(j, "vendor_id", vendors, m->vendor);
    LOG_CODE(j, "device_type", devices, m->device);
    json_u64(j, "product_code", m->product);
    json_u64(j, "status", m->state_bits);
    json_u64(j, "serial", m->serial);
    json_bytes(j, "product_name", m->product_name);
    json_u64(j, "state", m->state);
    json_end_object(j);
}

static void log_message(struct json *j, const char *key, const struct enip_message *m)
{
    json_object(j, key);
    log_name(j, "command", names_name(&enip_commands, m->command), m->command);
    log_name(j, "status", names_name(&enip_statuses, m->status), m->status);
    if (m->options != 0) {
        json_u64(j, "options", m->options);
    }
    if (m->command == ENIP_REGISTER && m->has_version) {
        json_object(j, "register_session");
        json_u64(j, "protocol_version", m->version);
        json_u64(j, "options", m->register_options);
        json_end_object(j);
    }
    if (m->has_cip) {
        json_object(j, "cip");
        log_cip(j, &m->cip);
        json_end_object(j);
    }
    if (m->has_service) {
        json_object(j, "list_services");
        json_u64(j, "protocol_version", m->version);
        json_u64(j, "capabilities", m->capabilities);
        json_bytes(j, "service_name", m->service_name);
        json_end_object(j);
    }
    if (m->has_identity) {
        log_identity(j, m);
    }
    json_end_object(j);
}

void enip_log(const struct txn *t, struct json *j)
{
    const struct enip *d = txn_data_const(t);

    if (d->request.there) {
        log_message(j, "request", &d->request);
    }
    if (d->response.there) {
        log_message(j, "response", &d->response);
    }
}

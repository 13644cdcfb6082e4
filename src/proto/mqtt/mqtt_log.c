/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "proto/mqtt/mqtt.h"

static void log_text(struct json *j, const char *key, struct bytes b, const struct mqtt_settings *s) { json_bytes_cut(j, key, b, s->string_max); }

/* ------- properties (2.2.2.2) ------- */

enum form { FORM_NONE, FORM_BYTE, FORM_U16, FORM_U32, FORM_VARINT, FORM_TEXT, FORM_PAIR };
static const struct {
    const char *name;
    uint8_t form;
} properties[] = {
    [1] = { "payload_format_indicator", FORM_BYTE },      [2] = { "message_expiry_interval", FORM_U32 },
    [3] = { "content_type", FORM_TEXT },                  [8] = { "response_topic", FORM_TEXT },
    [9] = { "correlation_data", FORM_TEXT },              [11] = { "subscription_identifier", FORM_VARINT },
    [17] = { "session_expiry_interval", FORM_U32 },       [18] = { "assigned_client_identifier", FORM_TEXT },
    [19] = { "server_keep_alive", FORM_U16 },             [21] = { "authentication_method", FORM_TEXT },
    [22] = { "authentication_data", FORM_TEXT },          [23] = { "request_problem_info", FORM_BYTE },
    [24] = { "will_delay_interval", FORM_U32 },           [25] = { "request_response_info", FORM_BYTE },
    [26] = { "response_information", FORM_TEXT },         [28] = { "server_reference", FORM_TEXT },
    [31] = { "reason_string", FORM_TEXT },                [33] = { "receive_maximum", FORM_U16 },
    [34] = { "topic_alias_maximum", FORM_U16 },           [35] = { "topic_alias", FORM_U16 },
    [36] = { "maximum_qos", FORM_BYTE },                  [37] = { "retain_available", FORM_BYTE },
    [38] = { "user_property", FORM_PAIR },                [39] = { "maximum_packet_size", FORM_U32 },
    [40] = { "wildcard_subscription_available", FORM_BYTE }, [41] = { "subscription_identifiers_available", FORM_BYTE },
    [42] = { "shared_subscription_available", FORM_BYTE },
};

/* A user's property goes under its own name, as far as a key may have its bytes. */
static bool property_pair(struct rd *r, struct json *j, const struct mqtt_settings *s)
{
    struct rd name = rd_vec16(r), value = rd_vec16(r);
    char room[128];

    if (j == NULL || !rd_ok(r)) {
        return rd_ok(r);
    }
    log_text(j, json_key_of(rd_rest(&name), room, sizeof room), rd_rest(&value), s);
    return true;
}

bool mqtt_property(struct rd *r, struct json *j, const struct mqtt_settings *s)
{
    uint32_t id = mqtt_varint(r);
    uint64_t n = 0;

    if (!rd_ok(r) || id >= ROWS(properties)) {
        return false;
    }
    switch ((enum form)properties[id].form) {
    case FORM_BYTE: n = rd_u8(r); break;
    case FORM_U16: n = rd_be16(r); break;
    case FORM_U32: n = rd_be32(r); break;
    case FORM_VARINT: n = mqtt_varint(r); break;
    case FORM_TEXT: {
        struct rd v = rd_vec16(r);
        if (j != NULL && rd_ok(r)) {
            log_text(j, properties[id].name, rd_rest(&v), s);
        }
        return rd_ok(r);
    }
    case FORM_PAIR: return property_pair(r, j, s);
    case FORM_NONE:
    default: return false;
    }
    if (j != NULL && rd_ok(r)) {
        json_u64(j, properties[id].name, n);
    }
    return rd_ok(r);
}

static void log_properties(struct json *j, struct bytes b, const struct mqtt_settings *s)
{
    struct rd r = rd_of(b);

    if (b.n == 0) {
        return;
    }
    json_object(j, "properties");
    while (rd_left(&r) != 0 && mqtt_property(&r, j, s)) {
    }
    json_end_object(j);
}

/* ------- messages ------- */

static void log_connect(struct json *j, const struct mqtt_message *m, const struct mqtt_settings *s)
{
    static const struct { const char *name; uint8_t bit; } flags[] = { { "username", MQTT_USERNAME }, { "password", MQTT_PASSWORD },
        { "will_retain", MQTT_WILL_RETAIN }, { "will", MQTT_WILL }, { "clean_session", MQTT_CLEAN } };

    json_bytes(j, "protocol_string", m->protocol);
    json_u64(j, "protocol_version", m->version);
    json_object(j, "flags");
    for (unsigned i = 0; i < ROWS(flags); i++) {
        json_bool(j, flags[i].name, (m->connect_flags & flags[i].bit) != 0);
    }
    json_end_object(j);
    log_text(j, "client_id", m->client, s);
    if ((m->connect_flags & MQTT_WILL) != 0) {
        json_object(j, "will");
        log_text(j, "topic", m->will_topic, s);
        log_text(j, "message", m->will_message, s);
        log_properties(j, m->will_properties, s);
        json_end_object(j);
    }
    if ((m->connect_flags & MQTT_USERNAME) != 0) {
        log_text(j, "username", m->username, s);
    }
    if ((m->connect_flags & MQTT_PASSWORD) != 0 && s->passwords) {
        log_text(j, "password", m->password, s);
    }
}

/* The limit on strings is for all topics of a message together. */
static void log_topics(struct json *j, const struct mqtt_message *m, const struct mqtt_settings *s)
{
    uint64_t left = s->string_max != 0 ? s->string_max : UINT64_MAX;

    json_array(j, "topics");
    for (const struct mqtt_topic *t = m->topics; t != NULL && left != 0; t = t->next) {
        if (m->type == MQTT_UNSUBSCRIBE) {
            json_bytes_cut(j, NULL, t->name, left);
        } else {
            json_object(j, NULL);
            json_bytes_cut(j, "topic", t->name, left);
            json_u64(j, "qos", t->qos);
            json_end_object(j);
        }
        left -= t->name.n < left ? t->name.n : left;
    }
    json_end_array(j);
}

static void log_codes(struct json *j, const char *key, struct bytes codes)
{
    json_array(j, key);
    for (size_t i = 0; i < codes.n; i++) {
        json_u64(j, NULL, codes.p[i]);
    }
    json_end_array(j);
}

static void log_body(struct json *j, const struct mqtt_message *m, const struct mqtt_settings *s)
{
    switch ((enum mqtt_type)m->type) {
    case MQTT_CONNECT: log_connect(j, m, s); break;
    case MQTT_CONNACK:
        json_bool(j, "session_present", (m->connect_flags & 1) != 0);
        json_u64(j, "return_code", m->code);
        break;
    case MQTT_PUBLISH:
        log_text(j, "topic", m->topic, s);
        log_text(j, "message", m->payload, s);
        break;
    case MQTT_SUBSCRIBE:
    case MQTT_UNSUBSCRIBE: log_topics(j, m, s); break;
    case MQTT_SUBACK: log_codes(j, "qos_granted", m->codes); break;
    case MQTT_UNSUBACK:
        if (m->version >= 5) {
            log_codes(j, "reason_codes", m->codes);
        }
        break;
    case MQTT_PUBACK:
    case MQTT_PUBREC:
    case MQTT_PUBREL:
    case MQTT_PUBCOMP:
    case MQTT_DISCONNECT:
    case MQTT_AUTH:
        if (m->has_code) {
            json_u64(j, "reason_code", m->code);
        }
        break;
    case MQTT_UNASSIGNED:
    case MQTT_PINGREQ:
    case MQTT_PINGRESP: break;
    default: break;
    }
}

void mqtt_log(const struct txn *t, struct json *j)
{
    static const char *const keys[16] = { "unassigned", "connect", "connack",     "publish",  "puback",  "pubrec",   "pubrel",     "pubcomp",
                                          "subscribe",  "suback",  "unsubscribe", "unsuback", "pingreq", "pingresp", "disconnect", "auth" };
    const struct mqtt_settings *s = txn_settings(t);
    const struct mqtt *d = txn_data_const(t);

    for (const struct mqtt_message *m = d->first; m != NULL; m = m->next) {
        if (m->type == MQTT_UNASSIGNED && !json_own(j)) {
            continue;
        }
        json_object(j, keys[m->type & 15]);
        json_u64(j, "qos", m->flags >> 1 & 3);
        json_bool(j, "retain", (m->flags & MQTT_RETAIN) != 0);
        json_bool(j, "dup", (m->flags & MQTT_DUP) != 0);
        if (m->truncated) {
            json_bool(j, "truncated", true);
            json_u64(j, "skipped_length", m->length);
        } else {
            if (m->has_id) {
                json_u64(j, "message_id", m->id);
            }
            log_body(j, m, s);
            log_properties(j, m->properties, s);
        }
        json_end_object(j);
    }
}

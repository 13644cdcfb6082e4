/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "proto/sip/sip.h"

static void log_bytes(struct json *j, const char *key, struct bytes b)
{
    if (b.p != NULL) {
        json_bytes(j, key, b);
    }
}

static void log_list(struct json *j, const char *key, const struct sdp_list *l)
{
    if (l->first == NULL) {
        return;
    }
    json_array(j, key);
    for (const struct sdp_line *x = l->first; x != NULL; x = x->next) {
        json_bytes(j, NULL, x->value);
    }
    json_end_array(j);
}

static void log_times(struct json *j, const struct sdp_time *t)
{
    if (t == NULL) {
        return;
    }
    json_array(j, "time_descriptions");
    for (; t != NULL; t = t->next) {
        json_object(j, NULL);
        json_bytes(j, "time", t->time);
        log_bytes(j, "repeat_time", t->repeat);
        json_end_object(j);
    }
    json_end_array(j);
}

static void log_media(struct json *j, const struct sdp_media *m)
{
    if (m == NULL) {
        return;
    }
    json_array(j, "media_descriptions");
    for (; m != NULL; m = m->next) {
        json_object(j, NULL);
        json_bytes(j, "media", m->media);
        log_bytes(j, "media_info", m->part.info);
        log_list(j, "bandwidths", &m->part.bandwidths);
        log_bytes(j, "connection_data", m->part.connection);
        log_bytes(j, "encryption_key", m->part.key);
        log_list(j, "attributes", &m->part.attributes);
        json_end_object(j);
    }
    json_end_array(j);
}

/* Lines of the message come from the field rows. */
void sip_log(const struct txn *t, struct json *j)
{
    const struct sip *d = txn_data_const(t);
    const struct sdp *s = &d->sdp;

    if (!d->has_sdp) {
        return;
    }
    json_object(j, "sdp");
    json_u64(j, "version", s->version);
    log_bytes(j, "origin", s->origin);
    log_bytes(j, "session_name", s->name);
    log_bytes(j, "session_info", s->part.info);
    log_bytes(j, "uri", s->uri);
    log_bytes(j, "email", s->email);
    log_bytes(j, "phone_number", s->phone);
    log_bytes(j, "connection_data", s->part.connection);
    log_list(j, "bandwidths", &s->part.bandwidths);
    log_times(j, s->times);
    log_bytes(j, "timezone", s->timezone);
    log_bytes(j, "encryption_key", s->part.key);
    log_list(j, "attributes", &s->part.attributes);
    log_media(j, s->media);
    json_end_object(j);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/recording.h"

#include "base/hash.h"
#include "engine/engine.h"
#include "file/file.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct recording {
    struct record_lane *lane;
    const struct flow_table *flows;
    struct streams *streams;
    struct protos *protos;
    struct proto_offer offer;
    bool rules;
};

/* Fields that flows are found by, beside those whose rows say so. */
static const struct { const char *name; uint8_t kind; } keys[] = {
    { "dns.query", KEY_NAME },     { "dns.queries.rrname", KEY_NAME }, { "mdns.queries.rrname", KEY_NAME }, { "tls.sni", KEY_NAME },
    { "http.host", KEY_NAME },     { "quic.sni", KEY_NAME },           { "ja3.hash", KEY_PRINT },           { "ja3s.hash", KEY_PRINT },
    { "ja4.hash", KEY_PRINT },     { "ssh.hassh", KEY_PRINT },         { "ssh.hassh.server", KEY_PRINT },   { "krb5.cname", KEY_USER },
    { "ntlmssp.user", KEY_USER },  { "smb.ntlmssp_user", KEY_USER },   { "pgsql.user", KEY_USER },          { "mysql.user", KEY_USER },
    { "ftp.user", KEY_USER },      { "sip.user", KEY_USER },           { "irc.nick", KEY_USER },            { "irc.user", KEY_USER },
    { "stun.username", KEY_USER }, { "socks.user", KEY_USER },         { "tds.user", KEY_USER },            { "radius.user_name", KEY_USER },
    { "mqtt.connect.username", KEY_USER },
};

static uint8_t key_of(const struct field *f)
{
    for (size_t i = 0; i < ROWS(keys); i++) {
        if (strcmp(keys[i].name, f->name) == 0) {
            return keys[i].kind;
        }
    }
    return f->sign == SIGN_USER || f->sign == SIGN_USER_REFUSED ? KEY_USER : (f->flags & FIELD_KEY) != 0 ? KEY_TEXT : 0;
}

static void told_bytes(void *ctx, struct flow *f, enum side side, struct bytes b)
{
    struct recording *r = ctx;

    lane_offer(r->lane, f, side, b);
}

static void told_field(void *ctx, struct flow *f, enum side side, const struct field *field, struct bytes b)
{
    struct recording *r = ctx;
    uint8_t kind = key_of(field);

    lane_field(r->lane, f, side, b);
    if (kind != 0) {
        lane_key(r->lane, f, (enum record_key)kind, b);
    }
}

static void told_file(void *ctx, struct flow *f, const struct file *file)
{
    struct recording *r = ctx;

    if (file->has_sha256) {
        lane_key(r->lane, f, KEY_HASH, bytes_of(file->sha256, sizeof file->sha256));
    }
    if (file->has_sha1) {
        lane_key(r->lane, f, KEY_HASH, bytes_of(file->sha1, sizeof file->sha1));
    }
    if (file->has_md5) {
        lane_key(r->lane, f, KEY_HASH, bytes_of(file->md5, sizeof file->md5));
    }
}

static void told_user(void *ctx, struct flow *f, struct bytes name)
{
    struct recording *r = ctx;

    lane_key(r->lane, f, KEY_USER, name);
}

static void told_app(void *ctx, struct flow *f, unsigned id)
{
    struct recording *r = ctx;

    lane_app(r->lane, f, id);
}

static void told_blind(void *ctx, struct flow *f)
{
    struct recording *r = ctx;

    lane_blind(r->lane, f);
}

static void told_coded(void *ctx, struct flow *f)
{
    struct recording *r = ctx;

    lane_coded(r->lane, f);
}

static void stored(void *ctx, struct flow *f, enum side side, uint64_t offset, struct bytes was, uint64_t base)
{
    struct recording *r = ctx;

    lane_stream(r->lane, f, side, &(struct lane_stored){ .offset = offset, .base = base, .was = was });
}

/* Protocols whose content is encrypted after its first bytes. */
static const char *const sealed[] = { "tls", "quic", "ssh", "rdp", "ike", "openvpn", "wireguard", "dtls" };

static uint64_t economy_of(const char *name, uint64_t others)
{
    enum { SEALED = 64 << 10 };

    for (size_t i = 0; i < ROWS(sealed); i++) {
        if (strcmp(sealed[i], name) == 0) {
            return SEALED;
        }
    }
    return others;
}

bool recording_settings(struct engine_settings *s, struct conf *conf, struct err *err)
{
    s->recorder.sight = recording_sight(conf);
    enum { OTHERS = 1 << 20 };
    struct recorder_settings *r = &s->recorder;
    char path[80];

    r->cutoff = r->mode == RECORD_ECONOMY && r->cutoff == 0 ? OTHERS : r->cutoff;
    for (unsigned i = 0; i < proto_n && i < RECORD_APPS_MAX; i++) {
        r->cutoff_app[i] = r->mode == RECORD_ECONOMY ? economy_of(proto_table[i]->name, r->cutoff) : r->cutoff;
        snprintf(path, sizeof path, "record.cut-offs.%s", proto_table[i]->name);
        if (conf_get(conf, path) != NULL) {
            if (!conf_size(conf, path, &r->cutoff_app[i], err)) {
                return false;
            }
            conf_mark_used(conf, path);
        }
    }
    return true;
}

struct recorder *recording_open(struct engine_settings *s, struct err *err)
{
    recorder_prepare(&s->recorder);
    struct recorder_settings r = s->recorder;
    s->recorder.ring = NULL; /* the recorder's now */
    const char *names[PROTO_IDS];

    for (unsigned i = 0; i < proto_n; i++) {
        names[i] = proto_table[i]->name;
    }
    r.wait = !s->live;
    r.before /= s->workers;
    r.blocks = r.blocks < 4 * s->workers ? 4 * s->workers : r.blocks; /* each lane fills two */
    uint64_t most = r.budget / 2 / s->workers; /* what is under way is room in the budget */
    r.segment_bytes = r.budget != 0 && r.segment_bytes > most ? most & ~(uint64_t)(RECORD_BLOCK - 1) : r.segment_bytes;
    r.apps = names;
    r.app_n = proto_n;
    return recorder_new(&r, err);
}

uint64_t recording_sight(const struct conf *conf)
{
    static const char *const sections[] = { "app-layer.", "stream.", "defrag.", "decoder.", "vlan." };
    char *all = NULL;
    size_t n = 0;
    enum { SEEN = 3 /* what decoders and parsers show, beside settings: one more with each change after which they show more, or otherwise */ };
    uint64_t hash = SEEN;
    FILE *to = open_memstream(&all, &n);

    if (to == NULL) {
        return 1;
    }
    conf_dump(conf, to);
    fclose(to);
    for (char *line = all, *end; line != NULL && (end = strchr(line, '\n')) != NULL; line = end + 1) {
        *end = '\0';
        bool seen = false;
        for (size_t i = 0; i < ROWS(sections); i++) {
            seen |= strncmp(line, sections[i], strlen(sections[i])) == 0;
        }
        if (seen && strstr(line, "memcap") == NULL) {
            hash = hash_bytes(line, (size_t)(end - line), hash);
        }
    }
    free(all);
    return hash | 1;
}

void engine_prepare(struct engine *e) { recorder_prepare(&e->settings->recorder); }

void recording_asks(struct proto_settings *s)
{
    s->file_data = true;
    s->file_hashes |= FILE_SHA256;
    for (unsigned i = 0; i < proto_n; i++) {
        for (unsigned k = 0; k < proto_table[i]->field_n; k++) {
            s->asked[i] |= (proto_table[i]->fields[k].flags & FIELD_DEMAND) != 0;
        }
    }
}

void engine_record_to(struct engine *e, const char *dir, bool index_only)
{
    e->settings->recorder.index_only = index_only;
    e->settings->recorder.on = true;
    e->settings->recorder.dir = dir;
    recording_asks(&e->settings->proto);

}

struct recording *recording_new(struct recorder *recorder, unsigned lane, const struct detect_parts *parts, struct err *err)
{
    struct recording *r = calloc(1, sizeof *r);

    if (r == NULL || (r->lane = lane_new(recorder, lane, err)) == NULL) {
        free(r);
        return NULL;
    }
    r->flows = parts->flows;
    r->streams = parts->streams;
    r->protos = parts->protos;
    r->offer = (struct proto_offer){ .ctx = r, .bytes = told_bytes, .field = told_field, .file = told_file, .user = told_user, .app = told_app, .blind = told_blind, .coded = told_coded };
    protos_offer(r->protos, &r->offer);
    streams_watch(r->streams, (struct stream_watch){ .ctx = r, .stored = stored });
    return r;
}

void recording_free(struct recording *r)
{
    if (r != NULL) {
        lane_close(r->lane);
        free(r);
    }
}

const uint64_t *recording_values(struct recording *r) { return lane_counters(r->lane); }

void recording_time(struct recording *r, struct source *s, bool last)
{
    if (lane_time(r->lane) || last) {
        lane_dropped(r->lane, source_counts(s)[SOURCE_DROPPED]);
    }
}

void recording_begin(struct recording *r, const struct packet *p, const char *capture, bool rules)
{
    r->rules = rules;
    r->offer.alone = !rules;
    lane_begin(r->lane, p, capture);
}

void recording_frame(struct recording *r, const struct packet *p) { lane_frame(r->lane, p); }

/* What is kept for rules that are not there is passed over in their place. */
static void raw_pass(struct recording *r, struct flow *f, bool end)
{
    for (unsigned side = 0; side < 2; side++) {
        struct stream_window w;
        if (!stream_raw(r->streams, f, (enum side)side, end, &w)) {
            continue;
        }
        while (stream_raw_next(r->streams, f, (enum side)side, &w)) {
        }
        stream_raw_done(r->streams, f, (enum side)side, w.upto);
    }
}

/* Who hunts may see what nobody was told here: for want of memory, or since a rule or a policy decided that it is not looked at. */
static bool unfollowed(const struct recording *r, const struct detect_turn *t)
{
    enum { NO_ROOM = FLOW_EXCEPTION_SESSION_MEMCAP | FLOW_EXCEPTION_REASSEMBLY_MEMCAP };
    const struct flow *f = t->flow;

    if (f == NULL) {
        return (t->view->flags & (VIEW_NO_FLOW | VIEW_FRAGMENT)) == 0 && (flow_refused(r->flows) || view_has(t->view, LAYER_TCP));
    }
    bool bypassed = f->state == FLOW_BYPASSED && (f->flags & FLOW_PAYLOAD_ENDS) == 0; /* what is encrypted a hunt does not follow either */
    bool passed = (f->flags & FLOW_PASSED) != 0 && f->key.proto == IPPROTO_UDP;       /* datagrams that no rule looks at are not parsed */
    return (f->exception & NO_ROOM) != 0 || (f->flags & FLOW_DROPPED) != 0 || t->drop_reason != DROP_NOT || bypassed || passed;
}

void recording_view(struct recording *r, const struct detect_turn *t)
{
    lane_view(r->lane, t->view, t->flow, t->side, unfollowed(r, t));
    if (t->flow != NULL) {
        if (!r->rules && t->flow->tcp != NULL) {
            raw_pass(r, t->flow, false);
        }
        if (t->flow->tcp == NULL && t->flow->key.proto == IPPROTO_TCP && t->view->payload.n != 0) {
            lane_midstream(r->lane, t->flow);
        }
        if (t->flow->app != NULL) {
            proto_offer_turn(r->protos, t->flow, t->side);
        }
    }
}

void recording_flow(struct recording *r, struct flow *f, bool last)
{
    if (last) {
        lane_flow_end(r->lane, f);
        return;
    }
    if (!r->rules && f->tcp != NULL) {
        raw_pass(r, f, true);
    }
    if (f->app != NULL) {
        proto_offer_turn(r->protos, f, TO_SERVER);
    }
}

void recording_alert(void *at, struct flow *f, uint32_t gid, uint32_t sid)
{
    struct recording *const *r = at;

    lane_alert((*r)->lane, f, gid, sid);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rules_why - where one rule stopped over captures: for each flow and transaction that came near, and how many did not.
 */
#include "app/rules.h"

#include <stdlib.h>
#include <string.h>

/* From here on a flow came near: it is told by itself. */
static bool near(const struct why_entry *e) { return e->stage > WHY_PACKET; }

static int flow_compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

/* What one explanation comes to. */
struct findings {
    const struct why_entry *entry;
    size_t n;
    uint64_t *near_flow;       /* sorted */
    size_t near_n;
    uint64_t far[WHY_STAGES];  /* flows that did not come near, by stage */
    uint64_t shown, alerts;
};

static bool findings_make(struct findings *f, const struct why *w)
{
    f->entry = why_entries(w, &f->n);
    f->near_flow = calloc(f->n + 1, sizeof *f->near_flow);
    if (f->near_flow == NULL) {
        return false;
    }
    for (size_t i = 0; i < f->n; i++) {
        if (near(&f->entry[i])) {
            f->near_flow[f->near_n++] = f->entry[i].flow;
        }
    }
    qsort(f->near_flow, f->near_n, sizeof *f->near_flow, flow_compare);
    for (size_t i = 0; i < f->n; i++) {
        const struct why_entry *e = &f->entry[i];
        bool other = e->flow != 0 && bsearch(&e->flow, f->near_flow, f->near_n, sizeof *f->near_flow, flow_compare) != NULL;
        f->shown += near(e);
        f->alerts += e->alerts;
        f->far[e->stage] += !near(e) && !other;
    }
    return true;
}

static void ends_text(const struct why_entry *e, char *out, size_t n)
{
    char src[ADDR_TEXT_MAX] = "-", dst[ADDR_TEXT_MAX] = "-", room[12];

    if (e->family != FAMILY_NONE) {
        addr_text(&e->src, (enum family)e->family, src);
        addr_text(&e->dst, (enum family)e->family, dst);
    }
    snprintf(out, n, "%s %s:%u -> %s:%u", event_proto_name(e->proto, room), src, e->sport, dst, e->dport);
}

static void tell_text(const struct findings *f, const struct why *w)
{
    char ends[160];

    for (size_t i = 0; i < f->n; i++) {
        const struct why_entry *e = &f->entry[i];
        if (!near(e)) {
            continue;
        }
        ends_text(e, ends, sizeof ends);
        printf("%s", ends);
        if (e->has_txn) {
            printf(", transaction %llu", (unsigned long long)e->txn);
        }
        printf(", packet %llu\n  %s: %s", (unsigned long long)e->packet, why_stage_name((enum why_stage)e->stage), why_stage_text((enum why_stage)e->stage));
        if (e->what[0] != '\0' && e->what[0] != ' ') {
            printf(": %s", e->what);
        }
        printf(e->alerts > 1 ? " (%u times)\n" : "\n", e->alerts);
    }
    for (unsigned s = 0; s < WHY_STAGES; s++) {
        if (f->far[s] != 0) {
            printf("not near: %llu by %s (%s)\n", (unsigned long long)f->far[s], why_stage_name((enum why_stage)s), why_stage_text((enum why_stage)s));
        }
    }
    printf("near: %llu, alerts: %llu", (unsigned long long)f->shown, (unsigned long long)f->alerts);
    printf(why_lost(w) != 0 ? ", not kept: %llu\n" : "\n", (unsigned long long)why_lost(w));
}

static void entry_json(struct json *j, const struct why_entry *e)
{
    char src[ADDR_TEXT_MAX] = "", dst[ADDR_TEXT_MAX] = "", room[12];

    if (e->family != FAMILY_NONE) {
        addr_text(&e->src, (enum family)e->family, src);
        addr_text(&e->dst, (enum family)e->family, dst);
    }
    json_object(j, NULL);
    json_u64(j, "flow_id", e->flow);
    if (e->has_txn) {
        json_u64(j, "tx_id", e->txn);
    }
    json_u64(j, "packet", e->packet);
    json_string(j, "proto", event_proto_name(e->proto, room));
    json_string(j, "src_ip", src);
    json_u64(j, "src_port", e->sport);
    json_string(j, "dest_ip", dst);
    json_u64(j, "dest_port", e->dport);
    json_string(j, "stage", why_stage_name((enum why_stage)e->stage));
    if (e->what[0] != '\0' && e->what[0] != ' ') {
        json_string(j, "what", e->what);
    }
    json_u64(j, "alerts", e->alerts);
    json_end_object(j);
}

static void tell_json(const struct findings *f, const struct why *w)
{
    struct text t;
    struct json j;

    text_init(&t, 0);
    json_init(&j, &t);
    json_object(&j, NULL);
    json_array(&j, "near");
    for (size_t i = 0; i < f->n; i++) {
        if (near(&f->entry[i])) {
            entry_json(&j, &f->entry[i]);
        }
    }
    json_end_array(&j);
    json_object(&j, "not_near");
    for (unsigned s = 0; s < WHY_STAGES; s++) {
        if (f->far[s] != 0) {
            json_u64(&j, why_stage_name((enum why_stage)s), f->far[s]);
        }
    }
    json_end_object(&j);
    json_u64(&j, "alerts", f->alerts);
    json_u64(&j, "lost", why_lost(w));
    json_end_object(&j);
    text_byte(&t, '\n');
    fwrite(t.p, 1, t.n, stdout);
    text_fini(&t);
}

/* "SID" or "GID:SID" */
static bool number_read(const char *text, uint32_t *gid, uint32_t *sid, struct err *err)
{
    const char *colon = strchr(text, ':');
    char first[16];
    uint64_t g = 1, s = 0;

    snprintf(first, sizeof first, "%.*s", colon != NULL ? (int)(colon - text) : 0, text);
    if ((colon != NULL && !conf_text_u64(first, &g)) || !conf_text_u64(colon != NULL ? colon + 1 : text, &s) || g > UINT32_MAX || s > UINT32_MAX) {
        return err_set(err, "'%s' is no number of a rule: SID or GID:SID is wanted", text);
    }
    *gid = (uint32_t)g;
    *sid = (uint32_t)s;
    return true;
}

static int explain(struct session *s, const struct arguments *a, struct why *w)
{
    struct run_result r = { 0 };
    struct findings f = { 0 };
    int code = EXIT_USAGE;

    engine_why(&s->engine, w);
    if (rules_over(s, a, 2, &r)) {
        if (!why_known(w)) {
            err_set(&s->err, "no rule %s is loaded", a->rest[1]);
        } else if (findings_make(&f, w)) {
            (argument_given(a, "json") ? tell_json : tell_text)(&f, w);
            code = r.input_failed ? EXIT_SOME : EXIT_DONE;
        }
    }
    run_result_fini(&r);
    free(f.near_flow);
    return code;
}

int rules_why(struct session *s, const struct arguments *a)
{
    uint32_t gid, sid;

    if (a->rest_n < 3 || !argument_given(a, "rules")) {
        err_set(&s->err, "why SID -r RULES CAPTURE… is wanted");
        return EXIT_USAGE;
    }
    if (!number_read(a->rest[1], &gid, &sid, &s->err) || !rules_given(s, a)) {
        return EXIT_USAGE;
    }
    struct why *w = why_new(gid, sid);
    if (w == NULL) {
        err_set(&s->err, "not enough memory");
        return EXIT_USAGE;
    }
    int code = explain(s, a, w);
    why_free(w);
    return code;
}

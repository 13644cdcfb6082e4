/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rules - from rule files to the engine's ruleset: variables, classes and references of the settings behind the front ends.
 */
#include "engine/reload.h"

#include "base/hash.h"
#include "config/classes.h"
#include "config/vars.h"
#include "detect/analysis.h"
#include "detect/reputation.h"
#include "engine/again.h"
#include "engine/kept.h"
#include "engine/tenants.h"
#include "match/match.h"

#include <glob.h>
#include <limits.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Address and port expressions by their text: most rules share a few. */
enum cached_kind { CACHED_ADDRESSES, CACHED_PORTS, CACHED_SNORT_PORTS };
struct cached {
    struct cached *next;
    uint64_t hash;
    const char *text;
    enum cached_kind kind;
    bool ok;
    struct err err;
    struct addr_set addresses;
    struct port_set *port_set;
};

#define CACHE_BUCKETS 4096
#define MAPPED_FROM (1 << 20) /* memory pieces of that size go back to the system when they are freed */

struct loading {
    struct engine *engine;
    struct conf *conf;       /* of the variables */
    struct classes *classes, *references;
    struct arena *arena; /* of the rules: sets live as long */
    struct cached *bucket[CACHE_BUCKETS];
};

static struct cached *cached_find(struct loading *l, const char *text, enum cached_kind kind)
{
    uint64_t hash = hash_bytes(text, strlen(text), kind);
    struct cached **at = &l->bucket[hash % CACHE_BUCKETS];

    for (struct cached *c = *at; c != NULL; c = c->next) {
        if (c->hash == hash && c->kind == kind && strcmp(c->text, text) == 0) {
            return c;
        }
    }
    struct cached *c = arena_zero(l->arena, sizeof *c);
    if (c == NULL || (c->text = arena_str(l->arena, bytes_str(text))) == NULL) {
        return NULL;
    }
    c->hash = hash;
    c->kind = kind;
    c->next = *at;
    *at = c;
    return c;
}

/* The system's memory of a set, moved into the arena so that it goes with the rules. */
static bool keep_set(struct loading *l, struct addr_set *s)
{
    struct addr_set kept = *s;

    kept.range4 = s->n4 != 0 ? arena_take(l->arena, s->n4 * sizeof *s->range4) : NULL;
    kept.range6 = s->n6 != 0 ? arena_take(l->arena, s->n6 * sizeof *s->range6) : NULL;
    bool ok = (s->n4 == 0 || kept.range4 != NULL) && (s->n6 == 0 || kept.range6 != NULL);
    if (ok && s->n4 != 0) {
        memcpy(kept.range4, s->range4, s->n4 * sizeof *s->range4);
    }
    if (ok && s->n6 != 0) {
        memcpy(kept.range6, s->range6, s->n6 * sizeof *s->range6);
    }
    addr_set_fini(s);
    *s = kept;
    return ok;
}

static bool rule_addresses(void *ctx, const char *text, const struct addr_set **out, struct err *err)
{
    struct loading *l = ctx;
    struct cached *c = cached_find(l, text, CACHED_ADDRESSES);

    if (c == NULL) {
        return err_set(err, "not enough memory for addresses");
    }
    if (!c->ok && c->err.text[0] == '\0') {
        c->ok = vars_addresses(l->conf, text, &c->addresses, &c->err);
        if (c->ok && !keep_set(l, &c->addresses)) {
            c->ok = err_set(&c->err, "not enough memory for addresses");
        }
    }
    if (!c->ok) {
        return err_set(err, "%s", c->err.text);
    }
    *out = &c->addresses;
    return true;
}

static bool rule_ports(void *ctx, enum dialect dialect, const char *text, const struct port_set **out, struct err *err)
{
    struct loading *l = ctx;
    const char *own = dialect == DIALECT_SURICATA ? NULL : "snort.port-groups";
    struct cached *c = cached_find(l, text, own != NULL ? CACHED_SNORT_PORTS : CACHED_PORTS);

    if (c == NULL) {
        return err_set(err, "not enough memory for ports");
    }
    if (!c->ok && c->err.text[0] == '\0') {
        c->port_set = arena_zero(l->arena, sizeof *c->port_set);
        c->ok = c->port_set != NULL ? vars_ports_own(l->conf, own, text, c->port_set, &c->err) : err_set(&c->err, "not enough memory for ports");
    }
    if (!c->ok) {
        return err_set(err, "%s", c->err.text);
    }
    *out = c->port_set;
    return true;
}

static bool rule_classtype(void *ctx, const char *name, struct rule_class *out)
{
    struct loading *l = ctx;
    const struct class *c = classes_find(l->classes, name);

    if (c == NULL) {
        return false;
    }
    *out = (struct rule_class){ arena_str(l->arena, bytes_str(c->description)), c->priority, c->number };
    return out->text != NULL;
}

static bool rule_reference(void *ctx, const char *key, const char **prefix)
{
    struct loading *l = ctx;
    const struct class *c = references_find(l->references, key);

    if (c == NULL) {
        return false;
    }
    *prefix = arena_str(l->arena, bytes_str(c->prefix));
    return *prefix != NULL;
}

static bool rule_proto_enabled(void *ctx, unsigned id)
{
    const struct loading *l = ctx;

    return id >= 1 && id < PROTO_IDS && l->engine->settings->proto.enabled[id - 1] != 0;
}

static bool rule_field_enabled(void *ctx, unsigned id, const struct field *f)
{
    const struct loading *l = ctx;
    const void *settings = l->engine->settings->proto.settings[id - 1];

    return f->enabled == NULL || settings == NULL || f->enabled(settings);
}

/* What `requires: feature` may ask: an output, or a fingerprint ("ja4": there is a field ja4.hash, and settings let rules ask it). */
static bool rule_feature(void *ctx, const char *name)
{
    const struct loading *l = ctx;
    char field[64];

    if (strcmp(name, "output::file-store") == 0) {
        return l->engine->settings->proto.store.on;
    }
    snprintf(field, sizeof field, "%s.hash", name);
    for (unsigned id = 1; id <= proto_n; id++) {
        for (unsigned i = 0; i < proto_table[id - 1]->field_n; i++) {
            const struct field *f = &proto_table[id - 1]->fields[i];
            if (strcmp(f->name, field) == 0 && rule_proto_enabled(ctx, id) && rule_field_enabled(ctx, id, f)) {
                return true;
            }
        }
    }
    return false;
}

/* A list of the settings, or the file of that name beside the rules, or what is built in.  `kind`: as Suricata calls what is wrong. */
static void lists_load(struct loading *l, const struct rule_load *load, const char *kind, const char *named, const char *beside, struct classes *into)
{
    const char *given = into == l->classes ? load->classes : load->references;
    const char *built_in = given != NULL ? given : into == l->classes ? engine_classes : engine_references;
    struct err err = { { 0 } };
    unsigned bad = 0;
    const char *path = named != NULL ? named : beside;
    bool there = path != NULL && access(path, R_OK) == 0;

    if (named != NULL && !there) {
        log_say(l->engine->log, LOG_WARNING, "%s cannot be read; the built-in list is used", named);
    }
    if (there ? !classes_load(into, path, &bad, &err) : !classes_load_text(into, bytes_str(built_in), "(built-in list)", &bad, &err)) {
        log_say(l->engine->log, LOG_WARNING, "Invalid %s in %s (%u lines left out)", kind, err.text, bad);
        l->engine->lists_bad++;
    }
}

static char *beside(const char *rules, const char *name)
{
    const char *slash = strrchr(rules, '/');
    char *out = NULL;

    if (slash == NULL) {
        return strdup(name);
    }
    return asprintf(&out, "%.*s/%s", (int)(slash - rules), rules, name) >= 0 ? out : NULL;
}

/* A file that the settings name; `preset` as long as they were read once. */
static const char *list_named(struct engine *e, const char *key, const char *preset)
{
    return again_conf(e) == e->conf ? preset : conf_get(again_conf(e), key);
}

/* The threshold file of the settings over the rules, and lines that came with them; what is wrong with it is told with the rules. */
static void thresholds_load(struct engine *e, const struct rule_load *load, struct rules *out, const struct rule_context *context)
{
    const char *path = load->home != NULL ? load->home->threshold_file : list_named(e, "threshold-file", e->settings->detect.threshold_file);
    struct rule_thresholds t = { 0 };
    struct err err = { "" };

    e->thresholds_wrong = 0;
    if (load->thresholds.n != 0 && rules_thresholds_text(out, context, "(filters of the configuration)", (const char *)load->thresholds.p, load->thresholds.n, &t)) {
        e->thresholds_wrong = t.wrong;
    }
    if (path == NULL || path[0] == '\0') {
        return;
    }
    if (!rules_thresholds(out, context, path, &t, &err)) {
        log_say_as(e->log, LOG_WARNING, "threshold-config", "%s", err.text);
        e->thresholds_wrong = UINT_MAX;
        return;
    }
    e->thresholds_wrong += t.wrong;
    log_say_as(e->log, LOG_INFO, "threshold-config", "Threshold config parsed: %u rule(s) found", t.read);
}

/* What the firewall's policies tell alerts with, and its files in order; a file that cannot be read counts as a refused rule.
 * How many were read. */
static unsigned firewall_read(struct engine *e, struct rule_context *context, struct rules *out, int dialect)
{
    const struct engine_settings *s = e->settings;
    unsigned read = 0;

    context->firewall = true;
    read += rules_read_text(out, context, FIREWALL_POLICY_SOURCE, firewall_policy_rules, strlen(firewall_policy_rules), DIALECT_SURICATA);
    for (unsigned i = 0; i < s->firewall_file_n; i++) {
        struct err one = { { 0 } };
        if (rules_read(out, context, s->firewall_files[i], dialect, &one)) {
            read++;
        } else {
            log_say(e->log, LOG_ERROR, "%s", one.text);
            out->failed_n++;
        }
    }
    context->firewall = false;
    return read;
}

/* Rules that are no file's. */
static unsigned texts_read(const struct rule_load *load, const struct rule_context *context, struct rules *out)
{
    unsigned read = 0;

    for (unsigned i = 0; i < load->text_n; i++) {
        const struct rule_text *t = &load->texts[i];
        read += rules_read_text(out, context, t->name, (const char *)t->text.p, t->text.n, t->dialect != 0 ? (int)t->dialect - 1 : load->dialect);
    }
    if (load->builtin) {
        struct text t;
        text_init(&t, 0);
        engine_builtin_rules(&t);
        read += rules_read_text(out, context, "(builtin rules)", t.p, t.n, DIALECT_SNORT3);
        text_fini(&t);
    }
    return read;
}

bool engine_read_rules(struct engine *e, const struct rule_load *load, struct rules *out, struct err *err)
{
    struct loading *l = calloc(1, sizeof *l);
    struct err unread = { { 0 } };
    unsigned read = 0;

    rules_init(out);
    e->names = e->names != NULL ? e->names : rule_names_new();
    if (!kept_load(e, err)) {
        free(l);
        return false;
    }
    if (l == NULL || (l->classes = classes_new()) == NULL || (l->references = classes_new()) == NULL) {
        if (l != NULL) {
            classes_free(l->classes);
        }
        free(l);
        return err_set(err, "rules: not enough memory");
    }
    l->engine = e;
    l->conf = load->home != NULL ? load->home->conf : again_conf(e);
    l->arena = &out->arena;
    char *class_file = load->file_n != 0 ? beside(load->files[0], "classification.config") : NULL;
    char *reference_file = load->file_n != 0 ? beside(load->files[0], "reference.config") : NULL;
    lists_load(l, load, "Classtype", load->home != NULL ? load->home->class_file : list_named(e, "classification-file", e->settings->class_file), class_file, l->classes);
    lists_load(l, load, "Reference Config", load->home != NULL ? load->home->reference_file : list_named(e, "reference-config-file", e->settings->reference_file), reference_file, l->references);
    free(class_file);
    free(reference_file);
    struct script_rules scripts = { .allowed = e->settings->script.allowed, .memory = e->settings->script.memory, .steps = e->settings->script.steps,
                                    .folder = e->settings->rule_path };
    struct rule_context context = { .scripts = &scripts, .keywords = keyword_table, .transforms = transform_table, .protos = proto_table, .names = e->names, .addresses = rule_addresses, .ports = rule_ports, .classtype = rule_classtype,
                                    .reference = rule_reference, .proto_enabled = rule_proto_enabled, .field_enabled = rule_field_enabled, .geoip_database = conf_get(again_conf(e), "geoip-database"), .feature = rule_feature, .datasets = e->datasets, .reputation = e->reputation, .ctx = l, .strict = load->strict };
    read += e->settings->detect.firewall != NULL && load->home == NULL ? firewall_read(e, &context, out, load->dialect) : 0;
    for (unsigned i = 0; i < load->file_n; i++) {
        struct err one = { { 0 } };
        read += rules_read(out, &context, load->files[i], load->dialect, &one);
        if (one.text[0] == '\0') {
            continue;
        }
        if (unread.text[0] != '\0') {
            log_say(e->log, LOG_ERROR, "%s", unread.text);
        }
        unread = one;
        out->failed_n++; /* a file without its rules, or a folder without one of its files */
    }
    read += texts_read(load, &context, out);
    if (read == 0) { /* the caller tells the last one */
        *err = unread;
    } else if (unread.text[0] != '\0') {
        log_say(e->log, LOG_ERROR, "%s", unread.text);
    }
    rules_finish(out);
    thresholds_load(e, load, out, &context);
    for (uint32_t i = 0; load->refused != NULL && i < out->failure_n; i++) {
        load->refused(load->ctx, out, &out->failure[i]);
    }
    classes_free(l->classes);
    classes_free(l->references);
    free(l);
    return read != 0;
}

/* Somebody tells of transactions, their files or what is odd in them. */
static bool engine_tells(const struct engine_settings *s)
{
    bool tells = s->recorder.on || s->proto.store.on;

    for (unsigned i = 0; i < s->event.n; i++) {
        const struct eve_settings *eve = &s->event.eve[i];
        tells |= eve->to[EVENT_FILE] != 0 || eve->to[EVENT_ANOMALY] != 0;
        for (unsigned k = 0; k < PROTO_IDS; k++) {
            tells |= eve->txn_to[k] != 0;
        }
    }
    return tells;
}

/* What the rules ask of files, and which fields on demand: the protocols' driver is told. */
static void wanted(struct engine *e, struct generation *g, const struct ruleset *rules)
{
    struct ruleset_files files = ruleset_files(rules);
    struct proto_settings *s = &g->proto;

    s->bodies_unread &= ruleset_rules(rules) == 0;
    s->spans |= ruleset_needs_frames(rules) || ruleset_needs_pdus(rules);
    s->file_data |= files.data;
    s->file_magic |= files.magic;
    s->file_hashes |= files.hashes;
    for (unsigned i = 0; i < proto_n; i++) {
        for (unsigned k = 0; k < proto_table[i]->field_n; k++) {
            const struct field *f = &proto_table[i]->fields[k];
            s->asked[i] |= (f->flags & FIELD_DEMAND) != 0 && ruleset_needs_field(rules, f->name);
        }
    }
    for (unsigned i = 0; i < PROTO_IDS; i++) {
        s->store_rules[i] |= files.store[i];
    }
    if (ruleset_needs_field(rules, "entity")) {
        g->hosts = true;
        aware_asks(s->asked);
        if (e->settings->live && !e->settings->aware.on) {
            log_say(e->log, LOG_WARNING, "Rules ask what is known of hosts (entity.*), and no map is kept: set aware.enabled");
        }
    }
    g->pdus |= ruleset_rules(rules) != 0 && ruleset_needs_pdus(rules);
    if (files.stores && !s->store.on) {
        log_say(e->log, LOG_WARNING, "One or more rule(s) depends on the file-store output log which is not enabled. Enable the output \"file-store\"");
    }
}

/* One without rules; what the one before asked is asked still. */
static struct generation *generation_new(struct engine *e, struct err *err)
{
    struct generation *g = calloc(1, sizeof *g);

    if (g == NULL) {
        err_set(err, "rules: not enough memory");
        return NULL;
    }
    pthread_mutex_lock(&e->lock);
    const struct generation *before = e->generations.last;
    g->proto = before != NULL ? before->proto : e->settings->proto;
    memset(g->proto.store_rules, 0, sizeof g->proto.store_rules);
    g->proto.bodies_unread = (before == NULL || before->proto.bodies_unread) && !engine_tells(e->settings);
    pthread_mutex_unlock(&e->lock);
    return g;
}

bool load_nothing(struct engine *e, bool bodies, struct err *err)
{
    if (e->generations.last != NULL) {
        return true;
    }
    struct generation *g = generation_new(e, err);
    if (g != NULL) {
        g->proto.bodies_unread &= !bodies;
        pthread_mutex_lock(&e->lock);
        generations_add(&e->generations, g);
        pthread_mutex_unlock(&e->lock);
    }
    return g != NULL;
}

/* An alert's record may carry its rule's text. */
static bool wants_text(const struct event_settings *s)
{
    for (unsigned i = 0; i < s->n; i++) {
        if (s->eve[i].alert.raw_rule) {
            return true;
        }
    }
    return false;
}

/* Publishes a set, and counts what it changes. */
static void generation_publish(struct engine *e, struct generation *g, const struct rule_load *load, struct reload_result *r)
{
    const struct rules *all = ruleset_source(g->rules); /* with those that could not be compiled */

    r->loaded += ruleset_rules(g->rules);
    r->refused += all->failed_n;
    for (uint32_t i = 0; load->refused != NULL && i < all->failure_n; i++) {
        load->refused(load->ctx, all, &all->failure[i]);
    }
    if (!load->keep_text && !wants_text(&e->settings->event)) {
        ruleset_forget_text(g->rules);
    }
    pthread_mutex_lock(&e->lock);
    e->rules_loaded = r->loaded;
    e->rules_refused = r->refused;
    e->rules_skipped = all->skipped;
    e->loaded = clock_now();
    if (e->rules != NULL) {
        ruleset_differ(g->rules, e->rules, &r->kept, &r->changed, &r->removed);
    }
    r->added = ruleset_rules(g->rules) - r->kept - r->changed;
    e->rules = g->rules;
    generations_add(&e->generations, g);
    pthread_mutex_unlock(&e->lock);
}

/* Rules that take the place of others: none at all, where there were some, is a mistake. */
static bool load_empty(const struct engine *e, const struct generation *g, struct err *err)
{
    const struct rules *all = ruleset_source(g->rules);

    return e->rules != NULL && ruleset_rules(e->rules) != 0 && ruleset_rules(g->rules) == 0 && all->failed_n != 0 &&
           !err_set(err, "none of %u rules could be loaded; the first: %s", all->failed_n, all->failure_n != 0 ? all->failure[0].reason : "a file that cannot be read");
}

static void patterns_count(const struct engine *e, struct reload_result *r)
{
    struct literals_made made = literals_store_told(e->patterns);

    r->patterns_shared = made.shared;
    r->patterns_loaded = made.loaded;
    r->patterns_made = made.compiled;
}

static bool load_locked(struct engine *e, const struct rule_load *load, struct reload_result *r, struct err *err)
{
    struct rule_load quiet = *load;
    struct rules rules;

    quiet.refused = NULL;
    (void)mallopt(M_MMAP_THRESHOLD, MAPPED_FROM); /* left alone, it grows with what is given back, and large pieces leave holes */
    if (!engine_read_rules(e, &quiet, &rules, err) && (e->settings->multi == NULL || load->file_n != 0)) {
        rules_fini(&rules);
        return false;
    }
    struct generation *g = load->from == 0 || load_nothing(e, true, err) ? generation_new(e, err) : NULL;
    if (g == NULL) {
        rules_fini(&rules);
        return false;
    }
    g->reputation = reputation_keep(e->reputation);
    g->rules = detect_compile(&rules, &e->settings->detect, e->patterns, err);
    patterns_count(e, r);
    if (g->rules == NULL || load_empty(e, g, err) || !tenants_load(e, g, r, load, err)) {
        generation_free(g);
        return false;
    }
    g->from = load->from;
    wanted(e, g, g->rules);
    for (unsigned i = 0; i < g->tenant_n; i++) {
        wanted(e, g, g->tenant[i].rules);
    }
    generation_publish(e, g, load, r);
    return true;
}

bool load_generation(struct engine *e, const struct rule_load *load, bool again, struct reload_result *r, struct err *err)
{
    struct rule_load now = *load;
    struct arena a;

    arena_init(&a, NULL, 0);
    pthread_mutex_lock(&e->loading);
    bool ok = !again || again_begin(e, &now, &a, r, err);
    if (ok) {
        ok = load_locked(e, &now, r, err);
        again_end(e, ok);
    }
    pthread_mutex_unlock(&e->loading);
    arena_fini(&a);
    return ok;
}

bool engine_load_rules(struct engine *e, const struct rule_load *load, struct err *err)
{
    struct reload_result r = { 0 };
    bool ok = reload_remember(e, load, err) && load_generation(e, load, false, &r, err);

    (void)malloc_trim(0); /* compiling takes several times what stays */
    return ok;
}

/* The rule compiled alone; NULL with err. */
static struct ruleset *compiled_alone(struct engine *e, const struct rule *rule, struct err *err)
{
    struct detect_settings detect = e->settings->detect;
    struct rule_text text = { "rule", bytes_str(rule->text) };
    struct rule_load l = { .texts = &text, .text_n = 1, .dialect = rule->dialect };
    struct rules rules;

    detect.cache_on = false;
    detect.cache_dir = NULL;
    if (!engine_read_rules(e, &l, &rules, err)) {
        rules_fini(&rules);
        return NULL;
    }
    return detect_compile(&rules, &detect, NULL, err);
}

bool engine_explain(struct engine *e, const struct rule *rule, struct text *out, struct err *err)
{
    struct analysis_settings s = { .file_store = e->settings->proto.store.on };
    struct ruleset *r = compiled_alone(e, rule, err);

    if (r == NULL) {
        return false;
    }
    ruleset_explain(r, &s, out);
    ruleset_free(r);
    return true;
}

bool engine_explain_json(struct engine *e, const struct rule *rule, struct json *j, struct err *err)
{
    struct analysis_settings s = { .file_store = e->settings->proto.store.on };
    struct ruleset *r = compiled_alone(e, rule, err);

    if (r == NULL) {
        return false;
    }
    ruleset_explain_json(r, &s, j);
    ruleset_free(r);
    return true;
}

bool engine_analyse(struct engine *e, const char *dir, struct err *err)
{
    struct analysis_settings s = { .dir = dir, .rules = true, .fast_pattern = true, .file_store = e->settings->proto.store.on };

    return (e->rules == NULL || (conf_bool(e->conf, "engine-analysis.rules", &s.rules, err) &&
                                 conf_bool(e->conf, "engine-analysis.rules-fast-pattern", &s.fast_pattern, err) && ruleset_analyse(e->rules, &s, err)));
}

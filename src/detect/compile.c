/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All rules into a ruleset: order, plans, indexes. */
#include "detect/compiler.h"
#include "detect/tag.h"

#include "detect/files.h"
#include "detect/shadow.h"

#include <stdlib.h>

static void compiler_fini(struct compiler *c)
{
    index_table_fini(&c->regexes);
    index_table_fini(&c->headers);
    index_table_fini(&c->buffers);
    free(c->regex_key);
}

static bool compiler_init(struct compiler *c, struct ruleset *r, const struct detect_settings *s, struct literals_store *patterns)
{
    *c = (struct compiler){ .r = r, .settings = s, .patterns = patterns };
    return patterns != NULL && index_table_init(&c->regexes, 1024) && index_table_init(&c->headers, 1024) && index_table_init(&c->buffers, 128);
}

/* A rule that cannot be compiled is named like one that cannot be parsed; the others go on. */
static void compile_refuse(struct compiler *c, const struct rule *r, const struct err *err)
{
    struct rules *all = &c->r->rules;
    struct rule_failure f = { .source = r->source, .line = r->line, .sid = r->sid, .text = r->text,
                              .reason = arena_str(&all->arena, bytes_str(err->text)) };

    c->refused++;
    if (all->failure_n == all->failure_room) {
        uint32_t room = all->failure_room ? all->failure_room * 2 : 16;
        struct rule_failure *more = arena_take(&all->arena, room * sizeof *more);
        if (!more) {
            return;
        }
        if (all->failure_n) {
            memcpy(more, all->failure, all->failure_n * sizeof *more);
        }
        all->failure = more;
        all->failure_room = room;
    }
    all->failure[all->failure_n++] = f;
    all->failed_n++;
}

/* What the rule wants of files. */
static void file_needs(struct ruleset *r, const struct rule *rule)
{
    enum { ASKS_MAGIC = 1 << 8 };
    static const struct {
        const char *name;
        unsigned what;
    } rows[] = { { "filemd5", FILE_MD5 }, { "filesha1", FILE_SHA1 }, { "filesha256", FILE_SHA256 }, { "filemagic", ASKS_MAGIC } };
    unsigned asked = 0;

    for (uint16_t g = 0; g < rule->group_n; g++) {
        for (uint16_t i = 0; i < rule->group[g].match_n; i++) {
            const struct match *m = rule->group[g].match[i];
            for (size_t k = 0; m->kind == MATCH_KEYWORD && k < ROWS(rows); k++) {
                asked |= strcmp(m->keyword.row->name, rows[k].name) == 0 ? rows[k].what : 0;
            }
        }
        r->has_file_data |= rule->group[g].kind == BUFFER_FILE_DATA;
        r->has_magic |= rule->group[g].kind == BUFFER_FILE_FIELD && rule->group[g].name && strcmp(rule->group[g].name, "file.magic") == 0;
    }
    r->hashes |= asked & ~ASKS_MAGIC;
    r->has_magic |= (asked & ASKS_MAGIC) != 0;
}

/* What is looked up for every packet because of the rule's tags. */
static void tag_needs(struct ruleset *r, const struct rule *rule)
{
    for (uint16_t i = 0; i < rule->post_n; i++) {
        if (rule->post[i]->kind == MATCH_KEYWORD && strcmp(rule->post[i]->keyword.row->name, "tag") == 0) {
            const struct tag *t = rule->post[i]->keyword.data;
            r->has_tags = true;
            r->has_host_tags |= t->kind == TAG_HOST;
        }
    }
}

static bool compile_plans(struct compiler *c, struct err *err)
{
    struct ruleset *r = c->r;

    if (!rules_order(r->rules.rule, r->rules.rule_n, c->settings)) {
        return err_set(err, "not enough memory to order rules");
    }
    r->plan = arena_take(&r->arena, (size_t)r->rules.rule_n * sizeof *r->plan + 1);
    if (!r->plan) {
        return err_set(err, "not enough memory for %u rules", r->rules.rule_n);
    }
    for (uint32_t i = 0; i < r->rules.rule_n; i++) {
        struct err why = { "" };
        const struct rule *rule = r->rules.rule[i];
        if (plan_make(c, &r->plan[r->plan_n], rule, &why)) {
            r->plan_n++;
            file_needs(r, rule);
            tag_needs(r, rule);
        } else {
            compile_refuse(c, rule, &why);
        }
    }
    return true;
}

static bool compile_shadow(struct compiler *c, struct err *err)
{
    struct shadow *s = shadow_new(c->settings->shadow_rules, c->settings->shadow_metadata, err);

    for (uint32_t i = 0; s && i < c->r->plan_n; i++) {
        c->r->plan[i].flags |= shadow_has(s, c->r->plan[i].rule) ? PLAN_SHADOW : 0;
    }
    shadow_free(s);
    return s != NULL;
}

struct ruleset *detect_compile(struct rules *rules, const struct detect_settings *s, struct literals_store *patterns, struct err *err)
{
    struct literals_store *own = patterns ? NULL : literals_store_new(s->cache_dir);
    struct ruleset *r = calloc(1, sizeof *r);
    struct compiler c;

    if (!r) {
        err_set(err, "not enough memory for a ruleset");
        literals_store_free(own);
        rules_fini(rules);
        return NULL;
    }
    arena_init(&r->arena, NULL, 0);
    r->rules = *rules; /* moved: the caller's is empty from here on */
    *rules = (struct rules){ 0 };
    bool good = compiler_init(&c, r, s, patterns ? patterns : own) && compile_plans(&c, err) && compile_shadow(&c, err) && ruleset_identify(&c, err) && guards_init(&c, err) && ruleset_index_packets(&c, err) &&
                ruleset_index_addresses(&c, err) && ruleset_index_txns(&c, err) && ruleset_firewall(&c, err) &&
                literals_store_make(c.patterns, err);
    guards_fini(&c);
    compiler_fini(&c);
    literals_store_free(own);
    if (!good) {
        ruleset_free(r);
        return NULL;
    }
    if (s->cache_dir) {
        literals_cache_prune(s->cache_dir, s->cache_age);
    }
    return r;
}

void ruleset_free(struct ruleset *r)
{
    if (!r) {
        return;
    }
    for (unsigned side = 0; side < 2; side++) {
        for (unsigned class = 0; class < CLASS_N; class++) {
            prefilter_fini(&r->payload[class][side]);
        }
        prefilter_fini(&r->stream[side]);
    }
    for (uint32_t b = 0; r->buffer_fast && b < r->buffer_n * 2u; b++) {
        prefilter_fini(&r->buffer_fast[b]);
    }
    for (uint32_t i = 0; i < r->regex_n; i++) {
        regex_free(r->regex[i]);
    }
    free(r->regex);
    free(r->header);
    free(r->buffer);
    arena_fini(&r->arena);
    rules_fini(&r->rules);
    free(r);
}

unsigned ruleset_rules(const struct ruleset *r)
{
    return r->plan_n;
}

void ruleset_forget_text(struct ruleset *r)
{
    rules_forget_text(&r->rules);
}

const struct rule *ruleset_rule(const struct ruleset *r, unsigned i)
{
    return r->plan[i].rule;
}

bool ruleset_needs_raw(const struct ruleset *r)
{
    return r->has_stream;
}

bool ruleset_needs_pdus(const struct ruleset *r)
{
    return r->has_pdu;
}

struct ruleset_files ruleset_files(const struct ruleset *r)
{
    struct ruleset_files f = { .any = r->has_files, .data = r->has_file_data, .magic = r->has_magic, .hashes = r->hashes };

    for (uint32_t i = 0; i < r->plan_n; i++) {
        const struct plan *p = &r->plan[i];
        f.stores |= p->store != NULL;
        for (unsigned id = 1; p->store && id <= proto_n && id < PROTO_IDS; id++) {
            f.store[id - 1] |= plan_app(p, id) ? p->sides | p->store->sides : 0;
        }
    }
    return f;
}

bool ruleset_needs_frames(const struct ruleset *r)
{
    return r->has_frames;
}

static bool match_asks(const struct match *m, const char *field)
{
    return m->kind == MATCH_KEYWORD && m->keyword.row->asks && m->keyword.row->asks(m->keyword.data, field);
}

/* A keyword of the rule asks for a field without naming its buffer. */
static bool rule_asks(const struct rule *r, const char *field)
{
    for (uint16_t i = 0; i < r->packet_n; i++) {
        if (match_asks(r->packet[i], field)) {
            return true;
        }
    }
    for (uint16_t i = 0; i < r->group_n; i++) {
        for (uint16_t k = 0; k < r->group[i].match_n; k++) {
            if (match_asks(r->group[i].match[k], field)) {
                return true;
            }
        }
    }
    return false;
}

bool ruleset_needs_field(const struct ruleset *r, const char *field)
{
    for (uint32_t i = 0; i < r->plan_n; i++) {
        if (rule_asks(r->plan[i].rule, field)) {
            return true;
        }
    }
    for (uint16_t i = 0; i < r->buffer_n; i++) {
        if (strcmp(r->buffer[i].name, field) == 0) {
            return true;
        }
    }
    return false;
}

const struct rules *ruleset_source(const struct ruleset *r)
{
    return &r->rules;
}

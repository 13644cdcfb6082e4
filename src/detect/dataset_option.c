/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/dataset_option.h"

#include "config/config.h"
#include "detect/inspect.h"
#include "detect/option_text.h"
#include "detect/shared.h"

#include <unistd.h>

/* A path below a folder, in the ruleset's arena. */
static const char *below(struct rule_parse *p, struct bytes folder, const char *name, struct err *err)
{
    size_t n = strlen(name);
    char *to = arena_take(rule_parse_arena(p), folder.n + n + 2);

    if (!to) {
        err_set(err, "out of memory for rules");
        return NULL;
    }
    memcpy(to, folder.p, folder.n);
    to[folder.n] = '/';
    memcpy(to + folder.n + 1, name, n + 1);
    return to;
}

static bool climbs(const char *path)
{
    struct rd r = rd_of(bytes_str(path));
    bool more = true;

    while (more) {
        if (bytes_is(rd_until(&r, '/', &more), "..")) {
            return true;
        }
    }
    return false;
}

/* What is written stands below the data folder, unless the settings allow more. */
static const char *save_path(struct rule_parse *p, const char *name, struct err *err)
{
    const struct dataset_settings *s = datasets_settings(rule_parse_context(p)->datasets);

    if (!s->allow_write) {
        err_set(err, "Rules containing save/state datasets have been disabled");
        return NULL;
    }
    if (name[0] == '/' && !s->allow_absolute) {
        err_set(err, "Absolute paths not allowed: %s", name);
        return NULL;
    }
    if (climbs(name) && !s->allow_absolute) {
        err_set(err, "Directory traversals not allowed: %s", name);
        return NULL;
    }
    return name[0] == '/' || s->data_dir == NULL ? name : below(p, bytes_str(s->data_dir), name, err);
}

/* A list stands beside the rule's file, or in the data folder, or in the working folder. */
static const char *load_path(struct rule_parse *p, const char *name, struct err *err)
{
    const struct dataset_settings *s = datasets_settings(rule_parse_context(p)->datasets);
    const char *file = rule_parse_file(p), *slash = strrchr(file ? file : "", '/');
    const char *beside = slash && name[0] != '/' ? below(p, bytes_of(file, (size_t)(slash - file)), name, err) : name;

    if (!beside || access(beside, F_OK) == 0 || name[0] == '/' || s->data_dir == NULL) {
        return beside && access(beside, F_OK) != 0 ? name : beside;
    }
    const char *data = below(p, bytes_str(s->data_dir), name, err);
    return data && access(data, F_OK) != 0 ? name : data;
}

static bool format_of(const char *word, struct dataset_option *o, struct err *err)
{
    static const char *const names[] = { "csv", "json", "ndjson", "jsonline", NULL };
    int i = option_choice(word, names);

    if (i < 0) {
        return err_set(err, "unknown dataset format '%s': csv, json, ndjson or jsonline", word);
    }
    o->wish.format = i == 0 ? DATASET_CSV : i == 1 ? DATASET_JSON : DATASET_LINES;
    o->json = i != 0;
    return true;
}

static bool option_type(const char *value, struct dataset_option *o, struct err *err)
{
    o->wish.type = dataset_type_named(value);
    return o->wish.type != DATASET_NO_TYPE || err_set(err, "bad type %s", value);
}

static bool option_path(struct rule_parse *p, const char *name, const char *value, struct dataset_wish *w, struct err *err)
{
    if (strcmp(name, "load") == 0) {
        w->load = load_path(p, value, err);
        return w->load != NULL;
    }
    w->save = save_path(p, value, err);
    if (strcmp(name, "state") == 0) {
        w->load = w->save;
    }
    return w->save != NULL;
}

static bool option_hashsize(const char *value, struct dataset_wish *w)
{
    uint64_t v;
    bool good = conf_text_u64(value, &v) && v != 0 && v <= UINT32_MAX;

    w->hashsize = good ? (uint32_t)v : 0;
    return good;
}

static bool option(struct rule_parse *p, const char *word, struct dataset_option *o, struct err *err)
{
    static const char *const names[] = { "type", "load", "save", "state", "memcap", "hashsize", "format", "context_key", "value_key", "array_key", "match", NULL };
    const char *value = NULL;
    int i = 0;

    if (strcmp(word, "remove_key") == 0) {
        o->wish.remove_key = true;
        return true;
    }
    while (names[i] && !(option_named(word, names[i], &value) && *value)) {
        i++;
    }
    switch (i) {
    case 0: return option_type(value, o, err);
    case 1:
    case 2:
    case 3: return option_path(p, names[i], value, &o->wish, err);
    case 4: return (conf_text_size(value, &o->wish.memcap) && o->wish.memcap != 0) || err_set(err, "invalid value for memcap: %s", value);
    case 5: return option_hashsize(value, &o->wish) || err_set(err, "invalid value for hashsize: %s", value);
    case 6: return format_of(value, o, err);
    case 7: o->context_key = value; return strpbrk(value, "\"\\") == NULL || err_set(err, "context_key: '%s' is no name", value);
    case 8: o->wish.value_key = value; return true;
    case 9: o->wish.array_key = value; return true;
    case 10: o->labels = strcmp(value, "subdomain") == 0; return o->labels || err_set(err, "unknown dataset match '%s'", value);
    default: return err_set(err, "unknown dataset option '%s'", word);
    }
}

bool dataset_options(struct rule_parse *p, const char *const *word, unsigned n, struct dataset_option *out, struct err *err)
{
    if (rule_parse_context(p)->datasets == NULL) {
        return err_set(err, "there are no datasets here");
    }
    for (unsigned i = 0; i < n; i++) {
        if (word[i][0] != '\0' && !option(p, word[i], out, err)) {
            return false;
        }
    }
    if (out->json && (out->context_key == NULL || out->wish.value_key == NULL)) {
        return err_set(err, "a dataset of format json or ndjson needs a context_key and a value_key");
    }
    if (!out->json && (out->context_key || out->wish.value_key || out->wish.array_key || out->wish.remove_key)) {
        return err_set(err, "context_key, value_key, array_key and remove_key are for datasets of format json or ndjson");
    }
    if (out->wish.load && out->wish.save && out->wish.load != out->wish.save && out->json) {
        return err_set(err, "a dataset of format json or ndjson cannot be saved");
    }
    return true;
}

struct dataset *dataset_of_rule(struct rule_parse *p, const struct dataset_option *o, struct err *err)
{
    struct arena *a = rule_parse_arena(p);
    size_t n = strlen(o->wish.name) + sizeof "dataset ";
    char *key = arena_take(a, n);
    struct dataset *own;

    if (key == NULL) {
        err_set(err, "out of memory for rules");
        return NULL;
    }
    snprintf(key, n, "dataset %s", o->wish.name);
    struct dataset *d = rule_parse_kept(p, key);
    if (d) {
        return dataset_agrees(d, &o->wish, err) ? d : NULL;
    }
    d = datasets_get_for_rules(rule_parse_context(p)->datasets, &o->wish, &own, err);
    return own == NULL || rule_parse_keep(p, key, own, dataset_drop, err) ? d : NULL;
}

struct dataset_turn dataset_turn_of(const struct detect_scope *s)
{
    return (struct dataset_turn){ shared_turns(s->detect->shared), s->detect->worker };
}

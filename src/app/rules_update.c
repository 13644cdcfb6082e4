/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rules_update - rule sets from elsewhere into one file, by what the command line and the settings' section `rule-update` say.
 */
#include "app/rules.h"

#include "update/update.h"

#include <string.h>

static void say_line(void *ctx, const char *text)
{
    (void)ctx;
    fprintf(stderr, "peccary rules: %s\n", text);
}

/* A list of the settings, or one value.  False: it is longer than the room. */
static bool list_of(const struct session *s, const char *path, const char **out, unsigned *n)
{
    const struct conf_node *node = conf_node(s->conf, path);
    bool fits = true;

    if (node != NULL && conf_value(node) != NULL) {
        out[(*n)++] = conf_value(node);
    }
    for (const struct conf_node *c = node != NULL ? conf_first(node) : NULL; c != NULL; c = conf_next(c)) {
        fits &= conf_value(c) == NULL || *n < UPDATE_SOURCES;
        if (conf_value(c) != NULL && fits) {
            out[(*n)++] = conf_value(c);
        }
    }
    return fits;
}

static const char *one_of(const struct session *s, const struct arguments *a, const char *flag, const char *path)
{
    const char *given = argument_value(a, flag);

    return given != NULL ? given : conf_get(s->conf, path);
}

static bool settings_make(struct session *s, const struct arguments *a, struct update_settings *u)
{
    bool more = true;

    *u = (struct update_settings){ .say = say_line };
    for (unsigned i = 1; i < a->rest_n && more; i++) {
        more = u->source_n < UPDATE_SOURCES;
        if (more) {
            u->source[u->source_n++] = a->rest[i];
        }
    }
    for (unsigned i = 0; i < a->n && more; i++) {
        if (a->given[i].flag->name != NULL && strcmp(a->given[i].flag->name, "local") == 0) {
            more = u->local_n < UPDATE_SOURCES;
            if (more) {
                u->local[u->local_n++] = a->given[i].value;
            }
        }
    }
    if (more && u->source_n == 0) {
        more = list_of(s, "rule-update.sources", u->source, &u->source_n);
    }
    if (more && u->local_n == 0) {
        more = list_of(s, "rule-update.local", u->local, &u->local_n);
    }
    if (!more) {
        return err_set(&s->err, "more than %d sources", UPDATE_SOURCES);
    }
    u->disable = one_of(s, a, "disable", "rule-update.disable-conf");
    u->enable = one_of(s, a, "enable", "rule-update.enable-conf");
    u->modify = one_of(s, a, "modify", "rule-update.modify-conf");
    u->drop = one_of(s, a, "drop", "rule-update.drop-conf");
    u->output = one_of(s, a, "output", "rule-update.output");
    u->output = u->output != NULL ? u->output : "rules";
    u->dry_run = argument_given(a, "dry-run");
    u->force = argument_given(a, "force");
    u->no_checksum = argument_given(a, "no-checksum");
    return u->source_n + u->local_n != 0 || err_set(&s->err, "update SOURCE… is wanted, or rule-update.sources in the settings");
}

static void list_text(const char *word, const struct update_list *l)
{
    enum { SHOWN = 10 };

    if (l->n == 0) {
        return;
    }
    printf("%s: %zu:", word, l->n);
    for (size_t i = 0; i < l->n && i < SHOWN; i++) {
        printf(" %u:%u", (unsigned)(l->id[i] >> 32), (unsigned)l->id[i]);
    }
    printf(l->n > SHOWN ? " …\n" : "\n");
}

static void tell_text(const struct update_settings *u, const struct update_result *r)
{
    printf("sources: %u, fetched: %u, unchanged: %u, failed: %u\n", r->sources, r->fetched, r->unchanged, r->failed);
    printf("by lists: disabled %u, enabled %u, dropped %u, modified %u; for bits: %u; of the same number, left out: %u\n", r->disabled, r->enabled_by_list, r->dropped,
           r->modified_by_list, r->for_bits, r->twice);
    list_text("added", &r->added);
    list_text("removed", &r->removed);
    list_text("modified", &r->modified);
    list_text("enabled", &r->switched_on);
    list_text("disabled", &r->switched_off);
    printf("%s/peccary.rules: rules: %u, enabled: %u%s\n", u->output, r->rules, r->enabled, u->dry_run ? ", not written" : r->written ? "" : ", as before");
}

static void list_json(struct json *j, const char *key, const struct update_list *l)
{
    char text[24];

    json_array(j, key);
    for (size_t i = 0; i < l->n; i++) {
        snprintf(text, sizeof text, "%u:%u", (unsigned)(l->id[i] >> 32), (unsigned)l->id[i]);
        json_string(j, NULL, text);
    }
    json_end_array(j);
}

static void tell_json(const struct update_result *r)
{
    const struct {
        const char *key;
        unsigned n;
    } numbers[] = { { "sources", r->sources }, { "fetched", r->fetched }, { "unchanged", r->unchanged }, { "failed", r->failed }, { "rules", r->rules },
                    { "enabled", r->enabled }, { "disabled_by_list", r->disabled }, { "enabled_by_list", r->enabled_by_list }, { "dropped_by_list", r->dropped },
                    { "modified_by_list", r->modified_by_list }, { "enabled_for_bits", r->for_bits }, { "doubles", r->twice } };
    struct text t;
    struct json j;

    text_init(&t, 0);
    json_init(&j, &t);
    json_object(&j, NULL);
    for (size_t i = 0; i < ROWS(numbers); i++) {
        json_u64(&j, numbers[i].key, numbers[i].n);
    }
    json_bool(&j, "written", r->written);
    list_json(&j, "added", &r->added);
    list_json(&j, "removed", &r->removed);
    list_json(&j, "modified", &r->modified);
    list_json(&j, "switched_on", &r->switched_on);
    list_json(&j, "switched_off", &r->switched_off);
    json_end_object(&j);
    text_byte(&t, '\n');
    fwrite(t.p, 1, t.n, stdout);
    text_fini(&t);
}

int rules_update(struct session *s, const struct arguments *a)
{
    struct update_settings u;
    struct update_result r = { 0 };

    if (!settings_make(s, a, &u)) {
        return EXIT_USAGE;
    }
    bool ok = update_run(&u, &r, &s->err);
    if (ok && argument_given(a, "json")) {
        tell_json(&r);
    } else if (ok) {
        tell_text(&u, &r);
    }
    int code = !ok ? EXIT_USAGE : r.failed != 0 ? EXIT_SOME : EXIT_DONE;
    update_result_fini(&r);
    return code;
}

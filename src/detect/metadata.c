/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What rules keep with a flow, in the records about it: bits, numbers, captured texts. */
#include "detect/flow_state.h"

enum { ENTRIES_MAX = 256 }; /* of a record: the oldest */

/* Bits with these names are labels of the traffic, and stand apart. */
static const struct {
    const char *prefix, *key;
} labels[] = { { "traffic/id/", "id" }, { "traffic/label/", "label" } };

struct kept {
    const struct rule_names *names;
    const struct flow_entry *entry[ENTRIES_MAX]; /* oldest first */
    unsigned n;
};

static const char *name_of(const struct kept *k, const struct flow_entry *e)
{
    const char *name = rule_names_get(k->names, e->kind == ENTRY_BIT ? "flowbits" : e->kind == ENTRY_INT ? "flowint" : e->kind == ENTRY_ENTROPY ? "entropy" : "flowvar", e->id);

    return name ? name : "";
}

/* Names are keys here: one that JSON would have to escape is left out. */
static bool is_key(const char *name)
{
    for (const char *c = name; *c; c++) {
        if (*c == '"' || *c == '\\' || (unsigned char)*c < 0x20) {
            return false;
        }
    }
    return *name != '\0';
}

static int label_of(const char *name)
{
    for (size_t i = 0; i < ROWS(labels); i++) {
        if (strncmp(name, labels[i].prefix, strlen(labels[i].prefix)) == 0) {
            return (int)i;
        }
    }
    return -1;
}

static void gather(const struct flow_detect *s, struct kept *k)
{
    unsigned n = 0;

    for (const struct flow_entry *e = s->head; e; e = e->next) {
        n += e->kind <= ENTRY_ENTROPY;
    }
    for (const struct flow_entry *e = s->head; e; e = e->next) { /* newest first */
        if (e->kind > ENTRY_ENTROPY || n-- > ENTRIES_MAX || (e->kind == ENTRY_BIT && !e->on) ||
            (e->kind == ENTRY_TEXT && flow_entry_find(s, ENTRY_TEXT, e->id) != e)) {
            continue;
        }
        k->entry[ENTRIES_MAX - ++k->n] = e;
    }
}

/* A list of bits: those with a label, less its prefix, or those with none (-1). */
static void bits(const struct kept *k, int label, const char *key, struct json *j)
{
    bool open = false;

    for (unsigned i = ENTRIES_MAX - k->n; i < ENTRIES_MAX; i++) {
        const char *name = name_of(k, k->entry[i]);
        if (k->entry[i]->kind != ENTRY_BIT || label_of(name) != label) {
            continue;
        }
        if (!open) {
            json_array(j, key);
            open = true;
        }
        json_string(j, NULL, label >= 0 ? name + strlen(labels[label].prefix) : name);
    }
    if (open) {
        json_end_array(j);
    }
}

static void texts(const struct kept *k, struct json *j)
{
    bool open = false;

    for (unsigned i = ENTRIES_MAX - k->n; i < ENTRIES_MAX; i++) {
        const struct flow_entry *e = k->entry[i];
        const char *name = name_of(k, e);
        if (e->kind != ENTRY_TEXT || !is_key(name)) {
            continue;
        }
        if (!open) {
            json_array(j, "flowvars");
            open = true;
        }
        json_object(j, NULL);
        json_bytes(j, name, bytes_of(e->text, e->value));
        json_end_object(j);
    }
    if (open) {
        json_end_array(j);
    }
}

static void numbers(const struct kept *k, struct json *j)
{
    bool open = false;

    for (unsigned i = ENTRIES_MAX - k->n; i < ENTRIES_MAX; i++) {
        const struct flow_entry *e = k->entry[i];
        const char *name = name_of(k, e);
        if (e->kind != ENTRY_INT || !is_key(name)) {
            continue;
        }
        if (!open) {
            json_object(j, "flowints");
            open = true;
        }
        json_u64(j, name, e->value);
    }
    if (open) {
        json_end_object(j);
    }
}

static void entropies(const struct kept *k, struct json *j)
{
    bool open = false;

    for (unsigned i = ENTRIES_MAX - k->n; i < ENTRIES_MAX; i++) {
        const struct flow_entry *e = k->entry[i];
        double x;
        if (e->kind != ENTRY_ENTROPY) {
            continue;
        }
        if (!open) {
            json_object(j, "entropy");
            open = true;
        }
        memcpy(&x, &e->extra[0], sizeof x);
        json_double(j, name_of(k, e), x);
    }
    if (open) {
        json_end_object(j);
    }
}

static void metadata_write(const struct detect *d, const struct flow *f, struct json *j)
{
    struct kept k = { .names = d->rules->rules.names };
    bool plain = false, labelled = false;

    if (f->detect) {
        gather(f->detect, &k);
    }
    plain = d->pktvar != NULL;
    for (unsigned i = ENTRIES_MAX - k.n; i < ENTRIES_MAX; i++) {
        bool is = k.entry[i]->kind == ENTRY_BIT && label_of(name_of(&k, k.entry[i])) >= 0;
        labelled |= is;
        plain |= !is;
    }
    if (labelled) {
        json_object(j, "traffic");
        for (int i = 0; i < (int)ROWS(labels); i++) {
            bits(&k, i, labels[i].key, j);
        }
        json_end_object(j);
    }
    if (plain) {
        json_object(j, "metadata");
        context_pktvars_write(d, j);
        texts(&k, j);
        bits(&k, -1, "flowbits", j);
        numbers(&k, j);
        entropies(&k, j);
        json_end_object(j);
    }
}

void detect_flow_metadata(const struct detect *d, const struct flow *f, struct json *j)
{
    if ((f->detect || d->pktvar) && d->rules && d->rules->rules.names) {
        metadata_write(d, f, j);
    }
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rule/words.h"

#include "rule/parse.h"

#include <stdlib.h>

struct telling {
    const struct rule_context *context;
    struct rule_index *index;
    void (*each)(void *ctx, const struct rule_word *w);
    void *ctx;
};

/* The name and its aliases, but those that another kind or an earlier row took: what the index says is what a rule would get. */
static void tell(const struct telling *t, const char *names, const struct rule_word *as, bool (*taken)(const struct name_row *row, const void *by), const void *by)
{
    char name[64];

    while (names != NULL && *names != '\0') {
        size_t n = strcspn(names, " ");
        if (n != 0 && n < sizeof name) {
            memcpy(name, names, n);
            name[n] = '\0';
            const struct name_row *row = rule_index_find(t->index, name, n);
            if (row != NULL && taken(row, by)) {
                struct rule_word w = *as;
                w.name = name;
                w.help = w.help != NULL ? w.help : "";
                t->each(t->ctx, &w);
            }
        }
        names += n + (names[n] == ' ');
    }
}

static bool is_option(const struct name_row *row, const void *by) { return row->kind == NAME_OPTION && row->option == by; }
static bool is_keyword(const struct name_row *row, const void *by) { return row->kind == NAME_KEYWORD && row->keyword == by; }
static bool is_header(const struct name_row *row, const void *by) { return row->kind == NAME_HEADER && strcmp(row->text, by) == 0; }
static bool is_transform(const struct name_row *row, const void *by) { return row->kind == NAME_TRANSFORM && strcmp(row->text, by) == 0; }

/* Uses are kept from the last protocol to the first: the first of all tells it. */
static bool is_first_use(const struct name_row *row, const void *by, uint8_t kind)
{
    const struct field_use *u = row->kind == kind ? row->uses : NULL;

    while (u != NULL && u->next != NULL) {
        u = u->next;
    }
    return u != NULL && u->field == by;
}
static bool is_buffer(const struct name_row *row, const void *by) { return is_first_use(row, by, NAME_FIELD); }
static bool is_modifier(const struct name_row *row, const void *by) { return is_first_use(row, by, NAME_MODIFIER); }

static const char *only_proto(const struct telling *t, const char *name, unsigned proto)
{
    const struct name_row *row = rule_index_find(t->index, name, strcspn(name, " "));

    return row != NULL && row->uses != NULL && row->uses->next != NULL ? NULL : t->context->protos[proto]->name;
}

static void tell_field(const struct telling *t, const struct field *f, unsigned proto)
{
    bool bytes = f->type != FIELD_NUMBER && f->type != FIELD_FLAG;
    struct rule_word w = { .help = f->help, .proto = only_proto(t, f->name, proto), .kind = bytes ? RULE_WORD_BUFFER : RULE_WORD_OPTION, .bare = bytes };

    tell(t, f->name, &w, is_buffer, f);
    tell(t, f->aliases, &w, is_buffer, f);
    w.kind = RULE_WORD_MODIFIER;
    w.bare = true;
    tell(t, f->modifier, &w, is_modifier, f);
}

static void tell_all(const struct telling *t)
{
    const struct rule_context *c = t->context;

    for (const struct option *o = suricata_options; o->name != NULL; o++) {
        struct rule_word w = { .help = o->help, .bare = (o->flags & OPTION_NO_VALUE) != 0 };
        tell(t, o->name, &w, is_option, o);
        tell(t, o->aliases, &w, is_option, o);
    }
    for (unsigned i = 0; c->keywords[i] != NULL; i++) {
        const struct keyword *k = c->keywords[i];
        struct rule_word w = { .help = k->help, .proto = k->proto, .bare = k->value == KEYWORD_VALUE_NONE };
        if ((k->dialects & 1u << DIALECT_SURICATA) != 0) {
            tell(t, k->name, &w, is_keyword, k);
            tell(t, k->aliases, &w, is_keyword, k);
        }
    }
    for (const struct transform_row *x = c->transforms; x->name != NULL; x++) {
        struct rule_word w = { .help = x->help, .kind = RULE_WORD_TRANSFORM, .bare = x->parse == NULL };
        tell(t, x->name, &w, is_transform, x->name);
        tell(t, x->aliases, &w, is_transform, x->name);
    }
    for (const struct header_buffer *h = header_buffers; h->name != NULL; h++) {
        tell(t, h->name, &(struct rule_word){ .help = h->help, .kind = RULE_WORD_BUFFER, .bare = true }, is_header, h->name);
    }
    for (unsigned i = 0; c->protos[i] != NULL; i++) {
        for (unsigned k = 0; k < c->protos[i]->field_n; k++) {
            tell_field(t, &c->protos[i]->fields[k], i);
        }
    }
}

bool rule_words_each(const struct rule_context *c, void (*each)(void *ctx, const struct rule_word *w), void *ctx)
{
    struct telling t = { c, rule_index_new(NULL, c), each, ctx };

    if (t.index == NULL) {
        return false;
    }
    tell_all(&t);
    rule_index_free(t.index);
    return true;
}

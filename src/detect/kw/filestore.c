/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/files.h"

static bool word_taken(struct bytes w, struct filestore *f)
{
    static const struct {
        const char *word;
        uint8_t sides, scope;
        bool is_scope;
    } words[] = {
        { "request", SIDE_SERVER_BIT, 0, false },  { "to_server", SIDE_SERVER_BIT, 0, false }, { "response", SIDE_CLIENT_BIT, 0, false },
        { "to_client", SIDE_CLIENT_BIT, 0, false }, { "both", SIDE_BOTH_BITS, 0, false },      { "file", 0, STORE_FILE, true },
        { "tx", 0, STORE_TXN, true },              { "ssn", 0, STORE_FLOW, true },             { "flow", 0, STORE_FLOW, true },
    };

    for (size_t i = 0; i < ROWS(words); i++) {
        if (bytes_is_nocase(w, words[i].word)) {
            *(words[i].is_scope ? &f->scope : &f->sides) = words[i].is_scope ? words[i].scope : words[i].sides;
            return true;
        }
    }
    return false;
}

/* "[DIRECTION][,SCOPE]" */
static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    struct filestore *f = arena_zero(rule_parse_arena(p), sizeof *f);
    struct rd b = rd_of(argument ? bytes_str(argument) : bytes_none());
    bool comma = argument != NULL;

    (void)r;
    (void)place;
    *data = f;
    if (!f) {
        return err_set(err, "out of memory for rules");
    }
    while (comma) {
        struct bytes w = bytes_trim(rd_until(&b, ',', &comma), " \t");
        if (!word_taken(w, f)) {
            return err_set(err, "'%.*s' is neither a direction nor a scope", (int)w.n, (const char *)w.p);
        }
    }
    return true;
}

/* Any file will do; what is stored is seen to when all of the rule has matched. */
static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    (void)r;
    (void)data;
    return s->file != NULL;
}

const struct keyword keyword_filestore = {
    .name = "filestore",
    .dialects = 1 << DIALECT_SURICATA,
    .place = KEYWORD_FILE,
    .value = KEYWORD_VALUE_OPTIONAL,
    .parse = parse,
    .match = match,
    .help = "store the file, or those of the transaction or the flow: filestore:both,flow",
};

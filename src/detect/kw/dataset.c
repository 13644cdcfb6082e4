/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dataset:isset|isnotset|set|unset,NAME[,type …][,load …][,save …][,state …]…: a buffer's bytes in a set of values. */
#include "detect/dataset_option.h"
#include "detect/kw/kw.h"
#include "detect/option_text.h"

enum { WORDS_MAX = 16, NAME_MAX_BYTES = 63 };
enum command { ISSET, ISNOTSET, SET, UNSET };

struct asked {
    struct dataset *set;
    const char *context_key;   /* NULL: tell nothing */
    uint8_t command;
    bool labels;
};

static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    static const char *const commands[] = { "isset", "isnotset", "set", "unset", NULL };
    struct asked *a = kw_data(p, sizeof *a, err);
    struct dataset_option o = { .labels = false };
    const char *word[WORDS_MAX];
    unsigned n = option_words(rule_parse_arena(p), argument, ',', word, WORDS_MAX);
    int command = n != 0 ? option_choice(word[0], commands) : -1;

    (void)r;
    (void)place;
    *data = a;
    if (a == NULL) {
        return false;
    }
    if (command < 0 || n > WORDS_MAX) {
        return err_set(err, "dataset action \"%s\" is not supported.", n != 0 ? word[0] : "");
    }
    if (n < 2 || word[1][0] == '\0' || strlen(word[1]) > NAME_MAX_BYTES || strpbrk(word[1], " \t")) {
        return err_set(err, "dataset needs a name of at most %d bytes without blanks", NAME_MAX_BYTES);
    }
    o.wish.name = word[1];
    if (!dataset_options(p, word + 2, n - 2, &o, err)) {
        return false;
    }
    if (o.json && command != ISSET && command != ISNOTSET) {
        return err_set(err, "datasets of format json or ndjson can only be asked: isset, isnotset");
    }
    *a = (struct asked){ dataset_of_rule(p, &o, err), o.context_key, (uint8_t)command, o.labels };
    if (a->set && command >= SET) {
        dataset_will_change(a->set);
    }
    return a->set != NULL;
}

static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    const struct asked *a = data;
    struct dataset_turn turn = dataset_turn_of(s);

    (void)r;
    if (s->buffer.n == 0) {
        return false;
    }
    switch ((enum command)a->command) {
    case SET: return dataset_add(a->set, &turn, s->buffer);
    case UNSET: return dataset_remove(a->set, &turn, s->buffer);
    case ISSET:
    case ISNOTSET:
    default: break;
    }
    struct dataset_answer found = dataset_find(a->set, &turn, s->buffer, a->labels);
    if (found.known && a->command == ISSET && a->context_key) {
        scope_context(s, a->context_key, found.json, true);
    }
    return found.known == (a->command == ISSET);
}

const struct keyword keyword_dataset = {
    .name = "dataset",
    .dialects = 1 << DIALECT_SURICATA,
    .place = KEYWORD_BUFFER,
    .changes = true,
    .parse = parse,
    .match = match,
    .help = "a buffer's bytes in a set of values: dataset:isset,bad-hosts,type string,load bad-hosts.lst",
};

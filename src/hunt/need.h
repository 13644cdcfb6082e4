/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * need - what a flow must have for a rule to raise an alert in it: literals, ends, protocols.
 *
 * Only what is certain: a condition that cannot be judged from the index is left out, and the rule itself is the judge when the flow
 * is run again.  Immutable once made; the rule is borrowed.
 */
#ifndef HUNT_NEED_H
#define HUNT_NEED_H

#include "record/read.h"
#include "rule/rule.h"

enum { NEED_LITERALS_MAX = 12, NEED_RUNS_MAX = 8, NEED_ROOM = 512, NEED_WORDS_MAX = 6, NEED_WORD_MAX = 32, NEED_WORD_LEAST = 2 };

struct need_literal {
    uint32_t bit[SKETCH_GRAMS_MAX];
    unsigned n;
    uint8_t sides;               /* whose bytes have it: a bit each */
    uint8_t parts;               /* enum filter_part: what of a flow's own filters must tell all of it is in; 0: they are not asked */
};
/* Bytes that are in a flow's payloads as they were on the wire. */
struct need_word {
    struct bytes bytes;          /* the rule's */
    bool body;                   /* … where its bodies are in them as they are */
    bool head;                   /* … where it is HTTP/1, and nothing else */
    bool uri;                    /* … and none of these bytes may be written otherwise (need_respelled) */
    bool asked;                  /* a body of a request: where it is HTTP/1 alone, its fields tell whether it is as it is */
    uint8_t sides;
    bool nocase;
};
struct need {
    const struct rule *rule;
    struct need_word word[NEED_WORDS_MAX]; /* the longest */
    unsigned word_n, word_first; /* first: number of the first of them, of all rules'; set by who asks for them */
    struct need_literal literal[NEED_LITERALS_MAX]; /* the one that tells most first */
    unsigned literal_n;
    const uint32_t *key;         /* hashes of keys (record_key_hash): only flows with one of them; borrowed */
    unsigned key_n;
    bool app;                    /* only flows of the rule's protocols */
    bool never;                  /* it raises nothing: nothing sets what it asks, or it only sets what nobody asks for */
    bool everything;             /* what it asks is of no single flow: all of the record must be run */
};
void need_make(struct need *n, const struct rule *r);
/* May something in it stand for a word of a URI that is not there as it is: "%41", UTF-8? */
bool need_respelled(struct bytes b);
/* Runs of bytes, at least SKETCH_GRAM of them each, that all a regular expression matches has; how many. */
unsigned need_regex(const char *pattern, uint32_t options, uint8_t room[NEED_ROOM], struct bytes run[NEED_RUNS_MAX]);
/* The protocols of a segment by their ids of this program; PROTO_NONE: it has none of that name. */
struct need_apps {
    unsigned n, id[INDEX_NAMES_MAX];
};
void need_apps(struct need_apps *out, const struct index_about *about);
/* Can the rule be about this flow, by its ends and (`apps`) protocols? */
bool need_head(const struct need *n, const struct need_apps *a, const struct flow_part *p, bool apps);

#endif

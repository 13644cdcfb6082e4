/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dataset - sets of values that rules ask and change: read from lists, kept over a run, saved at its end.
 *
 * `struct datasets` is the engine's and outlives rulesets; the rule thread defines sets while rules load, workers ask
 * them.  A set that no rule changes is read-only while workers run and is asked without a lock; the others have a lock each,
 * and reading files every operation on them waits for its turn (base/turn.h).  Memory is counted as Suricata counts it, so
 * that a memcap means the same number of values; at the cap a value is not added, and that is counted.
 */
#ifndef DETECT_DATASET_H
#define DETECT_DATASET_H

#include "base/err.h"
#include "base/rd.h"
#include "base/turn.h"

enum dataset_type { DATASET_NO_TYPE, DATASET_STRING, DATASET_MD5, DATASET_SHA256, DATASET_IPV4, DATASET_IPV6, DATASET_IP };
enum dataset_format {
    DATASET_CSV,           /* a value a line; of a reputation set "value,number" */
    DATASET_JSON,          /* a list of objects, or an object with that list in it */
    DATASET_LINES,         /* an object a line */
};

struct dataset_settings {
    const char *data_dir;      /* where what is saved stands; NULL: the working folder */
    bool allow_absolute, allow_write;
    uint64_t memcap;           /* bytes of a set that has none of its own */
    uint32_t hashsize, hashsize_max;
    uint64_t hashsizes_max;    /* of all sets together */
};

/* What a rule or the settings say of a set.  NULL, 0: not said. */
struct dataset_wish {
    const char *name;
    const char *load, *save;   /* paths as they are opened */
    enum dataset_type type;
    enum dataset_format format;
    const char *value_key;     /* JSON: path in an object to the value */
    const char *array_key;     /* JSON: path in the file to the list */
    bool remove_key;           /* JSON: the value is not told again in the alert */
    uint64_t memcap;
    uint32_t hashsize;
};

struct datasets;
struct dataset;
struct datasets *datasets_new(const struct dataset_settings *s); /* borrows s; NULL: no memory */
void datasets_free(struct datasets *s);
/* The set of that name, made and filled when it is new.  NULL, told in err, when it contradicts what is there or its list is bad. */
struct dataset *datasets_get(struct datasets *s, const struct dataset_wish *w, struct err *err);
/* The same for rules.  A set that no settings name and that is only read from a list is theirs, so that the list is read again with
 * them: *own (NULL: it is not, or there is none), even where its list is bad; whoever reads the rules asks for it but once, and gives it to
 * dataset_drop() when they go. */
struct dataset *datasets_get_for_rules(struct datasets *s, const struct dataset_wish *w, struct dataset **own, struct err *err);
bool dataset_agrees(const struct dataset *d, const struct dataset_wish *w, struct err *err); /* a further naming says nothing else */
void dataset_drop(void *set);
/* Writes the sets that have a file for it.  False with the last error; the others are written all the same. */
bool datasets_save(struct datasets *s, struct err *err);
void datasets_written(const struct datasets *s, void (*tell)(void *ctx, const char *path), void *ctx); /* those files */
const struct dataset_settings *datasets_settings(const struct datasets *s);

const char *dataset_name(const struct dataset *s);
enum dataset_type dataset_type_named(const char *name);  /* DATASET_NO_TYPE: no such type */
void dataset_will_change(struct dataset *s);             /* a rule sets or unsets values: before workers run */

struct dataset_answer {
    bool known;
    uint16_t reputation;
    struct bytes json;         /* of JSON sets: what is known of the value; theirs, and constant */
};
struct dataset_turn {          /* whose operation it is */
    struct turns *turns;       /* NULL: no order to keep */
    unsigned worker;
};
/* Is the value in the set?  With `labels` (".www.example.com") each suffix that begins with a dot is looked for too. */
struct dataset_answer dataset_find(struct dataset *s, const struct dataset_turn *t, struct bytes value, bool labels);
/* True when the value was not there before. */
bool dataset_add(struct dataset *s, const struct dataset_turn *t, struct bytes value);
/* The same with what is known of it, which is copied. */
bool dataset_add_json(struct dataset *s, const struct dataset_turn *t, struct bytes value, struct bytes json);
/* True when the value was there. */
bool dataset_remove(struct dataset *s, const struct dataset_turn *t, struct bytes value);

#endif

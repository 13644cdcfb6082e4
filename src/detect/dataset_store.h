/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dataset_store - a set's inside, for the files that make, fill and save it (dataset.c, dataset_file.c).
 */
#ifndef DETECT_DATASET_STORE_H
#define DETECT_DATASET_STORE_H

#include "base/arena.h"
#include "detect/dataset.h"

#include <pthread.h>

struct dataset_entry {
    struct dataset_entry *next;
    uint64_t hash;
    struct bytes json;         /* in the set's arena; empty */
    uint32_t n;
    uint16_t reputation;
    uint8_t value[];           /* as buffers bring it: text, 16 or 32 bytes of a hash, an address */
};

struct dataset {
    struct dataset *next;
    const char *name, *load, *save;
    enum dataset_type type;
    enum dataset_format format;
    bool changes;              /* some rule sets or unsets values */
    bool failed;               /* its list was bad: told once */
    struct datasets *of_rules; /* where it stands: it goes with the rules that made it; NULL: it lives on */
    pthread_mutex_t lock;
    struct arena arena;        /* entries and buckets */
    struct dataset_entry **bucket;
    struct dataset_entry *spare[16]; /* taken out, by the power of two that their room is */
    uint32_t room, n;          /* buckets (a power of two), entries */
    uint64_t seed;
    uint32_t hashsize;         /* its part of what all sets may have */
    uint64_t used, memcap;     /* bytes as Suricata counts them */
    uint64_t refused;
};

struct dataset_value {
    struct bytes bytes;        /* in the set's form */
    uint16_t reputation;
    struct bytes json;
};

/* Adds while loading; false with err at the memcap.  A value that is there already stays as it is. */
bool dataset_put(struct dataset *s, const struct dataset_value *v, struct err *err);
/* The set of that name and type; NULL.  Until datasets_found() it stays where it is. */
struct dataset *datasets_find(struct datasets *s, const char *name, enum dataset_type type);
void datasets_found(struct datasets *s);
void dataset_clear(struct dataset *s);
/* dataset_file.c: a value as lists write it. */
bool dataset_value_read(const struct dataset *s, struct arena *a, struct bytes text, struct bytes *out, struct err *err);
bool dataset_load(struct dataset *s, const struct dataset_wish *w, struct err *err);
bool dataset_write(const struct dataset *s, struct err *err);

#endif

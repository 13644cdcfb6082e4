/* SPDX-License-Identifier: GPL-2.0-or-later */
/* names - small numbers for the names that rules share with flows and hosts; they survive reloads. */
#include "rule/rule.h"

#include "base/hash.h"

#include <pthread.h>
#include <stdlib.h>

#define NAMES_KINDS 16
#define NAMES_MAX 65536u

struct names_kind {
    char *kind;
    char **name;               /* by number */
    uint32_t *slot;            /* number + 1 by hash; 0 free */
    uint32_t n, room, slots;   /* slots: power of two, at least twice n */
};

struct rule_names {
    pthread_mutex_t lock;      /* rules are loaded while others ask for names */
    struct names_kind kind[NAMES_KINDS];
    unsigned n;
};

struct rule_names *rule_names_new(void)
{
    struct rule_names *n = calloc(1, sizeof *n);

    if (n && pthread_mutex_init(&n->lock, NULL) != 0) {
        free(n);
        n = NULL;
    }
    return n;
}

void rule_names_free(struct rule_names *n)
{
    for (unsigned k = 0; n && k < n->n; k++) {
        for (uint32_t i = 0; i < n->kind[k].n; i++) {
            free(n->kind[k].name[i]);
        }
        free(n->kind[k].name);
        free(n->kind[k].slot);
        free(n->kind[k].kind);
    }
    if (n) {
        pthread_mutex_destroy(&n->lock);
    }
    free(n);
}

static struct names_kind *kind_find(const struct rule_names *n, const char *kind)
{
    for (unsigned k = 0; k < n->n; k++) {
        if (strcmp(n->kind[k].kind, kind) == 0) {
            return (struct names_kind *)(uintptr_t)&n->kind[k];
        }
    }
    return NULL;
}

static struct names_kind *kind_make(struct rule_names *n, const char *kind)
{
    struct names_kind *k = kind_find(n, kind);

    if (k || n->n == NAMES_KINDS) {
        return k;
    }
    k = &n->kind[n->n];
    k->kind = strdup(kind);
    if (k->kind == NULL) {
        return NULL;
    }
    n->n++;
    return k;
}

/* The slot of a name: taken by it, or free. */
static uint32_t *slot_of(const struct names_kind *k, const char *name)
{
    uint32_t i = (uint32_t)hash_bytes(name, strlen(name), 0) & (k->slots - 1);

    while (k->slot[i] && strcmp(k->name[k->slot[i] - 1], name) != 0) {
        i = (i + 1) & (k->slots - 1);
    }
    return &k->slot[i];
}

static bool kind_grow(struct names_kind *k)
{
    uint32_t room = k->room ? k->room * 2 : 64;
    char **name = realloc(k->name, room * sizeof *name);
    uint32_t *slot;

    if (name == NULL) {
        return false;
    }
    k->name = name;
    slot = calloc((size_t)room * 2, sizeof *slot);
    if (slot == NULL) {
        return false;
    }
    free(k->slot);
    k->slot = slot;
    k->slots = room * 2;
    k->room = room;
    for (uint32_t i = 0; i < k->n; i++) {
        *slot_of(k, k->name[i]) = i + 1;
    }
    return true;
}

static uint32_t names_put(struct rule_names *n, const char *kind, const char *name)
{
    struct names_kind *k = kind_make(n, kind);
    uint32_t *slot;

    if (k == NULL || (k->n == k->room && k->n < NAMES_MAX && !kind_grow(k))) {
        return RULE_NAME_NONE;
    }
    slot = slot_of(k, name);
    if (*slot == 0) {
        if (k->n == NAMES_MAX) {
            return RULE_NAME_NONE;
        }
        k->name[k->n] = strdup(name);
        if (k->name[k->n] == NULL) {
            return RULE_NAME_NONE;
        }
        *slot = ++k->n;
    }
    return *slot - 1;
}

uint32_t rule_names_put(struct rule_names *n, const char *kind, const char *name)
{
    if (n == NULL) {
        return RULE_NAME_NONE;
    }
    pthread_mutex_lock(&n->lock);
    uint32_t number = names_put(n, kind, name);
    pthread_mutex_unlock(&n->lock);
    return number;
}

uint32_t rule_names_find(const struct rule_names *n, const char *kind, const char *name)
{
    pthread_mutex_t *lock = n ? (pthread_mutex_t *)(uintptr_t)&n->lock : NULL;
    uint32_t number = 0;

    if (n != NULL) {
        pthread_mutex_lock(lock);
        const struct names_kind *k = kind_find(n, kind);
        number = k && k->slots ? *slot_of(k, name) : 0;
        pthread_mutex_unlock(lock);
    }
    return number - 1; /* 0 is a free slot */
}

uint32_t rule_names_count(const struct rule_names *n, const char *kind)
{
    const struct names_kind *k = kind_find(n, kind);
    return k ? k->n : 0;
}

const char *rule_names_get(const struct rule_names *n, const char *kind, uint32_t id)
{
    pthread_mutex_t *lock = n ? (pthread_mutex_t *)(uintptr_t)&n->lock : NULL;
    const char *name = NULL;

    if (n != NULL) {
        pthread_mutex_lock(lock);
        const struct names_kind *k = kind_find(n, kind);
        name = k && id < k->n ? k->name[id] : NULL; /* never moved or freed before the table */
        pthread_mutex_unlock(lock);
    }
    return name;
}

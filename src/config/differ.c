/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which settings are others in a tree that was read later. */
#include "config/tree.h"

static bool same_value(const struct conf_node *a, const struct conf_node *b)
{
    return a->value == b->value || (a->value != NULL && b->value != NULL && strcmp(a->value, b->value) == 0);
}

static void say_node(const struct conf_node *n, conf_differ_fn say, void *arg)
{
    char path[CONF_PATH_MAX];

    say(arg, conf_path(n, path, sizeof path));
}

/* Set by hand, all of it: it is not read. */
static bool by_hand(const struct conf_node *n)
{
    bool all = n->first != NULL;

    for (const struct conf_node *c = n->first; all && c != NULL; c = c->next) {
        all = by_hand(c); /* as deep as the reader lets trees be */
    }
    return n->final || all;
}

static void differ_below(const struct conf *before, const struct conf_node *was, const struct conf *after, const struct conf_node *is, conf_differ_fn say, void *arg)
{
    for (const struct conf_node *n = was->first; n != NULL; n = n->next) {
        if (tree_find(after, is, bytes_str(n->name)) == NULL && !by_hand(n)) {
            say_node(n, say, arg);
        }
    }
    for (const struct conf_node *n = is->first; n != NULL; n = n->next) {
        const struct conf_node *old = tree_find(before, was, bytes_str(n->name));
        if (old != NULL && old->final) {
            continue;
        }
        if (old == NULL || !same_value(old, n)) {
            say_node(n, say, arg);
        } else {
            differ_below(before, old, after, n, say, arg); /* as deep as the reader lets trees be */
        }
    }
}

void conf_differ(const struct conf *before, const struct conf *after, conf_differ_fn say, void *arg)
{
    differ_below(before, &before->root, after, &after->root, say, arg);
}

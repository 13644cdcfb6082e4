/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * toy - what a clean header looks like: what it is, who owns what, which thread may call.
 *
 * Owns nothing; any thread.
 */
#ifndef PROTO_TOY_TOY_H
#define PROTO_TOY_TOY_H

struct toy {
    int (*get)(void *ctx, int a, int b, int c, int d, int e, int f, int g);
    unsigned kind : 4;
};

extern const int toy_limit;
int toy_six(int a, int b, int (*c)(int, int, int, int, int, int, int), int d, int e, int f)
    __attribute__((format(printf, 1, 2)));
static inline int toy_one(const struct toy *t) { return t->kind; }

#endif

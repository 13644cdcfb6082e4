/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/beat.h"

#include "base/clock.h"
#include "base/rows.h"
#include "source/bpf.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    PAGE = 4096, PLACES = 64, EACH = 64 / 8, /* words: a line of the cache for each worker: */
    LAST = 0, FROM, TO,       /* its last sign of life, and when the kernel had taken over for want of one; ns, monotonic */
    OURS,                     /* of the first place, for all: since when what comes is ours to hand on, before the kernel does; UINT64_MAX: not yet */
    HELPER_TIME = 5, HELPER_CLONE_REDIRECT = 13,
    PRIORITY = 49145,         /* texts that say what takes a filter away name it, too (source.c, shared.c, doctor/findings.list) */
    HANDLE_MOST = 2,          /* of a program that was replaced by a newer one it may be either */
    AHEAD_MS = 5,             /* of the moment from which on it is ours: for all to know it by then */
};
_Static_assert(PLACES * EACH * 8 <= PAGE, "one page");
#define NAME "peccary-guard"
#define NAME_MADE NAME "-clsact" /* of a filter whose qdisc a guard has made, itself or one that was killed before it */

struct beat {
    struct beat_settings settings;
    _Atomic uint64_t *place;  /* of the map: EACH words a worker, who alone writes them; the others and the kernel's program read */
    uint64_t begun;           /* what stands for a sign of life until the first */
    int map, program;
    _Atomic unsigned index;   /* of `in` */
    _Atomic bool gone;        /* the filter: to be put there again */
    bool attached;
    _Atomic uint64_t until;   /* ns, monotonic: when all workers end; 0: not yet */
    uint32_t handle;          /* of its filter */
    _Atomic unsigned to_come; /* workers that do not read yet */
};

/* r6 the frame, r7 the time, r8 the page; is it the kernel's yet; per worker: its last sign of life; one too old: a copy goes out.  All goes
 * on to the system. */
static void program_write(struct bpf_making *m, const struct beat *b, int out)
{
    enum { OPEN };

    bpf_put(m, BPF_ALU64 | BPF_MOV | BPF_X, 6, 1, 0, 0);
    bpf_put_map(m, 8, BPF_PSEUDO_MAP_VALUE, b->map);
    bpf_put(m, BPF_JMP | BPF_CALL, 0, 0, 0, HELPER_TIME);
    bpf_put(m, BPF_ALU64 | BPF_MOV | BPF_X, 7, 0, 0, 0);
    bpf_put(m, BPF_LDX | BPF_DW | BPF_MEM, 1, 8, OURS * 8, 0);
    bpf_jump(m, BPF_JMP | BPF_JGT | BPF_X, 1, 7, 0, OPEN);
    bpf_put_wide(m, 2, b->settings.stall);
    bpf_put(m, BPF_ALU64 | BPF_SUB | BPF_X, 7, 2, 0, 0); /* what is older than this is too old */
    for (unsigned i = 0; i < b->settings.workers; i++) {
        bpf_put(m, BPF_LDX | BPF_DW | BPF_MEM, 1, 8, (int)(i * EACH * 8), 0);
        bpf_jump(m, BPF_JMP | BPF_JGT | BPF_X, 7, 1, 0, OPEN);
    }
    bpf_put(m, BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, TC_ACT_UNSPEC);
    bpf_put(m, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
    bpf_here(m, OPEN);
    bpf_put(m, BPF_ALU64 | BPF_MOV | BPF_X, 1, 6, 0, 0);
    bpf_put(m, BPF_ALU64 | BPF_MOV | BPF_K, 2, 0, 0, out);
    bpf_put(m, BPF_ALU64 | BPF_MOV | BPF_K, 3, 0, 0, 0);
    bpf_put(m, BPF_JMP | BPF_CALL, 0, 0, 0, HELPER_CLONE_REDIRECT);
    bpf_put(m, BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, TC_ACT_UNSPEC);
    bpf_put(m, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

static bool page_make(struct beat *b, struct err *err)
{
    union bpf_attr map = { .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = PAGE, .max_entries = 1, .map_flags = BPF_F_MMAPABLE };

    b->map = bpf_call(BPF_MAP_CREATE, &map);
    if (b->map < 0) {
        return err_sys(err, "bpf");
    }
    void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, b->map, 0);
    if (page == MAP_FAILED) {
        return err_sys(err, "map bpf memory");
    }
    b->place = page;
    return true;
}

static struct request tc_request(unsigned index, unsigned type, unsigned flags, uint32_t parent, uint32_t handle)
{
    struct request r = request_of(type, flags, sizeof(struct tcmsg));
    struct tcmsg *t = request_body(&r);

    t->tcm_ifindex = (int)index;
    t->tcm_parent = parent;
    t->tcm_handle = handle;
    return r;
}

static struct request filter_request(unsigned index, unsigned type, unsigned flags, uint32_t handle)
{
    struct request r = tc_request(index, type, flags, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS), handle);

    ((struct tcmsg *)request_body(&r))->tcm_info = TC_H_MAKE((uint32_t)PRIORITY << 16, htons(ETH_P_ALL));
    request_put(&r, TCA_KIND, "bpf", sizeof("bpf"));
    return r;
}

static bool filter_is(unsigned index, uint32_t handle, const char *name)
{
    struct request r = filter_request(index, RTM_GETTFILTER, 0, handle);

    return request_says(&r, name);
}

static bool filter_there(unsigned index, uint32_t handle) { return filter_is(index, handle, NAME); }

/* Did a guard make the qdisc?  Its filter says so; where there is none it is not known, and the qdisc is taken for somebody else's. */
static bool qdisc_is_ours(unsigned index)
{
    bool ours = false;

    for (uint32_t h = 1; h <= HANDLE_MOST; h++) {
        ours |= filter_is(index, h, NAME_MADE);
    }
    return ours;
}

/* False with errno: there is none. */
static bool qdisc_make(unsigned index, bool *ours)
{
    struct request r = tc_request(index, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, TC_H_CLSACT, TC_H_MAKE(TC_H_CLSACT, 0));

    request_put(&r, TCA_KIND, "clsact", sizeof("clsact"));
    *ours = request_ask(&r);
    if (*ours || errno != EEXIST) {
        return *ours;
    }
    *ours = qdisc_is_ours(index);
    return true;
}

/* Nobody has a filter in it any more. */
static void qdisc_away(unsigned index)
{
    static const uint32_t ways[] = { TC_H_MIN_INGRESS, TC_H_MIN_EGRESS };
    struct request r = tc_request(index, RTM_DELQDISC, 0, TC_H_CLSACT, TC_H_MAKE(TC_H_CLSACT, 0));

    for (unsigned i = 0; i < ROWS(ways); i++) {
        struct request all = tc_request(index, RTM_GETTFILTER, NLM_F_DUMP, TC_H_MAKE(TC_H_CLSACT, ways[i]), 0);
        if (request_lists(&all)) {
            return;
        }
    }
    (void)request_ask(&r);
}

/* In place of the one that is there, between two frames. */
static bool attach(struct beat *b, const char *name)
{
    struct request r = filter_request(b->index, RTM_NEWTFILTER, NLM_F_CREATE, b->handle);
    uint32_t fd = (uint32_t)b->program, direct = TCA_BPF_FLAG_ACT_DIRECT;

    size_t nest = request_begin(&r, TCA_OPTIONS);
    request_put(&r, TCA_BPF_FD, &fd, sizeof(fd));
    request_put(&r, TCA_BPF_NAME, name, strlen(name) + 1);
    request_put(&r, TCA_BPF_FLAGS, &direct, sizeof(direct));
    request_end(&r, nest);
    bool done = request_ask(&r);
    b->attached |= done;
    atomic_store(&b->gone, !done);
    return done;
}

/* Ours.  False with errno: it is still there. */
static bool filter_away(unsigned index, uint32_t handle)
{
    struct request r = filter_request(index, RTM_DELTFILTER, 0, handle);

    return !filter_there(index, handle) || request_ask(&r);
}

/* All of ours, and the qdisc that was made for them.  False with errno: one is still there. */
static bool all_away(unsigned index)
{
    bool ours = qdisc_is_ours(index), away = true;

    for (uint32_t h = 1; away && h <= HANDLE_MOST; h++) {
        away = filter_away(index, h);
    }
    if (away && ours) {
        qdisc_away(index);
    }
    return away;
}

bool beat_clear(const char *in, struct err *err)
{
    unsigned index = if_nametoindex(in); /* 0: told when it is opened */

    return index == 0 || all_away(index) || err_sys(err, "%s: what a killed guard left there hands frames on uninspected, and could not be taken away (tc filter del dev %s ingress pref %d)", in, in, PRIORITY);
}

bool beat_there(unsigned index)
{
    bool there = false;

    for (uint32_t h = 1; h <= HANDLE_MOST; h++) {
        there |= filter_there(index, h);
    }
    return there;
}

bool beat_renew(struct beat *b, struct err *err)
{
    struct bpf_making m = { .n = 0 };
    unsigned out = if_nametoindex(b->settings.out);

    atomic_store(&b->gone, true);
    b->index = if_nametoindex(b->settings.in);
    if (b->index == 0 || out == 0) {
        return err_sys(err, "%s, %s", b->settings.in, b->settings.out);
    }
    if (b->program >= 0) {
        (void)close(b->program);
    }
    program_write(&m, b, (int)out);
    b->program = bpf_make(BPF_PROG_TYPE_SCHED_CLS, &m, 0);
    if (b->program < 0) {
        return err_sys(err, "bpf program");
    }
    bool ours;
    return (qdisc_make(b->index, &ours) && attach(b, ours ? NAME_MADE : NAME)) || err_sys(err, "traffic control");
}

void beat_ask(struct beat *b)
{
    if (!filter_there(b->index, b->handle) && (errno == ENOENT || errno == EINVAL)) { /* no filter, no qdisc */
        atomic_store(&b->gone, true);
    }
}

enum beat_state beat_look(struct beat *b)
{
    struct err why;

    if (!atomic_load(&b->gone)) {
        return BEAT_THERE;
    }
    return beat_renew(b, &why) ? BEAT_AGAIN : BEAT_GONE;
}

struct beat *beat_new(const struct beat_settings *s, struct err *err)
{
    struct beat *b = calloc(1, sizeof(*b));

    if (b == NULL || s->workers > PLACES) {
        free(b);
        (void)err_set(err, "no memory, or more than %d workers", PLACES);
        return NULL;
    }
    b->settings = *s;
    b->map = b->program = -1;
    b->handle = 1;
    bool left = false;
    for (uint32_t h = HANDLE_MOST; h != 0; h--) {
        if (filter_there(if_nametoindex(s->in), h)) {
            left = true;
            b->handle = h;
        }
    }
    b->to_come = s->workers;
    bool good = page_make(b, err);
    b->begun = clock_monotonic() + CLOCK_SECOND; /* until then they run */
    for (unsigned i = 0; good && i < s->workers; i++) {
        b->place[i * EACH] = b->begun;
    }
    if (good && left) {
        b->place[OURS] = UINT64_MAX;
    }
    if (!good || !beat_renew(b, err) || (!filter_away(b->index, HANDLE_MOST + 1 - b->handle) && !err_sys(err, "what a killed guard left"))) {
        beat_free(b);
        return NULL;
    }
    return b;
}

void beat_leave(struct beat *b, uint64_t when)
{
    if (*b->settings.stays) {
        atomic_store(&b->until, when);
    }
}

void beat_end(struct beat *b)
{
    if (b->attached && atomic_load(&b->until) == 0) {
        (void)all_away(b->index);
        b->attached = false;
    }
}

void beat_free(struct beat *b)
{
    if (b == NULL) {
        return;
    }
    if (b->attached && !*b->settings.stays && b->place[OURS] != UINT64_MAX) { /* where none of ours came to read it goes on as it was */
        (void)all_away(b->index);
    }
    if (b->place != NULL) {
        for (unsigned i = 0; *b->settings.stays && i < b->settings.workers; i++) {
            b->place[i * EACH] = 0; /* the kernel's from here on */
        }
        (void)munmap((void *)(uintptr_t)b->place, PAGE);
    }
    if (b->program >= 0) {
        (void)close(b->program);
    }
    if (b->map >= 0) {
        (void)close(b->map);
    }
    free(b);
}

void pulse_beat(struct pulse *p, uint64_t now)
{
    if (p->beat == NULL) {
        return;
    }
    uint64_t last = p->last != 0 ? p->last : p->beat->begun;
    if (p->last == 0) {
        atomic_fetch_sub(&p->beat->to_come, 1);
    }
    if (p->worker == 0 && atomic_load(&p->beat->to_come) == 0 && atomic_load(&p->beat->place[OURS]) == UINT64_MAX) {
        atomic_store(&p->beat->place[OURS], clock_monotonic() + AHEAD_MS * (CLOCK_SECOND / 1000));
    }
    _Atomic uint64_t *place = &p->beat->place[p->worker * EACH];
    if (now > last + p->beat->settings.stall) { /* for all to know before the sign: what others hold the kernel had handed on, too */
        atomic_store(&place[FROM], last + p->beat->settings.stall);
        atomic_store(&place[TO], now);
    }
    p->last = now;
    uint64_t until = atomic_load(&p->beat->until);
    atomic_store_explicit(&place[LAST], until != 0 ? until - p->beat->settings.stall : now, memory_order_release);
}

bool pulse_handed(const struct pulse *p, uint64_t came)
{
    if (p->beat == NULL) {
        return false;
    }
    uint64_t until = atomic_load(&p->beat->until);
    if (came < atomic_load(&p->beat->place[OURS]) || (until != 0 && came > until)) {
        return true;
    }
    for (unsigned i = 0; i < p->beat->settings.workers; i++) {
        _Atomic uint64_t *place = &p->beat->place[i * EACH];
        if (came > atomic_load_explicit(&place[LAST], memory_order_acquire) + p->beat->settings.stall ||
            (came > atomic_load_explicit(&place[FROM], memory_order_relaxed) && came < atomic_load_explicit(&place[TO], memory_order_relaxed))) {
            return true;
        }
    }
    return false;
}

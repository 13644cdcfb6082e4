/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "respond/respond.h"

#include "base/clock.h"
#include "respond/reject.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

const struct counter_row respond_counters[] = {
#define COUNTER(id, name, kind, help) { name, help, kind },
#include "respond/counters.list"
#undef COUNTER
};

const struct option_row respond_options[] = {
    { "respond.max-rate", OPTION_U32, offsetof(struct respond_settings, rate), "1000", NULL, 0, 1000000, "a second",
      "resets and unreachables that a worker sends at most; more are counted (respond.over_rate)" },
};
const unsigned respond_option_n = ROWS(respond_options);

struct respond {
    struct respond_settings settings;
    struct respond_way way;
    int raw4, raw6;          /* for what no device sends; -1: not permitted */
    uint64_t second;         /* … of the monotonic clock, in which `sent` were */
    uint32_t sent;
    uint64_t counter[RESPOND_COUNTER_N];
};

struct respond *respond_new(const struct respond_settings *s, struct respond_way way)
{
    struct respond *r = calloc(1, sizeof *r);
    int one = 1;

    if (r == NULL) {
        return NULL;
    }
    r->settings = *s;
    r->way = way;
    r->raw4 = s->active ? socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_RAW) : -1;
    r->raw6 = s->active ? socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_RAW) : -1;
    if (r->raw6 >= 0) {
        (void)setsockopt(r->raw6, IPPROTO_IPV6, IPV6_HDRINCL, &one, sizeof one);
    }
    return r;
}

void respond_free(struct respond *r)
{
    if (r == NULL) {
        return;
    }
    if (r->raw4 >= 0) {
        (void)close(r->raw4);
    }
    if (r->raw6 >= 0) {
        (void)close(r->raw6);
    }
    free(r);
}

static bool send_raw(struct respond *r, const struct view *v, struct bytes ip, const struct addr *to)
{
    struct sockaddr_in four = { .sin_family = AF_INET };
    struct sockaddr_in6 six = { .sin6_family = AF_INET6 };

    if (v->family == FAMILY_4) {
        memcpy(&four.sin_addr, to->b + 12, 4);
        return r->raw4 >= 0 && sendto(r->raw4, ip.p, ip.n, 0, (const struct sockaddr *)&four, sizeof four) >= 0;
    }
    memcpy(&six.sin6_addr, to->b, 16);
    return r->raw6 >= 0 && sendto(r->raw6, ip.p, ip.n, 0, (const struct sockaddr *)&six, sizeof six) >= 0;
}

static bool within_rate(struct respond *r)
{
    uint64_t second = clock_monotonic() / CLOCK_SECOND;

    if (second != r->second) {
        r->second = second;
        r->sent = 0;
    }
    return r->sent++ < r->settings.rate;
}

static void tell(struct respond *r, const struct view *v, bool to_source)
{
    struct reply reply;

    if (!reject_make(v, to_source, r->settings.held, &reply)) {
        return;
    }
    if (!within_rate(r)) {
        r->counter[RESPOND_RATE]++;
        return;
    }
    bool sent = (reply.frame.n != 0 && r->way.send(r->way.ctx, v->packet->input, reply.frame, !to_source)) ||
                send_raw(r, v, reply.ip, to_source ? &v->src : &v->dst);
    r->counter[!sent ? RESPOND_FAILED : view_has(v, LAYER_TCP) ? RESPOND_RESETS : RESPOND_UNREACHABLES]++;
}

void respond_reject(struct respond *r, const struct view *v, unsigned to)
{
    if (!r->settings.active) {
        return;
    }
    if ((to & REJECT_SOURCE) != 0) {
        tell(r, v, true);
    }
    if ((to & REJECT_TARGET) != 0) {
        tell(r, v, false);
    }
}

const uint64_t *respond_counts(const struct respond *r) { return r->counter; }

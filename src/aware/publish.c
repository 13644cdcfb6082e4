/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "aware/publish.h"

#include <string.h>

void publish_host(struct map *m, struct entity *e)
{
    if (m->board == NULL || e->publish) {
        return;
    }
    e->publish = true;
    e->publish_prev = NULL;
    e->publish_next = m->publish;
    if (m->publish != NULL) {
        m->publish->publish_prev = e;
    }
    m->publish = e;
}

void publish_forget(struct map *m, struct entity *e)
{
    if (!e->publish) {
        return;
    }
    *(e->publish_prev != NULL ? &e->publish_prev->publish_next : &m->publish) = e->publish_next;
    if (e->publish_next != NULL) {
        e->publish_next->publish_prev = e->publish_prev;
    }
    e->publish = false;
}

static bool is_ip(const struct tenure *t) { return t->family == FAMILY_4 || t->family == FAMILY_6; }

void publish_left(struct map *m, const struct tenure *t)
{
    if (m->board != NULL && is_ip(t)) {
        host_board_put(m->board, &(struct host_fact){ .addr = t->addr, .family = t->family, .scope = t->scope, .flags = HOST_GONE });
    }
}

static void publish_address(struct map *m, const struct entity *e, const struct tenure *t)
{
    struct host_fact f = { .addr = t->addr, .family = t->family, .scope = t->scope, .first = e->first, .os = e->family, .vm = e->hypervisor, .device = e->device };

    for (unsigned i = 0; i < t->service_n && f.service_n < HOST_SERVICES; i++) {
        if (t->service[i].app != 0) {
            f.service[f.service_n++] = (struct host_service){ t->service[i].port, t->service[i].app, t->service[i].proto };
        }
    }
    host_board_put(m->board, &f);
}

void publish_issue(struct map *m, uint64_t issue)
{
    for (struct entity *e; (e = m->publish) != NULL;) {
        publish_forget(m, e);
        for (const struct tenure *t = e->tenure; t != NULL; t = t->next) {
            if (t->until == 0 && is_ip(t)) {
                publish_address(m, e, t);
            }
        }
    }
    host_board_close(m->board, issue);
}

void publish_all(struct map *m)
{
    for (struct entity *e = m->first; e != NULL; e = e->next) {
        publish_host(m, e);
    }
}

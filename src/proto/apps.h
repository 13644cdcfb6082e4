/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * apps - which application a flow is of, where no protocol of ours reads it, or the protocol says little (TLS, HTTP, QUIC).
 *
 * Told by its first bytes, by the name the client called its server, or by the server's port, from the rows of apps.list.
 * The table is made at start, read-only and shared by all workers.
 */
#ifndef PROTO_APPS_H
#define PROTO_APPS_H

#include "base/rd.h"

enum app_by { APP_BY_NONE, APP_BY_PORT, APP_BY_HOST, APP_BY_BYTES };
struct app_told {
    uint16_t id;      /* 1 + its place among the names; 0: none */
    uint8_t by;       /* enum app_by */
};

struct apps;
struct apps *apps_new(void);   /* NULL: no memory */
void apps_free(struct apps *a);

/* The first bytes of a direction; from, to: ports of who sent them, and of the other. */
struct app_told apps_bytes(const struct apps *a, bool udp, uint16_t from, uint16_t to, struct bytes b);
struct app_told apps_host(const struct apps *a, struct bytes host);
struct app_told apps_port(const struct apps *a, bool udp, uint16_t server);
const char *apps_name(const struct apps *a, uint16_t id);  /* NULL for 0 */
const char *apps_by(uint8_t by);                           /* "port", "host", "bytes" */

#endif

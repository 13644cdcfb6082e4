/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * software - what speaks on a port, or for a client: maker, product, version and parts, from what it said of itself and what others
 * say of it.  For the files of aware/ alone.
 *
 * Nothing of it is kept: it follows from the evidence of the address and port, whose texts are there once for all that have them.  Who knows
 * better goes before (user, scanner, sensor, import), then what was seen last; where that one leaves a version or a maker open, what
 * else is known of the same product fills it.
 *
 * Texts live as long as the map's lock is held.
 */
#ifndef AWARE_SOFTWARE_H
#define AWARE_SOFTWARE_H

#include "aware/map.h"

enum { SOFTWARE_PARTS = 8, CPE_MAX = 160, SOFTWARE_TEXT = 160 };

struct part { struct bytes name, version; };

struct software {
    const struct evidence *by;     /* NULL: nothing was said */
    struct bytes vendor, product, version; /* product empty: what was said is in no table */
    struct bytes more;             /* what stands behind it, in brackets or not: a distribution, a build */
    struct bytes cpe;              /* "openbsd:openssh", or a whole one as a scanner gives it */
    const char *row;               /* of the table; NULL: somebody said it, or it is spelled as such lists are */
    uint8_t confidence;
    struct part part[SOFTWARE_PARTS];
    unsigned part_n;
};

/* Of a service. */
void software_of(const struct map *m, const struct tenure *t, const struct service *v, struct software *out);
/* Of a client, by one sign of it; false: it is no such sign, or says nothing of software. */
bool software_of_client(const struct map *m, const struct evidence *v, struct software *out);
/* Of an encrypted service, the newest sign of that kind; NULL: none. */
const struct evidence *software_sign(const struct tenure *t, const struct service *v, unsigned sign);
/* … of the certificate that is the newest: what was first seen with its fingerprint goes before. */
const struct evidence *software_certificate(const struct tenure *t, const struct service *v, unsigned sign);
/* "nginx 1.18.0", cut to the room; its length. */
size_t software_text(const struct software *s, char out[SOFTWARE_TEXT]);
/* "cpe:/a:openbsd:openssh:7.4p1"; empty: it is not certain. */
void software_cpe(const struct software *s, char out[CPE_MAX]);
/* A sign of the observation's port is news: if the service's version is another now, that is told. */
void software_news(struct map *m, struct tenure *t, const struct seen *s);
/* Text that somebody made of a service, one behind the other with tabs; its length. */
enum service_told { SERVICE_VENDOR, SERVICE_PRODUCT, SERVICE_VERSION, SERVICE_MORE, SERVICE_CPE, SERVICE_TEXTS };
size_t software_said(const struct bytes told[SERVICE_TEXTS], char out[SEEN_TEXT_MAX]);

/* "NAME/VERSION (COMMENT) NAME/VERSION, NAME": the next of such a list (RFC 9110 10.1.5, 10.2.4); false: there is no more. */
bool product_next(struct bytes *list, struct part *out, struct bytes *comment);

/* json.c's, export.c's */
void software_json(const struct map *m, const struct tenure *t, const struct service *v, struct json *j); /* members of a service's object */
void software_clients_json(const struct map *m, const struct entity *e, struct json *j); /* "client_software": […] */

#endif

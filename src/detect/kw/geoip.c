/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/kw/kw.h"

#ifdef HAVE_LIBMAXMINDDB
#include <maxminddb.h>
#include <netinet/in.h>
#include <stdlib.h>

#define COUNTRIES_MAX 64

enum who { SRC = 1, DST = 2, EITHER = 3, BOTH = 4 };

struct countries {
    MMDB_s *database;
    uint8_t who;
    bool negated;
    unsigned n;
    char code[COUNTRIES_MAX][4];
};

static void database_close(void *thing)
{
    MMDB_close(thing);
    free(thing);
}

static MMDB_s *database_open(struct rule_parse *p, struct err *err)
{
    const char *file = rule_parse_context(p)->geoip_database;
    MMDB_s *m = rule_parse_kept(p, "geoip");
    int status;

    if (m) {
        return m;
    }
    if (file == NULL) {
        err_set(err, "no database for geoip: set geoip-database to a file of countries");
        return NULL;
    }
    m = calloc(1, sizeof *m);
    if (m == NULL) {
        err_set(err, "out of memory for rules");
        return NULL;
    }
    status = MMDB_open(file, MMDB_MODE_MMAP, m);
    if (status != MMDB_SUCCESS) {
        free(m);
        err_set(err, "Failed to open GeoIP2 database: %s. Error was: %s.", file, MMDB_strerror(status));
        return NULL;
    }
    return rule_parse_keep(p, "geoip", m, database_close, err) ? m : NULL;
}

static uint8_t who_of(struct bytes w)
{
    return bytes_is(w, "src") ? SRC : bytes_is(w, "dst") ? DST : bytes_is(w, "both") ? BOTH : bytes_is(w, "any") ? EITHER : 0;
}

/* "[src|dst|both|any,][!]CC[,CC…]" */
static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    struct countries *to = kw_data(p, sizeof *to, err);
    struct rd b = rd_of(bytes_str(argument));
    bool comma = true, first = true;

    (void)r;
    (void)place;
    *data = to;
    if (to == NULL) {
        return false;
    }
    to->who = EITHER;
    while (comma) {
        struct bytes w = bytes_trim(rd_until(&b, ',', &comma), " \t");
        bool lead = first;

        first = false;
        if (lead && comma && who_of(w)) {
            to->who = who_of(w);
            continue;
        }
        if (bytes_starts(w, "!")) {
            to->negated = true;
            w = bytes_from(w, 1);
        }
        if (to->n == COUNTRIES_MAX) {
            return err_set(err, "too many arguments for geoip keyword");
        }
        if (w.n == 0 || w.n > 3) {
            return err_set(err, "'%.*s' is no country code", (int)w.n, (const char *)w.p);
        }
        memcpy(to->code[to->n++], w.p, w.n);
    }
    to->database = database_open(p, err);
    return to->database != NULL;
}

/* Suricata looks up IPv4 alone. */
static bool is_there(const struct countries *c, const struct addr *a)
{
    struct sockaddr_in sa = { .sin_family = AF_INET };
    MMDB_lookup_result_s found;
    MMDB_entry_data_s value;
    int error;

    memcpy(&sa.sin_addr, a->b + 12, 4);
    found = MMDB_lookup_sockaddr(c->database, (const struct sockaddr *)&sa, &error);
    if (error != MMDB_SUCCESS || !found.found_entry) {
        return false;
    }
    if (MMDB_get_value(&found.entry, &value, "country", "iso_code", NULL) != MMDB_SUCCESS || !value.has_data ||
        value.type != MMDB_DATA_TYPE_UTF8_STRING) {
        return false;
    }
    for (unsigned i = 0; i < c->n; i++) {
        if (strlen(c->code[i]) == value.data_size && memcmp(c->code[i], value.utf8_string, value.data_size) == 0) {
            return !c->negated;
        }
    }
    return c->negated;
}

static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    const struct countries *c = data;
    bool src, dst;

    (void)r;
    if (s->view == NULL || !view_has(s->view, LAYER_IPV4)) {
        return false;
    }
    src = c->who & (SRC | BOTH) && is_there(c, &s->view->src);
    dst = c->who & (DST | BOTH) && is_there(c, &s->view->dst);
    return c->who == BOTH ? src && dst : src || dst;
}
#else
static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    (void)p;
    (void)r;
    (void)argument;
    (void)place;
    (void)data;
    return err_set(err, "no GeoIP support built in, needed for geoip keyword");
}

static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    (void)s;
    (void)r;
    (void)data;
    return false;
}
#endif

const struct keyword keyword_geoip = {
    .name = "geoip",
    .dialects = 1 << DIALECT_SURICATA,
    .place = KEYWORD_PACKET,
    .parse = parse,
    .match = match,
    .help = "country of an IPv4 address: geoip:src,DE,FR",
};

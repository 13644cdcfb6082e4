/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "proto/apps.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/hash.h"
#include "base/rows.h"

enum { TCP = 1, UDP = 2, BOTH = TCP | UDP };

static const struct bytes_row {
    const char *name;
    uint8_t transports;
    uint16_t port, within;
    const char *pattern, *source;
} bytes_rows[] = {
#define APP_BYTES(name, transports, port, within, pattern, source) { name, transports, port, within, pattern, source },
#define APP_HOST(name, suffix, source)
#define APP_PORT(name, transports, low, high, source)
#include "proto/apps.list"
#undef APP_BYTES
#undef APP_HOST
#undef APP_PORT
};

static const struct host_row {
    const char *name, *suffix, *source;
} host_rows[] = {
#define APP_BYTES(name, transports, port, within, pattern, source)
#define APP_HOST(name, suffix, source) { name, suffix, source },
#define APP_PORT(name, transports, low, high, source)
#include "proto/apps.list"
#undef APP_BYTES
#undef APP_HOST
#undef APP_PORT
};

static const struct port_row {
    const char *name;
    uint8_t transports;
    uint16_t low, high;
    const char *source;
} port_rows[] = {
#define APP_BYTES(name, transports, port, within, pattern, source)
#define APP_HOST(name, suffix, source)
#define APP_PORT(name, transports, low, high, source) { name, transports, low, high, source },
#include "proto/apps.list"
#undef APP_BYTES
#undef APP_HOST
#undef APP_PORT
};

enum { PATTERN_MAX = 24, SLOTS = 2048, LABELS_MAX = 8, NAMES_MAX = ROWS(bytes_rows) + ROWS(host_rows) + ROWS(port_rows) };
_Static_assert(ROWS(host_rows) < SLOTS / 2, "a table of hosts that is half empty");

struct pattern {
    uint8_t byte[PATTERN_MAX], mask[PATTERN_MAX];
    uint8_t n;
};

struct apps {
    const char *name[NAMES_MAX];
    uint16_t name_n;
    struct pattern pattern[ROWS(bytes_rows)];
    uint16_t bytes_id[ROWS(bytes_rows)], host_id[ROWS(host_rows)], port_id[ROWS(port_rows)];
    uint16_t slot[SLOTS];      /* 1 + row of host_rows; 0: empty */
};

/* ------- the table ------- */

static uint16_t name_id(struct apps *a, const char *name)
{
    for (uint16_t i = 0; i < a->name_n; i++) {
        if (strcmp(a->name[i], name) == 0) {
            return (uint16_t)(i + 1);
        }
    }
    a->name[a->name_n++] = name;
    return a->name_n;
}

static unsigned digit(char c)
{
    bug_if(!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == '?'));
    return c == '?' ? 0 : c <= '9' ? (unsigned)(c - '0') : (unsigned)(c - 'a' + 10);
}

/* As contents of rules are spelled: text, and bytes in hex between bars; ? is any digit. */
static struct pattern pattern_read(const char *s)
{
    struct pattern p = { .n = 0 };
    bool hex = false;

    for (; *s != '\0'; s++) {
        if (*s == '|') {
            hex = !hex;
        } else if (hex && *s == ' ') {
            continue;
        } else {
            bug_if(p.n == PATTERN_MAX);
            p.mask[p.n] = hex ? (uint8_t)((s[0] != '?') * 0xf0 | (s[1] != '?') * 0x0f) : 0xff;
            p.byte[p.n++] = hex ? (uint8_t)(digit(s[0]) << 4 | digit(s[1])) : (uint8_t)*s;
            s += hex;
        }
    }
    return p;
}

static uint64_t host_hash(struct bytes host)
{
    uint64_t h = 0xcbf29ce484222325ULL; /* names of our own rows only lie in the table: no seed is needed */

    for (size_t i = 0; i < host.n; i++) {
        uint8_t c = host.p[i] >= 'A' && host.p[i] <= 'Z' ? host.p[i] | 0x20 : host.p[i];
        h = (h ^ c) * 0x100000001b3ULL;
    }
    return hash_word(h);
}

struct apps *apps_new(void)
{
    struct apps *a = calloc(1, sizeof *a);

    if (a == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < ROWS(bytes_rows); i++) {
        a->pattern[i] = pattern_read(bytes_rows[i].pattern);
        a->bytes_id[i] = name_id(a, bytes_rows[i].name);
    }
    for (size_t i = 0; i < ROWS(host_rows); i++) {
        size_t at = host_hash(bytes_str(host_rows[i].suffix)) % SLOTS;
        while (a->slot[at] != 0) {
            at = (at + 1) % SLOTS;
        }
        a->slot[at] = (uint16_t)(i + 1);
        a->host_id[i] = name_id(a, host_rows[i].name);
    }
    for (size_t i = 0; i < ROWS(port_rows); i++) {
        a->port_id[i] = name_id(a, port_rows[i].name);
    }
    return a;
}

void apps_free(struct apps *a) { free(a); }

/* ------- first bytes ------- */

static bool pattern_at(const struct pattern *p, struct bytes b, size_t at)
{
    if (at + p->n > b.n) {
        return false;
    }
    for (unsigned i = 0; i < p->n; i++) {
        if ((b.p[at + i] & p->mask[i]) != p->byte[i]) {
            return false;
        }
    }
    return true;
}

static bool pattern_within(const struct pattern *p, struct bytes b, uint16_t within)
{
    for (size_t at = 0; at <= within && at + p->n <= b.n; at++) {
        if (pattern_at(p, b, at)) {
            return true;
        }
    }
    return false;
}

/* RFC 3550 6.4: one or more packets whose lengths add up to the datagram. */
static bool is_rtcp(struct bytes b)
{
    struct rd r = rd_of(b);
    unsigned n = 0;

    while (rd_left(&r) >= 8) {
        uint8_t first = rd_u8(&r), type = rd_u8(&r);
        size_t words = rd_be16(&r);
        if (first >> 6 != 2 || type < 200 || type > 207) {
            return false;
        }
        rd_skip(&r, words * 4);
        n++;
    }
    return n != 0 && rd_ok(&r) && rd_left(&r) == 0;
}

/* RFC 3550 5.1, RFC 3551 6: version 2, one source, a type that is given out or dynamic, and some payload behind the head;
 * with an extension, that of RFC 8285.  Less would take every hundredth datagram of noise for it. */
static bool is_rtp(struct bytes b)
{
    struct rd r = rd_of(b);
    uint8_t first = rd_u8(&r), type = rd_u8(&r) & 0x7f;

    rd_skip(&r, 6);
    uint32_t source = rd_be32(&r);
    bool plain = first == 0x80 || (first == 0x90 && rd_be16(&r) == 0xbede);
    bool known = type <= 18 || type == 25 || type == 26 || type == 28 || (type >= 31 && type <= 34) || type >= 96;
    return rd_ok(&r) && plain && known && source != 0 && rd_left(&r) >= 8;
}

/* ISO 13818-1 2.4.3.2, as datagrams carry it: packets of 188 bytes, each begins with 47. */
static bool is_mpeg_ts(struct bytes b)
{
    bool good = b.n != 0 && b.n % 188 == 0;

    for (size_t at = 0; good && at < b.n; at += 188) {
        good = b.p[at] == 0x47;
    }
    return good;
}

static const struct media_row {
    const char *name;
    bool (*is)(struct bytes b);
} media_rows[] = { { "rtcp", is_rtcp }, { "rtp", is_rtp }, { "mpeg-ts", is_mpeg_ts } };

struct app_told apps_bytes(const struct apps *a, bool udp, uint16_t from, uint16_t to, struct bytes b)
{
    uint8_t transport = udp ? UDP : TCP;

    for (size_t i = 0; i < ROWS(bytes_rows); i++) {
        const struct bytes_row *row = &bytes_rows[i];
        if ((row->transports & transport) != 0 && (row->port == 0 || row->port == from || row->port == to) &&
            pattern_within(&a->pattern[i], b, row->within)) {
            return (struct app_told){ a->bytes_id[i], APP_BY_BYTES };
        }
    }
    for (size_t i = 0; udp && from >= 1024 && to >= 1024 && i < ROWS(media_rows); i++) {
        if (media_rows[i].is(b)) {
            return (struct app_told){ (uint16_t)(NAMES_MAX + 1 + i), APP_BY_BYTES };
        }
    }
    return (struct app_told){ 0, APP_BY_NONE };
}

/* ------- names and ports ------- */

static const struct host_row *host_find(const struct apps *a, struct bytes suffix)
{
    for (size_t at = host_hash(suffix) % SLOTS; a->slot[at] != 0; at = (at + 1) % SLOTS) {
        const struct host_row *row = &host_rows[a->slot[at] - 1];
        if (bytes_equal_nocase(bytes_str(row->suffix), suffix)) {
            return row;
        }
    }
    return NULL;
}

/* The longest suffix that is listed, by whole labels. */
struct app_told apps_host(const struct apps *a, struct bytes host)
{
    struct app_told told = { 0, APP_BY_NONE };
    unsigned labels = 0;

    while (host.n != 0 && host.p[host.n - 1] == '.') {
        host = bytes_head(host, host.n - 1);
    }
    for (size_t at = host.n; at != 0 && labels < LABELS_MAX; at--) {
        if (at != 1 && host.p[at - 2] != '.') {
            continue;
        }
        labels++;
        const struct host_row *row = host_find(a, bytes_from(host, at - 1));
        if (row != NULL) {
            told = (struct app_told){ a->host_id[row - host_rows], APP_BY_HOST };
        }
    }
    return told;
}

struct app_told apps_port(const struct apps *a, bool udp, uint16_t server)
{
    uint8_t transport = udp ? UDP : TCP;

    for (size_t i = 0; i < ROWS(port_rows); i++) {
        const struct port_row *row = &port_rows[i];
        if ((row->transports & transport) != 0 && server >= row->low && server <= row->high) {
            return (struct app_told){ a->port_id[i], APP_BY_PORT };
        }
    }
    return (struct app_told){ 0, APP_BY_NONE };
}

const char *apps_name(const struct apps *a, uint16_t id)
{
    if (id > NAMES_MAX && id <= NAMES_MAX + ROWS(media_rows)) {
        return media_rows[id - NAMES_MAX - 1].name;
    }
    return id != 0 && id <= a->name_n ? a->name[id - 1] : NULL;
}

const char *apps_by(uint8_t by)
{
    static const char *const names[] = { "none", "port", "host", "bytes" };

    return by < ROWS(names) ? names[by] : "none";
}

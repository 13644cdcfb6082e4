/* SPDX-License-Identifier: GPL-2.0-or-later */
/* import_person - what a person says: a JSON object a line. */
#include "aware/import.h"

#include "base/json_read.h"

static struct bytes member(struct arena *a, struct bytes value, const char *path)
{
    struct bytes found, text;
    enum json_kind kind;

    return json_find(value, path, &found, &kind) && kind == JSON_STRING && json_text(a, found, &text) ? text : bytes_none();
}

/* A text; a number, true and false as they stand. */
static struct bytes said(struct arena *a, struct bytes value, enum json_kind kind)
{
    struct bytes text;

    return kind == JSON_STRING ? (json_text(a, value, &text) ? text : bytes_none()) : kind == JSON_NUMBER || kind == JSON_TRUE || kind == JSON_FALSE ? value : bytes_none();
}

static struct bytes said_of(struct arena *a, struct bytes value, const char *path)
{
    struct bytes found;
    enum json_kind kind;

    return json_find(value, path, &found, &kind) ? said(a, found, kind) : bytes_none();
}

/* What may stand in a line, or in one of its services. */
enum { TEXT = 1 << JSON_STRING, NUMBER = 1 << JSON_NUMBER, PLAIN = TEXT | NUMBER | 1 << JSON_TRUE | 1 << JSON_FALSE, ANY = 0xff };
struct member_row {
    const char *name;
    int kinds;                /* a bit for each JSON kind */
};
static const struct member_row host_members[] = {
    { "address", TEXT }, { "mac", TEXT }, { "name", TEXT }, { "os", TEXT }, { "criticality", PLAIN }, { "tenant", NUMBER }, { "vlan", NUMBER },
    { "services", 1 << JSON_ARRAY }, { "attributes", 1 << JSON_OBJECT },
};
static const struct member_row service_members[] = {
    { "port", ANY }, { "transport", ANY }, { "app", TEXT }, { "vendor", PLAIN }, { "product", PLAIN }, { "version", PLAIN }, { "more", PLAIN }, { "cpe", PLAIN },
};

/* The others are told, and those whose values cannot be read; null is none. */
static void members_check(struct import *in, struct bytes object, const struct member_row *rows, unsigned n)
{
    struct bytes key, value;
    enum json_kind kind;

    for (struct json_walk w = json_members(object); json_next(&w, &key, &value, &kind);) {
        unsigned i = 0;
        key = bytes_trim(key, "\"");
        while (i < n && !bytes_is(key, rows[i].name)) {
            i++;
        }
        if (i == n) {
            import_note(in, HOST_NOTE_MEMBER, key);
        } else if (kind != JSON_NULL && (rows[i].kinds >> kind & 1) == 0) {
            import_note(in, HOST_NOTE_VALUE, key);
        }
    }
}

/* A number up to `most`; 0: there is none. */
static uint64_t number_of(struct import *in, struct bytes value, const char *name, uint64_t most)
{
    struct bytes found;
    enum json_kind kind;
    uint64_t n = 0;

    if (!json_find(value, name, &found, &kind) || kind != JSON_NUMBER) {
        return 0; /* members_check tells */
    }
    if (!bytes_u64(found, &n) || n > most) {
        import_note(in, HOST_NOTE_VALUE, found);
        return 0;
    }
    return n;
}

static void person_service(struct import *in, struct arena *a, struct bytes one, const struct given *g)
{
    struct bytes number = bytes_none(), over = said_of(a, one, "transport");
    enum json_kind kind;
    uint64_t n;

    members_check(in, one, service_members, ROWS(service_members));
    if (!json_find(one, "port", &number, &kind) || kind != JSON_NUMBER || !bytes_u64(number, &n) || n == 0 || n > UINT16_MAX) {
        import_note(in, HOST_NOTE_PORT, number);
    } else if (over.n != 0 && !bytes_among(over, "tcp udp")) {
        import_note(in, HOST_NOTE_TRANSPORT, over);
    } else if (g->family == FAMILY_NONE) {
        import_note(in, HOST_NOTE_HOSTLESS, number);
    } else {
        unsigned proto = bytes_is_nocase(over, "udp") ? 17 : 6;
        const struct bytes told[SERVICE_TEXTS] = { said_of(a, one, "vendor"), said_of(a, one, "product"), said_of(a, one, "version"), said_of(a, one, "more"), said_of(a, one, "cpe") };
        import_port(in, g, proto, n, import_protocol(in, member(a, one, "app")));
        import_software(in, g, proto, n, told);
    }
}

static void person_services(struct import *in, struct arena *a, struct bytes value, const struct given *g)
{
    struct bytes list, key, one;
    enum json_kind kind;

    if (!json_find(value, "services", &list, &kind) || kind != JSON_ARRAY) {
        return;
    }
    for (struct json_walk w = json_members(list); json_next(&w, &key, &one, &kind);) {
        if (kind == JSON_OBJECT) {
            person_service(in, a, one, g);
        } else {
            import_note(in, HOST_NOTE_PORT, one);
        }
    }
}

static void person_attributes(struct import *in, struct arena *a, struct bytes value, const struct given *g)
{
    struct bytes list, key, one, text;
    enum json_kind kind;

    if (!json_find(value, "attributes", &list, &kind) || kind != JSON_OBJECT) {
        return;
    }
    for (struct json_walk w = json_members(list); json_next(&w, &key, &one, &kind);) {
        struct bytes name = bytes_trim(key, "\"");
        if ((text = said(a, one, kind)).n != 0) {
            import_attribute(in, g, name, text);
        } else {
            import_note(in, HOST_NOTE_VALUE, name);
        }
    }
}

static void person_line(struct import *in, struct arena *a, struct bytes value)
{
    enum { VLAN_MAX = 4094 };
    struct given g = { .said = 1 + FUSE_USER, .ts = clock_now(), .name = member(a, value, "name"), .os = member(a, value, "os"), .criticality = said_of(a, value, "criticality") };

    members_check(in, value, host_members, ROWS(host_members));
    g.tenant = (uint32_t)number_of(in, value, "tenant", UINT32_MAX);
    g.vlan = (uint16_t)number_of(in, value, "vlan", VLAN_MAX);
    import_mac(in, member(a, value, "mac"), &g);
    (void)import_addr(in, bytes_trim(member(a, value, "address"), " \t"), &g);
    if (!import_host(in, &g)) {
        return;
    }
    in->got.hosts++;
    g.has_mac &= g.family == FAMILY_NONE;
    person_services(in, a, value, &g);
    person_attributes(in, a, value, &g);
}

void import_person(struct import *in, struct bytes all)
{
    struct rd r = rd_of(all);
    struct arena a;
    size_t had;

    arena_init(&a, NULL, 1 << 20);
    while (rd_left(&r) != 0) {
        struct bytes value, whole = import_line(in, &r, &had);
        if (json_whole(whole, &value) == JSON_OBJECT) {
            person_line(in, &a, value);
        }
        import_line_end(in, whole, had);
        arena_fini(&a);
    }
    arena_fini(&a);
}

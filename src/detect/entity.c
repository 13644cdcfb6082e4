/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keywords about hosts as the map knows them: entity.is_new, entity.os, entity.vm, entity.service. */
#include "detect/kw/kw.h"

#include "aware/print.h"
#include "base/clock.h"
#include "facts/hosts.h"

enum who { SRC = 1, DST = 2, EITHER = 3, BOTH = 4 };
enum { WORDS_MAX = 16, NEW_SECONDS = 300 };

/* What one use asks. */
struct asked {
    uint8_t who, word_n;
    bool negated;
    uint32_t seconds;            /* entity.is_new */
    uint16_t port;               /* entity.service; 0: any */
    uint16_t word[WORDS_MAX];    /* numbers that the names stand for; ANY: some */
};
#define ANY UINT16_MAX

/* What a name stands for; false: nothing. */
typedef bool (*name_read)(const struct rule_parse *p, struct bytes name, uint16_t *out);

static uint8_t who_of(struct bytes w)
{
    return bytes_is(w, "src") ? SRC : bytes_is(w, "dst") ? DST : bytes_is(w, "both") ? BOTH : bytes_is(w, "any") ? EITHER : 0;
}

static bool among(const char *const *names, unsigned n, struct bytes name, uint16_t *out)
{
    for (unsigned i = 1; i < n; i++) {
        if (names[i] != NULL && bytes_is_nocase(name, names[i])) {
            *out = (uint16_t)i;
            return true;
        }
    }
    return false;
}

static bool os_read(const struct rule_parse *p, struct bytes name, uint16_t *out)
{
    (void)p;
    *out = 0;
    return bytes_is(name, "unknown") || among(os_family_names, OS_FAMILY_N, name, out);
}

static bool vm_read(const struct rule_parse *p, struct bytes name, uint16_t *out)
{
    (void)p;
    *out = bytes_is(name, "yes") ? ANY : 0;
    return bytes_is(name, "yes") || bytes_is(name, "no") || among(hypervisor_names, HYPERVISOR_N, name, out);
}

static bool service_read(const struct rule_parse *p, struct bytes name, uint16_t *out)
{
    const struct proto *const *protos = rule_parse_context(p)->protos;
    char text[64];

    *out = ANY;
    if (bytes_is(name, "any")) {
        return true;
    }
    if (name.n >= sizeof text) {
        return false;
    }
    memcpy(text, name.p, name.n);
    text[name.n] = '\0';
    *out = (uint16_t)proto_by_name(text);
    return protos != NULL && *out != PROTO_NONE;
}

/* "[src|dst|both|any,][!]NAME[|NAME…][,PORT]" */
static bool names_parse(struct rule_parse *p, const char *argument, name_read read, bool port, const void **data, struct err *err)
{
    struct asked *to = kw_data(p, sizeof *to, err);
    struct rd all = rd_of(bytes_str(argument));
    bool comma, more = true;
    uint64_t number = 0;

    *data = to;
    if (to == NULL) {
        return false;
    }
    struct bytes w = bytes_trim(rd_until(&all, ',', &comma), " \t");
    to->who = EITHER;
    if (comma && who_of(w) != 0) {
        to->who = who_of(w);
        w = bytes_trim(rd_until(&all, ',', &comma), " \t");
    }
    if (bytes_starts(w, "!")) {
        to->negated = true;
        w = bytes_trim(bytes_from(w, 1), " \t");
    }
    for (struct rd names = rd_of(w); more;) {
        struct bytes name = bytes_trim(rd_until(&names, '|', &more), " \t");
        if (to->word_n == WORDS_MAX) {
            return err_set(err, "more than %u names", WORDS_MAX);
        }
        if (!read(p, name, &to->word[to->word_n++])) {
            return err_set(err, "'%.*s' is none that is known", (int)name.n, (const char *)name.p);
        }
    }
    struct bytes rest = bytes_trim(rd_rest(&all), " \t");
    if (comma && (!port || !bytes_u64(rest, &number) || number == 0 || number > UINT16_MAX)) {
        return err_set(err, "'%.*s' is %s", (int)rest.n, (const char *)rest.p, port ? "no port" : "too much");
    }
    to->port = (uint16_t)number;
    return true;
}

static bool os_parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    (void)r;
    (void)place;
    return names_parse(p, argument, os_read, false, data, err);
}

static bool vm_parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    (void)r;
    (void)place;
    return names_parse(p, argument, vm_read, false, data, err);
}

static bool service_parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    (void)r;
    (void)place;
    return names_parse(p, argument, service_read, true, data, err);
}

/* "[src|dst|both|any][,SECONDS]", or nothing */
static bool new_parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    struct asked *to = kw_data(p, sizeof *to, err);
    struct rd all = rd_of(bytes_str(argument != NULL ? argument : ""));
    bool comma = true, any = false;

    (void)r;
    (void)place;
    *data = to;
    if (to == NULL) {
        return false;
    }
    to->who = EITHER;
    to->seconds = NEW_SECONDS;
    while (comma) {
        struct bytes w = bytes_trim(rd_until(&all, ',', &comma), " \t");
        uint64_t seconds;
        if (!any && who_of(w) != 0) {
            to->who = who_of(w);
        } else if (bytes_u64(w, &seconds) && seconds != 0 && seconds <= UINT32_MAX) {
            to->seconds = (uint32_t)seconds;
        } else if (w.n != 0 || any || comma) {
            return err_set(err, "'%.*s' is neither src, dst, both or any, nor seconds", (int)w.n, (const char *)w.p);
        }
        any = true;
    }
    return true;
}

/* ---- matching ---- */

typedef bool (*host_is)(const struct detect_scope *s, const struct asked *a, const struct host_fact *f);

static bool has_word(const struct asked *a, unsigned value)
{
    for (unsigned i = 0; i < a->word_n; i++) {
        if (a->word[i] == value || (a->word[i] == ANY && value != 0)) {
            return true;
        }
    }
    return false;
}

/* Of whom nothing is known yet is new: the map has not come to its first packet. */
static bool is_new(const struct detect_scope *s, const struct asked *a, const struct host_fact *f)
{
    return f == NULL || scope_time(s) < f->first + a->seconds * CLOCK_SECOND;
}
static bool is_os(const struct detect_scope *s, const struct asked *a, const struct host_fact *f)
{
    (void)s;
    return has_word(a, f != NULL ? f->os : 0) != a->negated;
}
static bool is_vm(const struct detect_scope *s, const struct asked *a, const struct host_fact *f)
{
    (void)s;
    return has_word(a, f != NULL ? f->vm : 0) != a->negated;
}
static bool serves(const struct detect_scope *s, const struct asked *a, const struct host_fact *f)
{
    bool any = false;

    (void)s;
    for (unsigned i = 0; f != NULL && i < f->service_n; i++) {
        any |= has_word(a, f->service[i].app) && (a->port == 0 || a->port == f->service[i].port);
    }
    return any != a->negated;
}

static bool match(struct detect_scope *s, const struct asked *a, host_is is)
{
    struct addr src, dst;
    enum family family;

    if (!scope_has_map(s) || !scope_addresses(s, &src, &dst, &family)) {
        return false;
    }
    bool one = a->who != DST && is(s, a, scope_host(s, &src, family)), two = a->who != SRC && is(s, a, scope_host(s, &dst, family));
    return a->who == BOTH ? one && two : one || two;
}

static bool new_match(struct detect_scope *s, const struct rule *r, const void *data) { (void)r; return match(s, data, is_new); }
static bool os_match(struct detect_scope *s, const struct rule *r, const void *data) { (void)r; return match(s, data, is_os); }
static bool vm_match(struct detect_scope *s, const struct rule *r, const void *data) { (void)r; return match(s, data, is_vm); }
static bool service_match(struct detect_scope *s, const struct rule *r, const void *data) { (void)r; return match(s, data, serves); }

/* The map is kept, and tells what it knows, where a rule asks. */
static bool asks(const void *data, const char *field)
{
    (void)data;
    return strcmp(field, "entity") == 0;
}

#define ENTITY(id, word, how, value_kind, text)                                                                                                       \
    const struct keyword keyword_##id = { .name = word, .dialects = 1 << DIALECT_SURICATA, .place = KEYWORD_PACKET, .value = value_kind,              \
                                          .parse = how##_parse, .match = how##_match, .asks = asks, .help = text }

ENTITY(entity_is_new, "entity.is_new", new, KEYWORD_VALUE_OPTIONAL, "a host that was first seen no longer ago than that (300 s): entity.is_new:src,60");
ENTITY(entity_os, "entity.os", os, 0, "a host's system as the map knows it: entity.os:dst,windows; entity.os:src,!linux|macos; unknown");
ENTITY(entity_vm, "entity.vm", vm, 0, "a virtual machine, or one of that hypervisor: entity.vm:src,yes; entity.vm:dst,vmware|kvm");
ENTITY(entity_service, "entity.service", service, 0, "a host that serves a protocol, whatever this packet's ports are: entity.service:dst,ssh; entity.service:src,http,8080");

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* index - every word a rule may use, in one table; and strings that many rules share. */
#include "rule/parse.h"

#include "base/hash.h"

#include <stdlib.h>

#define NAME_SLOTS 4096u       /* power of two, far more than there are names */

struct shared_string {
    uint64_t hash;
    const char *s;
    uint32_t n;
};

/* What a transform's argument became: the same for the same text, so that equal buffers are one. */
struct transform_data {
    struct transform_data *next;
    const char *key;           /* shared string: name and argument */
    const void *data;
};

struct rule_index {
    struct arena arena;
    struct transform_data *transform[64];
    struct name_row *slot[NAME_SLOTS];
    const struct field_use *pcre[128];
    const struct proto *const *protos;
    struct shared_string *string; /* open addressing */
    size_t string_n, string_room;
};

const struct header_buffer header_buffers[] = {
    { "ether.hdr", "the Ethernet header" }, { "ipv4.hdr", "the IPv4 header" }, { "ipv6.hdr", "the IPv6 header" },
    { "tcp.hdr", "the TCP header" }, { "udp.hdr", "the UDP header" }, { "icmpv4.hdr", "the ICMP header" }, { "icmpv6.hdr", "the ICMPv6 header" },
    { "igmp.hdr", "the IGMP header, with its sources or records" }, { "sctp.hdr", "the SCTP header and all chunks" },
    { "sctp.chunk_data", "what each DATA chunk of an SCTP packet carries" }, { "ip.src", "the source address, as bytes" },
    { "ip.dst", "the destination address, as bytes" }, { NULL, NULL },
};

static uint64_t name_hash(const char *s, size_t n)
{
    uint64_t h = 1469598103934665603ull;

    for (size_t i = 0; i < n; i++) {
        h = (h ^ (uint8_t)(s[i] >= 'A' && s[i] <= 'Z' ? s[i] + 32 : s[i])) * 1099511628211ull;
    }
    return h ^ h >> 29;
}

static struct name_row *find(const struct rule_index *x, const char *name, size_t n)
{
    struct name_row *row = x->slot[name_hash(name, n) & (NAME_SLOTS - 1)];

    while (row && (strlen(row->name) != n || strncasecmp(row->name, name, n) != 0)) {
        row = row->next;
    }
    return row;
}

const struct name_row *rule_index_find(const struct rule_index *x, const char *name, size_t n) { return find(x, name, n); }

/* The row of that name, made when there is none; *fresh says which. */
static struct name_row *put(struct rule_index *x, const char *name, size_t n, bool *fresh)
{
    struct name_row *row = find(x, name, n), **slot;

    *fresh = row == NULL;
    if (row) {
        return row;
    }
    row = arena_zero(&x->arena, sizeof *row);
    if (row == NULL) {
        return NULL;
    }
    row->name = arena_str(&x->arena, bytes_of(name, n));
    slot = &x->slot[name_hash(name, n) & (NAME_SLOTS - 1)];
    row->next = *slot;
    *slot = row;
    return row->name ? row : NULL;
}

/* Calls each(row) for `name` and every alias; the first kind to take a name keeps it. */
static void put_names(struct rule_index *x, const char *name, const char *aliases, const struct name_row *as)
{
    const char *list[2] = { name, aliases };

    for (int i = 0; i < 2; i++) {
        const char *s = list[i];

        while (s && *s) {
            size_t n = strcspn(s, " ");
            bool fresh;
            struct name_row *row = n ? put(x, s, n, &fresh) : NULL;

            if (row && fresh) {
                const char *kept = row->name;
                struct name_row *next = row->next;

                *row = *as;
                row->name = kept;
                row->next = next;
            }
            s += n + (s[n] == ' ');
        }
    }
}

static struct field_use *use_new(struct rule_index *x, const struct field *f, unsigned proto, const struct field_use *next)
{
    struct field_use *u = arena_zero(&x->arena, sizeof *u);

    if (u) {
        *u = (struct field_use){ .field = f, .proto = (uint16_t)proto, .next = next };
    }
    return u;
}

/* A field's names under `kind`; a name several protocols have collects them all. */
static void put_field(struct rule_index *x, const char *names, uint8_t kind, const struct field *f, unsigned proto)
{
    while (names && *names) {
        size_t n = strcspn(names, " ");
        bool fresh;
        struct name_row *row = n ? put(x, names, n, &fresh) : NULL;

        if (row && fresh) {
            row->kind = kind;
        }
        if (row && row->kind == kind) {
            row->uses = use_new(x, f, proto, row->uses);
        }
        names += n + (names[n] == ' ');
    }
}

static void put_protos(struct rule_index *x)
{
    for (unsigned i = 0; x->protos && x->protos[i]; i++) {
        const struct proto *pr = x->protos[i];

        for (unsigned k = 0; k < pr->field_n; k++) {
            const struct field *f = &pr->fields[k];

            put_field(x, f->name, NAME_FIELD, f, i + 1);
            put_field(x, f->aliases, NAME_FIELD, f, i + 1);
            put_field(x, f->modifier, NAME_MODIFIER, f, i + 1);
            for (const char *c = f->pcre; c && *c; c++) {
                if (*c != ' ') {
                    x->pcre[*c & 127] = use_new(x, f, i + 1, x->pcre[*c & 127]);
                }
            }
        }
    }
}

struct rule_index *rule_index_new(struct rules *r, const struct rule_context *c)
{
    struct rule_index *x = calloc(1, sizeof *x);

    (void)r;
    if (x == NULL) {
        return NULL;
    }
    arena_init(&x->arena, NULL, 64u << 20);
    x->protos = c->protos;
    for (const struct option *o = suricata_options; o->name; o++) {
        put_names(x, o->name, o->aliases, &(struct name_row){ .kind = NAME_OPTION, .option = o });
    }
    for (unsigned i = 0; c->keywords && c->keywords[i]; i++) {
        put_names(x, c->keywords[i]->name, c->keywords[i]->aliases, &(struct name_row){ .kind = NAME_KEYWORD, .keyword = c->keywords[i] });
    }
    for (const struct transform_row *t = c->transforms; t && t->name; t++) {
        put_names(x, t->name, t->aliases, &(struct name_row){ .kind = NAME_TRANSFORM, .text = t->name });
    }
    put_protos(x);
    for (const struct header_buffer *h = header_buffers; h->name; h++) {
        put_names(x, h->name, NULL, &(struct name_row){ .kind = NAME_HEADER, .text = h->name });
    }
    return x;
}

void rule_index_free(struct rule_index *x)
{
    if (x) {
        arena_fini(&x->arena);
        free(x->string);
        free(x);
    }
}

bool rule_index_protos(const struct rule_index *x, const char *name, struct proto_set *out)
{
    bool found = false;

    memset(out, 0, sizeof *out);
    for (unsigned i = 0; x->protos && x->protos[i]; i++) {
        if (strcasecmp(x->protos[i]->name, name) == 0 || bytes_among(bytes_str(name), x->protos[i]->aliases)) {
            proto_set_add(out, i + 1);
            found = true;
        }
    }
    return found;
}

void rule_index_files(const struct rule_index *x, struct proto_set *out)
{
    memset(out, 0, sizeof *out);
    for (unsigned i = 0; x->protos && x->protos[i]; i++) {
        if (x->protos[i]->files) {
            proto_set_add(out, i + 1);
        }
    }
}

const struct field_use *rule_index_field(const struct rule_index *x, const char *name)
{
    const struct name_row *row = find(x, name, strlen(name));
    return row && row->kind == NAME_FIELD ? row->uses : NULL;
}

const struct field_use *rule_index_pcre(const struct rule_index *x, char letter) { return x->pcre[letter & 127]; }

/* ---- shared strings ---- */

static bool strings_grow(struct rule_index *x)
{
    size_t room = x->string_room ? x->string_room * 2 : 4096;
    struct shared_string *to = calloc(room, sizeof *to);

    if (to == NULL) {
        return false;
    }
    for (size_t i = 0; i < x->string_room; i++) {
        size_t k = x->string[i].hash & (room - 1);

        if (x->string[i].s == NULL) {
            continue;
        }
        while (to[k].s) {
            k = (k + 1) & (room - 1);
        }
        to[k] = x->string[i];
    }
    free(x->string);
    x->string = to;
    x->string_room = room;
    return true;
}

const void **rule_index_transform(struct rule_index *x, struct arena *a, const char *name, const char *argument)
{
    char text[512];
    const char *key;
    struct transform_data **slot, *t;

    if (snprintf(text, sizeof text, "%s %s", name, argument) >= (int)sizeof text || (key = rule_index_intern(x, a, bytes_str(text))) == NULL) {
        return NULL;
    }
    slot = &x->transform[hash_word((uintptr_t)key) & (ROWS(x->transform) - 1)];
    for (t = *slot; t && t->key != key; t = t->next) {
    }
    if (t == NULL) {
        t = arena_zero(&x->arena, sizeof *t);
        if (t == NULL) {
            return NULL;
        }
        t->key = key;
        t->next = *slot;
        *slot = t;
    }
    return &t->data;
}

bool rule_index_first(struct rule_index *x, struct arena *a, const char *text)
{
    size_t before = x->string_n;

    (void)rule_index_intern(x, a, bytes_str(text));
    return x->string_n != before;
}

const char *rule_index_intern(struct rule_index *x, struct arena *a, struct bytes b)
{
    uint64_t h = hash_bytes(b.p, b.n, 0);
    size_t k;

    if (x->string_n * 2 >= x->string_room && !strings_grow(x)) {
        return arena_str(a, b);
    }
    for (k = h & (x->string_room - 1); x->string[k].s; k = (k + 1) & (x->string_room - 1)) {
        if (x->string[k].hash == h && x->string[k].n == b.n && memcmp(x->string[k].s, b.p, b.n) == 0) {
            return x->string[k].s;
        }
    }
    x->string[k].s = arena_str(a, b);
    if (x->string[k].s) {
        x->string[k].hash = h;
        x->string[k].n = (uint32_t)b.n;
        x->string_n++;
    }
    return x->string[k].s;
}

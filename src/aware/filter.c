/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter - expressions over hosts: KEY=VALUE, KEY!=VALUE, KEY~PART, with and, or, not and brackets.
 */
#include "aware/hosts.h"
#include "aware/roles.h"
#include "aware/software.h"
#include "proto/proto.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { NODES_MAX = 64, TEXT_MAX = 1024 };
enum key { KEY_IP, KEY_MAC, KEY_NAME, KEY_OS, KEY_KIND, KEY_SERVICE, KEY_PORT, KEY_VLAN, KEY_VTEP, KEY_ROLE, KEY_TENANT, KEY_VM, KEY_MAKER, KEY_USER, KEY_ATTRIBUTE, KEY_CRITICALITY, KEY_PRODUCT, KEY_VERSION, KEY_SOFTWARE, KEY_ID, KEYS };
static const char *const key_names[KEYS] = { "ip", "mac", "name", "os", "kind", "service", "port", "vlan", "vtep", "role", "tenant", "vm", "maker", "user", "attribute", "criticality",
                                             "product", "version", "software", "id" };

struct node {
    enum { NODE_TEST, NODE_AND, NODE_OR, NODE_NOT } kind;
    uint8_t key, op;          /* op: '=', '!', '~' */
    int16_t left, right;
    const char *value;
    uint64_t number;
    struct addr_range range;
    uint8_t family;
};

struct host_filter {
    struct node node[NODES_MAX];
    unsigned n;
    int root;
    char value[TEXT_MAX];     /* those of its nodes: each is shorter than what it was read from */
};

struct parse {
    struct host_filter *f;
    const char *text, *at;
    char *value;              /* where the next one goes */
    struct err *err;
    unsigned depth;
};

static int parse_or(struct parse *p);

/* What is wrong, and the place; -1. */
static int wrong(const struct parse *p, const char *at, const char *what, const char *why)
{
    (void)err_set(p->err, "filter: at %zu: %s%s%s", (size_t)(at - p->text) + 1, what, what[0] != '\0' ? ": " : "", why);
    return -1;
}

static int node_new(struct parse *p, int kind, int left, int right)
{
    if (p->f->n == NODES_MAX) {
        (void)err_set(p->err, "filter: more than %u parts", NODES_MAX);
        return -1;
    }
    p->f->node[p->f->n] = (struct node){ .kind = kind, .left = (int16_t)left, .right = (int16_t)right };
    return (int)p->f->n++;
}

static void blanks(struct parse *p)
{
    while (isspace((unsigned char)*p->at)) {
        p->at++;
    }
}

/* Is this word next?  Then it is taken. */
static bool word(struct parse *p, const char *w)
{
    size_t n = strlen(w);

    blanks(p);
    if (strncasecmp(p->at, w, n) != 0 || isalnum((unsigned char)p->at[n])) {
        return false;
    }
    p->at += n;
    return true;
}

static bool value_settle(struct node *t, struct err *err)
{
    enum family family;
    uint8_t mac[6];
    bool number = t->key == KEY_PORT || t->key == KEY_VLAN || t->key == KEY_TENANT || t->key == KEY_ID;

    if (number && t->op == '~') {
        return err_set(err, "filter: %s: a number has no parts: = or !=", key_names[t->key]);
    }
    if (number && !bytes_u64(bytes_str(t->value), &t->number)) {
        return err_set(err, "filter: %s: '%s' is no number", key_names[t->key], t->value);
    }
    if ((t->key == KEY_IP || t->key == KEY_VTEP) && t->op != '~' && t->value[0] != '\0') {
        if (!addr_range_parse(t->value, &t->range, &family, err)) {
            return err_add(err, "filter: %s", key_names[t->key]);
        }
        t->family = (uint8_t)family;
    }
    if (t->key == KEY_MAC && t->op != '~' && mac_read(bytes_str(t->value), mac)) { /* however it is written; as long as it was */
        mac_text(mac, (char *)(uintptr_t)t->value);
    }
    return true;
}

/* A word, or a text in quotation marks, where two of them are one of it. */
static bool value_read(struct parse *p, struct node *t)
{
    const char *from = p->at;
    char quote = *p->at == '"' || *p->at == '\'' ? *p->at++ : '\0';
    bool ends = false;

    t->value = p->value;
    while (*p->at != '\0' && !(ends = quote != '\0' ? *p->at == quote && *++p->at != quote : isspace((unsigned char)*p->at) || *p->at == ')')) {
        *p->value++ = *p->at++;
    }
    *p->value++ = '\0';
    if (quote != '\0' && !ends) {
        return wrong(p, from, key_names[t->key], "the second quotation mark is missing") == 0;
    }
    return p->at != from || wrong(p, from, key_names[t->key], "a value is missing") == 0;
}

static int parse_test(struct parse *p)
{
    const char *name = p->at;

    while (isalpha((unsigned char)*p->at)) {
        p->at++;
    }
    size_t n = (size_t)(p->at - name);
    unsigned key = 0;
    while (key < KEYS && !(strlen(key_names[key]) == n && strncasecmp(name, key_names[key], n) == 0)) {
        key++;
    }
    blanks(p);
    char op = *p->at;
    if (key == KEYS || (op != '=' && op != '~' && !(op == '!' && p->at[1] == '='))) {
        return wrong(p, name, "", "KEY=VALUE, KEY!=VALUE or KEY~PART is wanted; keys: ip mac name os kind service port vlan vtep role tenant vm maker user attribute criticality product version software id");
    }
    p->at += op == '!' || (op == '=' && p->at[1] == '=') ? 2 : 1;
    int at = node_new(p, NODE_TEST, -1, -1);
    if (at < 0) {
        return -1;
    }
    struct node *t = &p->f->node[at];
    t->key = (uint8_t)key;
    t->op = (uint8_t)op;
    return value_read(p, t) && value_settle(t, p->err) ? at : -1;
}

static int parse_one(struct parse *p)
{
    if (++p->depth > 32) {
        (void)err_set(p->err, "filter: nested too deeply");
        return -1;
    }
    int at;
    if (word(p, "not")) {
        int of = parse_one(p);
        at = of < 0 ? -1 : node_new(p, NODE_NOT, of, -1);
    } else if (*p->at == '(') {
        p->at++;
        at = parse_or(p);
        blanks(p);
        if (at >= 0 && *p->at++ != ')') {
            at = wrong(p, p->at - 1, "", "a ')' is missing");
        }
    } else {
        at = parse_test(p);
    }
    p->depth--;
    return at;
}

static int parse_and(struct parse *p)
{
    int at = parse_one(p);

    while (at >= 0 && word(p, "and")) {
        int right = parse_one(p);
        at = right < 0 ? -1 : node_new(p, NODE_AND, at, right);
    }
    return at;
}

static int parse_or(struct parse *p)
{
    int at = parse_and(p);

    while (at >= 0 && word(p, "or")) {
        int right = parse_and(p);
        at = right < 0 ? -1 : node_new(p, NODE_OR, at, right);
    }
    return at;
}

struct host_filter *host_filter_parse(const char *text, struct err *err)
{
    struct host_filter *f = calloc(1, sizeof *f);

    if (f == NULL || strlen(text) >= sizeof f->value) {
        free(f);
        (void)err_set(err, f == NULL ? "filter: not enough memory" : "filter: too long");
        return NULL;
    }
    struct parse p = { f, text, text, f->value, err, 0 };
    f->root = parse_or(&p);
    blanks(&p);
    if (f->root >= 0 && *p.at != '\0') {
        f->root = wrong(&p, p.at, "", "this is left over: parts are joined by and, or");
    }
    if (f->root < 0) {
        free(f);
        return NULL;
    }
    return f;
}

void host_filter_free(struct host_filter *f) { free(f); }

static bool text_takes(const struct node *t, const char *s)
{
    return t->op == '~' ? strcasestr(s, t->value) != NULL : strcasecmp(s, t->value) == 0;
}

static bool range_takes(const struct node *t, const struct addr *a, unsigned family)
{
    return family == t->family && memcmp(a, &t->range.low, 16) >= 0 && memcmp(a, &t->range.high, 16) <= 0;
}

static bool tenure_takes(const struct node *t, const struct tenure *of)
{
    char text[ADDR_TEXT_MAX];

    if (t->key == KEY_IP && t->op != '~') {
        return range_takes(t, &of->addr, of->family);
    }
    if ((t->key == KEY_MAC) != (of->family == FAMILY_MAC)) {
        return false;
    }
    tenure_text(of, text);
    return text_takes(t, text);
}

/* A user's name stands behind the protocol's; an attribute is taken whole. */
static bool sign_takes(const struct node *t, const struct tenure *of, unsigned sign)
{
    char text[TEXT_MAX];

    for (const struct evidence *v = evidence_first(of); v != NULL; v = evidence_next(of, v)) {
        struct bytes all = bytes_of(v->word->text, v->word->n);
        if (v->sign == sign && !evidence_is_mark(v)) {
            all = sign == SIGN_USER ? bytes_from(all, bytes_find_byte(all, ' ') + 1) : all;
            snprintf(text, sizeof text, "%.*s", (int)all.n, (const char *)all.p);
            if (text_takes(t, text)) {
                return true;
            }
        }
    }
    return false;
}

static bool bytes_take(const struct node *t, struct bytes b)
{
    char text[SOFTWARE_TEXT];

    snprintf(text, sizeof text, "%.*s", (int)(b.n < sizeof text ? b.n : sizeof text - 1), (const char *)b.p);
    return text_takes(t, text);
}

/* Of product, version, or both ("nginx 1.18.0"): of what speaks, and of each of its parts. */
static bool software_takes(const struct node *t, const struct software *s)
{
    char text[SOFTWARE_TEXT];
    bool takes = false;

    for (unsigned i = 0; i <= s->part_n && !takes; i++) {
        struct software one = *s;
        one.product = i != 0 ? s->part[i - 1].name : s->product;
        one.version = i != 0 ? s->part[i - 1].version : s->version;
        (void)software_text(&one, text);
        takes = one.product.n != 0 && (t->key == KEY_PRODUCT ? bytes_take(t, one.product) : t->key == KEY_VERSION ? bytes_take(t, one.version) : text_takes(t, text));
    }
    return takes;
}

static bool any_software(const struct node *t, const struct map *m, const struct entity *e)
{
    struct software s;

    for (const struct tenure *of = e->tenure; of != NULL; of = of->next) {
        for (const struct service *v = service_first(of); v != NULL && of->until == 0; v = service_next(of, v)) {
            software_of(m, of, v, &s);
            if (software_takes(t, &s)) {
                return true;
            }
        }
        for (const struct evidence *v = evidence_first(of); v != NULL && of->until == 0; v = evidence_next(of, v)) {
            if (software_of_client(m, v, &s) && software_takes(t, &s)) {
                return true;
            }
        }
    }
    return false;
}

static bool vtep_takes(const struct node *t, const struct entity *e, const struct host_row *r)
{
    const struct place *p = e->place != NULL ? &e->place[e->place_now] : NULL;

    if (t->op == '~' || t->value[0] == '\0') {
        return text_takes(t, r->vtep);
    }
    return p != NULL && p->vtep_family != FAMILY_NONE && range_takes(t, &p->vtep, p->vtep_family);
}

/* By kind ("migration"), by what ("qemu"), or both; however sure it is. */
static bool any_role(const struct node *t, const struct entity *e)
{
    struct role role[ROLES_MAX];
    char both[64];
    bool takes = false;

    for (unsigned i = 0, n = roles_of(e, role); i < n && !takes; i++) {
        snprintf(both, sizeof both, "%s %s", role[i].kind, role[i].what);
        takes = text_takes(t, role[i].kind) || text_takes(t, role[i].what) || text_takes(t, both);
    }
    return takes;
}

static bool any_tenure(const struct node *t, const struct map *m, const struct entity *e)
{
    for (const struct tenure *of = e->tenure; of != NULL; of = of->next) {
        if (of->until != 0 || (t->key == KEY_IP && tenure_until(m, of) != 0)) {
            continue;
        }
        if ((t->key == KEY_IP || t->key == KEY_MAC) && tenure_takes(t, of)) {
            return true;
        }
        if ((t->key == KEY_USER && sign_takes(t, of, SIGN_USER)) || (t->key == KEY_ATTRIBUTE && sign_takes(t, of, SIGN_ATTRIBUTE))) {
            return true;
        }
        for (const struct service *v = service_first(of); v != NULL; v = service_next(of, v)) {
            if ((t->key == KEY_PORT && v->port == t->number) || (t->key == KEY_SERVICE && v->app != 0 && text_takes(t, proto_name(v->app)))) {
                return true;
            }
        }
    }
    return false;
}

/* Does it begin so? */
static bool name_begins(struct bytes name, const char *with, size_t n)
{
    bool so = n <= name.n;

    for (size_t i = 0; i < n && so; i++) {
        uint8_t c = name.p[i];
        so = tolower(c) == tolower((unsigned char)with[i]) || (with[i] == '?' && c > 0x7e);
    }
    return so;
}

bool entity_called(const struct entity *e, const char *name, bool part)
{
    size_t n = strlen(name);

    for (const struct tenure *t = e->tenure; t != NULL; t = t->next) {
        for (const struct evidence *v = evidence_first(t); v != NULL; v = evidence_next(t, v)) {
            struct bytes own = sign_is_own_name(v->sign) ? sign_name(bytes_of(v->word->text, v->word->n), v->sign) : bytes_none();
            for (size_t i = 0; n != 0 && i + n <= own.n && (part || (i == 0 && n == own.n)); i++) {
                if (name_begins(bytes_from(own, i), name, n)) {
                    return true;
                }
            }
        }
    }
    return false;
}

/* Of these a host has any number: KEY="" takes who has none. */
static bool has_many(unsigned key)
{
    return key == KEY_IP || key == KEY_MAC || key == KEY_SERVICE || key == KEY_USER || key == KEY_ATTRIBUTE || key == KEY_PRODUCT || key == KEY_SOFTWARE || key == KEY_ROLE;
}

static bool test(const struct node *t, const struct map *m, const struct entity *e, const struct host_row *r)
{
    if (t->op != '~' && t->value[0] == '\0' && has_many(t->key)) {
        struct node any = *t;
        any.op = '~';
        return !test(&any, m, e, r);
    }
    switch (t->key) {
    case KEY_NAME: return t->value[0] == '\0' ? text_takes(t, r->name) : entity_called(e, t->value, t->op == '~') || text_takes(t, r->name);
    case KEY_OS: return text_takes(t, r->os) || text_takes(t, r->family) || (t->op != '~' && t->value[0] != '\0' && strncasecmp(r->os, t->value, strlen(t->value)) == 0);
    case KEY_KIND: return text_takes(t, r->kind);
    case KEY_VM: return text_takes(t, r->vm);
    case KEY_MAKER: return text_takes(t, r->maker);
    case KEY_VLAN: return r->vlan == t->number;
    case KEY_TENANT: return r->tenant == t->number;
    case KEY_ID: return r->id == t->number;
    case KEY_PRODUCT:
    case KEY_VERSION:
    case KEY_SOFTWARE: return any_software(t, m, e);
    case KEY_VTEP: return vtep_takes(t, e, r);
    case KEY_ROLE: return any_role(t, e);
    case KEY_CRITICALITY: return bytes_take(t, entity_attribute(e, "criticality"));
    default: return any_tenure(t, m, e);
    }
}

static bool takes(const struct host_filter *f, int at, const struct map *m, const struct entity *e, const struct host_row *r)
{
    const struct node *n = &f->node[at];

    switch (n->kind) {
    case NODE_AND: return takes(f, n->left, m, e, r) && takes(f, n->right, m, e, r);
    case NODE_OR: return takes(f, n->left, m, e, r) || takes(f, n->right, m, e, r);
    case NODE_NOT: return !takes(f, n->left, m, e, r);
    case NODE_TEST:
    default: return test(n, m, e, r) != (n->op == '!');
    }
}

bool filter_takes(const struct host_filter *f, const struct map *m, const struct entity *e, const struct host_row *r)
{
    return takes(f, f->root, m, e, r);
}

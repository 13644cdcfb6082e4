/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter - expressions over hosts: KEY=VALUE, KEY!=VALUE, KEY~PART, with and, or, not and brackets.
 */
#include "aware/hosts.h"
#include "aware/software.h"
#include "proto/proto.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { NODES_MAX = 64, TEXT_MAX = 1024 };
enum key { KEY_IP, KEY_MAC, KEY_NAME, KEY_OS, KEY_KIND, KEY_SERVICE, KEY_PORT, KEY_VLAN, KEY_TENANT, KEY_VM, KEY_MAKER, KEY_USER, KEY_ATTRIBUTE, KEY_CRITICALITY, KEY_PRODUCT, KEY_VERSION, KEY_SOFTWARE, KEY_ID, KEYS };
static const char *const key_names[KEYS] = { "ip", "mac", "name", "os", "kind", "service", "port", "vlan", "tenant", "vm", "maker", "user", "attribute", "criticality",
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
    char text[TEXT_MAX];
};

struct parse {
    struct host_filter *f;
    char *at;
    struct err *err;
    unsigned depth;
};

static int parse_or(struct parse *p);

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
    if (t->key == KEY_IP && t->op != '~') {
        if (!addr_range_parse(t->value, &t->range, &family, err)) {
            return err_add(err, "filter: ip");
        }
        t->family = (uint8_t)family;
    }
    if (t->key == KEY_MAC && t->op != '~' && mac_read(bytes_str(t->value), mac)) { /* however it is written; as long as it was */
        mac_text(mac, (char *)(uintptr_t)t->value);
    }
    return true;
}

static int parse_test(struct parse *p)
{
    char *name = p->at;

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
        (void)err_set(p->err, "filter: at '%.20s': KEY=VALUE, KEY!=VALUE or KEY~PART is wanted; keys: ip mac name os kind service port vlan tenant vm maker user attribute criticality product version software id", name);
        return -1;
    }
    p->at += op == '!' || (op == '=' && p->at[1] == '=') ? 2 : 1;
    int at = node_new(p, NODE_TEST, -1, -1);
    if (at < 0) {
        return -1;
    }
    struct node *t = &p->f->node[at];
    char quote = *p->at == '"' || *p->at == '\'' ? *p->at++ : '\0';
    t->key = (uint8_t)key;
    t->op = (uint8_t)op;
    t->value = p->at;
    while (*p->at != '\0' && (quote != '\0' ? *p->at != quote : !isspace((unsigned char)*p->at) && *p->at != ')')) {
        p->at++;
    }
    if (quote != '\0' ? *p->at == '\0' : p->at == t->value) {
        (void)err_set(p->err, "filter: %s: %s is missing", key_names[key], quote != '\0' ? "the second quotation mark" : "a value");
        return -1;
    }
    char *end = p->at;
    bool closes = quote == '\0' && *end == ')';
    if (*end != '\0' && !closes) {
        p->at++;
    }
    if (closes) { /* the bracket is still to be read: the value moves one to the left, over its sign */
        char *to = (char *)(uintptr_t)t->value - 1;
        memmove(to, t->value, (size_t)(end - t->value));
        to[end - t->value] = '\0';
        t->value = to;
    } else {
        *end = '\0';
    }
    return value_settle(t, p->err) ? at : -1;
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
            (void)err_set(p->err, "filter: a ')' is missing");
            at = -1;
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

    if (f == NULL || strlen(text) >= sizeof f->text) {
        free(f);
        (void)err_set(err, f == NULL ? "filter: not enough memory" : "filter: too long");
        return NULL;
    }
    strcpy(f->text, text);
    struct parse p = { f, f->text, err, 0 };
    f->root = parse_or(&p);
    blanks(&p);
    if (f->root >= 0 && *p.at != '\0') {
        (void)err_set(err, "filter: '%.40s' is left over: parts are joined by and, or", p.at);
        f->root = -1;
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

static bool tenure_takes(const struct node *t, const struct tenure *of)
{
    char text[ADDR_TEXT_MAX];

    if (t->key == KEY_IP && t->op != '~') {
        return of->family == t->family && memcmp(&of->addr, &t->range.low, 16) >= 0 && memcmp(&of->addr, &t->range.high, 16) <= 0;
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
        if (v->sign == sign && (t->key != KEY_CRITICALITY || bytes_starts(all, "criticality="))) {
            all = sign == SIGN_USER || t->key == KEY_CRITICALITY ? bytes_from(all, bytes_find_byte(all, sign == SIGN_USER ? ' ' : '=') + 1) : all;
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

static bool any_tenure(const struct node *t, const struct entity *e)
{
    for (const struct tenure *of = e->tenure; of != NULL; of = of->next) {
        if (of->until != 0) {
            continue;
        }
        if ((t->key == KEY_IP || t->key == KEY_MAC) && tenure_takes(t, of)) {
            return true;
        }
        if ((t->key == KEY_USER && sign_takes(t, of, SIGN_USER)) || ((t->key == KEY_ATTRIBUTE || t->key == KEY_CRITICALITY) && sign_takes(t, of, SIGN_ATTRIBUTE))) {
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

static bool test(const struct node *t, const struct map *m, const struct entity *e, const struct host_row *r)
{
    switch (t->key) {
    case KEY_NAME: return text_takes(t, r->name);
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
    default: return any_tenure(t, e);
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

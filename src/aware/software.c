/* SPDX-License-Identifier: GPL-2.0-or-later */
/* software - which evidence speaks of a service's software, which of that weighs most, and what it comes to. */
#include "aware/software.h"

#include "proto/proto.h"

#include <stdio.h>
#include <string.h>

/* Signs of software, by how directly they speak of it; list: their text is one of products. */
enum { SPEAKS_PART = 1, SPEAKS_MAIN, SPEAKS_SAID };
static const struct { uint8_t speaks; bool list, client; } kinds[SIGN_N] = {
    [SIGN_SERVICE] = { .speaks = SPEAKS_SAID },
    [SIGN_HTTP_SERVER] = { .speaks = SPEAKS_MAIN, .list = true },
    [SIGN_SOFTWARE] = { .speaks = SPEAKS_MAIN },
    [SIGN_BANNER] = { .speaks = SPEAKS_MAIN },
    [SIGN_SSH_SOFTWARE] = { .speaks = SPEAKS_MAIN, .client = true },
    [SIGN_SIP_AGENT] = { .speaks = SPEAKS_MAIN, .list = true, .client = true },
    [SIGN_SSDP_SERVER] = { .speaks = SPEAKS_MAIN },
    [SIGN_SMB_NATIVE_LM] = { .speaks = SPEAKS_MAIN, .client = true },
    [SIGN_SNMP_DESCRIPTION] = { .speaks = SPEAKS_MAIN },
    [SIGN_HTTP_PART] = { .speaks = SPEAKS_PART, .list = true },
    [SIGN_HTTP_USER_AGENT] = { .list = true, .client = true },
    [SIGN_CLIENT] = { .client = true },
};

static struct bytes text_of(const struct evidence *v) { return bytes_of(v->word->text, v->word->n); }

static struct bytes word_next(struct bytes *b, const char *ends)
{
    size_t n = 0;

    while (n < b->n && bytes_find_byte(bytes_str(ends), b->p[n]) == SIZE_MAX) {
        n++;
    }
    struct bytes word = bytes_head(*b, n);
    *b = bytes_from(*b, n);
    return word;
}

static void blanks_pass(struct bytes *b)
{
    while (b->n != 0 && (b->p[0] == ' ' || b->p[0] == '\t' || b->p[0] == ',' || b->p[0] == ';')) {
        *b = bytes_from(*b, 1);
    }
}

/* "(…)", with brackets in it; what is not closed ends with the text. */
static bool comment_next(struct bytes *b, struct bytes *out)
{
    size_t n = 0;
    unsigned depth = 0;

    if (b->n == 0 || b->p[0] != '(') {
        return false;
    }
    do {
        depth += b->p[n] == '(';
        depth -= b->p[n] == ')';
    } while (++n < b->n && depth != 0);
    *out = bytes_head(bytes_from(*b, 1), n - (depth == 0 ? 2 : 1));
    *b = bytes_from(*b, n);
    return true;
}

static bool is_digit(struct bytes b) { return b.n != 0 && b.p[0] >= '0' && b.p[0] <= '9'; }

bool product_next(struct bytes *list, struct part *out, struct bytes *comment)
{
    struct bytes aside;

    *out = (struct part){ bytes_none(), bytes_none() };
    *comment = bytes_none();
    for (;; *list = bytes_from(*list, 1)) { /* a '/' of its own */
        for (blanks_pass(list); comment_next(list, &aside); blanks_pass(list)) {
        }
        out->name = word_next(list, " \t,;/(");
        if (out->name.n != 0) {
            break;
        }
        if (list->n == 0) {
            return false;
        }
    }
    if (list->n != 0 && list->p[0] == '/') {
        *list = bytes_from(*list, 1);
        out->version = word_next(list, " \t,;(/");
    }
    struct bytes ahead = *list;
    blanks_pass(&ahead);
    if (out->version.n == 0 && is_digit(ahead)) { /* "Servlet 2.5" */
        out->version = word_next(&ahead, " \t,;(/");
        *list = ahead;
        blanks_pass(&ahead);
    }
    if (comment_next(&ahead, comment)) {
        *list = ahead;
    }
    return true;
}

static void part_add(struct software *s, struct part p)
{
    unsigned i = 0;

    while (i < s->part_n && !bytes_equal_nocase(s->part[i].name, p.name)) {
        i++;
    }
    if (i < s->part_n && s->part[i].version.n == 0) {
        s->part[i].version = p.version;
    } else if (i == s->part_n && i < SOFTWARE_PARTS && !bytes_equal_nocase(p.name, s->product)) {
        s->part[s->part_n++] = p;
    }
}

/* All products of a list but the first `skip`; words without a version only where the whole list is of parts. */
static void parts_add(struct software *s, struct bytes list, unsigned skip, bool bare)
{
    struct bytes comment;
    struct part p;

    for (unsigned i = 0; i < 2 * SOFTWARE_PARTS && product_next(&list, &p, &comment); i++) {
        if (i >= skip && (p.version.n != 0 || bare)) {
            part_add(s, p);
        }
    }
}

/* What a scanner or a person said: no tables are asked. */
static void read_said(struct bytes text, struct software *out)
{
    struct bytes *to[SERVICE_TEXTS] = { &out->vendor, &out->product, &out->version, &out->more, &out->cpe };

    for (unsigned i = 0; i < SERVICE_TEXTS; i++) {
        size_t n = bytes_find_byte(text, '\t');
        *to[i] = bytes_head(text, n);
        text = bytes_from(text, n < text.n ? n + 1 : text.n);
    }
}

/* One sign alone. */
static void read_one(const struct map *m, const struct evidence *v, struct software *out)
{
    enum { AS_SPELLED = 40 /* such lists are meant to be read so, but anybody writes into them what he likes */ };
    struct bytes text = text_of(v), rest = text, comment;
    struct part first;
    unsigned n;

    *out = (struct software){ .by = v, .vendor = bytes_none(), .product = bytes_none(), .version = bytes_none(), .more = bytes_none(), .cpe = bytes_none() };
    if (v->sign == SIGN_SERVICE) {
        read_said(text, out);
        out->confidence = v->source == FUSE_USER ? 100 : 90;
        return;
    }
    const struct guess *g = derive_guesses(m, (struct evidence *)(uintptr_t)v, &n);
    for (unsigned i = 0; i < n; i++) { /* the strongest stands first */
        if (g[i].product.n != 0 && (out->product.n == 0 || (out->version.n == 0 && g[i].product_version.n != 0 && bytes_equal_nocase(g[i].product, out->product)))) {
            out->product = g[i].product;
            out->version = g[i].product_version;
            out->vendor = g[i].vendor.n != 0 ? g[i].vendor : out->vendor;
            out->cpe = g[i].cpe.n != 0 ? g[i].cpe : out->cpe;
            out->row = g[i].row;
            out->confidence = g[i].strength;
        }
    }
    if (kinds[v->sign].list && product_next(&rest, &first, &comment) && !bytes_is(first.name, "Mozilla")) {
        out->more = comment;
        if (out->product.n == 0 && first.version.n != 0) {
            out->product = first.name;
            out->version = first.version;
            out->confidence = AS_SPELLED;
        }
    } else if (v->sign == SIGN_SSH_SOFTWARE) {
        size_t blank = bytes_find_byte(text, ' ');
        out->more = bytes_from(text, blank < text.n ? blank + 1 : text.n);
    }
}

/* Which weighs more; what is as heavy and was seen as late, by its text, which is the same for any way of reading. */
static bool heavier(const struct evidence *a, const struct evidence *b)
{
    struct bytes x = text_of(a), y = text_of(b);

    if (a->source != b->source) {
        return a->source > b->source;
    }
    if (kinds[a->sign].speaks != kinds[b->sign].speaks) {
        return kinds[a->sign].speaks > kinds[b->sign].speaks;
    }
    if (a->last != b->last) {
        return a->last > b->last;
    }
    int c = memcmp(x.p, y.p, x.n < y.n ? x.n : y.n);
    return c != 0 ? c < 0 : x.n < y.n;
}

static bool speaks(const struct evidence *e, unsigned port) { return e->port == port && kinds[e->sign].speaks != 0; }

/* The heaviest of those lighter than `than` (NULL: of all); `but`: it does not count. */
static const struct evidence *next_lighter(const struct tenure *t, unsigned port, const struct evidence *than, const struct evidence *but)
{
    const struct evidence *best = NULL;

    for (const struct evidence *e = evidence_first(t); e != NULL; e = evidence_next(t, e)) {
        if (speaks(e, port) && e != but && e != than && (than == NULL || heavier(than, e)) && (best == NULL || heavier(e, best))) {
            best = e;
        }
    }
    return best;
}

static void fill(struct software *s, const struct software *from)
{
    if (s->product.n == 0) {
        s->product = from->product;
        s->row = from->row;
        s->confidence = from->confidence;
    } else if (!bytes_equal_nocase(s->product, from->product)) {
        return;
    }
    if (s->version.n == 0) {
        s->version = from->version;
        s->more = s->more.n == 0 ? from->more : s->more;
    }
    s->vendor = s->vendor.n == 0 ? from->vendor : s->vendor;
    s->cpe = s->cpe.n == 0 ? from->cpe : s->cpe;
}

static void software_but(const struct map *m, const struct tenure *t, unsigned port, const struct evidence *but, struct software *out)
{
    struct software one;
    unsigned i = 0;

    *out = (struct software){ .by = NULL, .vendor = bytes_none(), .product = bytes_none(), .version = bytes_none(), .more = bytes_none(), .cpe = bytes_none() };
    for (const struct evidence *e = next_lighter(t, port, NULL, but); e != NULL && i < EVIDENCE_MAX; e = next_lighter(t, port, e, but), i++) {
        bool part = kinds[e->sign].speaks == SPEAKS_PART;
        read_one(m, e, &one);
        if (out->by == NULL) {
            *out = one;
        } else if (!part) {
            fill(out, &one);
        }
        if (kinds[e->sign].list && (part || e == out->by)) {
            parts_add(out, text_of(e), part ? 0 : 1, part);
        }
    }
}

void software_of(const struct map *m, const struct tenure *t, const struct service *v, struct software *out) { software_but(m, t, v->port, NULL, out); }

bool software_of_client(const struct map *m, const struct evidence *v, struct software *out)
{
    if (v->port != 0 || !kinds[v->sign].client) {
        return false;
    }
    read_one(m, v, out);
    return out->product.n != 0;
}

const struct evidence *software_sign(const struct tenure *t, const struct service *v, unsigned sign)
{
    const struct evidence *best = NULL;

    for (const struct evidence *e = evidence_first(t); e != NULL; e = evidence_next(t, e)) {
        if (e->sign == sign && e->port == v->port && (best == NULL || heavier(e, best))) {
            best = e;
        }
    }
    return best;
}

const struct evidence *software_certificate(const struct tenure *t, const struct service *v, unsigned sign)
{
    const struct evidence *print = software_sign(t, v, SIGN_TLS_FINGERPRINT);

    for (const struct evidence *e = evidence_first(t); e != NULL && print != NULL; e = evidence_next(t, e)) {
        if (e->sign == sign && e->port == v->port && e->first == print->first) {
            return e;
        }
    }
    return software_sign(t, v, sign);
}

static size_t put(char *to, size_t n, size_t room, struct bytes b)
{
    for (size_t i = 0; i < b.n && n + 1 < room; i++) {
        to[n++] = b.p[i] >= 0x20 && b.p[i] < 0x7f ? (char)b.p[i] : '?';
    }
    to[n] = '\0';
    return n;
}

size_t software_text(const struct software *s, char out[SOFTWARE_TEXT])
{
    size_t n = put(out, 0, SOFTWARE_TEXT - 40, s->product);

    if (s->version.n != 0) {
        n = put(out, n, SOFTWARE_TEXT, bytes_str(n != 0 ? " " : ""));
        n = put(out, n, SOFTWARE_TEXT, s->version);
    }
    return n;
}

/* NISTIR 7695 6.1.2: what is not a letter, a digit or one of ". _ -" would want a quote: a version ends there, and before a distribution's own. */
void software_cpe(const struct software *s, char out[CPE_MAX])
{
    enum { CERTAIN = 80 };
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.";
    size_t n = 0, digits = 0;

    out[0] = '\0';
    if (s->cpe.n == 0 || s->confidence < CERTAIN || s->cpe.n > CPE_MAX / 2) {
        return;
    }
    if (bytes_starts(s->cpe, "cpe:")) { /* as it was given */
        (void)put(out, 0, CPE_MAX, s->cpe);
        return;
    }
    n = put(out, put(out, 0, CPE_MAX, bytes_str("cpe:/a:")), CPE_MAX, s->cpe);
    while (digits < s->version.n && digits < 40 && bytes_find_byte(bytes_str(plain), s->version.p[digits]) < sizeof plain - 1) {
        digits++;
    }
    if (digits != 0) {
        n = put(out, n, CPE_MAX, bytes_str(":"));
        (void)put(out, n, CPE_MAX, bytes_head(s->version, digits));
    }
}

void software_news(struct map *m, struct tenure *t, const struct seen *s)
{
    struct told told = { .ts = s->ts, .entity = t->entity, .tenure = t, .kind = TOLD_CHANGED, .what = "service", .rna_type = 1001, .rna_event = s->proto == 17 ? 10 : 6 };
    struct software was, is;
    char text[SOFTWARE_TEXT];

    if (kinds[s->sign].speaks < SPEAKS_MAIN || m->learned == NULL || (told.service = service_of(t, s)) == NULL || !told.service->told) {
        return;
    }
    software_but(m, t, s->port, m->learned, &was);
    if (was.product.n == 0) {
        return;
    }
    software_but(m, t, s->port, NULL, &is);
    if (is.product.n == 0 || is.by != m->learned || (bytes_equal_nocase(was.product, is.product) && bytes_equal(was.version, is.version)) || !map_heard(m)) {
        return;
    }
    (void)software_text(&was, text);
    snprintf(told.from, sizeof told.from, "%.79s", text);
    (void)software_text(&is, text);
    snprintf(told.to, sizeof told.to, "%.79s", text);
    map_tell(m, &told);
}

size_t software_said(const struct bytes told[SERVICE_TEXTS], char out[SEEN_TEXT_MAX])
{
    enum { EACH = SEEN_TEXT_MAX / SERVICE_TEXTS - 1 };
    size_t n = 0;
    bool any = false;

    for (unsigned i = 0; i < SERVICE_TEXTS; i++) {
        struct bytes b = bytes_head(told[i], EACH);
        for (size_t k = 0; k < b.n; k++) {
            out[n++] = b.p[k] == '\t' ? ' ' : (char)b.p[k];
        }
        any |= b.n != 0;
        out[n] = '\t';
        n += i + 1 < SERVICE_TEXTS;
    }
    return any ? n : 0;
}

/* ---- records ---- */

static void json_some(struct json *j, const char *key, struct bytes b)
{
    if (b.n != 0) {
        json_bytes(j, key, b);
    }
}

static void json_software(const struct software *s, struct json *j)
{
    char cpe[CPE_MAX];

    json_some(j, "vendor", s->vendor);
    json_some(j, "product", s->product);
    json_some(j, "version", s->version);
    json_some(j, "more", s->more);
    software_cpe(s, cpe);
    json_some(j, "cpe", bytes_str(cpe));
    json_u64(j, "confidence", s->confidence);
    json_string(j, "by", s->by->source == FUSE_SENSOR ? sign_rows[s->by->sign].name : source_name(s->by->source));
    if (s->row != NULL) {
        json_string(j, "row", s->row);
    }
    for (unsigned i = 0; i < s->part_n; i++) {
        if (i == 0) {
            json_array(j, "parts");
        }
        json_object(j, NULL);
        json_bytes(j, "product", s->part[i].name);
        json_some(j, "version", s->part[i].version);
        json_end_object(j);
    }
    if (s->part_n != 0) {
        json_end_array(j);
    }
}

void software_json(const struct map *m, const struct tenure *t, const struct service *v, struct json *j)
{
    static const struct { uint8_t sign; bool certificate; const char *key; } encrypted[] = {
        { SIGN_TLS_SUBJECT, true, "subject" }, { SIGN_TLS_ISSUER, true, "issuer" }, { SIGN_TLS_FINGERPRINT, true, "fingerprint" }, { SIGN_TLS_JA3S, false, "ja3s" },
    };
    struct software s;
    bool open = false;

    software_of(m, t, v, &s);
    if (s.product.n != 0 || s.part_n != 0) {
        json_object(j, "software");
        json_software(&s, j);
        json_end_object(j);
    }
    if (s.by != NULL && s.by->sign != SIGN_SERVICE) {
        json_bytes(j, "banner", text_of(s.by));
    }
    for (unsigned i = 0; i < ROWS(encrypted); i++) {
        const struct evidence *e = encrypted[i].certificate ? software_certificate(t, v, encrypted[i].sign) : software_sign(t, v, encrypted[i].sign);
        if (e == NULL) {
            continue;
        }
        if (!open) {
            json_object(j, "tls");
        }
        open = true;
        json_bytes(j, encrypted[i].key, text_of(e));
    }
    if (open) {
        json_end_object(j);
    }
    const struct evidence *hassh = software_sign(t, v, SIGN_SSH_HASSH);
    if (hassh != NULL) {
        json_bytes(j, "hassh", text_of(hassh));
    }
}

static void json_when(struct json *j, const char *key, uint64_t ns)
{
    struct clock_zone zone = { 0 };
    char when[CLOCK_TEXT_MAX];

    clock_iso(&zone, ns, when);
    json_string(j, key, when);
}

void software_clients_json(const struct map *m, const struct entity *e, struct json *j)
{
    struct software s;
    bool open = false;

    for (const struct tenure *t = e->tenure; t != NULL; t = t->next) {
        for (const struct evidence *v = evidence_first(t); v != NULL; v = evidence_next(t, v)) {
            if (!software_of_client(m, v, &s)) {
                continue;
            }
            if (!open) {
                json_array(j, "client_software");
            }
            open = true;
            json_object(j, NULL);
            json_software(&s, j);
            json_when(j, "first", v->first);
            json_when(j, "last", v->last);
            json_u64(j, "count", v->count);
            json_end_object(j);
        }
    }
    if (open) {
        json_end_array(j);
    }
}

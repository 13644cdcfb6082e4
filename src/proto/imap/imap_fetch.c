/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * imap_fetch - which mail, or part of one, a literal of a FETCH response is (RFC 9051 7.5.2), and what is known of how it is coded.
 *
 * Clients ask for mails whole, for a head and then the text, for single parts, and each of these in pieces, one behind the other.  A part has
 * no head of its own in what comes: the one that was asked for before (BODY[2.MIME]) stands in for it, or one made of BODYSTRUCTURE.
 */
#include "proto/imap/imap.h"

enum { NESTING_MAX = 8 };

static uint8_t lower(uint8_t ch) { return ch >= 'A' && ch <= 'Z' ? (uint8_t)(ch - 'A' + 'a') : ch; }

/* The offset behind the first `word` (lower case) of the text, any case; SIZE_MAX: not there. */
static size_t behind(struct bytes text, const char *word)
{
    struct bytes w = bytes_str(word);

    for (size_t i = 0; i + w.n <= text.n; i++) {
        size_t k = 0;
        while (k < w.n && lower(text.p[i + k]) == w.p[k]) {
            k++;
        }
        if (k == w.n) {
            return i + w.n;
        }
    }
    return SIZE_MAX;
}

static bool ends(struct bytes b, const char *with)
{
    size_t n = bytes_str(with).n;

    return b.n >= n && bytes_is_nocase(bytes_from(b, b.n - n), with);
}

static uint8_t keep(struct bytes b, uint8_t *to, unsigned max)
{
    unsigned n = 0;

    for (size_t i = 0; i < b.n && n < max; i++) {
        if (b.p[i] >= 0x20 && b.p[i] != '"' && b.p[i] != '\\') { /* it is written in quotes again */
            to[n++] = b.p[i];
        }
    }
    return (uint8_t)n;
}

/* ------- items ------- */

static bool is_path(struct bytes b)
{
    for (size_t i = 0; i < b.n; i++) {
        if ((b.p[i] < '0' || b.p[i] > '9') && (b.p[i] != '.' || i == 0 || i + 1 == b.n)) {
            return false;
        }
    }
    return b.n != 0 && b.n <= IMAP_PATH_MAX;
}

/* What stands in the brackets. */
static void section(struct imap_item *x, struct bytes inside, bool binary)
{
    if (inside.n == 0) {
        x->section = IMAP_WHOLE;
    } else if (bytes_is_nocase(inside, "HEADER")) {
        x->section = IMAP_HEAD;
    } else if (bytes_is_nocase(inside, "TEXT")) {
        x->section = IMAP_TEXT;
    } else {
        bool mime = ends(inside, ".MIME");
        inside = mime ? bytes_head(inside, inside.n - 5) : inside;
        if (is_path(inside)) {
            x->section = mime ? IMAP_HEAD : binary ? IMAP_PLAIN : IMAP_PART;
            x->path_n = keep(inside, x->path, IMAP_PATH_MAX);
        }
    }
}

/* The item at the end of what stands before a literal: BODY[2]<0>, RFC822, … */
static void item(struct imap_item *x, struct bytes before)
{
    struct bytes b = bytes_trim(before, " ~");
    size_t at = b.n;

    if (ends(b, ">")) {
        while (at > 0 && b.p[at - 1] != '<') {
            at--;
        }
        x->partial = at > 0 && bytes_u64(bytes_head(bytes_from(b, at), b.n - at - 1), &x->offset);
        if (!x->partial) {
            return;
        }
        b = bytes_head(b, at - 1);
    }
    if (ends(b, "]")) {
        for (at = b.n; at > 0 && b.p[at - 1] != '['; at--) {
        }
        struct bytes name = bytes_head(b, at != 0 ? at - 1 : 0), inside = bytes_head(bytes_from(b, at), b.n - at - 1);
        if (ends(name, "BODY") || ends(name, "BINARY")) {
            section(x, inside, ends(name, "BINARY"));
        }
    } else if (ends(b, " RFC822") || ends(b, "(RFC822")) {
        x->section = IMAP_WHOLE;
    } else if (ends(b, "RFC822.HEADER")) {
        x->section = IMAP_HEAD;
    } else if (ends(b, "RFC822.TEXT")) {
        x->section = IMAP_TEXT;
    }
}

static bool same_part(const struct imap_item *a, const struct imap_item *b)
{
    return a->message == b->message && bytes_equal(bytes_of(a->path, a->path_n), bytes_of(b->path, b->path_n));
}

bool imap_fetch_goes_on(const struct imap_fetch *f)
{
    return f->open.section != IMAP_NOTHING && f->open.section == f->item.section && same_part(&f->open, &f->item) && f->item.offset == f->next;
}

/* ------- BODYSTRUCTURE ------- */

/* One level of its parentheses (RFC 9051 7.5.2): a body of several, or of one. */
struct level {
    bool several, told;         /* several: its subtype was there */
    unsigned child;             /* the part at work */
    unsigned field;             /* of one: where in its list */
};

struct structure {
    struct level level[NESTING_MAX];
    unsigned depth;
    struct imap_known *to;
    struct imap_part *part;     /* of the innermost level that is one; NULL: no room */
};

/* A string, an atom or NIL; the closing quote is consumed. */
static struct bytes token(struct rd *r)
{
    bool found;

    if (rd_peek(r).p[0] != '"') {
        return rd_until_any(r, " ()");
    }
    rd_skip(r, 1);
    struct bytes b = rd_peek(r);
    size_t n = 0;
    while (n < b.n && b.p[n] != '"') {
        n += b.p[n] == '\\' ? 2 : 1;
    }
    if (n < b.n) {
        b = rd_bytes(r, n);
        rd_skip(r, 1);
        return b;
    }
    return rd_until(r, '"', &found);
}

enum list { LIST_PASSED, LIST_PARAMETERS, LIST_DISPOSITION /* if it is one */, LIST_OF_SEVERAL };

static void pair(struct imap_part *part, enum list list, struct bytes key, struct bytes value)
{
    bool wanted = list == LIST_OF_SEVERAL ? bytes_is_nocase(key, "boundary") : bytes_starts_nocase(key, "name") || bytes_starts_nocase(key, "filename");

    if (wanted && part->name_n == 0) {
        part->name_n = keep(value, part->name, IMAP_NAME_MAX);
    }
}

/* ("name" "x" …) or ("attachment" ("filename" "x")): the file's name, or what stands between parts. */
static void list(struct rd *r, struct imap_part *part, enum list what)
{
    struct bytes key = bytes_none();
    unsigned open = 0;
    bool first = true, keyed = false;

    do {
        rd_skip_any(r, " ");
        struct bytes b = rd_peek(r);
        if (b.n == 0) {
            return;
        }
        if (b.p[0] == '(' || b.p[0] == ')') {
            open += b.p[0] == '(' ? 1u : -1u;
            rd_skip(r, 1);
            keyed = false;
            continue;
        }
        struct bytes word = token(r);
        if (first && what == LIST_DISPOSITION) {
            part = bytes_is_nocase(word, "attachment") || bytes_is_nocase(word, "inline") ? part : NULL;
            if (part != NULL) {
                part->attached = bytes_is_nocase(word, "attachment");
            }
        } else if (!keyed) {
            key = word;
            keyed = true;
        } else {
            if (part != NULL) {
                pair(part, what, key, word);
            }
            keyed = false;
        }
        first = false;
    } while (open != 0);
}

static struct imap_part *part_new(struct structure *s)
{
    struct imap_part *p = s->to->part_n < IMAP_PARTS_MAX ? &s->to->part[s->to->part_n] : NULL;
    char digits[20];

    if (p == NULL) {
        return NULL;
    }
    *p = (struct imap_part){ 0 };
    for (unsigned i = 0; i + 1 < s->depth; i++) { /* the number in each body of several around it */
        size_t n = text_digits(s->level[i].child, digits);
        for (size_t k = 0; k <= n; k++) {
            if (p->path_n == IMAP_PATH_MAX) {
                return NULL;
            }
            if (k < n) {
                p->path[p->path_n++] = (uint8_t)digits[k];
            } else if (i + 2 < s->depth) {
                p->path[p->path_n++] = '.';
            }
        }
    }
    if (s->depth == 1 && !s->level[0].several) { /* a mail of one part: that is part 1 */
        p->path[p->path_n++] = '1';
    }
    s->to->part_n++;
    return p;
}

static void structure_open(struct structure *s, struct rd *r)
{
    struct level *l = &s->level[s->depth - 1];

    if (l->field != 0 || l->told) { /* in a body of one, or behind the parts: a list of parameters, or what is passed over */
        enum list what = l->several ? LIST_OF_SEVERAL : l->field == 2 ? LIST_PARAMETERS : l->field > 6 ? LIST_DISPOSITION : LIST_PASSED;
        list(r, what != LIST_PASSED ? s->part : NULL, what);
        l->field += !l->several;
        return;
    }
    rd_skip(r, 1);
    l->several = true;
    l->child++;
    s->level[s->depth++] = (struct level){ 0 };
}

static void structure_word(struct structure *s, struct bytes word)
{
    struct level *l = &s->level[s->depth - 1];

    if (l->several && !l->told) { /* its subtype */
        l->told = true;
        s->part = s->depth == 1 ? part_new(s) : NULL;
        return;
    }
    if (!l->several && l->field == 0) { /* its type */
        s->part = part_new(s);
    }
    if (!l->several && l->field == 5 && s->part != NULL) {
        s->part->coding_n = keep(word, s->part->coding, IMAP_WORD_MAX);
    }
    l->field += !l->several;
}

static void structure(struct imap_known *to, struct rd r)
{
    struct structure s = { .to = to };

    to->part_n = 0;
    rd_skip_any(&r, " ");
    if (rd_u8(&r) != '(') {
        return;
    }
    s.depth = 1;
    while (rd_left(&r) != 0 && s.depth != 0 && s.depth < NESTING_MAX) {
        rd_skip_any(&r, " ");
        struct bytes b = rd_peek(&r);
        if (b.n == 0) {
            break;
        }
        if (b.p[0] == '(') {
            structure_open(&s, &r);
        } else if (b.p[0] == ')') {
            rd_skip(&r, 1);
            s.depth--;
            s.part = NULL;
        } else {
            structure_word(&s, token(&r));
        }
    }
}

static const struct imap_part *part_of(const struct imap_fetch *f, const struct imap_item *x)
{
    const struct imap_known *k = f->known;

    for (unsigned i = 0; k != NULL && k->message == x->message && i < k->part_n; i++) {
        if (bytes_equal(bytes_of(k->part[i].path, k->part[i].path_n), bytes_of(x->path, x->path_n))) {
            return &k->part[i];
        }
    }
    return NULL;
}

/* ------- what comes ------- */

static bool head_kept(const struct imap_fetch *f, const struct imap_item *x)
{
    return f->known != NULL && f->known->head_of.section == IMAP_HEAD && !f->known->head_cut && same_part(&f->known->head_of, x);
}

static struct imap_known *known(struct conn *c, struct imap_fetch *f)
{
    if (f->known == NULL) {
        f->known = arena_zero(conn_arena(c), sizeof *f->known);
    }
    return f->known;
}

static enum imap_literal wanted(struct conn *c, struct imap_fetch *f)
{
    const struct imap_item *x = &f->item;
    const struct imap_part *p;

    if (imap_fetch_goes_on(f)) {
        return IMAP_LITERAL_MAIL;
    }
    if (x->section == IMAP_NOTHING || x->offset != 0) {
        return IMAP_LITERAL_SKIP;
    }
    switch (x->section) {
    case IMAP_WHOLE: return IMAP_LITERAL_MAIL;
    case IMAP_HEAD:
        if (x->partial || known(c, f) == NULL) {
            return IMAP_LITERAL_SKIP;
        }
        f->known->head_of = *x;
        f->known->head_n = 0;
        f->known->head_cut = false;
        return IMAP_LITERAL_HEAD;
    case IMAP_TEXT: return head_kept(f, x) || part_of(f, x) != NULL ? IMAP_LITERAL_MAIL : IMAP_LITERAL_SKIP;
    case IMAP_PART:
    case IMAP_PLAIN:
        p = part_of(f, x);
        return head_kept(f, x) || (p != NULL && (p->attached || p->name_n != 0)) ? IMAP_LITERAL_MAIL : IMAP_LITERAL_SKIP;
    case IMAP_NOTHING:
    default: return IMAP_LITERAL_SKIP;
    }
}

enum imap_literal imap_fetch_part(struct conn *c, struct imap_fetch *f, struct bytes text, bool literal, uint64_t n)
{
    size_t at;

    if (f->message == 0) {
        return IMAP_LITERAL_SKIP;
    }
    if ((at = behind(text, "rfc822.size ")) != SIZE_MAX) {
        struct rd r = rd_of(bytes_from(text, at));
        f->sized = bytes_u64(rd_until_any(&r, " )"), &f->size) ? f->message : 0;
    }
    if ((at = behind(text, "bodystructure ")) != SIZE_MAX && known(c, f) != NULL) {
        f->known->message = f->message;
        structure(f->known, rd_of(bytes_from(text, at)));
    }
    if (!literal) {
        return IMAP_LITERAL_SKIP;
    }
    f->item = (struct imap_item){ .message = f->message, .n = n };
    item(&f->item, text);
    return wanted(c, f);
}

static void field(struct mail *m, const char *before, struct bytes value, const char *after)
{
    txn_mail_data(m, bytes_str(before));
    txn_mail_data(m, value);
    txn_mail_data(m, bytes_str(after));
}

void imap_fetch_begin(const struct imap_fetch *f, struct mail *m)
{
    const struct imap_item *x = &f->item;
    const struct imap_part *p = part_of(f, x);

    if (x->section == IMAP_WHOLE) {
        return;
    }
    if (x->section != IMAP_PLAIN && head_kept(f, x)) {
        txn_mail_data(m, bytes_of(f->known->head, f->known->head_n));
        return;
    }
    if (p != NULL && x->section == IMAP_TEXT) {
        field(m, "Content-Type: multipart/mixed; boundary=\"", bytes_of(p->name, p->name_n), "\"\r\n");
    } else if (p != NULL) {
        field(m, "Content-Disposition: attachment; filename=\"", bytes_of(p->name, p->name_n), "\"\r\n");
        if (x->section == IMAP_PART && p->coding_n != 0) {
            field(m, "Content-Transfer-Encoding: ", bytes_of(p->coding, p->coding_n), "\r\n");
        }
    }
    txn_mail_data(m, bytes_str("\r\n"));
}

void imap_fetch_head(struct imap_fetch *f, struct bytes chunk)
{
    struct imap_known *k = f->known;

    for (size_t i = 0; k != NULL && i < chunk.n; i++) {
        if (k->head_n == IMAP_HEAD_MAX) {
            k->head_cut = true;
            return;
        }
        k->head[k->head_n++] = chunk.p[i];
    }
}

/* How much of the item was asked for: "<offset.length>" in the command (RFC 9051 6.4.5); 0: not told. */
static uint64_t length_asked(struct bytes asked, uint64_t offset)
{
    struct rd r = rd_of(asked);
    uint64_t from, n;
    bool found, dot;

    do {
        (void)rd_until(&r, '<', &found);
        struct rd inside = rd_of(rd_until(&r, '>', &dot));
        struct bytes first = rd_until(&inside, '.', &dot);
        if (found && dot && bytes_u64(first, &from) && from == offset && bytes_u64(rd_rest(&inside), &n)) {
            return n;
        }
    } while (found);
    return 0;
}

bool imap_fetch_over(struct imap_fetch *f, struct bytes asked)
{
    const struct imap_item *x = &f->item;
    uint64_t n = length_asked(asked, x->offset);
    bool sized = x->section == IMAP_WHOLE && f->sized == x->message;

    f->next = x->offset + x->n;
    f->open = *x;
    if (!x->partial || x->n == 0 || (n != 0 && x->n < n) || (sized && f->next >= f->size)) {
        f->open.section = IMAP_NOTHING;
        return true;
    }
    return false;
}

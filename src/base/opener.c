/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/opener.h"

#include "base/unpack.h"

enum { OUT_SIZE = 4096, UNPACK_MEMORY = 16 << 20, RATIO_FROM = 65536, HEAD_MAX = 512,
       ZIP_HEADER = 30, GZIP_TRAILER = 8, ZLIB_TRAILER = 4, ZIP_STORED = 0, ZIP_DEFLATED = 8, ZIP_STREAMED = 8 /* flag bit 3: sizes come behind the data */,
       TAR_BLOCK = 512, TAR_SIZE = 124, TAR_SIZE_DIGITS = 12, TAR_TYPE = 156, TAR_MARK = 257 };

/* What the next bytes are. */
enum at {
    AT_HEAD,      /* gathered until `want` of them are there */
    AT_SKIP,      /* `left` bytes mean nothing */
    AT_STORED,    /* `left` bytes are an entry as it is */
    AT_PACKED,    /* to the decompressor */
    AT_SEARCH,    /* zip: where the next entry begins */
    AT_TEXT,      /* PDF: as it is, until a packed stream begins */
    AT_LINE_END,  /* PDF: behind the word stream */
    AT_BROKEN,    /* PDF: in a stream that can't be unpacked, up to its end */
    AT_PLAIN,     /* no container after all: all of it goes by */
    AT_OVER,      /* nothing more comes out */
};

struct opener {
    struct pages *pages;
    const struct opener_settings *s;
    struct opener *inner;     /* of the entry under way */
    struct unpack *unpack;
    uint64_t in, out, left;
    uint64_t then_left;       /* AT_SKIP: what comes behind it, and how much of it */
    size_t got;               /* of this block */
    unsigned kind, depth;
    enum at at, then;
    uint8_t head[HEAD_MAX], entry[OPENER_HEAD];
    uint16_t head_n, want;
    uint8_t entry_n;
    bool begun;               /* tar: the first head was one */
    uint16_t pad;             /* tar: bytes behind the entry, to the block's end */
    bool entry_told;          /* what the entry is was decided */
    bool packed;              /* PDF: the object's stream is */
    uint8_t seen[3];          /* bytes of the words that are looked for, so far */
};

/* RFC 1952 2.3.1; APPNOTE.TXT 4.3.7; SWF 19 chapter 2; ISO 32000-1 7.5.2 */
static unsigned kind_of(struct bytes b)
{
    static const struct { const char *bytes; uint8_t n; unsigned kind; } rows[] = {
        { "\x1f\x8b\x08", 3, OPENER_GZIP }, { "PK\x03\x04", 4, OPENER_ZIP }, { "CWS", 3, OPENER_SWF }, { "ZWS", 3, OPENER_SWF_LZMA },
        { "%PDF", 4, OPENER_PDF },
    };

    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (bytes_equal(bytes_head(b, rows[i].n), bytes_of(rows[i].bytes, rows[i].n))) {
            return rows[i].kind;
        }
    }
    return b.n != 0 && b.p[0] != 0 ? OPENER_TAR : 0; /* the name of its first entry; the rest is told later */
}

static void head_wanted(struct opener *o, unsigned n)
{
    o->at = AT_HEAD;
    o->head_n = 0;
    o->want = (uint16_t)n;
}

static bool packed_begin(struct opener *o, enum unpack_kind kind)
{
    unpack_free(o->unpack);
    o->unpack = unpack_new(o->pages, kind, UNPACK_MEMORY);
    o->at = o->unpack != NULL ? AT_PACKED : AT_OVER;
    return o->unpack != NULL;
}

static struct opener *make(struct pages *pages, const struct opener_settings *s, struct bytes first, unsigned depth)
{
    unsigned kind = depth < s->depth && depth < OPENER_DEPTH_MAX ? kind_of(first) & s->kinds : 0;
    size_t got = 0;
    struct opener *o = kind != 0 ? pages_take(pages, sizeof *o, &got) : NULL;

    if (o == NULL) {
        return NULL;
    }
    *o = (struct opener){ .pages = pages, .s = s, .got = got, .kind = kind, .depth = depth };
    switch (kind) {
    case OPENER_GZIP: (void)packed_begin(o, UNPACK_GZIP); break;
    case OPENER_ZIP: head_wanted(o, ZIP_HEADER); break;
    case OPENER_SWF: head_wanted(o, 8); break;
    case OPENER_SWF_LZMA: head_wanted(o, 17); break;
    case OPENER_TAR: head_wanted(o, TAR_BLOCK); break;
    default: o->at = AT_TEXT; break;
    }
    return o;
}

struct opener *opener_new(struct pages *pages, const struct opener_settings *s, struct bytes first) { return make(pages, s, first, 0); }
bool opener_over(const struct opener *o) { return o->at == AT_OVER; }

void opener_free(struct opener *o)
{
    while (o != NULL) {
        struct opener *inner = o->inner;
        unpack_free(o->unpack);
        pages_give(o->pages, o, o->got);
        o = inner;
    }
}

/* ------- what comes out ------- */

struct sink {
    opener_out out;
    void *ctx;
};

/* What of b may go out still; counts it. */
static struct bytes allowed(struct opener *o, struct bytes b)
{
    uint64_t room = o->s->out_max != 0 ? o->s->out_max - o->out : UINT64_MAX;

    if (o->s->ratio != 0 && o->out + b.n > RATIO_FROM && (o->out + b.n) / o->s->ratio > o->in) { /* a bomb */
        room = 0;
    }
    if (b.n > room) {
        o->at = AT_OVER;
        b = bytes_head(b, (size_t)room);
    }
    o->out += b.n;
    return b;
}

/* Bytes of an entry: its first ones tell whether it is a container too. */
static void emit(struct opener *o, struct bytes b, const struct sink *to)
{
    b = allowed(o, b);
    if (!o->entry_told && b.n != 0) {
        while (o->entry_n < OPENER_HEAD && b.n != 0) {
            o->entry[o->entry_n++] = b.p[0];
            b = bytes_from(b, 1);
        }
        if (o->entry_n < OPENER_HEAD) {
            return;
        }
        struct bytes first = bytes_of(o->entry, o->entry_n);
        o->entry_told = true;
        o->inner = make(o->pages, o->s, first, o->depth + 1);
        if (o->inner != NULL) {
            opener_feed(o->inner, first, to->out, to->ctx);
        } else {
            to->out(to->ctx, first);
        }
    }
    if (o->inner != NULL) {
        opener_feed(o->inner, b, to->out, to->ctx);
    } else if (b.n != 0) {
        to->out(to->ctx, b);
    }
}

static void entry_end(struct opener *o, const struct sink *to)
{
    if (!o->entry_told && o->entry_n != 0) {
        to->out(to->ctx, bytes_of(o->entry, o->entry_n));
    }
    if (o->inner != NULL) {
        opener_end(o->inner, to->out, to->ctx);
    }
    opener_free(o->inner);
    o->inner = NULL;
    o->entry_n = 0;
    o->entry_told = false;
}

/* As it is, whatever it holds. */
static void plain(struct opener *o, struct bytes b, const struct sink *to)
{
    b = allowed(o, b);
    if (b.n != 0) {
        to->out(to->ctx, b);
    }
}

/* ------- heads ------- */

/* APPNOTE.TXT 4.3.7, 4.4.4 */
static void zip_head(struct opener *o)
{
    struct rd r = rd_of(bytes_of(o->head, o->head_n));

    if (rd_be32(&r) != 0x504b0304) { /* the central directory: no entry follows */
        o->at = AT_OVER;
        return;
    }
    rd_skip(&r, 2);
    bool streamed = (rd_le16(&r) & ZIP_STREAMED) != 0;
    uint16_t method = rd_le16(&r);
    rd_skip(&r, 8);
    uint32_t packed = rd_le32(&r);
    rd_skip(&r, 4);
    o->left = rd_le16(&r);
    o->left += rd_le16(&r);
    o->at = AT_SKIP;
    o->then_left = packed;
    o->then = method == ZIP_DEFLATED ? AT_PACKED : streamed ? AT_SEARCH : method == ZIP_STORED ? AT_STORED : AT_HEAD;
    if (o->then == AT_HEAD) { /* packed in another way, or for somebody with a key */
        o->left += packed;
    }
}

/* SWF 19, chapter 2: signature, version, length unpacked; of ZWS the length packed and the five bytes of LZMA's properties. */
static void swf_head(struct opener *o, const struct sink *to)
{
    static const uint8_t unknown[8] = { 255, 255, 255, 255, 255, 255, 255, 255 };
    uint8_t lzma[13], none[1];
    size_t got;

    o->head[0] = 'F';
    plain(o, bytes_of(o->head, 8), to);
    if (!packed_begin(o, o->kind == OPENER_SWF ? UNPACK_ZLIB : UNPACK_LZMA) || o->kind == OPENER_SWF) {
        return;
    }
    for (unsigned i = 0; i < 13; i++) { /* the head that a file of LZMA has: properties, size */
        lzma[i] = i < 5 ? o->head[12 + i] : unknown[i - 5];
    }
    struct bytes in = bytes_of(lzma, sizeof lzma);
    enum unpack_result r = unpack_run(o->unpack, &in, none, sizeof none, &got);
    o->at = r == UNPACK_OK && in.n == 0 ? AT_PACKED : AT_OVER;
}

/* POSIX.1-1988 10.1.1: octal digits; or, as GNU and others have it, a number of 95 bits behind a set one.  UINT64_MAX: neither. */
static uint64_t tar_size(struct rd r)
{
    struct bytes b = rd_bytes(&r, TAR_SIZE_DIGITS);
    uint64_t n = 0;

    if (b.n != 0 && (b.p[0] & 0x80) != 0) {
        r = rd_of(bytes_from(b, 4));
        return rd_be64(&r) & INT64_MAX;
    }
    b = bytes_trim(b, " ");
    for (size_t i = 0; i < b.n && b.p[i] != 0 && b.p[i] != ' '; i++) {
        if (b.p[i] < '0' || b.p[i] > '7') {
            return UINT64_MAX;
        }
        n = n << 3 | (uint64_t)(b.p[i] - '0');
    }
    return n;
}

static void tar_head(struct opener *o, const struct sink *to)
{
    struct bytes head = bytes_of(o->head, o->head_n);
    uint64_t n = tar_size(rd_of(bytes_from(head, TAR_SIZE)));
    uint8_t type = o->head[TAR_TYPE];
    bool is = bytes_starts(bytes_from(head, TAR_MARK), "ustar") && n != UINT64_MAX;

    if (!is) { /* the end is a block of zeros */
        o->at = o->begun ? AT_OVER : AT_PLAIN;
        if (!o->begun) {
            to->out(to->ctx, head);
        }
        return;
    }
    o->begun = true;
    bool file = type == 0 || type == '0' || type == '7';
    uint16_t pad = (uint16_t)(-n % TAR_BLOCK);
    o->at = n == 0 ? AT_HEAD : file ? AT_STORED : AT_SKIP;
    o->head_n = 0;
    o->left = file ? n : n + pad; /* of names that are long, links and folders nothing is shown */
    o->pad = file ? pad : 0;
    o->then = AT_HEAD;
}

/* Behind an entry that was stored. */
static void stored_over(struct opener *o)
{
    head_wanted(o, o->kind == OPENER_ZIP ? ZIP_HEADER : TAR_BLOCK);
    if (o->pad != 0) {
        o->at = AT_SKIP;
        o->then = AT_HEAD;
        o->left = o->pad;
        o->pad = 0;
    }
}

static void head_done(struct opener *o, const struct sink *to)
{
    if (o->kind == OPENER_ZIP) {
        zip_head(o);
    } else if (o->kind == OPENER_TAR) {
        tar_head(o, to);
    } else {
        swf_head(o, to);
    }
}

static size_t take_head(struct opener *o, struct bytes b, const struct sink *to)
{
    size_t n = 0;

    while (n < b.n && o->head_n < o->want) {
        o->head[o->head_n++] = b.p[n++];
    }
    if (o->head_n == o->want) {
        head_done(o, to);
    }
    return n;
}

/* ------- what is between ------- */

/* Is the word there with this byte?  No word here begins again within itself. */
static bool word_next(uint8_t *seen, const char *word, size_t n, uint8_t c)
{
    *seen = c == (uint8_t)word[*seen] ? (uint8_t)(*seen + 1) : c == (uint8_t)word[0];
    if (*seen < n) {
        return false;
    }
    *seen = 0;
    return true;
}

/* The next entry of a zip file, behind one whose length its head did not tell. */
static size_t search(struct opener *o, struct bytes b)
{
    for (size_t i = 0; i < b.n; i++) {
        if (word_next(&o->seen[0], "PK\x03\x04", 4, b.p[i])) {
            head_wanted(o, ZIP_HEADER);
            for (unsigned k = 0; k < 4; k++) {
                o->head[o->head_n++] = (uint8_t)"PK\x03\x04"[k];
            }
            return i + 1;
        }
        if (word_next(&o->seen[1], "PK\x01\x02", 4, b.p[i])) {
            o->at = AT_OVER;
            return i + 1;
        }
    }
    return b.n;
}

/* ISO 32000-1 7.3.8: a dictionary that names its filter, the word stream, a line end, the data. */
static size_t text(struct opener *o, struct bytes b, const struct sink *to)
{
    size_t i = 0;

    for (; i < b.n && o->at == AT_TEXT; i++) {
        bool begins = word_next(&o->seen[0], "stream", 6, b.p[i]), ends = word_next(&o->seen[1], "endobj", 6, b.p[i]);
        o->packed = (o->packed || word_next(&o->seen[2], "/FlateDecode", 12, b.p[i])) && !ends;
        if (begins && o->packed) {
            o->at = AT_LINE_END;
        }
    }
    plain(o, bytes_head(b, i), to);
    return i;
}

static size_t line_end(struct opener *o, struct bytes b, const struct sink *to)
{
    size_t n = b.p[0] == '\r' || b.p[0] == '\n';

    plain(o, bytes_head(b, n), to);
    if (o->at != AT_OVER && (n == 0 || b.p[0] == '\n')) {
        o->packed = false;
        o->seen[0] = o->seen[1] = o->seen[2] = 0;
        (void)packed_begin(o, UNPACK_ZLIB);
    }
    return n;
}

/* ------- packed data ------- */

static void packed_over(struct opener *o, enum unpack_result r, const struct sink *to)
{
    unpack_free(o->unpack);
    o->unpack = NULL;
    entry_end(o, to);
    if (o->at == AT_OVER) {
        return;
    }
    switch (o->kind) {
    case OPENER_PDF:
        o->at = r == UNPACK_END ? AT_SKIP : AT_BROKEN;
        o->left = ZLIB_TRAILER;
        o->then = AT_TEXT;
        break;
    case OPENER_ZIP:
        o->at = r == UNPACK_END ? AT_SEARCH : AT_OVER;
        o->seen[0] = o->seen[1] = 0;
        break;
    case OPENER_GZIP: /* RFC 1952 2.2: members one after another, behind the trailer of the one before */
        o->at = r == UNPACK_END ? AT_SKIP : AT_OVER;
        o->left = GZIP_TRAILER;
        o->then = AT_PACKED;
        break;
    default: o->at = AT_OVER; break;
    }
}

/* The stream of a PDF ends at this word, unpacked or not; how many bytes of b belong to it.  *over: the word is there. */
static size_t stream_length(struct opener *o, struct bytes b, bool *over)
{
    for (size_t i = 0; i < b.n; i++) {
        if (word_next(&o->seen[0], "endstream", 9, b.p[i])) {
            *over = true;
            return i + 1;
        }
    }
    *over = false;
    return b.n;
}

static void stream_over(struct opener *o, const struct sink *to)
{
    unpack_free(o->unpack);
    o->unpack = NULL;
    o->at = AT_TEXT;
    plain(o, bytes_str("endstream"), to);
}

static size_t broken(struct opener *o, struct bytes b, const struct sink *to)
{
    bool over;
    size_t n = stream_length(o, b, &over);

    if (over) {
        stream_over(o, to);
    }
    return n;
}

static size_t packed(struct opener *o, struct bytes b, const struct sink *to);

/* How it is cut tells nothing: bytes go to the decompressor up to the stream's end, and what it refuses is passed over up to there. */
static size_t packed_stream(struct opener *o, struct bytes b, const struct sink *to)
{
    bool over;
    size_t n = stream_length(o, b, &over), taken = packed(o, bytes_head(b, n), to);

    if (o->at == AT_SKIP) { /* it is whole */
        o->seen[0] = 0;
        return taken;
    }
    if (over && o->at != AT_OVER) {
        stream_over(o, to);
    }
    return n;
}

static size_t packed(struct opener *o, struct bytes b, const struct sink *to)
{
    struct bytes in = b;
    uint8_t out[OUT_SIZE];

    while (o->at == AT_PACKED) {
        size_t got = 0, before = in.n;
        enum unpack_result r = unpack_run(o->unpack, &in, out, sizeof out, &got);
        if (o->kind == OPENER_GZIP || o->kind == OPENER_ZIP) {
            emit(o, bytes_of(out, got), to);
        } else {
            plain(o, bytes_of(out, got), to);
        }
        if (r != UNPACK_OK) {
            packed_over(o, r, to);
        } else if (got == 0 && in.n == before) {
            break;
        } else if (in.n == 0 && got < sizeof out) {
            break;
        }
        if (in.n == 0 && r != UNPACK_OK) {
            break;
        }
    }
    return b.n - in.n;
}

/* ------- all of it ------- */

static size_t stored(struct opener *o, struct bytes b, const struct sink *to)
{
    size_t n = b.n < o->left ? b.n : (size_t)o->left;

    o->left -= n;
    emit(o, bytes_head(b, n), to);
    if (o->left == 0 && o->at != AT_OVER) {
        entry_end(o, to);
        stored_over(o);
    }
    return n;
}

static size_t skip(struct opener *o, struct bytes b)
{
    size_t n = b.n < o->left ? b.n : (size_t)o->left;

    o->left -= n;
    if (o->left != 0) {
        return n;
    }
    o->at = o->then;
    o->left = o->then_left;
    if (o->then == AT_HEAD || (o->then == AT_STORED && o->left == 0)) {
        stored_over(o);
    } else if (o->then == AT_PACKED) {
        (void)packed_begin(o, o->kind == OPENER_GZIP ? UNPACK_GZIP : UNPACK_DEFLATE);
    }
    return n;
}

static size_t step(struct opener *o, struct bytes b, const struct sink *to)
{
    switch (o->at) {
    case AT_HEAD: return take_head(o, b, to);
    case AT_SKIP: return skip(o, b);
    case AT_STORED: return stored(o, b, to);
    case AT_PACKED: return o->kind == OPENER_PDF ? packed_stream(o, b, to) : packed(o, b, to);
    case AT_BROKEN: return broken(o, b, to);
    case AT_SEARCH: return search(o, b);
    case AT_TEXT: return text(o, b, to);
    case AT_LINE_END: return line_end(o, b, to);
    case AT_PLAIN: to->out(to->ctx, b); return b.n;
    case AT_OVER:
    default: return b.n;
    }
}

void opener_feed(struct opener *o, struct bytes chunk, opener_out out, void *ctx)
{
    const struct sink to = { out, ctx };

    uint64_t left = o->s->in_max > o->in ? o->s->in_max - o->in : 0; /* what came before it was known for an archive may be more */
    uint64_t room = o->s->in_max != 0 && (o->kind != OPENER_TAR || o->begun) ? left : UINT64_MAX;
    bool last = chunk.n > room;

    chunk = last ? bytes_head(chunk, (size_t)room) : chunk;
    o->in += chunk.n;
    for (unsigned idle = 0; chunk.n != 0 && o->at != AT_OVER && idle < 4;) {
        size_t n = step(o, chunk, &to);
        idle = n == 0 ? idle + 1 : 0; /* a change of state alone */
        chunk = bytes_from(chunk, n);
    }
    if (o->at == AT_SKIP && o->left == 0) {
        (void)skip(o, bytes_none());
    }
    if (last) {
        o->at = AT_OVER;
    }
}

void opener_end(struct opener *o, opener_out out, void *ctx)
{
    const struct sink to = { out, ctx };

    if (o->kind == OPENER_TAR && !o->begun && o->at == AT_HEAD && o->head_n != 0) { /* too short for one */
        out(ctx, bytes_of(o->head, o->head_n));
    }
    o->at = AT_OVER;
    entry_end(o, &to);
}

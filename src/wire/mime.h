/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mime - a message (RFC 5322, 2045, 2046) as it comes: header fields, nested parts, decoded attachments, addresses in bodies.
 *
 * A `struct mime` is fed a message in pieces; what it finds does not depend on how they are cut.  It lives in the arena given at
 * birth and is bounded by it and by the caps below; only the running digest lies elsewhere and is given back by mime_fini.
 * What it keeps (fields of the message's own header, names of attachments, addresses) is read with the functions below; the
 * bytes of attachments go to the sink as they are decoded and are not kept.  One thread.
 */
#ifndef WIRE_MIME_H
#define WIRE_MIME_H

#include "base/arena.h"

enum {
    MIME_LINE_MAX = 4096,      /* bytes of a header line, or of one that may be a boundary; the rest of it is dropped */
    MIME_VALUE_MAX = 16384,    /* bytes of a folded field */
    MIME_FIELDS_MAX = 1000,    /* fields of the message's own header */
    MIME_DEPTH_MAX = 16,       /* multiparts inside one another */
    MIME_LINKS_MAX = 256, MIME_NAMES_MAX = 256,
    MIME_NAME_MAX = 255,       /* bytes of an attachment's name */
    MIME_BOUNDARY_USUAL = 254,
};

enum mime_note { MIME_BASE64, MIME_QUOTED, MIME_UU, MIME_LONG_LINE, MIME_LONG_CODED_LINE, MIME_LONG_FIELD_NAME, MIME_LONG_FIELD_VALUE,
                 MIME_LONG_BOUNDARY, MIME_LONG_NAME, MIME_LINE_CUT /* a header line beyond MIME_LINE_MAX */ };

struct mime_settings {
    bool decode_base64, decode_quoted;
    bool decode_uu;                /* parts coded so, and files within a text: an attachment each, by the name that "begin" gives */
    bool links, link_schemes_kept; /* find addresses in bodies; keep "http://" in front of them */
    bool digest;                   /* MD5 of the body, as it comes */
    bool nameless;                 /* an attachment without a name is one too, and what is coded in base64 and no text */
    bool dots;                     /* a dot that begins a line is one too many (RFC 5321 4.5.2) */
    uint32_t value_max;            /* bytes of a field beyond which it is noted */
    const char *schemes;           /* "http,https": of the addresses; NULL: http */
};

/* Called while bytes are fed. */
struct mime_sink {
    void *ctx;
    void (*open)(void *ctx, struct bytes name); /* an attachment begins; name n 0: it has none */
    void (*data)(void *ctx, struct bytes plain);
    void (*close)(void *ctx, bool truncated);
    void (*note)(void *ctx, enum mime_note note);
};

struct mime;
struct mime *mime_new(struct arena *a, const struct mime_settings *s, const struct mime_sink *sink); /* NULL when the arena is full */
void mime_feed(struct mime *m, struct bytes piece);
void mime_gap(struct mime *m);                      /* bytes are missing: what follows is taken from the next line on */
void mime_end(struct mime *m, bool truncated);      /* nothing more comes */
void mime_fini(struct mime *m);

/* Field i of the message's own header; false: no more.  A folded value is joined without the blank that folds it. */
bool mime_field(const struct mime *m, unsigned i, struct bytes *name, struct bytes *value);
/* The nth field of that name (any case). */
bool mime_field_named(const struct mime *m, const char *name, unsigned nth, struct bytes *value);
bool mime_link(const struct mime *m, unsigned i, struct bytes *out);       /* in the order found */
bool mime_attachment(const struct mime *m, unsigned i, struct bytes *out);
bool mime_digest(const struct mime *m, struct bytes *out);                 /* after mime_end: 16 bytes */

/* A parameter of a field's value, name=value or name="value", or in sections name*0, name*1 … (RFC 2231 3), or coded, name*=charset'language'te%78t; any
 * case.  Sections are joined, and decoded, in `a`.  False: absent. */
bool mime_parameter(struct arena *a, struct bytes value, const char *name, struct bytes *out);

#endif

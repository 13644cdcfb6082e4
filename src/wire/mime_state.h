/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mime_state - a message half read; between mime.c (lines, fields, parts), mime_body.c (codings, addresses) and mime_uu.c only.
 */
#ifndef WIRE_MIME_STATE_H
#define WIRE_MIME_STATE_H

#include "wire/mime.h"

enum { MIME_LINE_USUAL = 998 /* RFC 5322 2.1.1 */, MIME_UU_HEAD_MAX = MIME_NAME_MAX + 16 };
enum mime_coding { CODING_NONE, CODING_BASE64, CODING_QUOTED, CODING_UU };

struct mime_field {
    struct mime_field *next;
    struct bytes name;
    struct arena_text value;
};

struct mime_text {          /* a list of runs of bytes */
    struct mime_text *next;
    struct bytes text;
};

struct mime_boundary {
    struct mime_boundary *outer;
    struct bytes text;      /* "--" and the name */
};

struct mime_body {
    uint8_t coding;         /* enum mime_coding */
    uint8_t quad[4];        /* base64: characters not decoded yet; quoted-printable: "=" and what follows it */
    uint8_t quad_n;
    uint8_t pending;        /* a line end that may belong to the boundary: 1 CR, 2 LF, 3 both */
    uint32_t line_n;        /* bytes of the line so far */
    bool long_line;         /* noted for this line */
    bool half_end;          /* the last byte was the first of a line end, perhaps: not counted yet */
};

struct mime_uu {            /* uuencode */
    bool start;             /* at the start of a line */
    bool within, opened;    /* behind "begin"; it opened the attachment */
    uint8_t left;           /* bytes that the line at hand still has */
    uint8_t quad[4], quad_n;
    uint16_t head_n;        /* of a line that may be "begin" */
    uint8_t head[MIME_UU_HEAD_MAX];
};

struct mime {
    struct arena *arena;
    const struct mime_settings *set;
    struct mime_sink sink;
    void *digest;           /* running; NULL: none, or done */
    uint8_t sum[16];
    bool has_sum;

    bool in_body, own_done; /* behind a header; the message's own header is over */
    bool cut;               /* the line at hand is longer than is kept: drop up to its end */
    bool at_start;          /* in_body: at the start of a line, or nothing but a dot of it was seen */
    bool fresh;             /* nothing at all of the line was seen */
    struct arena_text hold; /* the line at hand, as far as it must be seen whole */

    struct mime_field *first, *last;
    unsigned field_n;
    struct arena_text part; /* the value of the field at hand if it tells something of the part */
    uint8_t part_kind;
    bool own_field;         /* a folded line goes on with `last` too */

    struct bytes name;      /* of the attachment at hand; n 0: none */
    bool open;              /* the sink has it open */
    bool text;              /* a body in which addresses are looked for */
    bool inner_message;     /* message/…: its header follows */
    bool attached;          /* Content-Disposition says so */
    bool other;             /* its type is given, and neither text nor more parts */
    struct mime_boundary *boundary; /* innermost */
    unsigned depth;
    struct mime_body body;
    struct mime_uu uu;

    struct arena_text line; /* decoded text up to its line end, for addresses */
    struct mime_text *link, **link_end, *attachment, **attachment_end;
    unsigned link_n, attachment_n;
};

void mime_body_start(struct mime *m);
void mime_body_bytes(struct mime *m, struct bytes b);
void mime_body_end(struct mime *m);       /* the part is over: what is still in a decoder */
void mime_body_links_end(struct mime *m); /* a last line without an end */
void mime_body_plain(struct mime *m, struct bytes b); /* decoded bytes */
void mime_body_text(struct mime *m, struct bytes b);  /* bytes of a part that is not coded */

/* An attachment that has this name by more than its part's header; and its end. */
void mime_attachment_open(struct mime *m, struct bytes name);
void mime_attachment_close(struct mime *m);

void mime_uu_start(struct mime *m);
void mime_uu_bytes(struct mime *m, struct bytes b);
void mime_uu_end(struct mime *m);
void mime_uu_gap(struct mime *m);

#endif

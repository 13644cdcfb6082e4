/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/sdp.h"

static void once(struct bytes *to, struct bytes value)
{
    if (to->p == NULL) {
        *to = value;
    }
}

static bool list_add(struct arena *a, struct sdp_list *l, struct bytes value)
{
    struct sdp_line *x = arena_zero(a, sizeof *x);

    if (x == NULL) {
        return false;
    }
    x->value = value;
    *(l->last != NULL ? &l->last->next : &l->first) = x;
    l->last = x;
    return true;
}

static bool time_add(struct arena *a, struct sdp *s, struct bytes value)
{
    struct sdp_time *x = arena_zero(a, sizeof *x);

    if (x == NULL) {
        return false;
    }
    x->time = value;
    *(s->times_last != NULL ? &s->times_last->next : &s->times) = x;
    s->times_last = x;
    return true;
}

static bool media_add(struct arena *a, struct sdp *s, struct bytes value)
{
    struct sdp_media *x = arena_zero(a, sizeof *x);

    if (x == NULL) {
        return false;
    }
    x->media = value;
    *(s->media_last != NULL ? &s->media_last->next : &s->media) = x;
    s->media_last = x;
    return true;
}

/* One line; behind the first m= the lines are the newest medium's (RFC 8866 5). */
static bool line_add(struct arena *a, struct sdp *s, uint8_t type, struct bytes value)
{
    struct sdp_part *part = s->media_last != NULL ? &s->media_last->part : &s->part;

    switch (type) {
    case 'o': once(&s->origin, value); return true;
    case 's': once(&s->name, value); return true;
    case 'i': once(&part->info, value); return true;
    case 'u': once(&s->uri, value); return true;
    case 'e': once(&s->email, value); return true;
    case 'p': once(&s->phone, value); return true;
    case 'c': once(&part->connection, value); return true;
    case 'b': return list_add(a, &part->bandwidths, value);
    case 't': return time_add(a, s, value);
    case 'r':
        if (s->times_last != NULL) {
            once(&s->times_last->repeat, value);
        }
        return true;
    case 'z': once(&s->timezone, value); return true;
    case 'k': once(&part->key, value); return true;
    case 'a': return list_add(a, &part->attributes, value);
    case 'm': return media_add(a, s, value);
    default: return true; /* letters to come */
    }
}

bool sdp_read(struct bytes text, struct arena *a, struct sdp *out)
{
    struct rd r = rd_of(text);
    bool found = true;
    uint64_t version;

    *out = (struct sdp){ 0 };
    for (unsigned n = 0; n < SDP_LINES_MAX && found && rd_left(&r) != 0; n++) {
        struct bytes line = rd_line(&r, &found);
        if (line.n < 2 || line.p[1] != '=') {
            return n != 0;
        }
        struct bytes value = bytes_from(line, 2);
        if (n == 0) {
            if (line.p[0] != 'v' || !bytes_u64(value, &version) || version > UINT32_MAX) {
                return false;
            }
            out->version = (uint32_t)version;
        } else if (!line_add(a, out, line.p[0], value)) {
            return false;
        }
    }
    return text.n != 0;
}

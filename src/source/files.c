/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Capture files and standard input, one after the other or merged by time. */
#include "base/hash.h"
#include "source/filter.h"
#include "source/kind.h"

#include <stdlib.h>
#include <string.h>

/* One input and the record it is at. */
struct reader {
    struct capture capture;
    struct record record;
    const struct source_part *part; /* NULL: all of it */
    uint64_t ordinal;               /* of the next record */
    size_t run, jump;               /* the first run that is not passed, and the first jump */
    uint64_t behind;                /* the first ordinal behind the block under way, which was looked at */
    uint64_t behind_at;             /* … and where it is in the file */
    size_t warm;                    /* the first jump whose packets' heads may be far */
    bool open, has; /* has: `record` waits to be delivered */
    bool tried;
};

/* The last packets by what they are: CAME of them at least, in two tables of which the older one is begun anew when the other is full. */
enum { CAME = 1 << 14, CAME_ROOM = 2 * CAME };
struct came {
    unsigned now, n;
    uint64_t word[2][CAME_ROOM];
};

struct files {
    struct source base;
    struct source_settings settings;
    struct reader *reader;
    char **path;
    struct filter *filter;
    size_t current; /* one after the other: the input being read */
    size_t *heap;   /* merging: inputs that have a record or may get one, the earliest record first */
    size_t heap_n;
    uint64_t number, now;
    struct came *came; /* parts with a group: packets that came lately; NULL: there are none */
};

static void reader_end(struct files *s, size_t i, const struct err *why)
{
    struct reader *r = &s->reader[i];

    if (why != NULL && why->text[0] != 0) {
        s->base.input[i].err = *why;
        (void)err_add(&s->base.input[i].err, "%s", s->path[i]);
    }
    if (r->open) {
        capture_close(&r->capture);
    }
    r->open = false;
}

static bool reader_open(struct files *s, size_t i)
{
    struct reader *r = &s->reader[i];
    struct err err = { "" };

    r->tried = true;
    const struct source_part *part = s->settings.part != NULL ? &s->settings.part[i] : NULL;
    struct feed *feed = part != NULL && part->chunks != NULL ? feed_open_chunks(part->chunks, s->path[i], &err) : feed_open(s->path[i], s->settings.pipe, part != NULL, &err);
    if (feed == NULL) {
        s->base.input[i].err = err;
        return false;
    }
    r->open = capture_open(&r->capture, feed, &err);
    r->part = part;
    if (r->open && r->part != NULL && r->part->jump_n != 0) {
        feed_sparse(r->capture.feed, part->run_n);
    }
    if (r->open && r->part != NULL && r->part->link_n != 0) {
        r->capture.numbered = true;
        if (!capture_interfaces(&r->capture, r->part->link, r->part->link_n)) {
            (void)err_set(&err, "not enough memory");
            reader_end(s, i, &err);
        }
    } else if (!r->open) {
        reader_end(s, i, &err);
    }
    return r->open;
}

/* Packets behind the next jumps that have some of the runs. */
static void part_warm(struct reader *r)
{
    enum { STEPS = 64 };
    const struct source_part *p = r->part;
    struct capture_way way[CAPTURE_WAYS];
    unsigned n = 0;
    size_t run = r->run, jump = r->jump - 1;

    for (; n < CAPTURE_WAYS && jump + 1 < p->jump_n && run < p->run_n; jump++) {
        uint64_t end = p->jump[jump + 1].ordinal;
        while (run < p->run_n && p->run[run].start + (uint64_t)p->run[run].n <= p->jump[jump].ordinal) {
            run++;
        }
        uint64_t last = 0;
        for (; run < p->run_n && p->run[run].start < end; run++) { /* the last that begins before the next */
            last = p->run[run].start + (uint64_t)p->run[run].n;
            if (last >= end) {
                break;
            }
        }
        if (last != 0) {
            uint64_t steps = (last < end ? last : end) - p->jump[jump].ordinal;
            way[n++] = (struct capture_way){ p->jump[jump].offset, steps < STEPS ? (unsigned)steps : STEPS };
            feed_touch_at(r->capture.feed, p->jump[jump].offset);
        }
    }
    r->warm = jump;
    if (n > 1) {
        capture_warm(&r->capture, way, n);
    }
}

/* Goes on to the next packet of the part, over as much as can be jumped.  False: there is none. */
static bool part_ahead(struct reader *r)
{
    const struct source_part *p = r->part;
    struct feed *f = r->capture.feed;

    while (r->run < p->run_n && p->run[r->run].start + (uint64_t)p->run[r->run].n <= r->ordinal) {
        r->run++;
    }
    if (r->run == p->run_n) {
        return false;
    }
    const struct source_jump *to = NULL;
    while (r->jump < p->jump_n && p->jump[r->jump].ordinal <= p->run[r->run].start) {
        to = &p->jump[r->jump++];
    }
    if (to != NULL && to->ordinal > r->ordinal && to->offset > f->offset + f->skip) {
        f->skip = to->offset - f->offset;
        r->ordinal = to->ordinal;
        r->capture.next_number = to->number != 0 ? to->number : r->capture.next_number;
    }
    if (f->sparse && r->jump > r->warm) {
        part_warm(r);
    }
    return true;
}

/* Is the block of the next packet damaged?  It goes on behind it then. */
static bool part_damaged(struct reader *r)
{
    const struct source_blocks *b = r->part->blocks;
    struct capture *c = &r->capture;

    if (b == NULL || b->look(b->ctx, bytes_of(c->feed->map, c->feed->map_n), r->ordinal, &r->behind, &r->behind_at)) {
        return false;
    }
    r->ordinal = r->behind;
    c->feed->skip = r->behind_at - c->feed->offset;
    c->feed->err.text[0] = c->err.text[0] = '\0';
    c->ended = false;
    return true;
}

/* The chunk of the next packet is looked at when it is made. */
static void chunk_make(struct reader *r)
{
    struct feed *f = r->capture.feed;

    if (f->offset + f->skip < r->behind_at) { /* what fills up a block */
        f->skip = r->behind_at - f->offset;
    }
    (void)feed_need(f, 1);
}

/* Takes note of where the record lies; the feed is behind it. */
static void place_note(const struct reader *r)
{
    struct source_places *p = r->part->places;
    const struct feed *f = r->capture.feed;

    if (p->n == p->room && p->room < p->most) {
        size_t room = p->room != 0 ? 2 * p->room : 1024;
        struct source_place *more = realloc(p->at, room * sizeof *more);
        p->at = more != NULL ? more : p->at;
        p->room = more != NULL ? room : p->room;
        p->most = more != NULL ? p->most : 0;
    }
    if (p->n < p->room && p->n < p->most) {
        p->at[p->n++] = (struct source_place){ r->record.offset, r->capture.numbered ? r->record.number : 0, (uint32_t)r->ordinal,
                                               (uint32_t)(f->offset + f->skip - r->record.offset) };
    }
}

static enum capture_status capture_part(struct reader *r)
{
    for (;;) {
        if (!part_ahead(r)) {
            return CAPTURE_END;
        }
        if (r->ordinal >= r->behind && r->part->chunks != NULL) {
            chunk_make(r);
        }
        if (r->ordinal >= r->behind && part_damaged(r)) {
            continue;
        }
        feed_touch(r->capture.feed);
        if (r->ordinal < r->part->run[r->run].start) {
            r->ordinal += capture_pass(&r->capture, r->part->run[r->run].start - r->ordinal);
        }
        enum capture_status status = capture_next(&r->capture, &r->record);
        if (status == CAPTURE_END && part_damaged(r)) { /* of one that is unpacked it shows only now */
            continue;
        }
        if (status != CAPTURE_RECORD) {
            return status;
        }
        bool wanted = r->ordinal >= r->part->run[r->run].start;
        if (wanted && r->part->places != NULL && r->record.offset != 0) {
            place_note(r);
        }
        r->ordinal++;
        if (wanted) {
            r->record.number = r->capture.numbered ? r->record.number : r->ordinal;
            return CAPTURE_RECORD;
        }
        if (r->capture.feed->held > FEED_HELD_MAX) {
            return CAPTURE_SKIPPED;
        }
    }
}

/* Gets the input's next record that is wanted; CAPTURE_END closes it. */
static enum capture_status reader_next(struct files *s, size_t i)
{
    struct reader *r = &s->reader[i];

    while (!r->has) {
        enum capture_status status = r->part != NULL ? capture_part(r) : capture_next(&r->capture, &r->record);
        if (status != CAPTURE_RECORD) {
            if (status == CAPTURE_END) {
                r->capture.ended = true;
            }
            return status;
        }
        r->has = s->filter == NULL || filter_wants(s->filter, &r->record, &r->capture.err);
        s->base.input[i].unwanted += !r->has;
        if (!r->has && r->capture.err.text[0] != 0) {
            r->capture.ended = true;
            return CAPTURE_END;
        }
        if (!r->has && r->capture.feed->held > FEED_HELD_MAX) {
            return CAPTURE_SKIPPED; /* a filter that wants little: the batch ends, so that memory is given back */
        }
    }
    return CAPTURE_RECORD;
}

/* The input to take the next frame from, its record ready; CAPTURE_END when no input has more. */
static enum capture_status source_choose(struct files *s, size_t *chosen)
{
    for (; s->current < s->settings.path_n; s->current++) {
        struct reader *r = &s->reader[s->current];
        if (!r->tried) {
            (void)reader_open(s, s->current);
        }
        if (r->open) {
            enum capture_status status = reader_next(s, s->current);
            if (status != CAPTURE_END) {
                *chosen = s->current;
                return status;
            }
            return CAPTURE_SKIPPED; /* closed at the release: its frames may be in the batch */
        }
    }
    return CAPTURE_END;
}

/* Whether input a goes before b: one whose next record is not known yet before all others, then the earlier record,
 * of equals the one of the first input. */
static bool heap_before(const struct files *s, size_t a, size_t b)
{
    const struct reader *x = &s->reader[a], *y = &s->reader[b];

    if (!x->has || !y->has) {
        return x->has != y->has ? !x->has : a < b;
    }
    if (s->settings.by_number && x->record.number != y->record.number) {
        return x->record.number < y->record.number;
    }
    return x->record.ts != y->record.ts ? x->record.ts < y->record.ts : a < b;
}

/* Puts the top where it belongs. */
static void heap_settle(struct files *s)
{
    size_t at = 0;

    for (;;) {
        size_t least = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < s->heap_n; child++) {
            least = heap_before(s, s->heap[child], s->heap[least]) ? child : least;
        }
        if (least == at) {
            return;
        }
        size_t other = s->heap[at];
        s->heap[at] = s->heap[least];
        s->heap[least] = other;
        at = least;
    }
}

static bool came_has(const uint64_t *word, uint64_t w, size_t *at)
{
    for (*at = w & (CAME_ROOM - 1); word[*at] != 0 && word[*at] != w; *at = (*at + 1) & (CAME_ROOM - 1)) {
    }
    return word[*at] != 0;
}

/* Takes note of a packet; true: it was there. */
static bool came_before(struct came *c, uint64_t w)
{
    size_t at;

    if (came_has(c->word[!c->now], w, &at) || came_has(c->word[c->now], w, &at)) {
        return true;
    }
    c->word[c->now][at] = w;
    if (++c->n == CAME) {
        c->now = !c->now;
        c->n = 0;
        memset(c->word[c->now], 0, sizeof c->word[c->now]);
    }
    return false;
}

/* Did the packet come before?  Several workers recorded it then, each with a part in it: those to whom it was passed on a little later. */
static bool again(struct files *s, const struct reader *r)
{
    if (s->came == NULL || r->part == NULL || r->part->group == 0) {
        return false;
    }
    return came_before(s->came, hash_word(r->record.ts ^ hash_word(r->record.number ^ hash_word(r->part->group ^ (uint64_t)r->record.frame.n << 48))) | 1);
}

/* As source_choose, from all inputs at once: the earliest record.  Inputs start without a record, so in any order they
 * are a heap. */
static enum capture_status source_choose_merged(struct files *s, size_t *chosen)
{
    while (s->heap_n > 0) {
        size_t i = s->heap[0];
        if (s->reader[i].has && again(s, &s->reader[i])) {
            s->reader[i].has = false;
        }
        if (s->reader[i].has) {
            *chosen = i;
            return CAPTURE_RECORD;
        }
        enum capture_status status = reader_next(s, i);
        if (status == CAPTURE_WAIT || status == CAPTURE_SKIPPED) {
            return status;
        }
        if (status == CAPTURE_END) {
            s->heap[0] = s->heap[--s->heap_n];
        }
        heap_settle(s);
    }
    return CAPTURE_END;
}

static void source_deliver(struct files *s, struct batch *b, size_t i)
{
    struct reader *r = &s->reader[i];
    uint64_t number = ++s->number;
    struct packet *p = batch_add(b, r->capture.numbered ? r->record.number : number, &(struct arrival){ r->record.frame, r->record.ts, r->record.wire_len, r->record.link, (uint32_t)i });

    p->offset = r->record.offset;
    r->has = false;
    s->now = p->ts;
    s->base.input[i].packets++;
    s->base.input[i].bytes += p->frame.n;
}

static bool source_full(const struct files *s) { return s->settings.packets != 0 && s->number == s->settings.packets; }

static bool files_poll(struct source *source, struct batch *b)
{
    struct files *s = (struct files *)source;
    enum capture_status status = CAPTURE_RECORD;
    unsigned limit = s->settings.batch;

    b->n = 0;
    b->view_n = 0;
    b->end = false;
    while (b->n < limit && !source_full(s)) {
        size_t i = 0;
        status = s->settings.merge ? source_choose_merged(s, &i) : source_choose(s, &i);
        if (status != CAPTURE_RECORD) {
            break;
        }
        if (b->n > 0 && s->reader[i].capture.feed->held > FEED_HELD_MAX) {
            break; /* stays ready: the batch has enough */
        }
        source_deliver(s, b, i);
    }
    b->now = s->now;
    b->end = status == CAPTURE_END || source_full(s);
    return status != CAPTURE_WAIT || b->n > 0;
}

static void files_release(struct source *source, struct batch *b)
{
    struct files *s = (struct files *)source;

    b->n = 0;
    b->view_n = 0;
    for (size_t i = 0; i < s->settings.path_n; i++) {
        struct reader *r = &s->reader[i];
        if (!r->open) {
            continue;
        }
        if (r->capture.ended && !r->has) {
            struct err why = r->capture.err;
            reader_end(s, i, &why);
        } else {
            feed_release(r->capture.feed);
        }
    }
}

static bool source_open_first(struct files *s)
{
    bool any = false;

    for (size_t i = 0; i < s->settings.path_n && (s->settings.merge || !any); i++) {
        if (reader_open(s, i)) {
            s->heap[s->heap_n++] = i;
            any = true;
        }
    }
    return any;
}

static void files_close(struct source *source)
{
    struct files *s = (struct files *)source;

    for (size_t i = 0; s->reader != NULL && s->path != NULL && i < s->settings.path_n; i++) {
        reader_end(s, i, NULL);
        free(s->path[i]);
    }
    filter_free(s->filter);
    free(s->heap);
    free(s->came);
    free(s->path);
    free(s->reader);
    free(s->base.input);
    free(s);
}

static const char *files_name(const struct source *source, uint32_t input)
{
    const char *path = ((const struct files *)source)->settings.paths[input];

    return path[0] == '-' && path[1] == '\0' ? NULL : path;
}

struct source *source_open_files(const struct source_settings *settings, struct err *err)
{
    static const struct source_ops ops = { files_poll, files_release, files_close, files_name, NULL };
    struct files *s = calloc(1, sizeof(*s));
    size_t n = settings->path_n;

    if (s == NULL || n == 0) {
        free(s);
        (void)err_set(err, "no input");
        return NULL;
    }
    s->base.ops = &ops;
    s->base.input_n = n;
    s->settings = *settings;
    s->settings.batch = settings->batch == 0 || settings->batch > BATCH_MAX ? BATCH_MAX : settings->batch;
    s->settings.merge = settings->merge && n > 1;
    s->base.input = calloc(n, sizeof(*s->base.input));
    s->reader = calloc(n, sizeof(*s->reader));
    s->path = calloc(n, sizeof(*s->path));
    s->heap = calloc(n, sizeof(*s->heap));
    bool good = s->base.input != NULL && s->reader != NULL && s->path != NULL && s->heap != NULL;
    for (size_t i = 0; s->settings.merge && settings->part != NULL && s->came == NULL && i < n; i++) {
        s->came = settings->part[i].group != 0 ? calloc(1, sizeof *s->came) : NULL;
    }
    for (size_t i = 0; good && i < n; i++) {
        s->path[i] = strdup(settings->paths[i]);
        s->base.input[i].path = settings->paths[i];
        good = s->path[i] != NULL;
    }
    if (!good) {
        (void)err_sys(err, "%zu inputs", n);
    } else if (settings->bpf != NULL && (s->filter = filter_new(settings->bpf, err)) == NULL) {
        good = false;
    } else if (!source_open_first(s) && n == 1) { /* of several each tells by itself what is wrong with it */
        *err = s->base.input[0].err;
        good = false;
    }
    if (!good) {
        files_close(&s->base);
        return NULL;
    }
    return &s->base;
}

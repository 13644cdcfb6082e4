/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sources over files and pipes: order, numbers, merging, filters, gzip, and what is told of inputs that cannot be read.
 */
#include "source/source.h"
#include "tap.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define FILES_MAX 8

struct scene {
    char folder[64];
    char path[FILES_MAX][96];
    struct batch *batch;
};

/* A capture in memory, grown frame by frame. */
struct image {
    uint8_t *p;
    size_t n, room;
};

static void image_add(struct image *i, const void *p, size_t n)
{
    if (i->n + n > i->room) {
        i->room = (i->n + n) * 2;
        i->p = realloc(i->p, i->room);
    }
    memcpy(i->p + i->n, p, n);
    i->n += n;
}

static void image_u32(struct image *i, uint32_t v) { image_add(i, &v, 4); }

static void image_head(struct image *i)
{
    static const uint32_t head[6] = { 0xa1b2c3d4, 0x00040002, 0, 0, 262144, LINK_ETHERNET };

    image_add(i, head, sizeof(head));
}

/* A UDP frame of `size` bytes to `port`; its last four hold `mark`. */
static void image_frame(struct image *i, uint32_t seconds, uint16_t port, size_t size, uint32_t mark)
{
    static const uint8_t start[] = { 0, 0,  0,  0, 0, 1,  0, 0, 0, 0,  0, 2, 8, 0,    0x45, 0, 0, 32, 0,  1, 0,
                                     0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 0x30, 0x39, 0, 0, 0,  12, 0, 0 };
    uint8_t *frame = calloc(1, size);

    memcpy(frame, start, sizeof(start));
    frame[36] = (uint8_t)(port >> 8);
    frame[37] = (uint8_t)port;
    memcpy(frame + size - 4, &mark, 4);
    image_u32(i, seconds);
    image_u32(i, 0);
    image_u32(i, (uint32_t)size);
    image_u32(i, (uint32_t)size);
    image_add(i, frame, size);
    free(frame);
}

static void write_file(const char *path, const struct image *i)
{
    FILE *f = fopen(path, "wb");

    bug_if(f == NULL || fwrite(i->p, 1, i->n, f) != i->n);
    (void)fclose(f);
}

/* What a source yields: the marks of its frames, and their numbers as they should be. */
struct seen {
    uint32_t mark[4096];
    size_t n;
    uint64_t sum;
    bool ordered, numbered;
};

static void see_batch(struct seen *seen, const struct batch *b)
{
    for (unsigned i = 0; i < b->n; i++) {
        const struct packet *p = &b->packet[i];
        uint32_t mark = 0;
        memcpy(&mark, p->frame.p + p->frame.n - 4, 4);
        if (seen->n < sizeof(seen->mark) / sizeof(seen->mark[0])) {
            seen->mark[seen->n] = mark;
        }
        seen->numbered = seen->numbered && p->number == seen->n + 1;
        seen->n++;
        seen->sum = seen->sum * 31 + mark + p->frame.n;
    }
    seen->ordered = seen->ordered && (b->n == 0 || b->now == b->packet[b->n - 1].ts);
}

static void read_all(struct source *s, struct batch *b, struct seen *seen)
{
    *seen = (struct seen){ .ordered = true, .numbered = true };
    for (;;) {
        (void)source_poll(s, b);
        see_batch(seen, b);
        bool end = b->end;
        source_release(s, b);
        if (end) {
            break;
        }
    }
}

static struct source *open_paths(struct scene *s, size_t n, struct source_settings settings, struct err *err)
{
    const char *paths[FILES_MAX];

    for (size_t i = 0; i < n; i++) {
        paths[i] = s->path[i];
    }
    settings.paths = paths;
    settings.path_n = n;
    return source_open_files(&settings, err);
}

static void test_files(struct scene *s)
{
    struct image a = { 0 }, b = { 0 };
    struct err err = { "" };
    static struct seen seen, again;
    size_t n = 0;

    image_head(&a);
    image_head(&b);
    for (uint32_t i = 0; i < 600; i++) {
        image_frame(&a, 10 + 2 * i, 53, 60, 2 * i);
        image_frame(&b, 10 + 2 * i + (i % 2), 80, 60, 2 * i + 1);
    }
    write_file(s->path[0], &a);
    write_file(s->path[1], &b);
    struct source *src = open_paths(s, 2, (struct source_settings){ .batch = 256 }, &err);
    read_all(src, s->batch, &seen);
    ok(seen.n == 1200 && seen.mark[599] == 1198 && seen.mark[600] == 1,
       "without merging, one file comes after the other");
    ok(seen.numbered && seen.ordered, "frames are numbered through, and the batch has its last frame's time");
    ok(source_inputs(src, &n)[1].packets == 600 && n == 2 && source_inputs(src, &n)[1].bytes == 36000,
       "what each file gave is counted");
    ok(source_inputs(src, &n)[1].path == s->path[1], "and named as it was given: who keeps the count may close the source");
    source_close(src);
    for (unsigned batch = 1; batch <= 256; batch += 85) {
        src = open_paths(s, 2, (struct source_settings){ .batch = batch, .merge = true }, &err);
        read_all(src, s->batch, &again);
        bool order = true;
        for (uint32_t i = 0; i < 1200; i++) {
            order = order && again.mark[i] == i;
        }
        ok(again.n == 1200 && order && again.numbered,
           "merged, time orders them, and of equal times the first file is first");
        source_close(src);
    }
    src = open_paths(s, 2, (struct source_settings){ .batch = 7, .bpf = "udp port 80" }, &err);
    read_all(src, s->batch, &seen);
    ok(seen.n == 600 && seen.mark[0] == 1 && seen.numbered, "a filter takes frames out, and they are not numbered");
    source_close(src);
    ok(open_paths(s, 2, (struct source_settings){ .bpf = "udp prot 80" }, &err) == NULL &&
           strstr(err.text, "udp prot 80") != NULL,
       "a filter that is wrong is told");
    a.n -= 3;
    write_file(s->path[0], &a);
    (void)unlink(s->path[1]);
    write_file(s->path[2], &b);
    src = open_paths(s, 3, (struct source_settings){ 0 }, &err);
    read_all(src, s->batch, &seen);
    const struct source_input *inputs = source_inputs(src, &n);
    is_int(seen.n, 1199, "a cut file and a missing one do not keep the others from being read");
    ok(strstr(inputs[0].err.text, "cut") != NULL && strstr(inputs[0].err.text, "at byte") != NULL &&
           strstr(inputs[0].err.text, s->path[0]) != NULL,
       "the cut is told with path and byte");
    ok(strstr(inputs[1].err.text, "No such file") != NULL && inputs[2].err.text[0] == 0, "so is the missing one");
    source_close(src);
    (void)unlink(s->path[0]);
    ok(open_paths(s, 1, (struct source_settings){ 0 }, &err) == NULL && strstr(err.text, s->path[0]) != NULL,
       "the only input has to open");
    src = open_paths(s, 2, (struct source_settings){ 0 }, &err);
    inputs = src != NULL ? source_inputs(src, &n) : NULL;
    ok(inputs != NULL && inputs[0].err.text[0] != 0 && inputs[1].err.text[0] != 0, "of several each is told, if none opens too");
    source_close(src);
    free(a.p);
    free(b.p);
}

static void write_gzip(const char *path, const struct image *i, size_t from, size_t to, const char *mode)
{
    gzFile f = gzopen(path, mode);

    bug_if(f == NULL || gzwrite(f, i->p + from, (unsigned)(to - from)) != (int)(to - from));
    (void)gzclose(f);
}

static void test_gzip(struct scene *s)
{
    struct image a = { 0 };
    struct err err = { "" };
    static struct seen plain, packed;
    size_t n = 0;

    image_head(&a);
    for (uint32_t i = 0; i < 3000; i++) {
        image_frame(&a, i, 53, 60 + i * 7 % 1400, i);
    }
    write_file(s->path[0], &a);
    struct source *src = open_paths(s, 1, (struct source_settings){ 0 }, &err);
    read_all(src, s->batch, &plain);
    source_close(src);
    (void)unlink(s->path[0]);
    write_gzip(s->path[0], &a, 0, a.n / 2, "wb");
    write_gzip(s->path[0], &a, a.n / 2, a.n, "ab");
    src = open_paths(s, 1, (struct source_settings){ 0 }, &err);
    read_all(src, s->batch, &packed);
    ok(packed.n == 3000 && packed.sum == plain.sum, "two gzip members unpack to the same frames");
    ok(source_inputs(src, &n)[0].err.text[0] == 0, "and end properly");
    source_close(src);
    struct stat st;
    bug_if(stat(s->path[0], &st) != 0 || truncate(s->path[0], st.st_size - 100) != 0);
    src = open_paths(s, 1, (struct source_settings){ 0 }, &err);
    read_all(src, s->batch, &packed);
    ok(packed.n > 1000 && packed.n < 3000 && strstr(source_inputs(src, &n)[0].err.text, "gzip data ends early") != NULL,
       "gzip cut yields what is readable, and is told");
    source_close(src);
    free(a.p);
}

struct fifo {
    const char *path;
    const struct image *image;
};

static void *fifo_write(void *arg)
{
    const struct fifo *f = arg;
    int fd = open(f->path, O_WRONLY);
    size_t at = 0;

    while (fd >= 0 && at < f->image->n) {
        ssize_t n = write(fd, f->image->p + at, f->image->n - at);
        if (n <= 0) {
            break;
        }
        at += (size_t)n;
    }
    (void)close(fd);
    return NULL;
}

struct pipe_reader {
    const char *path;
    struct source_pipe *pipe;
    struct seen seen;
    unsigned batch;
    size_t stop_after; /* frames; 0: reads to the end */
};

static void *pipe_read_all(void *arg)
{
    struct pipe_reader *r = arg;
    struct err err;
    struct source_settings settings = { .paths = &r->path, .path_n = 1, .batch = r->batch, .pipe = r->pipe };
    struct source *s = source_open_files(&settings, &err);
    struct batch *b = batch_new();
    bool end = s == NULL;

    r->seen = (struct seen){ .ordered = true, .numbered = true };
    while (!end && (r->stop_after == 0 || r->seen.n < r->stop_after)) {
        (void)source_poll(s, b);
        see_batch(&r->seen, b);
        end = b->end;
        source_release(s, b);
    }
    source_close(s);
    batch_free(b);
    return NULL;
}

/* More bytes than the pipe's ring and a source's blocks hold, read by three at their own pace, one of which goes. */
static void test_pipe(struct scene *s)
{
    static struct pipe_reader readers[3] = { { .batch = 256 }, { .batch = 3 }, { .batch = 64, .stop_after = 500 } };
    struct image a = { 0 };
    struct err err = { "" };
    static struct seen plain;
    pthread_t writer, thread[3];

    image_head(&a);
    for (uint32_t i = 0; i < 4000; i++) {
        image_frame(&a, i, 53, i % 500 == 0 ? 200000 : 60 + i % 9000, i);
    }
    write_file(s->path[0], &a);
    struct source *src = open_paths(s, 1, (struct source_settings){ 0 }, &err);
    read_all(src, s->batch, &plain);
    source_close(src);
    bug_if(mkfifo(s->path[1], 0600) != 0);
    struct fifo fifo = { s->path[1], &a };
    bug_if(pthread_create(&writer, NULL, fifo_write, &fifo) != 0);
    struct source_pipe *pipe = source_pipe_open(s->path[1], 3, &err);
    for (unsigned i = 0; i < 3; i++) {
        readers[i].path = s->path[1];
        readers[i].pipe = pipe;
        bug_if(pthread_create(&thread[i], NULL, pipe_read_all, &readers[i]) != 0);
    }
    for (unsigned i = 0; i < 3; i++) {
        (void)pthread_join(thread[i], NULL);
    }
    (void)pthread_join(writer, NULL);
    source_pipe_free(pipe);
    ok(plain.n == 4000 && readers[0].seen.n == 4000 && readers[0].seen.sum == plain.sum,
       "a pipe gives what the file gives");
    ok(readers[1].seen.n == 4000 && readers[1].seen.sum == plain.sum && readers[1].seen.numbered,
       "and to every reader the same");
    ok(readers[2].seen.n >= 500 && readers[2].seen.n < 4000, "a reader that leaves does not hold back the others");
    free(a.p);
}

static void test_idle(struct scene *s)
{
    struct image a = { 0 };
    struct err err = { "" };
    const char *path = s->path[2];

    image_head(&a);
    image_frame(&a, 7, 53, 60, 1);
    size_t first = a.n;
    image_frame(&a, 8, 53, 60, 2);
    (void)unlink(path);
    bug_if(mkfifo(path, 0600) != 0);
    int fd = open(path, O_RDWR);
    bug_if(fd < 0 || write(fd, a.p, first + 20) != (ssize_t)first + 20);
    struct source_pipe *pipe = source_pipe_open(path, 1, &err);
    struct source_settings settings = { .paths = &path, .path_n = 1, .pipe = pipe };
    struct source *src = source_open_files(&settings, &err);
    unsigned n = 0;
    for (unsigned i = 0; i < 100 && n == 0; i++) {
        (void)source_poll(src, s->batch);
        n = s->batch->n;
    }
    ok(n == 1 && !s->batch->end, "what has arrived is given at once");
    source_release(src, s->batch);
    ok(!source_poll(src, s->batch) && s->batch->n == 0 && s->batch->now == 7000000000, "then there is nothing now");
    source_release(src, s->batch);
    bug_if(write(fd, a.p + first + 20, a.n - first - 20) != (ssize_t)(a.n - first - 20));
    n = 0;
    for (unsigned i = 0; i < 100 && n == 0; i++) {
        (void)source_poll(src, s->batch);
        n = s->batch->n;
    }
    ok(n == 1 && s->batch->packet[0].number == 2, "the rest of a frame comes later, and the frame with it");
    source_release(src, s->batch);
    source_close(src);
    source_pipe_free(pipe); /* the writer is still there: the reading thread is told to stop */
    (void)close(fd);
    free(a.p);
}

/* The file is changed behind the first frame, to so many frames of it. */
static struct source *open_changed(struct scene *s, const struct image *was, const struct image *is)
{
    struct err err = { "" };

    write_file(s->path[0], was);
    struct source *src = open_paths(s, 1, (struct source_settings){ .batch = 1 }, &err);
    (void)source_poll(src, s->batch);
    source_release(src, s->batch);
    write_file(s->path[0], is);
    return src;
}

static void test_changed(struct scene *s)
{
    enum { SIZE = 60000, FRAMES = 40 };
    static struct seen seen;
    struct image whole = { 0 };
    size_t n = 0;

    image_head(&whole);
    for (uint32_t i = 0; i < FRAMES; i++) {
        image_frame(&whole, 10 + i, 53, SIZE, i);
    }
    struct image part = { whole.p, whole.n / 2, 0 };
    struct source *src = open_changed(s, &part, &whole);
    read_all(src, s->batch, &seen);
    ok(seen.n == FRAMES / 2 - 2 && source_inputs(src, &n)[0].err.text[0] != '\0', "a file that grows is what it was when it was opened");
    source_close(src);
    src = open_changed(s, &whole, &part);
    read_all(src, s->batch, &seen);
    ok(seen.n == FRAMES / 2 - 2 && source_inputs(src, &n)[0].err.text[0] != '\0', "one that is made shorter is one that is cut");
    source_close(src);
    free(whole.p);
}

/* ---- parts, and captures by pieces ---- */

struct pieces {
    struct bytes all;
    size_t each;             /* bytes of a piece; 0: from wherever one is wanted, as much as there is room for, but no more than a record */
    unsigned asked;
};

static bool piece_get(void *ctx, uint64_t offset, struct source_chunk *c, struct err *err)
{
    struct pieces *p = ctx;

    (void)err;
    c->from = p->each != 0 ? offset / p->each * p->each : offset;
    struct bytes b = bytes_head(bytes_from(p->all, (size_t)c->from), p->each != 0 ? p->each : 128);
    c->n = b.n < c->room ? b.n : c->room;
    memcpy(c->to, b.p, c->n);
    p->asked++;
    return true;
}

static void image_block(struct image *i, uint32_t mark, size_t size, uint64_t number)
{
    uint8_t *frame = calloc(1, size);
    uint32_t n = (uint32_t)(32 + (size + 3) / 4 * 4 + (number != 0 ? 16 : 0));
    const uint32_t head[] = { 6, n, 0, 0, mark, (uint32_t)size, (uint32_t)size }, option[] = { 5 | 8 << 16, (uint32_t)number, (uint32_t)(number >> 32), 0 };
    static const uint8_t pad[3];

    memcpy(frame + size - 4, &mark, 4);
    image_add(i, head, sizeof head);
    image_add(i, frame, size);
    image_add(i, pad, (4 - size % 4) % 4);
    if (number != 0) {
        image_add(i, option, sizeof option);
    }
    image_u32(i, n);
    free(frame);
}

/* What a part yields: the marks, and numbers that are told once in a while. */
static void see_part(struct scene *s, const struct source_part *part, struct seen *seen, const char *what)
{
    struct err err = { "" };
    struct source *src = open_paths(s, 1, (struct source_settings){ .batch = 16, .part = part }, &err);
    bool end = src == NULL, right = src != NULL;

    *seen = (struct seen){ .n = 0 };
    while (!end) {
        (void)source_poll(src, s->batch);
        for (unsigned i = 0; i < s->batch->n; i++) {
            const struct packet *p = &s->batch->packet[i];
            uint32_t mark;
            memcpy(&mark, p->frame.p + p->frame.n - 4, 4);
            right &= p->number == 1000 + mark + mark / 50 * 7;
            seen->mark[seen->n++] = mark;
        }
        end = s->batch->end;
        source_release(src, s->batch);
    }
    ok(right, what);
    if (src != NULL) {
        source_close(src);
    }
}

static void test_parts(struct scene *s)
{
    enum { PACKETS = 300, KNOWN = 3 };
    static const uint32_t section[] = { 0x0a0d0d0a, 28, 0x1a2b3c4d, 1, UINT32_MAX, UINT32_MAX, 28, 1, 20, 1, 0, 20 };
    static const uint16_t link = LINK_ETHERNET;
    static const struct source_run all = { 0, PACKETS }, some[] = { { 3, 2 }, { 49, 1 }, { 120, 3 }, { 299, 1 } };
    static const uint32_t want[] = { 3, 4, 49, 120, 121, 122, 299 };
    static struct seen seen;
    struct source_places places = { .most = PACKETS }, few = { .most = KNOWN };
    struct image a = { 0 };

    image_add(&a, section, sizeof section);
    for (uint32_t i = 0; i < PACKETS; i++) {
        image_block(&a, i, 60 + i % 3, i % 50 == 0 ? 1000 + i + i / 50 * 7 : 0);
    }
    write_file(s->path[0], &a);
    see_part(s, &(struct source_part){ .run = &all, .run_n = 1, .link = &link, .link_n = 1, .places = &places }, &seen, "of a part all packets have the numbers they were recorded with");
    bool right = places.n == PACKETS;
    for (size_t i = 0; right && i < places.n; i++) {
        const struct source_place *p = &places.at[i];
        right = p->ordinal == i && p->number == 1000 + i + i / 50 * 7 && p->offset + p->n == (i + 1 < places.n ? places.at[i + 1].offset : a.n);
    }
    ok(right, "where each lies is noted");
    see_part(s, &(struct source_part){ .run = &all, .run_n = 1, .link = &link, .link_n = 1, .places = &few }, &seen, "… again, where few are noted");
    is_int(few.n, KNOWN, "… and no more than is to be");

    struct source_jump jump[ROWS(some)];
    for (size_t i = 0; i < ROWS(some); i++) {
        const struct source_place *p = &places.at[some[i].start];
        jump[i] = (struct source_jump){ p->ordinal, p->offset, p->number };
    }
    static const struct { size_t each, least; const char *what; } ways[] = {
        { 0, 1, "of some they have by records, from where they begin" }, { 1 << 20, 1 << 20, "… all in one piece" }, { 1000, 1000, "… by pieces that end in records" },
    };
    for (size_t k = 0; k <= ROWS(ways); k++) {
        struct pieces pieces = { .all = bytes_of(a.p, a.n), .each = k < ROWS(ways) ? ways[k].each : 0 };
        const struct source_chunks chunks = { piece_get, &pieces, k < ROWS(ways) ? ways[k].least : 0 };
        struct source_part part = { .run = some, .run_n = ROWS(some), .jump = jump, .jump_n = ROWS(jump), .link = &link, .link_n = 1,
                                    .chunks = k < ROWS(ways) ? &chunks : NULL };
        see_part(s, &part, &seen, k < ROWS(ways) ? ways[k].what : "… mapped");
        ok(seen.n == ROWS(want) && memcmp(seen.mark, want, sizeof want) == 0, "… and are those that are wanted");
        ok(k != 0 || pieces.asked < 12, "… and what lies between is not asked for");
    }
    free(places.at);
    free(few.at);
    free(a.p);
}

/* A block of no interest, larger than any memory a source may take, passes through a pipe. */
static void test_huge_block(struct scene *s)
{
    static const uint32_t section[] = { 0x0a0d0d0a, 28, 0x1a2b3c4d, 1, UINT32_MAX, UINT32_MAX, 28, 1, 20, 1, 0, 20 };
    static const uint32_t frame[] = { 6, 36, 0, 0, 1000000, 4, 4, 77, 36 };
    struct image a = { 0 };
    struct pipe_reader *r = calloc(1, sizeof(*r));
    struct err err = { "" };
    pthread_t writer;
    uint32_t size = 40 << 20;
    uint8_t *body = calloc(1, size);

    image_add(&a, section, sizeof(section));
    image_u32(&a, 0xbad);
    image_u32(&a, size);
    image_add(&a, body, size - 12);
    image_u32(&a, size);
    image_add(&a, frame, sizeof(frame));
    bug_if(mkfifo(s->path[3], 0600) != 0);
    struct fifo fifo = { s->path[3], &a };
    bug_if(pthread_create(&writer, NULL, fifo_write, &fifo) != 0);
    *r = (struct pipe_reader){ .path = s->path[3], .batch = 256, .pipe = source_pipe_open(s->path[3], 1, &err) };
    (void)pipe_read_all(r);
    (void)pthread_join(writer, NULL);
    source_pipe_free(r->pipe);
    ok(r->seen.n == 1 && r->seen.mark[0] == 77, "a huge block of no interest is stepped over");
    free(r);
    free(body);
    free(a.p);
}

/* Many of them end the batch before there is a frame: what is held of them goes, and others have their turn. */
static void test_many_blocks(struct scene *s)
{
    static const uint32_t section[] = { 0x0a0d0d0a, 28, 0x1a2b3c4d, 1, UINT32_MAX, UINT32_MAX, 28, 1, 20, 1, 0, 20 };
    static const uint32_t frame[] = { 6, 36, 0, 0, 1000000, 4, 4, 77, 36 }, none[] = { 0xbad, 12, 12 };
    enum { BLOCKS = 3 << 20 };
    struct image a = { 0 };
    struct err err = { "" };
    unsigned empty = 0, frames = 0;

    image_add(&a, section, sizeof(section));
    for (unsigned i = 0; i < BLOCKS; i++) {
        image_add(&a, none, sizeof(none));
    }
    image_add(&a, frame, sizeof(frame));
    write_file(s->path[4], &a);
    const char *path = s->path[4];
    struct source *src = source_open_files(&(struct source_settings){ .paths = &path, .path_n = 1 }, &err);
    for (bool end = false; !end; end = s->batch->end) {
        (void)source_poll(src, s->batch);
        frames += s->batch->n;
        empty += frames == 0;
        source_release(src, s->batch);
    }
    ok(frames == 1 && empty > 1, "three million blocks without a frame are no one batch");
    source_close(src);
    free(a.p);
}

int main(void)
{
    struct scene *s = calloc(1, sizeof(*s));

    (void)snprintf(s->folder, sizeof(s->folder), "%s", "source-test-XXXXXX");
    bug_if(mkdtemp(s->folder) == NULL);
    for (unsigned i = 0; i < FILES_MAX; i++) {
        (void)snprintf(s->path[i], sizeof(s->path[i]), "%s/%u.pcap", s->folder, i);
    }
    s->batch = batch_new();
    test_files(s);
    test_changed(s);
    test_parts(s);
    test_gzip(s);
    for (unsigned i = 0; i < FILES_MAX; i++) {
        (void)unlink(s->path[i]);
    }
    test_pipe(s);
    test_idle(s);
    test_huge_block(s);
    test_many_blocks(s);
    for (unsigned i = 0; i < FILES_MAX; i++) {
        (void)unlink(s->path[i]);
    }
    (void)rmdir(s->folder);
    batch_free(s->batch);
    free(s);
    return done_testing();
}

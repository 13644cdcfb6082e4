/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hunt/case.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/json_read.h"
#include "base/replace.h"
#include "base/when.h"
#include "engine/recorded.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EVENTS_MAX = 1 << 30, HASH = 32, HEX = 2 * HASH, ENDS_MAX = 10000, END_SLOTS = 1 << 15 /* of them by hash: more than twice as many */ };
static const char manifest[] = "MANIFEST.sha256";

/* An end of an event: whose state then is kept. */
struct end {
    char address[64];
    uint64_t at;
};
struct making {
    const struct case_wish *wish;
    struct record *record;
    struct bytes events;
    uint64_t *id;                /* of the events' flows, ascending */
    uint8_t *seen;               /* are they in the record; one more for what is no event's */
    size_t id_n, end_n;
    struct end *end;             /* room for all that may be; NULL: none yet */
    uint16_t *end_at;            /* by hash: 1 + its place; 0: free */
    struct pcapng_out *out;
    struct case_made *made;
};

static bool path_of(char out[PATH_MAX], const char *dir, const char *name, struct err *err)
{
    return snprintf(out, PATH_MAX, "%s/%s", dir, name) < PATH_MAX || err_set(err, "%s/%s: the name is too long", dir, name);
}

static bool file_put(const char *dir, const char *name, struct bytes b, struct err *err)
{
    char path[PATH_MAX];

    return path_of(path, dir, name, err) && file_replace(path, b, err);
}

/* ---- events ---- */

static bool text_of(struct bytes event, const char *key, char *out, size_t room)
{
    enum json_kind kind;
    struct bytes v;

    if (!json_find(event, key, &v, &kind) || kind != JSON_STRING || v.n < 2 || v.n - 2 >= room) {
        return false;
    }
    memcpy(out, v.p + 1, v.n - 2);
    out[v.n - 2] = '\0';
    return true;
}

static void end_add(struct making *m, struct bytes event, const char *key)
{
    struct end e;
    struct err ignored;
    char when[64];

    if (m->wish->hosts == NULL || !text_of(event, key, e.address, sizeof e.address) || !text_of(event, "timestamp", when, sizeof when) || !when_read(when, &e.at, &ignored)) {
        return;
    }
    if (m->end == NULL) {
        m->end = calloc(ENDS_MAX, sizeof *m->end);
        m->end_at = calloc(END_SLOTS, sizeof *m->end_at);
    }
    if (m->end == NULL || m->end_at == NULL) {
        m->made->hosts_left++;
        return;
    }
    size_t at = hash_bytes(e.address, strlen(e.address), e.at) & (END_SLOTS - 1);
    for (; m->end_at[at] != 0; at = (at + 1) & (END_SLOTS - 1)) {
        const struct end *have = &m->end[m->end_at[at] - 1];
        if (have->at == e.at && strcmp(have->address, e.address) == 0) {
            return;
        }
    }
    if (m->end_n == ENDS_MAX) {
        m->made->hosts_left++;
        return;
    }
    m->end[m->end_n++] = e;
    m->end_at[at] = (uint16_t)m->end_n;
}

static bool event_add(struct making *m, struct bytes line)
{
    struct bytes event, v;
    enum json_kind kind;
    uint64_t id;

    if (json_whole(line, &event) != JSON_OBJECT || !json_find(event, "flow_id", &v, &kind) || kind != JSON_NUMBER || !bytes_u64(v, &id)) {
        m->made->apart += bytes_trim(line, " \t\r").n != 0;
        return true;
    }
    uint64_t *more = realloc(m->id, (m->id_n + 1) * sizeof *more);
    if (more == NULL) {
        return false;
    }
    m->id = more;
    m->id[m->id_n++] = id;
    m->made->events++;
    end_add(m, event, "src_ip");
    end_add(m, event, "dest_ip");
    return true;
}

static int id_compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

static bool events_read(struct making *m)
{
    struct rd r = rd_of(m->events);
    size_t n = 0;

    while (rd_left(&r) != 0) {
        bool found;
        if (!event_add(m, rd_until(&r, '\n', &found))) {
            return false;
        }
    }
    if (m->id_n != 0) {
        qsort(m->id, m->id_n, sizeof *m->id, id_compare);
    }
    for (size_t i = 0; i < m->id_n; i++) {
        if (n == 0 || m->id[n - 1] != m->id[i]) {
            m->id[n++] = m->id[i];
        }
    }
    m->id_n = n;
    m->seen = calloc(n + 1, 1);
    return m->seen != NULL;
}

/* ---- packets ---- */

static size_t id_at(const struct making *m, uint64_t id)
{
    const uint64_t *at = m->id_n != 0 ? bsearch(&id, m->id, m->id_n, sizeof *m->id, id_compare) : NULL;

    return at != NULL ? (size_t)(at - m->id) : m->id_n;
}

static bool flow_wanted(void *ctx, size_t segment, uint32_t flow, const struct flow_part *p)
{
    struct making *m = ctx;
    size_t at = id_at(m, p->id);

    (void)segment;
    (void)flow;
    m->seen[at] = 1;
    return at < m->id_n;
}

/* The last flow between two ends that had begun at a time. */
struct begun {
    uint64_t at, first, id;
};

static bool begun_look(void *ctx, size_t segment, uint32_t flow, const struct flow_part *p)
{
    struct begun *b = ctx;

    (void)segment;
    (void)flow;
    if (p->first <= b->at && p->first >= b->first) {
        b->first = p->first;
        b->id = p->id;
    }
    return true;
}

static bool begun_is(void *ctx, size_t segment, uint32_t flow, const struct flow_part *p)
{
    const struct begun *b = ctx;

    (void)segment;
    (void)flow;
    return p->id == b->id;
}

/* Who reads a record in which a flow's first packets are not calls it something else: it is between the event's ends, at the event's time. */
static bool flow_by_ends(struct making *m, struct choice *c, struct bytes line)
{
    char when[64], community[64];
    struct bytes event, v;
    enum json_kind kind;
    uint64_t id;
    struct begun b = { 0 };
    struct err ignored;

    if (json_whole(line, &event) != JSON_OBJECT || !json_find(event, "flow_id", &v, &kind) || kind != JSON_NUMBER || !bytes_u64(v, &id) || m->seen[id_at(m, id)] != 0 ||
        !text_of(event, "community_id", community, sizeof community) || !text_of(event, "timestamp", when, sizeof when) || !when_read(when, &b.at, &ignored)) {
        return true;
    }
    struct choice *one = choice_new(m->record, false);
    if (one == NULL) {
        return false;
    }
    choice_find(one, m->record, KEY_TUPLE, bytes_str(community));
    choice_keep(one, m->record, begun_look, &b);
    choice_keep(one, m->record, begun_is, &b);
    if (choice_count(one) != 0) {
        m->seen[id_at(m, id)] = 1;
        choice_or(c, one);
    }
    choice_free(one);
    return true;
}

static bool flows_choose(struct making *m, struct choice *c)
{
    struct rd r = rd_of(m->events);
    bool good = true;

    choice_each(c, m->record, flow_wanted, m);
    while (good && rd_left(&r) != 0) {
        bool found;
        good = flow_by_ends(m, c, rd_until(&r, '\n', &found));
    }
    choice_whole(c, m->record);
    return good;
}

static bool frame_keep(void *ctx, const struct packet *p)
{
    struct making *m = ctx;
    const struct record_frame f = { .frame = p->frame, .ts = p->ts, .number = p->number, .wire_len = p->wire_len, .link = p->link };

    m->made->packets++;
    return pcapng_out_frame(m->out, &f);
}

static bool packets_keep(struct making *m, int fd, const _Atomic bool *stop, struct err *err)
{
    struct choice *c = choice_new(m->record, false);
    struct recorded x = { 0 };

    if (c == NULL || !flows_choose(m, c) || (m->out = pcapng_out_new(fd)) == NULL) {
        choice_free(c);
        return err_set(err, "not enough memory");
    }
    m->made->flows = choice_count(c);
    bool good = recorded_make(&x, c, m->record, 0, NULL, err) && recorded_each(&x, &(struct recorded_limits){ 0 }, frame_keep, m, stop, err);
    record_damaged(m->record);
    recorded_fini(&x);
    bool written = pcapng_out_free(m->out);
    good = good && (written || err_sys(err, "%s/packets.pcapng", m->wish->dir));
    choice_free(c);
    for (size_t i = 0; i < m->id_n; i++) {
        m->made->missing += m->seen[i] == 0;
    }
    return good;
}

static bool packets_file(struct making *m, const _Atomic bool *stop, struct err *err)
{
    char path[PATH_MAX];
    int fd = path_of(path, m->wish->dir, "packets.pcapng", err) ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640) : -1;

    if (fd < 0) {
        return err_sys(err, "%s", path);
    }
    bool good = packets_keep(m, fd, stop, err), closed = close(fd) == 0;
    return good && (closed || err_sys(err, "%s", path));
}

static bool hosts_keep(struct making *m, struct err *err)
{
    struct text out;
    bool good = true;

    if (m->wish->hosts == NULL) {
        return true;
    }
    text_init(&out, EVENTS_MAX);
    for (size_t i = 0; good && i < m->end_n; i++) {
        good = m->wish->hosts(m->wish->hosts_ctx, m->end[i].address, m->end[i].at, &out, err);
    }
    good = good && file_put(m->wish->dir, "hosts.json", text_bytes(&out), err);
    text_fini(&out);
    return good;
}

/* ---- manifest ---- */

static bool hash_file(const char *path, char hex[HEX + 1], struct err *err)
{
    uint8_t buffer[65536], hash[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    FILE *f = fopen(path, "re");
    unsigned n = 0;
    bool good = f != NULL && ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1;

    for (size_t k; good && (k = fread(buffer, 1, sizeof buffer, f)) != 0;) {
        good = EVP_DigestUpdate(ctx, buffer, k) == 1;
    }
    good = good && ferror(f) == 0 && EVP_DigestFinal_ex(ctx, hash, &n) == 1 && n == HASH;
    if (!good) {
        (void)err_sys(err, "%s", path);
    }
    if (f != NULL) {
        fclose(f);
    }
    EVP_MD_CTX_free(ctx);
    for (unsigned i = 0; good && i < n; i++) {
        snprintf(hex + (size_t)2 * i, 3, "%02x", hash[i]);
    }
    return good;
}

static int name_wanted(const struct dirent *e) { return e->d_name[0] != '.' && strcmp(e->d_name, manifest) != 0; }

static void names_free(struct dirent **name, int n)
{
    while (n-- > 0) {
        free(name[n]);
    }
    free(name);
}

/* A case is there when the record has gone, and the machine. */
static bool synced(const char *path, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool good = fd >= 0 && fsync(fd) == 0;

    good = good || err_sys(err, "%s", path);
    if (fd >= 0) {
        close(fd);
    }
    return good;
}

static bool manifest_write(const char *dir, struct err *err)
{
    char path[PATH_MAX];
    struct dirent **name = NULL;
    struct text all;
    int n = scandir(dir, &name, name_wanted, alphasort);
    bool good = n >= 0 || err_sys(err, "%s", dir);

    text_init(&all, 0);
    for (int i = 0; good && i < n; i++) {
        char hex[HEX + 1];
        good = path_of(path, dir, name[i]->d_name, err) && hash_file(path, hex, err) && synced(path, err);
        if (good) {
            text_printf(&all, "%s  %s\n", hex, name[i]->d_name);
        }
    }
    good = good && (!all.cut || err_set(err, "%s: not enough memory", dir));
    good = good && file_put(dir, manifest, text_bytes(&all), err) && synced(dir, err);
    text_fini(&all);
    names_free(name, n);
    return good;
}

bool case_none(const char *dir, struct err *err)
{
    static const char *const own = "events.json packets.pcapng hosts.json case.json"; /* of one that was not finished */
    char path[PATH_MAX];
    struct dirent **name = NULL;

    if (!path_of(path, dir, manifest, err)) {
        return false;
    }
    if (access(path, F_OK) == 0) {
        return err_set(err, "%s: a case is kept there already", dir);
    }
    int n = scandir(dir, &name, name_wanted, alphasort);
    bool good = true;
    for (int i = 0; good && i < n; i++) {
        good = bytes_among(bytes_str(name[i]->d_name), own) || err_set(err, "%s: %s is there; a case wants a folder of its own", dir, name[i]->d_name);
    }
    names_free(name, n);
    return good;
}

void case_leave(const char *dir)
{
    char path[PATH_MAX];
    struct err err;

    if (path_of(path, dir, "events.json", &err)) {
        (void)unlink(path);
    }
}

bool case_make(const struct case_wish *w, struct record *r, struct case_made *made, const _Atomic bool *stop, struct err *err)
{
    struct making m = { .wish = w, .record = r, .made = made };
    char path[PATH_MAX];

    *made = (struct case_made){ 0 };
    bool given = w->events.n != 0, good;
    if (given) {
        m.events = w->events;
        good = case_none(w->dir, err);
    } else {
        good = path_of(path, w->dir, "events.json", err) && file_read(path, EVENTS_MAX, &m.events, err);
    }
    good = good && (events_read(&m) || err_set(err, "not enough memory")) && (!given || m.id_n != 0 || err_set(err, "no event has a flow_id: nothing would be kept"));
    good = good && file_make_folder(w->dir, err) && (!given || file_put(w->dir, "events.json", w->events, err)) && packets_file(&m, stop, err) && hosts_keep(&m, err) &&
           file_put(w->dir, "case.json", bytes_str(w->about), err) && manifest_write(w->dir, err);
    if (!given) {
        file_free(m.events);
    }
    free(m.id);
    free(m.seen);
    free(m.end);
    free(m.end_at);
    return good;
}

/* ---- looking again ---- */

struct checking {
    const char *dir;
    struct bytes all;            /* the manifest */
    void (*say)(void *ctx, const char *file, const char *what);
    void *ctx;
    unsigned bad, files;
};

static void check_say(struct checking *c, const char *name, const char *what)
{
    c->bad++;
    c->say(c->ctx, name, what);
}

/* "HEX  NAME": a name without a folder. */
static bool line_read(struct bytes line, char hex[HEX + 1], char name[NAME_MAX + 1])
{
    if (line.n < HEX + 3 || line.n - HEX - 2 > NAME_MAX || line.p[HEX] != ' ' || memchr(line.p + HEX + 2, '/', line.n - HEX - 2) != NULL) {
        return false;
    }
    memcpy(hex, line.p, HEX);
    hex[HEX] = '\0';
    memcpy(name, line.p + HEX + 2, line.n - HEX - 2);
    name[line.n - HEX - 2] = '\0';
    return name[0] != '.' && strlen(name) == line.n - HEX - 2;
}

static void check_line(struct checking *c, struct bytes line)
{
    char want[HEX + 1], have[HEX + 1], name[NAME_MAX + 1], path[PATH_MAX];
    struct err err;

    if (!line_read(line, want, name)) {
        check_say(c, manifest, "a line of it is malformed");
        return;
    }
    c->files++;
    if (!path_of(path, c->dir, name, &err) || !hash_file(path, have, &err)) {
        check_say(c, name, "is not there, or cannot be read");
    } else if (strcmp(want, have) != 0) {
        check_say(c, name, "has changed");
    }
}

static bool listed(struct bytes all, const char *name)
{
    struct rd r = rd_of(all);
    char hex[HEX + 1], one[NAME_MAX + 1];

    while (rd_left(&r) != 0) {
        bool found;
        if (line_read(rd_until(&r, '\n', &found), hex, one) && strcmp(one, name) == 0) {
            return true;
        }
    }
    return false;
}

static void check_others(struct checking *c)
{
    struct dirent **name = NULL;
    int n = scandir(c->dir, &name, name_wanted, alphasort);

    for (int i = 0; i < n; i++) {
        if (!listed(c->all, name[i]->d_name)) {
            check_say(c, name[i]->d_name, "is not in the manifest");
        }
    }
    names_free(name, n);
}

bool case_check(const char *dir, void (*say)(void *ctx, const char *file, const char *what), void *ctx, unsigned *bad, struct err *err)
{
    enum { MANIFEST_MAX = 1 << 20 };
    struct checking c = { .dir = dir, .say = say, .ctx = ctx };
    char path[PATH_MAX];

    if (!path_of(path, dir, manifest, err) || !file_read(path, MANIFEST_MAX, &c.all, err)) {
        return false;
    }
    struct rd r = rd_of(c.all);
    while (rd_left(&r) != 0) {
        bool found;
        check_line(&c, rd_until(&r, '\n', &found));
    }
    check_others(&c);
    file_free(c.all);
    *bad = c.bad;
    return c.files != 0 || err_set(err, "%s: names no files", path);
}

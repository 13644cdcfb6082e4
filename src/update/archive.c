/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a source holds: one file, a folder's, or a gzip'd tar archive's (POSIX.1-2017 pax, ustar; GNU's long names). */
#include "update/parts.h"

#include "base/file.h"
#include "base/unpack.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { BLOCK = 512, FILE_MAX = 256 << 20, ARCHIVE_MAX = 512 << 20, FILES_MAX = 20000, DEPTH_MAX = 8 };

bool files_add(struct update_files *f, const char *name, struct bytes b)
{
    if (f->n == f->room) {
        size_t room = f->room ? f->room * 2 : 64;
        struct update_file *more = room <= FILES_MAX * 2 ? realloc(f->file, room * sizeof *more) : NULL;
        if (!more) {
            return false;
        }
        f->file = more;
        f->room = room;
    }
    f->file[f->n++] = (struct update_file){ name, b };
    return true;
}

/* Octal digits of a header's field. */
static bool octal(struct bytes b, uint64_t *x)
{
    *x = 0;
    b = bytes_trim(b, " ");
    for (size_t i = 0; i < b.n && b.p[i] != 0; i++) {
        if (b.p[i] < '0' || b.p[i] > '7' || *x >> 60) {
            return false;
        }
        *x = *x << 3 | (uint64_t)(b.p[i] - '0');
    }
    return true;
}

static struct bytes field(struct bytes head, size_t from, size_t n)
{
    struct bytes b = bytes_head(bytes_from(head, from), n);

    return bytes_head(b, bytes_find_byte(b, 0));
}

/* "27 path=a/b\n…" */
static struct bytes pax_path(struct bytes records)
{
    size_t at = bytes_find(records, bytes_str(" path="));
    struct bytes b = at == SIZE_MAX ? bytes_none() : bytes_from(records, at + 6);

    return bytes_head(b, bytes_find_byte(b, '\n'));
}

static const char *member_name(struct arena *a, struct bytes head, struct bytes given)
{
    struct bytes prefix = bytes_is(field(head, 257, 5), "ustar") ? field(head, 345, 155) : bytes_none(), name = field(head, 0, 100);
    struct arena_text t;

    arena_text_init(&t, a, PATH_MAX);
    if (given.n) {
        arena_text_add(&t, given);
    } else {
        if (prefix.n) {
            arena_text_add(&t, prefix);
            arena_text_byte(&t, '/');
        }
        arena_text_add(&t, name);
    }
    return arena_str(a, arena_text_bytes(&t));
}

static bool tar_read(struct update_files *f, struct bytes all, struct err *err)
{
    struct rd r = rd_of(all);
    struct bytes given = bytes_none();

    while (rd_left(&r) >= BLOCK) {
        struct bytes head = rd_bytes(&r, BLOCK);
        uint64_t size;
        if (head.p[0] == 0) {
            break; /* the end: blocks of zeros */
        }
        if (!octal(field(head, 124, 12), &size) || size > rd_left(&r)) {
            return err_set(err, "the archive ends early");
        }
        struct bytes body = rd_bytes(&r, size);
        rd_skip(&r, (BLOCK - size % BLOCK) % BLOCK < rd_left(&r) ? (BLOCK - size % BLOCK) % BLOCK : rd_left(&r));
        switch (head.p[156]) {
        case 'L': given = bytes_head(body, bytes_find_byte(body, 0)); break;
        case 'x': given = pax_path(body); break;
        case '0':
        case 0: {
            const char *name = member_name(f->arena, head, given);
            if (!name || f->n >= FILES_MAX || !files_add(f, name, body)) {
                return err_set(err, "the archive holds too many files");
            }
            given = bytes_none();
            break;
        }
        default: given = bytes_none(); break;
        }
    }
    return true;
}

static bool gunzip(struct arena *a, struct bytes in, struct bytes *out, struct err *err)
{
    struct pages *pages = pages_new(0);
    struct unpack *u = pages ? unpack_new(pages, UNPACK_GZIP, 1 << 20) : NULL;
    struct arena_text t;
    enum unpack_result r = UNPACK_OK;
    uint8_t room[16384];

    arena_text_init(&t, a, ARCHIVE_MAX);
    while (u && r == UNPACK_OK) {
        size_t got = 0, left = in.n;
        r = unpack_run(u, &in, room, sizeof room, &got);
        arena_text_add(&t, bytes_of(room, got));
        if (r == UNPACK_OK && got == 0 && in.n == left) {
            break;
        }
    }
    unpack_free(u);
    if (pages) {
        pages_free(pages);
    }
    *out = arena_text_bytes(&t);
    if (t.cut || a->full) {
        return err_set(err, "it unpacks to more than %d bytes", ARCHIVE_MAX);
    }
    return r == UNPACK_END || err_set(err, "it is no whole gzip file");
}

bool archive_read(struct update_files *f, struct bytes b, struct err *err)
{
    struct bytes tar;

    return gunzip(f->arena, b, &tar, err) && tar_read(f, tar, err);
}

static bool ends(const char *name, const char *end)
{
    size_t n = strlen(name), k = strlen(end);

    return n >= k && strcmp(name + n - k, end) == 0;
}

bool bytes_read(struct update_files *f, const char *name, struct bytes b, struct err *err)
{
    const bool zipped = b.n > 2 && b.p[0] == 0x1f && b.p[1] == 0x8b;
    struct bytes out;

    if (!zipped) {
        return files_add(f, name, b) || err_set(err, "not enough memory");
    }
    if (ends(name, ".tar.gz") || ends(name, ".tgz")) {
        return archive_read(f, b, err);
    }
    if (!gunzip(f->arena, b, &out, err)) {
        return false;
    }
    bool tar = out.n > BLOCK && bytes_is(field(out, 257, 5), "ustar");
    return tar ? tar_read(f, out, err) : files_add(f, name, out) || err_set(err, "not enough memory");
}

static bool folder_read(struct update_files *f, const char *path, unsigned depth, struct err *err)
{
    struct dirent **entry = NULL;
    int n = scandir(path, &entry, NULL, alphasort);
    bool good = n >= 0 || err_sys(err, "%s", path);

    for (int i = 0; i < n; i++) {
        char below[PATH_MAX + 300];
        struct stat st;
        snprintf(below, sizeof below, "%s/%s", path, entry[i]->d_name);
        if (good && entry[i]->d_name[0] != '.' && stat(below, &st) == 0) {
            if (S_ISDIR(st.st_mode) && depth < DEPTH_MAX) {
                good = folder_read(f, below, depth + 1, err);
            } else if (S_ISREG(st.st_mode) && (ends(below, ".rules") || ends(below, ".config"))) {
                good = path_read(f, below, err);
            }
        }
        free(entry[i]);
    }
    free(entry);
    return good;
}

bool path_read(struct update_files *f, const char *path, struct err *err)
{
    struct stat st;
    struct bytes b;

    if (stat(path, &st) != 0) {
        return err_sys(err, "%s", path);
    }
    if (S_ISDIR(st.st_mode)) {
        return folder_read(f, path, 0, err);
    }
    if (!file_read(path, FILE_MAX, &b, err)) {
        return false;
    }
    struct bytes own = arena_copy(f->arena, b);
    const char *name = arena_str(f->arena, bytes_str(path));
    bool kept = own.n == b.n && name;
    file_free(b);
    return kept ? bytes_read(f, name, own, err) || err_add(err, "%s", path) : err_set(err, "not enough memory");
}

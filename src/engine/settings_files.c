/* SPDX-License-Identifier: GPL-2.0-or-later */
/* settings_files - the output file-store: which files are kept, and how. */
#include "engine/settings_eve.h"

#include <string.h>

static bool wrong(const struct conf_node *n, const char *key, const char *want, struct err *err)
{
    struct conf_place p = conf_place(n);

    return err_set(err, "%s:%u:%u: file-store.%s: '%s' is not %s", p.file, p.line, p.column, key, conf_value(n), want);
}

static bool read_bool(const struct conf *conf, const struct conf_node *at, const char *key, bool *to, struct err *err)
{
    const struct conf_node *n = conf_read(conf, at, key);

    return n == NULL || conf_value(n) == NULL || conf_text_bool(conf_value(n), to) || wrong(n, key, "yes or no", err);
}

static bool read_version(const struct conf *conf, const struct conf_node *at, struct err *err)
{
    const struct conf_node *n = conf_read(conf, at, "version");
    struct conf_place p = conf_place(n != NULL ? n : at);
    uint64_t version = 0;

    if (n != NULL && conf_value(n) != NULL && conf_text_u64(conf_value(n), &version) && version == 2) {
        return true;
    }
    return err_set(err, "%s:%u:%u: file-store: only version 2 is there; it has to be asked for (version: 2)", p.file, p.line, p.column);
}

bool settings_filestore(struct engine_settings *s, const struct conf *conf, const struct conf_node *at, struct log *log, struct err *err)
{
    const struct conf_node *dir = conf_read(conf, at, "dir"), *depth = conf_read(conf, at, "stream-depth");
    const struct conf_node *open = conf_read(conf, at, "max-open-files");
    struct file_store_settings *f = &s->proto.store;
    uint64_t n = 0;

    if (!read_version(conf, at, err)) {
        return false;
    }
    if (s->output.files.on) {
        struct conf_place p = conf_place(at);
        return err_set(err, "%s:%u:%u: file-store: a second one is not possible", p.file, p.line, p.column);
    }
    f->on = s->output.files.on = true;
    s->output.files.dir = dir != NULL && conf_value(dir) != NULL ? conf_value(dir) : "filestore";
    if (!read_bool(conf, at, "force-filestore", &f->force, err) || !read_bool(conf, at, "write-fileinfo", &f->fileinfo, err)) {
        return false;
    }
    if (depth != NULL && conf_value(depth) != NULL) {
        if (!conf_text_size(conf_value(depth), &f->depth)) {
            return wrong(depth, "stream-depth", "a size", err);
        }
        f->depth_set = f->depth == 0 || (s->stream.depth != 0 && f->depth > s->stream.depth);
    }
    if (open != NULL && conf_value(open) != NULL && !(conf_text_u64(conf_value(open), &n) && n <= 65536)) {
        return wrong(open, "max-open-files", "a number up to 65536", err);
    }
    s->output.files.max_open = (uint32_t)n;
    s->proto.file_hashes |= settings_hashes(conf, at, log) | FILE_SHA256; /* it names the files */
    return true;
}

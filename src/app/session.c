/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app/app.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* What is set by hand, what is built in, the file and those beside it, in the order that the last says it. */
static bool conf_fill(struct conf *c, const char *config_file, const char *preset, const struct arguments *a, struct err *err)
{
    static const struct {
        const char *option, *setting;
    } shorts[] = { { "data-dir", "default-data-dir" }, { "user", "run-as.user" }, { "group", "run-as.group" },
                   { "pcap-file-continuous", "pcap-file.continuous" }, { "pcap-file-recursive", "pcap-file.recursive" },
                   { "pcap-file-delete", "pcap-file.delete-when-done" } };

    for (unsigned i = 0; i < a->n; i++) {
        if (a->given[i].flag->name != NULL && strcmp(a->given[i].flag->name, "set") == 0 && !conf_set(c, a->given[i].value, err)) {
            return err_add(err, "--set %s", a->given[i].value);
        }
    }
    if ((preset != NULL && !conf_load_text(c, bytes_str(preset), "(built-in settings)", err)) || (config_file != NULL && !conf_load(c, config_file, err))) {
        return false;
    }
    for (unsigned i = 0; i < a->n; i++) {
        if (a->given[i].flag->name != NULL && strcmp(a->given[i].flag->name, "include") == 0 && !conf_load(c, a->given[i].value, err)) {
            return false;
        }
    }
    for (unsigned i = 0; i < ROWS(shorts); i++) {
        const char *value = argument_value(a, shorts[i].option);
        char set[4096];
        snprintf(set, sizeof set, "%s=%s", shorts[i].setting, value != NULL ? value : "yes");
        if (argument_given(a, shorts[i].option) && !conf_set(c, set, err)) {
            return err_add(err, "--%s", shorts[i].option);
        }
    }
    return true;
}

bool session_load(struct session *s, const char *config_file, const char *preset, const struct arguments *a)
{
    s->conf = conf_new();
    if (s->conf == NULL) {
        return err_set(&s->err, "settings: not enough memory");
    }
    s->args = a;
    s->config_file = config_file;
    s->preset = preset;
    return conf_fill(s->conf, config_file, preset, a, &s->err);
}

/* The settings as they are written now. */
static struct conf *session_again(void *ctx, struct rule_load *l, struct err *err)
{
    const struct session *s = ctx;
    struct conf *c = conf_new();

    (void)l; /* whose files are theirs is known */
    if (c == NULL) {
        err_set(err, "not enough memory");
    } else if (!conf_fill(c, s->config_file, s->preset, s->args, err)) {
        conf_free(c);
        c = NULL;
    }
    return c;
}

struct unused {
    struct log *log;
    unsigned n;
    char first[512];
    char names[3000];          /* blanks between */
};

static void say_unused(void *arg, const char *path, struct conf_place place)
{
    struct unused *u = arg;
    char line[16] = ""; /* the command line has none */

    if (place.line != 0) {
        snprintf(line, sizeof line, ":%u", place.line);
    }
    if (u->n++ == 0) {
        snprintf(u->first, sizeof u->first, "%s%s: %s", place.file, line, path);
    }
    size_t at = strlen(u->names);
    snprintf(u->names + at, sizeof u->names - at, " %s", path);
    log_say(u->log, LOG_INFO, "%s%s: %s means nothing here", place.file, line, path);
}

/* What the settings have that nobody reads: all of it by -v, with its place; of our own, a file's or --set's, the first is told always, and of
 * Suricata's, which has many that are about its ways of work alone, the names in one line. */
static void unused_tell(struct session *s, bool own)
{
    struct unused u = { .log = &s->log };

    hand_settings_mark(s->conf);
    conf_unused(s->conf, say_unused, &u);
    if (own && u.n != 0 && s->log.level < LOG_INFO) {
        log_say(&s->log, LOG_WARNING, "%s means nothing here%s", u.first, u.n == 1 ? "" : "; nor do others, which -v names");
    } else if (u.n != 0 && s->log.level < LOG_INFO) {
        log_say(&s->log, LOG_WARNING, "%u settings mean nothing here (-v tells where they are):%s", u.n, u.names);
    }
}

bool session_settle(struct session *s, const struct engine_overrides *o)
{
    if (!engine_settings_make(&s->settings, s->conf, o, &s->log, &s->err)) {
        engine_settings_fini(&s->settings);
        return false;
    }
    s->engine = (struct engine){ .settings = &s->settings, .conf = s->conf, .log = &s->log, .started = clock_now(),
                                  .lock = PTHREAD_MUTEX_INITIALIZER, .loading = PTHREAD_MUTEX_INITIALIZER };
    if (s->args != NULL) {
        engine_read_again(&s->engine, session_again, s);
    }
    unused_tell(s, !o->suricata);
    return true;
}

void session_end(struct session *s)
{
    if (s->engine.settings != NULL) {
        engine_fini(&s->engine);
    }
    if (s->conf != NULL) {
        conf_free(s->conf);
    }
    logging_close(&s->log);
}

static bool push(struct paths *p, char *path, struct err *err)
{
    if (path != NULL && p->n == p->room) {
        size_t room = p->room != 0 ? p->room * 2 : 64;
        const char **more = realloc(p->path, room * sizeof *more);
        if (more == NULL) {
            free(path);
            return err_set(err, "not enough memory for the list of captures");
        }
        p->path = more;
        p->room = room;
    }
    if (path == NULL) {
        return err_set(err, "not enough memory for the list of captures");
    }
    p->path[p->n++] = path;
    return true;
}

/* The files of a folder by name, and with depth those of the folders in it. */
static bool folder_add(struct paths *p, const char *path, unsigned depth, struct err *err)
{
    struct stat st;
    struct dirent **entry;
    bool ok = true;
    int n = scandir(path, &entry, NULL, alphasort);

    if (n < 0) {
        return err_sys(err, "read folder %s", path);
    }
    for (int i = 0; i < n; i++) {
        char *full = NULL;
        if (ok && entry[i]->d_name[0] != '.' && asprintf(&full, "%s/%s", path, entry[i]->d_name) < 0) {
            full = NULL;
            ok = err_set(err, "not enough memory for the list of captures");
        }
        if (full != NULL && stat(full, &st) == 0 && S_ISREG(st.st_mode)) {
            ok = push(p, full, err);
            full = NULL;
        } else if (full != NULL && depth != 0 && lstat(full, &st) == 0 && S_ISDIR(st.st_mode)) {
            ok = folder_add(p, full, depth - 1, err);
        }
        free(full);
        free(entry[i]);
    }
    free(entry);
    return ok;
}

static bool path_add(struct paths *p, const char *path, unsigned depth, struct err *err)
{
    struct stat st;

    if (strcmp(path, "-") == 0 || stat(path, &st) != 0 || !S_ISDIR(st.st_mode)) {
        return push(p, strdup(path), err); /* what cannot be opened is told with the others, when it is its turn */
    }
    return folder_add(p, path, depth, err);
}

bool paths_add(struct paths *p, const char *path, struct err *err) { return path_add(p, path, 0, err); }

bool paths_add_below(struct paths *p, const char *path, struct err *err)
{
    enum { DEPTH = 16 };

    return path_add(p, path, DEPTH, err);
}

void paths_fini(struct paths *p)
{
    for (size_t i = 0; i < p->n; i++) {
        free((void *)(uintptr_t)p->path[i]);
    }
    free(p->path);
}

void report_refused(void *log, const struct rules *r, const struct rule_failure *f)
{
    const char *file = f->source < r->source_n ? r->source[f->source] : "rules";

    log_say(log, LOG_WARNING, "%s:%u:%u: sid %u: %s%s%s%s", file, f->line, f->column, f->sid, f->reason, f->hint != NULL ? " (" : "",
            f->hint != NULL ? f->hint : "", f->hint != NULL ? ")" : "");
}

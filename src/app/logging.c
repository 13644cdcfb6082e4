/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * logging - the section of that name of the settings: where peccary's own messages go beside standard error.
 */
#include "app/app.h"

#include "base/line_end.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Suricata's names of levels; what lies between two of ours is the lower one. */
static bool level_of(const char *name, enum log_level *out)
{
    static const struct {
        const char *name;
        enum log_level level;
    } rows[] = { { "emergency", LOG_ERROR }, { "alert", LOG_ERROR },  { "critical", LOG_ERROR }, { "error", LOG_ERROR }, { "warning", LOG_WARNING },
                 { "notice", LOG_WARNING },  { "info", LOG_INFO },    { "perf", LOG_INFO },      { "config", LOG_INFO }, { "debug", LOG_DEBUG } };

    for (size_t i = 0; i < ROWS(rows); i++) {
        if (strcasecmp(name, rows[i].name) == 0) {
            *out = rows[i].level;
            return true;
        }
    }
    return false;
}

static const char *child_value(const struct conf *conf, const struct conf_node *at, const char *key)
{
    const struct conf_node *n = conf_child(conf, at, key);

    return n != NULL ? conf_value(n) : NULL;
}

static bool level_read(const struct conf *conf, const struct conf_node *at, enum log_level *out, struct err *err)
{
    const struct conf_node *n = conf_child(conf, at, "level");

    if (n != NULL && conf_value(n) != NULL && !level_of(conf_value(n), out)) {
        struct conf_place p = conf_place(n);
        return err_set(err, "%s:%u:%u: '%s' is no log level: error, warning, notice, info, perf, config or debug", p.file, p.line, p.column,
                       conf_value(n));
    }
    return true;
}

static bool file_open(struct log *log, const struct conf *conf, const struct conf_node *at, const char *dir, enum log_level level, struct err *err)
{
    const char *name = child_value(conf, at, "filename"), *type = child_value(conf, at, "type"), *append = child_value(conf, at, "append");
    bool again = true;
    char *path;

    if (log->sink_n == LOG_SINKS_MAX) {
        return err_set(err, "logging: more than %d files", LOG_SINKS_MAX);
    }
    name = name != NULL ? name : "suricata.log";
    if (append != NULL && !conf_text_bool(append, &again)) {
        return err_set(err, "logging: append: '%s' is not yes or no", append);
    }
    (void)mkdir(dir, 0755); /* what is wrong with it is told when the file is opened */
    if (asprintf(&path, "%s%s%s", name[0] == '/' ? "" : dir, name[0] == '/' ? "" : "/", name) < 0) {
        return err_sys(err, "logging");
    }
    FILE *to = fopen(path, again ? "a" : "w");
    if (to == NULL) { /* no reason not to watch the network: standard error has the same lines */
        log_say(log, LOG_WARNING, "log file %s: %s; it is left out", path, strerror(errno));
        free(path);
    } else {
        if (line_end_missing(path)) {
            (void)fputc('\n', to);
        }
        log->sink[log->sink_n++] = (struct log_sink){ .to = to, .path = path, .level = level, .json = type != NULL && strcmp(type, "json") == 0 };
    }
    return true;
}

bool logging_open(struct log *log, struct conf *conf, const char *dir, bool verbose, struct err *err)
{
    const struct conf_node *logging = conf_node(conf, "logging"), *outputs = conf_node(conf, "logging.outputs");
    const char *named = conf_get(conf, "logging.default-log-level");
    enum log_level preset = LOG_WARNING;

    conf_mark_used(conf, "logging.**");
    if (logging == NULL) {
        return true;
    }
    if (named != NULL && !level_of(named, &preset)) {
        return err_set(err, "logging.default-log-level: '%s' is no log level", named);
    }
    log->level = verbose && preset < LOG_INFO ? LOG_INFO : named != NULL ? preset : log->level;
    for (const struct conf_node *n = outputs != NULL ? conf_first(outputs) : NULL; n != NULL; n = conf_next(n)) {
        const struct conf_node *at = conf_first(n);
        const char *on = at != NULL ? child_value(conf, at, "enabled") : NULL;
        enum log_level level = verbose && preset < LOG_INFO ? LOG_INFO : preset;
        bool enabled = true;
        if (at == NULL || (on != NULL && (!conf_text_bool(on, &enabled) || !enabled))) {
            continue;
        }
        if (!level_read(conf, at, &level, err)) {
            return false;
        }
        if (strcmp(conf_name(at), "console") == 0) {
            log->level = verbose && level < LOG_INFO ? LOG_INFO : level;
        } else if (strcmp(conf_name(at), "file") != 0) {
            struct conf_place p = conf_place(at);
            log_say(log, LOG_WARNING, "%s:%u: logging output '%s' is not built in", p.file, p.line, conf_name(at));
        } else if (!file_open(log, conf, at, dir, level, err)) {
            return false;
        }
    }
    return true;
}

bool logging_background(struct log *log, const char *dir, struct err *err)
{
    struct log_sink s = { .level = log->level };

    if (log->sink_n != 0) {
        return true;
    }
    (void)mkdir(dir, 0755); /* what is wrong with it is told when the file is opened */
    if (asprintf(&s.path, "%s/peccary.log", dir) < 0) {
        return err_sys(err, "log file");
    }
    if ((s.to = fopen(s.path, "ae")) == NULL) {
        (void)err_sys(err, "log file %s", s.path);
        free(s.path);
        return false;
    }
    fprintf(stderr, "what it says in the background is in %s\n", s.path);
    log->sink[log->sink_n++] = s;
    return true;
}

void logging_close(struct log *log)
{
    for (unsigned i = 0; i < log->sink_n; i++) {
        fclose(log->sink[i].to);
        free(log->sink[i].path);
    }
    log->sink_n = 0;
}

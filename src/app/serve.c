/* SPDX-License-Identifier: GPL-2.0-or-later */
/* serve - what programs that run for long have around the engine: fewer rights, the control socket, signals. */
#include "app/app.h"

#include "app/confine.h"
#include "app/updates.h"
#include "control/client.h"
#include "control/metrics.h"
#include "engine/outside.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* unix-command, as Suricata has it: a name without a slash is below the folder where programs put their sockets, else the log folder. */
static bool socket_path(const struct session *s, const char *given, char path[PATH_MAX])
{
    const char *file = given != NULL && given[0] != '\0' ? given : conf_get(s->conf, "unix-command.filename");
    const char *dir = s->settings.log_dir != NULL ? s->settings.log_dir : ".";
    int n;

    if (file == NULL) {
        return control_default_path(path, PATH_MAX, true) || (n = snprintf(path, PATH_MAX, "%s/peccary.socket", dir), n > 0 && n < PATH_MAX);
    }
    n = strchr(file, '/') != NULL ? snprintf(path, PATH_MAX, "%s", file) : snprintf(path, PATH_MAX, "%s/%s", dir, file);
    return n > 0 && n < PATH_MAX;
}

/* The socket that is asked for must be; the one that is there by itself may be another program's already. */
static bool serve_open(struct serving *v, struct session *s, const struct serve_wish *w, const _Atomic bool *stop)
{
    char path[PATH_MAX];
    bool on = w->socket != NULL || w->wanted, sure = w->socket != NULL || w->jobs;
    struct control_settings c = { .path = path, .jobs = w->jobs, .running_mode = w->jobs ? "unix-socket" : s->settings.workers > 1 ? "workers" : "single",
                                  .capture_mode = w->capture_mode };

    v->stop = stop;
    v->session = s;
    if (w->socket == NULL && conf_get(s->conf, "unix-command.enabled") != NULL && !w->jobs) {
        const char *enabled = conf_get(s->conf, "unix-command.enabled");
        if (strcmp(enabled, "auto") != 0 && !conf_text_bool(enabled, &on)) {
            return err_set(&s->err, "unix-command.enabled: yes, no or auto is wanted");
        }
        on &= w->wanted;
    }
    interrupt_serve(stop, &s->engine);
    const char *listen = w->metrics != NULL ? w->metrics : conf_get(s->conf, "metrics.listen");
    if (listen != NULL && (v->metrics = metrics_open(listen, &s->engine, &s->err)) == NULL) {
        return false;
    }
    if (!on) {
        return true;
    }
    if (!socket_path(s, w->socket, path)) {
        return err_set(&s->err, "control socket: too long a name");
    }
    if (!engine_open_lists(&s->engine, &s->err)) {
        return false;
    }
    v->control = control_open(&c, &s->engine, &s->err);
    if (v->control == NULL && !sure) {
        log_say(&s->log, LOG_WARNING, "%s; there is no control socket", s->err.text);
    }
    return v->control != NULL || !sure;
}

/* Live, what root gave up with its capabilities is the right to write what is another user's. */
static bool logs_ours(struct session *s)
{
    const char *dir = s->settings.log_dir;

    return !s->settings.live || dir == NULL || access(dir, W_OK) == 0 || errno != EACCES ||
           err_set(&s->err, "%s is no folder that user %u may write to, whom this program goes on as: give it to that one, or name its owner as run-as.user", dir, (unsigned)geteuid());
}

bool serve_begin(struct serving *v, struct session *s, const struct serve_wish *w, const _Atomic bool *stop)
{
    *v = (struct serving){ .notify = { .fd = -1 } };
    if (notify_open(&v->notify)) {
        s->engine.beat = notify_beat;
        s->engine.beat_ctx = &v->notify;
    }
    if (!engine_open_helpers(&s->engine, &s->err) || !confine_become(s, s->settings.live) || !logs_ours(s) || (w->updates != NULL && !updates_open(w->updates, s, w->given, &s->err)) ||
        !confine(s, w->given, !w->jobs, w->run)) {
        return false;
    }
    interrupt_anew(stop);
    return serve_open(v, s, w, stop);
}

void serve_end(struct serving *v)
{
    if (v->session != NULL) {
        v->session->engine.beat = NULL;
    }
    notify_close(&v->notify);
    control_close(v->control);
    metrics_close(v->metrics);
    if (v->stop != NULL) {
        interrupt_serve(v->stop, NULL);
    }
    *v = (struct serving){ .notify = { .fd = -1 } };
}

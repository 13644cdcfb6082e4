/* SPDX-License-Identifier: GPL-2.0-or-later */
/* updates - the sensor's side: the helper is started, and told of reloads. */
#include "app/updates.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

void words_add(struct words *l, const char *word)
{
    if (l->n < WORDS_MAX) {
        l->word[l->n++] = (char *)(uintptr_t)word;
        l->word[l->n] = NULL;
    }
}

void words_option(struct words *l, const char *name, const char *value)
{
    if (value != NULL) {
        words_add(l, name);
        words_add(l, value);
    }
}

static bool spawn(struct updates *u, struct words *l, struct err *err)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t how;
    sigset_t none;
    int ends[2];
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) != 0) {
        return err_sys(err, "hunt.on-update");
    }
    sigemptyset(&none);
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&how);
    posix_spawnattr_setsigmask(&how, &none);
    posix_spawnattr_setpgroup(&how, 0); /* an interrupt of the terminal is for the sensor, whose end ends it */
    posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
    posix_spawn_file_actions_adddup2(&files, ends[0], STDIN_FILENO);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    errno = posix_spawn(&pid, "/proc/self/exe", &files, &how, l->word, environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&how);
    bool good = errno == 0 || err_sys(err, "hunt.on-update: start the helper");
    (void)close(ends[0]);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)fcntl(ends[1], F_SETFL, O_NONBLOCK);
    u->fd = ends[1];
    return good;
}

/* On the thread that loaded the rules. */
static void reloaded(void *ctx)
{
    const struct updates *u = ctx;

    (void)!write(u->fd, "\n", 1); /* a full pipe: it knows already */
}

bool updates_open(struct updates *u, struct session *s, const struct arguments *a, struct err *err)
{
    const struct recorder_settings *r = &s->settings.recorder;
    const char *files[GIVEN_MAX];
    char days[16], cpu[16], bytes[24];
    struct rule_load load;
    struct words l = { .n = 0 };

    u->fd = -1;
    if (!r->on || r->hunt_days == 0) {
        return true;
    }
    if (!native_load(s, a, files, &load, err)) {
        return false;
    }
    snprintf(days, sizeof days, "%u", r->hunt_days);
    snprintf(cpu, sizeof cpu, "%u", r->hunt_cpu);
    snprintf(bytes, sizeof bytes, "%llu", (unsigned long long)r->hunt_read);
    words_add(&l, "peccary");
    words_add(&l, "hunt");
    words_add(&l, "--follow");
    words_option(&l, "--record", r->dir);
    words_option(&l, "--days", days);
    words_option(&l, "--cpu", cpu);
    words_option(&l, "--read", bytes);
    words_option(&l, "--log-dir", s->settings.log_dir != NULL ? s->settings.log_dir : ".");
    words_option(&l, "--config", argument_value(a, "config"));
    words_option(&l, "--key", conf_get(s->conf, "record.key-file"));
    words_option(&l, "--map", s->settings.aware.on ? conf_get(s->conf, "aware.dir") : NULL);
    words_option(&l, "--dialect", argument_value(a, "dialect"));
    if (argument_given(a, "quiet")) {
        words_add(&l, "--quiet");
    }
    for (unsigned i = 0; i < load.file_n; i++) {
        words_option(&l, "--rules", load.files[i]);
    }
    for (unsigned i = 0; i < a->n; i++) {
        const char *name = a->given[i].flag->name;
        words_option(&l, "--set", name != NULL && strcmp(name, "set") == 0 ? a->given[i].value : NULL);
    }
    if (l.n == WORDS_MAX) {
        return err_set(err, "hunt.on-update: too many rule files and settings");
    }
    if (!spawn(u, &l, err)) {
        updates_close(u);
        return false;
    }
    s->engine.reloaded = reloaded;
    s->engine.reloaded_ctx = u;
    return true;
}

void updates_close(struct updates *u)
{
    if (u->fd >= 0) {
        (void)close(u->fd);
        u->fd = -1;
    }
}

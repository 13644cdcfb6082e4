/* SPDX-License-Identifier: GPL-2.0-or-later */
/* updates - the helper's side: what is new in rule files is hunted, with a share of a processor. */
#include "app/updates.h"

#include "app/confine.h"
#include "base/file.h"
#include "hunt/fresh.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ioprio.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { STEP_MS = 50 };

struct following {
    const struct arguments *args;
    const char *files[GIVEN_MAX];
    unsigned file_n;
    int dialect;
    char kept[PATH_MAX];         /* file of the record's folder: which rules were hunted with */
    struct fresh *known;         /* NULL: not yet read */
    uint64_t cpu, days;          /* percent of a processor */
    uint64_t read;               /* bytes from the disk in a second; 0: no limit */
    bool ends;                   /* the sensor is gone */
};

/* In the child: everything else goes before it. */
static void idle(void)
{
    const struct sched_param none = { 0 };

    (void)sched_setscheduler(0, SCHED_IDLE, &none);
    (void)setpriority(PRIO_PROCESS, 0, 19);
    (void)syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE, 0));
}

static void hunt_with(const struct following *f, const char *rules)
{
    static const char *const pass[] = { "record", "log-dir", "config", "dialect", "key", "map", "set" };
    struct words line = { .n = 0 };
    char names[ROWS(pass)][16], from[32];

    snprintf(from, sizeof from, "%llu", (unsigned long long)(clock_now() / CLOCK_SECOND - (f->days < 36500 ? f->days * 86400 : clock_now() / CLOCK_SECOND)));
    words_add(&line, "peccary");
    words_add(&line, "hunt");
    for (size_t k = 0; k < ROWS(pass); k++) {
        snprintf(names[k], sizeof names[k], "--%s", pass[k]);
        for (unsigned i = 0; i < f->args->n; i++) {
            const struct given *g = &f->args->given[i];
            words_option(&line, names[k], g->flag->name != NULL && strcmp(g->flag->name, pass[k]) == 0 ? g->value : NULL);
        }
    }
    words_option(&line, "--fresh", rules);
    words_option(&line, "--from", from);
    words_option(&line, "--workers", "1");
    words_add(&line, "--append");
    if (argument_given(f->args, "quiet")) {
        words_add(&line, "--quiet");
    }
    idle();
    execv("/proc/self/exe", line.word);
    _exit(127);
}

/* Reads what the sensor says; false: it is gone. */
static bool listen(int wait_ms, bool *told)
{
    struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };
    char b[64];

    if (poll(&p, 1, wait_ms) <= 0) {
        return true;
    }
    ssize_t n = read(STDIN_FILENO, b, sizeof b);
    *told |= n > 0;
    return n > 0 || (n < 0 && errno == EINTR);
}

/* What a process read from the disk so far, of mapped files too; 0: the kernel does not count it. */
static uint64_t disk_read(pid_t child)
{
    char path[32], line[128];
    unsigned long long bytes = 0;

    snprintf(path, sizeof path, "/proc/%d/io", (int)child);
    FILE *from = fopen(path, "re");
    while (from != NULL && fgets(line, sizeof line, from) != NULL && sscanf(line, "read_bytes: %llu", &bytes) != 1) {
    }
    if (from != NULL) {
        fclose(from);
    }
    return bytes;
}

/* Stops the child and lets it go on, so that it takes its share; until it ends, or the sensor does. */
static bool govern(struct following *f, pid_t child, bool *told)
{
    uint64_t began = clock_monotonic();
    clockid_t clock;
    bool stopped = false, known = clock_getcpuclockid(child, &clock) == 0;
    int status;

    for (;;) {
        if (waitpid(child, &status, WNOHANG) == child) {
            return WIFEXITED(status) && WEXITSTATUS(status) != EXIT_USAGE;
        }
        f->ends |= !listen(STEP_MS, told);
        struct timespec used = { 0 };
        if (f->ends) {
            (void)kill(child, SIGKILL);
        } else if (known && clock_gettime(clock, &used) == 0) {
            uint64_t ns = (uint64_t)used.tv_sec * CLOCK_SECOND + (uint64_t)used.tv_nsec, passed = clock_monotonic() - began, may = passed / 100 * f->cpu;
            bool much = ns > may || (f->read != 0 && disk_read(child) > (passed + CLOCK_SECOND) / 1000000 * f->read / 1000); /* a second ahead: it begins with indexes */
            if (stopped != much) {
                stopped = much;
                (void)kill(child, stopped ? SIGSTOP : SIGCONT);
            }
        }
    }
}

/* The rules that are new go into a file, which the hunt reads. */
static bool hunt_fresh(struct following *f, struct bytes rules, bool *told, struct err *err)
{
    char path[] = "/tmp/peccary-update-XXXXXX";
    int fd = mkstemp(path);
    bool good = fd >= 0 && file_write(fd, rules) == rules.n;

    good = good || err_sys(err, "%s", path);
    if (fd >= 0) {
        (void)close(fd);
    }
    pid_t child = good ? fork() : -1;
    if (child == 0) {
        hunt_with(f, path);
    }
    good = good && (child > 0 || err_sys(err, "start a hunt")) && (govern(f, child, told) || f->ends || err_set(err, "the hunt with what is new did not end well"));
    if (fd >= 0) {
        (void)unlink(path);
    }
    return good;
}

/* From here on these were hunted with. */
static bool known_set(struct following *f, struct fresh *now, struct err *err)
{
    fresh_free(f->known);
    f->known = now;
    return fresh_save(now, f->kept, err);
}

/* False: it is to be tried again. */
static bool update(struct following *f, bool *told)
{
    struct err err;
    struct text rules;
    unsigned n;

    text_init(&rules, 1u << 30);
    struct fresh *now = fresh_read(f->files, f->file_n, f->dialect, &err);
    bool good = now != NULL && (fresh_since(now, f->known, &n) || err_set(&err, "not enough memory"));
    if (good && n != 0) {
        fresh_put(now, &rules);
        if (!argument_given(f->args, "quiet")) {
            fprintf(stderr, "on update: a hunt with %u rules that are new or changed, over %llu days\n", n, (unsigned long long)f->days);
        }
        good = (!rules.cut || err_set(&err, "not enough memory")) && hunt_fresh(f, text_bytes(&rules), told, &err);
    }
    if (good && !f->ends) {
        good = known_set(f, now, &err);
        now = NULL;
    }
    fresh_free(now);
    if (!good) {
        fprintf(stderr, "peccary hunt: on update: %s\n", err.text);
    }
    text_fini(&rules);
    return good;
}

int updates_follow(const struct arguments *a, struct err *err)
{
    const char *cpu = argument_value(a, "cpu"), *days = argument_value(a, "days"), *bytes = argument_value(a, "read");
    enum { AGAIN_MS = 60000, AGAIN_MOST = 64 * AGAIN_MS };
    struct following f = { .args = a, .cpu = 25, .days = 7 };
    bool told = true; /* of what came while nobody listened */
    int again = AGAIN_MS;

    if ((cpu != NULL && (!conf_text_u64(cpu, &f.cpu) || f.cpu < 1 || f.cpu > 100) && !err_set(err, "--cpu %s: percent are wanted", cpu)) ||
        (bytes != NULL && !conf_text_u64(bytes, &f.read) && !err_set(err, "--read %s: bytes are wanted", bytes)) ||
        (days != NULL && !conf_text_u64(days, &f.days) && !err_set(err, "--days %s: a number is wanted", days))) {
        return EXIT_USAGE;
    }
    for (unsigned i = 0; i < a->n; i++) {
        if (a->given[i].flag->letter == 'r') {
            f.files[f.file_n++] = a->given[i].value;
        }
    }
    if (!confine_rights(err)) { /* the hunts it starts confine themselves */
        return EXIT_USAGE;
    }
    if (!native_dialect(a, &f.dialect, err) || (snprintf(f.kept, sizeof f.kept, "%s/hunted", argument_value(a, "record")) >= (int)sizeof f.kept && !err_set(err, "the record's name is too long"))) {
        return EXIT_USAGE;
    }
    if (!file_make_folder(argument_value(a, "record"), err)) {
        return EXIT_USAGE;
    }
    f.known = fresh_load(f.kept);
    if (f.known == NULL) { /* the first time: what there is was not hunted with, and shall not be */
        f.known = fresh_read(f.files, f.file_n, f.dialect, err);
    }
    if (f.known == NULL) {
        return EXIT_USAGE;
    }
    while (!f.ends) {
        bool good = true;
        if (told) {
            told = false;
            good = update(&f, &told);
        }
        again = good ? AGAIN_MS : again;
        if (!told && !f.ends) {
            f.ends = !listen(good ? -1 : again, &told);
            again = good || again >= AGAIN_MOST ? again : again * 2;
            told |= !good;
        }
    }
    fresh_free(f.known);
    return EXIT_DONE;
}

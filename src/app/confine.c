/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app/confine.h"

#include "app/confine_calls.h"
#include "base/file.h"
#include "engine/outside.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- files: Landlock ---- */

#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ull << 13)
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ull << 14)
#endif

/* What is refused where it is not granted; devices, pipes and links are made nowhere. */
#define CHANGES (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | \
                 LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK | \
                 LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM)
/* What is granted: a file, in its folder, where it is made, made anew and renamed; all of a folder; a socket; a file that goes at the end. */
#define A_FILE (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE)
#define A_SOCKET (LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_REMOVE_FILE)
#define A_FOLDER (A_FILE | A_SOCKET | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REFER)
#define A_MARK LANDLOCK_ACCESS_FS_REMOVE_FILE

struct places {
    int rules;                   /* the Landlock ruleset */
    uint64_t access;             /* that the kernel knows of */
};

static void place_open(const struct places *p, const char *path, uint64_t access)
{
    int fd = path != NULL && path[0] != '\0' && strcmp(path, "/") != 0 ? open(path, O_PATH | O_CLOEXEC) : -1;
    struct stat st;

    if (fd < 0) {
        return;
    }
    if (fstat(fd, &st) != 0 || !S_ISDIR(st.st_mode)) {
        access &= LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE;
    }
    struct landlock_path_beneath_attr a = { .allowed_access = access & p->access, .parent_fd = fd };
    (void)syscall(SYS_landlock_add_rule, p->rules, LANDLOCK_RULE_PATH_BENEATH, &a, 0);
    close(fd);
}

/* A folder as it is, a device or a pipe likewise; of anything else the folder it stands in. */
static void place_around(const struct places *p, const char *path, uint64_t access)
{
    char folder[PATH_MAX];
    struct stat st;
    bool there = path != NULL && stat(path, &st) == 0;

    if (path == NULL) {
        return;
    }
    if (there && S_ISDIR(st.st_mode)) {
        place_open(p, path, A_FOLDER);
        return;
    }
    if (there && !S_ISREG(st.st_mode) && !S_ISSOCK(st.st_mode)) {
        place_open(p, path, access);
        return;
    }
    int n = snprintf(folder, sizeof folder, "%.*s", (int)strcspn(path, "%"), path); /* the time in a name begins there */
    char *slash = n > 0 && (size_t)n < sizeof folder ? strrchr(folder, '/') : NULL;
    if (slash == folder) { /* all there is is not given away for it: a file is made now, and granted alone */
        int fd = access == A_FILE ? open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0640) : -1;
        if (fd >= 0) {
            place_open(p, path, access);
            close(fd);
        }
        return;
    }
    if (slash != NULL) {
        *slash = '\0';
    }
    place_open(p, slash != NULL ? folder : ".", access);
}

/* Settings that name what is written, wherever below a section they are, beside outputs; relative names are below folders that are granted
 * anyway, but a socket's.  What is not listed here may be read only. */
static const struct written {
    const char *section, *keys;
    uint64_t access;
} written[] = {
    { "logging.outputs", "filename", A_FILE },
    { "datasets", "state save", A_FILE },
    { "unix-command", "filename", A_SOCKET },
};

static void places_below(const struct places *p, const struct conf_node *at, const struct written *w)
{
    for (const struct conf_node *n = at != NULL ? conf_first(at) : NULL; n != NULL; n = conf_next(n)) {
        const char *value = conf_value(n), *slash = value != NULL ? strchr(value, '/') : NULL;
        if (slash != NULL && (slash == value || w->access == A_SOCKET) && bytes_among(bytes_str(conf_name(n)), w->keys)) {
            place_around(p, value, w->access);
        }
        places_below(p, n, w); /* as deep as the settings' reader lets them be */
    }
}

static void place_dataset(void *places, const char *path) { place_around(places, path, A_FILE); }

/* A folder of ours is made where it is not there: what is wrong with it is told when it is opened. */
static void place_ours(const struct places *p, const char *path)
{
    struct err ignored;

    if (path != NULL) {
        (void)file_make_folder(path, &ignored);
        place_open(p, path, A_FOLDER);
    }
}

/* A folder of an output, or the one that its file stands in: names are below the log folder. */
static void place_output(const struct places *p, const char *log_dir, const char *name, bool folder)
{
    char path[PATH_MAX];
    int n = name[0] == '/' ? snprintf(path, sizeof path, "%s", name) : snprintf(path, sizeof path, "%s/%s", log_dir, name);

    if (n <= 0 || (size_t)n >= sizeof path) {
        return; /* who opens it tells */
    }
    if (folder) {
        place_ours(p, path);
    } else {
        place_around(p, path, A_FILE);
    }
}

static void places_outputs(const struct places *p, const struct engine_settings *of)
{
    const char *dir = of->log_dir != NULL ? of->log_dir : ".";
    const struct output_settings *o = &of->output;
    struct err ignored;

    if (o->n != 0 || o->files.on) {
        (void)file_make_folder(dir, &ignored);
    }
    for (unsigned i = 0; i < o->n; i++) {
        const struct sink_settings *sink = &o->sink[i];
        if (sink->kind == SINK_CAPTURE && sink->capture.dir != NULL) {
            place_output(p, dir, sink->capture.dir, true);
        } else if (sink->kind == SINK_CERTS || sink->type == SINK_FILE) {
            place_output(p, dir, sink->file, sink->kind == SINK_CERTS);
        }
    }
    if (o->files.on) {
        place_output(p, dir, o->files.dir, true);
    }
}

static void places_usual(struct places *p, const struct session *s)
{
    static const struct {
        const char *variable;
        uint64_t access;
    } given[] = { { "RUNTIME_DIRECTORY", A_SOCKET }, { "STATE_DIRECTORY", A_FOLDER }, { "LOGS_DIRECTORY", A_FOLDER }, { "CACHE_DIRECTORY", A_FOLDER },
                  { "XDG_RUNTIME_DIR", A_SOCKET } };
    const struct engine_settings *of = &s->settings;

    for (unsigned i = 0; i < ROWS(given); i++) {
        place_open(p, getenv(given[i].variable), given[i].access);
    }
    place_open(p, "/run/peccary", A_SOCKET);
    place_ours(p, of->log_dir != NULL ? of->log_dir : ".");
    place_ours(p, of->aware.on ? of->aware.dir : NULL);
    place_ours(p, of->recorder.on ? of->recorder.dir : NULL);
    place_open(p, of->detect.dataset.data_dir, A_FOLDER);
}

/* Whatever runs: devices that are files to all, and what settings and rules name. */
static void places_always(struct places *p, const struct session *s)
{
    static const char *const devices[] = { "/dev/null", "/dev/full", "/dev/shm" };

    for (unsigned i = 0; i < ROWS(devices); i++) {
        place_open(p, devices[i], A_FILE);
    }
    if (s->conf == NULL) {
        return;
    }
    if (s->args != NULL && argument_given(s->args, "D")) {
        place_around(p, conf_get(s->conf, "pid-file"), A_MARK);
    }
    place_ours(p, s->settings.detect.cache_dir);
    places_outputs(p, &s->settings);
    engine_datasets_written(&s->engine, place_dataset, p);
    for (unsigned i = 0; i < ROWS(written); i++) {
        places_below(p, conf_node(s->conf, written[i].section), &written[i]);
    }
}

/* Options of commands that name what is written, and no setting does. */
static void places_given(const struct places *p, const struct arguments *a)
{
    static const struct {
        const char *options;
        uint64_t access;
    } rows[] = { { "control", A_SOCKET }, { "pidfile create-pidfile", A_MARK }, { "each", A_FOLDER } };

    for (unsigned i = 0; a != NULL && i < a->n; i++) {
        const char *name = a->given[i].flag->name, *value = a->given[i].value;
        for (unsigned k = 0; name != NULL && value != NULL && value[0] != '\0' && k < ROWS(rows); k++) {
            if (!bytes_among(bytes_str(name), rows[k].options)) {
                continue;
            }
            if (rows[k].access == A_FOLDER) {
                place_ours(p, value);
            } else {
                place_around(p, value, rows[k].access);
            }
        }
    }
}

/* The ruleset that places are added to; none: this kernel cannot, which is said. */
static bool places_begin(struct places *p, struct session *s)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

    *p = (struct places){ .rules = -1 };
    if (version < 1) {
        log_say(&s->log, LOG_INFO, "this kernel has no Landlock: files are not confined");
        return true;
    }
    if (version < 2 && s->settings.output.files.on) {
        log_say(&s->log, LOG_INFO, "this kernel's Landlock lets no file be moved to another folder, as file-store does: files are not confined");
        return true;
    }
    p->access = CHANGES | (version >= 2 ? LANDLOCK_ACCESS_FS_REFER : 0) | (version >= 3 ? LANDLOCK_ACCESS_FS_TRUNCATE : 0);
    struct landlock_ruleset_attr a = { .handled_access_fs = p->access };
    p->rules = (int)syscall(SYS_landlock_create_ruleset, &a, sizeof a, 0);
    if (p->rules < 0) {
        return err_sys(&s->err, "confine: files");
    }
    places_always(p, s);
    return true;
}

static bool places_end(struct places *p, struct err *err)
{
    bool ok = p->rules < 0 || syscall(SYS_landlock_restrict_self, p->rules, 0) == 0 || err_sys(err, "confine: files");

    if (p->rules >= 0) {
        close(p->rules);
    }
    return ok;
}

static bool confine_files(struct session *s, const struct arguments *given)
{
    struct places p;

    if (!places_begin(&p, s)) {
        return false;
    }
    if (p.rules >= 0) {
        places_usual(&p, s);
        places_given(&p, given);
    }
    return places_end(&p, &s->err);
}

/* ---- all of it ---- */

/* Programs in the kernel come and go with these devices and settings only. */
static bool makes_programs(const struct session *s, const struct run *run)
{
    const struct device_settings *d = &s->settings.devices;
    bool at_devices = false;

    for (size_t i = 0; run != NULL && i < run->path_n; i++) {
        at_devices |= source_makes_programs(run->paths[i]);
    }
    return s->settings.live && (at_devices || d->gate_hosts || d->offload);
}

static bool wanted(struct session *s, bool *on)
{
    *on = true;
    if (s->conf == NULL) {
        return true;
    }
    return conf_bool(s->conf, "confine.enabled", on, &s->err);
}

bool confine(struct session *s, const struct arguments *given, bool files, const struct run *run)
{
    bool on;

    if (!wanted(s, &on)) {
        return false;
    }
    if (!on) {
        return true;
    }
    engine_prepare(&s->engine);
    return (!files || confine_files(s, given)) && confine_calls(&s->log, makes_programs(s, run), &s->err);
}

/* ---- capabilities ---- */

/* Those that devices are read with: tables of programs in the kernel, too, since hosts and flows come and go. */
static const unsigned for_devices[2] = { 1u << CAP_NET_RAW | 1u << CAP_NET_ADMIN | 1u << CAP_IPC_LOCK | 1u << CAP_SYS_NICE, 1u << (CAP_BPF - 32) };
/* A user's that may read and write what other users own. */
static const unsigned for_files[2] = { 1u << CAP_DAC_OVERRIDE | 1u << CAP_DAC_READ_SEARCH | 1u << CAP_FOWNER | 1u << CAP_SYS_NICE, 0 };

static bool keep(const unsigned kept[2], struct err *err)
{
    struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct data[2] = { { 0 } };
    /* Root goes on to read, and to read anew, what other users own. */
    const unsigned more[2] = { geteuid() == 0 ? 1u << CAP_DAC_READ_SEARCH : 0, 0 };

    if (syscall(SYS_capget, &head, data) != 0) {
        return err_sys(err, "capabilities");
    }
    for (unsigned i = 0; i < ROWS(data); i++) {
        data[i].effective = data[i].permitted = data[i].permitted & (kept[i] | more[i]); /* those it has had */
        data[i].inheritable = 0;
    }
    return syscall(SYS_capset, &head, data) == 0 || err_sys(err, "capabilities");
}

static bool no_more(struct err *err) { return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 || err_sys(err, "confine: no new privileges"); }

bool confine_become(struct session *s, bool live)
{
    struct run_as who;
    struct err *err = &s->err;
    bool on;

    if (!run_as_read(s->conf, &who, err) || !wanted(s, &on)) {
        return false;
    }
    if ((who.on && live && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0 && !err_sys(err, "keep capabilities")) || !run_as_become(&who, err)) {
        return false;
    }
    return (!on || no_more(err)) && ((!on && !(who.on && live)) || keep(live ? for_devices : for_files, err));
}

bool confine_rights(struct err *err) { return no_more(err) && keep(for_files, err); }

bool confine_once(struct session *s, const struct confine_once *w, const _Atomic bool *stop)
{
    struct places p;
    bool on;

    if (!wanted(s, &on)) {
        return false;
    }
    if (!on) {
        return true;
    }
    if (s->conf != NULL) {
        engine_prepare(&s->engine);
    }
    if (!no_more(&s->err) || !keep(w->devices ? for_devices : for_files, &s->err) || !places_begin(&p, s)) {
        return false;
    }
    for (unsigned i = 0; i < ROWS(w->folder) && p.rules >= 0; i++) {
        place_ours(&p, w->folder[i]);
    }
    if (p.rules >= 0) {
        place_open(&p, w->there, A_FOLDER);
        place_open(&p, w->around, LANDLOCK_ACCESS_FS_REMOVE_DIR);
        place_around(&p, w->file, A_FILE);
        place_around(&p, w->mark, A_MARK);
    }
    bool ok = places_end(&p, &s->err) && confine_calls(&s->log, w->devices, &s->err);
    if (stop != NULL) {
        interrupt_anew(stop);
    }
    return ok;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app/confine.h"

#include "base/file.h"
#include "base/poison.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- files: Landlock ---- */

#define CHANGES (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR | \
                 LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | \
                 LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM)

struct places {
    int rules;                   /* the Landlock ruleset */
    uint64_t access;
};

static void place_open(const struct places *p, const char *path)
{
    int fd = path != NULL && path[0] != '\0' && strcmp(path, "/") != 0 ? open(path, O_PATH | O_CLOEXEC) : -1;
    struct stat st;

    if (fd < 0) {
        return;
    }
    uint64_t access = fstat(fd, &st) == 0 && S_ISDIR(st.st_mode) ? p->access : p->access & LANDLOCK_ACCESS_FS_WRITE_FILE;
    struct landlock_path_beneath_attr a = { .allowed_access = access, .parent_fd = fd };
    (void)syscall(SYS_landlock_add_rule, p->rules, LANDLOCK_RULE_PATH_BENEATH, &a, 0);
    close(fd);
}

/* A folder as it is; of anything else the folder it stands in. */
static void place_around(const struct places *p, const char *path)
{
    char folder[PATH_MAX];
    struct stat st;

    int n = snprintf(folder, sizeof folder, "%s", path);
    if (n <= 0 || (size_t)n >= sizeof folder) {
        return;
    }
    if (stat(folder, &st) != 0 || !S_ISDIR(st.st_mode)) {
        char *slash = strrchr(folder, '/');
        if (slash == NULL || slash == folder) {
            return;
        }
        *slash = '\0';
    }
    place_open(p, folder);
}

/* Whatever the settings name by its whole path may be written to (state, sockets, logs of their own), but what is only read. */
static void places_of_settings(const struct places *p, const struct conf_node *at)
{
    static const char read_only[] = "rule-files default-rule-path classification-file reference-config-file threshold-file include vars "
                                    "reputation-files reputation-categories-file default-reputation-path geoip-database multi-detect firewall";

    for (const struct conf_node *n = conf_first(at); n != NULL; n = conf_next(n)) {
        if (bytes_among(bytes_str(conf_name(n)), read_only)) {
            continue;
        }
        if (conf_value(n) != NULL && conf_value(n)[0] == '/') {
            place_around(p, conf_value(n));
        }
        places_of_settings(p, n); /* as deep as the settings' reader lets them be */
    }
}

static void places_usual(const struct places *p, const struct session *s)
{
    static const char *const variables[] = { "RUNTIME_DIRECTORY", "STATE_DIRECTORY", "LOGS_DIRECTORY", "CACHE_DIRECTORY", "XDG_RUNTIME_DIR" };
    static const char *const fixed[] = { "/dev", "/run/peccary", "/sys/fs/bpf" };
    char here[PATH_MAX];

    for (unsigned i = 0; i < ROWS(variables); i++) {
        place_open(p, getenv(variables[i]));
    }
    for (unsigned i = 0; i < ROWS(fixed); i++) {
        place_open(p, fixed[i]);
    }
    place_open(p, s->settings.log_dir);
    place_open(p, s->settings.detect.cache_dir);
    place_open(p, getcwd(here, sizeof here));
}

static void places_given(const struct places *p, const struct arguments *a)
{
    for (unsigned i = 0; a != NULL && i < a->n; i++) {
        const char *name = a->given[i].flag->name;
        bool reads = name != NULL && bytes_among(bytes_str(name), "config rules list reload-at");
        if (!reads && a->given[i].value != NULL && a->given[i].value[0] == '/') {
            place_around(p, a->given[i].value);
        }
    }
}

static bool confine_files(struct session *s, const struct arguments *given, struct err *err)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    uint64_t access = CHANGES;
    struct err ignored;

    if (version < 1) {
        log_say(&s->log, LOG_INFO, "this kernel has no Landlock: files are not confined");
        return true;
    }
    if (version < 2 && s->settings.output.files.on) {
        log_say(&s->log, LOG_INFO, "this kernel's Landlock lets no file be moved to another folder, as file-store does: files are not confined");
        return true;
    }
#ifdef LANDLOCK_ACCESS_FS_REFER
    access |= version >= 2 ? LANDLOCK_ACCESS_FS_REFER : 0; /* without it no file may be moved to another folder, wherever that is */
#endif
#ifdef LANDLOCK_ACCESS_FS_TRUNCATE
    access |= version >= 3 ? LANDLOCK_ACCESS_FS_TRUNCATE : 0;
#endif
    struct landlock_ruleset_attr a = { .handled_access_fs = access | LANDLOCK_ACCESS_FS_EXECUTE };
    struct places p = { .rules = (int)syscall(SYS_landlock_create_ruleset, &a, sizeof a, 0), .access = access };
    if (p.rules < 0) {
        return err_sys(err, "confine: files");
    }
    (void)(s->settings.log_dir != NULL && file_make_folder(s->settings.log_dir, &ignored)); /* told when it is opened */
    (void)(s->settings.detect.cache_dir != NULL && file_make_folder(s->settings.detect.cache_dir, &ignored));
    places_usual(&p, s);
    places_of_settings(&p, conf_root(s->conf));
    places_given(&p, given);
    bool ok = syscall(SYS_landlock_restrict_self, p.rules, 0) == 0 || err_sys(err, "confine: files");
    close(p.rules);
    return ok;
}

/* ---- system calls: seccomp ---- */

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#ifdef ARCHITECTURE
/* What no sensor needs, and who has broken into one wants. */
static const uint16_t refused[] = {
    SYS_execve, SYS_execveat,
#ifndef BASE_POISON /* the search for leaks stops the threads by it, in builds with sanitizers */
    SYS_ptrace,
#endif
    SYS_process_vm_readv, SYS_process_vm_writev, SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot,
    SYS_kexec_load, SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_setns, SYS_unshare, SYS_add_key, SYS_request_key, SYS_keyctl, SYS_reboot,
    SYS_swapon, SYS_swapoff, SYS_acct, SYS_quotactl, SYS_personality, SYS_userfaultfd, SYS_open_by_handle_at, SYS_name_to_handle_at, SYS_settimeofday,
    SYS_clock_settime, SYS_sethostname, SYS_setdomainname, SYS_syslog, SYS_vhangup, SYS_mknodat, SYS_io_uring_setup,
#ifdef SYS_mknod
    SYS_mknod,
#endif
#ifdef SYS_iopl
    SYS_iopl, SYS_ioperm,
#endif
};

static bool confine_calls(struct session *s, struct err *err)
{
    struct sock_filter f[ROWS(refused) + 8];
    unsigned short n = 0;

    f[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
    f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
    f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS); /* calls by another numbering */
    f[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (unsigned i = 0; i < ROWS(refused); i++) {
        f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, refused[i], (uint8_t)(ROWS(refused) - i), 0);
    }
    f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
    const struct sock_fprog program = { n, f };
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) != 0) {
        if (errno == ENOSYS || errno == EINVAL) {
            log_say(&s->log, LOG_INFO, "this kernel has no seccomp: system calls are not confined");
            return true;
        }
        return err_sys(err, "confine: system calls");
    }
    return true;
}
#else
static bool confine_calls(struct session *s, struct err *err)
{
    (void)err;
    log_say(&s->log, LOG_INFO, "system calls are not confined on this kind of processor");
    return true;
}
#endif

bool confine(struct session *s, const struct arguments *given, bool files)
{
    struct err *err = &s->err;
    bool on = true;

    if (!conf_bool(s->conf, "confine.enabled", &on, err)) {
        return false;
    }
    conf_mark_used(s->conf, "confine.**");
    if (!on) {
        return true;
    }
    engine_prepare(&s->engine);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return err_sys(err, "confine: no new privileges");
    }
    return (!files || confine_files(s, given, err)) && confine_calls(s, err);
}

/* ---- capabilities over a change of user ---- */

bool confine_keep_live(struct err *err) { return prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0 || err_sys(err, "keep capabilities"); }

bool confine_take_live(struct err *err)
{
    static const unsigned kept[2] = { 1u << CAP_NET_RAW | 1u << CAP_NET_ADMIN | 1u << CAP_IPC_LOCK | 1u << CAP_SYS_NICE,
                                      1u << (CAP_BPF - 32) /* tables of programs in the kernel: hosts and flows come and go */ };
    struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct data[2] = { { 0 } };

    if (syscall(SYS_capget, &head, data) != 0) {
        return err_sys(err, "capabilities");
    }
    for (unsigned i = 0; i < ROWS(kept); i++) {
        data[i].effective = data[i].permitted = data[i].permitted & kept[i]; /* those it has had */
        data[i].inheritable = 0;
    }
    return syscall(SYS_capset, &head, data) == 0 || err_sys(err, "capabilities");
}

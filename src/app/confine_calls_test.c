/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which system calls are refused: each is tried in a child, before and after. */
#include "app/confine_calls.h"

#include "base/rows.h"
#include "tap.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* With arguments that no call does anything with. */
static const struct row {
    const char *name;
    long number, arg;
    int error;              /* after */
} rows[] = {
    { "execve", SYS_execve, 0, EPERM },
    { "mount", SYS_mount, 0, EPERM },
    { "setns: another namespace", SYS_setns, -1, EPERM },
    { "process_vm_readv: another's memory", SYS_process_vm_readv, -1, EPERM },
    { "perf_event_open", SYS_perf_event_open, 0, EPERM },
    { "clone into a namespace of users", SYS_clone, CLONE_NEWUSER | CLONE_FS | SIGCHLD, EPERM }, /* that with CLONE_FS is never possible */
    { "clone into one of networks", SYS_clone, CLONE_NEWNET | CLONE_SIGHAND | SIGCHLD, EPERM },
    { "bpf", SYS_bpf, -1, EPERM },
#ifdef SYS_clone3
    { "clone3, whose flags cannot be seen", SYS_clone3, 0, ENOSYS },
#endif
#ifdef SYS_kexec_file_load
    { "kexec_file_load", SYS_kexec_file_load, -1, EPERM },
#endif
#ifdef SYS_move_mount
    { "move_mount: mounts by the newer calls", SYS_move_mount, -1, EPERM },
    { "open_tree", SYS_open_tree, -1, EPERM },
    { "fsopen", SYS_fsopen, 0, EPERM },
    { "fsmount", SYS_fsmount, -1, EPERM },
#endif
#ifdef SYS_mount_setattr
    { "mount_setattr", SYS_mount_setattr, -1, EPERM },
#endif
#ifdef SYS_pidfd_getfd
    { "pidfd_getfd: another's descriptors", SYS_pidfd_getfd, -1, EPERM },
#endif
};

/* Nothing to do, and in the last place flags that process_vm_readv does not know: else it has done that nothing. */
static int tried(const struct row *r) { return syscall(r->number, r->arg, 0L, 0L, 0L, 0L, -1L) < 0 ? errno : 0; }

static void *nothing(void *ctx) { return ctx; }

static bool threads(void)
{
    pthread_t t;

    return pthread_create(&t, NULL, nothing, NULL) == 0 && pthread_join(t, NULL) == 0;
}

static bool processes(void)
{
    int status;
    pid_t p = fork();

    if (p == 0) {
        _exit(7);
    }
    return p > 0 && waitpid(p, &status, 0) == p && WIFEXITED(status) && WEXITSTATUS(status) == 7;
}

static bool confined(bool bpf)
{
    struct log log = { .to = stderr, .level = LOG_WARNING };
    struct err err;

    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && confine_calls(&log, bpf, &err);
}

/* In a child: how its number-th call goes. */
struct outcome {
    int before, after;
};
static struct outcome of(const struct row *r, bool bpf)
{
    struct outcome o = { -1, -1 };
    int ends[2];
    pid_t p = pipe(ends) == 0 ? fork() : -1;

    if (p == 0) {
        o.before = tried(r);
        o.after = confined(bpf) ? tried(r) : -1;
        _exit(write(ends[1], &o, sizeof o) == sizeof o ? 0 : 1);
    }
    if (p > 0) {
        (void)waitpid(p, NULL, 0);
        (void)!read(ends[0], &o, sizeof o);
    }
    return o;
}

/* How a child ends that does that. */
static int ended(void (*what)(void))
{
    int status = -1;
    pid_t p = fork();

    if (p == 0) {
        if (confined(false)) {
            what();
        }
        _exit(1);
    }
    (void)waitpid(p, &status, 0);
    return status;
}

static void goes_on(void) { _exit(threads() && processes() ? 0 : 2); }

#ifdef __x86_64__
static void by_other_numbers(void) { (void)syscall(0x40000000 + SYS_getpid); }
#endif

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0); /* children have nothing of it left to write */
    for (unsigned i = 0; i < ROWS(rows); i++) {
        struct outcome o = of(&rows[i], false);
        ok(o.before != 0, rows[i].name);
        is_int(o.after, rows[i].error, rows[i].name);
        ok(o.before != rows[i].error || geteuid() != 0 || rows[i].error == ENOSYS, rows[i].name); /* what it comes to by itself is another error */
    }
    const struct row bpf = { "", SYS_bpf, -1, 0 };
    struct outcome o = of(&bpf, true);
    is_int(o.after, o.before, "bpf where there is a gate");
    is_int(ended(goes_on), 0, "threads and children are made as ever");
#ifdef __x86_64__
    int status = ended(by_other_numbers);
    ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS, "x32's numbers end it");
#endif
    return done_testing();
}

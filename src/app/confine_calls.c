/* SPDX-License-Identifier: GPL-2.0-or-later */
/* confine_calls - system calls that are refused from here on: seccomp. */
#include "app/confine_calls.h"

#include "base/poison.h"
#include "base/rows.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#ifdef ARCHITECTURE
#define OTHER_NUMBERS 0x40000000u /* calls by x32's numbering, where there is one, are the same calls */
#define NAMESPACES (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)
#define REFUSE (SECCOMP_RET_ERRNO | EPERM)

/* What no sensor needs, and who has broken into one wants. */
static const uint16_t refused[] = {
    SYS_execve, SYS_execveat,
#ifndef BASE_POISON /* the search for leaks stops the threads by it, in builds with sanitizers */
    SYS_ptrace,
#endif
    SYS_process_vm_readv, SYS_process_vm_writev, SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot,
    SYS_kexec_load, SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_setns, SYS_unshare, SYS_add_key, SYS_request_key, SYS_keyctl, SYS_reboot,
    SYS_swapon, SYS_swapoff, SYS_acct, SYS_quotactl, SYS_personality, SYS_userfaultfd, SYS_open_by_handle_at, SYS_name_to_handle_at, SYS_settimeofday,
    SYS_clock_settime, SYS_sethostname, SYS_setdomainname, SYS_syslog, SYS_vhangup, SYS_mknodat, SYS_io_uring_setup, SYS_perf_event_open,
#ifdef SYS_mknod
    SYS_mknod,
#endif
#ifdef SYS_iopl
    SYS_iopl, SYS_ioperm,
#endif
#ifdef SYS_kexec_file_load
    SYS_kexec_file_load,
#endif
#ifdef SYS_move_mount
    SYS_move_mount, SYS_open_tree, SYS_fsopen, SYS_fsconfig, SYS_fsmount, SYS_fspick,
#endif
#ifdef SYS_pidfd_getfd
    SYS_pidfd_getfd,
#endif
#ifdef SYS_mount_setattr
    SYS_mount_setattr,
#endif
};

struct filter {
    struct sock_filter step[2 * ROWS(refused) + 24];
    unsigned short n;
};

static void put(struct filter *f, uint16_t code, uint32_t k, uint8_t is, uint8_t is_not) { f->step[f->n++] = (struct sock_filter){ code, is, is_not, k }; }

static void answer(struct filter *f, uint32_t how) { put(f, BPF_RET | BPF_K, how, 0, 0); }

/* One call gets one answer. */
static void of_call(struct filter *f, uint32_t number, uint32_t how)
{
    put(f, BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1);
    answer(f, how);
}

bool confine_calls(struct log *log, bool bpf, struct err *err)
{
    struct filter f = { .n = 0 };

    put(&f, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch), 0, 0);
    put(&f, BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
    answer(&f, SECCOMP_RET_KILL_PROCESS);
    put(&f, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
    put(&f, BPF_JMP | BPF_JGE | BPF_K, OTHER_NUMBERS, 0, 1);
    answer(&f, SECCOMP_RET_KILL_PROCESS);
#ifdef SYS_clone3
    of_call(&f, SYS_clone3, SECCOMP_RET_ERRNO | ENOSYS); /* its flags are out of sight here: libraries take clone then */
#endif
    for (unsigned i = 0; i < ROWS(refused); i++) {
        of_call(&f, refused[i], REFUSE);
    }
    if (!bpf) {
        of_call(&f, SYS_bpf, REFUSE);
    }
    put(&f, BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 1, 0);
    answer(&f, SECCOMP_RET_ALLOW);
    put(&f, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args), 0, 0); /* the lower half: both kinds of processors begin with it */
    put(&f, BPF_JMP | BPF_JSET | BPF_K, NAMESPACES, 0, 1);
    answer(&f, REFUSE);
    answer(&f, SECCOMP_RET_ALLOW);
    const struct sock_fprog program = { f.n, f.step };
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) != 0) {
        if (errno == ENOSYS || errno == EINVAL) {
            log_say(log, LOG_INFO, "this kernel has no seccomp: system calls are not confined");
            return true;
        }
        return err_sys(err, "confine: system calls");
    }
    return true;
}
#else
bool confine_calls(struct log *log, bool bpf, struct err *err)
{
    (void)bpf;
    (void)err;
    log_say(log, LOG_INFO, "system calls are not confined on this kind of processor");
    return true;
}
#endif

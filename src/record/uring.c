/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/uring.h"

#include "record/format.h"

#ifdef HAVE_LIBURING
#include <errno.h>
#include <liburing.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

struct uring {
    struct io_uring ring;
    unsigned busy;               /* a bit for each slot */
    bool dead;                   /* the kernel takes no more */
    const uint8_t *memory;
    size_t memory_n;             /* 0: it is not registered */
};

/* The library tells of these two in its header, and lacks them. */
static long control(const struct uring *u, unsigned what, const void *p, unsigned n)
{
    return syscall(SYS_io_uring_register, u->ring.ring_fd, what, p, n);
}

struct uring *uring_new(void)
{
    static const uint8_t wanted[] = { IORING_OP_WRITE, IORING_OP_WRITE_FIXED };
    struct io_uring_restriction allowed[] = {
        { .opcode = IORING_RESTRICTION_SQE_OP, .sqe_op = wanted[0] },
        { .opcode = IORING_RESTRICTION_SQE_OP, .sqe_op = wanted[1] },
        { .opcode = IORING_RESTRICTION_REGISTER_OP, .register_op = IORING_REGISTER_BUFFERS },
    };
    struct uring *u = calloc(1, sizeof *u);

    if (u == NULL || io_uring_queue_init(URING_DEPTH, &u->ring, IORING_SETUP_R_DISABLED) != 0) {
        free(u);
        return NULL;
    }
    if (control(u, IORING_REGISTER_RESTRICTIONS, allowed, sizeof allowed / sizeof *allowed) != 0 || control(u, IORING_REGISTER_ENABLE_RINGS, NULL, 0) != 0) {
        uring_free(u);
        return NULL;
    }
    return u;
}

void uring_free(struct uring *u)
{
    if (u != NULL) {
        io_uring_queue_exit(&u->ring);
        free(u);
    }
}

void uring_memory(struct uring *u, void *p, size_t n)
{
    const struct iovec all = { p, n };

    u->memory = p;
    u->memory_n = io_uring_register_buffers(&u->ring, &all, 1) == 0 ? n : 0; /* a limit on locked memory: each write names its own */
}

int uring_write(struct uring *u, int fd, const uint8_t *block, uint64_t offset)
{
    unsigned slot = 0;

    while (slot < URING_DEPTH && (u->busy >> slot & 1) != 0) {
        slot++;
    }
    struct io_uring_sqe *e = slot < URING_DEPTH && !u->dead ? io_uring_get_sqe(&u->ring) : NULL;
    if (e == NULL) {
        return -1;
    }
    if (u->memory_n != 0) {
        io_uring_prep_write_fixed(e, fd, block, RECORD_BLOCK, offset, 0);
    } else {
        io_uring_prep_write(e, fd, block, RECORD_BLOCK, offset);
    }
    io_uring_sqe_set_data64(e, slot);
    u->busy |= 1u << slot;
    while (io_uring_submit(&u->ring) == -EINTR) {
    }
    return (int)slot;
}

unsigned uring_flying(const struct uring *u) { return (unsigned)__builtin_popcount(u->busy); }

bool uring_wait(struct uring *u, unsigned *slot, int *done)
{
    struct io_uring_cqe *c = NULL;
    int r = -EINTR;

    while (u->busy != 0 && (r == -EINTR || r == -EAGAIN)) {
        unsigned left = io_uring_sq_ready(&u->ring); /* those that the kernel did not take */
        bool all = left >= uring_flying(u);
        int taken = left != 0 && !u->dead ? io_uring_submit(&u->ring) : 0;
        u->dead |= all && taken <= 0 && taken != -EINTR;
        if (u->dead && all) { /* nothing would ever be done: the caller writes them */
            *slot = (unsigned)__builtin_ctz(u->busy);
            *done = 0;
            u->busy &= u->busy - 1;
            return true;
        }
        r = taken == -EINTR ? taken : io_uring_wait_cqe(&u->ring, &c);
    }
    if (r != 0) {
        return false;
    }
    *slot = (unsigned)io_uring_cqe_get_data64(c) % URING_DEPTH;
    *done = c->res;
    u->busy &= ~(1u << *slot);
    io_uring_cqe_seen(&u->ring, c);
    return true;
}
#else
struct uring *uring_new(void) { return NULL; }
void uring_free(struct uring *u) { (void)u; }
void uring_memory(struct uring *u, void *p, size_t n)
{
    (void)u;
    (void)p;
    (void)n;
}
int uring_write(struct uring *u, int fd, const uint8_t *block, uint64_t offset)
{
    (void)u;
    (void)fd;
    (void)block;
    (void)offset;
    return -1;
}
unsigned uring_flying(const struct uring *u)
{
    (void)u;
    return 0;
}
bool uring_wait(struct uring *u, unsigned *slot, int *done)
{
    (void)u;
    (void)slot;
    (void)done;
    return false;
}
#endif

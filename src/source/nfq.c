/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Netfilter queues: the firewall's rules send packets here (iptables -j NFQUEUE, nft queue), and each waits for its verdict.
 *
 * "nfq:0" or "nfq:0-3": of several queues each worker has some; the firewall spreads packets among them by their addresses
 * (--queue-balance).  Packets come whole, segments still to be cut (GSO) too.  When this is too slow (the queue is full), the kernel
 * lets packets pass or drops them, by nfq.fail-open; when it has ended, by the firewall rule (--queue-bypass).  Dropped ones it counts.  Of
 * those that pass, it gives an id to those that find the queue's socket full: they are known by what is missing.  Those that find the
 * queue itself full leave no trace: that it was so is told.
 *
 * A worker that hangs would hold up what its queues have room for.  So a process stands in for each (nfq.fail-open): it has the same socket, and
 * when the worker gave no sign of life for guard.stall it lets all pass that waits, and makes the queues full, until the worker is there again.
 */
#include "base/clock.h"
#include "source/kind.h"

#ifdef HAVE_LIBMNL

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <linux/netlink.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    AT_ONCE = 64,             /* packets in a batch: the first waits for the last */
    QUEUES_MAX = 64,          /* of one worker */
    SLOT = 65536 + 1024,      /* a message: a packet and what is said of it */
    VERDICTS = 128 * 1024,    /* room for messages back */
    VERDICT_ROOM = 128,       /* of one, without bytes */
    CONFIG_ROOM = 256,
    LOOK_NS = 20000000,       /* between two looks whether a queue is full */
};
#define TABLE "/proc/net/netfilter/nfnetlink_queue"

/* What a verdict needs of a packet. */
struct waiting {
    uint32_t id, mark;
    uint16_t queue;
    bool passed;             /* it has one: the worker hung */
};

/* What a worker and the process that stands in for it tell each other. */
struct stand_in {
    _Atomic uint64_t beat;   /* ns, monotonic: the worker's last sign of life; 0: it has not begun */
    _Atomic bool open;       /* all passes: set by the one, taken back by the other */
    _Atomic bool end;
    _Atomic uint32_t last[QUEUES_MAX]; /* id of each queue's last packet that the worker took */
};

struct nfq {
    struct device base;
    struct mnl_socket *socket;
    const struct nfq_settings *set;
    struct kernel_queue {
        uint16_t number;
        uint32_t id, full, lost; /* as the kernel counted when it was last asked: its counters wrap */
        uint64_t entered;        /* packets that got an id */
    } queue[QUEUES_MAX];
    unsigned queue_n;
    _Atomic uint64_t answered;   /* verdicts that the kernel took */
    _Atomic uint64_t found_full; /* by the worker */
    uint64_t passed, told_full;  /* of these, in the source's counters */
    uint64_t looked;             /* ns, monotonic: when the worker looked last */
    bool behind;                 /* more may wait than this batch */
    struct stand_in *stand_in;   /* NULL: none */
    pid_t stand_in_pid;
    uint64_t stall;              /* ns */
    uint8_t *slots, *verdicts;
    struct mmsghdr got[AT_ONCE];
    struct iovec into[AT_ONCE];
    struct waiting waiting[AT_ONCE];
};

static struct nlmsghdr *message(void *room, unsigned type, uint16_t queue, uint16_t flags)
{
    struct nlmsghdr *h = mnl_nlmsg_put_header(room);

    h->nlmsg_type = (uint16_t)(NFNL_SUBSYS_QUEUE << 8 | type);
    h->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
    struct nfgenmsg *g = mnl_nlmsg_put_extra_header(h, sizeof(*g));
    g->nfgen_family = AF_UNSPEC;
    g->version = NFNETLINK_V0;
    g->res_id = htons(queue);
    return h;
}

/* Sends a request and waits for the kernel's word on it: before packets come. */
static bool asked(struct nfq *q, struct nlmsghdr *h, struct err *err)
{
    uint8_t answer[SLOT];

    if (mnl_socket_sendto(q->socket, h, h->nlmsg_len) < 0) {
        return err_sys(err, "ask the kernel");
    }
    for (;;) {
        ssize_t n = mnl_socket_recvfrom(q->socket, answer, sizeof(answer));
        const struct nlmsghdr *a = (const void *)answer;
        if (n < (ssize_t)sizeof(struct nlmsghdr)) {
            return err_sys(err, "ask the kernel");
        }
        if (a->nlmsg_type == NLMSG_ERROR) {
            errno = -((const struct nlmsgerr *)mnl_nlmsg_get_payload(a))->error;
            return errno == 0 || (errno == EPERM ? err_set(err, "not permitted: run as root, with CAP_NET_ADMIN, and in no other program's queue")
                                                 : err_sys(err, "queue"));
        }
    }
}

static bool queue_bind(struct nfq *q, uint16_t queue, struct err *err)
{
    uint8_t room[CONFIG_ROOM];
    struct nlmsghdr *h = message(room, NFQNL_MSG_CONFIG, queue, NLM_F_ACK);
    struct nfqnl_msg_config_cmd bind = { .command = NFQNL_CFG_CMD_BIND };
    uint32_t flags = NFQA_CFG_F_GSO | (q->set->fail_open ? NFQA_CFG_F_FAIL_OPEN : 0);

    mnl_attr_put(h, NFQA_CFG_CMD, sizeof(bind), &bind);
    if (!asked(q, h, err)) {
        return err_add(err, "queue %u", queue);
    }
    h = message(room, NFQNL_MSG_CONFIG, queue, NLM_F_ACK);
    mnl_attr_put_u32(h, NFQA_CFG_QUEUE_MAXLEN, htonl(q->set->length));
    mnl_attr_put_u32(h, NFQA_CFG_FLAGS, htonl(flags));
    mnl_attr_put_u32(h, NFQA_CFG_MASK, htonl(NFQA_CFG_F_GSO | NFQA_CFG_F_FAIL_OPEN));
    return asked(q, h, err) || err_add(err, "queue %u", queue);
}

/* NFQNL_COPY_PACKET: packets come from here on; NFQNL_COPY_NONE: none does. */
static bool queue_mode(struct nfq *q, uint16_t queue, uint8_t mode, struct err *err)
{
    uint8_t room[CONFIG_ROOM];
    struct nlmsghdr *h = message(room, NFQNL_MSG_CONFIG, queue, 0);
    struct nfqnl_msg_config_params whole = { .copy_range = htonl(0xffff), .copy_mode = mode };

    mnl_attr_put(h, NFQA_CFG_PARAMS, sizeof(whole), &whole);
    return mnl_socket_sendto(q->socket, h, h->nlmsg_len) >= 0 || err_sys(err, "queue %u", queue);
}

static struct kernel_queue *queue_of(struct nfq *q, unsigned number)
{
    for (unsigned i = 0; i < q->queue_n; i++) {
        if (q->queue[i].number == number) {
            return &q->queue[i];
        }
    }
    return NULL;
}

/* ---- while the worker hangs ---- */

static void length_set(const struct nfq *q, uint32_t length)
{
    uint8_t room[CONFIG_ROOM];

    for (unsigned i = 0; i < q->queue_n; i++) {
        struct nlmsghdr *h = message(room, NFQNL_MSG_CONFIG, q->queue[i].number, 0);
        mnl_attr_put_u32(h, NFQA_CFG_QUEUE_MAXLEN, htonl(length));
        (void)mnl_socket_sendto(q->socket, h, h->nlmsg_len);
    }
}

/* None gets in any more, then all that have a number go on: none of these is above the last that was taken by so many. */
static void all_pass(const struct nfq *q)
{
    enum { AHEAD = 1 << 29 };
    uint8_t room[CONFIG_ROOM];

    length_set(q, 0);
    for (unsigned i = 0; i < q->queue_n; i++) {
        struct nlmsghdr *h = message(room, NFQNL_MSG_VERDICT_BATCH, q->queue[i].number, 0);
        struct nfqnl_msg_verdict_hdr v = { .verdict = htonl(NF_ACCEPT), .id = htonl(atomic_load(&q->stand_in->last[i]) + AHEAD) };
        mnl_attr_put(h, NFQA_VERDICT_HDR, sizeof(v), &v);
        (void)mnl_socket_sendto(q->socket, h, h->nlmsg_len);
    }
}

/* The other process: nothing but its socket, no memory is asked for, it ends with the worker's. */
static void stand_by(const struct nfq *q, pid_t worker)
{
    enum { STEP_MS = 20 };
    struct stand_in *s = q->stand_in;
    unsigned fd = (unsigned)q->base.fd;
    sigset_t all;

    sigfillset(&all);
    (void)sigprocmask(SIG_SETMASK, &all, NULL);
    (void)prctl(PR_SET_NAME, "peccary-nfq");
    (void)(fd > 0 && close_range(0, fd - 1, 0));
    (void)close_range(fd + 1, ~0u, 0);
    while (!atomic_load(&s->end) && getppid() == worker) {
        uint64_t beat = atomic_load(&s->beat), now = clock_monotonic();
        if (beat != 0 && now > beat && now - beat > q->stall && !atomic_load(&s->open)) {
            all_pass(q);
            atomic_store(&s->open, true); /* not before: the worker makes room again when it sees this */
        }
        (void)poll(NULL, 0, STEP_MS);
    }
    (void)raise(SIGKILL); /* nothing of the worker's is undone here */
}

static bool stand_in_make(struct nfq *q, const struct device_settings *s, struct err *err)
{
    pid_t worker = getpid();
    void *page = mmap(NULL, sizeof(*q->stand_in), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (page == MAP_FAILED) {
        return err_sys(err, "memory for a process that stands in");
    }
    q->stand_in = page;
    q->stall = s->stall_ms * (CLOCK_SECOND / 1000);
    q->stand_in_pid = fork();
    if (q->stand_in_pid == 0) {
        stand_by(q, worker);
    }
    return q->stand_in_pid > 0 || err_sys(err, "a process that stands in");
}

static void stand_in_end(struct nfq *q)
{
    if (q->stand_in == NULL) {
        return;
    }
    atomic_store(&q->stand_in->end, true);
    if (q->stand_in_pid > 0) {
        (void)waitpid(q->stand_in_pid, NULL, 0);
    }
    (void)munmap(q->stand_in, sizeof(*q->stand_in));
    q->stand_in = NULL;
}

/* The worker is here: what still comes of the time when all passed has passed (true), until nothing of it is left and it waits for us again. */
static bool back(struct nfq *q, int came)
{
    struct stand_in *s = q->stand_in;

    if (s == NULL) {
        return false;
    }
    atomic_store(&s->beat, clock_monotonic());
    bool open = atomic_load(&s->open);
    if (open && came <= 0) {
        atomic_fetch_add_explicit(&q->found_full, 1, memory_order_relaxed);
        atomic_store(&s->open, false);
        length_set(q, q->set->length);
    }
    return open;
}

/* ---- packets ---- */

/* One message: a packet. */
static void take(struct nfq *q, struct batch *b, unsigned slot, size_t n, uint64_t now)
{
    const struct nlmsghdr *h = (const void *)(q->slots + (size_t)slot * SLOT);
    struct waiting *w = &q->waiting[b->n];
    struct bytes frame = bytes_none();
    uint32_t length = 0, info = 0;
    const struct nlattr *a;

    if (!mnl_nlmsg_ok(h, (int)n) || h->nlmsg_type != (NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_PACKET)) {
        return;
    }
    *w = (struct waiting){ .queue = ntohs(((const struct nfgenmsg *)mnl_nlmsg_get_payload(h))->res_id) };
    const uint8_t *end = mnl_nlmsg_get_payload_tail(h);
    for (a = mnl_nlmsg_get_payload_offset(h, sizeof(struct nfgenmsg)); mnl_attr_ok(a, (int)(end - (const uint8_t *)a)); a = mnl_attr_next(a)) {
        switch (mnl_attr_get_type(a)) {
        case NFQA_PACKET_HDR: w->id = ((const struct nfqnl_msg_packet_hdr *)mnl_attr_get_payload(a))->packet_id; break;
        case NFQA_MARK: w->mark = ntohl(mnl_attr_get_u32(a)); break;
        case NFQA_PAYLOAD: frame = bytes_of(mnl_attr_get_payload(a), mnl_attr_get_payload_len(a)); break;
        case NFQA_CAP_LEN: length = ntohl(mnl_attr_get_u32(a)); break;
        case NFQA_SKB_INFO: info = ntohl(mnl_attr_get_u32(a)); break;
        default: break;
        }
    }
    length = length > frame.n ? length : (uint32_t)frame.n;
    const struct kernel_queue *from = q->stand_in != NULL ? queue_of(q, w->queue) : NULL;
    if (from != NULL) {
        atomic_store_explicit(&q->stand_in->last[from - q->queue], ntohl(w->id), memory_order_relaxed);
    }
    struct packet *p = batch_add(b, ++*q->base.number, &(struct arrival){ frame, now, length, LINK_RAW, q->base.input });
    q->base.source->counter[SOURCE_TRUNCATED] += length > frame.n;
    p->unsummed = (info & NFQA_SKB_CSUMNOTREADY) != 0; /* a packet given back changed has its sums of us */
}

static void nfq_poll(struct device *d, struct batch *b, unsigned limit)
{
    struct nfq *q = (struct nfq *)d;
    unsigned most = limit < AT_ONCE ? limit : AT_ONCE;
    int n = recvmmsg(d->fd, q->got, most, MSG_DONTWAIT, NULL);
    uint64_t now = n > 0 ? clock_now() : 0;

    if (n < 0 && errno != EAGAIN && errno != EINTR) {
        d->source->counter[SOURCE_ERRORS]++;
    }
    bool passed = back(q, n);
    for (int i = 0; i < n; i++) {
        unsigned before = b->n;
        take(q, b, (unsigned)i, q->got[i].msg_len, now);
        q->waiting[before].passed = passed;
    }
    q->behind = n == (int)most || n >= (int)q->set->length;
}

static void send_verdicts(struct nfq *q, size_t n, unsigned packets)
{
    if (n > 0 && mnl_socket_sendto(q->socket, q->verdicts, n) < 0) {
        q->base.source->counter[SOURCE_ERRORS]++;
    } else {
        atomic_fetch_add_explicit(&q->answered, packets, memory_order_relaxed);
    }
}

/* What becomes of a packet that may go on: it goes, to the rules' begin, or to another queue. */
static uint32_t accepted(const struct nfq_settings *s)
{
    return s->mode == NFQ_REPEAT ? NF_REPEAT : s->mode == NFQ_ROUTE ? NF_QUEUE | s->route_queue << 16 : NF_ACCEPT;
}

/* What is to go back changed and came cut has no whole to go back as. */
static bool passes(const struct packet *p) { return p->verdict == VERDICT_PASS && !(p->rewritten && p->wire_len > p->frame.n); }

static size_t put_verdict(struct nfq *q, uint8_t *at, const struct packet *p, const struct waiting *w)
{
    const struct nfq_settings *s = q->set;
    bool pass = passes(p);
    struct nlmsghdr *h = message(at, NFQNL_MSG_VERDICT, w->queue, 0);
    struct nfqnl_msg_verdict_hdr v = { .verdict = htonl(pass ? accepted(s) : NF_DROP), .id = w->id };
    uint32_t mark = w->mark;

    mnl_attr_put(h, NFQA_VERDICT_HDR, sizeof(v), &v);
    if (s->mode == NFQ_REPEAT) {
        mark = (mark & ~s->repeat_mask) | (s->repeat_mark & s->repeat_mask);
    }
    if (p->bypassed && s->bypass_mask != 0) {
        mark = (mark & ~s->bypass_mask) | (s->bypass_mark & s->bypass_mask);
    }
    if (pass && mark != w->mark) {
        mnl_attr_put_u32(h, NFQA_MARK, htonl(mark));
    }
    if (pass && p->rewritten) {
        mnl_attr_put(h, NFQA_PAYLOAD, p->frame.n, p->frame.p);
    }
    return MNL_ALIGN(h->nlmsg_len);
}

/* The kernel's table, a queue a line; false: no more. */
struct kernel_row {
    unsigned number, waiting, full, lost, id; /* packets that have no verdict yet, dropped as it was full, dropped on the way to us, the last id */
};
static bool row_next(FILE *f, struct kernel_row *r)
{
    return f != NULL && fscanf(f, "%u %*u %u %*u %*u %u %u %u %*u", &r->number, &r->waiting, &r->full, &r->lost, &r->id) == 5;
}

/* What finds a queue full passes uncounted: so it is looked at often while we are behind, before verdicts make room. */
static void look(struct nfq *q)
{
    uint64_t now = q->set->fail_open && q->behind ? clock_monotonic() : 0;
    struct kernel_row r;

    if (now < q->looked + LOOK_NS) {
        return;
    }
    FILE *f = fopen(TABLE, "re");
    while (row_next(f, &r)) {
        if (queue_of(q, r.number) != NULL && r.waiting >= q->set->length) {
            atomic_fetch_add_explicit(&q->found_full, 1, memory_order_relaxed);
        }
    }
    if (f != NULL) {
        (void)fclose(f);
    }
    q->looked = now;
}

static void nfq_release(struct device *d, struct batch *b)
{
    struct nfq *q = (struct nfq *)d;
    size_t n = 0;
    unsigned first = 0;

    look(q);
    for (unsigned i = 0; i < b->n; i++) {
        const struct packet *p = &b->packet[i];
        if (q->waiting[i].passed) {
            d->source->counter[SOURCE_OPEN]++;
            continue;
        }
        if (n + VERDICT_ROOM + (p->rewritten ? p->frame.n : 0) > VERDICTS) {
            send_verdicts(q, n, i - first);
            n = 0;
            first = i;
        }
        n += put_verdict(q, q->verdicts + n, p, &q->waiting[i]);
        d->source->counter[passes(p) ? SOURCE_SENT : SOURCE_HELD]++;
    }
    send_verdicts(q, n, (unsigned)b->n - first);
}

/* A packet that has an id waits, got a verdict, or passed, as the socket had no room for it.  Asked in this order what was answered meanwhile
 * makes the last fewer, never more. */
static void count_passed(struct nfq *q, int64_t entered_not_waiting)
{
    int64_t passed = entered_not_waiting - (int64_t)atomic_load_explicit(&q->answered, memory_order_relaxed);

    if (passed > (int64_t)q->passed) {
        q->base.source->counter[SOURCE_PASSED] += (uint64_t)passed - q->passed;
        q->base.source->counter[SOURCE_RECEIVED] -= (uint64_t)passed - q->passed;
        q->passed = (uint64_t)passed;
    }
}

static void nfq_count(struct device *d)
{
    struct nfq *q = (struct nfq *)d;
    uint64_t *counter = d->source->counter;
    FILE *f = fopen(TABLE, "re");
    struct kernel_row r;
    int64_t entered = 0;
    unsigned rows = 0;

    while (row_next(f, &r)) {
        struct kernel_queue *k = queue_of(q, r.number);
        if (k == NULL) {
            continue;
        }
        uint32_t came = r.id - k->id, full = r.full - k->full, lost = r.lost - k->lost;
        counter[SOURCE_RECEIVED] += (uint64_t)came + full;
        device_dropped(d, (uint64_t)full + lost);
        counter[SOURCE_QUEUE_FULL] += q->set->fail_open && r.waiting >= q->set->length;
        k->id = r.id;
        k->full = r.full;
        k->lost = r.lost;
        k->entered += came;
        entered += (int64_t)k->entered - r.waiting;
        rows++;
    }
    if (f != NULL) {
        (void)fclose(f);
    }
    if (q->set->fail_open && rows == q->queue_n && !(q->stand_in != NULL && atomic_load(&q->stand_in->open))) { /* the worker is yet to count these */
        count_passed(q, entered);
    }
    uint64_t found = atomic_load_explicit(&q->found_full, memory_order_relaxed);
    counter[SOURCE_QUEUE_FULL] += found - q->told_full;
    q->told_full = found;
}

static uint64_t waiting(struct nfq *q)
{
    FILE *f = fopen(TABLE, "re");
    struct kernel_row r;
    uint64_t n = 0;

    while (row_next(f, &r)) {
        n += queue_of(q, r.number) != NULL ? r.waiting : 0;
    }
    if (f != NULL) {
        (void)fclose(f);
    }
    return n;
}

/* The queues go, and what waits in them is dropped with them: from then on the firewall's rule says what becomes of packets. */
static uint64_t nfq_rest(struct device *d)
{
    struct nfq *q = (struct nfq *)d;
    uint8_t room[CONFIG_ROOM];
    struct nfqnl_msg_config_cmd away = { .command = NFQNL_CFG_CMD_UNBIND };
    struct err ignored;

    stand_in_end(q);
    for (unsigned i = 0; i < q->queue_n; i++) { /* what has come is counted while nothing comes */
        (void)queue_mode(q, q->queue[i].number, NFQNL_COPY_NONE, &ignored);
    }
    nfq_count(d);
    uint64_t n = waiting(q);
    for (unsigned i = 0; i < q->queue_n; i++) {
        struct nlmsghdr *h = message(room, NFQNL_MSG_CONFIG, q->queue[i].number, 0);
        mnl_attr_put(h, NFQA_CFG_CMD, sizeof(away), &away);
        (void)mnl_socket_sendto(q->socket, h, h->nlmsg_len);
    }
    return n;
}

static void nfq_close(struct device *d)
{
    struct nfq *q = (struct nfq *)d;

    stand_in_end(q);
    if (q->socket != NULL) {
        (void)mnl_socket_close(q->socket); /* and with it the queues */
    }
    if (q->slots != NULL && q->slots != MAP_FAILED) {
        (void)munmap(q->slots, (size_t)AT_ONCE * SLOT);
    }
    free(q->verdicts);
    free(q);
}

/* One part of the list, "0" or "2-5"; *seen counts the queues of all parts, of which this worker has its share. */
static bool part_read(struct nfq *q, const char **at, unsigned *seen, const struct source_settings *s, struct err *err)
{
    char *end;
    unsigned long first = strtoul(*at, &end, 10), last = first;
    bool good = end != *at;

    if (good && *end == '-') {
        const char *second = end + 1;
        last = strtoul(second, &end, 10);
        good = end != second;
    }
    if (!good || (*end != '\0' && *end != ',') || last > UINT16_MAX || last < first) {
        return err_set(err, "queues are numbers, or the first and the last with a - between them; with commas several of these");
    }
    for (unsigned long i = first; i <= last; i++) {
        if ((*seen)++ % s->workers != s->worker) {
            continue;
        }
        if (q->queue_n == QUEUES_MAX) {
            return err_set(err, "more than %d queues for a worker", QUEUES_MAX);
        }
        q->queue[q->queue_n++].number = (uint16_t)i;
    }
    *at = *end == ',' ? end + 1 : NULL;
    return true;
}

/* "0", "2-5", "0,2-5,9" */
static bool queues_read(struct nfq *q, const char *name, const struct source_settings *s, struct err *err)
{
    unsigned seen = 0;

    while (name != NULL) {
        if (!part_read(q, &name, &seen, s, err)) {
            return false;
        }
    }
    return true;
}

static bool memory_make(struct nfq *q, struct err *err)
{
    q->verdicts = malloc(VERDICTS + VERDICT_ROOM);
    q->slots = mmap(NULL, (size_t)AT_ONCE * SLOT, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (q->slots == MAP_FAILED || q->verdicts == NULL) {
        return err_sys(err, "memory for packets");
    }
    for (unsigned i = 0; i < AT_ONCE; i++) {
        q->into[i] = (struct iovec){ q->slots + (size_t)i * SLOT, SLOT };
        q->got[i].msg_hdr = (struct msghdr){ .msg_iov = &q->into[i], .msg_iovlen = 1 };
    }
    return true;
}

static bool socket_make(struct nfq *q, const struct device_settings *s, struct err *err)
{
    int one = 1, room = s->ring_bytes < INT32_MAX ? (int)s->ring_bytes : INT32_MAX;

    q->socket = mnl_socket_open(NETLINK_NETFILTER);
    if (q->socket == NULL || mnl_socket_bind(q->socket, 0, MNL_SOCKET_AUTOPID) < 0) {
        return err_sys(err, "netlink");
    }
    q->base.fd = mnl_socket_get_fd(q->socket);
    (void)mnl_socket_setsockopt(q->socket, NETLINK_NO_ENOBUFS, &one, sizeof(one)); /* what is lost is counted by the queue */
    if (setsockopt(q->base.fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) != 0) {
        (void)setsockopt(q->base.fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
    }
    return true;
}

static struct device *nfq_open(const struct source_settings *s, const char *name, struct err *err)
{
    static const struct device_ops ops = { nfq_poll, nfq_release, nfq_close, nfq_count, .rest = nfq_rest };
    struct nfq *q = calloc(1, sizeof(*q));

    if (q == NULL) {
        (void)err_set(err, "not enough memory");
        return NULL;
    }
    q->base.ops = &ops;
    q->set = &s->devices->nfq;
    bool good = queues_read(q, name, s, err) && memory_make(q, err) && socket_make(q, s->devices, err);
    for (unsigned i = 0; good && i < q->queue_n; i++) {
        good = queue_bind(q, q->queue[i].number, err);
    }
    for (unsigned i = 0; good && i < q->queue_n; i++) {
        good = queue_mode(q, q->queue[i].number, NFQNL_COPY_PACKET, err);
    }
    good = good && (!q->set->fail_open || q->queue_n == 0 || stand_in_make(q, s->devices, err));
    if (!good) {
        nfq_close(&q->base);
        return NULL;
    }
    return &q->base;
}

#else

static struct device *nfq_open(const struct source_settings *s, const char *name, struct err *err)
{
    (void)s;
    (void)name;
    (void)err_set(err, "this program was built without libmnl");
    return NULL;
}

#endif

const struct source_kind source_nfq = { .name = "nfq", .help = "inline, N, N-M or a list of those: packets in the firewall's queues (iptables -j NFQUEUE, nft queue)",
    .holds = true, .open = nfq_open };

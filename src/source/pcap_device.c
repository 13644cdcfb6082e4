/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A device that libpcap reads: interfaces that are not Ethernet, usbmon, bluetooth, "any", and on what libpcap was built with.
 *
 * One worker reads it; frames are copied, since libpcap's are gone with its next call.
 */
#include "source/kind.h"

#include "source/capture.h"
#include "source/pcap_calls.h"
#include "source/socket.h"

#include <stdlib.h>
#include <string.h>

enum { COPIES = 8 << 20 /* bytes of a batch's frames */, WAIT_MS = 10 };

struct pcap_device {
    struct device base;
    struct pcap_calls call;
    pcap_t *pcap;
    uint8_t *copies;
    size_t used;
    struct batch *batch;      /* while a poll goes on */
    unsigned limit;
    uint16_t link;
    bool micro;               /* times are in microseconds */
    uint64_t came;            /* as they were counted last: packets that we got, and those that it or the card dropped, whose counter wraps */
    uint32_t dropped;
    const char *name;
    unsigned interface;       /* 0: it is none */
    bool gone;                /* it is, until one of that name is there */
};

static void take(u_char *arg, const struct pcap_pkthdr *h, const u_char *frame)
{
    struct pcap_device *p = (struct pcap_device *)(void *)arg;
    uint64_t ts = (uint64_t)h->ts.tv_sec * 1000000000u + (uint64_t)h->ts.tv_usec * (p->micro ? 1000 : 1);

    memcpy(p->copies + p->used, frame, h->caplen);
    batch_add(p->batch, ++*p->base.number, &(struct arrival){ bytes_of(p->copies + p->used, h->caplen), ts, h->len, p->link, p->base.input });
    p->used += h->caplen;
    p->base.source->counter[SOURCE_TRUNCATED] += h->caplen < h->len;
}

static void pcap_device_poll(struct device *d, struct batch *b, unsigned limit)
{
    struct pcap_device *p = (struct pcap_device *)d;
    unsigned fits = (COPIES - (unsigned)p->used) / CAPTURE_FRAME_MAX;
    int n = (int)(limit - b->n < fits ? limit - b->n : fits);

    p->batch = b;
    n = n > 0 && !p->gone ? p->call.dispatch(p->pcap, n, take, (u_char *)p) : 0;
    if (n < 0 && p->interface != 0 && if_nametoindex(p->name) != p->interface) {
        p->gone = true;
        d->fd = -1; /* it would wake us for ever */
    } else if (n < 0) {
        d->source->counter[SOURCE_ERRORS]++;
        d->ended = true;
        (void)err_set(&d->source->input[d->input].err, "%s: %s", d->source->input[d->input].path, p->call.geterr(p->pcap));
    }
}

static void pcap_device_release(struct device *d, struct batch *b)
{
    (void)b;
    ((struct pcap_device *)d)->used = 0;
}

static void pcap_device_count(struct device *d)
{
    struct pcap_device *p = (struct pcap_device *)d;
    struct pcap_stat s = { 0 };

    if (p->pcap != NULL && p->call.stats(p->pcap, &s) == 0) { /* since it was opened; what ps_recv holds differs: here, what we got and what it dropped */
        uint32_t all = s.ps_drop + s.ps_ifdrop, dropped = all - p->dropped;
        uint64_t came = d->source->input[d->input].packets;
        device_dropped(d, dropped);
        d->source->counter[SOURCE_RECEIVED] += came - p->came + dropped;
        p->came = came;
        p->dropped = all;
    }
}

static void pcap_device_stop(struct device *d)
{
    if (d->fd >= 0) {
        socket_stop(d->fd); /* where it is one of packets; libpcap's own filter would be asked of what is there already, too */
    }
}

static void count_one(u_char *arg, const struct pcap_pkthdr *h, const u_char *frame)
{
    (void)h;
    (void)frame;
    (*(uint64_t *)(void *)arg)++;
}

static uint64_t pcap_device_rest(struct device *d)
{
    enum { MOST = 1 << 20 /* of a device that could not be stopped */ };
    struct pcap_device *p = (struct pcap_device *)d;
    uint64_t n = 0;

    while (!p->gone && n < MOST && p->call.dispatch(p->pcap, BATCH_MAX, count_one, (u_char *)&n) > 0) {
    }
    d->source->counter[SOURCE_RECEIVED] += n;
    return n;
}

static void shut(struct pcap_device *p)
{
    if (p->pcap != NULL) {
        p->call.close(p->pcap);
    }
    p->pcap = NULL;
    p->base.fd = -1;
    p->dropped = 0;
}

static void pcap_device_close(struct device *d)
{
    struct pcap_device *p = (struct pcap_device *)d;

    shut(p);
    pcap_calls_close(&p->call);
    free(p->copies);
    free(p);
}

static bool filter(struct pcap_device *p, const char *expression, struct err *err)
{
    struct bpf_program program;

    if (expression == NULL) {
        return true;
    }
    bool ok = p->call.compile(p->pcap, &program, expression, 1, PCAP_NETMASK_UNKNOWN) == 0 && p->call.setfilter(p->pcap, &program) == 0;
    if (!ok) {
        return err_set(err, "filter \"%s\": %s", expression, p->call.geterr(p->pcap));
    }
    p->call.freecode(&program);
    return true;
}

/* On what shut ends. */
static bool start(struct pcap_device *p, const struct source_settings *s, struct err *err)
{
    char why[PCAP_ERRBUF_SIZE] = "";
    int room = s->devices->ring_bytes < INT32_MAX ? (int)s->devices->ring_bytes : INT32_MAX;

    p->interface = if_nametoindex(p->name);
    p->pcap = p->call.create(p->name, why);
    if (p->pcap == NULL) {
        return err_set(err, "%s", why);
    }
    (void)p->call.set_snaplen(p->pcap, (int)CAPTURE_FRAME_MAX);
    (void)p->call.set_promisc(p->pcap, s->devices->promiscuous);
    (void)p->call.set_timeout(p->pcap, WAIT_MS);
    (void)p->call.set_buffer_size(p->pcap, room);
    (void)p->call.set_tstamp_precision(p->pcap, PCAP_TSTAMP_PRECISION_NANO);
    int done = p->call.activate(p->pcap);
    if (done < 0) {
        return err_set(err, "%s", p->call.geterr(p->pcap)[0] != '\0' ? p->call.geterr(p->pcap) : p->call.statustostr(done));
    }
    p->micro = p->call.get_tstamp_precision(p->pcap) != PCAP_TSTAMP_PRECISION_NANO;
    p->link = (uint16_t)(p->call.datalink(p->pcap) == DLT_RAW ? LINK_RAW : p->call.datalink(p->pcap));
    p->base.fd = p->call.get_selectable_fd(p->pcap);
    return (p->call.setnonblock(p->pcap, 1, why) == 0 || err_set(err, "%s", why)) && filter(p, s->bpf, err);
}

static enum device_state pcap_device_look(struct device *d, struct err *err)
{
    struct pcap_device *p = (struct pcap_device *)d;

    if (!p->gone) {
        return DEVICE_WELL;
    }
    if (if_nametoindex(p->name) == 0) {
        return DEVICE_GONE;
    }
    pcap_device_count(d);
    shut(p);
    if (!start(p, d->settings, err)) {
        shut(p);
        return DEVICE_GONE;
    }
    p->gone = false;
    return DEVICE_AGAIN;
}

static struct device *pcap_device_open(const struct source_settings *s, const char *name, struct err *err)
{
    static const struct device_ops ops = { pcap_device_poll, pcap_device_release, pcap_device_close, pcap_device_count, NULL, pcap_device_look, pcap_device_stop, pcap_device_rest };
    struct pcap_device *p = calloc(1, sizeof(*p));

    if (p == NULL) {
        (void)err_set(err, "not enough memory");
        return NULL;
    }
    p->base.ops = &ops;
    p->base.fd = -1;
    p->name = name;
    if (!pcap_calls_open(&p->call, err) || ((p->copies = malloc(COPIES)) == NULL && !err_set(err, "not enough memory")) || !start(p, s, err)) {
        pcap_device_close(&p->base);
        return NULL;
    }
    return &p->base;
}

const struct source_kind source_pcap = { .name = "pcap", .help = "a device that libpcap reads (tcpdump -D lists them)",
    .one_reader = true, .open = pcap_device_open };

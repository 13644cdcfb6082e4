/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/filter.h"

#include "packet/packet.h"
#include "source/pcap_calls.h"

#include <stdlib.h>

#define PROGRAMS_MAX 16 /* link types in one run */

struct filter {
    struct pcap_calls pcap;
    char *expression;
    unsigned n;
    struct {
        uint16_t link;
        struct bpf_program program;
    } compiled[PROGRAMS_MAX];
};

/* libpcap knows raw IP by another number than files do; the other link types in use have one number. */
static int filter_link(uint16_t link)
{
    return link == LINK_RAW || link == LINK_RAW_BSD || link == LINK_RAW_OPENBSD ? DLT_RAW : link;
}

static bool filter_compile(struct filter *f, uint16_t link, struct err *err)
{
    pcap_t *dead = f->n < PROGRAMS_MAX ? f->pcap.open_dead(filter_link(link), (int)CAPTURE_FRAME_MAX) : NULL;

    if (dead == NULL) {
        return err_set(err, "filter \"%s\": too many link types", f->expression);
    }
    bool good = f->pcap.compile(dead, &f->compiled[f->n].program, f->expression, 1, PCAP_NETMASK_UNKNOWN) == 0;
    if (good) {
        f->compiled[f->n++].link = link;
    } else {
        (void)err_set(err, "filter \"%s\": %s", f->expression, f->pcap.geterr(dead));
    }
    f->pcap.close(dead);
    return good;
}

struct filter *filter_new(const char *expression, struct err *err)
{
    static const uint16_t common[] = { LINK_ETHERNET, LINK_RAW, LINK_IEEE802_11, LINK_SLL };
    struct filter *f = calloc(1, sizeof(*f));
    struct err last;

    if (f == NULL || (f->expression = strdup(expression)) == NULL) {
        free(f);
        (void)err_sys(err, "filter");
        return NULL;
    }
    if (!pcap_calls_open(&f->pcap, err)) {
        filter_free(f);
        return NULL;
    }
    for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++) {
        if (filter_compile(f, common[i], i == 0 ? err : &last)) {
            return f;
        }
    }
    filter_free(f);
    return NULL;
}

void filter_free(struct filter *f)
{
    if (f == NULL) {
        return;
    }
    for (unsigned i = 0; i < f->n; i++) {
        f->pcap.freecode(&f->compiled[i].program);
    }
    pcap_calls_close(&f->pcap);
    free(f->expression);
    free(f);
}

bool filter_wants(struct filter *f, const struct record *r, struct err *err)
{
    for (unsigned i = 0;; i++) {
        if (i == f->n && !filter_compile(f, r->link, err)) {
            return false;
        }
        if (f->compiled[i].link == r->link) {
            const struct bpf_insn *program = f->compiled[i].program.bf_insns;
            return f->pcap.run(program, r->frame.p, r->wire_len, (u_int)r->frame.n) != 0;
        }
    }
}

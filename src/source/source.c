/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/source.h"

#include "source/kind.h"
#include "source/live.h"

#include <stdlib.h>
#include <sys/mman.h>

const struct counter_row source_counters[] = {
#define COUNTER(id, name, kind, help) { name, help, kind },
#include "source/counters.list"
#undef COUNTER
};

#define AT(member) offsetof(struct device_settings, member)
const struct option_row device_options[] = {
    { "capture.ring", OPTION_BYTES, AT(ring_bytes), "32 MiB", NULL, 1 << 20, 1ull << 32, "bytes",
      "memory of each worker's packet ring of a device; full: the kernel drops, counted (capture.kernel_drops)" },
    { "capture.handover", OPTION_BYTES, AT(handover_bytes), "1 GiB", NULL, 64 << 20, 1ull << 36, "bytes",
      "watching with several workers: the rings by which each passes frames on to each other, 2 MiB or less apiece, are no larger together; full: counted (peccary.handover.ring_full)" },
    { "capture.block-timeout", OPTION_U32, AT(block_ms), "8", NULL, 1, 100, "ms", "the longest that a frame waits in a packet ring, watching" },
    { "capture.promiscuous", OPTION_BOOL, AT(promiscuous), "yes", NULL, 0, 0, NULL, "devices give frames that are for others, too" },
    { "capture.hardware-time", OPTION_BOOL, AT(hardware_time), "yes", NULL, 0, 0, NULL,
      "the network card's time stamps, where it makes them and they are near the system's clock" },
    { "capture.hardware-time-on", OPTION_BOOL, AT(hardware_time_on), "no", NULL, 0, 0, NULL,
      "cards of packet rings are told to stamp all frames that come, until the end; a card that cannot is told of" },
    { "guard.fail-open", OPTION_BOOL, AT(fail_open), "yes", NULL, 0, 0, NULL,
      "a bridge goes on, uninspected, when a worker hangs or the program was killed (until when: guard.stay-open); else traffic stops then" },
    { "guard.stall", OPTION_U32, AT(stall_ms), "250", NULL, 20, 60000, "ms", "a worker of a bridge or queue that gave no sign of life for so long hangs" },
    { "guard.normalise", OPTION_BOOL, AT(normalise), "yes", NULL, 0, 0, NULL,
      "nothing goes on that its target might take otherwise than it was looked at: urgent marks go, and so do bytes of sessions that do not take them, "
      "datagrams whose fragments contradict each other, frames with more tags or headers within each other than are read, IPv6 packets whose length an option is to say" },
    { "guard.min-ttl", OPTION_U32, AT(ttl_min), "0", NULL, 0, 255, "hops", "what lives shorter is dropped: as many as there are hops from here to the targets" },
    { "guard.drop-source-routes", OPTION_BOOL, AT(drop_routed), "yes", NULL, 0, 0, NULL, "IPv4 packets that say their own way (RFC 791: LSRR, SSRR) are dropped" },
    { "guard.stay-open", OPTION_BOOL, AT(stays_open), "no", NULL, 0, 0, NULL,
      "a bridge goes on, uninspected, when the program has ended in due form, until the next guard of its interfaces takes it over, or it is taken away "
      "from each of the two (tc filter del dev DEVICE ingress pref 49145)" },
    { "capture.offload", OPTION_BOOL, AT(offload), "no", NULL, 0, 0, NULL,
      "frames of flows that need no more inspection (bypass, stream.bypass, encryption-handling) are left to the kernel: a bridge's go straight on (XDP), "
      "but for a minute behind a frame with VLAN tags (peccary.capture.tagged), others are not given to us" },
    { "capture.xdp-mode", OPTION_ENUM, AT(xdp_mode), "auto", "auto generic native", 0, 0, NULL,
      "how programs for XDP are put on interfaces (xdp:, respond.xdp, capture.offload): by the driver where all have what it takes, by the system, by the driver" },
    { "capture.xdp-bind", OPTION_ENUM, AT(xdp_bind), "auto", "auto copy zero-copy", 0, 0, NULL,
      "XDP sockets: frames lie where the card put them if the driver can do that, are copied, or must not be copied" },
    { "nfq.mode", OPTION_ENUM, AT(nfq.mode), "accept", "accept repeat route", 0, 0, NULL,
      "what may go on is accepted, goes to the firewall's begin again (with repeat-mark), or to another queue (route-queue)" },
    { "nfq.repeat-mark", OPTION_U32, AT(nfq.repeat_mark), "1", NULL, 0, 0, NULL, "mark of packets that go to the begin again" },
    { "nfq.repeat-mask", OPTION_U32, AT(nfq.repeat_mask), "1", NULL, 0, 0, NULL, "its bits" },
    { "nfq.bypass-mark", OPTION_U32, AT(nfq.bypass_mark), "1", NULL, 0, 0, NULL, "mark of packets of flows that need no more inspection" },
    { "nfq.bypass-mask", OPTION_U32, AT(nfq.bypass_mask), "0", NULL, 0, 0, NULL, "its bits; 0: none is set" },
    { "nfq.route-queue", OPTION_U32, AT(nfq.route_queue), "2", NULL, 0, 65535, NULL, "the queue that packets go on to" },
    { "nfq.queue-length", OPTION_U32, AT(nfq.length), "8192", NULL, 16, 1000000, "packets", "packets that wait in a queue at most" },
    { "nfq.fail-open", OPTION_BOOL, AT(nfq.fail_open), "yes", NULL, 0, 0, NULL, "packets that find a queue full, or whose worker hangs (guard.stall), pass, uninspected (peccary.capture.queue_passed, peccary.capture.queue_full); else they are dropped, or wait" },
};
const unsigned device_option_n = ROWS(device_options);

struct source *source_open(const struct source_settings *s, struct err *err)
{
    return s->live ? source_open_live(s, err) : source_open_files(s, err);
}

void source_close(struct source *s)
{
    if (s != NULL) {
        s->ops->close(s);
    }
}

bool source_poll(struct source *s, struct batch *b) { return s->ops->poll(s, b); }
void source_release(struct source *s, struct batch *b) { s->ops->release(s, b); }
bool source_send(struct source *s, uint32_t input, struct bytes frame, bool onwards)
{
    return s->ops->send != NULL && s->ops->send(s, input, frame, onwards);
}

bool source_offload(struct source *s, uint32_t input, struct gate_flow *f) { return s->ops->offload != NULL && s->ops->offload(s, input, f); }

void source_offload_end(struct source *s, const struct gate_flow *f, struct gate_counts out[2])
{
    if (s->ops->offload_end != NULL) {
        s->ops->offload_end(s, f, out);
    }
}

const char *source_path(const struct source *s, uint32_t input) { return s->ops->name(s, input); }

const struct source_input *source_inputs(const struct source *s, size_t *n)
{
    *n = s->input_n;
    return s->input;
}

struct batch *batch_new(void)
{
    struct batch *b = calloc(1, sizeof(*b));

    if (b == NULL) {
        return NULL;
    }
    /* Room for the most views any frame may have; memory is only touched as views are used. */
    b->view_max = BATCH_MAX * VIEWS_MAX;
    b->views = mmap(NULL, b->view_max * sizeof(*b->views), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (b->views == MAP_FAILED) {
        free(b);
        return NULL;
    }
    return b;
}

void batch_free(struct batch *b)
{
    if (b != NULL) {
        (void)munmap(b->views, b->view_max * sizeof(*b->views));
        free(b);
    }
}

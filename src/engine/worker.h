/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * worker - one thread and everything it changes: the life of a packet from its source to its records.
 *
 * Open worker.c and read worker_batch, worker_view and worker_flow_end: that is the data path.  A worker is made and
 * freed by the engine; between, only its own thread touches it.  What it shares with others is read-only (ruleset, facts,
 * settings) or a type made for sharing (detect_shared, flow_expectations, ranges, turns, the event ring).
 */
#ifndef ENGINE_WORKER_H
#define ENGINE_WORKER_H

#include "aware/aware.h"
#include "detect/detect.h"
#include "engine/generation.h"
#include "engine/handover.h"
#include "engine/pcap_log.h"
#include "engine/recording.h"
#include "engine/settings.h"
#include "engine/summary.h"
#include "flow/defrag.h"
#include "respond/blocks.h"
#include "respond/respond.h"
#include "source/source.h"

enum worker_counter {
#define COUNTER(id, name, kind, help) id,
#include "engine/counters.list"
#undef COUNTER
#define DROP(id, name, counter, kind) WORKER_##id,
#include "packet/drops.list"
#undef DROP
    WORKER_COUNTER_N
};
extern const struct counter_row worker_counters[];

/* Live, the end of all workers. */
struct worker_parting {
    _Atomic unsigned at_work;         /* have not looked at all yet that had come before the stop */
    _Atomic uint64_t at;              /* ns, monotonic: from then on nothing more comes; 0: not yet */
    _Atomic unsigned reading;         /* may still pass something on */
};

struct worker_ask;
struct worker {
    unsigned index, workers;
    const struct engine_settings *settings;
    struct generations *generations;
    const struct generation *generation; /* of rules: where it stands */
    const struct ruleset *rules;      /* the generation's; NULL: none, or none that looks at anything */
    struct worker_tenant {            /* rules of tenants and what inspects with them; [0] is everybody else's */
        uint32_t id;
        const struct ruleset *rules;
        struct detect *detect;
    } *tenant;
    unsigned tenant_n;
    struct detect_shared *shared;
    uint64_t rules_from;              /* number of the packet at which the next generation is due */
    bool rules_late;                  /* the run began without rules, which are still to come: what passes is not inspected */
    const struct facts *facts;
    struct turns *turns;
    struct flow_expectations *expectations; /* of all workers */
    struct ranges *ranges;            /* of all workers; NULL: none */
    struct network *network;          /* of all workers; NULL: nothing of hosts is looked for */
    struct aware *aware;              /* of all workers; NULL: no map is kept */
    struct aware_tap *tap;            /* … this worker's way to it */
    struct source *source;
    struct batch *batch;
    struct handover *handover;        /* of all workers; NULL: all that comes here is looked at here */
    struct worker_parting *parting;   /* live: of all workers */
    uint8_t part;                     /* of that: worker.c */
    uint64_t part_since;              /* ns, monotonic: when this part began; 0: the stop has not been seen */
    struct decoder *decoder;          /* of frames that are decoded here alone; live of those that others passed on */
    struct decoder *common;           /* of frames that every worker decodes, worker 0's counts; live of those that came here */
    struct defrag *defrag;
    struct flow_table *flows;
    struct streams *streams;
    struct protos *protos;
    struct detect *detect;
    struct event_out out;
    struct respond *respond;
    struct blocks *blocks;            /* of all workers; NULL: no host is kept out */
    struct pcap_log *pcap_log;        /* NULL: no such output */
    struct recorder *recorder;        /* of all workers; NULL: nothing is recorded */
    struct recording *recording;
    struct file_store store;
    _Atomic uint64_t *file_ids;       /* of all workers */
    struct event_ring *ring;
    uint64_t now;                     /* ns; never runs backwards */
    uint64_t number;                  /* of the packet in turn */
    uint64_t ts;
    const char *capture;              /* file the packet in turn came from */
    uint64_t counter[WORKER_COUNTER_N];
    struct summary summary;
    bool failed;
    bool firewall_dropped;            /* the frame in turn, by the firewall */
    _Atomic(struct worker_ask *) ask; /* inside.h: what another thread asks; NULL: nothing */
    _Atomic bool ending, ended;       /* all is read, and its flows end; it does nothing any more */
    struct trace *trace;              /* NULL: nothing is followed */
    _Atomic uint64_t loops;           /* how often it came round */
};

/* worker_make.c: makes everything a worker owns; the source is opened by the caller.  False with err when memory is short. */
bool worker_init(struct worker *w, struct detect_shared *shared, struct err *err);
void worker_fini(struct worker *w);
/* After its run: what the memory caps took goes into its summary. */
void worker_caps(struct worker *w);
void worker_flow_end(void *ctx, struct flow *f); /* the table's sink */
/* worker_rules.c: takes the generation the run begins with; goes on to what is published and due. */
bool worker_rules_begin(struct worker *w); /* false: no memory */
void worker_rules_next(struct worker *w);
void worker_rules_fini(struct worker *w);
/* From here on w->rules and w->detect are those of that tenant's traffic. */
void worker_tenant_find(struct worker *w, uint32_t tenant);
static inline void worker_tenant(struct worker *w, uint32_t tenant)
{
    if (w->tenant_n > 1) {
        worker_tenant_find(w, tenant);
    }
}
/* Reads its source to the end (or until *stop), then ends all flows. */
void worker_run(struct worker *w, const _Atomic bool *stop);

#endif

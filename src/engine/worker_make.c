/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A worker's parts: made before its run, freed behind it. */
#include "engine/worker.h"

#include "engine/records.h"
#include "proto/protos_counters.h"

#include <stdlib.h>

/* Answers go by the device that the packet came in by. */
static bool worker_send(void *ctx, uint32_t input, struct bytes frame, bool onwards)
{
    struct worker *w = ctx;

    return source_send(w->source, input, frame, onwards);
}

bool worker_init(struct worker *w, struct detect_shared *shared, struct err *err)
{
    const struct engine_settings *s = w->settings;

    w->batch = batch_new();
    w->decoder = calloc(1, sizeof *w->decoder);
    w->common = calloc(1, sizeof *w->common);
    w->defrag = defrag_new(&s->defrag);
    w->ring = event_ring_new(s->ring_bytes, s->in_turns);
    if (w->batch == NULL || w->decoder == NULL || w->common == NULL || w->defrag == NULL || w->ring == NULL) {
        return err_set(err, "worker %u: not enough memory", w->index);
    }
    w->decoder->settings = w->common->settings = s->decode;
    event_out_init(&w->out, &s->event, w->ring);
    w->out.of_flow = record_of_flow;
    w->out.ctx = w;
    if (s->pcap_log.on && (w->pcap_log = pcap_log_new(&s->pcap_log, s->stream.depth, &w->out, w->index, err)) == NULL) {
        return err_add(err, "pcap-log");
    }
    if ((w->respond = respond_new(&s->respond, (struct respond_way){ w, worker_send })) == NULL) {
        return err_set(err, "worker %u: not enough memory", w->index);
    }
    w->flows = flow_table_new(&s->flow, (struct flow_sink){ w, worker_flow_end });
    if (w->flows != NULL) {
        flow_table_share(w->flows, w->expectations, w->index);
    }
    w->protos = w->flows != NULL ? protos_new(&w->generations->first->proto, w->flows, &w->streams) : NULL;
    if (w->protos != NULL) {
        protos_share(w->protos, w->ranges, w->index);
    }
    if (w->protos != NULL && s->proto.store.on) {
        w->store = (struct file_store){ .out = &w->out, .turns = w->turns, .worker = w->index, .ids = w->file_ids };
        protos_keep_files(w->protos, &w->store);
    }
    struct stream_settings stream = s->stream;
    stream.raw = false; /* until rules are there */
    w->streams = w->protos != NULL ? streams_new(&stream, w->flows, (struct stream_sink){ w->protos, proto_stream_data }) : NULL;
    w->shared = shared;
    if (w->streams == NULL || !worker_rules_begin(w)) {
        return err_set(err, "worker %u: not enough memory", w->index);
    }
    const struct detect_parts parts = { .flows = w->flows, .streams = w->streams, .protos = w->protos, .out = &w->out };
    return w->recorder == NULL || (w->recording = recording_new(w->recorder, w->index, &parts, err)) != NULL;
}

void worker_caps(struct worker *w)
{
    const uint64_t *flow = flow_table_counters(w->flows), *stream = streams_counters(w->streams), *app = protos_counters(w->protos);
    uint64_t *cap = w->summary.cap;

    cap[CAP_FLOWS] = flow[FLOW_GET_USED];
    cap[CAP_NO_FLOW] = flow[FLOW_MEMCAP];
    cap[CAP_SESSIONS] = stream[STREAM_COUNT_SSN_MEMCAP_DROP];
    cap[CAP_SEGMENTS] = stream[STREAM_COUNT_SEGMENT_MEMCAP_DROP];
    cap[CAP_APPS] = app[PROTO_CONN_REFUSED];
    cap[CAP_TXNS] = app[PROTO_TX_REFUSED];
    cap[CAP_DATAGRAMS] = w->index == 0 || !w->settings->in_turns ? defrag_counters(w->defrag)[DEFRAG_HARD_REUSE] : 0; /* every worker counts them all */
}

void worker_fini(struct worker *w)
{
    worker_rules_fini(w);
    if (w->flows != NULL) {
        flow_table_free(w->flows);
    }
    pcap_log_free(w->pcap_log);
    respond_free(w->respond);
    recording_free(w->recording);
    if (w->protos != NULL) {
        protos_free(w->protos);
    }
    if (w->streams != NULL) {
        streams_free(w->streams);
    }
    if (w->defrag != NULL) {
        defrag_free(w->defrag);
    }
    summary_fini(&w->summary);
    event_out_fini(&w->out);
    event_ring_free(w->ring);
    free(w->decoder);
    free(w->common);
    if (w->batch != NULL) {
        batch_free(w->batch);
    }
    if (w->source != NULL) {
        source_close(w->source);
    }
}

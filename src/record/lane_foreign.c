/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Captures that stay where they lie: a lane makes indexes of them, file after file, and copies nothing. */
#include "record/lane.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* What is told of the file, which must still be it when it is read. */
static bool file_tell(struct lane_foreign *f, const char *capture, struct err *err)
{
    struct stat st;

    if (capture == NULL || realpath(capture, f->path) == NULL || stat(f->path, &st) != 0) {
        return err_sys(err, "%s", capture != NULL ? capture : "-");
    }
    f->size = (uint64_t)st.st_size;
    f->time = (uint64_t)st.st_mtim.tv_sec * CLOCK_SECOND + (uint64_t)st.st_mtim.tv_nsec;
    return true;
}

static bool file_begin(struct record_lane *l, const struct packet *p, const char *capture, struct err *err)
{
    struct lane_foreign *f = &l->foreign;

    f->some = true;
    f->input = p->input;
    f->before = p->number - 1;
    f->overlaps = p->ts < f->newest;
    f->path[0] = '\0';
    return file_tell(f, capture, err);
}

static bool segment_make(struct record_lane *l, const struct packet *p, struct err *err)
{
    const struct recorder_settings *s = &l->recorder->settings;
    struct lane_foreign *f = &l->foreign;
    uint64_t bytes = f->size < s->segment_bytes ? f->size : s->segment_bytes;

    l->segment++;
    l->ledger = ledger_new(bytes + RECORD_BLOCK, s->sketches && !f->overlaps);
    l->sealing = calloc(1, sizeof *l->sealing);
    if (l->ledger == NULL || l->sealing == NULL) {
        ledger_free(l->ledger);
        free(l->sealing);
        l->ledger = NULL;
        l->sealing = NULL;
        l->segment--;
        return err_set(err, "recorder: not enough memory for an index");
    }
    segment_stem(l, p->ts);
    segment_about(l);
    sealing_begin(l);
    l->about.foreign = true;
    l->about.foreign_size = f->size;
    l->about.foreign_time = f->time;
    f->first = f->end = p->number - 1 - f->before;
    f->mark = f->mark_offset = 0;
    l->counter[RECORDER_SEGMENTS]++;
    return true;
}

bool foreign_segment(struct record_lane *l, const struct packet *p, const char *capture)
{
    struct lane_foreign *f = &l->foreign;
    bool other = !f->some || p->input != f->input;
    struct err err = { "" };

    if (l->ledger != NULL && (other || ledger_full(l->ledger) || l->ledger->bytes >= l->recorder->settings.segment_bytes)) {
        lane_seal(l);
    }
    bool good = !other || file_begin(l, p, capture, &err);
    f->newest = p->ts > f->newest ? p->ts : f->newest;
    if (l->ledger == NULL && good && !segment_retry(l)) {
        good = f->path[0] != '\0' && segment_make(l, p, &err);
    }
    if (err.text[0] != '\0') {
        recorder_fail(l->recorder, &err);
    }
    return l->ledger != NULL;
}

uint32_t foreign_count(struct record_lane *l, const struct record_frame *f)
{
    struct lane_foreign *at = &l->foreign;
    uint64_t ordinal = f->number - 1 - at->before;

    if (f->offset != 0 && (at->mark_offset == 0 || ordinal >= at->mark + RECORD_MARK)) {
        chain_varint(l->ledger, &l->ledger->marks, ordinal - at->mark);
        chain_varint(l->ledger, &l->ledger->marks, f->offset - at->mark_offset);
        at->mark = ordinal;
        at->mark_offset = f->offset;
    }
    at->end = ordinal + 1;
    return (uint32_t)ordinal;
}

void foreign_row(struct record_lane *l)
{
    struct ledger *g = l->ledger;
    const struct lane_foreign *f = &l->foreign;

    g->block[g->block_n++] = (struct block_row){ .ordinal = f->first, .number = f->before + f->first + 1, .first_ts = g->first_ts, .last_ts = g->last_ts,
                                                 .packets = (uint32_t)(f->end - f->first) };
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/lane.h"

#include "base/clock.h"
#include "base/file.h"

#include <stdlib.h>
#include <string.h>

const struct option_row recorder_options[] = {
    { "record.enabled", OPTION_BOOL, offsetof(struct recorder_settings, on), "no", NULL, 0, 0, NULL, "what is read is recorded, beside all else" },
    { "record.dir", OPTION_STRING, offsetof(struct recorder_settings, dir), "record", NULL, 0, 0, NULL, "folder of the record" },
    { "record.segment-size", OPTION_BYTES, offsetof(struct recorder_settings, segment_bytes), "512 MiB", NULL, 0, 0, "bytes",
      "of a segment, after which the next one begins; in whole MB" },
    { "record.budget", OPTION_BYTES, offsetof(struct recorder_settings, budget), "0", NULL, 0, 0, "bytes",
      "of all segments with their indexes: beyond it the ones worth least go; 0: no limit" },
    { "record.reserve", OPTION_BYTES, offsetof(struct recorder_settings, reserve), "1 GiB", NULL, 0, 0, "bytes", "left free on the record's disk" },
    { "record.age", OPTION_SECONDS, offsetof(struct recorder_settings, age), "0", NULL, 0, 0, "s", "older segments go; 0: none for their age" },
    { "record.blocks", OPTION_U32, offsetof(struct recorder_settings, blocks), "32", NULL, 4, 4096, "blocks", "of 1 MB, filled and not yet on the disk" },
    { "record.sketches", OPTION_BOOL, offsetof(struct recorder_settings, sketches), "yes", NULL, 0, 0, NULL,
      "content is sketched, so that hunts read only what can match" },
    { "record.direct", OPTION_BOOL, offsetof(struct recorder_settings, direct), "yes", NULL, 0, 0, NULL, "segments are written past the page cache" },
    { "record.cut-off", OPTION_BYTES, offsetof(struct recorder_settings, cutoff), "0", NULL, 0, 0, "bytes",
      "kept of a flow that did not alert; 0: all" },
};
const unsigned recorder_option_n = ROWS(recorder_options);

struct recorder *recorder_new(const struct recorder_settings *s, struct err *err)
{
    struct recorder *r = calloc(1, sizeof *r);

    if (r == NULL) {
        err_set(err, "recorder: not enough memory");
        return NULL;
    }
    r->settings = *s;
    r->settings.segment_bytes = s->segment_bytes < RECORD_BLOCK ? RECORD_BLOCK : s->segment_bytes;
    r->settings.app_n = s->app_n < INDEX_APP_MAX ? s->app_n : INDEX_APP_MAX;
    memcpy(r->app, s->apps, r->settings.app_n * sizeof *r->app); /* program text */
    r->settings.apps = r->app;
    r->run = clock_now();
    pthread_mutex_init(&r->lock, NULL);
    if (!file_make_folder(s->dir, err) || (r->disk = disk_new(s->blocks, s->wait, err)) == NULL) {
        pthread_mutex_destroy(&r->lock);
        free(r);
        return NULL;
    }
    return r;
}

void recorder_fail(struct recorder *r, const struct err *err)
{
    pthread_mutex_lock(&r->lock);
    if (!r->failed) { /* the first tells most */
        r->err = *err;
    }
    r->failed = true;
    pthread_mutex_unlock(&r->lock);
}

bool recorder_close(struct recorder *r, struct err *err)
{
    if (r == NULL) {
        return true;
    }
    disk_wait(r->disk);
    bool good = !r->failed;
    if (!good) {
        *err = r->err;
    }
    disk_free(r->disk);
    pthread_mutex_destroy(&r->lock);
    free(r);
    return good;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/lane.h"

#include "base/clock.h"
#include "base/file.h"
#include "record/recover.h"
#include "record/uring.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

const struct option_row recorder_options[] = {
    { "record.enabled", OPTION_BOOL, offsetof(struct recorder_settings, on), "no", NULL, 0, 0, NULL, "what is read is recorded, beside all else" },
    { "record.dir", OPTION_STRING, offsetof(struct recorder_settings, dir), "record", NULL, 0, 0, NULL, "folder of the record" },
    { "record.segment-size", OPTION_BYTES, offsetof(struct recorder_settings, segment_bytes), "512 MiB", NULL, 0, 0, "bytes",
      "of a segment, after which the next one begins; in whole MB; with a budget no more than half of that, all workers' together" },
    { "record.budget", OPTION_BYTES, offsetof(struct recorder_settings, budget), "0", NULL, 0, 0, "bytes",
      "of all segments with their indexes: beyond it the ones worth least go; 0: no limit" },
    { "record.reserve", OPTION_BYTES, offsetof(struct recorder_settings, reserve), "1 GiB", NULL, 0, 0, "bytes", "left free on the record's disk" },
    { "record.age", OPTION_SECONDS, offsetof(struct recorder_settings, age), "0", NULL, 0, 0, "s", "older segments go; 0: none for their age" },
    { "record.blocks", OPTION_U32, offsetof(struct recorder_settings, blocks), "32", NULL, 4, 4096, "blocks", "of 1 MB, filled and not yet on the disk" },
    { "record.sketches", OPTION_BOOL, offsetof(struct recorder_settings, sketches), "yes", NULL, 0, 0, NULL,
      "content is sketched, so that hunts read only what can match" },
    { "record.direct", OPTION_BOOL, offsetof(struct recorder_settings, direct), "yes", NULL, 0, 0, NULL, "segments are written past the page cache" },
    { "record.mode", OPTION_ENUM, offsetof(struct recorder_settings, mode), "all", "all economy alerts", 0, 0, NULL,
      "all of what is read; economy: of known protocols their first bytes (of encrypted ones fewer), all of unknown ones and of flows that alerted; alerts: flows that "
      "alerted, with what came before" },
    { "record.io-uring", OPTION_BOOL, offsetof(struct recorder_settings, uring), "yes", NULL, 0, 0, NULL, "several blocks are written at a time, where the kernel can" },
    { "record.pack", OPTION_ENUM, offsetof(struct recorder_settings, pack), "no", "no zstd", 0, 0, NULL, "segments are packed when they are sealed: NAME.pcapng.zst, which zstdcat makes pcapng of" },
    { "record.key-file", OPTION_STRING, offsetof(struct recorder_settings, key_file), NULL, NULL, 0, 0, NULL,
      "32 bytes: all that is recorded is encrypted before it reaches the disk (NAME.pcapng.enc), each segment with a key of its own, wrapped by this one (NAME.key)" },
    { "record.cut-off", OPTION_BYTES, offsetof(struct recorder_settings, cutoff), "0", NULL, 0, 0, "bytes",
      "kept of a flow that did not alert, when its protocol is known; 0: all, or with economy 1 MiB" },
    { "record.cut-offs.unknown", OPTION_BYTES, offsetof(struct recorder_settings, cutoff_unknown), "0", NULL, 0, 0, "bytes",
      "the same while the protocol is not known; record.cut-offs.NAME: of a protocol" },
    { "record.before", OPTION_BYTES, offsetof(struct recorder_settings, before), "64 MiB", NULL, 0, 0, "bytes",
      "of memory, all workers together: with alerts, economy or a cut-off what came before an alert is kept, as far as it reaches; live it is shared (/dev/shm), so that what waits in it can be found; 0: none" },
    { "record.before-time", OPTION_SECONDS, offsetof(struct recorder_settings, before_time), "10", NULL, 0, 0, "s", "the same in time" },
    { "hunt.on-update.days", OPTION_U32, offsetof(struct recorder_settings, hunt_days), "0", NULL, 0, 36500, "days",
      "of the record that rules are hunted over when a reload brings them new or changed, at idle priority; what is found goes to eve.json of the log folder; 0: none" },
    { "hunt.on-update.cpu", OPTION_U32, offsetof(struct recorder_settings, hunt_cpu), "25", NULL, 1, 100, "percent", "of a processor that such a hunt may take" },
    { "hunt.on-update.read", OPTION_BYTES, offsetof(struct recorder_settings, hunt_read), "100 MiB", NULL, 0, 0, "bytes", "that such a hunt may read from the disk in a second; 0: no limit" },
};
const unsigned recorder_option_n = ROWS(recorder_options);

/* What a recorder before this one left open. */
static void recover_run(void *ctx)
{
    struct recorder *r = ctx;
    struct recovered done;
    struct err err;

    waiting_sweep();
    if (!recover_all(r->settings.dir, (r->how & PACK_SEALED) != 0 ? r->key : NULL, false, &done, &err)) {
        recorder_fail(r, &err);
    }
    if (done.missing != 0 && r->settings.warn != NULL) { /* nothing of this one fails */
        (void)err_set(&err, "%s: %llu segments are missing, and were not deleted by the recorder", r->settings.dir, (unsigned long long)done.missing);
        r->settings.warn(r->settings.say_ctx, &err);
    }
}

static void again_run(void *ctx)
{
    struct recorder *r = ctx;
    struct recovered done;
    struct err err;

    if (atomic_exchange(&r->left, false) && !recover_all(r->settings.dir, (r->how & PACK_SEALED) != 0 ? r->key : NULL, false, &done, &err)) {
        atomic_store(&r->left, true);
        recorder_fail(r, &err);
    }
}

void recorder_again(struct recorder *r) { disk_later(r->disk, again_run, r); }

/* Sensors may share a record; two that look at the same traffic are a mistake mostly.  Where a file system has no such locks nothing is known. */
static void folder_lock(struct recorder *r)
{
    struct err err;

    r->folder = r->settings.wait ? -1 : open(r->settings.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (r->folder >= 0 && flock(r->folder, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK && r->settings.warn != NULL) {
        (void)err_set(&err, "%s: another sensor records into it: what both see is found twice, and each keeps all of it within its own budget and age", r->settings.dir);
        r->settings.warn(r->settings.say_ctx, &err);
    }
}

void recorder_prepare(struct recorder_settings *s)
{
    if (s->on && s->uring && s->ring == NULL) {
        s->ring = uring_new();
    }
}

void recorder_unprepare(struct recorder_settings *s)
{
    uring_free(s->ring);
    s->ring = NULL;
}

struct recorder *recorder_new(const struct recorder_settings *s, struct err *err)
{
    struct recorder *r = calloc(1, sizeof *r);

    if (r == NULL) {
        err_set(err, "recorder: not enough memory");
        return NULL;
    }
    r->settings = *s;
    r->settings.segment_bytes = s->segment_bytes < RECORD_BLOCK ? RECORD_BLOCK : s->segment_bytes;
    r->settings.app_n = s->app_n < RECORD_APPS_MAX ? s->app_n : RECORD_APPS_MAX;
    memcpy(r->app, s->apps, r->settings.app_n * sizeof *r->app); /* program text */
    r->settings.apps = r->app;
    r->run = clock_now();
    r->how = (s->pack != 0 ? PACK_ZSTD : 0u) | (s->key_file != NULL && s->key_file[0] != '\0' ? PACK_SEALED : 0u);
    bool packs = (pack_can(r->how) || err_set(err, "record.pack: zstd is not built in")) && ((r->how & PACK_SEALED) == 0 || pack_key_read(s->key_file, r->key, err));
    if (!packs) {
        uring_free(s->ring);
        free(r);
        return NULL;
    }
    pthread_mutex_init(&r->lock, NULL);
    if (!file_make_folder(s->dir, err) || (r->disk = disk_new(s->blocks, s->wait, s->ring, err)) == NULL) {
        pthread_mutex_destroy(&r->lock);
        free(r);
        return NULL;
    }
    folder_lock(r);
    disk_later(r->disk, recover_run, r);
    return r;
}

void recorder_fail(struct recorder *r, const struct err *err)
{
    enum { AGAIN = 60 /* s */ };
    uint64_t now = clock_monotonic();

    pthread_mutex_lock(&r->lock);
    bool tell = r->said == 0 || now - r->said > AGAIN * (uint64_t)CLOCK_SECOND;
    r->said = tell ? now : r->said;
    if (!r->failed) { /* the first tells most */
        r->err = *err;
    }
    r->failed = true;
    pthread_mutex_unlock(&r->lock);
    if (tell && r->settings.say != NULL) {
        r->settings.say(r->settings.say_ctx, err);
    }
}

bool recorder_close(struct recorder *r, struct err *err)
{
    if (r == NULL) {
        return true;
    }
    recorder_budget(r); /* what the lanes wrote since a segment last began */
    disk_wait(r->disk);
    bool good = !r->failed;
    if (!good) {
        *err = r->err;
    }
    disk_free(r->disk);
    if (r->folder >= 0) {
        close(r->folder);
    }
    pthread_mutex_destroy(&r->lock);
    explicit_bzero(r->key, sizeof r->key);
    free(r);
    return good;
}

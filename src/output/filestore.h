/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filestore - the sink that keeps files seen in traffic, in the layout of Suricata's file-store version 2.
 *
 * A file grows as DIR/tmp/file.ID and is called DIR/xx/SHA256 once it is whole (xx: the hash's first byte); one that was there
 * already gets the present time.  Its record, when wanted, stands beside it as SHA256.SECONDS.ID.json.  What fails is counted
 * and reported once; it is never fatal.  Used by the thread that owns the output.
 */
#ifndef OUTPUT_FILESTORE_H
#define OUTPUT_FILESTORE_H

#include "base/err.h"
#include "base/log.h"
#include "base/rows.h"
#include "event/event.h"

struct filestore_settings {
    bool on;
    const char *dir;        /* within the log folder, or absolute */
    uint32_t max_open;      /* descriptors kept between writes */
};

enum filestore_counter {
#define COUNTER(id, name, kind, help) id,
#include "output/filestore.list"
#undef COUNTER
    FILESTORE_COUNTER_N
};
extern const struct counter_row filestore_counters[];

struct filestore;
struct filestore *filestore_open(const struct filestore_settings *s, const char *log_dir, struct log *log, struct err *err);
void filestore_take(struct filestore *s, struct bytes event);  /* a struct store_event and its bytes */
const uint64_t *filestore_values(const struct filestore *s);
void filestore_close(struct filestore *s);                     /* what never became whole is removed */

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * store - a worker's side of file extraction: what of a file's bytes goes to the sink that keeps files, and when.
 *
 * A file that is wanted goes out as its bytes come.  One that a rule may still ask for waits in memory, up to a cap; what is
 * beyond goes out as well and is thrown away by the sink when nobody asks.  Everything goes through the worker's ring as
 * `struct store_event`; the sink (output/filestore.c) writes the disk.  Worker's thread.
 */
#ifndef FILE_STORE_H
#define FILE_STORE_H

#include "base/turn.h"
#include "event/event.h"
#include "file/file.h"

struct file_store_settings {
    bool on;
    bool force;                 /* every file */
    bool fileinfo;              /* a record beside each stored file */
    bool depth_set;             /* stream.reassembly.depth is another one for flows with a file to store */
    uint64_t depth;             /* bytes a direction, 0: no limit */
};

struct file_store {
    struct event_out *out;
    struct pages *pages;        /* borrowed; files that wait */
    struct turns *turns;
    unsigned worker;
    _Atomic uint64_t *ids;      /* of all workers */
};

enum file_fate { FILE_NOT_STORED, FILE_MAY_BE_STORED, FILE_TO_STORE };

void store_begin(struct file_store *s, struct file *f, enum file_fate fate);
void store_want(struct file_store *s, struct file *f);        /* a rule asked; at most once counts */
void store_data(struct file_store *s, struct file *f, struct bytes chunk);
/* The file is closed and nobody will ask for it any more; meta: its record, or empty.  f->stored tells what became of it. */
void store_end(struct file_store *s, struct file *f);
void store_done(struct file_store *s, struct file *f, uint64_t ts, struct bytes meta);
void store_fini(struct file_store *s, struct file *f);        /* also when it was never ended */

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* export - frames as a pcapng stream into a descriptor, which stays the caller's. */
#ifndef RECORD_EXPORT_H
#define RECORD_EXPORT_H

#include "record/block.h"

struct pcapng_out;
struct pcapng_out *pcapng_out_new(int fd);  /* NULL: no memory */
bool pcapng_out_frame(struct pcapng_out *o, const struct record_frame *f); /* false: errno tells */
bool pcapng_out_free(struct pcapng_out *o); /* writes what is left; false: it could not */

#endif

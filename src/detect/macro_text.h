/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * macro_text - the source of VBA macros within documents, for Snort 3's vba_data: out of compound files (MS-CFB), by
 * themselves or within a zipped document (vbaProject.bin), unpacked as MS-OVBA 2.4.1 says.
 *
 * Works on what is there of a file, into an arena; sectors, streams and output are capped.  detect/ only.
 */
#ifndef DETECT_MACRO_TEXT_H
#define DETECT_MACRO_TEXT_H

#include "base/arena.h"

/* False: no macros are found. */
bool macro_text(struct arena *a, struct bytes in, struct bytes *out);
/* One compressed container (MS-OVBA 2.4.1.1.1), as far as it is there and right. */
void macro_unpack(struct bytes in, struct arena_text *out);

#endif

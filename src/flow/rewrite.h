/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rewrite - inline: bytes of a packet are replaced by those that were inspected in their place.
 *
 * One per worker, that worker's thread.  A packet that is rewritten gets a copy of its frame (or of the datagram it stands in): the
 * source's memory may be others' too.  Its views, and packet.frame, name the copy from then on; it lives until rewrites_done, which
 * comes after source_release.  Checksums over the bytes are made right.
 */
#ifndef FLOW_REWRITE_H
#define FLOW_REWRITE_H

#include "base/arena.h"
#include "packet/packet.h"

struct rewrites;
struct rewrites *rewrites_new(size_t cap); /* bytes of copies at a time; NULL: no memory */
void rewrites_free(struct rewrites *w);
/* v's payload from `at` on becomes `with`, as far as it reaches; v is being worked on.  False: the frame does not go on so; there was no
 * room for the copy, or v stands in a datagram whose first fragments have gone on already. */
bool rewrite_payload(struct rewrites *w, struct view *v, size_t at, struct bytes with);
/* v, a TCP packet, goes on without an urgent pointer.  False: as above. */
bool rewrite_urgent(struct rewrites *w, struct view *v);
void rewrites_done(struct rewrites *w);

#endif

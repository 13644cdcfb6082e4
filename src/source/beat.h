/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * beat - a bridge fails open: while its workers give no sign of life, the kernel itself hands frames on.
 *
 * A small program on the interface that frames come in by looks at a page of memory where each worker notes the time; is one of
 * them older than `stall`, it sends a copy of each frame out by the other interface.  So traffic goes on, uninspected, when a
 * worker hangs or the process was killed, from `stall` later on.  A worker that comes back leaves alone what the kernel has handed on:
 * both judge by when a frame came.  At a proper end the program is taken away, unless it is to stay.
 *
 * A beat is made once, before there are threads; each worker writes its own place in it.
 */
#ifndef SOURCE_BEAT_H
#define SOURCE_BEAT_H

#include "base/err.h"

#include <stdint.h>

struct beat;
struct beat_settings {
    const char *in, *out;   /* interfaces */
    unsigned workers;
    uint64_t stall;         /* ns */
    const bool *stays;      /* at the end; it may change until then */
};
/* What a killed guard left there is replaced between two frames, by what goes on handing them on until all workers have given their first sign
 * of life, and stops at a moment that both know: none is lost meanwhile, or goes on twice, also if this guard is killed before. */
struct beat *beat_new(const struct beat_settings *s, struct err *err);
void beat_free(struct beat *b);
/* An interface was made again: what hands frames on is put there again.  One thread at a time. */
bool beat_renew(struct beat *b, struct err *err);
/* Somebody may have taken away what hands frames on.  It is asked for by any thread but the workers', since the kernel answers when nobody changes
 * its network settings, and put there again by the thread of beat_renew, or cannot be for now. */
void beat_ask(struct beat *b);
enum beat_state { BEAT_THERE, BEAT_AGAIN, BEAT_GONE } beat_look(struct beat *b);
/* At that moment (ns, monotonic, a little ahead) all workers end their part, until which they beat: if that is to stay, the kernel hands frames
 * on from exactly then. */
void beat_leave(struct beat *b, uint64_t when);
/* Behind it, else nobody does any more.  The thread of beat_renew. */
void beat_end(struct beat *b);
/* Takes away what an earlier run left at an interface: it would hand frames on past whoever is not its beat.  False: it is still there. */
bool beat_clear(const char *in, struct err *err);
/* Is there one at an interface, of whatever run? */
bool beat_there(unsigned index);
/* What a worker knows of a beat; zeroed at first. */
struct pulse {
    struct beat *beat;      /* NULL: none */
    unsigned worker;
    uint64_t last;          /* ns, monotonic: its last sign */
};
/* A sign of life, now.  Call it after frames were taken and before they are looked at. */
void pulse_beat(struct pulse *p, uint64_t now);
/* Had the kernel handed on a frame that came then? */
bool pulse_handed(const struct pulse *p, uint64_t came);

#endif

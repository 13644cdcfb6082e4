/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unset - locals that are filled at once.
 *
 * The build clears every local (-ftrivial-auto-var-init=zero); of a large one on a path that runs for each packet this costs more
 * than the work.  A name that stands behind UNSET is written before it is read.
 */
#ifndef BASE_UNSET_H
#define BASE_UNSET_H

#define UNSET __attribute__((uninitialized))

#endif

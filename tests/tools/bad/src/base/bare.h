/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_BARE_H // lint: paragraph
#define BASE_BARE_H
#include "event/event.h" // deps
void bare(void);
#endif

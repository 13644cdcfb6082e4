/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * files - rules about files that store what matched.
 *
 * Included by detect/ and the file keywords of detect/kw/. 
 */
#ifndef DETECT_FILES_H
#define DETECT_FILES_H

#include "detect/scope.h"

/* ---- filestore ---- */

enum store_scope { STORE_FILE, STORE_TXN, STORE_FLOW };
struct filestore {
    uint8_t scope;  /* enum store_scope */
    uint8_t sides;  /* bit per side; 0: the one the rule matched on */
};

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * roles - what a host does for a virtual infrastructure: migration, management, storage.  For the files of aware/ alone.
 *
 * Nothing of it is kept: it follows from the evidence.  Texts are the program's own, evidence the map's, as long as its lock is held.
 */
#ifndef AWARE_ROLES_H
#define AWARE_ROLES_H

#include "aware/map.h"

enum { ROLES_MAX = 8, ROLE_SHOWN = 50 /* in lists: as sure at least */ };
struct role {
    const char *kind, *what;  /* "migration" "qemu" */
    const struct evidence *by;
    uint8_t confidence;
};
unsigned roles_of(const struct entity *e, struct role out[ROLES_MAX]); /* how many; no two of one kind and thing */
void roles_json(const struct entity *e, struct json *j); /* "roles": […], where it has any */

#endif

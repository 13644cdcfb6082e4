/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * client - the other end of the socket: one command, one answer.
 */
#ifndef CONTROL_CLIENT_H
#define CONTROL_CLIENT_H

#include "base/err.h"
#include "base/text.h"

/* Where a running program listens when nobody says: below RUNTIME_DIRECTORY, /run/peccary, XDG_RUNTIME_DIR.  False: nowhere.
 * `made`: the folder is made when it can be. */
bool control_default_path(char *out, size_t room, bool make);
/* Sends one message (JSON, without the hello) and gives the answer's text, blanks around it cut.  All of it takes so many seconds at most,
 * 10 of them until the other end has said hello. */
bool control_ask(const char *path, struct bytes message, unsigned seconds, struct text *answer, struct err *err);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * message - what comes over the socket, cut into JSON values: bytes in, whole messages out.
 */
#ifndef CONTROL_MESSAGE_H
#define CONTROL_MESSAGE_H

#include "base/rd.h"

enum { MESSAGE_MAX = 64 << 10, MESSAGE_DEPTH = 16 };
enum message_state { MESSAGE_MORE, MESSAGE_WHOLE, MESSAGE_BAD };
/* Is there a whole message at the start of b?  *n: its bytes, with blanks before it.  A message is an object; where brackets and
 * strings end is looked at here, the rest by who reads it. */
enum message_state message_cut(struct bytes b, size_t *n);
/* The answer to one message of a client; *greeted: it has said hello; *waits: the answer comes when the rules are loaded
 * (message_answer_waiting).  False: the client is to be hung up on, after the answer. */
struct control;
struct text;
bool message_answer(struct control *c, struct bytes message, bool *greeted, bool *waits, struct text *out);
void message_answer_waiting(struct control *c, struct text *out);

#endif

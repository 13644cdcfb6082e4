/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * record - pieces of records that alerts and drops share; detect/ only.
 */
#ifndef DETECT_RECORD_H
#define DETECT_RECORD_H

#include "detect/inspect.h"

/* "tx_id" and "alert": {…}; `whole` with references, metadata and the rule's text. */
void alert_object(struct detect *d, struct json *j, const struct queued *q, bool whole);
const char *alert_action(const struct detect *d, const struct queued *q);
void record_verdict_object(const struct detect *d, struct json *j);
void record_packet(const struct detect *d, struct json *j);
/* alert_payload.c: "payload", its length and its printable form, "stream", as the output wants them. */
void alert_payload(struct detect *d, struct json *j, const struct queued *q);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * alert_snort - alerts as Snort's loggers write them: alert_fast, alert_full, alert_csv, alert_json.
 *
 * The settings are event_settings.snort; a worker renders each format that is on once, into its own line buffer.
 */
#ifndef DETECT_ALERT_SNORT_H
#define DETECT_ALERT_SNORT_H

#include "base/err.h"
#include "event/event.h"

/* Names of fields with blanks between them, as `fields` of alert_csv and alert_json has them; NULL: Snort's own choice. */
bool snort_fields_parse(const char *names, struct snort_log *out, struct err *err);

struct detect;
struct queued;
/* … and alert_unified2.c's. */
void alert_unified2_write(struct detect *d, const struct queued *q);
void alert_snort_write(struct detect *d, const struct queued *q);

#endif

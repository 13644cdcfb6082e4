/* SPDX-License-Identifier: GPL-2.0-or-later */
/* snort_live - Snort's -i and --daq as our devices: none without -i.  prevents: -Q; *waits: what they give waits for a verdict. */
#ifndef APP_SNORT_LIVE_H
#define APP_SNORT_LIVE_H

#include "app/app.h"

bool snort_devices(const struct arguments *a, bool prevents, struct paths *out, bool *waits, struct err *err);

#endif

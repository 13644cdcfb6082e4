/* SPDX-License-Identifier: GPL-2.0-or-later */
/* address - internet addresses that messages carry, into records.  No state; any thread. */
#ifndef WIRE_ADDRESS_H
#define WIRE_ADDRESS_H

#include "base/text.h"

/* Four bytes as IPv4, sixteen as IPv6, others in hexadecimal; key NULL inside arrays. */
void address_log(struct json *j, const char *key, struct bytes b);

#endif

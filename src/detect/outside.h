/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * outside - sets of values and bits of hosts, read and changed by another thread than the workers while they run.
 *
 * datasets_open comes before the workers start: from then on every use of a set takes its lock.
 */
#ifndef DETECT_OUTSIDE_H
#define DETECT_OUTSIDE_H

#include "base/text.h"
#include "detect/detect.h"

void datasets_open(struct datasets *s);

enum dataset_request { DATASET_ADD, DATASET_REMOVE, DATASET_LOOKUP, DATASET_CLEAR };
/* The set of that name and type; the value as lists write it (base64 for strings, hex for hashes).  What clients of
 * Suricata know as the answer; NULL: the same is in err. */
struct dataset_call {
    enum dataset_request what;
    const char *name, *type, *value;
    const char *json;          /* what is known of a value that is added; NULL: nothing */
};
const char *dataset_outside(struct datasets *s, const struct dataset_call *c, struct err *err);
/* One object each: name, type, entries, bytes. */
void datasets_tell(struct datasets *s, struct json *j);

/* The bits of a host, which rules know by name. */
struct host_bits_of {
    struct detect_shared *shared;
    const struct rule_names *names;
    const char *address;
    uint64_t now;              /* ns: the traffic's time */
};
bool host_bit_set(const struct host_bits_of *h, const char *bit, uint32_t seconds, struct err *err);
bool host_bit_clear(const struct host_bits_of *h, const char *bit, struct err *err);
/* "hostbits": [{"hostbit", "expire"}], and "count". */
bool host_bits_tell(const struct host_bits_of *h, struct json *j, const char *key, struct err *err);

#endif

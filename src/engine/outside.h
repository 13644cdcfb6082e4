/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * outside - what people change while an engine runs: memory caps, sets of values, bits of hosts; and a flow looked up.
 *
 * Any thread but a worker's; takes the engine's lock.
 */
#ifndef ENGINE_OUTSIDE_H
#define ENGINE_OUTSIDE_H

#include "detect/outside.h"
#include "engine/inside.h"

/* Memory caps by the names that Suricata's commands have for them. */
struct memory_cap {
    const char *name;
    const char *setting;
    const char *help;
    uint64_t *(*value)(struct engine_settings *s);          /* bytes of all workers; 0: unlimited */
    void (*set)(struct worker *w, uint64_t bytes /* of one worker; 0: unlimited */);
    uint64_t (*used)(const struct worker *w);
};
extern const struct memory_cap memory_caps[];
extern const unsigned memory_cap_n;
/* A cap below what is in use takes nothing back: nothing more is given out until it is. */
bool engine_memory_set(struct engine *e, const struct memory_cap *c, uint64_t bytes, struct err *err);
uint64_t engine_memory_used(struct engine *e, const struct memory_cap *c);

/* Before anything runs: from here on sets of values can be changed from outside. */
bool engine_open_lists(struct engine *e, struct err *err);
const char *engine_dataset(struct engine *e, const struct dataset_call *c, struct err *err); /* NULL: err */
void engine_datasets_tell(struct engine *e, struct json *j);
void engine_datasets_written(const struct engine *e, void (*tell)(void *ctx, const char *path), void *ctx);  /* files that they are saved to */
bool engine_datasets_save(struct engine *e, struct err *err);
bool engine_host_bit_set(struct engine *e, const char *address, const char *bit, uint32_t seconds, struct err *err);
bool engine_host_bit_clear(struct engine *e, const char *address, const char *bit, struct err *err);
bool engine_host_bits_tell(struct engine *e, const char *address, struct json *j, const char *key, struct err *err);

struct flow_numbers {
    uint64_t packets[2], bytes[2], first, last; /* ns */
};
bool engine_flow(struct engine *e, uint64_t id, struct flow_numbers *out, struct err *err);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files of others about hosts, into a map: whatever they hold, the map stays within its bounds, and writes itself.
 */
#include "aware/hosts.h"
#include "base/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct aware_settings settings = { .on = true, .ordered = true, .memcap = 1 << 20, .silent = 86400, .gone = 604800 };
    struct map *m = map_new(&settings, NULL);
    struct text out;
    struct err err;
    struct host_import got;

    if (m == NULL) {
        return 0;
    }
    struct hosts h = { .lock = PTHREAD_MUTEX_INITIALIZER, .map = m };
    (void)import_read(&h, bytes_of(data, size), &got, &err);
    map_settle(m);
    bug_if(map_bytes(m) > (2 << 20));
    text_init(&out, 0);
    for (const struct entity *e = m->first; e != NULL; e = e->next) {
        struct json j;
        text_clear(&out);
        json_init(&j, &out);
        json_object(&j, NULL);
        entity_json(m, e, &j, true);
        json_end_object(&j);
        bug_if(e->open > 2 * TENURES_OPEN_MAX || e->closed > TENURES_CLOSED_MAX + 1);
    }
    text_fini(&out);
    map_free(m);
    return 0;
}

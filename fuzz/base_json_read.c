/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON: what is a value is one again without its blanks, and the walk over its members sees whole values.
 */
#include "base/err.h"
#include "base/json_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    struct bytes value, compact, again, key, member, text;
    enum json_kind kind = json_whole(bytes_of(data, size), &value), inner;

    if (kind == JSON_BAD) {
        return 0;
    }
    arena_init(&a, NULL, 16 << 20);
    bug_if(!json_compact(&a, value, NULL, &compact));
    bug_if(compact.n > value.n || json_whole(compact, &again) != kind || again.n != compact.n);
    for (struct json_walk w = json_members(value); (kind == JSON_OBJECT || kind == JSON_ARRAY) && json_next(&w, &key, &member, &inner);) {
        bug_if(json_whole(member, &again) != inner || again.n != member.n);
        bug_if((kind == JSON_OBJECT) != (key.n >= 2));
    }
    if (kind == JSON_STRING) {
        bug_if(!json_text(&a, value, &text) || text.n > value.n - 2);
    }
    (void)json_find(value, "a.b", &member, &inner);
    arena_fini(&a);
    return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Filters over hosts: any text is one, or is refused with a reason, and then takes a host or not.
 */
#include "aware/hosts.h"
#include "base/err.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct host_row row = { .id = 1, .vlan = 10, .name = "pc21", .kind = "host", .os = "Windows 10", .family = "windows", .mac = "00:1b:21:00:00:01" };
    static const struct entity entity = { .id = 1 };
    char *text = malloc(size + 1);
    struct err err = { "" };

    if (text == NULL) {
        return 0;
    }
    memcpy(text, data, size);
    text[size] = '\0';
    struct host_filter *f = host_filter_parse(text, &err);
    bug_if((f == NULL) == (err.text[0] == '\0'));
    if (f != NULL) {
        (void)filter_takes(f, NULL, &entity, &row);
        host_filter_free(f);
    }
    free(text);
    return 0;
}

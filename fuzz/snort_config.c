/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Configurations of Snort.  The first byte: 'L' a chunk of Lua, else lines of a snort.conf; the rest is the text. */
#include "snort/parts.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct snort_config c;
    struct err err;
    char *text = size > 1 ? malloc(size) : NULL;

    if (text == NULL) {
        return 0;
    }
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    snort_config_init(&c);
    const char *chunk = text;
    if (data[0] == 'L') {
        (void)snort_config_read(&c, NULL, &chunk, 1, &err);
    } else {
        (void)snort_conf_text(&c, "fuzz", bytes_of(data + 1, size - 1), &err);
        parts_end(&c);
    }
    for (size_t at = 0, n = 0; at < c.settings.n; at += strlen(c.settings.p + at) + 1, n++) {
        bug_if(n % 2 == 0 && strchr(c.settings.p + at, '=') == NULL); /* each is "key=value", and who says it */
    }
    bug_if(c.settings.n != 0 && c.settings.p[c.settings.n - 1] != '\0');
    bug_if(c.unused.n != 0 && c.unused.p[c.unused.n - 1] != '\0');
    snort_config_fini(&c);
    free(text);
    return 0;
}

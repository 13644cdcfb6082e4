/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settings files.  The input is YAML; a first line "#set key=value" is a setting by hand.  What was read must be told
 * by iteration and by path alike, and a dump of it must be the same when the text is read twice.
 */
#include "base/err.h"
#include "base/rd.h"
#include "base/rows.h"
#include "config/config.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct settings {
    bool on;
    uint32_t count, mode, wait;
    uint64_t bytes;
    const char *name, *list;
};

static const struct option_row options[] = {
    { "m.on", OPTION_BOOL, offsetof(struct settings, on), "yes", NULL, 0, 0, NULL, "" },
    { "m.count", OPTION_U32, offsetof(struct settings, count), "5", NULL, 1, 100, NULL, "" },
    { "m.mode", OPTION_ENUM, offsetof(struct settings, mode), "auto", "off auto on", 0, 0, NULL, "" },
    { "m.wait", OPTION_SECONDS, offsetof(struct settings, wait), "30", NULL, 0, 0, NULL, "" },
    { "m.bytes", OPTION_BYTES, offsetof(struct settings, bytes), "1mb", NULL, 0, 1 << 30, NULL, "" },
    { "m.name", OPTION_STRING, offsetof(struct settings, name), NULL, NULL, 0, 0, NULL, "" },
    { "m.list", OPTION_LIST, offsetof(struct settings, list), "x", NULL, 0, 0, NULL, "" },
};

/* Every node is found by its own path, unless that is cut or has an odd key in it. */
static void check_paths(const struct conf *c, const struct conf_node *parent, unsigned depth)
{
    char path[1024];

    bug_if(depth > 80);
    for (const struct conf_node *n = conf_first(parent); n != NULL; n = conf_next(n)) {
        bug_if(conf_child(c, parent, conf_name(n)) != n && strchr(conf_name(n), '.') == NULL &&
               conf_name(n)[0] != '\0');
        bool plain = strchr(conf_name(n), '.') == NULL;
        conf_path(n, path, sizeof(path));
        bug_if(strlen(path) >= sizeof(path));
        if (plain) {
            check_paths(c, n, depth + 1);
        }
    }
}

static void ignore(void *arg, const char *path, struct conf_place place)
{
    (void)place;
    *(size_t *)arg += strlen(path);
}

static struct conf *load(struct bytes yaml, const char *set, bool *good)
{
    struct conf *c = conf_new();
    struct err err = { "" };

    if (set != NULL) {
        (void)conf_set(c, set, &err);
    }
    *good = conf_load_text(c, yaml, "fuzz", &err);
    bug_if(!*good && strncmp(err.text, "fuzz", 4) != 0);
    return c;
}

static char *dump(const struct conf *c)
{
    char *out = NULL;
    size_t n = 0;
    FILE *to = open_memstream(&out, &n);

    conf_dump(c, to);
    fclose(to);
    return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes yaml = bytes_of(data, size);
    char set[256];
    const char *by_hand = NULL;
    bool good, found;
    size_t n = 0;

    /* Files are not for a fuzzer to open. */
    if (bytes_find(yaml, bytes_str("include")) != SIZE_MAX) {
        return 0;
    }
    if (bytes_starts(yaml, "#set ")) {
        struct rd r = rd_of(bytes_from(yaml, 5));
        struct bytes line = bytes_head(rd_line(&r, &found), sizeof(set) - 1);
        memcpy(set, line.p, line.n);
        set[line.n] = '\0';
        by_hand = set;
    }
    struct conf *c = load(yaml, by_hand, &good);
    struct settings s;
    (void)conf_apply(c, options, ROWS(options), &s, &(struct err){ "" });
    bug_if(s.count < 1 || s.count > 100 || s.mode > 2);
    conf_mark_used(c, "a.*.b");
    conf_unused(c, ignore, &n);
    check_paths(c, conf_root(c), 0);
    if (good && size < 4096) {
        struct conf *again = load(yaml, by_hand, &good);
        char *first = dump(c), *second = dump(again);
        bug_if(strcmp(first, second) != 0);
        free(first);
        free(second);
        conf_free(again);
    }
    conf_free(c);
    return 0;
}

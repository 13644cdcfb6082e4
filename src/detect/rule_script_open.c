/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scripts that rules name: where their files are, and what they say. */
#include "base/file.h"
#include "detect/rule_script.h"
#include "rule/keyword.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A script's file: below the settings' folder, beside the rules, or as it is called. */
static const char *file_of(struct rule_parse *p, const char *name)
{
    const char *rules = rule_parse_file(p), *slash = rules != NULL ? strrchr(rules, '/') : NULL;
    const char *folder = rule_parse_context(p)->scripts->folder;
    char path[4096];

    if (name[0] != '/' && folder != NULL) {
        snprintf(path, sizeof path, "%s/%s", folder, name);
        if (access(path, R_OK) == 0) {
            return arena_str(rule_parse_arena(p), bytes_str(path));
        }
    }
    if (name[0] != '/' && slash != NULL) {
        snprintf(path, sizeof path, "%.*s/%s", (int)(slash - rules), rules, name);
        if (access(path, R_OK) == 0) {
            return arena_str(rule_parse_arena(p), bytes_str(path));
        }
    }
    return arena_str(rule_parse_arena(p), bytes_str(name));
}

static bool text_read(struct rule_parse *p, struct rule_script *x, struct err *err)
{
    struct bytes text;

    if (!file_read(x->file, SCRIPT_FILE_MAX, &text, err)) {
        return false;
    }
    char *copy = arena_str(rule_parse_arena(p), text);
    x->text = bytes_of(copy, text.n);
    file_free(text);
    return copy != NULL || err_set(err, "out of memory for rules");
}

bool rule_script_open(struct rule_parse *p, struct rule_script *x, const char *name, struct err *err)
{
    const struct script_rules *may = rule_parse_context(p)->scripts;

    if (may == NULL || !may->allowed) {
        return err_set(err, "Lua rules disabled by security configuration: security.lua.allow-rules");
    }
    x->file = file_of(p, name);
    x->limits = (struct script_limits){ may->memory, may->steps };
    x->index = rule_parse_script(p);
    if (x->index >= SCRIPTS_MAX) {
        return err_set(err, "more than %d scripts", SCRIPTS_MAX);
    }
    return x->file != NULL ? text_read(p, x, err) : err_set(err, "out of memory for rules");
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What file keywords need of a file before they can be asked. */
#include "detect/inspect.h"

#include "file/file.h"

static bool known(const struct file *f, const char *keyword)
{
    if (strcmp(keyword, "filename") == 0 || strcmp(keyword, "fileext") == 0) {
        return f->name.n != 0;
    }
    if (strcmp(keyword, "filemagic") == 0) {
        return f->size != 0;
    }
    if (strcmp(keyword, "filemd5") == 0) {
        return f->has_md5;
    }
    if (strcmp(keyword, "filesha1") == 0) {
        return f->has_sha1;
    }
    if (strcmp(keyword, "filesha256") == 0) {
        return f->has_sha256;
    }
    return strcmp(keyword, "filesize") != 0 || f->state >= FILE_CLOSED;
}

bool file_ready(const struct file *f, const struct rule *r)
{
    for (uint16_t g = 0; g < r->group_n; g++) {
        const struct group *group = &r->group[g];
        for (uint16_t i = 0; group->kind == BUFFER_FILE_FIELD && !group->name && i < group->match_n; i++) {
            const struct match *m = group->match[i];
            if (m->kind == MATCH_KEYWORD && !known(f, m->keyword.row->name)) {
                return false;
            }
        }
    }
    return true;
}

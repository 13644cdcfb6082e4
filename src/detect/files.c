/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of a transaction under rules: what must be known before they can be asked, and what is stored in the end. */
#include "detect/files.h"

#include "detect/compiler.h"
#include "detect/inspect.h"

enum file_need { FILE_NEEDS_NAME = 1 << 0, FILE_NEEDS_MAGIC = 1 << 1, FILE_NEEDS_MD5 = 1 << 2, FILE_NEEDS_SHA1 = 1 << 3,
                 FILE_NEEDS_SHA256 = 1 << 4, FILE_NEEDS_SIZE = 1 << 5, FILE_IS_STORED = 1 << 6,
                 FILE_NEEDS_TYPE = 1 << 7 };

static const struct {
    const char *keyword;
    unsigned need;
} file_needs[] = {
    { "filename", FILE_NEEDS_NAME }, { "fileext", FILE_NEEDS_NAME },   { "filemagic", FILE_NEEDS_MAGIC },   { "filemd5", FILE_NEEDS_MD5 },
    { "filesha1", FILE_NEEDS_SHA1 }, { "filesha256", FILE_NEEDS_SHA256 }, { "filesize", FILE_NEEDS_SIZE }, { "filestore", FILE_IS_STORED },
    { "filetype", FILE_NEEDS_TYPE },
};

/* The conditions a rule has on a file, one after the other; NULL at the end. */
static const struct match *file_condition(const struct rule *r, unsigned i)
{
    for (uint16_t g = 0; g < r->group_n; g++) {
        const struct group *group = &r->group[g];
        for (uint16_t k = 0; group->kind == BUFFER_FILE_FIELD && !group->name && k < group->match_n; k++) {
            if (group->match[k]->kind == MATCH_KEYWORD && i-- == 0) {
                return group->match[k];
            }
        }
    }
    return NULL;
}

void plan_files(struct plan *p)
{
    const struct match *m;

    for (unsigned i = 0; (m = file_condition(p->rule, i)) != NULL; i++) {
        for (size_t k = 0; k < ROWS(file_needs); k++) {
            if (strcmp(m->keyword.row->name, file_needs[k].keyword) == 0) {
                p->file_needs |= (uint8_t)file_needs[k].need;
            }
        }
        if ((p->file_needs & FILE_IS_STORED) != 0 && !p->store && strcmp(m->keyword.row->name, "filestore") == 0) {
            p->store = m->keyword.data;
        }
    }
}

/* Is what the rule asks of the file's size settled?  A lower bound is while the file still grows. */
static bool size_known(struct detect *d, const struct file *f)
{
    const struct match *m;

    for (unsigned i = 0; f->state == FILE_OPEN && (m = file_condition(d->scope.rule, i)) != NULL; i++) {
        if (strcmp(m->keyword.row->name, "filesize") == 0 && !m->keyword.row->match(&d->scope, d->scope.rule, m->keyword.data)) {
            return false;
        }
    }
    return true;
}

enum file_answer file_asked(struct detect *d, const struct plan *p, struct file *f)
{
    file_settle(f);
    const bool known[] = { f->name.n != 0, f->magic.n != 0, f->has_md5, f->has_sha1, f->has_sha256 };
    const struct match *m;

    d->scope.file = f;
    for (unsigned i = 0; i < ROWS(known); i++) {
        if ((p->file_needs >> i & 1) != 0 && !known[i]) {
            return FILE_LATER;
        }
    }
    if ((p->file_needs & FILE_NEEDS_TYPE) != 0 && !file_type_settled(f)) {
        return FILE_LATER;
    }
    if ((p->file_needs & FILE_NEEDS_SIZE) != 0 && !size_known(d, f)) {
        return FILE_LATER;
    }
    for (unsigned i = 0; (m = file_condition(d->scope.rule, i)) != NULL; i++) {
        if (!m->keyword.row->match(&d->scope, d->scope.rule, m->keyword.data)) {
            return FILE_NO;
        }
    }
    return FILE_YES;
}

void files_store(struct detect *d, const struct plan *p, struct txn *t)
{
    const struct filestore *s = p->store;
    const unsigned sides = s->sides != 0 ? s->sides : 1u << d->look.side;

    if (s->scope != STORE_FILE) {
        proto_txn_store(d->protos, t, sides, s->scope == STORE_FLOW, p->rule->sid);
        return;
    }
    for (struct file *f = t->files; f; f = f->next) {
        if (f->side == d->look.side && (sides >> f->side & 1) != 0 && !f->passed && file_asked(d, p, f) == FILE_YES) {
            proto_file_store(d->protos, t, f, p->rule->sid);
        }
    }
}

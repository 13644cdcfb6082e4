/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * files - rules about files: what their keywords need to know first, lists of hashes, storing what matched.
 *
 * Included by detect/ and the file keywords of detect/kw/.  Lists live in the ruleset's arena; the rest is the worker's.
 */
#ifndef DETECT_FILES_H
#define DETECT_FILES_H

#include "detect/scope.h"

/* ---- filestore ---- */

enum store_scope { STORE_FILE, STORE_TXN, STORE_FLOW };
struct filestore {
    uint8_t scope;  /* enum store_scope */
    uint8_t sides;  /* bit per side; 0: the one the rule matched on */
};

/* ---- filemd5, filesha1, filesha256: a file with one hash a line in hexadecimal ---- */

struct hash_list {
    const uint8_t *hash;  /* sorted */
    size_t n, width;
    bool negated;
};
/* The file is named as it stands, or beside the rule's own.  NULL, told in err. */
const struct hash_list *hash_list_read(struct rule_parse *p, const char *name, size_t width, struct err *err);
bool hash_list_has(const struct hash_list *l, const uint8_t *hash);

/* ---- filename, fileext, filemagic: a literal, any case ---- */

struct file_text {
    struct bytes text;
    bool negated, at_end;
};
const struct file_text *file_text_read(struct rule_parse *p, const char *keyword, const char *argument, const char *before, struct err *err);
bool file_text_is_in(const struct file_text *x, struct bytes hay);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keywords - the table of keywords with logic of their own, from kw/keywords.list. */
#include "rule/keyword.h"

#define KW(name) extern const struct keyword keyword_##name;
#include "detect/kw/keywords.list"
#undef KW
#define NUMBER(name, ...) extern const struct keyword keyword_##name;
#include "detect/kw/numbers.list"
#undef NUMBER

const struct keyword *const keyword_table[] = {
#define KW(name) &keyword_##name,
#include "detect/kw/keywords.list"
#undef KW
#define NUMBER(name, ...) &keyword_##name,
#include "detect/kw/numbers.list"
#undef NUMBER
    NULL,
};

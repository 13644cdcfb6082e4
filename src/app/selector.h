/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * selector - values by which commands choose flows of a record: what each must look like, and the record's key that it is.
 */
#ifndef APP_SELECTOR_H
#define APP_SELECTOR_H

#include "base/err.h"
#include "record/read.h"

#include <stddef.h>
#include <stdint.h>

enum { SELECTOR_MAX = 256 };
struct selector_key {
    enum record_key kind;
    uint8_t b[SELECTOR_MAX];
    size_t n;
};
/* Is `text` such as the flag takes?  Flags that are not known here take any.  False with err: what is wanted. */
bool selector_fits(const char *flag, const char *text, struct err *err);
/* The key that the flag's value is; false with err: it is none. */
bool selector_read(const char *flag, const char *text, struct selector_key *out, struct err *err);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/sign.h"

const struct sign_row sign_rows[SIGN_N] = {
    [SIGN_NONE] = { "", SIGN_OF_SENDER, "" },
#define SIGN(id, name, of, help) [SIGN_##id] = { name, SIGN_OF_##of, help },
#include "base/signs.list"
#undef SIGN
};

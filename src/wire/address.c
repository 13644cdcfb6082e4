/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/address.h"

#include "base/addr.h"

void address_log(struct json *j, const char *key, struct bytes b)
{
    char text[ADDR_TEXT_MAX];

    if (b.n == 4 || b.n == 16) {
        struct addr a = b.n == 4 ? addr_from4(b.p) : addr_from6(b.p);
        addr_text(&a, b.n == 4 ? FAMILY_4 : FAMILY_6, text);
        json_string(j, key, text);
    } else {
        json_hex(j, key, b, 0);
    }
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TFTP through the real driver. */
#include "proto/test_rig.h"
#include "tap.h"

#define CRLF "%0d%0a"
static const struct {
    const char *why, *script, *want;
} rows[] = {
    { "a request to read", ">%00%01f.txt%00OCTET%00", "{\"tftp\":{\"packet\":\"read\",\"file\":\"f.txt\",\"mode\":\"octet\"}}\n" },
    { "a request to write, with options", ">%00%02f%00netascii%00blksize%0099%00",
      "{\"tftp\":{\"packet\":\"write\",\"file\":\"f\",\"mode\":\"netascii\"}}\n" },
    { "an unknown mode", ">%00%01f%00any%00", "" },
    { "no end of the name", ">%00%01fff", "" },
    { "an acknowledgement is no request", ">%00%04%00%01", "" },
};

int main(void)
{
    struct text out;
    bool same;

    text_init(&out, 0);
    for (size_t i = 0; i < ROWS(rows); i++) {
        rig_cuts(rows[i].script, true, 69, &out, &same);
        is_str(out.p, rows[i].want, rows[i].why);
        ok(same, rows[i].why);
    }
    text_fini(&out);
    return done_testing();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TFTP through the real driver. */
#include "proto/test_rig.h"

#define CRLF "%0d%0a"
static const struct rig_row rows[] = {
    { "a request to read", ">%00%01f.txt%00OCTET%00", "{\"tftp\":{\"packet\":\"read\",\"file\":\"f.txt\",\"mode\":\"octet\"}}\n" },
    { "a request to write, with options", ">%00%02f%00netascii%00blksize%0099%00",
      "{\"tftp\":{\"packet\":\"write\",\"file\":\"f\",\"mode\":\"netascii\"}}\n" },
    { "an unknown mode", ">%00%01f%00any%00", "" },
    { "no end of the name", ">%00%01fff", "" },
    { "the server answers where it was asked", ">%00%01f.txt%00octet%00|<%00%03%00%01hello>%00%04%00%01",
      "{\"tftp\":{\"packet\":\"read\",\"file\":\"f.txt\",\"mode\":\"octet\"}}\n"
      "{\"tftp_data\":{\"command\":\"read\",\"file\":\"f.txt\",\"mode\":\"octet\"}}\n" },
    { "an acknowledgement is no request", ">%00%04%00%01", "" },
};

int main(void)
{
    rig_rows(rows, ROWS(rows), &(struct rig_how){ .port = 69, .datagrams = true });
    return done_testing();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DNP3 through the real driver. */
#include "proto/test_rig.h"
#include "tap.h"

#define READ "{05 64 0b c4 02 00 03 00 66 3f c0 c0 01 3c 02 06 54 e0}"
#define LINK(dir) "\"control\":{\"dir\":" dir ",\"pri\":true,\"fcb\":false,\"fcv\":false,\"function_code\":4},\"src\":3,\"dst\":2,\"application\":" \
    "{\"control\":{\"fir\":true,\"fin\":true,\"con\":false,\"uns\":false,\"sequence\":"
#define REQUEST(sequence, function, rest) "{\"dnp3\":{\"request\":{\"type\":\"request\"," LINK("true") #sequence "},\"function_code\":" #function rest "}}}"
#define RESPONSE(type, function, rest) "{\"dnp3\":{\"response\":{\"type\":\"" type "\"," LINK("false") "0},\"function_code\":" #function rest "}}}"
#define OBJECT(g, v, q, prefix, range, first, last, n, rest) ",\"objects\":[{\"group\":" #g ",\"variation\":" #v ",\"qualifier\":" #q ",\"prefix_code\":" #prefix \
    ",\"range_code\":" #range ",\"start\":" #first ",\"stop\":" #last ",\"count\":" #n rest "}]"
#define POINT(prefix, index, rest) "{\"prefix\":" #prefix ",\"index\":" #index rest "}"
#define COMPLETE ",\"complete\":true}"
#define INCOMPLETE ",\"complete\":false}"
#define QUIET ",\"iin\":{}"
#define READ_SHOWN REQUEST(0, 1, OBJECT(60, 2, 6, 0, 6, 0, 0, 0, "") COMPLETE) "\n"

static const struct {
    const char *why, *script, *want;
} rows[] = {
    { "a request for a class", ">" READ, READ_SHOWN },
    { "an answer with indications", "<{05 64 10 44 02 00 03 00 5f 2f c0 c0 81 80 02 34 02 07 01 05 00 d2 30}",
      RESPONSE("response", 129, OBJECT(52, 2, 7, 0, 7, 0, 0, 1, ",\"points\":[" POINT(0, 0, ",\"delay_ms\":5") "]") COMPLETE
               ",\"iin\":{\"indicators\":[\"device_restart\",\"object_unknown\"]}") "\n" },
    { "bits packed, from an index on", "<{05 64 10 44 02 00 03 00 5f 2f c0 c0 81 00 00 01 01 00 07 08 02 31 a9}",
      RESPONSE("response", 129, OBJECT(1, 1, 0, 0, 0, 7, 8, 2, ",\"points\":[" POINT(0, 7, ",\"state\":0") "," POINT(0, 8, ",\"state\":1") "]") COMPLETE QUIET) "\n" },
    { "a value with an index of its own, and it is negative", "<{05 64 12 44 02 00 03 00 e8 09 c0 c0 82 00 00 1e 02 17 01 09 01 fe ff 72 35}",
      RESPONSE("unsolicited_response", 130, OBJECT(30, 2, 23, 1, 7, 0, 0, 1, ",\"points\":[" POINT(9, 9, ",\"online\":1,\"restart\":0,\"comm_lost\":0,"
               "\"remote_forced\":0,\"local_forced\":0,\"over_range\":0,\"reference_err\":0,\"reserved0\":0,\"value\":-2") "]") COMPLETE QUIET) "\n" },
    { "a size before the point, a length before its text",
      ">{05 64 2a c4 02 00 03 00 03 7b c0 c0 1b 46 03 5b 01 1c 00 1a 00 02 00 00 00 00 0e 0e 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 ff ff 00 01 00 43 3a 66 2e}",
      REQUEST(0, 27, OBJECT(70, 3, 91, 5, 11, 0, 0, 1, ",\"points\":[" POINT(28, 0, ",\"size\":28,\"filename_offset\":26,\"filename_size\":2,\"created\":0,"
              "\"permissions\":0,\"authentication_key\":0,\"file_size\":0,\"operational_mode\":0,\"maximum_block_size\":0,\"request_id\":1,\"filename\":\"C:\"") "]") COMPLETE) "\n" },
    { "an object without a layout ends the reading", "<{05 64 0f 44 02 00 03 00 7c 13 c0 c0 81 00 00 63 01 07 01 61 93 e7}",
      RESPONSE("response", 129, OBJECT(99, 1, 7, 0, 7, 0, 0, 1, "") INCOMPLETE QUIET) " #UNKNOWN_OBJECT\n" },
    { "what there is of points is shown", "<{05 64 11 44 02 00 03 00 b8 9a c0 c0 81 00 00 1e 04 07 02 01 00 02 0e 9f}",
      RESPONSE("response", 129, OBJECT(30, 4, 7, 0, 7, 0, 0, 2, ",\"points\":[" POINT(0, 0, ",\"value\":1") "]") INCOMPLETE QUIET) " #UNKNOWN_OBJECT\n" },
    { "half a head of an object", "<{05 64 0c 44 02 00 03 00 2c 80 c0 c0 81 00 00 1e 04 4c 63}", RESPONSE("response", 129, INCOMPLETE QUIET) " #MALFORMED\n" },
    { "a wrong check sum of the head: on to the next frame", ">" READ "{05 64 0b c4 02 00 03 00 66 3e c1 c1 01 3c 02 06 b5 76}" READ,
      REQUEST(0, 1, OBJECT(60, 2, 6, 0, 6, 0, 0, 0, "") COMPLETE) " #BAD_LINK_CRC\n" READ_SHOWN },
    { "a wrong check sum of data: the frame is left out", ">" READ "{05 64 0b c4 02 00 03 00 66 3f c1 c1 01 3c 02 06 b5 77}" READ,
      REQUEST(0, 1, OBJECT(60, 2, 6, 0, 6, 0, 0, 0, "") COMPLETE) " #BAD_TRANSPORT_CRC\n" READ_SHOWN },
    { "a length below the head's own", ">" READ "{05 64 04 c4 02 00 03 00 84 7b}", REQUEST(0, 1, OBJECT(60, 2, 6, 0, 6, 0, 0, 0, "") COMPLETE) " #LEN_TOO_SMALL\n" },
    { "a confirmation, and a question of the link, are no transactions", ">{05 64 08 c4 02 00 03 00 36 ac c0 c0 00 33 96 05 64 05 c9 02 00 03 00 34 34}" READ, READ_SHOWN },
    { "some outstations greet", "<Welcome to DNP3%0d%0a>" READ, READ_SHOWN },
};

/* More requests in a row than are borne. */
static void test_flood(void)
{
    struct rig *r = rig_new(false, 20000);
    struct text out;

    text_init(&out, 0);
    for (unsigned i = 0; i < 32; i++) {
        rig_play(r, ">" READ, RIG_HELD, &out);
    }
    ok(bytes_find(text_bytes(&out), (struct bytes)BYTES("FLOODED")) == SIZE_MAX, "32 requests are no flood");
    rig_play(r, ">" READ, RIG_HELD, &out);
    ok(bytes_find(text_bytes(&out), (struct bytes)BYTES("FLOODED")) != SIZE_MAX, "33 are");
    text_fini(&out);
    rig_free(r);
}

int main(void)
{
    struct text out;
    bool same;

    text_init(&out, 0);
    for (size_t i = 0; i < ROWS(rows); i++) {
        rig_cuts(rows[i].script, false, 20000, &out, &same);
        is_str(out.p, rows[i].want, rows[i].why);
        ok(same, rows[i].why);
    }
    rig_cuts(">" READ READ, true, 20000, &out, &same);
    is_str(out.p, READ_SHOWN READ_SHOWN, "a datagram holds whole frames");
    text_fini(&out);
    test_flood();
    return done_testing();
}

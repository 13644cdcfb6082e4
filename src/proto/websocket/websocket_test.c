/* SPDX-License-Identifier: GPL-2.0-or-later */
/* WebSocket behind its upgrade: what becomes of frames, and that it does not matter where the bytes are cut. */
#include "proto/test_rig.h"
#include "tap.h"

#define UPGRADE ">GET / HTTP/1.1%0d%0aHost: x%0d%0aUpgrade: websocket%0d%0a%0d%0a<HTTP/1.1 101 Switching%0d%0aUpgrade: WebSocket%0d%0a%0d%0a"
#define UPGRADED "{\"http\":{\"hostname\":\"x\",\"url\":\"/\"}}\n"
#define FRAME(fin, opcode) "{\"websocket\":{\"fin\":" #fin ",\"opcode\":\"" opcode "\"}}"

/* clang-format off */
static const struct {
    const char *why, *script, *want, *payload;
} rows[] = {
    { "a masked frame", UPGRADE ">{81 85 61626364}{09070f080e}", UPGRADED "{\"websocket\":{\"fin\":true,\"mask\":1633837924,\"opcode\":\"text\"}}\n", "hello" },
    { "the server does not mask", UPGRADE "<{82 02}ab", UPGRADED FRAME(true, "binary") "\n", "ab" },
    { "the last frame has all of its message, control frames between", UPGRADE "<{01 02}he{89 01}x{00 02}ll{80 01}o",
      UPGRADED FRAME(false, "text") "\n" FRAME(true, "ping") "\n" FRAME(false, "continuation") "\n" FRAME(true, "continuation") "\n", "hello" },
    { "a compressed message", UPGRADE "<{c1 07 f248cdc9c90700}", UPGRADED FRAME(true, "text") "\n", "Hello" },
    { "the window lives on (RFC 7692 7.2.3.2)", UPGRADE "<{c1 07 f248cdc9c90700 c1 05 f200110000}", UPGRADED FRAME(true, "text") "\n" FRAME(true, "text") "\n", "Hello" },
    { "a compressed message in pieces (RFC 7692 7.2.3.1)", UPGRADE "<{41 03 f248cd 80 04 c9c90700}", UPGRADED FRAME(false, "text") "\n" FRAME(true, "continuation") "\n", "Hello" },
    { "what is not compressed stays as it is", UPGRADE "<{c1 03 ffffff}", UPGRADED FRAME(true, "text") "\n", "\xff\xff\xff" },
    { "an unknown kind", UPGRADE "<{83 01}x", UPGRADED FRAME(true, "unknown-3") "\n", "x" },
    { "nothing in it", UPGRADE "<{8a 00}", UPGRADED FRAME(true, "pong") "\n", "" },
    { "a frame under way", UPGRADE "<{82 05}ab", UPGRADED, NULL },
};
/* clang-format on */

static void payload_is(struct rig *r, const char *want, const char *why)
{
    struct conn *c = r->flow.app;
    const struct txn *t = txn_last(c);
    struct bytes b = bytes_of("?", 1);

    for (unsigned i = 0; want != NULL && i < t->proto->field_n; i++) {
        if (strcmp(t->proto->fields[i].name, "websocket.payload") == 0) {
            (void)t->proto->fields[i].bytes(t, TO_SERVER, 0, &b);
            is_mem(b.p, b.n, want, strlen(want), why);
        }
    }
}

/* Frames and messages beyond the limit. */
static void test_long(void)
{
    struct rig *r = rig_new(false, 80);
    uint8_t *bytes = calloc(1, 70000);
    struct text out;

    text_init(&out, 0);
    rig_play(r, UPGRADE "<{82 7f 0000000000011170}", RIG_HELD, &out);
    rig_send(r, TO_CLIENT, bytes, 70000, 1000);
    rig_play(r, "<{02 7e fff0}", RIG_HELD, &out);
    rig_send(r, TO_CLIENT, bytes, 65520, 1000);
    rig_play(r, "<{00 14}aaaaaaaaaaaaaaaaaaaa{80 01}b", RIG_HELD, &out);
    is_str(out.p, UPGRADED FRAME(true, "binary") " #skip_end_of_payload\n" FRAME(false, "binary") "\n" FRAME(false, "continuation") " #reassembly_limit_reached\n"
           FRAME(true, "continuation") " #reassembly_limit_reached\n", "what is too long is noted, and reading goes on");
    free(bytes);
    text_fini(&out);
    rig_free(r);
}

int main(void)
{
    struct text out;
    bool same;

    text_init(&out, 0);
    for (size_t i = 0; i < ROWS(rows); i++) {
        rig_cuts(rows[i].script, false, 80, &out, &same);
        is_str(out.p, rows[i].want, rows[i].why);
        ok(same, rows[i].why);
        struct rig *r = rig_new(false, 80);
        rig_play(r, rows[i].script, RIG_HELD, &out);
        payload_is(r, rows[i].payload, rows[i].why);
        rig_free(r);
    }
    text_fini(&out);
    test_long();
    return done_testing();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Handshakes of VNC: what becomes of them, and that it does not matter where the bytes are cut. */
#include "proto/test_rig.h"
#include "tap.h"

#define VERSIONS(v) "<RFB 003.00" v "%0a>RFB 003.00" v "%0a"
#define VERSION(side, v) "\"" side "_protocol_version\":{\"major\":\"003\",\"minor\":\"00" v "\"}"
#define RECORD(v) "{\"rfb\":{" VERSION("server", v) "," VERSION("client", v) ",\"authentication\":{"
#define SECRET(c) c c c c c c c c c c c c c c c c
#define SCREEN "{05 00 03 20 20 18 00 01 00 ff 00 fe 00 fd 10 08 00 00 00 00 00 00 00 04}desk"
#define SCREEN_RECORD "\"framebuffer\":{\"width\":1280,\"height\":800,\"name\":\"desk\",\"pixel_format\":{\"bits_per_pixel\":32,\"depth\":24,\"big_endian\":false," \
    "\"true_color\":true,\"red_max\":255,\"green_max\":254,\"blue_max\":253,\"red_shift\":16,\"green_shift\":8,\"blue_shift\":0}}}}\n"
#define VNC "\"security_type\":2,\"vnc\":{\"challenge\":\"" SECRET("61") "\",\"response\":\"" SECRET("62") "\"}"

/* clang-format off */
static const struct {
    const char *why, *script, *want;
} rows[] = {
    { "with a password", VERSIONS("8") "<{01 02}>{02}<" SECRET("a") ">" SECRET("b") "<{00 00 00 00}>{01}<" SCREEN,
      RECORD("8") VNC ",\"security_result\":\"OK\"},\"screen_shared\":true," SCREEN_RECORD },
    { "version 3.3: the server decides", VERSIONS("3") "<{00 00 00 01}>{00}<" SCREEN, RECORD("3") "\"security_type\":1},\"screen_shared\":false," SCREEN_RECORD },
    { "version 3.7, no authentication: no result", VERSIONS("7") "<{02 01 02}>{01}|{00}<" SCREEN, RECORD("7") "\"security_type\":1},\"screen_shared\":false," SCREEN_RECORD },
    { "version 3.8, no authentication: a result all the same", VERSIONS("8") "<{01 01}>{01}<{00 00 00 00}>{00}<" SCREEN,
      RECORD("8") "\"security_type\":1,\"security_result\":\"OK\"},\"screen_shared\":false," SCREEN_RECORD },
    { "the wrong password", VERSIONS("8") "<{01 02}>{02}<" SECRET("a") ">" SECRET("b") "<{00 00 00 01 00 00 00 02}no",
      RECORD("8") VNC ",\"security_result\":\"FAIL\"},\"server_security_failure_reason\":\"no\"}} (open)\n" },
    { "the server wants no client at all", VERSIONS("8") "<{00 00 00 00 03}why", RECORD("8") "},\"server_security_failure_reason\":\"why\"}} (open)\n" },
    { "a type of its own making: the rest goes by", VERSIONS("8") "<{01 1e}>{1e}<abcdef>ghi", RECORD("8") "\"security_type\":30}}} #unimplemented_security_type (open)\n" },
    { "a result that is none", VERSIONS("8") "<{01 02}>{02}<" SECRET("a") ">" SECRET("b") "<{00 00 00 02}", RECORD("8") VNC
      ",\"security_result\":\"TOOMANY\"}}} #unknown_security_result\n" },
    { "the client speaks where the server should", VERSIONS("8") ">{01}", RECORD("8") "}}} #confused_state\n" },
    { "a version that is none ends it", "<RFB 003x008%0a", "" },
};
/* clang-format on */

/* A long name: as much as the setting says is kept, the rest goes by. */
static void test_long(void)
{
    struct rig *r = rig_new(false, 5900);
    uint8_t *text = malloc(5000);
    struct text out;

    memset(text, 'x', 5000);
    text_init(&out, 0);
    rig_play(r, VERSIONS("3") "<{00 00 00 01}>{00}<{05 00 03 20 20 18 00 01 00 ff 00 fe 00 fd 10 08 00 00 00 00 00 00 13 88}", RIG_HELD, &out);
    rig_send(r, TO_CLIENT, text, 5000, 700);
    rig_play(r, "<afterwards", RIG_HELD, &out);
    is_int(strspn(strstr(out.p, "\"name\":\"") + 8, "x"), 4096, "a name of 5000 bytes is cut");
    ok(strstr(out.p, "(open)") == NULL, "and the handshake is over");
    text_fini(&out);
    free(text);
    rig_free(r);
}

int main(void)
{
    struct text out;
    bool same;

    text_init(&out, 0);
    for (size_t i = 0; i < ROWS(rows); i++) {
        rig_cuts(rows[i].script, false, 5900, &out, &same);
        is_str(out.p, rows[i].want, rows[i].why);
        ok(same, rows[i].why);
    }
    text_fini(&out);
    test_long();
    return done_testing();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages of SIP: what becomes of them, and that it does not matter where the bytes of a stream are cut. */
#include "proto/test_rig.h"

#define L "%0d%0a"
#define OPTIONS "OPTIONS sip:a%40b SIP/2.0" L "Via: SIP/2.0/UDP h" L "Content-Length: 0" L L
#define OPTIONS_SAID "{\"sip\":{\"method\":\"OPTIONS\",\"uri\":\"sip:a@b\",\"version\":\"SIP/2.0\",\"request_line\":\"OPTIONS sip:a@b SIP/2.0\"}}\n"
#define OK_SAID "{\"sip\":{\"version\":\"SIP/2.0\",\"code\":\"200\",\"reason\":\"OK\",\"response_line\":\"SIP/2.0 200 OK\"}}\n"
#define INVITE_SAID(sdp) "{\"sip\":{\"method\":\"INVITE\",\"uri\":\"sip:a@b\",\"version\":\"SIP/2.0\",\"request_line\":\"INVITE sip:a@b SIP/2.0\"" sdp "}}\n"

/* clang-format off */
static const struct rig_row rows[] = {
    { "request and response", ">" OPTIONS "<SIP/2.0 200 OK" L L, OPTIONS_SAID OK_SAID, true },
    { "over a stream, several in a row", ">" OPTIONS OPTIONS "<SIP/2.0 200 OK" L L, OPTIONS_SAID OPTIONS_SAID OK_SAID, false },
    { "keep-alives between messages", ">" OPTIONS L L OPTIONS, OPTIONS_SAID OPTIONS_SAID, false },
    { "a session description", ">INVITE sip:a%40b SIP/2.0" L "c: application/sdp" L L "v=0" L "o=x" L "t=1 2" L "r=3" L "a=q" L "m=audio" L "a=w" L,
      INVITE_SAID(",\"sdp\":{\"version\":0,\"origin\":\"x\",\"time_descriptions\":[{\"time\":\"1 2\",\"repeat_time\":\"3\"}],\"attributes\":[\"q\"],"
                  "\"media_descriptions\":[{\"media\":\"audio\",\"attributes\":[\"w\"]}]}"), true },
    { "its length over a stream", ">INVITE sip:a%40b SIP/2.0" L "Content-Type: application/sdp" L "l: 5" L L "v=0" L OPTIONS,
      INVITE_SAID(",\"sdp\":{\"version\":0}") OPTIONS_SAID, false },
    { "a body that does not come is waited for", ">INVITE sip:a%40b SIP/2.0" L "l: 5" L L "v=0",
      "{\"sip\":{\"method\":\"INVITE\",\"uri\":\"sip:a@b\",\"version\":\"SIP/2.0\",\"request_line\":\"INVITE sip:a@b SIP/2.0\"}} (open)\n", false },
    { "text that only looks like a description", ">INVITE sip:a%40b SIP/2.0" L "c: application/sdp" L L "x=0" L, INVITE_SAID(""), true },
    { "whoever opened the flow asks: the other way round nothing is read", ">" OPTIONS "<" OPTIONS ">SIP/2.0 200 OK" L L "<SIP/2.0 200 OK" L L,
      "{\"sip\":{\"method\":\"OPTIONS\",\"uri\":\"sip:a@b\",\"version\":\"SIP/2.0\",\"request_line\":\"OPTIONS sip:a@b SIP/2.0\"}} #invalid_data\n" OK_SAID, true },
    { "a response comes first", "<SIP/2.0 200 OK" L L, OK_SAID, true },
    { "a line that is no header is noted, the others are read", ">OPTIONS sip:a%40b SIP/2.0" L "nonsense" L "Via: v" L L,
      "{\"sip\":{\"method\":\"OPTIONS\",\"uri\":\"sip:a@b\",\"version\":\"SIP/2.0\",\"request_line\":\"OPTIONS sip:a@b SIP/2.0\"}} #invalid_data\n", true },
    { "nonsense between messages: on with the next that begins like one", ">" OPTIONS "what is this" L L OPTIONS,
      OPTIONS_SAID "{\"sip\":{\"method\":\"what\",\"uri\":\"is\",\"version\":\"this\",\"request_line\":\"what is this\"}} #invalid_data\n" OPTIONS_SAID, false },
};

/* Headers as rules see them: by long and compact names, folded lines joined. */
static const struct {
    const char *why, *head, *field;
    unsigned i;
    const char *want;          /* NULL: there is none */
} headers[] = {
    { "a long name", "Via: one" L "Via: two" L, "sip.via", 1, "two" },
    { "a compact name", "v: one" L, "sip.via", 0, "one" },
    { "names have no case", "VIA:one" L, "sip.via", 0, "one" },
    { "a folded line", "From: a" L "  b" L, "sip.from", 0, "a b" },
    { "folded lines", "From: a" L " b" L "%09c" L "To: x" L " y" L, "sip.from", 0, "a b c" },
    { "and those of the next", "From: a" L " b" L "%09c" L "To: x" L " y" L, "sip.to", 0, "x y" },
    { "none", "To: x" L, "sip.from", 0, NULL },
    { "blanks around it", "User-Agent :  n 1  " L, "sip.user_agent", 0, "n 1" },
};
/* clang-format on */

static void test_header(size_t i)
{
    struct rig *r = rig_new(true, 5060);
    char script[512], got[128] = "";
    struct text out;
    bool there = false;

    text_init(&out, 0);
    snprintf(script, sizeof script, "%s%s%s", ">OPTIONS sip:a%40b SIP/2.0" L, headers[i].head, L);
    rig_play(r, script, RIG_HELD, &out);
    struct txn *t = r->flow.app != NULL ? r->flow.app->head : NULL;
    for (unsigned k = 0; t != NULL && k < t->proto->field_n; k++) {
        struct bytes b;
        if (strcmp(t->proto->fields[k].name, headers[i].field) == 0 && t->proto->fields[k].bytes(t, TO_SERVER, headers[i].i, &b)) {
            there = true;
            snprintf(got, sizeof got, "%.*s", (int)b.n, (const char *)b.p);
        }
    }
    ok(there == (headers[i].want != NULL), headers[i].why);
    is_str(got, headers[i].want != NULL ? headers[i].want : "", headers[i].why);
    text_fini(&out);
    rig_free(r);
}

int main(void)
{
    rig_rows(rows, ROWS(rows), &(struct rig_how){ .port = 5060 });
    for (size_t i = 0; i < ROWS(headers); i++) {
        test_header(i);
    }
    return done_testing();
}

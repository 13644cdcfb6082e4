/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages of SIP: what becomes of them, and that it does not matter where the bytes of a stream are cut. */
#include "proto/test_rig.h"
#include "tap.h"

#define L "%0d%0a"
#define OPTIONS "OPTIONS sip:a%40b SIP/2.0" L "Via: SIP/2.0/UDP h" L "Content-Length: 0" L L
#define OPTIONS_SAID "{\"sip\":{\"method\":\"OPTIONS\",\"uri\":\"sip:a@b\",\"version\":\"SIP/2.0\",\"request_line\":\"OPTIONS sip:a@b SIP/2.0\"}}\n"
#define OK_SAID "{\"sip\":{\"version\":\"SIP/2.0\",\"code\":\"200\",\"reason\":\"OK\",\"response_line\":\"SIP/2.0 200 OK\"}}\n"
#define INVITE_SAID(sdp) "{\"sip\":{\"method\":\"INVITE\",\"uri\":\"sip:a@b\",\"version\":\"SIP/2.0\",\"request_line\":\"INVITE sip:a@b SIP/2.0\"" sdp "}}\n"

/* clang-format off */
static const struct {
    const char *why;
    bool datagrams;
    const char *script, *want;
} rows[] = {
    { "request and response", true, ">" OPTIONS "<SIP/2.0 200 OK" L L, OPTIONS_SAID OK_SAID },
    { "over a stream, several in a row", false, ">" OPTIONS OPTIONS "<SIP/2.0 200 OK" L L, OPTIONS_SAID OPTIONS_SAID OK_SAID },
    { "keep-alives between messages", false, ">" OPTIONS L L OPTIONS, OPTIONS_SAID OPTIONS_SAID },
    { "a session description", true, ">INVITE sip:a%40b SIP/2.0" L "c: application/sdp" L L "v=0" L "o=x" L "t=1 2" L "r=3" L "a=q" L "m=audio" L "a=w" L,
      INVITE_SAID(",\"sdp\":{\"version\":0,\"origin\":\"x\",\"time_descriptions\":[{\"time\":\"1 2\",\"repeat_time\":\"3\"}],\"attributes\":[\"q\"],"
                  "\"media_descriptions\":[{\"media\":\"audio\",\"attributes\":[\"w\"]}]}") },
    { "its length over a stream", false, ">INVITE sip:a%40b SIP/2.0" L "Content-Type: application/sdp" L "l: 5" L L "v=0" L OPTIONS,
      INVITE_SAID(",\"sdp\":{\"version\":0}") OPTIONS_SAID },
    { "a body that does not come is waited for", false, ">INVITE sip:a%40b SIP/2.0" L "l: 5" L L "v=0",
      "{\"sip\":{\"method\":\"INVITE\",\"uri\":\"sip:a@b\",\"version\":\"SIP/2.0\",\"request_line\":\"INVITE sip:a@b SIP/2.0\"}} (open)\n" },
    { "text that only looks like a description", true, ">INVITE sip:a%40b SIP/2.0" L "c: application/sdp" L L "x=0" L, INVITE_SAID("") },
    { "a response comes first", true, "<SIP/2.0 200 OK" L L, OK_SAID },
    { "a line that is no header is noted, the others are read", true, ">OPTIONS sip:a%40b SIP/2.0" L "nonsense" L "Via: v" L L,
      "{\"sip\":{\"method\":\"OPTIONS\",\"uri\":\"sip:a@b\",\"version\":\"SIP/2.0\",\"request_line\":\"OPTIONS sip:a@b SIP/2.0\"}} #invalid_data\n" },
    { "nonsense between messages: on with the next that begins like one", false, ">" OPTIONS "what is this" L L OPTIONS,
      OPTIONS_SAID "{\"sip\":{\"method\":\"what\",\"uri\":\"is\",\"version\":\"this\",\"request_line\":\"what is this\"}} #invalid_data\n" OPTIONS_SAID },
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
    struct text out;
    bool same;

    text_init(&out, 0);
    for (size_t i = 0; i < ROWS(rows); i++) {
        rig_cuts(rows[i].script, rows[i].datagrams, 5060, &out, &same);
        is_str(out.p, rows[i].want, rows[i].why);
        ok(same, rows[i].why);
    }
    text_fini(&out);
    for (size_t i = 0; i < ROWS(headers); i++) {
        test_header(i);
    }
    return done_testing();
}

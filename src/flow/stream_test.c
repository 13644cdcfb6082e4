/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Conversations, and what becomes of them: states, notes, releases and the windows of stream rules. */
#include "flow/stream_script.h"
#include "tap.h"

enum mode { PLAIN, INLINE = 1, MIDSTREAM = 2, ASYNC = 4, OVERLAP = 8, STRICT_TS = 16, DEPTH10 = 32, CHUNK10 = 64, IPS = 128,
            URG_INLINE = 256, URG_GAP = 512, URG_DROP = 1024 };

#define OPEN "> S; < SA; > A; "

static const struct {
    const char *why;
    unsigned mode;
    const char *script, *trace;
} cases[] = {
    /* Handshakes. */
    { "the usual handshake", PLAIN, "> S; < SA; > A", "1:=syn_sent 2:=syn_recv 3:=established" },
    { "an ACK without a session makes none", PLAIN, "> A; > PA \"x\"; < A", "" },
};

static void settings_of(struct stream_settings *s, unsigned mode)
{
    *s = script_settings();
    s->inline_mode = mode & INLINE;
    s->ips = mode & IPS;
    s->midstream = mode & MIDSTREAM;
    s->async_oneway = mode & ASYNC;
    s->check_overlap = mode & OVERLAP;
    s->liberal_timestamps = !(mode & STRICT_TS);
    s->depth = mode & DEPTH10 ? 10 : s->depth;
    s->to_server_chunk = s->to_client_chunk = mode & CHUNK10 ? 10 : 2560;
    s->urgent_policy = mode & URG_INLINE ? STREAM_URGENT_INLINE : mode & URG_GAP ? STREAM_URGENT_GAP
                       : mode & URG_DROP ? STREAM_URGENT_DROP : STREAM_URGENT_OOB;
}

int main(int argc, char **argv)
{
    static struct script c;

    if (argc > 2) { /* a script of one's own: mode, text */
        settings_of(&c.set, (unsigned)atoi(argv[1]));
        script_run(&c, argv[2]);
        puts(c.trace);
        return 0;
    }
    for (unsigned i = 0; i < ROWS(cases); i++) {
        memset(&c, 0, sizeof c);
        settings_of(&c.set, cases[i].mode);
        script_run(&c, cases[i].script);
        is_str(c.trace, cases[i].trace, cases[i].why);
    }
    return done_testing();
}

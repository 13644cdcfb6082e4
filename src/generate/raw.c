/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Payload as it is: over TCP and UDP, and in the conversations of protocols whose buffers rules do not name. */
#include "generate/scene.h"

#include <netinet/in.h>

static bool payload_solve(struct scene *s, struct slot *x, struct bytes *out)
{
    const struct solve_wish w = { .max = s->carrier->transport == IPPROTO_TCP && !s->has_payload ? 20000 : 1400, .size = s->has_payload ? &s->payload : NULL, .start = 50 * s->attempt, .tries = 100 };

    return solve_groups(s, x->group, x->group_n, &w, out);
}

static bool raw_build(struct scene *s)
{
    const struct solve_wish w = { .max = 1400, .size = s->has_payload ? &s->payload : NULL, .tries = 4 };
    const struct slot *x = slot_find(s, "payload", s->side);
    struct bytes b = bytes_str("hello");

    if (x) {
        b = x->bytes;
    } else if (s->has_payload && !solve_groups(s, NULL, 0, &w, &b)) {
        return false;
    }
    return scene_say(s, s->side, b);
}

static bool raw_sees(const struct scene *s, const struct slot *x, struct bytes *out)
{
    *out = scene_said(s, x->side);
    return strcmp(x->name, "payload") == 0;
}

/* Words that make the protocol known, then the payload as a message of its own. */
static bool opened(struct scene *s, const char *const *words, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        if (!scene_say(s, words[i][0] == '>' ? TO_SERVER : TO_CLIENT, bytes_str(words[i] + 1))) {
            return false;
        }
    }
    return true;
}

static struct bytes payload_of(const struct scene *s)
{
    return slot_bytes(s, "payload", s->side, "");
}

static bool payload_sees(const struct scene *s, const struct slot *x, struct bytes *out)
{
    *out = x->bytes; /* a packet of its own */
    return strcmp(x->name, "payload") == 0 && s->turn_n != 0;
}

static bool ftp_build(struct scene *s)
{
    static const char *const words[] = { "<220 ready\r\n", ">USER anonymous\r\n", "<331 password\r\n", ">PASS a@example.com\r\n", "<230 in\r\n" };

    return opened(s, words, ROWS(words)) && scene_say(s, s->side, payload_of(s)) && scene_say(s, s->side ^ 1u, bytes_str(s->side == TO_SERVER ? "200 ok\r\n" : "NOOP\r\n"));
}

static bool ssh_build(struct scene *s)
{
    return scene_say(s, s->side, payload_of(s)) && scene_say(s, s->side ^ 1u, bytes_str("SSH-2.0-OpenSSH_9.0\r\n"));
}

/* MS-CIFS 2.2.4.52: a dialect is asked for and given; the payload is a message of its own behind it. */
static bool smb_build(struct scene *s)
{
    static const char ask[] = "\x00\x00\x00\x2f\xff"
                              "SMB\x72\x00\x00\x00\x00\x18\x53\xc8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xfe\x00\x00\x00\x00\x00\x0c\x00\x02NT LM 0.12\x00";
    static const char give[] = "\x00\x00\x00\x25\xff"
                               "SMB\x72\x00\x00\x00\x00\x98\x53\xc8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xfe\x00\x00\x00\x00\x01\x00\x00\x00\x00";

    return scene_say(s, TO_SERVER, bytes_of(ask, 51)) && scene_say(s, TO_CLIENT, bytes_of(give, 41)) && scene_say(s, s->side, payload_of(s));
}

const struct carrier carrier_tcp = { "", IPPROTO_TCP, 4000, 4, payload_solve, raw_build, raw_sees };
const struct carrier carrier_udp = { "", IPPROTO_UDP, 4000, 4, payload_solve, raw_build, raw_sees };
const struct carrier carrier_ftp = { "ftp", IPPROTO_TCP, 21, 4, payload_solve, ftp_build, payload_sees };
const struct carrier carrier_ssh = { "ssh", IPPROTO_TCP, 22, 4, payload_solve, ssh_build, payload_sees };
const struct carrier carrier_smb = { "smb", IPPROTO_TCP, 445, 4, payload_solve, smb_build, payload_sees };

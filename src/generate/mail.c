/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SMTP (RFC 5321): what a rule asks stands in the message's header, its text or its attachment, or is a command. */
#include "generate/scene.h"

#include <netinet/in.h>

static bool mail_solve(struct scene *s, struct slot *x, struct bytes *out)
{
    const struct solve_wish w = { .max = 16000, .start = s->attempt, .tries = 80 };

    return solve_groups(s, x->group, x->group_n, &w, out);
}

static bool say(struct scene *s, uint8_t side, const char *text)
{
    return scene_say(s, side, bytes_str(text));
}

static bool begin(struct scene *s)
{
    return say(s, TO_CLIENT, "220 mail ready\r\n") && say(s, TO_SERVER, "EHLO client\r\n") && say(s, TO_CLIENT, "250 mail\r\n") &&
           say(s, TO_SERVER, "MAIL FROM:<a@example.com>\r\n") && say(s, TO_CLIENT, "250 ok\r\n") && say(s, TO_SERVER, "RCPT TO:<b@example.com>\r\n") &&
           say(s, TO_CLIENT, "250 ok\r\n");
}

static void attachment_add(struct scene *s, struct make *m, struct bytes file)
{
    struct bytes text = base64_make(s->arena, file);

    make_str(m, "Content-Type: application/octet-stream; name=\"a.bin\"\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"a.bin\"\r\n\r\n");
    for (size_t i = 0; i < text.n; i += 76) {
        make_add(m, bytes_head(bytes_from(text, i), 76));
        make_str(m, "\r\n");
    }
}

static bool mail_build(struct scene *s)
{
    struct bytes raw = slot_bytes(s, "payload", TO_SERVER, ""), file = slot_bytes(s, "file.data", TO_SERVER, "");
    struct make m;

    if (slot_has(s, "payload", TO_CLIENT)) {
        return scene_say(s, TO_CLIENT, slot_bytes(s, "payload", TO_CLIENT, "")) && say(s, TO_SERVER, "EHLO client\r\n");
    }
    make_init(&m, s->arena);
    if (raw.n && s->attempt % 3 == 2) { /* a command */
        return say(s, TO_CLIENT, "220 mail ready\r\n") && say(s, TO_SERVER, "EHLO client\r\n") && say(s, TO_CLIENT, "250 mail\r\n") && scene_say(s, TO_SERVER, raw) &&
               say(s, TO_CLIENT, "250 ok\r\n");
    }
    make_str(&m, "MIME-Version: 1.0\r\n");
    if (raw.n && s->attempt % 3 == 0) {
        make_add(&m, raw);
        make_str(&m, "\r\n");
    }
    if (file.n) {
        attachment_add(s, &m, file);
    } else {
        make_str(&m, "Subject: a\r\n\r\n");
    }
    if (raw.n && s->attempt % 3 == 1) {
        make_add(&m, raw);
        make_str(&m, "\r\n");
    }
    make_str(&m, ".\r\n");
    return !m.full && begin(s) && say(s, TO_SERVER, "DATA\r\n") && say(s, TO_CLIENT, "354 go on\r\n") && scene_say(s, TO_SERVER, make_bytes(&m)) &&
           say(s, TO_CLIENT, "250 taken\r\n") && say(s, TO_SERVER, "QUIT\r\n") && say(s, TO_CLIENT, "221 bye\r\n");
}

static bool mail_sees(const struct scene *s, const struct slot *x, struct bytes *out)
{
    if (strcmp(x->name, "file.data") == 0) {
        *out = x->bytes;
        return x->there;
    }
    *out = scene_said(s, x->side);
    return strcmp(x->name, "payload") == 0;
}

const struct carrier carrier_smtp = { "smtp", IPPROTO_TCP, 25, 12, mail_solve, mail_build, mail_sees };

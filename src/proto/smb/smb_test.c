/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Dialogues through the real driver, cut at every place. */
#include "file/file.h"
#include "proto/driver.h"
#include "proto/smb/smb.h"
#include "tap.h"

#define Z2 "\0\0"
#define Z4 Z2 Z2
#define Z8 Z4 Z4
#define Z16 Z8 Z8
#define LENGTH(n) Z2 "\0" n
/* command, status, flags, message */
#define HEAD(command, flags, message) "\xfeSMB\x40\0" Z2 Z4 command "\0" Z2 flags Z2 "\0" Z4 message "\0" Z2 Z4 Z4 "\x07\0\0\0" "\x05" Z4 Z2 "\0" Z16
#define ID "\x4d\0\0\0\0\0\0\0\x09\0\0\0\xff\xff\xff\xff"
/* MS-SMB2 2.2.13: the name stands 120 bytes from the header */
#define CREATE LENGTH("\x7c") HEAD("\x05", "\0", "\x01") "\x39\0" Z2 Z4 Z8 Z8 Z4 Z4 Z4 "\x02\0\0\0" Z4 "\x78\0" "\x04\0" Z4 Z4 "a\0b\0"
#define CREATED LENGTH("\x98") HEAD("\x05", "\x01", "\x01") "\x59\0" Z2 Z4 Z8 Z8 Z8 Z8 Z8 Z8 Z4 Z4 ID Z8
#define WRITE(message, offset, data) LENGTH("\x73") HEAD("\x09", "\0", message) "\x31\0" "\x70\0" "\x03\0\0\0" offset Z4 "\0" Z2 ID Z8 Z8 data
#define CLOSE LENGTH("\x58") HEAD("\x06", "\0", "\x09") "\x18\0" Z2 Z4 ID
#define READ LENGTH("\x71") HEAD("\x08", "\0", "\x02") "\x31\0" Z2 "\x03\0\0\0" Z8 ID Z16 "\0"
#define READ_ANSWER LENGTH("\x53") HEAD("\x08", "\x01", "\x02") "\x11\0" "\x50\0" "\x03\0\0\0" Z8 "xyz"

static const struct {
    const char *why;
    struct bytes ask, answer, then;
    const char *said; /* records: command name size-of-file state notes; */
} rows[] = {
    { "a file is created", BYTES(CREATE), BYTES(CREATED), BYTES(""), "CREATE ab;" },
    { "a file is written in two pieces", BYTES(CREATE), BYTES(CREATED), BYTES(WRITE("\x02", "\0", "abc") WRITE("\x03", "\x03", "def") CLOSE),
      "CREATE ab;WRITE ab 6 closed;CLOSE;" },
    { "pieces come in any order", BYTES(CREATE), BYTES(CREATED), BYTES(WRITE("\x02", "\x03", "def") WRITE("\x03", "\0", "abc") CLOSE),
      "CREATE ab;WRITE ab 6 closed;CLOSE;" },
    { "a piece that never comes is a gap", BYTES(CREATE), BYTES(CREATED), BYTES(WRITE("\x02", "\x03", "def") CLOSE), "CREATE ab;WRITE ab 6 closed gaps;CLOSE;" },
    { "what is written twice is told once", BYTES(CREATE), BYTES(CREATED), BYTES(WRITE("\x02", "\0", "abc") WRITE("\x03", "\x02", "def") CLOSE),
      "CREATE ab;WRITE ab 5 closed file_overlap;CLOSE;" },
    { "a file whose opening was not seen", BYTES(""), BYTES(""), BYTES(WRITE("\x02", "\0", "abc")), "WRITE 3 truncated;" },
    { "a file is read", BYTES(READ), BYTES(READ_ANSWER), BYTES(CLOSE), "READ 3 closed;CLOSE;" },
    { "an answer to the server is passed over", BYTES(CREATE), BYTES(""), BYTES(CREATED), "CREATE ab response_to_server;" },
};

struct rig {
    struct proto_settings settings;
    struct smb_settings smb;
    struct protos *protos;
    struct streams *streams;
    struct flow flow;
};

static void rig_open(struct rig *r)
{
    unsigned id = proto_by_name("smb");

    *r = (struct rig){ 0 };
    r->smb = (struct smb_settings){ .stub_max = 1 << 20 };
    r->settings.enabled[id - 1] = true;
    r->settings.settings[id - 1] = &r->smb;
    r->settings.memcap = 16 << 20;
    r->settings.detect_max = 4096;
    r->protos = protos_new(&r->settings, NULL, &r->streams);
    r->flow.flags = FLOW_EXPECTED;
    r->flow.expected_proto = (uint16_t)id;
    proto_turn(r->protos, 1, 1000);
}

static void send(struct rig *r, enum side side, struct bytes b, uint64_t *offset, size_t cut)
{
    size_t at = 0;

    for (size_t end = cut < b.n ? cut : b.n; b.n != 0; end = b.n) {
        struct stream_part part = { bytes_head(bytes_from(b, at), end - at), *offset + at, 0, 0 };
        at += proto_stream_data(r->protos, &r->flow, side, &part);
        if (end == b.n) {
            break;
        }
    }
    *offset += at;
}

static void say(struct rig *r, struct text *out)
{
    char room[48];

    proto_finish(r->protos, &r->flow);
    for (struct txn *t = ((struct conn *)r->flow.app)->head; t != NULL; t = t->next) {
        const struct smb *d = txn_data(t);
        text_str(out, smb_command_name(d->version, d->command, room) + strlen("SMB2_COMMAND_"));
        if (d->name.n != 0) {
            text_byte(out, ' ');
            text_add(out, d->name.p, d->name.n);
        }
        if (d->file != NULL) {
            text_printf(out, " %u %s%s", (unsigned)d->file->size, d->file->state == FILE_CLOSED ? "closed" : "truncated", d->file->gaps ? " gaps" : "");
        }
        for (unsigned i = 0; i < t->note_n; i++) {
            text_printf(out, " %s", t->proto->notes[t->note[i]].name);
        }
        text_byte(out, ';');
    }
    text_byte(out, '\0');
}

int main(void)
{
    for (unsigned i = 0; i < ROWS(rows); i++) {
        bool good = true;
        for (size_t cut = 0; good && cut <= rows[i].then.n + rows[i].ask.n; cut++) {
            struct rig r;
            struct text out;
            uint64_t offset[2] = { 0, 0 };
            rig_open(&r);
            send(&r, TO_SERVER, rows[i].ask, &offset[TO_SERVER], cut);
            send(&r, TO_CLIENT, rows[i].answer, &offset[TO_CLIENT], cut);
            send(&r, TO_SERVER, rows[i].then, &offset[TO_SERVER], cut);
            text_init(&out, 0);
            say(&r, &out);
            good = strcmp(out.p, rows[i].said) == 0;
            if (!good) {
                is_str(out.p, rows[i].said, rows[i].why);
                diag("cut at %zu", cut);
            }
            text_fini(&out);
            proto_end(r.protos, &r.flow);
            protos_free(r.protos);
        }
        ok(good, rows[i].why);
    }
    is_str(smb_status_name(0xc0000022), "STATUS_ACCESS_DENIED", "results have names");
    ok(smb_status_name(0x12345678) == NULL, "others have none");
    return done_testing();
}

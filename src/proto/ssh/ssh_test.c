/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SSH through the real driver, however its bytes are cut. */
#include "proto/proto.h"
#include "proto/test_rig.h"

extern const struct proto proto_ssh;

static void say(struct text *out, struct txn *t)
{
    for (unsigned i = 0; i < proto_ssh.field_n; i++) {
        const struct field *f = &proto_ssh.fields[i];
        for (unsigned side = 0; side < 2; side++) {
            struct bytes b;
            if ((f->sides >> side & 1) != 0 && f->bytes(t, (enum side)side, 0, &b)) {
                text_printf(out, " %s%s=", side == TO_SERVER ? ">" : "<", f->name);
                rig_say_bytes(out, "", b);
            }
        }
    }
    rig_say_end(out, t);
}

#define CRLF "%0d%0a"
#define NEWKEYS "%00%00%00%0c%0a%15%00%00%00%00%00%00%00%00%00%00"
#define LIST(text) "%00%00%00%01" text
#define COOKIE "0123456789abcdef"
/* 6 + 16 + 10 lists of 5 (two of them empty: 4) + 5: length 73 = 0x49 */
#define KEXINIT "%00%00%00%47%04%14" COOKIE LIST("a") LIST("b") LIST("c") LIST("d") LIST("e") LIST("f") LIST("g") LIST("h") \
    "%00%00%00%00" "%00%00%00%00" "%00%00%00%00%00"
#define BANNERS " >ssh.proto=2.0 <ssh.proto=1.99 >ssh.software=c <ssh.software=s_1 >ssh.ident=c <ssh.ident=s_1"
static const struct rig_row rows[] = {
    { "two banners; what follows a blank is a comment", "<SSH-1.99-s_1 hello" CRLF ">SSH-2.0-c" CRLF, BANNERS " hello (asking) (waiting)\n" },
    { "line ends of one byte", "<SSH-1.99-s_1%0a" NEWKEYS ">SSH-2.0-c%0d" NEWKEYS, BANNERS "\n" },
    { "HASSH: the sender's own lists", "<SSH-1.99-s_1" CRLF KEXINIT NEWKEYS ">SSH-2.0-c" CRLF KEXINIT NEWKEYS,
      BANNERS " >ssh.hassh=1dcec95d22563622775f87b354bc5ccc <ssh.hassh.server=8a4b343520dc5c88e17701acb23cc2e0 >ssh.hassh.string=a;c;e;g"
      " <ssh.hassh.server.string=a;d;f;h\n" },
    { "no banner", "<SSH-x" CRLF, " #invalid_banner (asking) (waiting)\n" },
    { "a record of nothing", "<SSH-2.0-s" CRLF "%00%00%00%01%00%00", " <ssh.proto=2.0 <ssh.software=s <ssh.ident=s #invalid_record (asking) (waiting)\n" },
    { "behind its NEWKEYS a side is not read", "<SSH-2.0-s" CRLF NEWKEYS "%00%00%00%01%00%00", " <ssh.proto=2.0 <ssh.software=s <ssh.ident=s (asking) (waiting)\n" },
    { "a record that is still to come", "<SSH-2.0-s" CRLF "%00%00%10%00%00%02abc", " <ssh.proto=2.0 <ssh.software=s <ssh.ident=s (asking) (waiting)\n" },
};

static const char *long_banner(char *out, size_t n)
{
    struct bytes head = bytes_str("<SSH-2.0-s ");
    memcpy(out, head.p, head.n);
    memset(out + head.n, 'x', n - head.n - 1);
    memcpy(out + n - 8, "%0d%0a", 7);
    return out;
}

int main(void)
{
    struct { const char *hassh; } set = { "yes" }; /* the protocol's only setting */
    char text[400];
    const struct rig_row cut[] = { { "a banner beyond the limit", long_banner(text, sizeof text),
                                          " <ssh.proto=2.0 <ssh.software=s <ssh.ident=s xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx #long_banner (asking) (waiting)\n" } };

    rig_rows(rows, ROWS(rows), &(struct rig_how){ .proto = "ssh", .settings = &set, .say = say });
    rig_rows(cut, 1, &(struct rig_how){ .proto = "ssh", .settings = &set, .say = say });
    return done_testing();
}

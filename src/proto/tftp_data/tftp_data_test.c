/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Transfers through the real driver. */
#include "file/file.h"
#include "proto/test_rig.h"
#include "proto/tftp_data/tftp_data.h"

#define EIGHT "01234567"
#define OACK "%00%06blksize%008%00tsize%0019%00"
#define DATA(block) "%00%03" block
#define ACK(block) "%00%04" block

static const struct rig_row rows[] = {
    { "one block, not full", ">" DATA("%00%01") "hello<" ACK("%00%01"), "hello; 5 closed\n" },
    { "blocks of the size agreed on", "<" OACK ">" ACK("%00%00") "<" DATA("%00%01") EIGHT ">" ACK("%00%01") "<" DATA("%00%02") EIGHT "|" DATA("%00%03") "abc",
      "0123456701234567abc; 19 closed size 8 of 19\n" },
    { "a file that fills its last block ends with an empty one", "<" OACK "|" DATA("%00%01") EIGHT "|" DATA("%00%02"), "01234567; 8 closed size 8 of 19\n" },
    { "sent again, and in another order (RFC 7440)", "<" OACK "|" DATA("%00%02") "b1234567|" DATA("%00%01") "a1234567|" DATA("%00%01") "a1234567|" DATA("%00%03") "c",
      "a1234567b1234567c; 17 closed size 8 of 19\n" },
    { "the last block came early", "<" OACK "|" DATA("%00%02") "b|" DATA("%00%01") "a1234567", "a1234567b; 9 closed size 8 of 19\n" },
    { "no end", ">" DATA("%00%01") "{00}", "%00; 1 closed\n" },
    { "a block is missing", "<" OACK "|" DATA("%00%01") EIGHT "|" DATA("%00%03") "c", "01234567; 8 open size 8 of 19 (open)\n" },
    { "an error", "<" DATA("%00%01") "hello|{00 05 00 02}denied{00}", "hello; 5 closed\n" },
    { "nothing but an error", "<{00 05 00 01}not there{00}", "error 1 not there #transfer_failed\n" },
    { "an error within", "<" OACK "|" DATA("%00%01") EIGHT "|{00 05 00 03}full{00}", "01234567; 8 truncated size 8 of 19 error 3 full #transfer_failed\n" },
    { "a block larger than agreed", "<" OACK "|" DATA("%00%01") EIGHT EIGHT "|" DATA("%00%02") "x", "01234567x; 9 closed size 8 of 19 #block_too_large\n" },
    { "options that are no numbers, or out of bounds", "<{00 06}blksize{00}4{00}tsize{00}many{00}blksize", " (open)\n" },
};

static void say(struct text *out, struct txn *t)
{
    const struct tftp_data *x = txn_data(t);
    const struct file *f = t->files;

    if (f != NULL) {
        rig_say_bytes(out, "", f->data != NULL ? bytes_of(f->data->p, f->data->n) : bytes_none());
        text_printf(out, "; %u %s", (unsigned)f->size, f->state == FILE_OPEN ? "open" : f->state == FILE_CLOSED ? "closed" : "truncated");
    }
    if (x->block_size != 0) {
        text_printf(out, " size %u of %u", (unsigned)x->block_size, (unsigned)x->total);
    }
    if (x->failed) {
        text_printf(out, "%serror %u ", f != NULL ? " " : "", x->error);
        rig_say_bytes(out, "", x->message);
    }
    rig_say_notes(out, t->proto->notes, t->note, t->note_n, " #", "");
    text_str(out, t->complete[0] && t->complete[1] ? "\n" : " (open)\n");
}

/* Blocks of 8 bytes, more than 16 bits count: after 65535 comes `again`. */
static void test_round(unsigned again, const char *why)
{
    struct rig *r = rig_open(&(struct rig_how){ .proto = "tftp-data" }, true);
    const uint8_t oack[] = "\0\6blksize\0008";
    uint8_t block[12] = { 0, 3, 0, 0, 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a' };

    rig_send(r, TO_CLIENT, oack, sizeof oack, RIG_HELD);
    for (unsigned i = 1; i <= 65540; i++) {
        unsigned number = i <= 65535 ? i : i - 65536 + again;
        block[2] = (uint8_t)(number >> 8);
        block[3] = (uint8_t)number;
        rig_send(r, TO_CLIENT, block, i == 65540 ? 7 : 12, RIG_HELD);
    }
    const struct conn *c = r->flow.app;
    is_int(c->head->files->size, 65539 * 8 + 3, why);
    ok(c->head->files->state == FILE_CLOSED && !c->head->files->gaps, why);
    rig_free(r);
}

int main(void)
{
    rig_rows(rows, ROWS(rows), &(struct rig_how){ .proto = "tftp-data", .say = say, .datagrams = true });
    test_round(0, "numbers go round to 0");
    test_round(1, "or to 1");
    return done_testing();
}

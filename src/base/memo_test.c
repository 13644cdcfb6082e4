/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is kept is found by all of what it is made of, and by nothing less. */
#include "base/memo.h"

#include "tap.h"

#include <string.h>

int main(void)
{
    static uint8_t large[MEMO_BYTES];
    struct memo *m = memo_new(1);
    struct bytes a = bytes_str("made of this"), b = bytes_str("made of that"), text = bytes_str("text"), found;

    ok(memo_find(m, MEMO_MD5, a).n == 0, "nothing is there at first");
    memo_keep(m, MEMO_MD5, a, text);
    found = memo_find(m, MEMO_MD5, a);
    is_mem(found.p, found.n, "text", 4, "what was kept");
    ok(memo_find(m, MEMO_SHA1, a).n == 0, "another kind of the same is another's");
    ok(memo_find(m, MEMO_MD5, bytes_head(a, 4)).n == 0, "the beginning is not all of it");
    ok(memo_find(m, MEMO_MD5, b).n == 0, "in the same place, but another");
    memo_keep(m, MEMO_MD5, b, text);
    ok(memo_find(m, MEMO_MD5, b).n == 4 && memo_find(m, MEMO_MD5, a).n == 0, "the later one takes the place");
    memo_keep(m, MEMO_MD5, bytes_of(large, sizeof large - 4), text);
    ok(memo_find(m, MEMO_MD5, bytes_of(large, sizeof large - 4)).n == 4, "as much as there is room for");
    memo_keep(m, MEMO_MD5, bytes_of(large, sizeof large - 3), text);
    memo_keep(m, MEMO_MD5, bytes_of(large, sizeof large), text);
    ok(memo_find(m, MEMO_MD5, bytes_of(large, sizeof large - 3)).n == 0 && memo_find(m, MEMO_MD5, bytes_of(large, sizeof large)).n == 0, "more is not kept");
    memo_keep(m, MEMO_MD5, bytes_none(), text);
    ok(memo_find(m, MEMO_MD5, bytes_none()).n == 0, "made of nothing: never there");
    memo_keep(NULL, MEMO_MD5, a, text);
    ok(memo_find(NULL, MEMO_MD5, a).n == 0, "without a memo nothing is kept");
    memo_free(m);
    return done_testing();
}

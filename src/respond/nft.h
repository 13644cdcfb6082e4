/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nft - the program of that name as a helper, which keeps the rights it is started with: sets of addresses with time-outs.  Any thread.
 *
 * The sensor may start no program later.  So a process stays that may: it starts nft, and when that ends on its own, again, some times, behind
 * pauses.  The table is made anew then, and whoever told it of addresses tells it again (nft_hear).
 */
#ifndef RESPOND_NFT_H
#define RESPOND_NFT_H

#include "base/addr.h"
#include "base/err.h"

#define NFT_LINE_MAX 160

struct nft;
/* What it is told of a host that is kept out for so many seconds; 0: no more. */
void nft_line(char out[NFT_LINE_MAX], const struct addr *a, enum family family, uint32_t seconds);
/* Makes the table inet peccary: two sets, and a chain that drops what comes from them, before routing; those hosts (lines) are in it from its begin, in
 * the moment in which one of a killed run goes.  NULL with err: nft's words. */
struct nft *nft_open(struct bytes hosts, struct err *err);
bool nft_close(struct nft *n, bool stays, struct err *err); /* the table goes, or stays as by a kill; false: perhaps it is not so */
bool nft_block(struct nft *n, const struct addr *a, enum family family, uint32_t seconds); /* 0: no more; false: it does not listen, errno */
/* What there is to hear since it was asked the last time: how many things it complains of that it could not do (the first is put into
 * err); that it has ended, is there again with empty sets, is not started again any more. */
struct nft_news {
    unsigned complaints;
    bool ended, again, given_up;
};
struct nft_news nft_hear(struct nft *n, struct err *err);
bool nft_away(const struct nft *n); /* it has ended, and was not heard to be there again */
bool nft_speaks(const struct nft *n); /* it was heard in the middle of a line */
void nft_wait(const struct nft *n, unsigned ms); /* until there is something to hear, so long at most */

#endif

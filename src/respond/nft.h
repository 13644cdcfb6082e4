/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nft - the program of that name as a helper, which keeps the rights it is started with: sets of addresses with time-outs.  Any thread. */
#ifndef RESPOND_NFT_H
#define RESPOND_NFT_H

#include "base/addr.h"
#include "base/err.h"

struct nft;
/* Makes the table inet peccary: two sets, and a chain that drops what comes from them, before routing.  NULL with err: nft's words. */
struct nft *nft_open(struct err *err);
bool nft_close(struct nft *n, struct err *err); /* the table goes; false: perhaps not */
bool nft_block(struct nft *n, const struct addr *a, enum family family, uint32_t seconds); /* 0: no more; false: it does not listen, errno */
/* How many things it complains of that it could not do, since it was asked the last time; the first is put into err. */
unsigned nft_complains(struct nft *n, struct err *err);
void nft_wait(const struct nft *n, unsigned ms); /* … until it does, so long at most */

#endif

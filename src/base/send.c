/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/send.h"

#include <errno.h>
#include <sys/socket.h>

bool send_all(int fd, struct bytes b)
{
    while (b.n != 0) {
        ssize_t k = send(fd, b.p, b.n, MSG_NOSIGNAL);
        if (k < 0 && errno == EINTR) {
            continue;
        }
        if (k < 0) {
            return false;
        }
        b = bytes_from(b, (size_t)k);
    }
    return true;
}

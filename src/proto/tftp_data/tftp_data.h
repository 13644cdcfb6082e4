/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tftp_data - what is kept of a transfer; its test reads it too.
 */
#ifndef PROTO_TFTP_DATA_TFTP_DATA_H
#define PROTO_TFTP_DATA_TFTP_DATA_H

#include "proto/proto.h"

struct tftp_data {
    struct bytes command, mode, name;
    uint32_t block_size;        /* agreed on; 0: the usual */
    bool has_total, failed;
    uint64_t total;             /* as the server says (RFC 2349) */
    uint16_t error;
    struct bytes message;
    struct file *file;
    struct pieces pieces;
};

#endif

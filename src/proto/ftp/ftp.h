/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ftp - what is known of a command and its replies; shared by ftp.c (lines, commands, replies, the row) and ftp_fields.c (rules, log).
 *
 * A transaction is one command and all replies to it.  A data connection is announced with "COMMAND SIDE NAME" (conn_expect).
 */
#ifndef PROTO_FTP_FTP_H
#define PROTO_FTP_FTP_H

#include "proto/proto.h"

enum { FTP_STARTED, FTP_DONE }; /* progress, either side */

enum ftp_note { NOTE_COMMAND_TOO_LONG, NOTE_REPLY_TOO_LONG, NOTE_TOO_MANY, NOTE_FILE_BEFORE_PORT, NOTE_FILE_WITHOUT_NAME };

enum ftp_command {
    FTP_OTHER /* known, of no interest */, FTP_PORT, FTP_EPRT, FTP_PASV, FTP_EPSV, FTP_AUTH_TLS,
    FTP_RETR, FTP_STOR, FTP_APPE, FTP_STOU, FTP_NLST, FTP_LIST, FTP_MLSD, /* from FTP_RETR on: they open a data connection */
};

struct ftp_reply {
    struct ftp_reply *next;
    struct bytes code, text; /* code n 0: none */
};

struct ftp_state; /* ftp.c's, of the flow */

struct ftp {
    struct ftp_state *state;
    struct bytes name;       /* of a known command, upper case; n 0: a reply to none */
    struct bytes data;       /* what stands behind it; n 0: nothing */
    struct bytes user;       /* of a PASS: the name before it */
    uint8_t command;
    bool cut, reply_cut;     /* longer than a line may be */
    bool active;
    bool bounce;             /* PORT with somebody else's address */
    uint16_t port;           /* of the data connection agreed on; 0: none */
    struct ftp_reply *reply, *reply_last;
    unsigned reply_n;
};

struct ftp_settings {
    uint64_t ignored_memcap, line_max;
    uint32_t txn_max;
};

enum { FTP_FIELDS = 10 };
extern const struct field ftp_fields[FTP_FIELDS];
void ftp_log(const struct txn *t, struct json *j);

/* Data ports: of PORT h,h,h,h,p,p; of EPRT |f|address|port|; in a reply to PASV, to EPSV.  0: none there. */
uint16_t ftp_port_read(struct bytes text);
uint16_t ftp_eprt_read(struct bytes text);
uint16_t ftp_epsv_read(struct bytes text);
/* The address of PORT; false: none there. */
bool ftp_port_address(struct bytes text, struct addr *out);

#endif

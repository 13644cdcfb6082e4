/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * smb1 - what the files about SMB 1 share: commands (MS-CIFS 2.2.2.1), and how parts of a record are read.
 */
#ifndef PROTO_SMB_SMB1_H
#define PROTO_SMB_SMB1_H

#include "proto/smb/smb.h"

enum { SMB1_OPEN = 0x02, SMB1_CREATE = 0x03, SMB1_CLOSE = 0x04, SMB1_RENAME = 0x07, SMB1_READ = 0x0a, SMB1_WRITE = 0x0b, SMB1_CREATE_NEW = 0x0f,
       SMB1_LOCK_AND_READ = 0x13, SMB1_WRITE_AND_UNLOCK = 0x14, SMB1_LOCKING_ANDX = 0x24, SMB1_TRANS = 0x25, SMB1_WRITE_AND_CLOSE = 0x2c, SMB1_OPEN_ANDX = 0x2d,
       SMB1_READ_ANDX = 0x2e, SMB1_WRITE_ANDX = 0x2f, SMB1_TRANS2 = 0x32, SMB1_TREE_DISCONNECT = 0x71, SMB1_NEGOTIATE = 0x72, SMB1_SESSION_SETUP_ANDX = 0x73, SMB1_LOGOFF_ANDX = 0x74,
       SMB1_TREE_CONNECT_ANDX = 0x75, SMB1_NT_TRANS = 0xa0, SMB1_NT_CREATE_ANDX = 0xa2, SMB1_NONE = 0xff };

/* n bytes, counted from the header's start. */
struct bytes smb1_part(const struct smb_record *r, uint32_t at, uint32_t n);
/* The next string of the command's bytes; in UTF-16 it stands at an even offset. */
struct bytes smb1_string(struct smb_record *r, struct txn *t, bool unicode);

/* smb1_open.c: NT_CREATE_ANDX, OPEN_ANDX, OPEN and CREATE, and NT_TRANSACT_CREATE with its parameters, which stand there. */
struct txn *smb1_ask_nt_create(struct smb_record *r);
struct txn *smb1_ask_open_andx(struct smb_record *r);
struct txn *smb1_ask_open(struct smb_record *r);
struct txn *smb1_ask_trans_create(struct smb_record *r, struct bytes parameters, uint32_t at);
void smb1_answer_nt_create(struct smb_record *r, struct txn *t);
void smb1_answer_open(struct smb_record *r, struct txn *t);
/* What such an answer says from the file's number on; `between` it and the times stand so many bytes. */
void smb1_created(struct smb_record *r, struct txn *t, struct rd *w, unsigned between);

#endif

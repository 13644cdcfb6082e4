/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * smb - what the files of this folder share: a transaction, the connection's tables, what a record's head says.
 *
 * Trees, open files and reads under way are kept in tables of fixed size, oldest out first, which is noted and counted: what is
 * forgotten costs a name in a record, never correctness of framing.
 */
#ifndef PROTO_SMB_SMB_H
#define PROTO_SMB_SMB_H

#include "proto/proto.h"
#include "wire/dcebind.h"
#include "wire/krb5.h"
#include "wire/ntlmssp.h"

enum smb_note {
#define NOTE(id, name, help) id,
#include "smb_notes.list"
#undef NOTE
    SMB_NOTES
};

enum smb_span { SPAN_NBSS_PDU, SPAN_NBSS_HDR, SPAN_NBSS_DATA, SPAN_SMB1_PDU, SPAN_SMB1_HDR, SPAN_SMB1_DATA, SPAN_SMB2_PDU, SPAN_SMB2_HDR,
                SPAN_SMB2_DATA, SPAN_SMB3_PDU, SPAN_SMB3_HDR, SPAN_SMB3_DATA };

enum smb_kind { SMB_GENERIC, SMB_NEGOTIATE, SMB_SESSION, SMB_TREE, SMB_CREATE, SMB_FILE, SMB_RENAME, SMB_SET_INFO, SMB_IOCTL, SMB_CALL, SMB_KINDS };

enum { SMB_NAME_MAX = 1024, SMB_DIALECTS_MAX = 32, SMB1_HEADER = 32, SMB2_HEADER = 64, SMB_PIPE_MAX = 262144,
       SMB_STATUS_PENDING = 0x103, SMB_STATUS_MORE_PROCESSING = 0xc0000016, SMB_STATUS_OVERFLOW = 0x80000005 };

struct smb_id { /* of an open file: 16 bytes, SMB1: 2 */
    uint8_t b[16];
    uint8_t n;
};

struct smb_text { /* a name in room that is used again */
    uint8_t *p;
    uint16_t n, room;
};

struct smb_tree {
    uint64_t session;
    uint32_t tree;
    bool pipe, open;
    struct smb_text name;
};

enum { SMB_PIECE_MAX = 1024 };
struct smb_piece { /* the beginning of a unit of DCE/RPC, of which more comes in the next record */
    uint16_t n;
    uint8_t b[SMB_PIECE_MAX];
};

struct smb_handle {
    struct smb_id id;
    bool open;
    bool calls;                  /* a pipe with DCE/RPC in it */
    struct smb_text name;
    uint64_t session;
    uint32_t tree;
    struct dcebind binds;
    struct { uint64_t txn; uint32_t left; bool last; } rest[2]; /* of a unit that goes on in the next record: 1 + id of its transaction */
    struct smb_piece *piece[2];  /* NULL: there was none yet */
    uint64_t file[2];            /* 1 + id of the transaction that carries it in that direction; 0: none */
};

struct smb_read { /* asked, not answered: which file, and from where */
    uint64_t message;
    struct smb_id id;
    uint64_t offset;
    bool used;
};

enum { SMB_TREES = 64, SMB_HANDLES = 256, SMB_READS = 128, SMB_PIECE = 8 };

/* Rings of the newest, in pieces that come with their first use: most connections need few. */
struct smb_tables {
    struct smb_tree *tree[SMB_TREES / SMB_PIECE];
    struct smb_handle *handle[SMB_HANDLES / SMB_PIECE];
    struct smb_read *read[SMB_READS / SMB_PIECE];
    uint8_t tag[SMB_HANDLES];    /* of each handle's id; 0: none */
    unsigned tree_at, handle_at, read_at;
};

struct smb_lane {                /* one direction */
    uint64_t left;               /* of the NetBIOS message under way */
    uint64_t record;             /* bytes of the SMB record whose unit comes next */
    uint64_t after;              /* of the record, behind its data */
    enum { LANE_SKIP, LANE_FILE } body;
    uint64_t body_left;
    uint64_t body_txn;           /* 1 + id */
    uint64_t body_offset;        /* in the file */
};

struct smb_state {
    struct smb_lane lane[2];
    struct smb_tables *tables;
    uint16_t dialect;            /* SMB2 and 3; 0: none yet */
    struct bytes dialect1;       /* SMB1's, as text; empty: none yet */
    uint32_t max_read, max_write;
    bool begun;
    uint64_t last_create;        /* 1 + id of the newest create: what related requests are about */
    uint64_t related;            /* the one that the handle of related requests was made for */
};

struct smb_call { /* DCE/RPC in a pipe */
    struct { bool seen, whole, little; uint8_t type; uint32_t fragments; struct arena_text stub; } half[2];
    uint32_t call;
    uint16_t opnum;
    struct smb_id id;
    struct dceiface *offered;
    unsigned offered_n;
    bool bound;
    uint8_t key[DCEBIND_KEY];
};

struct smb {
    uint8_t kind;                /* enum smb_kind */
    uint8_t version;             /* 1, 2 */
    uint16_t command;
    bool has_status, dos;
    bool answered, unnamed;
    uint32_t status;             /* dos: class and code */
    uint64_t session, message;
    uint32_t tree;
    /* by kind */
    struct bytes name;           /* of file, share; rename: from */
    struct bytes to;             /* rename */
    struct bytes share;
    bool pipe;                   /* tree */
    struct smb_id id;
    /* negotiate */
    struct bytes dialect1[SMB_DIALECTS_MAX];
    uint16_t dialect2[SMB_DIALECTS_MAX];
    unsigned dialect_n;
    struct smb_id client_guid, server_guid;
    uint8_t system_time[8];      /* the server's, as it came */
    bool has_time;
    /* session */
    struct ntlmssp *ntlmssp;     /* the client's authentication */
    struct ntlmssp *challenge;   /* the server's */
    struct krb5_ticket *ticket;
    struct bytes native_os[2], native_lm[2];
    /* tree */
    struct bytes service[2];
    uint8_t share_type;
    /* create, set info */
    uint32_t disposition;
    bool directory, delete_on_close, opened;
    uint64_t times[4];           /* FILETIME: created, accessed, modified, changed */
    uint64_t size;
    uint8_t class, level;
    uint32_t function;           /* ioctl */
    struct smb_call *call;
    /* file */
    struct file *file;
    struct pieces pieces;
};

struct smb_settings {
    uint64_t max_read, max_write, max_read_queue, max_write_queue, stub_max, depth;
    uint32_t max_read_queue_n, max_write_queue_n, max_tx;
    const char *types;
};

/* What a handler knows of its record. */
struct smb_record {
    struct conn *c;
    struct smb_state *s;
    enum side side;
    uint8_t version;
    uint16_t command;
    uint32_t status;
    bool dos, unicode, related;
    uint64_t session, message;
    uint32_t tree;
    struct bytes all;            /* from the SMB header on: offsets count from here */
    struct rd body;              /* behind the header; SMB1: behind the word count and the words are `words` */
    struct rd words;             /* SMB1 */
};

static inline struct smb *smb_of(struct txn *t) { return txn_data(t); }
static inline const struct smb *smb_const(const struct txn *t) { return txn_data_const(t); }

/* smb_state.c */
struct txn *smb_txn(const struct smb_record *r, enum smb_kind kind);             /* new, not answered; NULL at the cap */
struct txn *smb_ask_generic(struct smb_record *r);     /* of a command whose request says nothing that is kept */
struct txn *smb_txn_asked(const struct smb_record *r);                           /* the one this record answers; NULL */
void smb_txn_answer(struct txn *t, const struct smb_record *r);                  /* status; both sides done */
struct smb_tree *smb_tree_find(struct smb_state *s, uint64_t session, uint32_t tree);
struct txn *smb_ask_tree_end(struct smb_record *r); /* a share is left */
/* A share's name was asked for: all of a request, but the share of pipes', for that it is one the answer says. */
void smb_tree_asked(struct txn *t);
void smb_tree_put(const struct smb_record *r, uint64_t session, uint32_t tree, struct bytes name, bool pipe);
struct smb_handle *smb_handle_find(struct smb_state *s, const struct smb_id *id);
struct smb_handle *smb_handle_put(const struct smb_record *r, const struct smb_id *id, struct bytes name);
void smb_read_put(const struct smb_record *r, const struct smb_id *id, uint64_t offset);
bool smb_read_take(struct smb_state *s, uint64_t message, struct smb_read *out);
const struct smb_read *smb_read_peek(struct smb_state *s, uint64_t message);
struct bytes smb_text(const struct smb_text *t);
struct smb_id smb_id_read(struct rd *r, unsigned n);
bool smb_id_is(const struct smb_id *a, const struct smb_id *b);
/* Text of a message into t's arena, UTF-8. */
struct bytes smb_string(struct txn *t, bool unicode, struct bytes b);
/* What a session setup brings: NTLM messages, Kerberos tickets. */
void smb_session_token(struct txn *t, struct bytes token);
void smb_challenge(struct txn *t, struct bytes token); /* the server's answer to it */
const char *smb_dialect_name(uint16_t dialect); /* of SMB2 and 3 */
bool smb_on_disk(struct smb_state *s, uint64_t session, uint32_t tree, const struct smb_handle *h); /* the tree, or the one it was opened in, is known and no pipe */
/* Is the file a pipe with calls in it?  `data`: its first bytes, for what is not known by name. */
bool smb_has_calls(struct smb_state *s, uint64_t session, uint32_t tree, const struct smb_id *id, struct bytes data);

/* smb_file.c: data of a file, in that direction, at that offset. */
struct txn *smb_file_txn(const struct smb_record *r, const struct smb_id *id);
void smb_file_chunk(struct conn *c, struct txn *t, uint64_t offset, struct bytes chunk);
void smb_file_gap(struct conn *c, struct txn *t, uint64_t offset, uint64_t n);
void smb_file_close(const struct smb_record *r, const struct smb_id *id);
void smb_file_begin(const struct smb_record *r, struct txn *t, uint64_t offset, uint64_t n);

/* smb_pipe.c: units of DCE/RPC that a record carries.  The transaction they belong to; NULL: none. */
struct txn *smb_pipe(const struct smb_record *r, const struct smb_id *id, struct bytes data);

/* smb_frame.c */
struct frame smb_frame(struct conn *c, enum side side, struct rd data);
struct frame smb_resync(struct conn *c, enum side side, struct rd data);
enum outcome smb_parse(struct conn *c, enum side side, unsigned unit, struct rd bytes);
void smb_body(struct conn *c, enum side side, struct bytes chunk, bool last);
void smb_gap(struct conn *c, enum side side, uint64_t n, bool in_body);
/* Data of a read or write whose head ends `at` bytes into the record: n bytes follow the unit. */
struct smb_data {
    uint64_t head, n;
};

/* smb2.c, smb1.c: a whole record, or its head when data follows. */
enum outcome smb2_record(struct smb_record *r);
enum outcome smb1_record(struct smb_record *r);
bool smb2_header(struct rd *r, struct smb_record *out, uint32_t *next);
bool smb1_header(struct rd *r, struct smb_record *out);
/* Where the data of a read or write stands, when the record is one whose data goes by in chunks.  MORE: not enough yet to tell. */
enum outcome smb2_data(struct conn *c, enum side side, struct bytes have, uint64_t record, struct smb_data *out);
enum outcome smb1_data(struct conn *c, enum side side, struct bytes have, uint64_t record, struct smb_data *out);

/* smb_log.c, smb_names.c */
void smb_log(const struct txn *t, struct json *j);
bool smb_log_wanted(const struct txn *t);
const char *smb_status_name(uint32_t status);           /* NULL: none */
const char *smb_dos_name(uint8_t class, uint16_t code); /* NULL: none */
const char *smb_command_name(unsigned version, unsigned command, char room[48]);
const char *smb_function_name(uint32_t function);       /* NULL: none */

#endif

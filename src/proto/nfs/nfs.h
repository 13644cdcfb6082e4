/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nfs - the Network File System, versions 2 (RFC 1094), 3 (RFC 1813) and 4 (RFC 7530, RFC 8881), over RPC: what the files of this
 * folder share.
 *
 * A transaction is a call with its reply; or a file that is read or written, whichever calls do it.  Calls that wait for their reply
 * and names of handles are kept in short lists of the flow's, oldest out.
 */
#ifndef PROTO_NFS_H
#define PROTO_NFS_H

#include "proto/proto.h"
#include "wire/rpc.h"

enum nfs_note { NFS_MALFORMED, NFS_NO_VERSION, NFS_UNSUPPORTED, NFS_TOO_MANY, NFS_CALLS_FORGOTTEN };
enum nfs_span { NFS_SPAN_RPC_PDU, NFS_SPAN_RPC_HEAD, NFS_SPAN_RPC_DATA, NFS_SPAN_RPC_CREDS, NFS_SPAN_PDU, NFS_SPAN_STATUS, NFS_SPAN_PDU4, NFS_SPAN_HEAD4,
                NFS_SPAN_OPS4, NFS_SPAN_STATUS4 };
enum { NFS_PROGRAM = 100003, NFS_HANDLE_MAX = 128, NFS_NAME_MAX = 255, NFS_DATA_MAX = 16 << 20, NFS4_COMPOUND = 1, NFS4_WRITE = 38, NFS4_READ = 25,
       NFS4_RENAME = 29 };

struct nfs_handle {
    uint8_t n;
    uint8_t bytes[NFS_HANDLE_MAX];
};
struct nfs_name {
    uint8_t n;
    uint8_t bytes[NFS_NAME_MAX];
};

/* A call that waits for its reply. */
struct nfs_call {
    struct nfs_call *next;
    uint32_t xid, version, procedure;
    uint64_t offset;               /* of a read */
    bool integrity;                /* wrapped (RFC 2203 5.3.2.2) */
    struct nfs_handle handle;
    struct nfs_name name;
};

struct nfs_named {
    struct nfs_named *next;
    struct nfs_handle handle;
    struct nfs_name name;
};

/* Data of a read or write that goes by as a body, and the rest of its record. */
struct nfs_flow_data {
    uint64_t txn;                  /* id + 1; 0: nobody wants it */
    uint64_t offset, left;         /* in the file */
    uint64_t after;                /* what follows it in the record */
};

struct nfs_state {
    struct nfs_call *calls, *calls_free;
    struct nfs_named *names;
    uint32_t call_n, name_n;
    uint32_t version;              /* of the first call */
    uint64_t cut[2];               /* bytes of the record at work that its unit does not hold */
    bool more[2];                  /* the last fragment was not its record's last */
    struct nfs_flow_data data[2];
};

struct nfs {
    uint32_t xid, procedure, version, last_xid, chunks;
    bool file_txn, first, last, committed;
    uint8_t side;                  /* of the file */
    struct bytes name, to, handle;
    uint32_t auth, uid, gid, rpc_status, status;
    struct bytes machine;
    struct file *file;
    struct pieces pieces;
};

struct nfs_settings {
    uint32_t txn_max, call_max, name_max;
};

/* The message at work. */
struct nfs_record {
    struct conn *c;
    struct nfs_state *st;
    enum side side;
    size_t n;                      /* bytes that there are of it */
    const struct rpc_call *call;   /* side TO_SERVER */
    const struct rpc_reply *reply; /* side TO_CLIENT */
};

/* One operation of a compound.  data_n bytes of data follow where the reader stands after it (WRITE, READ's reply). */
struct nfs_op {
    uint32_t code, status, stable, data_n;
    uint64_t offset;
    bool eof, has_data;
    struct bytes handle, name, to;
};
/* False: the last was it, or the next is not known. */
bool nfs_op_next(struct rd *r, bool reply, struct nfs_op *op);
/* From a compound's beginning to its operations; how many there are. */
uint32_t nfs_compound(struct rd *r, bool reply);

/* Names of procedures: NULL when there is none.  By name: 1 + the number in version 2, 3, 4, 16 bits each. */
const char *nfs_procedure_name(unsigned version, uint32_t procedure);
bool nfs_procedure_named(struct bytes name, uint64_t *numbers);
bool nfs_is_read(unsigned version, uint32_t procedure);
bool nfs_is_write(unsigned version, uint32_t procedure);
bool nfs_is_rename(unsigned version, uint32_t procedure);

/* Where file data stands in a message of which not all has come: bytes in front of it; 0: none, or it cannot be told yet. */
size_t nfs_data_at(struct nfs_state *st, enum side side, struct rd r);
/* What comes behind a call's or a reply's head. */
void nfs_call(const struct nfs_record *m, struct rd r);
void nfs_reply(const struct nfs_record *m, struct rd r);
void nfs_body(struct conn *c, enum side side, struct bytes chunk, bool last);
/* Version 4's. */
void nfs4_call(const struct nfs_record *m, struct nfs_call *k, struct rd r);
void nfs4_reply(const struct nfs_record *m, struct nfs_call *k, struct rd r);

/* The lists.  Bytes too long for them are as if they had not been there. */
struct nfs_call *nfs_call_find(struct nfs_state *st, uint32_t xid);
struct nfs_call *nfs_call_new(const struct nfs_record *m);
void nfs_call_drop(struct nfs_state *st, const struct nfs_call *k);
struct bytes nfs_name_of(const struct nfs_state *st, struct bytes handle);
void nfs_name_put(const struct nfs_record *m, struct bytes handle, struct bytes name);
void nfs_set_handle(struct nfs_handle *to, struct bytes b);
void nfs_set_name(struct nfs_name *to, struct bytes b);
static inline struct bytes nfs_handle_bytes(const struct nfs_handle *h) { return bytes_of(h->bytes, h->n); }
static inline struct bytes nfs_name_bytes(const struct nfs_name *n) { return bytes_of(n->bytes, n->n); }

/* A transaction for the call, with who calls. */
struct txn *nfs_txn(const struct nfs_record *m, const struct nfs_call *k, uint32_t procedure);
void nfs_answered(const struct nfs_record *m, uint32_t status, struct bytes handle);
/* Files: the open one of that handle in that direction; data of it, as much as `r` has, the rest comes as a body; its end. */
struct nfs_piece {
    struct bytes handle, name;
    uint32_t version, procedure, xid;
    uint64_t offset;
    uint32_t n;
    bool last;
};
struct txn *nfs_file_find(const struct nfs_record *m, enum side side, struct bytes handle);
struct txn *nfs_file_new(const struct nfs_record *m, enum side side, const struct nfs_piece *p);
void nfs_file_piece(const struct nfs_record *m, const struct nfs_piece *p, uint32_t status, struct rd *r);
void nfs_file_commit(const struct nfs_record *m, struct bytes handle, bool counts);

void nfs_log(const struct txn *t, struct json *j);
void nfs_log_rpc(const struct txn *t, struct json *j);
enum side nfs_log_side(const struct txn *t, enum side turn);
bool nfs_log_wanted(const struct txn *t);

#endif

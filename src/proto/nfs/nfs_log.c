/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nfs_log - records. */
#include "proto/nfs/nfs.h"

enum { GETATTR = 1 };

static void number_text(struct json *j, const char *key, uint64_t v)
{
    char text[20];

    json_bytes(j, key, bytes_of(text, text_digits(v, text)));
}

/* The handle is told by its CRC-32 (ISO 3309). */
static void log_hash(struct json *j, struct bytes handle)
{
    static const char digits[] = "0123456789abcdef";
    uint32_t crc = UINT32_MAX;
    char text[8];
    unsigned n = 0;

    for (size_t i = 0; i < handle.n; i++) {
        crc ^= handle.p[i];
        for (unsigned k = 0; k < 8; k++) {
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320u : 0);
        }
    }
    crc = ~crc;
    for (unsigned shift = 32; shift != 0; shift -= 4) { /* without leading zeros */
        unsigned digit = crc >> (shift - 4) & 15;
        if (n != 0 || digit != 0 || shift == 4) {
            text[n++] = digits[digit];
        }
    }
    json_bytes(j, "hhash", bytes_of(text, n));
}

/* RFC 1813 2.6 */
static const struct code errors[] = {
    { 0, "OK" }, { 1, "ERR_PERM" }, { 2, "ERR_NOENT" }, { 5, "ERR_IO" }, { 6, "ERR_NXIO" }, { 13, "ERR_ACCES" }, { 17, "ERR_EXIST" }, { 18, "ERR_XDEV" },
    { 19, "ERR_NODEV" }, { 20, "ERR_NOTDIR" }, { 21, "ERR_ISDIR" }, { 22, "ERR_INVAL" }, { 27, "ERR_FBIG" }, { 28, "ERR_NOSPC" }, { 30, "ERR_ROFS" },
    { 31, "ERR_MLINK" }, { 63, "ERR_NAMETOOLONG" }, { 66, "ERR_NOTEMPTY" }, { 69, "ERR_DQUOT" }, { 70, "ERR_STALE" }, { 71, "ERR_REMOTE" },
    { 10001, "ERR_BADHANDLE" }, { 10002, "ERR_NOT_SYNC" }, { 10003, "ERR_BAD_COOKIE" }, { 10004, "ERR_NOTSUPP" }, { 10005, "ERR_TOOSMALL" },
    { 10006, "ERR_SERVERFAULT" }, { 10007, "ERR_BADTYPE" }, { 10008, "ERR_JUKEBOX" },
};

static void log_file(struct json *j, const char *key, const struct nfs *d)
{
    json_object(j, key);
    json_bool(j, "first", d->first);
    json_bool(j, "last", d->last);
    if (d->file_txn) {
        json_u64(j, "last_xid", d->last_xid);
        json_u64(j, "chunks", d->chunks);
    }
    json_end_object(j);
}

static void log_named(struct json *j, const char *key, const char *name, uint64_t number)
{
    if (name != NULL) {
        json_string(j, key, name);
    } else {
        number_text(j, key, number);
    }
}

void nfs_log(const struct txn *t, struct json *j)
{
    const struct nfs *d = txn_data_const(t);

    json_u64(j, "version", d->version);
    log_named(j, "procedure", nfs_procedure_name(d->version, d->procedure), d->procedure);
    json_bytes(j, "filename", d->name);
    if (d->handle.n != 0) {
        log_hash(j, d->handle);
    }
    json_u64(j, "id", t->id + 1);
    json_bool(j, "file_tx", d->file_txn);
    json_string(j, "type", "response");
    log_named(j, "status", names_name(NAMES_CODES(errors), d->status), d->status);
    if (nfs_is_read(d->version, d->procedure)) {
        log_file(j, "read", d);
    } else if (nfs_is_write(d->version, d->procedure)) {
        log_file(j, "write", d);
    } else if (nfs_is_rename(d->version, d->procedure)) {
        json_object(j, "rename");
        json_bytes(j, "from", d->name);
        json_bytes(j, "to", d->to);
        json_end_object(j);
    }
}

void nfs_log_rpc(const struct txn *t, struct json *j)
{
    static const char *const statuses[] = { "ACCEPTED", "DENIED" }, *const auths[] = { "NULL", "UNIX", "SHORT", "DH", "KERB", "RSA", "GSS" };
    const struct nfs *d = txn_data_const(t);

    json_object(j, "rpc");
    json_u64(j, "xid", d->xid);
    log_named(j, "status", d->rpc_status < ROWS(statuses) ? statuses[d->rpc_status] : NULL, d->rpc_status);
    log_named(j, "auth_type", d->auth < ROWS(auths) ? auths[d->auth] : NULL, d->auth);
    if (d->auth == RPC_AUTH_UNIX) {
        json_object(j, "creds");
        json_bytes(j, "machine_name", d->machine);
        json_u64(j, "uid", d->uid);
        json_u64(j, "gid", d->gid);
        json_end_object(j);
    }
    json_end_object(j);
}

enum side nfs_log_side(const struct txn *t, enum side turn)
{
    (void)t;
    return turn;
}

/* Attributes are asked for all the time. */
bool nfs_log_wanted(const struct txn *t)
{
    const struct nfs *d = txn_data_const(t);

    return d->version > 3 || d->procedure != GETATTR;
}

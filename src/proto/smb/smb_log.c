/* SPDX-License-Identifier: GPL-2.0-or-later */
/* smb_log - the record's object. */
#include "proto/smb/smb.h"

enum { FILETIME_SECOND = 10000000 };
#define FILETIME_1970 11644473600ULL /* seconds from 1601 to 1970 */

static const char digits[] = "0123456789abcdef";

static void log_hex(struct json *j, const char *key, uint64_t v, unsigned least)
{
    char text[18] = "0x", back[16];
    unsigned n = 0, at = 2;

    for (; v != 0 || n < least; v >>= 4) {
        back[n++] = digits[v & 15];
    }
    while (n != 0) {
        text[at++] = back[--n];
    }
    json_bytes(j, key, bytes_of(text, at));
}

/* A GUID or file id as Suricata writes it: groups are numbers, low byte first. */
static void log_id(struct json *j, const char *key, const struct smb_id *id)
{
    static const uint8_t order[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 9, 8, 11, 10, 15, 14, 13, 12 }, order2[2] = { 1, 0 };
    char text[36];
    unsigned n = 0;

    for (unsigned i = 0; i < id->n && id->n <= 16; i++) {
        uint8_t b = id->b[id->n == 16 ? order[i] : order2[i & 1]];
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            text[n++] = '-';
        }
        text[n++] = digits[b >> 4];
        text[n++] = digits[b & 15];
    }
    if (n != 0) {
        json_bytes(j, key, bytes_of(text, n));
    }
}

const char *smb_dialect_name(uint16_t d)
{
    static const struct { uint16_t d; const char *name; } names[] = {
        { 0x0202, "2.02" }, { 0x0210, "2.10" }, { 0x0222, "2.22" }, { 0x0224, "2.24" }, { 0x02ff, "2.??" }, { 0x0300, "3.00" },
        { 0x0302, "3.02" }, { 0x0310, "3.10" }, { 0x0311, "3.11" },
    };

    for (unsigned i = 0; i < ROWS(names); i++) {
        if (names[i].d == d) {
            return names[i].name;
        }
    }
    return "unknown";
}

static void log_negotiate(const struct smb *d, struct json *j, const struct smb_state *s)
{
    if (d->dialect_n != 0) {
        json_array(j, "client_dialects");
        for (unsigned i = 0; i < d->dialect_n; i++) {
            if (d->version == 1) {
                json_bytes(j, NULL, d->dialect1[i]);
            } else {
                json_string(j, NULL, smb_dialect_name(d->dialect2[i]));
            }
        }
        json_end_array(j);
    }
    log_id(j, "client_guid", &d->client_guid);
    log_id(j, "server_guid", &d->server_guid);
    if (s != NULL && s->max_read != 0) {
        json_u64(j, "max_read_size", s->max_read);
    }
    if (s != NULL && s->max_write != 0) {
        json_u64(j, "max_write_size", s->max_write);
    }
}

static size_t put(char *text, size_t n, const char *s)
{
    for (size_t i = 0; s[i] != '\0'; i++) {
        text[n++] = s[i];
    }
    return n;
}

static void log_native(const struct smb *d, struct json *j, enum side side)
{
    if (d->native_os[side].p == NULL) {
        return;
    }
    json_object(j, side == TO_SERVER ? "request" : "response");
    json_bytes(j, "native_os", d->native_os[side]);
    json_bytes(j, "native_lm", d->native_lm[side]);
    json_end_object(j);
}

static void log_ticket(const struct krb5_ticket *ticket, struct json *j)
{
    struct rd parts = ticket->sname;
    struct bytes one;

    json_object(j, "kerberos");
    json_bytes(j, "realm", ticket->realm);
    if (rd_left(&parts) != 0) {
        json_array(j, "snames");
        while (krb5_name_next(&parts, &one)) {
            json_bytes(j, NULL, one);
        }
        json_end_array(j);
    }
    json_end_object(j);
}

static void log_session(const struct smb *d, struct json *j)
{
    const struct ntlmssp *m = d->ntlmssp;

    if (d->ticket != NULL) {
        log_ticket(d->ticket, j);
    }

    if (m != NULL) {
        char text[64];
        json_object(j, "ntlmssp");
        json_bytes(j, "domain", m->domain);
        json_bytes(j, "user", m->user);
        json_bytes(j, "host", m->host);
        if (m->has_version) {
            size_t n = text_digits(m->major, text);
            n = put(text, n, ".");
            n += text_digits(m->minor, &text[n]);
            n = put(text, n, " build ");
            n += text_digits(m->build, &text[n]);
            n = put(text, n, " rev ");
            n += text_digits(m->revision, &text[n]);
            json_bytes(j, "version", bytes_of(text, n));
        }
        json_end_object(j);
    }
    log_native(d, j, TO_SERVER);
    log_native(d, j, TO_CLIENT);
}

static void log_tree(const struct smb *d, struct json *j)
{
    static const char *const types[] = { "UNKNOWN", "FILE", "PIPE", "PRINT" };

    json_bytes(j, d->pipe ? "named_pipe" : "share", d->name);
    if (d->version == 1) {
        json_object(j, "service");
        if (d->service[TO_SERVER].p != NULL) {
            json_bytes(j, "request", d->service[TO_SERVER]);
        }
        if (d->service[TO_CLIENT].p != NULL) {
            json_bytes(j, "response", d->service[TO_CLIENT]);
        }
        json_end_object(j);
    } else {
        json_string(j, "share_type", types[d->share_type < ROWS(types) ? d->share_type : 0]);
    }
}

static uint64_t unix_seconds(uint64_t filetime)
{
    uint64_t seconds = filetime / FILETIME_SECOND;

    return seconds > FILETIME_1970 ? seconds - FILETIME_1970 : 0;
}

static void log_create(const struct smb *d, struct json *j)
{
    static const char *const dispositions[] = { "FILE_SUPERSEDE", "FILE_OPEN", "FILE_CREATE", "FILE_OPEN_IF", "FILE_OVERWRITE", "FILE_OVERWRITE_IF" };
    static const char *const times[4] = { "created", "accessed", "modified", "changed" };

    if (d->name.n != 0) {
        json_bytes(j, d->directory ? "directory" : "filename", d->name);
    } else {
        json_string(j, "filename", "<share_root>");
    }
    json_string(j, "disposition", d->disposition < ROWS(dispositions) ? dispositions[d->disposition] : "UNKNOWN");
    json_string(j, "access", d->delete_on_close ? "delete on close" : "normal");
    for (unsigned i = 0; i < 4; i++) {
        json_u64(j, times[i], unix_seconds(d->times[i]));
    }
    json_u64(j, "size", d->size);
    log_id(j, "fuid", &d->id);
}

static void log_interface(const struct dceiface *f, struct json *j)
{
    char text[48];
    unsigned n = 0;

    json_object(j, NULL);
    for (unsigned i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            text[n++] = '-';
        }
        text[n++] = digits[f->context.uuid[i] >> 4];
        text[n++] = digits[f->context.uuid[i] & 15];
    }
    json_bytes(j, "uuid", bytes_of(text, n));
    size_t m = text_digits(f->context.major, text);
    text[m++] = '.';
    m += text_digits(f->context.minor, &text[m]);
    json_bytes(j, "version", bytes_of(text, m));
    if (f->acked) {
        json_u64(j, "ack_result", f->result & 0xff);
        json_u64(j, "ack_reason", f->result >> 8); /* Suricata's records have the result's other byte here */
    }
    json_end_object(j);
}

static const char *decimal(uint8_t n, char room[4])
{
    unsigned at = 3;

    room[at] = '\0';
    do {
        room[--at] = (char)('0' + n % 10);
        n /= 10;
    } while (n != 0);
    return room + at;
}

static void log_call(const struct smb_call *k, struct json *j)
{
    const char *const halves[2] = { "req", "res" };
    const uint8_t types[2] = { DCE_REQUEST, DCE_RESPONSE };

    json_object(j, "dcerpc");
    if (k->half[TO_SERVER].seen && k->half[TO_SERVER].type >= DCE_TYPE_N) {
        char number[4];
        json_string(j, "request", decimal(k->half[TO_SERVER].type, number));
    } else {
        json_string(j, "request", k->half[TO_SERVER].seen ? dcepdu_type_name(k->half[TO_SERVER].type) : "REQUEST_LOST");
    }
    json_string(j, "response", k->half[TO_CLIENT].seen ? dcepdu_type_name(k->half[TO_CLIENT].type) : "UNREPLIED");
    if (k->half[TO_SERVER].seen && k->half[TO_SERVER].type == DCE_REQUEST) {
        json_u64(j, "opnum", k->opnum);
    }
    for (unsigned side = 0; side < 2; side++) {
        if (k->half[side].seen && k->half[side].type == types[side]) {
            json_object(j, halves[side]);
            json_u64(j, "frag_cnt", k->half[side].fragments);
            json_u64(j, "stub_data_size", k->half[side].stub.n);
            json_end_object(j);
        }
    }
    if (k->offered_n != 0) {
        json_array(j, "interfaces");
        for (unsigned i = 0; i < k->offered_n; i++) {
            log_interface(&k->offered[i], j);
        }
        json_end_array(j);
    }
    json_u64(j, "call_id", k->call);
    json_end_object(j);
}

static void log_file(const struct smb *d, struct json *j)
{
    json_bytes(j, "filename", d->name);
    if (d->share.n != 0) {
        json_bytes(j, "share", d->share);
    }
    log_id(j, "fuid", &d->id);
}

static void log_rename(const struct smb *d, struct json *j)
{
    json_object(j, "rename");
    json_bytes(j, "from", d->name);
    json_bytes(j, "to", d->to);
    json_end_object(j);
    log_id(j, "fuid", &d->id);
}

static void log_set_info(const struct smb *d, struct json *j)
{
    if (d->name.n != 0) {
        json_bytes(j, "filename", d->name);
    } else {
        json_string(j, "filename", "<share_root>");
    }
    json_string(j, "access", d->delete_on_close ? "delete on close" : "normal");
    if (d->version == 2) {
        json_object(j, "set_info");
        json_string(j, "class", "FILE_INFO");
        json_string(j, "info_level", "SMB2_FILE_DISPOSITION_INFO");
        json_end_object(j);
    } else {
        json_string(j, "subcmd", d->class == 6 ? "SET_PATH_INFO" : "SET_FILE_INFO");
        json_string(j, "level_of_interest", d->function == 1013 ? "Set Disposition Information" : "Set File Disposition Info");
    }
    log_id(j, "fuid", &d->id);
}

static void log_ioctl(const struct smb *d, struct json *j)
{
    const char *name = smb_function_name(d->function);

    if (name != NULL) {
        json_string(j, "function", name);
    } else {
        log_hex(j, "function", d->function, 8);
    }
}

static void log_status(const struct smb *d, struct json *j)
{
    uint8_t class = (uint8_t)d->status;
    uint16_t code = (uint16_t)(d->status >> 16);
    const char *name = d->dos ? smb_dos_name(class, code) : smb_status_name(d->status);

    if (!d->has_status) {
        return;
    }
    if (name != NULL) {
        json_string(j, "status", name);
    } else {
        log_hex(j, "status", d->dos ? (uint32_t)class << 16 | code : d->status, 8);
    }
    log_hex(j, "status_code", d->dos ? code : d->status, d->dos ? 4 : 1);
}

void smb_log(const struct txn *t, struct json *j)
{
    const struct smb *d = txn_data_const(t);
    const struct smb_state *s = conn_state(t->conn);
    char room[48];

    json_u64(j, "id", t->id + 1);
    if (s != NULL && s->dialect != 0) {
        json_string(j, "dialect", smb_dialect_name(s->dialect));
    } else if (s != NULL && s->dialect1.n != 0) {
        json_bytes(j, "dialect", s->dialect1);
    } else {
        json_string(j, "dialect", "unknown");
    }
    json_string(j, "command", smb_command_name(d->version, d->command, room));
    log_status(d, j);
    bool before = d->kind == SMB_NEGOTIATE; /* there is no session and no tree yet, whatever the record says */
    json_u64(j, "session_id", before ? 0 : d->session);
    json_u64(j, "tree_id", before ? 0 : d->tree);
    switch ((enum smb_kind)d->kind) {
    case SMB_NEGOTIATE: log_negotiate(d, j, s); break;
    case SMB_SESSION: log_session(d, j); break;
    case SMB_TREE: log_tree(d, j); break;
    case SMB_CREATE: log_create(d, j); break;
    case SMB_FILE: log_file(d, j); break;
    case SMB_RENAME: log_rename(d, j); break;
    case SMB_SET_INFO: log_set_info(d, j); break;
    case SMB_IOCTL: log_ioctl(d, j); break;
    case SMB_CALL: log_call(d->call, j); break;
    case SMB_GENERIC:
    case SMB_KINDS: break;
    }
}

bool smb_log_wanted(const struct txn *t)
{
    static const char *const names[SMB_KINDS] = { "generic", "negotiate", "session_setup", "tree_connect", "create", "file", "rename", "set_file_path_info",
                                                  "ioctl", "dcerpc" };
    const struct smb *d = txn_data_const(t);
    const struct smb_settings *s = conn_settings(t->conn);
    bool more = s != NULL && s->types != NULL;

    if (!more) {
        return true;
    }
    struct rd r = rd_of(bytes_str(s->types));
    while (more) {
        if (bytes_is(bytes_trim(rd_until(&r, ',', &more), " "), names[d->kind])) {
            return true;
        }
    }
    return false;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * smb - Server Message Block 1 (MS-CIFS, MS-SMB), 2 and 3 (MS-SMB2) over NetBIOS sessions and TCP.
 */
#include "proto/smb/smb.h"

enum { NBSS_HEADER = 4, NBSS_REQUEST = 0x81, NBSS_LAST = 0x85, NBSS_REQUEST_MAX = 72 };

/* ------- recognition ------- */

enum { PROBE_LEAST = NBSS_HEADER + 32 }; /* with the header of the first version; Suricata tells by no less */

static enum probe smb_probe(struct rd data, enum side side, bool whole)
{
    struct bytes b = rd_peek(&data);
    struct bytes record = bytes_from(b, NBSS_HEADER);

    if (b.n < PROBE_LEAST) {
        return whole ? PROBE_NO : PROBE_MORE;
    }
    if (b.p[0] >= NBSS_REQUEST && b.p[0] <= NBSS_LAST) { /* RFC 1002 4.3.2: a session is asked for first */
        return b.p[1] == 0 && b.p[2] == 0 && b.p[3] <= NBSS_REQUEST_MAX ? PROBE_YES : PROBE_NO;
    }
    if (b.p[0] != 0 || record.p[0] < 0xfd) {
        return PROBE_NO;
    }
    if (!bytes_starts(bytes_from(record, 1), "SMB")) {
        return PROBE_NO;
    }
    if (record.p[0] == 0xfd) {
        return PROBE_EITHER; /* nothing outside the encryption tells who speaks */
    }
    bool two = record.p[0] == 0xfe;
    size_t at = NBSS_HEADER + (two ? 16u : 9u);
    bool response = (b.p[at] & (two ? 1 : 0x80)) != 0;
    return response == (side == TO_CLIENT) ? PROBE_YES : PROBE_REVERSED;
}

static const struct proto_pattern patterns[] = {
    { "\xffSMB", 4, 4, 0, TO_SERVER, false }, { "\xffSMB", 4, 4, 0, TO_CLIENT, false }, { "\xfeSMB", 4, 4, 0, TO_SERVER, false },
    { "\xfeSMB", 4, 4, 0, TO_CLIENT, false }, { "\xfdSMB", 4, 4, 0, TO_SERVER, false }, { "\xfdSMB", 4, 4, 0, TO_CLIENT, false },
};

/* ------- fields ------- */

static bool named_pipe(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct smb *d = smb_const(t);

    (void)side;
    *out = d->name;
    return i == 0 && d->kind == SMB_TREE && d->pipe && d->name.n != 0;
}

static bool share(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct smb *d = smb_const(t);

    (void)side;
    *out = d->name;
    return i == 0 && d->kind == SMB_TREE && !d->pipe && d->name.n != 0;
}

static bool user(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct smb *d = smb_const(t);

    (void)side;
    *out = d->ntlmssp != NULL ? d->ntlmssp->user : bytes_none();
    return i == 0 && d->ntlmssp != NULL;
}

static bool domain(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct smb *d = smb_const(t);

    (void)side;
    *out = d->ntlmssp != NULL ? d->ntlmssp->domain : bytes_none();
    return i == 0 && d->ntlmssp != NULL;
}

static bool version(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    (void)side;
    *out = smb_const(t)->version;
    return i == 0;
}

static bool stub_little(const struct txn *t, enum side side)
{
    const struct smb_call *k = smb_const(t)->call;

    return k != NULL && k->half[side].little;
}

static bool stub_data(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct smb_call *k = smb_const(t)->call;

    *out = k != NULL ? arena_text_bytes(&k->half[side].stub) : bytes_none();
    return i == 0 && out->n != 0;
}

static bool opnum(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct smb_call *k = smb_const(t)->call;

    (void)side;
    *out = k != NULL ? k->opnum : 0;
    return i == 0 && k != NULL && k->half[TO_SERVER].seen && k->half[TO_SERVER].type == DCE_REQUEST;
}

static bool interface(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct smb_call *k = smb_const(t)->call;

    (void)side;
    *out = k != NULL ? bytes_of(k->key, DCEBIND_KEY) : bytes_none();
    return i == 0 && k != NULL && k->bound;
}

/* What either end says of itself with NTLM. */
static const struct ntlmssp *ntlm_of(const struct txn *t, enum side side)
{
    return side == TO_SERVER ? smb_const(t)->ntlmssp : smb_const(t)->challenge;
}

static bool ntlm_version(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct ntlmssp *m = ntlm_of(t, side);

    *out = m != NULL ? m->version : bytes_none();
    return i == 0 && out->n != 0;
}

static bool ntlm_host(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct ntlmssp *m = ntlm_of(t, side);

    *out = m != NULL ? m->host : bytes_none();
    return i == 0 && out->n != 0;
}

static bool native_os(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    *out = smb_const(t)->native_os[side];
    return i == 0 && out->p != NULL && out->n != 0;
}

static bool native_lm(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    *out = smb_const(t)->native_lm[side];
    return i == 0 && out->p != NULL && out->n != 0;
}

/* The client's highest, the one the server chose. */
static bool dialect(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct smb *d = smb_const(t);
    const struct smb_state *s = conn_state(t->conn);
    uint16_t best = side == TO_CLIENT && s != NULL ? s->dialect : 0;

    if (d->kind != SMB_NEGOTIATE || i != 0) {
        return false;
    }
    for (unsigned k = 0; side == TO_SERVER && d->version != 1 && k < d->dialect_n; k++) {
        best = d->dialect2[k] > best ? d->dialect2[k] : best;
    }
    *out = best != 0 ? bytes_str(smb_dialect_name(best))
           : side == TO_CLIENT && s != NULL ? s->dialect1
           : d->version == 1 && d->dialect_n != 0 ? d->dialect1[d->dialect_n - 1] : bytes_none();
    return out->p != NULL && out->n != 0;
}

/* Who was let in, or was not; the first half of an exchange says neither. */
static bool user_answered(const struct txn *t, unsigned i, bool good, struct bytes *out)
{
    const struct smb *d = smb_const(t);

    if (i != 0 || d->ntlmssp == NULL || !d->answered || (d->status == 0) != good) {
        return false;
    }
    *out = d->ntlmssp->user;
    return out->n != 0;
}

static bool user_in(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    (void)side;
    return user_answered(t, i, true, out);
}

static bool user_refused(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    (void)side;
    return user_answered(t, i, false, out);
}

/* What a machine has for itself. */
static bool guid(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct smb *d = smb_const(t);
    const struct smb_id *id = side == TO_SERVER ? &d->client_guid : &d->server_guid;

    *out = bytes_of(id->b, id->n);
    return i == 0 && d->kind == SMB_NEGOTIATE && id->n == 16;
}

static bool system_time(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct smb *d = smb_const(t);

    (void)side;
    *out = bytes_of(d->system_time, sizeof d->system_time);
    return i == 0 && d->kind == SMB_NEGOTIATE && d->has_time;
}

/* Those who negotiate and log in say who they are; the many that read and write do not. */
static bool smb_signs(const struct txn *t)
{
    const struct smb *d = smb_const(t);

    return d->kind == SMB_NEGOTIATE || d->kind == SMB_SESSION || d->ntlmssp != NULL || d->challenge != NULL || d->native_os[0].n + d->native_os[1].n != 0;
}

#define EITHER .type = FIELD_BYTES, .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }
#define ANSWERED .type = FIELD_BYTES, .sides = SIDE_CLIENT_BIT, .stage = { 1, 1 }
static const struct field smb_fields[] = {
    { .name = "smb.ntlmssp_version", EITHER, .bytes = ntlm_version, .sign = SIGN_NTLM_VERSION, .help = "version of an end's system, eight bytes as they came (MS-NLMP 2.2.2.10)" },
    { .name = "smb.ntlmssp_host", EITHER, .bytes = ntlm_host, .sign = SIGN_NTLM_NAME, .help = "an end's NetBIOS name" },
    { .name = "smb.native_os", EITHER, .bytes = native_os, .sign = SIGN_SMB_NATIVE_OS, .help = "what an end's system calls itself (SMB1)" },
    { .name = "smb.native_lm", EITHER, .bytes = native_lm, .sign = SIGN_SMB_NATIVE_LM, .help = "what an end's LAN manager calls itself (SMB1)" },
    { .name = "smb.dialect", EITHER, .bytes = dialect, .sign = SIGN_SMB_DIALECT, .help = "the client's highest dialect, the one the server chose" },
    { .name = "smb.guid", EITHER, .bytes = guid, .sign = SIGN_SMB_GUID, .help = "the GUID of the client, of the server, sixteen bytes" },
    { .name = "smb.system_time", ANSWERED, .bytes = system_time, .sign = SIGN_CLOCK, .help = "the server's clock, eight bytes as they came (MS-SMB2 2.2.4)" },
    { .name = "smb.user", ANSWERED, .bytes = user_in, .sign = SIGN_USER, .help = "user whom the server let in with NTLM" },
    { .name = "smb.user_refused", ANSWERED, .bytes = user_refused, .sign = SIGN_USER_REFUSED, .help = "… and whom it did not" },
    { .name = "smb.named_pipe", .aliases = "smb_named_pipe", .type = FIELD_BYTES, .sides = SIDE_SERVER_BIT, .stage = { 1, 1 }, .bytes = named_pipe,
      .help = "share of pipes that is connected to" },
    { .name = "smb.share", .aliases = "smb_share", .type = FIELD_BYTES, .sides = SIDE_SERVER_BIT, .stage = { 1, 1 }, .bytes = share,
      .help = "share of files that is connected to" },
    { .name = "smb.ntlmssp_user", .type = FIELD_BYTES, .sides = SIDE_SERVER_BIT, .stage = { 1, 1 }, .bytes = user, .help = "user that logs in with NTLM" },
    { .name = "smb.ntlmssp_domain", .type = FIELD_BYTES, .sides = SIDE_SERVER_BIT, .stage = { 1, 1 }, .bytes = domain, .sign = SIGN_NTLM_DOMAIN, .help = "… and its domain" },
    { .name = "smb.record_version", .type = FIELD_NUMBER, .sides = SIDE_BOTH_BITS, .number = version, .help = "1, or 2 (also SMB 3)" },
    { .name = "dcerpc.stub_data", .aliases = "dce_stub_data", .snort = "dce_stub_data", .type = FIELD_BYTES, .sides = SIDE_BOTH_BITS, .stage = { 1, 1 },
      .bytes = stub_data, .little = stub_little, .little_for = READERS_SNORT, /* Suricata does not look there: high byte first */
      .help = "arguments or results of a call, its fragments joined" },
    { .name = "dcerpc.call_opnum", .type = FIELD_NUMBER, .sides = SIDE_BOTH_BITS, .number = opnum, .help = "number of the operation called" },
    { .name = "dcerpc.call_interface", .type = FIELD_BYTES, .sides = SIDE_BOTH_BITS, .bytes = interface,
      .help = "interface called: UUID in network order, major version, 1 when its bind had the first fragment's flag" },
};

/* ------- row ------- */

static const struct note_row notes[] = {
#define NOTE(id, name, help) [id] = { name, 0, 0, help },
#include "smb_notes.list"
#undef NOTE
};

static const char *const span_names[] = { [SPAN_NBSS_PDU] = "nbss.pdu", [SPAN_NBSS_HDR] = "nbss.hdr", [SPAN_NBSS_DATA] = "nbss.data",
    [SPAN_SMB1_PDU] = "smb1.pdu", [SPAN_SMB1_HDR] = "smb1.hdr", [SPAN_SMB1_DATA] = "smb1.data", [SPAN_SMB2_PDU] = "smb2.pdu",
    [SPAN_SMB2_HDR] = "smb2.hdr", [SPAN_SMB2_DATA] = "smb2.data", [SPAN_SMB3_PDU] = "smb3.pdu", [SPAN_SMB3_HDR] = "smb3.hdr",
    [SPAN_SMB3_DATA] = "smb3.data", NULL };

#define SMB "app-layer.protocols.smb."
#define AT(member) offsetof(struct smb_settings, member)
static const struct option_row options[] = {
    { SMB "max-tx", OPTION_U32, AT(max_tx), "1024", NULL, 0, 0, NULL, "live transactions of a flow" },
    { SMB "stream-depth", OPTION_BYTES, AT(depth), "0", NULL, 0, 0, "bytes", "of a direction that are read; 0: all" },
    { SMB "max-read-size", OPTION_BYTES, AT(max_read), "16 MiB", NULL, 0, 0, "bytes", "larger reads are noted; 0: none" },
    { SMB "max-write-size", OPTION_BYTES, AT(max_write), "16 MiB", NULL, 0, 0, "bytes", "larger writes are noted; 0: none" },
    { SMB "max-read-queue-size", OPTION_BYTES, AT(max_read_queue), "64 MiB", NULL, 0, 0, "bytes", "kept of a file that is read out of order" },
    { SMB "max-read-queue-cnt", OPTION_U32, AT(max_read_queue_n), "64", NULL, 0, 0, NULL, "pieces kept of such a file" },
    { SMB "max-write-queue-size", OPTION_BYTES, AT(max_write_queue), "64 MiB", NULL, 0, 0, "bytes", "kept of a file that is written out of order" },
    { SMB "max-write-queue-cnt", OPTION_U32, AT(max_write_queue_n), "64", NULL, 0, 0, NULL, "pieces kept of such a file" },
    { SMB "dcerpc.max-stub-size", OPTION_BYTES, AT(stub_max), "1 MiB", NULL, 0, 0, "bytes", "of a call's arguments or results kept for rules" },
    { "log.types", OPTION_LIST, AT(types), NULL, NULL, 0, 0, NULL,
      "kinds of records: file, tree_connect, negotiate, dcerpc, create, session_setup, ioctl, rename, set_file_path_info, generic" },
};

extern const struct proto proto_smb;
const struct proto proto_smb = {
    .name = "smb",
    .aliases = "dcerpc",
    .ports = "tcp/139 tcp/445",
    .transports = 1,
    .files = true,
    .whole_never = true, /* a stream of many small exchanges is looked at in windows */
    .patterns = patterns,
    .pattern_n = ROWS(patterns),
    .probe = smb_probe,
    .state_size = sizeof(struct smb_state),
    .txn_size = sizeof(struct smb),
    .unit_max = 1024 * 1024,
    .max_tx = MAX_TX(struct smb_settings, max_tx), .max_tx_note = SMB_TOO_MANY,
    .txn_bytes_max = 8 * 1024 * 1024,
    .conn_bytes_max = 4 * 1024 * 1024,
    .frame = smb_frame,
    .parse = smb_parse,
    .body = smb_body,
    .gap = smb_gap,
    .resync = smb_resync,
    .fields = smb_fields,
    .field_n = ROWS(smb_fields),
    .pdu_span = "nbss.pdu",
    .spans = span_names,
    .notes = notes,
    .note_n = ROWS(notes),
    .log = smb_log,
    .log_wanted = smb_log_wanted,
    .signs = smb_signs,
    .options = options,
    .option_n = ROWS(options),
    .settings_size = sizeof(struct smb_settings),
};

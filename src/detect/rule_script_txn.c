/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Transactions as scripts of rules see them: a method is a row over a protocol's field. */
#include "detect/rule_script.h"

#ifdef HAVE_LUA

#include "base/json_read.h"
#include "detect/inspect.h"

enum method_kind { METHOD_BYTES, METHOD_NUMBER, METHOD_LIST, METHOD_PAIRS, METHOD_PAIR, METHOD_BODY };
struct method {
    const char *name, *field;
    uint8_t kind, side;
};

static const struct field *field_of(const struct txn *t, const char *name)
{
    for (unsigned i = 0; t != NULL && i < t->proto->field_n; i++) {
        if (strcmp(t->proto->fields[i].name, name) == 0) {
            return &t->proto->fields[i];
        }
    }
    return NULL;
}

/* Item i of a field of bytes. */
static bool item(lua_State *l, const char *name, unsigned side, unsigned i, struct bytes *out)
{
    const struct txn *t = script_scope(l)->txn;
    const struct field *f = field_of(t, name);

    return f != NULL && f->bytes != NULL && (f->sides >> side & 1) != 0 && f->bytes(t, (enum side)side, i, out);
}

static int push_item(lua_State *l, const char *name, unsigned side)
{
    struct bytes b;

    if (item(l, name, side, 0, &b)) {
        lua_pushlstring(l, (const char *)b.p, b.n);
    } else {
        lua_pushnil(l);
    }
    return 1;
}

static bool number_of_field(lua_State *l, const char *name, unsigned side, uint64_t *out)
{
    const struct txn *t = script_scope(l)->txn;
    const struct field *f = field_of(t, name);

    return f != NULL && f->number != NULL && f->number(t, (enum side)side, 0, out);
}

/* "Name: value" */
static bool pair(lua_State *l, const struct method *m, unsigned i, struct bytes *name, struct bytes *value)
{
    struct bytes b;

    if (!item(l, m->field, m->side, i, &b)) {
        return false;
    }
    *name = bytes_head(b, bytes_find_byte(b, ':'));
    *value = bytes_trim(bytes_from(b, name->n + 1), " ");
    return true;
}

static int push_pair(lua_State *l, const struct method *m)
{
    size_t n;
    const char *want = luaL_checklstring(l, 2, &n);
    struct bytes name, value;

    for (unsigned i = 0; pair(l, m, i, &name, &value); i++) {
        if (bytes_equal_nocase(name, bytes_of(want, n))) {
            lua_pushlstring(l, (const char *)value.p, value.n);
            return 1;
        }
    }
    return script_nothing(l, "header not found");
}

static int push_table(lua_State *l, const struct method *m)
{
    struct bytes name, value;

    lua_newtable(l);
    for (unsigned i = 0; i < 4096; i++) {
        if (m->kind == METHOD_PAIRS) {
            if (!pair(l, m, i, &name, &value)) {
                break;
            }
            lua_pushlstring(l, (const char *)name.p, name.n);
            lua_pushlstring(l, (const char *)value.p, value.n);
            lua_settable(l, -3);
            continue;
        }
        if (!item(l, m->field, m->side, i, &value)) {
            break;
        }
        lua_pushlstring(l, (const char *)value.p, value.n);
        lua_rawseti(l, -2, (lua_Integer)i + 1);
    }
    return 1;
}

/* A body: its pieces (here one), where they begin, where they end. */
static int push_body(lua_State *l, const struct method *m)
{
    const struct txn *t = script_scope(l)->txn;
    const struct field *f = field_of(t, m->field);
    const struct body *b = f != NULL && f->body != NULL ? f->body(t, (enum side)m->side) : NULL;

    if (b == NULL || b->n == 0) {
        return script_nothing(l, "no body found");
    }
    lua_newtable(l);
    lua_pushlstring(l, (const char *)b->p, b->n);
    lua_rawseti(l, -2, 1);
    lua_pushinteger(l, (lua_Integer)b->base);
    lua_pushinteger(l, (lua_Integer)(b->base + b->n));
    return 3;
}

static int method_call(lua_State *l)
{
    const struct method *m = lua_touserdata(l, lua_upvalueindex(1));
    uint64_t number;

    if (script_scope(l)->txn == NULL) {
        return script_nothing(l, "error: no tx available");
    }
    switch ((enum method_kind)m->kind) {
    case METHOD_BYTES: return push_item(l, m->field, m->side);
    case METHOD_NUMBER:
        if (number_of_field(l, m->field, m->side, &number)) {
            lua_pushinteger(l, (lua_Integer)number);
        } else {
            lua_pushnil(l);
        }
        return 1;
    case METHOD_LIST:
    case METHOD_PAIRS: return push_table(l, m);
    case METHOD_PAIR: return push_pair(l, m);
    case METHOD_BODY: return push_body(l, m);
    default: return 0;
    }
}

/* get_tx(): the object, if the transaction is of one of the module's protocols (upvalue 1: their names). */
static int get_tx(lua_State *l)
{
    const struct txn *t = script_scope(l)->txn;
    const char *protos = lua_tostring(l, lua_upvalueindex(1));

    if (t == NULL) {
        return script_nothing(l, "error: no tx available");
    }
    if (!bytes_among(bytes_str(t->proto->name), protos)) {
        lua_pushnil(l);
        lua_pushfstring(l, "error: protocol not %s", protos);
        return 2;
    }
    lua_pushvalue(l, lua_upvalueindex(2));
    return 1;
}

static int module(lua_State *l, const char *protos, const luaL_Reg *functions, const struct method *methods, unsigned n, const luaL_Reg *own)
{
    lua_newtable(l);
    if (functions != NULL) {
        luaL_setfuncs(l, functions, 0);
    }
    lua_pushstring(l, protos);
    lua_newtable(l);
    for (unsigned i = 0; i < n; i++) {
        lua_pushlightuserdata(l, (void *)(uintptr_t)&methods[i]);
        lua_pushcclosure(l, method_call, 1);
        lua_setfield(l, -2, methods[i].name);
    }
    if (own != NULL) {
        luaL_setfuncs(l, own, 0);
    }
    lua_pushcclosure(l, get_tx, 2);
    lua_setfield(l, -2, "get_tx");
    return 1;
}

/* Fingerprints are made when somebody asks for them: a script does in init(). */
static int want_ja3(lua_State *l)
{
    struct script_owner *o = script_owner(l);

    if (o->made != NULL) {
        o->made->wants_ja3 = true;
    }
    return 0;
}

static int want_hassh(lua_State *l)
{
    struct script_owner *o = script_owner(l);

    if (o->made != NULL) {
        o->made->wants_hassh = true;
    }
    return 0;
}

int script_open_http(lua_State *l)
{
    static const struct method methods[] = {
        { "request_line", "http.request_line", METHOD_BYTES, TO_SERVER },       { "response_line", "http.response_line", METHOD_BYTES, TO_CLIENT },
        { "request_headers_raw", "http.header.raw", METHOD_BYTES, TO_SERVER },  { "response_headers_raw", "http.header.raw", METHOD_BYTES, TO_CLIENT },
        { "request_uri_raw", "http.uri.raw", METHOD_BYTES, TO_SERVER },         { "request_uri_normalized", "http.uri", METHOD_BYTES, TO_SERVER },
        { "request_header", "http.request_header", METHOD_PAIR, TO_SERVER },    { "response_header", "http.response_header", METHOD_PAIR, TO_CLIENT },
        { "request_headers", "http.request_header", METHOD_PAIRS, TO_SERVER },  { "response_headers", "http.response_header", METHOD_PAIRS, TO_CLIENT },
        { "request_body", "http.request_body", METHOD_BODY, TO_SERVER },        { "response_body", "http.response_body", METHOD_BODY, TO_CLIENT },
        { "request_host", "http.host", METHOD_BYTES, TO_SERVER },
    };

    return module(l, "http", NULL, methods, ROWS(methods), NULL);
}

/* ---- dns ---- */

/* The transaction's record, of which a part is found: the arena's until the inspection ends. */
static bool record_part(lua_State *l, const char *path, struct bytes *out, enum json_kind *kind)
{
    static const struct eve_settings plain = { 0 };
    struct detect_scope *s = script_scope(l);
    struct text t;
    struct json j;
    struct bytes whole;

    text_init(&t, 1 << 20);
    json_init(&j, &t);
    json_object(&j, NULL);
    bool there = s->txn != NULL && proto_log_object(s->detect->protos, s->txn, &plain, &j);
    json_end_object(&j);
    uint64_t cost = t.n / 16 + 1;
    char *copy = there && !t.cut ? arena_take(scope_arena(s), t.n) : NULL;
    if (copy != NULL) {
        memcpy(copy, t.p, t.n);
    }
    struct bytes text = bytes_of(copy, copy != NULL ? t.n : 0);
    text_fini(&t);
    script_spend(l, cost); /* what it may not spend ends it here */
    return copy != NULL && json_whole(text, &whole) == JSON_OBJECT && json_find(whole, path, out, kind);
}

static void push_json(lua_State *l, struct bytes value, enum json_kind kind)
{
    struct bytes text;
    uint64_t n;

    if (kind == JSON_STRING && json_text(scope_arena(script_scope(l)), value, &text)) {
        lua_pushlstring(l, (const char *)text.p, text.n);
    } else if (kind == JSON_NUMBER && bytes_u64(value, &n)) {
        lua_pushinteger(l, (lua_Integer)n);
    } else if (kind == JSON_TRUE || kind == JSON_FALSE) {
        lua_pushboolean(l, kind == JSON_TRUE);
    } else {
        lua_pushnil(l);
    }
}

/* One value of the record; nil when there is none. */
static int push_part(lua_State *l, const char *path)
{
    struct bytes value;
    enum json_kind kind;

    if (record_part(l, path, &value, &kind)) {
        push_json(l, value, kind);
    } else {
        lua_pushnil(l);
    }
    return 1;
}

/* A section's records: type, rrname, ttl and addr, as scripts call them. */
static int dns_section(lua_State *l, const char *path)
{
    static const char *const names[][2] = { { "rrname", "rrname" }, { "rrtype", "type" }, { "ttl", "ttl" }, { "rdata", "addr" },
                                            { "srv.name", "addr" },  { "soa.mname", "addr" }, { "sshfp.fingerprint", "addr" } };
    struct bytes section, record, value;
    enum json_kind kind;
    lua_Integer n = 0;

    lua_newtable(l); /* empty where there is no such section */
    if (!record_part(l, path, &section, &kind) || kind != JSON_ARRAY) {
        return 1;
    }
    struct json_walk w = json_members(section);
    for (struct bytes key; json_next(&w, &key, &record, &kind);) {
        lua_newtable(l);
        for (size_t i = 0; kind == JSON_OBJECT && i < ROWS(names); i++) {
            enum json_kind of;
            if (json_find(record, names[i][0], &value, &of)) {
                push_json(l, value, of);
                lua_setfield(l, -2, names[i][1]);
            }
        }
        lua_rawseti(l, -2, n++); /* from 0 on */
    }
    return 1;
}
static int dns_queries(lua_State *l) { return dns_section(l, "dns.queries"); }
static int dns_answers(lua_State *l) { return dns_section(l, "dns.answers"); }
static int dns_authorities(lua_State *l) { return dns_section(l, "dns.authorities"); }
static int dns_id(lua_State *l) { return push_part(l, "dns.id"); }
static int dns_rcode_string(lua_State *l) { return push_part(l, "dns.rcode"); }
static int dns_recursion(lua_State *l)
{
    struct bytes value;
    enum json_kind kind;

    lua_pushboolean(l, record_part(l, "dns.rd", &value, &kind) && kind == JSON_TRUE);
    return 1;
}
/* The first name asked for, whichever side the message is of. */
static int dns_rrname(lua_State *l) { return push_item(l, "dns.queries.rrname", script_scope(l)->side); }
static int dns_rcode(lua_State *l)
{
    uint64_t n;

    if (!number_of_field(l, "dns.rcode", script_scope(l)->side, &n)) {
        n = 0;
    }
    lua_pushinteger(l, (lua_Integer)n);
    return 1;
}

int script_open_dns(lua_State *l)
{
    static const luaL_Reg own[] = { { "queries", dns_queries }, { "answers", dns_answers }, { "authorities", dns_authorities }, { "rcode", dns_rcode },
                                    { "rcode_string", dns_rcode_string }, { "rrname", dns_rrname }, { "txid", dns_id },
                                    { "recursion_desired", dns_recursion }, { NULL, NULL } };

    return module(l, "dns doh2", NULL, NULL, 0, own);
}

/* ---- tls ---- */

static const char *version_name(uint64_t v)
{
    static const char *const names[] = { "SSLv3", "TLSv1", "TLS 1.1", "TLS 1.2", "TLS 1.3" };

    return v == 0x0002 ? "SSLv2" : v >= 0x0300 && v <= 0x0304 ? names[v - 0x0300] : "UNDETERMINED";
}

static int tls_version(lua_State *l, unsigned side)
{
    uint64_t v;

    if (number_of_field(l, "tls.version_number", side, &v)) {
        lua_pushstring(l, version_name(v));
    } else {
        lua_pushnil(l);
    }
    return 1;
}
static int tls_client_version(lua_State *l) { return tls_version(l, TO_SERVER); }
static int tls_server_version(lua_State *l) { return tls_version(l, TO_CLIENT); }

/* Version, subject, issuer, fingerprint of the first certificate of a side. */
static int tls_cert(lua_State *l, unsigned side)
{
    struct bytes b;

    if (!item(l, "tls.cert_subject", side, 0, &b)) {
        return script_nothing(l, "error: no certificate");
    }
    (void)tls_version(l, TO_CLIENT);
    (void)push_item(l, "tls.cert_subject", side);
    (void)push_item(l, "tls.cert_issuer", side);
    (void)push_item(l, "tls.cert_fingerprint", side);
    return 4;
}
static int tls_client_cert(lua_State *l) { return tls_cert(l, TO_SERVER); }
static int tls_server_cert(lua_State *l) { return tls_cert(l, TO_CLIENT); }

static int tls_chain(lua_State *l, unsigned side)
{
    struct bytes b;

    lua_newtable(l);
    for (unsigned i = 0; i < 64 && item(l, "tls.certs", side, i, &b); i++) {
        lua_newtable(l);
        lua_pushlstring(l, (const char *)b.p, b.n);
        lua_setfield(l, -2, "data");
        lua_pushinteger(l, (lua_Integer)b.n);
        lua_setfield(l, -2, "length");
        lua_rawseti(l, -2, (lua_Integer)i + 1);
    }
    return 1;
}
static int tls_client_chain(lua_State *l) { return tls_chain(l, TO_SERVER); }
static int tls_server_chain(lua_State *l) { return tls_chain(l, TO_CLIENT); }

int script_open_tls(lua_State *l)
{
    static const struct method methods[] = {
        { "get_client_sni", "tls.sni", METHOD_BYTES, TO_SERVER },
        { "get_client_serial", "tls.cert_serial", METHOD_BYTES, TO_SERVER },
        { "get_server_serial", "tls.cert_serial", METHOD_BYTES, TO_CLIENT },
        { "get_client_cert_not_before", "tls.cert_not_before", METHOD_NUMBER, TO_SERVER },
        { "get_server_cert_not_before", "tls.cert_not_before", METHOD_NUMBER, TO_CLIENT },
        { "get_client_cert_not_after", "tls.cert_not_after", METHOD_NUMBER, TO_SERVER },
        { "get_server_cert_not_after", "tls.cert_not_after", METHOD_NUMBER, TO_CLIENT },
    };
    static const luaL_Reg own[] = { { "get_client_version", tls_client_version }, { "get_server_version", tls_server_version },
                                    { "get_client_cert_info", tls_client_cert },  { "get_server_cert_info", tls_server_cert },
                                    { "get_client_cert_chain", tls_client_chain }, { "get_server_cert_chain", tls_server_chain }, { NULL, NULL } };

    return module(l, "tls", NULL, methods, ROWS(methods), own);
}

/* ---- the others ---- */

int script_open_ssh(lua_State *l)
{
    static const luaL_Reg functions[] = { { "enable_hassh", want_hassh }, { NULL, NULL } };
    static const struct method methods[] = {
        { "server_proto", "ssh.proto", METHOD_BYTES, TO_CLIENT },       { "client_proto", "ssh.proto", METHOD_BYTES, TO_SERVER },
        { "server_software", "ssh.software", METHOD_BYTES, TO_CLIENT }, { "client_software", "ssh.software", METHOD_BYTES, TO_SERVER },
        { "client_hassh", "ssh.hassh", METHOD_BYTES, TO_SERVER },       { "server_hassh", "ssh.hassh.server", METHOD_BYTES, TO_CLIENT },
        { "client_hassh_string", "ssh.hassh.string", METHOD_BYTES, TO_SERVER },
        { "server_hassh_string", "ssh.hassh.server.string", METHOD_BYTES, TO_CLIENT },
    };

    return module(l, "ssh", functions, methods, ROWS(methods), NULL);
}

static const char *const mime_fields[][2] = { { "From", "email.from" }, { "Subject", "email.subject" }, { "To", "email.to" }, { "Cc", "email.cc" },
                                              { "Date", "email.date" }, { "Message-Id", "email.message_id" }, { "X-Mailer", "email.x_mailer" },
                                              { "Received", "email.received" } };

static int smtp_field(lua_State *l)
{
    const char *name = luaL_checkstring(l, 2);

    for (size_t i = 0; i < ROWS(mime_fields); i++) {
        if (strcasecmp(mime_fields[i][0], name) == 0) {
            return push_item(l, mime_fields[i][1], TO_SERVER);
        }
    }
    lua_pushnil(l);
    return 1;
}

static int smtp_fields(lua_State *l)
{
    struct bytes b;
    lua_Integer n = 0;

    lua_newtable(l);
    for (size_t i = 0; i < ROWS(mime_fields); i++) {
        if (item(l, mime_fields[i][1], TO_SERVER, 0, &b)) {
            lua_pushstring(l, mime_fields[i][0]);
            lua_rawseti(l, -2, ++n);
        }
    }
    return 1;
}

int script_open_smtp(lua_State *l)
{
    static const struct method methods[] = { { "get_mail_from", "smtp.mail_from", METHOD_BYTES, TO_SERVER },
                                             { "get_rcpt_list", "smtp.rcpt_to", METHOD_LIST, TO_SERVER } };
    static const luaL_Reg own[] = { { "get_mime_field", smtp_field }, { "get_mime_list", smtp_fields }, { NULL, NULL } };

    return module(l, "smtp", NULL, methods, ROWS(methods), own);
}

int script_open_ja3(lua_State *l)
{
    static const luaL_Reg functions[] = { { "enable_ja3", want_ja3 }, { NULL, NULL } };
    static const struct method methods[] = {
        { "ja3_get_hash", "ja3.hash", METHOD_BYTES, TO_SERVER },   { "ja3_get_string", "ja3.string", METHOD_BYTES, TO_SERVER },
        { "ja3s_get_hash", "ja3s.hash", METHOD_BYTES, TO_CLIENT }, { "ja3s_get_string", "ja3s.string", METHOD_BYTES, TO_CLIENT },
    };

    return module(l, "tls quic", functions, methods, ROWS(methods), NULL);
}

int script_open_ntp(lua_State *l)
{
    static const struct method methods[] = { { "version", "ntp.version", METHOD_NUMBER, TO_SERVER }, { "mode", "ntp.mode", METHOD_NUMBER, TO_SERVER },
                                             { "stratum", "ntp.stratum", METHOD_NUMBER, TO_SERVER },
                                             { "reference_id", "ntp.reference_id", METHOD_BYTES, TO_SERVER } };

    return module(l, "ntp", NULL, methods, ROWS(methods), NULL);
}

#endif

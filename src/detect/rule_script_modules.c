/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What scripts of rules may require that is not a protocol's: packet, flow, rule, variables, hashes, base64, log. */
#include "detect/rule_script.h"

#ifdef HAVE_LUA

#include "detect/inspect.h"

#include <netinet/in.h>
#include <openssl/evp.h>
#include <stdlib.h>

struct detect_scope *script_scope(lua_State *l)
{
    const struct script_owner *o = script_owner(l);

    if (o->scope == NULL) {
        luaL_error(l, "only within match()");
    }
    return o->scope;
}

int script_nothing(lua_State *l, const char *why)
{
    lua_pushnil(l);
    lua_pushstring(l, why);
    return 2;
}

/* The object of a module: its upvalues are whether it is there, and itself. */
static int object_get(lua_State *l)
{
    lua_CFunction there = lua_tocfunction(l, lua_upvalueindex(1));

    if (there != NULL) {
        int n = there(l);
        if (n != 0) {
            return n;
        }
    }
    lua_pushvalue(l, lua_upvalueindex(2));
    return 1;
}

void script_object(lua_State *l, const luaL_Reg *functions, const char *get, int (*there)(lua_State *l), const luaL_Reg *methods)
{
    lua_newtable(l);
    if (functions != NULL) {
        luaL_setfuncs(l, functions, 0);
    }
    if (get == NULL) {
        return;
    }
    if (there != NULL) {
        lua_pushcfunction(l, there);
    } else {
        lua_pushnil(l);
    }
    lua_newtable(l);
    luaL_setfuncs(l, methods, 0);
    lua_pushcclosure(l, object_get, 2);
    lua_setfield(l, -2, get);
}

static int push_bytes(lua_State *l, struct bytes b)
{
    lua_pushlstring(l, (const char *)b.p, b.n);
    return 1;
}

static int push_time(lua_State *l, uint64_t ns, size_t (*write)(struct clock_zone *z, uint64_t ns, char *out))
{
    struct clock_zone zone = { .known = false };
    char text[CLOCK_TEXT_MAX];

    (void)write(&zone, ns, text);
    lua_pushstring(l, text);
    return 1;
}

/* IP version, addresses, protocol, ports: six values. */
static int push_tuple(lua_State *l, const struct addr a[2], unsigned family, unsigned proto, unsigned first, unsigned second)
{
    char text[ADDR_TEXT_MAX];

    lua_pushinteger(l, family);
    for (unsigned i = 0; i < 2; i++) {
        addr_text(&a[i], (enum family)family, text);
        lua_pushstring(l, text);
    }
    lua_pushinteger(l, proto);
    lua_pushinteger(l, first);
    lua_pushinteger(l, second);
    return 6;
}

/* ---- packet ---- */

static int packet_there(lua_State *l) { return script_scope(l)->view != NULL ? 0 : script_nothing(l, "no packet"); }
static const struct view *packet(lua_State *l)
{
    const struct view *v = script_scope(l)->view;

    if (v == NULL) {
        luaL_error(l, "no packet");
    }
    return v;
}
static int packet_payload(lua_State *l) { return push_bytes(l, packet(l)->payload); }
static int packet_packet(lua_State *l) { return push_bytes(l, packet(l)->bytes); }
static int packet_count(lua_State *l)
{
    lua_pushinteger(l, (lua_Integer)script_scope(l)->turn->number);
    return 1;
}
static int packet_legacy(lua_State *l) { return push_time(l, script_scope(l)->turn->ts, clock_fast); }
static int packet_iso(lua_State *l) { return push_time(l, script_scope(l)->turn->ts, clock_iso); }
static int packet_time(lua_State *l)
{
    uint64_t ts = script_scope(l)->turn->ts;

    lua_pushnumber(l, (lua_Number)(ts / CLOCK_SECOND));
    lua_pushnumber(l, (lua_Number)(ts % CLOCK_SECOND / 1000));
    return 2;
}
static int packet_tuple(lua_State *l)
{
    const struct view *v = packet(l);
    bool icmp = view_has(v, LAYER_ICMP4 | LAYER_ICMP6);
    const struct addr a[2] = { v->src, v->dst };

    return v->family == FAMILY_NONE ? script_nothing(l, "no IP packet")
                                    : push_tuple(l, a, v->family, v->proto, icmp ? v->icmp.type : v->sport, icmp ? v->icmp.code : v->dport);
}
static int packet_port(lua_State *l, bool source)
{
    const struct view *v = packet(l);

    if (view_has(v, LAYER_TCP | LAYER_UDP | LAYER_SCTP)) {
        lua_pushinteger(l, source ? v->sport : v->dport);
    } else {
        lua_pushnil(l);
    }
    return 1;
}
static int packet_sp(lua_State *l) { return packet_port(l, true); }
static int packet_dp(lua_State *l) { return packet_port(l, false); }

static int open_packet(lua_State *l)
{
    static const luaL_Reg methods[] = { { "payload", packet_payload }, { "packet", packet_packet }, { "pcap_cnt", packet_count },
                                        { "timestring_legacy", packet_legacy }, { "timestring_iso8601", packet_iso }, { "timestamp", packet_time },
                                        { "tuple", packet_tuple }, { "sp", packet_sp }, { "dp", packet_dp }, { NULL, NULL } };

    script_object(l, NULL, "get", packet_there, methods);
    return 1;
}

/* ---- flow ---- */

static int flow_there(lua_State *l) { return script_scope(l)->flow != NULL ? 0 : script_nothing(l, "no flow"); }
static struct flow *flow(lua_State *l)
{
    struct flow *f = script_scope(l)->flow;

    if (f == NULL) {
        luaL_error(l, "no flow");
    }
    return f;
}
static int flow_id(lua_State *l)
{
    lua_pushinteger(l, (lua_Integer)flow(l)->id);
    return 1;
}
static int flow_app(lua_State *l)
{
    const struct conn *c = flow(l)->app;
    unsigned ids[5] = { c ? c->id : 0, c ? c->id_side[0] : 0, c ? c->id_side[1] : 0, c ? c->original : 0, c ? c->expected : 0 };

    for (unsigned i = 0; i < 5; i++) {
        const char *name = proto_name(ids[i]);
        lua_pushstring(l, name != NULL ? name : "unknown");
    }
    return 5;
}
static int flow_alerts(lua_State *l)
{
    lua_pushboolean(l, (flow(l)->flags & FLOW_HAS_ALERTS) != 0);
    return 1;
}
static int flow_stats(lua_State *l)
{
    const struct flow *f = flow(l);

    lua_pushinteger(l, (lua_Integer)f->packets[0]);
    lua_pushinteger(l, (lua_Integer)f->bytes[0]);
    lua_pushinteger(l, (lua_Integer)f->packets[1]);
    lua_pushinteger(l, (lua_Integer)f->bytes[1]);
    return 4;
}
static int flow_times(lua_State *l)
{
    const struct flow *f = flow(l);

    lua_pushnumber(l, (lua_Number)(f->first / CLOCK_SECOND));
    lua_pushnumber(l, (lua_Number)(f->last / CLOCK_SECOND));
    lua_pushnumber(l, (lua_Number)(f->first % CLOCK_SECOND / 1000));
    lua_pushnumber(l, (lua_Number)(f->last % CLOCK_SECOND / 1000));
    return 4;
}
static int flow_iso(lua_State *l) { return push_time(l, flow(l)->first, clock_iso); }
static int flow_legacy(lua_State *l) { return push_time(l, flow(l)->first, clock_fast); }
static int flow_tuple(lua_State *l)
{
    const struct flow *f = flow(l);
    bool icmp = f->key.proto == IPPROTO_ICMP || f->key.proto == IPPROTO_ICMPV6;

    return push_tuple(l, f->key.addr, f->key.family, f->key.proto, icmp ? f->icmp_type[0] : f->key.port[0], icmp ? f->icmp_code[0] : f->key.port[1]);
}

static int open_flow(lua_State *l)
{
    static const luaL_Reg methods[] = { { "id", flow_id }, { "app_layer_proto", flow_app }, { "has_alerts", flow_alerts }, { "stats", flow_stats },
                                        { "timestamps", flow_times }, { "timestring_iso8601", flow_iso }, { "timestring_legacy", flow_legacy },
                                        { "tuple", flow_tuple }, { NULL, NULL } };

    script_object(l, NULL, "get", flow_there, methods);
    return 1;
}

/* ---- rule ---- */

static const struct rule *rule(lua_State *l) { return script_scope(l)->rule; }
static int rule_action(lua_State *l)
{
    static const char *const names[] = { "alert", "pass", "drop", "reject", "rejectdst", "rejectboth", "config", "accept", "log", "rewrite" };

    lua_pushstring(l, rule(l)->action < ROWS(names) ? names[rule(l)->action] : "alert");
    return 1;
}
static int rule_class(lua_State *l)
{
    lua_pushstring(l, rule(l)->class_text);
    return 1;
}
static int rule_msg(lua_State *l)
{
    lua_pushstring(l, rule(l)->msg);
    return 1;
}
#define NUMBER_OF(field)                                                                                                                             \
    static int rule_##field(lua_State *l)                                                                                                            \
    {                                                                                                                                                \
        lua_pushinteger(l, rule(l)->field);                                                                                                          \
        return 1;                                                                                                                                    \
    }
NUMBER_OF(gid)
NUMBER_OF(sid)
NUMBER_OF(rev)
NUMBER_OF(priority)
#undef NUMBER_OF

static int open_rule(lua_State *l)
{
    static const luaL_Reg methods[] = { { "action", rule_action }, { "class_description", rule_class }, { "gid", rule_gid }, { "msg", rule_msg },
                                        { "priority", rule_priority }, { "rev", rule_rev }, { "sid", rule_sid }, { NULL, NULL } };

    script_object(l, NULL, "get_rule", NULL, methods);
    return 1;
}

/* ---- variables of the rule and the flow ---- */

/* The variable a method is called of: its number is upvalue 1. */
static uint32_t number_of(lua_State *l) { return (uint32_t)lua_tointeger(l, lua_upvalueindex(1)); }

/* A table of methods over one number. */
static int handle(lua_State *l, lua_Integer number, const luaL_Reg *methods)
{
    lua_newtable(l);
    lua_pushinteger(l, number);
    luaL_setfuncs(l, methods, 1);
    return 1;
}

/* While a rule is read: the script will ask for that name. */
static int name_register(lua_State *l, const char *kind, size_t list, size_t count)
{
    const struct script_owner *o = script_owner(l);
    const char *name = luaL_checkstring(l, 1);

    if (o->parse == NULL) {
        return luaL_error(l, "register: only within init()");
    }
    struct script_name *names = (struct script_name *)(void *)((char *)o->made + list);
    unsigned *n = (unsigned *)(void *)((char *)o->made + count);
    if (*n == SCRIPT_NAMES_MAX) {
        return luaL_error(l, "more than %d names", SCRIPT_NAMES_MAX);
    }
    const char *kept = arena_str(rule_parse_arena(o->parse), bytes_str(name));
    names[(*n)++] = (struct script_name){ kept, rule_parse_name(o->parse, kind, name) };
    return 0;
}

static int name_get(lua_State *l, const struct script_name *names, unsigned n, const luaL_Reg *methods)
{
    const char *name = luaL_checkstring(l, 1);

    for (unsigned i = 0; i < n; i++) {
        if (names[i].name != NULL && strcmp(names[i].name, name) == 0) {
            return handle(l, names[i].id, methods);
        }
    }
    return luaL_error(l, "%s is not registered", name);
}

static int flowint_value(lua_State *l)
{
    uint32_t v;

    if (scope_flowint(script_scope(l), number_of(l), &v)) {
        lua_pushinteger(l, v);
    } else {
        lua_pushnil(l);
    }
    return 1;
}
static int flowint_put(lua_State *l, uint32_t v)
{
    scope_flowint_set(script_scope(l), number_of(l), v);
    lua_pushinteger(l, v);
    return 1;
}
static int flowint_set(lua_State *l)
{
    lua_Integer v = luaL_checkinteger(l, 2);

    (void)flowint_put(l, v < 0 ? 0 : v > UINT32_MAX ? UINT32_MAX : (uint32_t)v);
    lua_pushboolean(l, 1);
    return 1;
}
static int flowint_incr(lua_State *l)
{
    uint32_t v;

    return flowint_put(l, !scope_flowint(script_scope(l), number_of(l), &v) ? 1 : v == UINT32_MAX ? v : v + 1);
}
static int flowint_decr(lua_State *l)
{
    uint32_t v;

    return flowint_put(l, !scope_flowint(script_scope(l), number_of(l), &v) || v == 0 ? 0 : v - 1);
}
static int flowint_register(lua_State *l)
{
    return name_register(l, "flowint", offsetof(struct rule_script, flowint), offsetof(struct rule_script, flowint_n));
}
static int flowint_get(lua_State *l)
{
    static const luaL_Reg methods[] = { { "value", flowint_value }, { "set", flowint_set }, { "incr", flowint_incr }, { "decr", flowint_decr }, { NULL, NULL } };
    const struct script_owner *o = script_owner(l);

    return name_get(l, o->script->flowint, o->script->flowint_n, methods);
}
static int open_flowint(lua_State *l)
{
    static const luaL_Reg functions[] = { { "register", flowint_register }, { "get", flowint_get }, { NULL, NULL } };

    script_object(l, functions, NULL, NULL, NULL);
    return 1;
}

static int flowvar_value(lua_State *l)
{
    struct bytes v;

    if (!scope_flowvar(script_scope(l), number_of(l), &v)) {
        lua_pushnil(l);
        return 1;
    }
    return push_bytes(l, v);
}
static int flowvar_set(lua_State *l)
{
    size_t n;
    const char *v = luaL_checklstring(l, 2, &n);
    lua_Integer wanted = luaL_optinteger(l, 3, (lua_Integer)n);

    n = wanted >= 0 && (size_t)wanted < n ? (size_t)wanted : n;
    scope_flowvar_set(script_scope(l), number_of(l), bytes_of(v, n < UINT16_MAX ? n : UINT16_MAX));
    return 0;
}
static int flowvar_register(lua_State *l)
{
    return name_register(l, "flowvar", offsetof(struct rule_script, flowvar), offsetof(struct rule_script, flowvar_n));
}
static int flowvar_get(lua_State *l)
{
    static const luaL_Reg methods[] = { { "value", flowvar_value }, { "set", flowvar_set }, { NULL, NULL } };
    const struct script_owner *o = script_owner(l);

    return name_get(l, o->script->flowvar, o->script->flowvar_n, methods);
}
static int open_flowvar(lua_State *l)
{
    static const luaL_Reg functions[] = { { "register", flowvar_register }, { "get", flowvar_get }, { NULL, NULL } };

    script_object(l, functions, NULL, NULL, NULL);
    return 1;
}

static int bytevar_map(lua_State *l)
{
    const struct script_owner *o = script_owner(l);
    const char *name = luaL_checkstring(l, 2);

    if (o->parse == NULL) {
        return luaL_error(l, "map: only within init()");
    }
    if (!rule_parse_variable(o->parse, name)) {
        return luaL_error(l, "unknown byte variable: %s", name);
    }
    if (o->made->bytevar_n == SCRIPT_NAMES_MAX) {
        return luaL_error(l, "too many byte variables mapped");
    }
    o->made->bytevar[o->made->bytevar_n] = (struct script_name){ arena_str(rule_parse_arena(o->parse), bytes_str(name)), o->made->bytevar_n };
    o->made->bytevar_n++;
    return 0;
}
static int bytevar_value(lua_State *l)
{
    struct detect_scope *s = script_scope(l);
    const struct script_owner *o = script_owner(l);
    const char *name = o->script->bytevar[number_of(l)].name;

    for (uint16_t i = 0; name != NULL && i < s->rule->variable_n; i++) {
        if (strcmp(s->rule->variable_names[i], name) == 0) {
            lua_pushinteger(l, (lua_Integer)s->variable[i]);
            return 1;
        }
    }
    lua_pushnil(l);
    return 1;
}
static int bytevar_get(lua_State *l)
{
    static const luaL_Reg methods[] = { { "value", bytevar_value }, { NULL, NULL } };
    const struct script_owner *o = script_owner(l);

    return name_get(l, o->script->bytevar, o->script->bytevar_n, methods);
}
static int open_bytevar(lua_State *l)
{
    static const luaL_Reg functions[] = { { "map", bytevar_map }, { "get", bytevar_get }, { NULL, NULL } };

    script_object(l, functions, NULL, NULL, NULL);
    return 1;
}

/* ---- hashes ---- */

static int push_digest(lua_State *l, const uint8_t *p, unsigned n, bool hex)
{
    char text[2 * EVP_MAX_MD_SIZE];

    for (unsigned i = 0; i < n; i++) {
        text[2 * i] = "0123456789abcdef"[p[i] >> 4];
        text[2 * i + 1] = "0123456789abcdef"[p[i] & 15];
    }
    lua_pushlstring(l, hex ? text : (const char *)p, hex ? 2 * n : n);
    return 1;
}

static int digest(lua_State *l, const EVP_MD *how, bool hex)
{
    uint8_t out[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    size_t size;
    const char *p = luaL_checklstring(l, 1, &size);

    script_spend(l, size / SCRIPT_BYTES_A_STEP);
    return EVP_Digest(p, size, out, &n, how, NULL) == 1 ? push_digest(l, out, n, hex) : luaL_error(l, "digest failed");
}

/* A hasher that is fed in parts: a thing of its own, freed with the state. */
static const char hasher_type[] = "peccary.hasher";

static EVP_MD_CTX *hasher(lua_State *l) { return *(EVP_MD_CTX **)luaL_checkudata(l, 1, hasher_type); }
static int hasher_gc(lua_State *l)
{
    EVP_MD_CTX **at = luaL_checkudata(l, 1, hasher_type);

    EVP_MD_CTX_free(*at);
    *at = NULL;
    return 0;
}
static int hasher_update(lua_State *l)
{
    EVP_MD_CTX *c = hasher(l);
    size_t n;
    const char *p = luaL_checklstring(l, 2, &n);

    script_spend(l, n / SCRIPT_BYTES_A_STEP);
    return c != NULL && EVP_DigestUpdate(c, p, n) == 1 ? 0 : luaL_error(l, "the hash was finished");
}
static int hasher_end(lua_State *l, bool hex)
{
    EVP_MD_CTX *c = hasher(l);
    uint8_t out[EVP_MAX_MD_SIZE];
    unsigned n = 0;

    return c != NULL && EVP_DigestFinal_ex(c, out, &n) == 1 ? push_digest(l, out, n, hex) : luaL_error(l, "the hash was finished");
}
static int hasher_finalize(lua_State *l) { return hasher_end(l, false); }
static int hasher_hex(lua_State *l) { return hasher_end(l, true); }

static int hasher_new(lua_State *l, const EVP_MD *how)
{
    static const luaL_Reg methods[] = { { "update", hasher_update }, { "finalize", hasher_finalize }, { "finalize_to_hex", hasher_hex }, { NULL, NULL } };
    EVP_MD_CTX **at = lua_newuserdatauv(l, sizeof(EVP_MD_CTX *), 0);

    *at = NULL;
    if (luaL_newmetatable(l, hasher_type)) {
        lua_pushcfunction(l, hasher_gc);
        lua_setfield(l, -2, "__gc");
        lua_newtable(l);
        luaL_setfuncs(l, methods, 0);
        lua_setfield(l, -2, "__index");
    }
    lua_setmetatable(l, -2);
    *at = EVP_MD_CTX_new();
    return *at != NULL && EVP_DigestInit_ex(*at, how, NULL) == 1 ? 1 : luaL_error(l, "not enough memory");
}

#define HASH(name)                                                                                                                                   \
    static int name##_digest(lua_State *l) { return digest(l, EVP_##name(), false); }                                                                \
    static int name##_hex(lua_State *l) { return digest(l, EVP_##name(), true); }                                                                    \
    static int name##_new(lua_State *l) { return hasher_new(l, EVP_##name()); }
HASH(sha256)
HASH(sha1)
HASH(md5)
#undef HASH

static int open_hashing(lua_State *l)
{
#define HASH(name) { #name "_digest", name##_digest }, { #name "_hex_digest", name##_hex }, { #name, name##_new }
    static const luaL_Reg functions[] = { HASH(sha256), HASH(sha1), HASH(md5), { NULL, NULL } };
#undef HASH

    script_object(l, functions, NULL, NULL, NULL);
    return 1;
}

/* ---- base64 (RFC 4648 4) ---- */

enum padding { PADDED, BARE, EITHER };

static int encode(lua_State *l, bool padded)
{
    size_t n;
    const uint8_t *p = (const uint8_t *)luaL_checklstring(l, 1, &n);
    luaL_Buffer out;

    script_spend(l, n / SCRIPT_BYTES_A_STEP);
    luaL_argcheck(l, n < INT32_MAX / 2, 1, "too long");
    char *to = luaL_buffinitsize(l, &out, (n + 2) / 3 * 4 + 1);
    size_t made = (size_t)EVP_EncodeBlock((uint8_t *)to, p, (int)n);
    while (!padded && made != 0 && to[made - 1] == '=') {
        made--;
    }
    luaL_pushresultsize(&out, made);
    return 1;
}

static int base64_digit(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' : c >= 'a' && c <= 'z' ? c - 'a' + 26 : c >= '0' && c <= '9' ? c - '0' + 52 : c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* What is no letter of the alphabet is passed over when `loose`; else it makes the text wrong. */
static int decode(lua_State *l, enum padding want, bool loose)
{
    size_t n;
    const uint8_t *p = (const uint8_t *)luaL_checklstring(l, 1, &n);
    uint32_t bits = 0, digits = 0, pads = 0;
    bool wrong = false;
    luaL_Buffer out;

    script_spend(l, n / SCRIPT_BYTES_A_STEP);
    luaL_buffinit(l, &out);
    for (size_t i = 0; i < n && !wrong; i++) {
        int d = base64_digit(p[i]);
        if (p[i] == '=') {
            pads++;
        } else if (d < 0 || pads != 0) {
            wrong = !loose;
        } else {
            bits = bits << 6 | (uint32_t)d;
            digits++;
            if (digits % 4 != 1) {
                luaL_addchar(&out, (char)(bits >> (digits % 4 == 2 ? 4 : digits % 4 == 3 ? 2 : 0)));
            }
        }
    }
    bool whole = (digits + pads) % 4 == 0;
    wrong |= digits % 4 == 1 || (!loose && ((want == PADDED && !whole) || (want == BARE && pads != 0) || (pads != 0 && !whole)));
    luaL_pushresult(&out);
    return wrong ? script_nothing(l, "invalid base64") : 1;
}

static int text64_encode(lua_State *l) { return encode(l, true); }
static int text64_encode_nopad(lua_State *l) { return encode(l, false); }
static int text64_decode(lua_State *l) { return decode(l, PADDED, false); }
static int text64_decode_nopad(lua_State *l) { return decode(l, BARE, false); }
static int text64_decode_padopt(lua_State *l) { return decode(l, EITHER, false); }
static int text64_decode_loose(lua_State *l) { return decode(l, EITHER, true); }

static int open_base64(lua_State *l)
{
    static const luaL_Reg functions[] = { { "encode", text64_encode }, { "encode_nopad", text64_encode_nopad }, { "decode", text64_decode },
                                          { "decode_nopad", text64_decode_nopad }, { "decode_padopt", text64_decode_padopt },
                                          { "decode_rfc2045", text64_decode_loose }, { "decode_rfc4648", text64_decode_padopt }, { NULL, NULL } };

    script_object(l, functions, NULL, NULL, NULL);
    return 1;
}

/* ---- log, util, config ---- */

static int log_line(lua_State *l)
{
    (void)luaL_checkstring(l, 1);
    return 0; /* workers do not write logs: a script that watches traffic would write one a packet */
}

static int open_log(lua_State *l)
{
    static const luaL_Reg functions[] = { { "info", log_line }, { "notice", log_line }, { "warning", log_line }, { "error", log_line },
                                          { "debug", log_line }, { "config", log_line }, { "perf", log_line }, { NULL, NULL } };

    script_object(l, functions, NULL, NULL, NULL);
    return 1;
}

static int util_thread(lua_State *l)
{
    lua_newtable(l);
    lua_pushinteger(l, script_scope(l)->detect->worker + 1);
    lua_setfield(l, -2, "id");
    lua_pushfstring(l, "W#%d", (int)script_scope(l)->detect->worker + 1);
    lua_setfield(l, -2, "name");
    return 1;
}

static int open_util(lua_State *l)
{
    static const luaL_Reg functions[] = { { "thread_info", util_thread }, { NULL, NULL } };

    script_object(l, functions, NULL, NULL, NULL);
    return 1;
}

const struct script_module rule_script_modules[] = {
    { "suricata.packet", open_packet },   { "suricata.flow", open_flow },       { "suricata.rule", open_rule },     { "suricata.flowint", open_flowint },
    { "suricata.flowvar", open_flowvar }, { "suricata.bytevar", open_bytevar }, { "suricata.hashing", open_hashing }, { "suricata.base64", open_base64 },
    { "suricata.log", open_log },         { "suricata.util", open_util },       { "suricata.http", script_open_http }, { "suricata.dns", script_open_dns },
    { "suricata.tls", script_open_tls },  { "suricata.ssh", script_open_ssh },  { "suricata.smtp", script_open_smtp }, { "suricata.ja3", script_open_ja3 },
    { "suricata.ntp", script_open_ntp },  { NULL, NULL },
};

#endif

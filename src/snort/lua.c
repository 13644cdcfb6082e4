/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lua - snort.lua: a program whose tables, when it is done, are the configuration. */
#include "snort/parts.h"

#include "base/file.h"
#include "base/rows.h"
#include "script/script.h"

#include <stdio.h>
#include <stdlib.h>

#ifdef HAVE_LUA

#include <lauxlib.h>
#include <lua.h>

/* Snort's modules that nothing here stands for: told, where a configuration has them.  Those whose work is done here without being
 * asked (parsers of protocols, streams, normalization as a part of them) are not told. */
static const char modules[] =
    "active alerts appid appid_listener attribute_table back_orifice capture_daq data_log domain_filter dpx extractor file_connector file_log"
    " gtp_inspect high_availability host_cache host_tracker hosts js_norm latency log_codecs log_hext memory mms netflow null_trace_logger opcua"
    " packet_capture payload_injector perf_monitor policy profiler rna rt_global rt_packet rt_service s7commplus side_channel snort_ml"
    " snort_ml_engine so_proxy socks tcp_connector tenant_selector alert_luajit alert_sfsocket alert_syslog alert_talos alert_unixsock";

/* … and which those are. */
static const char quiet[] =
    "cip dce_http_proxy dce_http_server dce_smb dce_tcp dce_udp decode dnp3 dns event_queue file_id file_policy ftp_client ftp_data ftp_server"
    " http2_inspect iec104 imap modbus normalizer packet_tracer packets pop react reject rewrite rpc_decode rule_state search_engine sip smtp snort"
    " ssh ssl stream stream_file stream_icmp stream_ip stream_tcp stream_udp stream_user telnet trace wizard network output daq detection";

/* ---- include ---- */

struct reading {
    struct snort_config *c;
    unsigned depth;
    struct err err;
};

/* include 'FILE': of the configuration's folder, or below it. */
static int lua_include(lua_State *l)
{
    struct reading *g = script_owner(l);
    const char *name = luaL_checkstring(l, 1);
    char path[4096];
    struct bytes text;

    if (name[0] == '/' || strstr(name, "..") != NULL) {
        return luaL_error(l, "include '%s': only files of the configuration's folder", name);
    }
    if (g->depth == SNORT_DEPTH_MAX) {
        return luaL_error(l, "include '%s': more than %d deep", name, SNORT_DEPTH_MAX);
    }
    snprintf(path, sizeof path, "%s/%s", g->c->folder, name);
    if (!file_read(path, SNORT_FILE_MAX, &text, &g->err)) {
        return luaL_error(l, "include '%s': %s", name, g->err.text);
    }
    snprintf(path, sizeof path, "@%s", name);
    int status = luaL_loadbufferx(l, (const char *)text.p, text.n, path, "t");
    file_free(text);
    if (status != LUA_OK) {
        return lua_error(l);
    }
    g->depth++;
    lua_call(l, 0, 0);
    g->depth--;
    return 0;
}

static int lua_nothing(lua_State *l)
{
    (void)l;
    return 0;
}

/* ---- tables ---- */

/* The value on top as text; NULL: it is none.  Lives as long as `room` and the value. */
static const char *value_text(lua_State *l, int at, char room[64])
{
    switch (lua_type(l, at)) {
    case LUA_TBOOLEAN: return lua_toboolean(l, at) ? "yes" : "no";
    case LUA_TNUMBER:
        if (lua_isinteger(l, at)) {
            snprintf(room, 64, "%lld", (long long)lua_tointeger(l, at));
        } else {
            snprintf(room, 64, "%g", lua_tonumber(l, at));
        }
        return room;
    case LUA_TSTRING: return lua_tostring(l, at);
    default: return NULL;
    }
}

/* A member of the table on top; the preset when it is not there or no text.  Lives as long as `room` and the table. */
static const char *member(lua_State *l, const char *key, char room[64], const char *preset)
{
    lua_pushstring(l, key);
    lua_rawget(l, -2);
    const char *v = value_text(l, -1, room);
    lua_pop(l, 1);
    return v != NULL ? v : preset;
}

static int key_compare(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

/* The keys of the table on top that are texts, in their order: Lua has them in another with each run.  They are put on top, in Lua's memory. */
static const char **keys_push(lua_State *l, size_t *n)
{
    size_t all = 0, k = 0;

    for (lua_pushnil(l); lua_next(l, -2) != 0; lua_pop(l, 1)) {
        all += lua_type(l, -2) == LUA_TSTRING;
    }
    const char **keys = lua_newuserdatauv(l, all * sizeof *keys, 0);
    for (lua_pushnil(l); lua_next(l, -3) != 0; lua_pop(l, 1)) {
        if (lua_type(l, -2) == LUA_TSTRING) {
            keys[k++] = lua_tostring(l, -2);
        }
    }
    qsort(keys, k, sizeof *keys, key_compare);
    *n = k;
    return keys;
}

/* Each entry of the table on top whose key and value are texts. */
static void each_text(lua_State *l, struct snort_config *c, void (*take)(struct snort_config *c, const char *key, const char *value))
{
    char room[64];
    size_t n;
    const char **keys = keys_push(l, &n);

    for (size_t i = 0; i < n; i++) {
        lua_getfield(l, -2, keys[i]);
        const char *v = value_text(l, -1, room);
        if (v != NULL) {
            take(c, keys[i], v);
        }
        lua_pop(l, 1);
    }
    lua_pop(l, 1);
}

static void take_net(struct snort_config *c, const char *name, const char *value) { part_group(c, "address-groups", name, value); }
static void take_port(struct snort_config *c, const char *name, const char *value) { part_group(c, "port-groups", name, value); }

static const struct {
    const char *key;
    void (*take)(struct snort_config *c, const char *name, const char *value);
} variable_kinds[] = { { "nets", take_net }, { "ports", take_port }, { "paths", part_variable } };

/* ips.variables = { nets = {…}, ports = {…}, paths = {…} } */
static void read_variables(lua_State *l, struct reading *g)
{
    for (size_t i = 0; i < ROWS(variable_kinds); i++) {
        lua_pushstring(l, variable_kinds[i].key);
        lua_rawget(l, -2);
        if (lua_istable(l, -1)) {
            each_text(l, g->c, variable_kinds[i].take);
        }
        lua_pop(l, 1);
    }
}

static bool read_rules(lua_State *l, struct reading *g, const char *key)
{
    const char *v = lua_tostring(l, -1);
    bool ok = true;

    if (strcmp(key, "rules") == 0) {
        return part_rules_text(g->c, "(ips.rules)", bytes_str(v), 0, &g->err);
    }
    char *expanded = part_expand(g->c, v), *path = expanded != NULL ? part_place(g->c, expanded) : NULL;
    ok = path != NULL ? snort_rules_add(g->c, path, &g->err) : err_set(&g->err, "not enough memory");
    free(expanded);
    free(path);
    return ok;
}

/* The table `ips`, variables first: includes use them. */
static bool read_ips(lua_State *l, struct reading *g, const char *name)
{
    bool ok = true;
    char room[64], path[128];
    size_t n;

    (void)name;
    lua_pushliteral(l, "variables");
    lua_rawget(l, -2);
    if (lua_istable(l, -1)) {
        read_variables(l, g);
    }
    lua_pop(l, 1);
    const char **keys = keys_push(l, &n);
    for (size_t i = 0; ok && i < n; i++) {
        const char *key = keys[i];
        lua_getfield(l, -2, key);
        const char *v = value_text(l, -1, room);
        snprintf(path, sizeof path, "ips.%s", key);
        if ((strcmp(key, "include") == 0 || strcmp(key, "rules") == 0) && lua_type(l, -1) == LUA_TSTRING) {
            ok = read_rules(l, g, key);
        } else if (strcmp(key, "variables") != 0 && (v == NULL || !part_value(g->c, path, v))) {
            part_unused(g->c, "%s", path);
        }
        lua_pop(l, 1);
    }
    lua_pop(l, 1);
    return ok;
}

/* A table of plain settings. */
static bool read_plain(lua_State *l, struct reading *g, const char *name)
{
    char room[64], path[128];
    size_t n;
    const char **keys = keys_push(l, &n);

    for (size_t i = 0; i < n; i++) {
        lua_getfield(l, -2, keys[i]);
        const char *v = value_text(l, -1, room);
        snprintf(path, sizeof path, "%s.%s", name, keys[i]);
        if (v == NULL || !part_value(g->c, path, v)) {
            part_unused(g->c, "%s", path);
        }
        lua_pop(l, 1);
    }
    lua_pop(l, 1);
    return true;
}

/* Each record of a list of them: `one` finds it on top. */
static bool each_record(lua_State *l, struct reading *g, const char *name, void (*one)(lua_State *l, struct reading *g, const char *name))
{
    lua_Integer n = (lua_Integer)lua_rawlen(l, -1);

    for (lua_Integer i = 1; i <= n; i++) {
        lua_rawgeti(l, -1, i);
        if (lua_istable(l, -1)) {
            one(l, g, name);
        }
        lua_pop(l, 1);
    }
    return true;
}

/* suppress, event_filter, rate_filter: as a line of threshold.config has them. */
static void filter_record(lua_State *l, struct reading *g, const char *name)
{
    static const char *const keys[] = { "type", "track", "count", "seconds", "new_action", "timeout", "ip" };
    struct text *t = &g->c->thresholds;
    char room[64], preset[8];
    const char *sid = member(l, "sid", room, "0");

    snprintf(preset, sizeof preset, strcmp(sid, "0") == 0 ? "0" : "1");
    text_printf(t, "%s sig_id %s", name, sid);
    text_printf(t, ", gen_id %s", member(l, "gid", room, preset));
    for (size_t i = 0; i < ROWS(keys); i++) {
        const char *v = member(l, keys[i], room, NULL);
        if (v != NULL) {
            text_printf(t, ", %s %s", keys[i], v);
        }
    }
    text_byte(t, '\n');
    if (member(l, "apply_to", room, NULL) != NULL) {
        part_unused(g->c, "%s.apply_to", name);
    }
}

static bool read_filters(lua_State *l, struct reading *g, const char *name) { return each_record(l, g, name, filter_record); }

/* { when = { proto, ports }, use = { type } } */
static void bind_record(lua_State *l, struct reading *g, const char *name)
{
    const char *ports = NULL, *proto = NULL, *type = NULL;
    char room[3][64];

    (void)name;
    lua_pushliteral(l, "when");
    lua_rawget(l, -2);
    if (lua_istable(l, -1)) {
        ports = member(l, "ports", room[0], NULL);
        proto = member(l, "proto", room[1], NULL);
    }
    lua_pop(l, 1);
    lua_pushliteral(l, "use");
    lua_rawget(l, -2);
    type = lua_istable(l, -1) ? member(l, "type", room[2], NULL) : NULL;
    if (ports != NULL && proto != NULL && type != NULL) {
        part_bind(g->c, type, proto, ports);
    }
    lua_pop(l, 1);
}

static bool read_binder(lua_State *l, struct reading *g, const char *name) { return each_record(l, g, name, bind_record); }

static void class_record(lua_State *l, struct reading *g, const char *name)
{
    char room[3][64];
    const char *class = member(l, "name", room[0], NULL);

    (void)name;
    if (class != NULL) {
        text_printf(&g->c->classes, "config classification: %s,%s,%s\n", class, member(l, "text", room[1], class), member(l, "priority", room[2], "1"));
    }
}

static void reference_record(lua_State *l, struct reading *g, const char *name)
{
    char room[2][64];
    const char *key = member(l, "name", room[0], NULL);

    (void)name;
    if (key != NULL) {
        text_printf(&g->c->references, "config reference: %s %s\n", key, member(l, "url", room[1], ""));
    }
}

static bool read_classes(lua_State *l, struct reading *g, const char *name) { return each_record(l, g, name, class_record); }
static bool read_references(lua_State *l, struct reading *g, const char *name) { return each_record(l, g, name, reference_record); }

/* An output: what of its options the outputs here have too. */
static bool read_output(lua_State *l, struct reading *g, const char *name)
{
    static const char *const keys[] = { "fields", "separator" };
    char room[64];
    struct text t;

    text_init(&t, 65536);
    for (size_t i = 0; i < ROWS(keys); i++) {
        const char *v = member(l, keys[i], room, NULL);
        if (v != NULL) {
            part_option(&t, keys[i], v);
        }
    }
    if (strcmp(member(l, "packet", room, "no"), "yes") == 0) {
        text_str(&t, "      packet: yes\n");
    }
    part_limit(&t, "rotate-size", member(l, "limit", room, "0"), "mb");
    text_byte(&t, '\0');
    snort_output_add(g->c, name, strcmp(member(l, "file", room, "no"), "yes") == 0, t.p);
    text_fini(&t);
    return true;
}

static bool read_unified2(lua_State *l, struct reading *g, const char *name)
{
    char room[64];
    struct text t;

    text_init(&t, 4096);
    part_option(&t, "filename", "unified2.log");
    part_limit(&t, "limit", member(l, "limit", room, "0"), "mb");
    text_byte(&t, '\0');
    snort_output_add(g->c, name, true, t.p);
    text_fini(&t);
    return true;
}

/* The frames of packets that alerted. */
static bool read_log_pcap(lua_State *l, struct reading *g, const char *name)
{
    char room[64];

    (void)name;
    const char *limit = member(l, "limit", room, "0");
    text_printf(&g->c->outputs, "  - pcap-log:\n      enabled: yes\n      filename: log.pcap\n      conditional: alerts\n      limit: %s%s\n", limit,
                strcmp(limit, "0") != 0 ? "mb" : "");
    return true;
}

/* ---- what is looked for between hosts ---- */

static void set_numbers(lua_State *l, struct snort_config *c, const char *under)
{
    static const char *const keys[] = { "scans", "rejects", "nets", "ports" };
    char path[96], room[64];

    for (size_t i = 0; i < ROWS(keys); i++) {
        const char *v = member(l, keys[i], room, NULL);
        if (v != NULL) {
            snprintf(path, sizeof path, "port-scan.%s.%s", under, keys[i]);
            part_set(c, path, v);
        }
    }
}

/* port_scan: Snort's names of its tables and values, and ours. */
static bool read_scan(lua_State *l, struct reading *g, const char *name)
{
    static const char *const limits[][2] = {
        { "tcp_ports", "tcp.portscan" }, { "tcp_decoy", "tcp.decoy" }, { "tcp_sweep", "tcp.portsweep" }, { "tcp_dist", "tcp.distributed" },
        { "udp_ports", "udp.portscan" }, { "udp_decoy", "udp.decoy" }, { "udp_sweep", "udp.portsweep" }, { "udp_dist", "udp.distributed" },
        { "ip_proto", "ip.portscan" },   { "ip_decoy", "ip.decoy" },   { "ip_sweep", "ip.portsweep" },   { "ip_dist", "ip.distributed" },
        { "icmp_sweep", "icmp.portsweep" } };
    static const char *const values[][2] = {
        { "memcap", "memcap" }, { "watch_ip", "watch-ip" }, { "ignore_scanners", "ignore-scanners" }, { "ignore_scanned", "ignore-scanned" },
        { "alert_all", "alert-all" }, { "include_midstream", "include-midstream" }, { "tcp_window", "tcp.window" }, { "udp_window", "udp.window" },
        { "ip_window", "ip.window" }, { "icmp_window", "icmp.window" }, { "protos", "protocols" } };
    char room[64], path[96];

    (void)name;
    part_set(g->c, "port-scan.enabled", "yes");
    for (size_t i = 0; i < ROWS(values); i++) {
        const char *v = member(l, values[i][0], room, NULL);
        if (v != NULL) {
            snprintf(path, sizeof path, "port-scan.%s", values[i][1]);
            part_set(g->c, path, v);
        }
    }
    const char *types = member(l, "scan_types", room, NULL);
    if (types != NULL) {
        part_scan_types(g->c, types);
    }
    for (size_t i = 0; i < ROWS(limits); i++) {
        lua_pushstring(l, limits[i][0]);
        lua_rawget(l, -2);
        if (lua_istable(l, -1)) {
            set_numbers(l, g->c, limits[i][1]);
        }
        lua_pop(l, 1);
    }
    return true;
}

static void arp_record(lua_State *l, struct reading *g, const char *name)
{
    char room[2][64];
    const char *address = member(l, "ip", room[0], NULL), *mac = member(l, "mac", room[1], NULL);

    (void)name;
    if (address != NULL && mac != NULL) {
        part_arp_host(g->c, address, mac);
    }
}

static bool read_arp(lua_State *l, struct reading *g, const char *name)
{
    part_set(g->c, "arp-spoof.enabled", "yes");
    lua_pushliteral(l, "hosts");
    lua_rawget(l, -2);
    if (lua_istable(l, -1)) {
        (void)each_record(l, g, name, arp_record);
    }
    lua_pop(l, 1);
    return true;
}

static bool read_reputation(lua_State *l, struct reading *g, const char *name)
{
    static const char *const lists[][2] = { { "blocklist", "block" }, { "blacklist", "block" }, { "allowlist", "allow" }, { "whitelist", "allow" } };
    char room[64];

    (void)name;
    part_set(g->c, "address-lists.enabled", "yes");
    for (size_t i = 0; i < ROWS(lists); i++) {
        const char *file = member(l, lists[i][0], room, NULL);
        if (file != NULL) {
            part_list(g->c, file, lists[i][1]);
        }
    }
    part_set(g->c, "address-lists.priority", strncmp(member(l, "priority", room, "allow"), "block", 5) == 0 ? "block" : "allow");
    part_set(g->c, "address-lists.trust", strcmp(member(l, "allow", room, ""), "trust") == 0 ? "yes" : "no");
    part_set(g->c, "address-lists.scan-local", member(l, "scan_local", room, "no"));
    if (member(l, "list_dir", room, NULL) != NULL) {
        part_unused(g->c, "reputation.list_dir");
    }
    return true;
}

static const struct {
    const char *name;
    bool (*read)(lua_State *l, struct reading *g, const char *name);
} tables[] = {
    { "ips", read_ips },           { "network", read_plain },     { "detection", read_plain },   { "event_queue", read_plain },
    { "output", read_plain },      { "stream_tcp", read_plain },  { "stream_udp", read_plain },  { "stream_icmp", read_plain },
    { "stream_ip", read_plain },   { "suppress", read_filters },  { "event_filter", read_filters }, { "rate_filter", read_filters },
    { "binder", read_binder },     { "classifications", read_classes }, { "references", read_references },
    { "alert_fast", read_output }, { "alert_full", read_output }, { "alert_csv", read_output },  { "alert_json", read_output },
    { "unified2", read_unified2 }, { "process", read_plain },    { "http_inspect", read_plain },
    { "log_pcap", read_log_pcap },  { "port_scan", read_scan },    { "arp_spoof", read_arp },     { "reputation", read_reputation },
};

/* ---- tables that are called almost as a module is ---- */

enum { NAME_SHORT = 5, NAME_LONG = 8, NAME_ROOM = 64 };
static const char places[] = "peccary.places"; /* in the registry: where a table's name was first given one */

/* Of a name that there was not: what Lua does, and for a table the place is kept. */
static int global_set(lua_State *l)
{
    if (lua_istable(l, 3) && lua_type(l, 2) == LUA_TSTRING && lua_getfield(l, LUA_REGISTRYINDEX, places) == LUA_TTABLE) {
        lua_pushvalue(l, 2);
        luaL_where(l, 1);
        lua_rawset(l, -3);
    }
    lua_settop(l, 3);
    lua_rawset(l, 1);
    return 0;
}

static void globals_watch(lua_State *l)
{
    lua_newtable(l);
    lua_setfield(l, LUA_REGISTRYINDEX, places);
    lua_pushglobaltable(l);
    lua_newtable(l);
    lua_pushcfunction(l, global_set);
    lua_setfield(l, -2, "__newindex");
    lua_setmetatable(l, -2);
    lua_pop(l, 1);
}

/* How many letters are other, missing or too many; two that changed places are one. */
static unsigned name_distance(const char *a, const char *b)
{
    unsigned row[3][NAME_ROOM + 1] = { { 0 } };
    const size_t n = strlen(a), m = strlen(b);

    for (size_t k = 0; k <= m; k++) {
        row[0][k] = (unsigned)k;
    }
    for (size_t i = 1; i <= n; i++) {
        unsigned *now = row[i % 3], *last = row[(i + 2) % 3], *before = row[(i + 1) % 3];
        now[0] = (unsigned)i;
        for (size_t k = 1; k <= m; k++) {
            unsigned least = last[k - 1] + (a[i - 1] != b[k - 1]);
            least = last[k] + 1 < least ? last[k] + 1 : least;
            least = now[k - 1] + 1 < least ? now[k - 1] + 1 : least;
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1] && before[k - 2] + 1 < least) {
                least = before[k - 2] + 1;
            }
            now[k] = least;
        }
    }
    return row[n % 3][m];
}

/* The module of the list that the name is almost; at 0 away it is one.  *near is the least distance so far. */
static void name_near(const char *name, const char *list, unsigned *near, char found[NAME_ROOM])
{
    struct rd left = rd_of(bytes_str(list));
    char word[NAME_ROOM];

    for (rd_skip_any(&left, " "); rd_left(&left) != 0; rd_skip_any(&left, " ")) {
        struct bytes b = rd_until_any(&left, " ");
        snprintf(word, sizeof word, "%.*s", (int)b.n, (const char *)b.p);
        unsigned away = name_distance(name, word);
        if (away < *near) {
            *near = away;
            memcpy(found, word, sizeof word);
        }
    }
}

/* Which of the tables are no module's, but called almost so: somebody meant one. */
static void misspelt_tell(lua_State *l, struct reading *g)
{
    size_t n;

    lua_getfield(l, LUA_REGISTRYINDEX, places);
    const char **names = keys_push(l, &n);
    for (size_t i = 0; i < n; i++) {
        size_t length = strlen(names[i]);
        unsigned near = length < NAME_LONG ? 2 : 3;
        char found[NAME_ROOM] = "", room[64];
        for (size_t k = 0; length >= NAME_SHORT && length < NAME_ROOM && k < ROWS(tables); k++) {
            name_near(names[i], tables[k].name, &near, found);
        }
        if (length >= NAME_SHORT && length < NAME_ROOM) {
            name_near(names[i], modules, &near, found);
            name_near(names[i], quiet, &near, found);
        }
        lua_getfield(l, -2, names[i]);
        const char *where = value_text(l, -1, room);
        if (found[0] != '\0' && near != 0) {
            part_unused(g->c, "%s (%sno module is called so; %s is)", names[i], where != NULL ? where : "", found);
        }
        lua_pop(l, 1);
    }
    lua_pop(l, 2);
}

/* What is set in a module's place, on top, and is none. */
static void no_table_tell(lua_State *l, struct reading *g, const char *name)
{
    if (!lua_isnil(l, -1) && !lua_istable(l, -1)) {
        part_unused(g->c, "%s (a table is wanted, it is a %s)", name, luaL_typename(l, -1));
    }
}

static bool tables_read(lua_State *l, struct reading *g)
{
    for (size_t i = 0; i < ROWS(tables); i++) {
        lua_getglobal(l, tables[i].name);
        if (lua_istable(l, -1) && !tables[i].read(l, g, tables[i].name)) {
            return false;
        }
        no_table_tell(l, g, tables[i].name);
        lua_pop(l, 1);
    }
    struct rd left = rd_of(bytes_str(modules));
    for (rd_skip_any(&left, " "); rd_left(&left) != 0; rd_skip_any(&left, " ")) {
        char name[64];
        struct bytes word = rd_until_any(&left, " ");
        snprintf(name, sizeof name, "%.*s", (int)word.n, (const char *)word.p);
        lua_getglobal(l, name);
        if (lua_istable(l, -1)) {
            part_unused(g->c, "%s", name);
        }
        no_table_tell(l, g, name);
        lua_pop(l, 1);
    }
    misspelt_tell(l, g);
    return true;
}

/* What Snort gives a configuration beside the language. */
static int surroundings(lua_State *l)
{
    static const struct {
        const char *name;
        lua_Integer number;
    } version[] = { { "SNORT_MAJOR_VERSION", 3 }, { "SNORT_MINOR_VERSION", 12 }, { "SNORT_PATCH_VERSION", 2 }, { "SNORT_SUBLEVEL_VERSION", 0 } };
    const struct reading *g = script_owner(l);

    lua_register(l, "include", lua_include);
    lua_register(l, "snort_whitelist_append", lua_nothing); /* names that are no modules: nobody warns of them here */
    lua_register(l, "snort_whitelist_add_prefix", lua_nothing);
    for (size_t i = 0; i < ROWS(version); i++) {
        lua_pushinteger(l, version[i].number);
        lua_setglobal(l, version[i].name);
    }
    lua_pushliteral(l, "3.12.2");
    lua_setglobal(l, "SNORT_VERSION");
    if (g->c->tweaks != NULL) {
        lua_pushstring(l, g->c->tweaks);
        lua_setglobal(l, "tweaks");
    }
    globals_watch(l);
    return 0;
}

/* Within a protected call: reading needs memory too, which may be at its cap. */
static int tables_call(lua_State *l)
{
    struct reading *g = script_owner(l);

    luaL_checkstack(l, 64, NULL);
    lua_pushboolean(l, tables_read(l, g));
    return 1;
}

bool snort_lua_read(struct snort_config *c, const char *path, const char *const *chunks, unsigned chunk_n, struct err *err)
{
    struct reading g = { .c = c };
    struct script *s = script_new(&(struct script_limits){ .memory = 64 << 20, .steps = 50000000 }, &g, err);
    const char *slash = path != NULL ? strrchr(path, '/') : NULL;
    struct bytes text = bytes_none();
    bool ok = s != NULL;

    if (ok) {
        lua_pushcfunction(script_state(s), surroundings);
        ok = script_call(s, 0, 0, err);
    }
    if (ok && path != NULL && (ok = file_read(path, SNORT_FILE_MAX, &text, err))) {
        ok = script_run(s, text, slash != NULL ? slash + 1 : path, err);
        file_free(text);
    }
    for (unsigned i = 0; ok && i < chunk_n; i++) {
        ok = script_run(s, bytes_str(chunks[i]), "--lua", err);
    }
    if (ok) {
        lua_pushcfunction(script_state(s), tables_call);
        ok = script_call(s, 0, 1, err);
    }
    if (ok && !(ok = lua_toboolean(script_state(s), -1))) {
        *err = g.err;
    }
    script_free(s);
    return ok;
}

#else

bool snort_lua_read(struct snort_config *c, const char *path, const char *const *chunks, unsigned chunk_n, struct err *err)
{
    (void)c;
    (void)chunks;
    (void)chunk_n;
    return err_set(err, "%s: this peccary was built without Lua, in which Snort 3's configuration is written", path != NULL ? path : "--lua");
}

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rdp_log - records. */
#include "proto/rdp/rdp.h"

/* An array of the bits that are set, when there are any. */
static void log_bits(struct json *j, const char *key, const struct names *bits, uint32_t value)
{
    if (value == 0) {
        return;
    }
    json_array(j, key);
    for (unsigned i = 0; i < bits->n; i++) {
        if ((value & bits->codes[i].number) != 0) {
            json_string(j, NULL, bits->codes[i].name);
        }
    }
    json_end_array(j);
}

/* 2.2.1.1.1 */
static void log_request(struct json *j, const struct rdp *d)
{
    static const struct code flags[] = { { 1, "restricted_admin_mode_required" }, { 2, "redirected_authentication_mode_required" },
                                         { 8, "correlation_info_present" } };

    json_string(j, "event_type", "initial_request");
    if (d->has_cookie) {
        json_bytes(j, "cookie", d->cookie);
    }
    if (json_own(j)) {
        log_bits(j, "flags", NAMES_CODES(flags), d->flags);
    }
}

/* 2.2.1.2.1, 2.2.1.2.2 */
static void log_confirm(struct json *j, const struct rdp *d)
{
    static const struct code flags[] = { { 1, "extended_client_data" }, { 2, "dynvc_gfx" }, { 8, "restricted_admin" }, { 16, "redirected_authentication" } };
    static const struct code protocols[] = { { 0, "rdp" }, { 1, "ssl" }, { 2, "hybrid" }, { 4, "rds_tls" }, { 8, "hybrid_ex" } };
    static const struct code reasons[] = { { 1, "ssl required by server" }, { 2, "ssl not allowed by server" }, { 3, "ssl cert not on server" },
                                           { 4, "inconsistent flags" }, { 5, "hybrid required by server" }, { 6, "ssl with user auth required by server" } };

    json_string(j, "event_type", "initial_response");
    if (!json_own(j)) {
        return;
    }
    if (d->fails) {
        json_u64(j, "error_code", d->protocol);
        json_string(j, "reason", names_name(NAMES_CODES(reasons), d->protocol));
    } else if (d->negotiates) {
        log_bits(j, "server_supports", NAMES_CODES(flags), d->flags);
        json_string(j, "protocol", names_name(NAMES_CODES(protocols), d->protocol));
    }
}

static const char *build_name(uint32_t build)
{
    static const struct code builds[] = {
        { 528, "Windows NT 3.1" }, { 807, "Windows NT 3.5" }, { 1057, "Windows NT 3.51" }, { 1381, "Windows NT 4.0" }, { 2195, "Windows 2000" },
        { 2600, "Windows XP" }, { 3790, "Windows Server 2003" }, { 6000, "Windows Vista RTM" }, { 6001, "Windows Vista SP1" }, { 6002, "Windows Vista SP2" },
        { 7600, "Windows 7 RTM" }, { 7601, "Windows 7 SP1" }, { 9200, "Windows 8" }, { 9600, "Windows 8.1" }, { 10240, "Windows 10 TH1" },
        { 10586, "Windows 10 TH2" }, { 14393, "Windows 10 RS1" }, { 15063, "Windows 10 RS2" }, { 16299, "Windows 10 RS3" }, { 17134, "Windows 10 RS4" },
        { 17763, "Windows 10 RS5" },
    };

    return names_or_unknown(NAMES_CODES(builds), build);
}

/* MS-LCID 2.2 */
static const char *locale_name(uint32_t id)
{
    static const struct code locales[] = {
#define LOCALE(id, name) { id, name },
#include "proto/rdp/rdp_locales.list"
#undef LOCALE
    };

    return names_or_unknown(NAMES_CODES(locales), id);
}

/* The newest of three ways to tell it that says something. */
static uint32_t depth_of(const struct rdp_client *c)
{
    static const uint8_t of_old[] = { 4, 8, 15, 16, 24 };
    uint32_t high = c->has > RDP_HIGH_DEPTH ? c->optional[RDP_HIGH_DEPTH] : 0, old = c->has > RDP_DEPTH2 ? c->optional[RDP_DEPTH2] - 0xca00 : UINT32_MAX;

    if (high == 4 || high == 8 || high == 15 || high == 16 || high == 24) {
        return high;
    }
    if (old < ROWS(of_old)) {
        return of_old[old];
    }
    return c->depth - 0xca00u < 2 ? of_old[c->depth - 0xca00u] : 0;
}

static void log_u64_if(struct json *j, const char *key, uint64_t v)
{
    if (v != 0) {
        json_u64(j, key, v);
    }
}

/* Members that clients may leave out. */
static void log_optionals(struct json *j, const struct rdp_client *c)
{
    static const struct code capabilities[] = {
        { 0x1, "support_errinfo_pdf" }, { 0x2, "want_32bpp_session" }, { 0x4, "support_statusinfo_pdu" }, { 0x8, "strong_asymmetric_keys" },
        { 0x20, "valid_connection_type" }, { 0x40, "support_monitor_layout_pdu" }, { 0x80, "support_netchar_autodetect" }, { 0x100, "support_dynvc_gfx_protocol" },
        { 0x200, "support_dynamic_time_zone" }, { 0x400, "support_heartbeat_pdu" },
    };
    static const char *const hints[] = { NULL, "modem", "low_broadband", "satellite", "high_broadband", "wan", "lan", "autodetect" };
    static const struct { uint8_t member; const char *key; } numbers[] = { { RDP_WIDTH, "physical_width" }, { RDP_HEIGHT, "physical_height" },
        { RDP_ORIENTATION, "desktop_orientation" }, { RDP_SCALE, "scale_factor" }, { RDP_DEVICE_SCALE, "device_scale_factor" } };

    if (c->has > RDP_PRODUCT) {
        json_u64(j, "product_id", c->optional[RDP_PRODUCT]);
    }
    if (c->has > RDP_SERIAL && json_own(j)) {
        log_u64_if(j, "serial_number", c->optional[RDP_SERIAL]);
    }
    if (c->has > RDP_CAPABILITIES) {
        log_bits(j, "capabilities", NAMES_CODES(capabilities), c->optional[RDP_CAPABILITIES]);
    }
    if (c->has > RDP_ID && c->id.n != 0) {
        json_bytes(j, "id", c->id);
    }
    if (!json_own(j)) {
        return;
    }
    if (c->has > RDP_HINT && hints[c->optional[RDP_HINT] & 7] != NULL) {
        json_string(j, "connection_hint", hints[c->optional[RDP_HINT] & 7]);
    }
    for (unsigned i = 0; i < ROWS(numbers); i++) {
        if (c->has > numbers[i].member) {
            json_u64(j, numbers[i].key, c->optional[numbers[i].member]);
        }
    }
}

static void log_client(struct json *j, const struct rdp_client *c)
{
    static const struct code versions[] = {
        { 0x80001, "v4" }, { 0x80004, "v5" }, { 0x80005, "v10.0" }, { 0x80006, "v10.1" }, { 0x80007, "v10.2" }, { 0x80008, "v10.3" }, { 0x80009, "v10.4" },
        { 0x8000a, "v10.5" }, { 0x8000b, "v10.6" }, { 0x8000c, "v10.7" },
    };
    static const struct code keyboards[] = { { 1, "xt" }, { 2, "ico" }, { 3, "at" }, { 4, "enhanced" }, { 5, "1050" }, { 6, "9140" }, { 7, "jp" } };
    const char *keyboard = names_name(NAMES_CODES(keyboards), c->keyboard);

    json_object(j, "client");
    json_string(j, "version", names_or_unknown(NAMES_CODES(versions), c->version));
    json_u64(j, "desktop_width", c->width);
    json_u64(j, "desktop_height", c->height);
    log_u64_if(j, "color_depth", depth_of(c));
    json_string(j, "keyboard_layout", locale_name(c->layout));
    json_string(j, "build", build_name(c->build));
    if (c->name.n != 0) {
        json_bytes(j, "client_name", c->name);
    }
    if (keyboard != NULL) {
        json_string(j, "keyboard_type", keyboard);
    }
    log_u64_if(j, "keyboard_subtype", json_own(j) ? c->keyboard_sub : 0);
    log_u64_if(j, "function_keys", c->function_keys);
    if (c->ime.n != 0 && json_own(j)) {
        json_bytes(j, "ime", c->ime);
    }
    log_optionals(j, c);
    json_end_object(j);
}

static void log_list(struct json *j, const char *key, const struct bytes *list, unsigned n)
{
    json_array(j, key);
    for (unsigned i = 0; i < n; i++) {
        json_bytes(j, NULL, list[i]);
    }
    json_end_array(j);
}

void rdp_log(const struct txn *t, struct json *j)
{
    const struct rdp *d = txn_data_const(t);

    json_u64(j, "tx_id", t->id + 1);
    switch (d->kind) {
    case RDP_REQUEST: log_request(j, d); break;
    case RDP_CONFIRM: log_confirm(j, d); break;
    case RDP_CONNECT:
        json_string(j, "event_type", "connect_request");
        if (d->has_client) {
            log_client(j, &d->client);
        }
        if (d->has_channels) {
            log_list(j, "channels", d->channel, d->channel_n);
        }
        break;
    case RDP_CONNECTED: json_string(j, "event_type", "connect_response"); break;
    default:
        json_string(j, "event_type", "tls_handshake");
        if (json_own(j)) {
            log_list(j, "x509_serials", d->serial, d->serial_n);
        }
        break;
    }
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "aware/print_tcp.h"

#include "base/rows.h"

static const char *const quirk_names[] = { "df", "id+", "id-", "ecn", "0+", "flow", "seq-", "ack+", "ack-", "uptr+", "urgf+", "pushf+", "ts1-", "ts2+",
                                           "opt+", "exws", "bad" };
enum { QUIRK_DF = 1 << 0, QUIRK_ID = 1 << 1, QUIRK_ZERO_ID = 1 << 2, QUIRK_ECN = 1 << 3, QUIRK_FLOW = 1 << 5 };
static const struct { const char *name; uint8_t kind; } option_names[] = { { "nop", 1 }, { "mss", 2 }, { "ws", 3 }, { "sok", 4 }, { "sack", 5 }, { "ts", 8 } };
enum { OPTION_TS = 8, ANY_QUIRKS = -1, STACK_MSS = 1460, TS_BYTES = 12, HEADERS4 = 40, HEADERS6 = 60 };

static bool number(struct bytes text, uint64_t max, uint64_t *out, const char *what, struct err *err)
{
    return (bytes_u64(text, out) && *out <= max) || err_set(err, "%s: a number up to %llu expected", what, (unsigned long long)max);
}

/* "*" in a row is -1. */
static bool open_number(struct bytes text, bool row, int32_t max, int32_t *out, const char *what, struct err *err)
{
    uint64_t v;

    if (row && bytes_is(text, "*")) {
        *out = -1;
        return true;
    }
    if (!number(text, (uint64_t)max, &v, what, err)) {
        return false;
    }
    *out = (int32_t)v;
    return true;
}

static bool version_read(struct bytes text, bool row, struct tcp_print *out, struct err *err)
{
    out->version = bytes_is(text, "4") ? 4 : bytes_is(text, "6") ? 6 : 0;
    return out->version || (row && bytes_is(text, "*")) || err_set(err, "version: 4 or 6%s expected", row ? " or *" : "");
}

/* A row: 64, 64- (any below).  A sign: 58, 58+6, 58+?: the first is as it came. */
static bool ttl_read(struct bytes text, bool row, struct tcp_print *out, struct err *err)
{
    struct rd r = rd_of(text);
    bool more;
    struct bytes first = rd_until(&r, '+', &more);
    uint64_t ttl;

    if (row && first.n > 1 && first.p[first.n - 1] == '-') {
        out->ttl_loose = true;
        first.n--;
    }
    if (!number(first, 255, &ttl, "TTL", err)) {
        return false;
    }
    if (row && more) { /* a raw signature made a row: the sum is as it was sent */
        uint64_t hops;
        if (!number(rd_rest(&r), 255 - ttl, &hops, "hops", err)) {
            return false;
        }
        ttl += hops;
    }
    out->ttl = (uint8_t)ttl;
    return true;
}

static bool window_read(struct bytes text, bool row, struct tcp_print *out, struct err *err)
{
    struct rd r = rd_of(text);
    bool comma;
    struct bytes size = rd_until(&r, ',', &comma), scale = rd_rest(&r);
    static const struct { const char *name; uint8_t kind; } kinds[] = { { "mss*", TCP_WINDOW_MSS }, { "mtu*", TCP_WINDOW_MTU }, { "%", TCP_WINDOW_MOD } };
    uint64_t v;

    if (!comma || !open_number(scale, row, 255, &out->scale, "window scale", err)) {
        return comma ? false : err_set(err, "window: SIZE,SCALE expected");
    }
    if (row && bytes_is(size, "*")) {
        out->window_kind = TCP_WINDOW_ANY;
        return true;
    }
    for (unsigned i = 0; i < ROWS(kinds); i++) {
        if (bytes_starts(size, kinds[i].name)) {
            out->window_kind = kinds[i].kind;
            size = bytes_from(size, strlen(kinds[i].name));
            break;
        }
    }
    if (!number(size, 65535, &v, "window", err)) {
        return false;
    }
    out->window = (uint32_t)v;
    return (out->window_kind != TCP_WINDOW_MOD || v > 1) || err_set(err, "window: a divisor is 2 or more");
}

static bool option_read(struct bytes text, struct tcp_print *out, struct err *err)
{
    uint64_t v;

    if (out->options_n == TCP_OPTIONS_MAX) {
        return err_set(err, "layout: more than %d options", TCP_OPTIONS_MAX);
    }
    if (bytes_starts(text, "eol+")) {
        if (!number(bytes_from(text, 4), 255, &v, "layout: eol+", err)) {
            return false;
        }
        out->eol_pad = (uint8_t)v;
        out->options[out->options_n++] = 0;
        return true;
    }
    if (bytes_starts(text, "?")) {
        if (!number(bytes_from(text, 1), 255, &v, "layout: ?", err)) {
            return false;
        }
        out->options[out->options_n++] = (uint8_t)v;
        return true;
    }
    for (unsigned i = 0; i < ROWS(option_names); i++) {
        if (bytes_is(text, option_names[i].name)) {
            out->options[out->options_n++] = option_names[i].kind;
            return true;
        }
    }
    return err_set(err, "layout: unknown option '%.*s'", (int)(text.n < 32 ? text.n : 32), (const char *)text.p);
}

static bool layout_read(struct bytes text, bool row, struct tcp_print *out, struct err *err)
{
    struct rd r = rd_of(text);
    bool more = text.n != 0;

    if (row && bytes_is(text, "*")) {
        out->options_any = true;
        return true;
    }
    while (more) {
        if (!option_read(rd_until(&r, ',', &more), out, err)) {
            return false;
        }
    }
    return true;
}

static bool quirks_read(struct bytes text, bool row, struct tcp_print *out, struct err *err)
{
    struct rd r = rd_of(text);
    bool more = text.n != 0;

    if (row && bytes_is(text, "*")) {
        out->quirks = (uint32_t)ANY_QUIRKS;
        return true;
    }
    while (more) {
        struct bytes name = rd_until(&r, ',', &more);
        unsigned i = 0;
        while (i < ROWS(quirk_names) && !bytes_is(name, quirk_names[i])) {
            i++;
        }
        if (i == ROWS(quirk_names)) {
            return err_set(err, "unknown quirk '%.*s'", (int)(name.n < 32 ? name.n : 32), (const char *)name.p);
        }
        out->quirks |= 1u << i;
    }
    return true;
}

bool tcp_print_read(struct bytes text, bool row, struct tcp_print *out, size_t *column, struct err *err)
{
    struct rd r = rd_of(text);
    struct bytes part[8];
    size_t at[8];
    bool colon = true, ok;
    int32_t options = 0;

    *out = (struct tcp_print){ 0 };
    *column = 0;
    for (unsigned i = 0; i < 8; i++) {
        at[i] = text.n - rd_left(&r);
        if (!colon) {
            *column = text.n;
            return err_set(err, "eight parts with colons between them expected");
        }
        part[i] = i < 7 ? rd_until(&r, ':', &colon) : rd_rest(&r);
    }
    unsigned i = 0;
    ok = version_read(part[i], row, out, err) && ++i && ttl_read(part[i], row, out, err) && ++i &&
         open_number(part[i], row, 255, &options, "option bytes", err) && ++i && open_number(part[i], row, 65535, &out->mss, "MSS", err) && ++i &&
         window_read(part[i], row, out, err) && ++i && layout_read(part[i], row, out, err) && ++i && quirks_read(part[i], row, out, err) && ++i;
    if (ok) {
        out->ip_options = (uint8_t)(options < 0 ? 0 : options);
        out->payload = bytes_is(part[7], "0") ? 0 : bytes_is(part[7], "+") ? 1 : -1;
        ok = out->payload >= 0 || (row && bytes_is(part[7], "*")) || err_set(err, "payload: 0 or +%s expected", row ? " or *" : "");
    }
    *column = ok ? 0 : at[i];
    return ok;
}

/* ---- comparing ---- */

static bool has_ts(const struct tcp_print *t)
{
    for (unsigned i = 0; i < t->options_n; i++) {
        if (t->options[i] == OPTION_TS) {
            return true;
        }
    }
    return false;
}

/* What a window is reckoned in, by the ways of stacks: the segment that is announced, the one the other side announces, an Ethernet's; each
 * without room for time stamps, too.  0: none. */
enum { UNITS = 6 };
static void units(const struct tcp_print *seen, uint32_t peer_mss, uint32_t head, uint32_t out[UNITS])
{
    const uint32_t sizes[UNITS / 2] = { (uint32_t)seen->mss, peer_mss, STACK_MSS };

    for (unsigned i = 0; i < UNITS / 2; i++) {
        out[2 * i] = sizes[i] ? sizes[i] + head : 0;
        out[2 * i + 1] = has_ts(seen) && sizes[i] > TS_BYTES ? sizes[i] - TS_BYTES + head : 0;
    }
}

static uint32_t head_of(uint8_t kind, const struct tcp_print *seen) { return kind == TCP_WINDOW_MTU ? seen->version == 6 ? HEADERS6 : HEADERS4 : 0; }

/* A row's window against one in bytes. */
static bool bytes_fit(const struct tcp_print *row, const struct tcp_print *seen, uint32_t window, uint32_t peer_mss)
{
    uint32_t unit[UNITS];

    if (row->window_kind == TCP_WINDOW_VALUE) {
        return window == row->window;
    }
    if (row->window_kind == TCP_WINDOW_MOD) {
        return window % row->window == 0;
    }
    units(seen, peer_mss, head_of(row->window_kind, seen), unit);
    for (unsigned i = 0; i < UNITS; i++) {
        if (unit[i] && window == row->window * unit[i]) {
            return true;
        }
    }
    return false;
}

static bool window_fits(const struct tcp_print *row, const struct tcp_print *seen, uint32_t peer_mss)
{
    uint32_t unit[UNITS];

    if (row->window_kind == TCP_WINDOW_ANY || (row->window_kind == seen->window_kind && row->window == seen->window)) {
        return true;
    }
    if (seen->window_kind == TCP_WINDOW_VALUE) {
        return bytes_fit(row, seen, seen->window, peer_mss);
    }
    /* A sign may tell a multiple without telling of what. */
    units(seen, peer_mss, head_of(seen->window_kind, seen), unit);
    for (unsigned i = 0; i < UNITS; i++) {
        if (unit[i] && seen->window * unit[i] <= 65535 && bytes_fit(row, seen, seen->window * unit[i], peer_mss)) {
            return true;
        }
    }
    return false;
}

static bool options_fit(const struct tcp_print *row, const struct tcp_print *seen)
{
    return row->options_any || (row->options_n == seen->options_n && row->eol_pad == seen->eol_pad &&
                                memcmp(row->options, seen->options, row->options_n) == 0);
}

/* Networks clear DF and the id with it, and add ECN; p0f's README has the same list. */
static enum tcp_fit quirks_fit(const struct tcp_print *row, const struct tcp_print *seen)
{
    uint32_t want = row->quirks, gone, added;

    if (want == (uint32_t)ANY_QUIRKS) {
        return TCP_FIT;
    }
    want &= row->version ? ~0u : seen->version == 6 ? ~(uint32_t)(QUIRK_DF | QUIRK_ID | QUIRK_ZERO_ID) : ~(uint32_t)QUIRK_FLOW;
    gone = want & ~seen->quirks;
    added = seen->quirks & ~want;
    /* The flow label came to stacks later than most rows. */
    added &= row->version == 6 ? ~0u : ~(uint32_t)QUIRK_FLOW;
    if (gone & ~(uint32_t)(QUIRK_DF | QUIRK_ID) || added & ~(uint32_t)(QUIRK_ZERO_ID | QUIRK_ECN)) {
        return TCP_FIT_NOT;
    }
    return gone || added ? TCP_FIT_NEAR : TCP_FIT;
}

enum tcp_fit tcp_print_fits(const struct tcp_print *row, const struct tcp_print *seen, uint32_t peer_mss)
{
    enum tcp_fit fit;

    if ((row->version && row->version != seen->version) || !options_fit(row, seen) || row->ip_options != seen->ip_options ||
        (row->mss >= 0 && row->mss != seen->mss) || (row->scale >= 0 && row->scale != seen->scale) ||
        (row->payload >= 0 && row->payload != seen->payload) || row->ttl < seen->ttl || !window_fits(row, seen, peer_mss)) {
        return TCP_FIT_NOT;
    }
    fit = quirks_fit(row, seen);
    return fit == TCP_FIT && !row->ttl_loose && row->ttl - seen->ttl > TCP_TTL_REACH ? TCP_FIT_NEAR : fit;
}

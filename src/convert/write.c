/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parts to a rule's text in the other dialect. */
#include "convert/parts.h"

#include <stdio.h>
#include <string.h>

/* What an option is in the other dialects.  Not in the rows: only its own dialect has it, and a rule with it is refused. */
enum where { ALIKE, VALUE /* its value is written otherwise: values.c */, LOST /* it changes no match */, HERE /* a function */, REFUSED };
struct writer {
    struct parts *p;
    struct text *out;
    int buffer;            /* in force: row; Snort 2 has sticky ones for some only */
};

static void option_write(struct text *out, const char *name, struct bytes value)
{
    text_str(out, " ");
    text_str(out, name);
    if (value.n) {
        text_byte(out, ':');
        text_add(out, value.p, value.n);
    }
    text_byte(out, ';');
}

static void named_write(struct text *out, struct bytes name, struct bytes value)
{
    text_str(out, " ");
    text_add(out, name.p, name.n);
    if (value.n) {
        text_byte(out, ':');
        text_add(out, value.p, value.n);
    }
    text_byte(out, ';');
}

/* ---- header ---- */

/* Protocols of Suricata's headers: the transport, and Snort's service. */
static const struct {
    const char *suricata, *transport, *service;
} protocols[] = {
    { "http", "tcp", "http" }, { "http1", "tcp", "http" }, { "http2", "tcp", "http2" }, { "tls", "tcp", "ssl" }, { "ftp", "tcp", "ftp" }, { "smtp", "tcp", "smtp" },
    { "ssh", "tcp", "ssh" }, { "imap", "tcp", "imap" }, { "pop3", "tcp", "pop3" }, { "smb", "tcp", "netbios-ssn" }, { "dcerpc", "tcp", "dcerpc" }, { "dns", "udp", "dns" },
    { "ntp", "udp", "ntp" }, { "sip", "udp", "sip" }, { "snmp", "udp", "snmp" }, { "tftp", "udp", "tftp" }, { "dhcp", "udp", "dhcp" }, { "ftp-data", "tcp", "ftp-data" },
    { "rdp", "tcp", "rdp" }, { "telnet", "tcp", "telnet" }, { "modbus", "tcp", "modbus" }, { "dnp3", "tcp", "dnp3" }, { "irc", "tcp", "irc" },
};

static bool plain_proto(struct bytes proto)
{
    return bytes_is(proto, "tcp") || bytes_is(proto, "udp") || bytes_is(proto, "icmp") || bytes_is(proto, "ip");
}

/* The one service that the rule names; empty: none, or several. */
static struct bytes service_of(const struct parts *p)
{
    struct bytes one = bytes_none();
    unsigned n = 0;

    for (unsigned i = 0; i < p->n; i++) {
        if (p->part[i].kind == PART_SERVICE) {
            one = bytes_trim(p->part[i].value, " ");
            n += 1 + (bytes_find_byte(one, ',') != SIZE_MAX);
        }
    }
    return n == 1 ? one : bytes_none();
}

static bool proto_write(struct writer *w, struct bytes *service)
{
    struct parts *p = w->p;
    struct bytes proto = p->proto;

    *service = bytes_none();
    if (plain_proto(proto)) {
        struct bytes own = service_of(p);
        for (size_t i = 0; p->to == CONVERT_SURICATA && own.n && i < ROWS(protocols); i++) {
            if (bytes_is(own, protocols[i].service)) { /* its rules are about the protocol, whatever the ports */
                text_str(w->out, protocols[i].suricata);
                return true;
            }
        }
        text_add(w->out, proto.p, proto.n);
        return true;
    }
    for (size_t i = 0; i < ROWS(protocols); i++) {
        if (p->from == CONVERT_SNORT3 ? bytes_is(proto, protocols[i].service) : bytes_is(proto, protocols[i].suricata)) {
            *service = bytes_str(protocols[i].service);
            if (bytes_is(proto, "dns") && p->from == CONVERT_SURICATA) {
                parts_lose(p, "dns over TCP");
            }
            text_str(w->out, p->to == CONVERT_SURICATA ? protocols[i].suricata : protocols[i].transport);
            return true;
        }
    }
    if (bytes_is(proto, "tcp-pkt") || bytes_is(proto, "tcp-stream")) {
        parts_lose(p, "%.*s: packets or stream alone", (int)proto.n, (const char *)proto.p);
        text_str(w->out, "tcp");
        return true;
    }
    return parts_refuse(p, "the protocol %.*s has no other name", (int)proto.n, (const char *)proto.p);
}

/* What a rule does, in each dialect; `lost`: what is meant by its own word and not by the others'.  NULL: there is no such there. */
static const struct action_row {
    enum convert_dialect from;
    const char *action, *in[3], *lost;
} actions[] = {
    { CONVERT_SURICATA, "reject", { "reject", "reject", "reject" }, "reject: one end alone is told" },
    { CONVERT_SURICATA, "rejectsrc", { "rejectsrc", "reject", "reject" }, "rejectsrc: one end alone is told" },
    { CONVERT_SURICATA, "rejectdst", { "rejectdst", "reject", "reject" }, "rejectdst: one end alone is told" },
    { CONVERT_SURICATA, "rejectboth", { "rejectboth", "reject", "reject" }, NULL },
    { CONVERT_SNORT2, "reject", { "reject", "reject", "reject" }, NULL },
    { CONVERT_SNORT2, "log", { NULL, "log", "log" }, NULL },
    { CONVERT_SNORT2, "sdrop", { "drop", "sdrop", "drop" }, "sdrop: nothing is told" },
    { CONVERT_SNORT3, "reject", { "rejectboth", "reject", "reject" }, NULL },
    { CONVERT_SNORT3, "react", { "rejectboth", "reject", "react" }, "react: the page that is sent" },
    { CONVERT_SNORT3, "block", { "drop", "drop", "block" }, "block: the rest of the flow" },
    { CONVERT_SNORT3, "log", { NULL, "log", "log" }, NULL },
    { CONVERT_SNORT3, "rewrite", { NULL, NULL, "rewrite" }, NULL },
};

static bool action_write(struct writer *w)
{
    static const char *const everywhere[] = { "alert", "drop", "pass" };
    struct parts *p = w->p;

    for (size_t i = 0; i < ROWS(everywhere); i++) {
        if (bytes_is(p->action, everywhere[i])) {
            text_str(w->out, everywhere[i]);
            return true;
        }
    }
    for (size_t i = 0; i < ROWS(actions); i++) {
        const struct action_row *a = &actions[i];
        if (a->from == p->from && bytes_is(p->action, a->action) && a->in[p->to]) {
            text_str(w->out, a->in[p->to]);
            if (a->lost && p->to != p->from) {
                parts_lose(p, "%s", a->lost);
            }
            return true;
        }
    }
    return parts_refuse(p, "the action %.*s is unknown there", (int)p->action.n, (const char *)p->action.p);
}

static bool header_write(struct writer *w, struct bytes *service)
{
    struct parts *p = w->p;
    const struct bytes words[] = { p->src, p->sport, p->way, p->dst, p->dport };

    if (bytes_is(p->way, "=>")) {
        return parts_refuse(p, "one rule over both sides of a transaction");
    }
    if (!action_write(w)) {
        return false;
    }
    text_byte(w->out, ' ');
    if (!proto_write(w, service)) {
        return false;
    }
    if (p->src.n == 0) {
        text_str(w->out, " any any -> any any");
    }
    for (unsigned i = 0; p->src.n && i < ROWS(words); i++) {
        text_byte(w->out, ' ');
        text_add(w->out, words[i].p, words[i].n);
    }
    text_str(w->out, " (");
    return true;
}

/* ---- buffers ---- */

static bool buffer_enter(struct writer *w, const struct part *x)
{
    const struct buffer_row *b = &buffer_rows[x->buffer];
    const char *word = w->p->to == CONVERT_SURICATA ? b->suricata : w->p->to == CONVERT_SNORT3 ? b->snort3 : b->snort2;

    if (!word) {
        return parts_refuse(w->p, "the buffer %s is not there", b->suricata ? b->suricata : b->snort3);
    }
    if (w->buffer == x->buffer) {
        return true;
    }
    if (w->p->to == CONVERT_SNORT2 && !b->sticky2) { /* named behind each content */
        if (w->buffer > 0 && buffer_rows[w->buffer].sticky2) {
            option_write(w->out, "pkt_data", bytes_none());
            w->buffer = BUFFER_PAYLOAD_ROW;
        }
        return true;
    }
    w->buffer = x->buffer;
    option_write(w->out, word, bytes_none());
    return true;
}

static void buffer_name(struct writer *w, const struct part *x)
{
    if (w->p->to == CONVERT_SNORT2 && !buffer_rows[x->buffer].sticky2) {
        option_write(w->out, buffer_rows[x->buffer].snort2, bytes_none());
    }
}

/* ---- contents ---- */

static size_t content_size(struct bytes v)
{
    size_t n = 0;
    bool hex = false;

    for (size_t i = 0, digits = 0; i < v.n; i++) {
        if (v.p[i] == '|') {
            hex = !hex;
            digits = 0;
        } else if (hex) {
            digits += v.p[i] != ' ';
            n += v.p[i] != ' ' && digits % 2 == 0;
        } else {
            i += v.p[i] == '\\';
            n++;
        }
    }
    return n;
}

/* "fast_pattern:only", "fast_pattern:4,6" and Snort 3's two options say the same. */
static void fast_write(struct writer *w, const struct part *x, bool inside)
{
    const struct modifier *fast = part_modifier(x, "fast_pattern"), *from = part_modifier(x, "fast_pattern_offset"), *n = part_modifier(x, "fast_pattern_length");
    const char *comma = inside ? "," : " ", *end = inside ? "" : ";";

    if (!fast && !from) {
        return;
    }
    size_t between = fast ? bytes_find_byte(fast->value, ',') : SIZE_MAX;
    struct bytes a = from ? from->value : between != SIZE_MAX ? bytes_head(fast->value, between) : bytes_none(),
                 b = n ? n->value : between != SIZE_MAX ? bytes_from(fast->value, between + 1) : bytes_none();
    if (inside) {
        text_printf(w->out, "%sfast_pattern", comma);
        if (a.n) {
            text_printf(w->out, ",fast_pattern_offset %.*s,fast_pattern_length %.*s", (int)a.n, (const char *)a.p, (int)b.n, (const char *)b.p);
        }
    } else if (a.n && b.n) {
        text_printf(w->out, " fast_pattern:%.*s,%.*s;", (int)a.n, (const char *)a.p, (int)b.n, (const char *)b.p);
    } else {
        text_printf(w->out, "%sfast_pattern%s", comma, end);
    }
}

static void modifier_write(struct writer *w, bool inside, const char *name, struct bytes value)
{
    text_printf(w->out, inside ? ",%s" : " %s", name);
    if (value.n) {
        text_printf(w->out, inside ? " %.*s" : ":%.*s", (int)value.n, (const char *)value.p);
    }
    text_str(w->out, inside ? "" : ";");
}

static bool content_write(struct writer *w, const struct part *x)
{
    static const char *const plain[] = { "nocase", "offset", "depth", "distance", "within" };
    const bool inside = w->p->to == CONVERT_SNORT3, snort = w->p->to != CONVERT_SURICATA;
    char size[24];

    if (x->raw && w->p->to == CONVERT_SNORT3) {
        parts_lose(w->p, "rawbytes");
    }
    if (!buffer_enter(w, x)) {
        return false;
    }
    text_printf(w->out, " content:%s\"%.*s\"", x->negated ? "!" : "", (int)x->value.n, (const char *)x->value.p);
    text_str(w->out, inside ? "" : ";");
    for (size_t i = 0; i < ROWS(plain); i++) {
        const struct modifier *m = part_modifier(x, plain[i]);
        if (m) {
            modifier_write(w, inside, m->name, m->value);
        }
    }
    if (part_modifier(x, "startswith") && snort) {
        snprintf(size, sizeof size, "%zu", content_size(x->value));
        modifier_write(w, inside, "offset", bytes_str("0"));
        modifier_write(w, inside, "depth", bytes_str(size));
    } else if (part_modifier(x, "startswith")) {
        modifier_write(w, inside, "startswith", bytes_none());
    }
    fast_write(w, x, inside);
    if (inside) {
        text_byte(w->out, ';');
    }
    buffer_name(w, x);
    if (part_modifier(x, "endswith")) {
        if (!snort) {
            option_write(w->out, "endswith", bytes_none());
        } else if (x->negated) {
            return parts_refuse(w->p, "a negated content with endswith");
        } else {
            option_write(w->out, "isdataat", bytes_str("!0,relative"));
        }
    }
    return true;
}

static bool pcre_write(struct writer *w, const struct part *x)
{
    const struct buffer_row *b = &buffer_rows[x->buffer];
    char letter[2] = { w->p->to == CONVERT_SNORT2 && !b->sticky2 ? b->pcre : 0, 0 };

    if (!buffer_enter(w, x)) {
        return false;
    }
    if (w->p->to == CONVERT_SNORT2 && !b->sticky2 && !letter[0]) {
        return parts_refuse(w->p, "an expression over %s has no letter", b->suricata);
    }
    text_printf(w->out, " pcre:%s\"/", x->negated ? "!" : "");
    for (size_t i = 0; i < x->value.n; i++) { /* a quote within ends the value in some dialects */
        bool escaped = i != 0 && x->value.p[i - 1] == '\\';
        if (x->value.p[i] == '"') {
            text_str(w->out, escaped ? "x22" : "\\x22");
        } else {
            text_byte(w->out, (char)x->value.p[i]);
        }
    }
    text_printf(w->out, "/%.*s%s\";", (int)x->flags.n, (const char *)x->flags.p, letter);
    return true;
}

/* ---- bytes ---- */

/* Suricata's isdataat:N,relative asks for N bytes, Snort's for one AT N. */
static bool isdataat_write(struct writer *w, const struct part *x)
{
    bool negated = x->value.n && x->value.p[0] == '!', more;
    struct rd r = rd_of(bytes_trim(bytes_from(x->value, negated), " "));
    struct bytes count = bytes_trim(rd_until(&r, ',', &more), " \t"), rest = rd_rest(&r);
    bool relative = bytes_find(rest, bytes_str("relative")) != SIZE_MAX;
    bool from = w->p->from == CONVERT_SURICATA, to = w->p->to == CONVERT_SURICATA;
    uint64_t n;

    if (!relative || from == to) {
        option_write(w->out, "isdataat", x->value);
        return true;
    }
    if (!bytes_u64(count, &n)) {
        return parts_refuse(w->p, "isdataat of a variable asks for a byte %s there, and cannot be said", to ? "less" : "more");
    }
    if (!to && n == 0) {
        return parts_refuse(w->p, "isdataat:0,relative asks nothing, and cannot be said");
    }
    text_printf(w->out, " isdataat:%s%llu,relative;", negated ? "!" : "", (unsigned long long)(to ? n + 1 : n - 1));
    return true;
}

static bool bytes_write(struct writer *w, const struct part *x)
{
    if (!buffer_enter(w, x)) {
        return false;
    }
    if (bytes_is(x->name, "isdataat")) {
        return isdataat_write(w, x);
    }
    if ((bytes_is(x->name, "ber_data") || bytes_is(x->name, "ber_skip")) && w->p->to != CONVERT_SNORT3) {
        return parts_refuse(w->p, "%.*s is Snort 3's", (int)x->name.n, (const char *)x->name.p);
    }
    if (bytes_find(x->value, bytes_str("bitmask")) != SIZE_MAX && w->p->to == CONVERT_SNORT2) {
        return parts_refuse(w->p, "bitmask is unknown to many of Snort 2");
    }
    named_write(w->out, x->name, x->value);
    return true;
}

static bool size_write(struct writer *w, const struct part *x)
{
    const bool uri = x->buffer == 1 || x->buffer == 2;

    if (w->p->to == CONVERT_SNORT2 || (w->p->to == CONVERT_SURICATA && uri && w->p->from != CONVERT_SNORT3)) {
        if (!uri) {
            return parts_refuse(w->p, "the size of %s cannot be asked", buffer_rows[x->buffer].suricata ? buffer_rows[x->buffer].suricata : "a buffer");
        }
        const char *how = x->buffer == 2 ? ",raw" : w->p->to == CONVERT_SNORT2 ? ",norm" : "";
        text_str(w->out, " urilen:");
        if (!range_write(w->p, ranged_find(bytes_str("urilen")), x->value, w->out)) {
            return false;
        }
        text_printf(w->out, "%s;", how);
        return true;
    }
    if (!buffer_enter(w, x)) {
        return false;
    }
    text_str(w->out, w->p->to == CONVERT_SURICATA ? " bsize:" : " bufferlen:");
    bool good = range_write(w->p, ranged_find(bytes_str("urilen")), x->value, w->out);
    text_byte(w->out, ';');
    return good;
}

/* ---- other options ---- */

static const struct {
    const char *name;
    uint8_t where[3];      /* enum where, by the dialect written */
} option_rows[] = {
    { "msg", { ALIKE, ALIKE, ALIKE } }, { "sid", { ALIKE, ALIKE, ALIKE } }, { "rev", { ALIKE, ALIKE, ALIKE } }, { "gid", { ALIKE, ALIKE, ALIKE } },
    { "classtype", { ALIKE, ALIKE, ALIKE } }, { "priority", { ALIKE, ALIKE, ALIKE } }, { "reference", { ALIKE, ALIKE, ALIKE } }, { "flow", { ALIKE, ALIKE, ALIKE } },
    { "flowbits", { VALUE, VALUE, VALUE } }, { "metadata", { HERE, HERE, HERE } }, { "dsize", { VALUE, VALUE, VALUE } }, { "flags", { VALUE, VALUE, VALUE } }, { "tcp.flags", { VALUE, VALUE, VALUE } },
    { "itype", { VALUE, VALUE, VALUE } }, { "icode", { VALUE, VALUE, VALUE } }, { "icmp_id", { VALUE, VALUE, VALUE } }, { "icmp_seq", { VALUE, VALUE, VALUE } },
    { "ttl", { VALUE, VALUE, VALUE } }, { "tos", { VALUE, VALUE, VALUE } }, { "id", { VALUE, VALUE, VALUE } }, { "ipopts", { VALUE, VALUE, VALUE } },
    { "fragbits", { VALUE, VALUE, VALUE } }, { "fragoffset", { VALUE, VALUE, VALUE } }, { "seq", { VALUE, VALUE, VALUE } }, { "ack", { VALUE, VALUE, VALUE } },
    { "window", { VALUE, VALUE, VALUE } }, { "ip_proto", { ALIKE, ALIKE, ALIKE } }, { "sameip", { ALIKE, ALIKE, REFUSED } }, { "rpc", { ALIKE, ALIKE, ALIKE } },
    { "detection_filter", { ALIKE, ALIKE, ALIKE } }, { "threshold", { ALIKE, ALIKE, HERE } }, { "tag", { HERE, HERE, HERE } }, { "replace", { ALIKE, ALIKE, ALIKE } },
    { "target", { ALIKE, LOST, LOST } }, { "rem", { LOST, LOST, ALIKE } }, { "noalert", { ALIKE, HERE, HERE } }, { "dce_opnum", { HERE, HERE, HERE } },
    { "ssl_state", { ALIKE, ALIKE, ALIKE } }, { "ssl_version", { ALIKE, ALIKE, ALIKE } }, { "stream_size", { HERE, HERE, HERE } }, { "dce_iface", { HERE, HERE, HERE } }, { "dcerpc.iface", { HERE, HERE, HERE } }, { "dcerpc.opnum", { HERE, HERE, HERE } },
    { "sip_method", { REFUSED, ALIKE, ALIKE } }, { "sip_stat_code", { REFUSED, ALIKE, ALIKE } }, { "modbus_func", { REFUSED, ALIKE, ALIKE } },
    { "modbus_unit", { REFUSED, ALIKE, ALIKE } }, { "dnp3_func", { ALIKE, ALIKE, ALIKE } }, { "dnp3_ind", { ALIKE, ALIKE, ALIKE } }, { "dnp3_obj", { ALIKE, ALIKE, ALIKE } },
    { "gtp_type", { REFUSED, ALIKE, ALIKE } }, { "gtp_info", { REFUSED, ALIKE, ALIKE } }, { "gtp_version", { REFUSED, ALIKE, ALIKE } }, { "prefilter", { ALIKE, LOST, LOST } },
    { "asn1", { ALIKE, ALIKE, ALIKE } }, { "ftpbounce", { ALIKE, ALIKE, REFUSED } }, { "soid", { LOST, LOST, ALIKE } },
};

/* "service http" is Snort 2's way to say service:http; "policy x drop" and the rest are alike. */
static bool metadata_write(struct writer *w, const struct part *x)
{
    struct rd r = rd_of(x->value);
    bool more = true, any = false, open = false;

    while (more) {
        struct bytes one = bytes_trim(rd_until(&r, ',', &more), " \t");
        if (w->p->to == CONVERT_SNORT3 && bytes_starts(one, "service ")) {
            any = true;
            continue;
        }
        text_str(w->out, open ? ", " : " metadata:");
        text_add(w->out, one.p, one.n);
        open = true;
    }
    if (open) {
        text_byte(w->out, ';');
    }
    r = rd_of(x->value);
    open = false;
    for (more = any; more;) {
        struct bytes one = bytes_trim(rd_until(&r, ',', &more), " \t");
        if (bytes_starts(one, "service ")) {
            struct bytes name = bytes_trim(bytes_from(one, 8), " ");
            text_str(w->out, open ? "," : " service:");
            text_add(w->out, name.p, name.n);
            open = true;
        }
    }
    if (open) {
        text_byte(w->out, ';');
    }
    return true;
}

/* "session,5,packets" is "session, packets 5" in Snort 3. */
static bool tag_write(struct writer *w, const struct part *x)
{
    struct rd r = rd_of(x->value);
    bool more;
    struct bytes what = bytes_trim(rd_until(&r, ',', &more), " \t"), a = bytes_trim(rd_until(&r, ',', &more), " \t"), b = bytes_trim(rd_until(&r, ',', &more), " \t");
    size_t gap = bytes_find_byte(a, ' ');

    if ((w->p->from == CONVERT_SNORT3) == (w->p->to == CONVERT_SNORT3)) {
        option_write(w->out, "tag", x->value);
        return true;
    }
    if (w->p->to == CONVERT_SNORT3 && b.n && !more) {
        text_printf(w->out, " tag:%.*s,%.*s %.*s;", (int)what.n, (const char *)what.p, (int)b.n, (const char *)b.p, (int)a.n, (const char *)a.p);
    } else if (w->p->to != CONVERT_SNORT3 && gap != SIZE_MAX && b.n == 0) {
        text_printf(w->out, " tag:%.*s,%.*s,%.*s;", (int)what.n, (const char *)what.p, (int)(a.n - gap - 1), (const char *)a.p + gap + 1, (int)gap, (const char *)a.p);
    } else {
        parts_lose(w->p, "tag:%.*s", (int)x->value.n, (const char *)x->value.p);
    }
    return true;
}

/* "client,>,100" is ">100,to_server" in Snort 3. */
static bool stream_size_write(struct writer *w, const struct part *x)
{
    static const char *const sides[][2] = { { "client", "to_server" }, { "server", "to_client" }, { "either", "either" }, { "both", "both" } };
    const unsigned mine = w->p->from == CONVERT_SNORT3, theirs = w->p->to == CONVERT_SNORT3;
    struct rd r = rd_of(x->value);
    struct bytes side = bytes_none(), sign = bytes_none(), number = bytes_none();
    bool more;

    if (mine == theirs) {
        named_write(w->out, x->name, x->value);
        return true;
    }
    if (mine) {
        struct bytes range = bytes_trim(rd_until(&r, ',', &more), " \t");
        size_t n = 0;
        while (n < range.n && strchr("<>=!", range.p[n])) {
            n++;
        }
        side = more ? bytes_trim(rd_rest(&r), " \t") : bytes_str("either");
        sign = n ? bytes_head(range, n) : bytes_str("=");
        number = bytes_trim(bytes_from(range, n), " ");
    } else {
        side = bytes_trim(rd_until(&r, ',', &more), " \t");
        sign = bytes_trim(rd_until(&r, ',', &more), " \t");
        number = bytes_trim(rd_rest(&r), " \t");
    }
    const char *to = NULL;
    for (size_t i = 0; i < ROWS(sides); i++) {
        to = bytes_is(side, sides[i][mine]) ? sides[i][theirs] : to;
    }
    if (!to || bytes_find_byte(number, '<') != SIZE_MAX) {
        return parts_refuse(w->p, "stream_size:%.*s cannot be said", (int)x->value.n, (const char *)x->value.p);
    }
    text_printf(w->out, theirs ? " stream_size:%3$.*4$s%5$.*6$s,%1$.*2$s;" : " stream_size:%1$.*2$s,%3$.*4$s,%5$.*6$s;", to, (int)strlen(to), (const char *)sign.p, (int)sign.n,
                (const char *)number.p, (int)number.n);
    return true;
}

/* "UUID,<5,any_frag" is "uuid UUID,version <5,any_frag" in Snort 3. */
static bool iface_write(struct writer *w, const struct part *x)
{
    struct rd r = rd_of(x->value);
    bool more = true;

    text_str(w->out, w->p->to == CONVERT_SURICATA ? " dcerpc.iface:" : " dce_iface:");
    for (bool first = true; more; first = false) {
        struct bytes one = bytes_trim(rd_until(&r, ',', &more), " \t");
        one = bytes_starts(one, "uuid ") ? bytes_trim(bytes_from(one, 5), " ") : bytes_starts(one, "version ") ? bytes_trim(bytes_from(one, 8), " ") : one;
        const char *word = w->p->to != CONVERT_SNORT3 ? "" : first ? "uuid " : bytes_is(one, "any_frag") ? "" : "version ";
        text_printf(w->out, "%s%s%.*s", first ? "" : ",", word, (int)one.n, (const char *)one.p);
    }
    text_byte(w->out, ';');
    return true;
}

static bool option_here(struct writer *w, const struct part *x)
{
    if (bytes_is(x->name, "metadata")) {
        return metadata_write(w, x);
    }
    if (bytes_is(x->name, "tag")) {
        return tag_write(w, x);
    }
    if (bytes_is(x->name, "stream_size")) {
        return stream_size_write(w, x);
    }
    if (bytes_is(x->name, "dce_opnum") || bytes_is(x->name, "dcerpc.opnum")) { /* Snort 3's list stands in quotes */
        option_write(w->out, w->p->to == CONVERT_SURICATA ? "dcerpc.opnum" : "dce_opnum", bytes_trim(x->value, "\""));
        return true;
    }
    if (bytes_is(x->name, "dce_iface") || bytes_is(x->name, "dcerpc.iface")) {
        return iface_write(w, x);
    }
    if (bytes_is(x->name, "noalert")) {
        option_write(w->out, "flowbits", bytes_str("noalert"));
        return true;
    }
    parts_lose(w->p, "threshold:%.*s (an event_filter of the configuration)", (int)x->value.n, (const char *)x->value.p);
    return true;
}

static bool option_any(struct writer *w, const struct part *x)
{
    for (size_t i = 0; i < ROWS(option_rows); i++) {
        if (!bytes_is(x->name, option_rows[i].name)) {
            continue;
        }
        switch ((enum where)option_rows[i].where[w->p->to]) {
        case ALIKE: named_write(w->out, x->name, x->value); return true;
        case VALUE: return value_write(w->p, x->name, x->value, w->out);
        case LOST: parts_lose(w->p, "%.*s:%.*s", (int)x->name.n, (const char *)x->name.p, (int)x->value.n, (const char *)x->value.p); return true;
        case HERE: return option_here(w, x);
        case REFUSED:
        default: return parts_refuse(w->p, "%.*s is unknown there", (int)x->name.n, (const char *)x->name.p);
        }
    }
    return parts_refuse(w->p, "%.*s has no other name", (int)x->name.n, (const char *)x->name.p);
}

static void service_write(struct writer *w, const struct part *x)
{
    struct rd r = rd_of(x->value);

    if (w->p->to == CONVERT_SNORT3) {
        option_write(w->out, "service", x->value);
    } else if (w->p->to == CONVERT_SNORT2) {
        text_str(w->out, " metadata:");
        for (bool more = true, first = true; more; first = false) {
            struct bytes one = bytes_trim(rd_until(&r, ',', &more), " \t");
            text_printf(w->out, "%sservice %.*s", first ? "" : ", ", (int)one.n, (const char *)one.p);
        }
        text_byte(w->out, ';');
    } else if (service_of(w->p).n == 0 || plain_proto(w->p->proto)) {
        bool said = false;
        for (size_t i = 0; i < ROWS(protocols); i++) {
            said |= bytes_is(service_of(w->p), protocols[i].service);
        }
        if (!said) {
            parts_lose(w->p, "service:%.*s", (int)x->value.n, (const char *)x->value.p);
        }
    }
}

static bool part_write(struct writer *w, const struct part *x)
{
    switch ((enum part_kind)x->kind) {
    case PART_CONTENT: return content_write(w, x);
    case PART_PCRE: return pcre_write(w, x);
    case PART_BYTES: return bytes_write(w, x);
    case PART_SIZE: return size_write(w, x);
    case PART_DECODE:
        if (!buffer_enter(w, x)) {
            return false;
        }
        option_write(w->out, "base64_decode", x->value);
        return true;
    case PART_SERVICE: service_write(w, x); return true;
    case PART_OPTION:
    default: return option_any(w, x);
    }
}

static bool in_buffer(const struct part *x)
{
    return x->kind != PART_OPTION && x->kind != PART_SERVICE;
}

bool parts_write(struct parts *p, struct text *out)
{
    struct writer w = { .p = p, .out = out, .buffer = BUFFER_PAYLOAD_ROW };
    struct bytes service;
    bool written[PARTS_MAX] = { false };

    if (!header_write(&w, &service)) {
        return false;
    }
    for (unsigned i = 0; i < p->n; i++) {
        if (written[i]) {
            continue;
        }
        /* A buffer's matches stand together where naming it begins anew: what they are bound to is the one before them there. */
        for (unsigned k = i; k < p->n; k++) {
            bool same = k == i || (in_buffer(&p->part[i]) && in_buffer(&p->part[k]) && p->part[k].buffer == p->part[i].buffer && p->to != CONVERT_SNORT2);
            if (!written[k] && same) {
                written[k] = true;
                if (!part_write(&w, &p->part[k])) {
                    return false;
                }
            }
        }
    }
    if (service.n && p->to != CONVERT_SURICATA && service_of(p).n == 0) {
        struct part x = { .kind = PART_SERVICE, .value = service };
        service_write(&w, &x);
    }
    text_str(out, " )");
    return true;
}

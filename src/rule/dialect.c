/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The dialect a rule file is written in: what only one of them writes, counted by rules. */
#include "rule/split.h"

#include "rule/parse.h"

#include <ctype.h>

enum { LOOK_MAX = 1 << 20 /* bytes */, LOOK_RULES = 200 /* enough to tell */ };

/* Names of options that one dialect alone has. */
static const char snort3_names[] = "service bufferlen http_param http_header_test http_trailer http_trailer_test http_num_headers http_num_trailers http_num_cookies "
                                   "http_max_header_line http_version_match http_raw_request http_raw_status http_raw_body http_true_ip js_data vba_data rem so soid regex "
                                   "ber_data ber_skip md5 sha256 sha512 raw_data enable file_type file_meta appids";
static const char snort2_names[] = "activates activated_by http_encode protected_content logto resp react appid http_raw_cookie";
static const char suricata_names[] = "startswith endswith bsize dotprefix xbits hostbits flowint flowvar iprep geoip app-layer-event app-layer-protocol dataset datarep "
                                     "filestore filemagic filesize fileext filename filemd5 filesha1 filesha256 dns_query tls_sni tls_cert_subject tls_cert_issuer ja3_hash "
                                     "http_user_agent http_host http_raw_host http_server_body http_content_type http_accept http_referer prefilter requires lua "
                                     "stream-event decode-event engine-event pcrexform noalert frame absent to_lowercase to_md5 to_sha256 url_decode xor target bypass";
/* In Snort 3 they stand in front of what is asked of them, in the others behind a content. */
static const char buffer_names[] = "http_uri http_raw_uri http_header http_raw_header http_client_body http_method http_cookie http_stat_code http_stat_msg";
/* Behind a comma in Snort 3, options of their own in the others. */
static const char modifier_names[] = "nocase fast_pattern depth offset distance within fast_pattern_offset fast_pattern_length";
static const char content_names[] = "content uricontent pcre";
static const char action_names[] = "alert drop pass reject log block sdrop rejectsrc rejectdst rejectboth react rewrite config accept file_id activate dynamic";

bool rule_begins(const char *text)
{
    size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz_");

    return n != 0 && strchr(" \t", text[n]) != NULL && text[n] != '\0' && bytes_among(bytes_of(text, n), action_names);
}

struct signs {
    bool snort3, snort2, suricata;
};

/* The word at the front of *b, which goes on behind it. */
static struct bytes word_next(struct bytes *b)
{
    struct bytes left = bytes_trim(*b, " \t");
    size_t n = 0;

    while (n < left.n && (isalnum(left.p[n]) || strchr("_.-", left.p[n]) != NULL)) {
        n++;
    }
    *b = bytes_from(left, n);
    return bytes_head(left, n);
}

/* Up to the next `stop` that stands in no quotes, which is left out too. */
static struct bytes part_next(struct bytes *b, uint8_t stop)
{
    bool quoted = false;
    size_t n = 0;

    for (; n < b->n && (quoted || b->p[n] != stop); n++) {
        quoted ^= b->p[n] == '"';
        n += b->p[n] == '\\' && n + 1 < b->n;
    }
    struct bytes part = bytes_head(*b, n);
    *b = bytes_from(*b, n + 1);
    return part;
}

/* content:"…",nocase: what follows the comma, if it is one of Snort 3's modifiers. */
static bool has_modifier(struct bytes value)
{
    (void)part_next(&value, ',');
    return bytes_among(word_next(&value), modifier_names);
}

/* "ruleset community, service http" */
static bool has_service(struct bytes value)
{
    while (value.n != 0) {
        struct bytes item = part_next(&value, ',');
        if (bytes_is(word_next(&item), "service")) {
            return true;
        }
    }
    return false;
}

static void option_signs(struct bytes option, bool *content, struct signs *s)
{
    struct bytes name = word_next(&option), value = bytes_trim(option, " \t");
    bool valued = value.n != 0 && value.p[0] == ':';

    if (name.n == 0) {
        return;
    }
    s->suricata |= bytes_find_byte(name, '.') != SIZE_MAX || bytes_among(name, suricata_names);
    s->snort3 |= bytes_among(name, snort3_names) || (!*content && bytes_among(name, buffer_names)) || (valued && bytes_among(name, buffer_names));
    s->snort2 |= bytes_among(name, snort2_names);
    if (bytes_among(name, content_names)) {
        *content = true;
        s->snort3 |= bytes_is(name, "content") && has_modifier(value);
    } else if (bytes_is(name, "metadata")) {
        s->snort2 |= valued && has_service(bytes_from(value, 1));
    } else if (bytes_is(name, "file_data")) {
        s->snort2 |= valued;
    }
}

/* One rule's line, behind its action. */
static struct signs line_signs(struct bytes line)
{
    struct bytes rest = line, header = part_next(&rest, '('), proto = word_next(&header);
    bool open = header.n + proto.n < line.n, content = false;
    struct signs s = { 0 };

    header = bytes_trim(header, " \t");
    if (!open) { /* no parenthesis: the options stand on the next lines, or it is no rule */
        return s;
    }
    s.snort3 = header.n == 0; /* "alert http ( … )", "alert ( … )": a header without addresses */
    s.suricata = header.n != 0 && !bytes_among(proto, "tcp udp icmp ip");
    rest = bytes_trim(rest, " \t\r");
    s.snort3 |= rest.n == 0 || (rest.p[rest.n - 1] != ')' && rest.p[rest.n - 1] != '\\' && rest.p[rest.n - 1] == ';'); /* goes on without a backslash */
    while (rest.n != 0) {
        option_signs(part_next(&rest, ';'), &content, &s);
    }
    return s;
}

int rule_split_dialect(const char *bytes, size_t n)
{
    struct rd r = rd_of(bytes_of(bytes, n < LOOK_MAX ? n : LOOK_MAX));
    unsigned snort3 = 0, snort2 = 0, suricata = 0;
    bool found = true;

    for (unsigned rules = 0; found && rules < LOOK_RULES && rd_left(&r) != 0;) {
        struct bytes line = bytes_trim(rd_line(&r, &found), " \t#");
        if (!bytes_among(word_next(&line), action_names)) {
            continue;
        }
        struct signs s = line_signs(line);
        rules++;
        snort3 += s.snort3;
        suricata += s.suricata;
        snort2 += s.snort2;
    }
    return snort3 > suricata ? DIALECT_SNORT3 : snort2 > suricata ? DIALECT_SNORT2 : DIALECT_SURICATA;
}

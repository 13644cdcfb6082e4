/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a Suricata rule becomes, and which rules are refused, where and why. */
#include "rule/test_tables.h"

#include "base/text.h"
#include "tap.h"

/* clang-format off */
/* The rule's options and the tree, from the line of sides on. */
static const struct {
    const char *why, *head, *options, *tree;
} trees[] = {
    { "depth counts from offset, whichever stands first", "tcp", "content:\"abc\"; depth:5; offset:2;",
      "  sides server client packet stream\n  payload: content \"abc\" offset 2 end 7\n" },
    { "offset before depth is the same", "tcp", "content:\"abc\"; offset:2; depth:5;",
      "  sides server client packet stream\n  payload: content \"abc\" offset 2 end 7\n" },
    { "a literal without a place is for the stream alone", "tcp", "content:\"abc\";",
      "  sides server client stream\n  payload: content \"abc\"\n" },
    { "datagrams have no stream", "udp", "content:\"abc\"; depth:3;", "  sides server client\n  payload: content \"abc\" end 3\n" },
    { "tcp-pkt is for packets alone", "tcp-pkt", "content:\"abc\";", "  sides server client packet\n  payload: content \"abc\"\n" },
    { "tcp-stream is for the stream alone, whatever the place", "tcp-stream", "content:\"abc\"; depth:3;",
      "  sides server client stream\n  payload: content \"abc\" end 3\n" },
    { "stream_size asks for the packets too", "tcp", "stream_size:client,>,5; content:\"abc\";",
      "  sides server client packet stream\n  packet: stream_size\n  payload: content \"abc\"\n" },
    { "the first literal has nothing to be distant from", "udp", "content:\"abc\"; distance:4; within:6;",
      "  sides server client\n  payload: content \"abc\" offset 4 end 10\n" },
    { "a negative distance stays one", "udp", "content:\"abc\"; distance:-4;",
      "  sides server client\n  payload: content \"abc\" relative distance -4\n" },
    { "nocase lowers the literal", "udp", "content:\"aBc\"; nocase;", "  sides server client\n  payload: content \"abc\" nocase\n" },
    { "hexadecimal and escapes", "udp", "content:\"a|20 0D,0a|b\\;\\\\\\\"\\:\";",
      "  sides server client\n  payload: content \"a |0D 0A|b|3B 5C 22 3A|\"\n" },
    { "a negated literal", "udp", "content: ! \"abc\";", "  sides server client\n  payload: !content \"abc\"\n" },
    { "nothing may follow a literal: it ends the buffer", "udp", "content:\"abc\"; isdataat:!1,relative;",
      "  sides server client\n  payload: content \"abc\" endswith\n" },
    { "isdataat else is a match of its own", "udp", "content:\"abc\"; isdataat:!2,relative; isdataat:10;",
      "  sides server client\n  payload: content \"abc\"; !isdataat at 2 relative; isdataat at 10\n" },
    { "fast_pattern with a part of the literal", "udp", "content:\"abcdef\"; fast_pattern:1,3;",
      "  sides server client\n  payload: content \"abcdef\" fast chop 1,3\n" },
    { "a sticky buffer gathers what follows, pkt_data ends it", "tcp", "http.uri; content:\"a\"; content:\"b\"; within:4; pkt_data; content:\"c\";",
      "  sides server stream\n  http.uri >: content \"a\"; content \"b\" relative within 4\n  payload: content \"c\"\n" },
    { "a modifier moves the literal before it", "tcp", "content:\"a\"; http_uri; content:\"b\"; content:\"c\"; distance:0; http_uri;",
      "  sides server stream\n  payload: content \"b\"\n  http.uri >: content \"a\"; content \"c\" relative distance 0\n" },
    { "an option letter of pcre names the buffer", "http", "content:\"a\"; http_header; flow:to_client; pcre:\"/b/RH\";",
      "  flow to_client\n  sides client\n  http.header: content \"a\"; pcre /b/ relative\n" },
    { "uricontent is the URI", "http", "uricontent:\"/a\"; nocase;", "  sides server\n  http.uri >: content \"/a\" nocase\n" },
    { "urilen joins the URI's matches", "http", "content:\"/a\"; http_uri; urilen:5<>9; urilen:>3,raw;",
      "  sides server\n  http.uri >: content \"/a\"; urilen 5<x<9\n  http.uri.raw >: urilen raw >3\n" },
    { "transforms stand between buffer and matches", "http", "http.uri; to_lowercase; dotprefix; content:\"a\"; http.uri; content:\"B\";",
      "  sides server\n  http.uri > | to_lowercase | dotprefix: content \"a\"\n  http.uri >: content \"B\"\n" },
    { "transforms behind a literal begin a buffer of their own", "http", "http.uri; content:\"a\"; to_md5; content:\"B\"; content:\"c\"; distance:0;",
      "  sides server\n  http.uri >: content \"a\"\n  http.uri > | to_md5: content \"B\"; content \"c\" relative distance 0\n" },
    { "a buffer named twice is one", "http", "http.uri; content:\"a\"; http.method; content:\"GET\"; http.uri; content:\"b\"; distance:0;",
      "  sides server\n  http.uri >: content \"a\"; content \"b\" relative distance 0\n  http.method >: content \"GET\"\n" },
    { "but each naming of a list is about an item", "dns", "dns.query; content:\"a\"; dns.query; content:\"b\";",
      "  sides server\n  dns.query >: content \"a\"\n  dns.query >: content \"b\"\n" },
    { "a body of a file, in both spellings", "http", "flow:to_client; file_data; content:\"MZ\"; startswith;",
      "  flow to_client\n  sides client\n  file.data: content \"MZ\" startswith end 2\n" },
    { "decoded base64 is a buffer of its own", "udp", "content:\"x\"; base64_decode:bytes 12, offset 1, relative; base64_data; content:\"y\";",
      "  sides server client\n  payload: content \"x\"; base64_decode bytes 12 offset 1 relative\n  base64_data: content \"y\"\n" },
    { "byte_test: all of it", "udp", "content:\"x\"; byte_test:4,!>=,0x10,2,relative,little,string,hex;",
      "  sides server client\n  payload: content \"x\"; !byte_test bytes 4 offset 2 >= 16 relative little string 16\n" },
    { "byte_test: bit mask", "udp", "byte_test:2,&,5,0,bitmask 0xf0;",
      "  sides server client\n  payload: byte_test bytes 2 offset 0 & 5 bitmask 0xf0>>4\n" },
    { "byte_jump: all of it", "udp", "byte_jump:2,0,big,align,multiplier 4,post_offset -2,from_beginning;",
      "  sides server client\n  payload: byte_jump bytes 2 offset 0 from_beginning align multiplier 4 post_offset -2\n" },
    { "variables from byte_extract and byte_math", "udp",
      "byte_extract:1,0,n,multiplier 2; byte_math:bytes 2, offset 1, oper <<, rvalue n, result m, endian little; content:\"a\"; offset:n; depth:m; "
      "isdataat:m; byte_test:n,=,m,n;",
      "  sides server client\n  payload: byte_extract bytes 1 offset 0 multiplier 2 => n; byte_math bytes 2 offset 1 << $n little => m; "
      "content \"a\" offset $n end $m; isdataat at $m; byte_test bytes $n offset $n = $m\n" },
    { "a relative byte_test goes where the last match was", "http", "content:\"a\"; http_uri; byte_test:1,>,0,0,relative;",
      "  sides server\n  http.uri >: content \"a\"; byte_test bytes 1 offset 0 > 0 relative\n" },
    { "pcre: options, limits, captures", "udp", "pcre:\"/a(?P<flow_x>b)(?P<pkt_y>c)/ismxAEG\";",
      "  sides server client\n  payload: pcre /a(?P<flow_x>b)(?P<pkt_y>c)/AEGimsx 1>flow:0 2>pkt:0\n" },
    { "pcre: captures named behind it", "udp", "pcre:\"/a(b)(c)/, flow:x, pkt:y\";",
      "  sides server client\n  payload: pcre /a(b)(c)/ 1>flow:0 2>pkt:0\n" },
    { "pcre: a quote and a slash within", "udp", "pcre:!\"/a\"b\\/c/i\";", "  sides server client\n  payload: !pcre /a\"b\\/c/i\n" },
    { "bsize, absent", "http", "http.cookie; flow:to_server; bsize:<=5; http.referer; absent;",
      "  flow to_server\n  sides server\n  http.cookie: bsize <=5\n  http.referer >: absent\n" },
    { "numbers of a field", "dns", "dns.opcode:!2; dns.rrtype:1-5,all; dns.rrtype:>3,-1;",
      "  sides server client\n  dns.opcode: number !2\n  dns.rrtype: number 1<x<5 all\n  dns.rrtype: number >3 at -1\n" },
    { "numbers by name", "dns", "dns.rrtype:aaaa; dns.rrtype:!AAAA;", "  sides server client\n  dns.rrtype: number 28\n  dns.rrtype: number !28\n" },
    { "a flag of a field", "tls", "tls.test_flag; tls.test_flag:no;", "  sides client\n  tls.test_flag <: there\n  tls.test_flag <: not there\n" },
    { "the old words for a certificate's subject", "tls", "tls.subject:!\"CN=x\"; tls.issuerdn:\"C=|y\"; "
      "tls.fingerprint:\"AA:bb:cc:dd:ee:ff:00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd\";",
      "  sides server client\n  tls.cert_subject: !content \"CN=x\"\n  tls.cert_issuer: content \"C=|7C|y\"\n  tls.cert_fingerprint: content "
      "\"aa|3A|bb|3A|cc|3A|dd|3A|ee|3A|ff|3A|00|3A|11|3A|22|3A|33|3A|44|3A|55|3A|66|3A|77|3A|88|3A|99|3A|aa|3A|bb|3A|cc|3A|dd\" "
      "startswith endswith end 59\n" },
    { "a keyword with a place of its own ends the sticky buffer", "http", "flow:to_server; http.uri; content:\"a\"; filename:\"x\"; content:\"b\";",
      "  flow to_server\n  sides server stream\n  http.uri >: content \"a\"\n  file: filename\n  payload: content \"b\"\n" },
    { "a digest is lower-cased", "tls", "ja3_hash; content:\"0123456789ABCDEF0123456789ABCDEF\";",
      "  sides server\n  ja3.hash >: content \"0123456789abcdef0123456789abcdef\"\n" },
    { "a serial number is upper-cased", "tls", "tls.cert_serial; content:\"0a:0b\"; flow:to_client;",
      "  flow to_client\n  sides client\n  tls.cert_serial: content \"0A|3A|0B\"\n" },
    { "conditions on packet, file, buffer; and what is done after", "http",
      "flow:established,to_server; flowbits:isset,a; filename:\"x\"; fileext:!\"y\"; http.uri; dataset:isset,z; flowbits:set,b;",
      "  flow to_server established\n  sides server\n  packet: flowbits\n  file: filename; fileext\n  http.uri >: dataset\n  post: flowbits\n" },
    { "how often", "ip", "threshold: type both, track by_src, count 5, seconds 60;",
      "  sides server client\n  both by_src count 5 seconds 60\n" },
    { "a filter of detections", "ip", "detection_filter: track by_dst, count 5, seconds 60;",
      "  sides server client\n  detection_filter by_dst count 5 seconds 60\n" },
    { "both sides of a transaction in one rule", "=>http", "http.uri; content:\"a\"; http.stat_code; content:\"200\";",
      "  sides server client\n  http.uri >: content \"a\"\n  http.stat_code <: content \"200\"\n" },
    { "a side named with the buffer", "http", "http.header: to_client; content:\"a\";", "  flow to_client\n  sides client\n  http.header <: content \"a\"\n" },
    { "a hook names the side", "http1:request_line", "http.uri; content:\"a\";", "  sides server\n  http.uri >: content \"a\"\n" },
    { "the old metadata of raw bytes", "udp", "content:\"a\"; rawbytes; replace:\"b\";",
      "  sides server client packet\n  payload: content \"a\" raw replace \"b\"\n" },
};

static const struct {
    const char *why, *rule;
    unsigned line, column;
    const char *reason;
} refusals[] = {
    { "an action nobody knows", "allert tcp any any -> any any (sid:1;)", 1, 1, "An invalid action \"allert\" was given" },
    { "accept is for firewalls", "accept:hook tcp any any -> any any (sid:1;)", 1, 1, "'accept' action only supported for firewall rules" },
    { "a scope the action has not", "alert:flow tcp any any -> any any (sid:1;)", 1, 1,
      "invalid action scope 'flow' in action 'alert:flow': scope only supported for actions 'drop', 'pass' and 'reject'" },
    { "a protocol of Suricata that is not built", "alert quic any any -> any any (sid:1;)", 1, 7, "protocol quic is not built in" },
    { "a hook nobody has", "alert http:nowhere any any -> any any (sid:1;)", 1, 7, "protocol \"http\" does not support hook \"nowhere\"" },
    { "an arrow that is none", "alert tcp any any >> any any (sid:1;)", 1, 19, "\">>\" is not a valid direction modifier, \"->\" and \"<>\" are supported." },
    { "an address that is none", "alert tcp 1.2.3.4.5 any -> any any (sid:1;)", 1, 11, NULL },
    { "a port that is none", "alert tcp any any -> any http (sid:1;)", 1, 26, "failed to parse port \"http\": 'http' is no port" },
    { "a rule without options", "alert tcp any any -> any", 1, 0, NULL },
    { "no number", "alert tcp any any -> any any (msg:\"x\";)", 1, 31, "Signature missing required value \"sid\"." },
    { "the last semicolon is missing", "alert tcp any any -> any any (sid:1; content:\"a\")", 1, 38, "no terminating \";\" found" },
    { "a line joined: the place is the second line's", "alert tcp any any -> any any (sid:1; \\\n  foo;)", 2, 3, "unknown rule keyword 'foo'." },
    { "an empty option", "alert tcp any any -> any any (sid:1;; content:\"a\";)", 1, 37, "unknown rule keyword ''." },
    { "a keyword whose protocol is not built", "alert tcp any any -> any any (sid:1; mqtt.type:CONNECT;)", 1, 38,
      "keyword 'mqtt.type' needs protocol mqtt, which is not built in" },
    { "a keyword not built", "alert tcp any any -> any any (sid:1; luaxform:x;)", 1, 38, "keyword 'luaxform' is not built in" },
    { "a value where none is taken", "alert tcp any any -> any any (sid:1; content:\"a\"; nocase:1;)", 1, 51,
      "unexpected option to nocase keyword: 'nocase'" },
    { "a value is missing", "alert tcp any any -> any any (sid:1; content;)", 1, 38, "invalid formatting or malformed option to content keyword: 'content'" },
    { "quotes are missing", "alert tcp any any -> any any (sid:1; content:AA;)", 1, 38,
      "invalid formatting to content keyword: value must be double quoted 'content'" },
    { "a semicolon is missing", "alert tcp any any -> any any (sid:1; content:\"AA\" depth:20;)", 1, 38,
      "bad option value formatting (possible missing semicolon) for keyword content: '\"AA\" depth:20'" },
    { "quotes where none belong", "alert tcp any any -> any any (sid:\"1\";)", 1, 31, "quotes on sid keyword that doesn't support them: 'sid'" },
    { "half a byte", "alert tcp any any -> any any (sid:1; content:\"|22 2 22|\";)", 1, 38, NULL },
    { "a bar alone", "alert tcp any any -> any any (sid:1; content:\"|22\";)", 1, 38, "Invalid hex code assembly in content - |22.  Invalidating signature." },
    { "a quote within", "alert tcp any any -> any any (sid:1; content:\"a\"b\";)", 1, 38, "Invalid unescaped double quote within content section." },
    { "depth twice", "alert tcp any any -> any any (sid:1; content:\"a\"; depth:2; depth:3;)", 1, 60, "can't use multiple depths for the same content." },
    { "depth and distance", "alert tcp any any -> any any (sid:1; content:\"a\"; depth:2; distance:3;)", 1, 60,
      "can't use a relative keyword like within/distance with a absolute relative keyword like depth/offset for the same content." },
    { "depth below the literal", "alert tcp any any -> any any (sid:1; content:\"abc\"; depth:2;)", 1, 53, "depth:2 smaller than content of len 3." },
    { "depth below zero", "alert tcp any any -> any any (sid:1; content:\"abc\"; depth:-5;)", 1, 53, "invalid value for depth: -5." },
    { "depth of an unknown variable", "alert tcp any any -> any any (sid:1; content:\"abc\"; depth:d;)", 1, 53, "unknown byte_ keyword var seen in depth - d." },
    { "within below the literal", "alert tcp any any -> any any (sid:1; content:\"a\"; content:\"abc\"; within:2;)", 1, 66, NULL },
    { "within beyond reason", "alert tcp any any -> any any (sid:1; content:\"abc\"; within:1048577;)", 1, 53, "invalid value for within: 1048577" },
    { "startswith and offset", "alert tcp any any -> any any (sid:1; content:\"abc\"; offset:1; startswith;)", 1, 63, "can't mix offset with startswith." },
    { "a relative literal cannot be for the fast pattern alone", "alert tcp any any -> any any (sid:1; content:\"abc\"; fast_pattern:only; distance:1;)", 1, 72,
      "can't have a relative keyword set along with a fast_pattern:only;" },
    { "a fast pattern longer than the literal", "alert tcp any any -> any any (sid:1; content:\"abc\"; fast_pattern:1,3;)", 1, 53,
      "Fast pattern (length + offset (4)) exceeds pattern length (3)" },
    { "a modifier without a literal", "alert tcp any any -> any any (sid:1; http_uri;)", 1, 38, NULL },
    { "a modifier under a sticky buffer", "alert tcp any any -> any any (sid:1; http.uri; content:\"a\"; http_uri;)", 1, 61, NULL },
    { "a sticky buffer without matches", "alert http any any -> any any (sid:1; http.uri; http.method; content:\"a\";)", 1, 49, "previous sticky buffer has no matches" },
    { "a sticky buffer without matches at the end", "alert http any any -> any any (sid:1; http.uri;)", 1, 0, "rule 1 setup buffer http.uri but didn't add matches to it" },
    { "a buffer of another protocol", "alert dns any any -> any any (sid:1; http.uri; content:\"a\";)", 1, 38, "rule contains conflicting protocols: http asked for, already set to dns" },
    { "no more transforms once they are in use", "alert http any any -> any any (sid:1; http.uri; dotprefix; content:\"a\"; to_md5;)", 1, 73, "transforms must directly follow stickybuffers" },
    { "transforms without a buffer", "alert http any any -> any any (sid:1; content:\"a\"; to_md5;)", 1, 52, "transforms must directly follow stickybuffers" },
    { "a transform undoes the literal", "alert http any any -> any any (sid:1; http.uri; to_lowercase; content:\"A\";)", 1, 63,
      "content string \"A\" incompatible with to_lowercase transform" },
    { "a transform's own complaint", "alert http any any -> any any (sid:1; http.uri; xor:\"abc\"; content:\"A\";)", 1, 49, "xor: XOR transform key's length must be an even number" },
    { "to both sides at once", "alert http any any -> any any (sid:1; flow:to_client,to_server;)", 1, 39, "flow: to_server contradicts what stands before it" },
    { "the request is not sent to the client", "alert http any any -> any any (sid:1; flow:to_client; http.uri; content:\"a\";)", 1, 0,
      "rule 1 mixes keywords with conflicting directions" },
    { "request and response in one direction", "alert http any any -> any any (sid:1; http.uri; content:\"a\"; http.stat_code; content:\"200\";)", 1, 0,
      "rule 1 mixes keywords with conflicting directions, a transactional rule with => should be used" },
    { "=> needs both sides", "alert http any any => any any (sid:1; http.uri; content:\"a\";)", 1, 0, "rule 1 should use both directions, but does not" },
    { "packets and transactions", "alert http any any -> any any (sid:1; dsize:5; http.uri; content:\"a\";)", 1, 0, NULL },
    { "packets and the stream alone", "alert tcp any any -> any any (sid:1; dsize:5; flow:only_stream;)", 1, 0,
      "can't mix packet keywords with tcp-stream or flow:only_stream.  Invalidating signature." },
    { "more literal than packet", "alert udp any any -> any any (sid:1; content:\"abcdefghijkl\"; dsize:10;)", 1, 0,
      "signature can't match as required content length 12 exceeds dsize value 10" },
    { "more literal than buffer", "alert http any any -> any any (sid:1; http.uri; content:\"abcdef\"; bsize:4;)", 1, 0,
      "signature can't match as required content length 6 exceeds bsize value: 4" },
    { "more literal than URI", "alert http any any -> any any (sid:1; content:\"abcdef\"; http_uri; urilen:<4;)", 1, 0, NULL },
    { "the host is lower case", "alert http any any -> any any (sid:1111; http.host; content:\"Abc\";)", 1, 53,
      "rule 1111: A pattern with uppercase characters detected for http.host. The hostname buffer is normalized to lowercase, please specify "
      "a lowercase pattern." },
    { "a method has no blank", "alert http any any -> any any (sid:1; content:\"GET \"; http_method;)", 1, 39, "http_method pattern with trailing space" },
    { "a digest has 32 digits", "alert tls any any -> any any (sid:1; ja3.hash; content:\"abc\";)", 1, 48, NULL },
    { "byte_test without operator", "alert udp any any -> any any (sid:1; byte_test:1,x,1,1;)", 1, 38, "Invalid operator" },
    { "byte_test of too much", "alert udp any any -> any any (sid:1; byte_test:9,=,1,1;)", 1, 38, "Cannot test more than 8 bytes without \"string\"" },
    { "byte_jump both ways", "alert udp any any -> any any (sid:1; byte_jump:1,1,from_end,from_beginning;)", 1, 38,
      "'from_end' and 'from_beginning' cannot be used in the same byte_jump statement" },
    { "byte_math without a result", "alert udp any any -> any any (sid:1; byte_math:bytes 1,offset 0,oper +,rvalue 1;)", 1, 38, NULL },
    { "a variable of another buffer is unknown in the payload", "alert udp any any -> any any (sid:1; byte_test:1,=,v,0;)", 1, 38, NULL },
    { "an expression that does not compile", "alert udp any any -> any any (sid:1; pcre:\"/a(/\";)", 1, 38,
      "pcre2 compile of \"a(\" failed at offset 2: missing closing parenthesis" },
    { "an unknown option letter", "alert udp any any -> any any (sid:1; pcre:\"/a/q\";)", 1, 38, "unknown regex modifier 'q'" },
    { "relative to nothing", "alert udp any any -> any any (sid:1; pcre:\"/a/R\";)", 1, 38, "pcre with /R (relative) needs preceding match in the same buffer" },
    { "two thresholds", "alert ip any any -> any any (sid:1; threshold:type limit,track by_src,count 1,seconds 1; threshold:type limit,track by_src,count 1,seconds 1;)",
      1, 90, "multiple \"threshold\" options are not allowed in the same rule" },
    { "a threshold half said", "alert ip any any -> any any (sid:1; threshold:type limit,track by_src,count 1;)", 1, 37, NULL },
    { "a target that is none", "alert ip any any -> any any (sid:1; target:me;)", 1, 37, "only 'src_ip' and 'dest_ip' are supported as target value" },
    { "beyond the field's width", "alert dns any any -> any any (sid:1; dns.rrtype:65536;)", 1, 38, "dns.rrtype: '65536' is no number, name or range" },
    { "absent and more", "alert http any any -> any any (sid:1; http.uri; absent; content:\"a\";)", 1, 0,
      "signature can't have a buffer tested absent and tested with other keywords such as content" },
    { "files where there are none", "alert dns any any -> any any (sid:1; file.data; content:\"a\";)", 1, 0, "protocol dns doesn't support file matching" },
    { "control bytes", "alert tcp any any -> any any (sid:1; content:\"a\x01\";)", 1, 48, "rule contains invalid (control) characters" },
    { "broken UTF-8", "alert tcp any any -> any any (sid:1; content:\"a\xff\";)", 1, 48, "rule is not valid UTF-8" },
};
/* clang-format on */

struct reading {
    struct test_world world;
    struct rule_context context;
    struct rules rules;
    struct text text;
};

static void reading_init(struct reading *x)
{
    x->context = test_context(&x->world);
    rules_init(&x->rules);
    text_init(&x->text, 0);
}

static void reading_fini(struct reading *x)
{
    rules_fini(&x->rules);
    test_context_fini(&x->world);
    text_fini(&x->text);
}

static void read_one(struct reading *x, const char *rule) { rules_read_text(&x->rules, &x->context, "test", rule, strlen(rule), DIALECT_SURICATA); }

static void test_tree(const char *why, const char *head, const char *options, const char *want)
{
    struct reading x;
    char rule[2048];
    const char *both = strncmp(head, "=>", 2) == 0 ? "=>" : "->", *got;

    reading_init(&x);
    snprintf(rule, sizeof rule, "alert %s any any %s any any (%s sid:1;)", strncmp(head, "=>", 2) == 0 ? head + 2 : head, both, options);
    read_one(&x, rule);
    if (x.rules.failed_n) {
        diag("%s: %s", rule, x.rules.failure[0].reason);
    }
    if (ok(x.rules.rule_n == 1, why)) {
        rule_print(x.rules.rule[0], &x.text);
        text_byte(&x.text, '\0');
        got = strchr(x.text.p, '\n') + 1;
        if (want) {
            is_str(got, want, why);
        }
    }
    reading_fini(&x);
}

static void test_refusal(size_t i)
{
    struct reading x;

    reading_init(&x);
    read_one(&x, refusals[i].rule);
    if (ok(x.rules.rule_n == 0 && x.rules.failed_n == 1, refusals[i].why)) {
        const struct rule_failure *f = &x.rules.failure[x.rules.failure_n - 1];

        if (refusals[i].reason) {
            is_str(f->reason, refusals[i].reason, refusals[i].why);
        }
        is_int(f->line, refusals[i].line, refusals[i].why);
        if (refusals[i].column || refusals[i].reason) {
            is_int(f->column, refusals[i].column, refusals[i].why);
        }
    }
    reading_fini(&x);
}

static void test_meta(void)
{
    struct reading x;
    const struct rule *r;

    reading_init(&x);
    read_one(&x, "drop:flow tcp any any <> 10.0.0.1 80 (msg:\"a \\\"b\\\"\\; c\"; sid:7; gid:3; rev:2; classtype:trojan-activity; priority:5; "
                 "reference:url,a.b/c?d=e; reference:url,https://x.y/z; reference:cve,2020-1; reference:what,9; "
                 "metadata:tag B, created_at 2020, tag A, empty; target:src_ip; noalert;)");
    if (!ok(x.rules.rule_n == 1, "a rule with all there is to say about it")) {
        reading_fini(&x);
        return;
    }
    r = x.rules.rule[0];
    is_int(r->action, ACTION_DROP, "action");
    is_int(r->scope, SCOPE_FLOW, "scope");
    ok(r->header_flags & HEADER_BOTH_WAYS, "both ways");
    is_str(r->msg, "a \"b\"; c", "escapes of msg are taken off");
    is_int(r->sid, 7, "sid");
    is_int(r->gid, 3, "gid");
    is_int(r->rev, 2, "rev");
    is_int(r->priority, 5, "a priority that is said wins over the class's");
    is_str(r->classtype, "trojan-activity", "class");
    is_str(r->class_text, "A Network Trojan was detected", "text of the class");
    is_int(r->reference_n, 4, "references");
    is_str(r->reference[0].prefix, "http://", "a prefix from the list");
    is_str(r->reference[0].id, "a.b/c?d=e", "the address");
    is_str(r->reference[1].prefix, "https://", "a scheme of its own wins");
    ok(r->reference[3].prefix == NULL, "an unknown kind has no prefix");
    is_int(x.rules.warning_n, 1, "and is told");
    is_int(r->meta_n, 3, "metadata without a value says nothing");
    is_str(r->meta[0].key, "created_at", "metadata by key");
    is_str(r->meta[1].value, "A", "later ones first");
    is_str(r->meta[2].value, "B", "then earlier ones");
    is_str(r->target, "src_ip", "target");
    ok(r->noalert, "no alert");
    reading_fini(&x);
}

/* Comments, blank lines, joined lines, line ends, and the place of what is wrong. */
static void test_file(void)
{
    static const char file[] = "\xef\xbb\xbf# a comment\n"
                               "\n"
                               "   alert this is left out as well\n"
                               "alert tcp any any -> any any (msg:\"1\"; sid:1;)\r\n"
                               "alert tcp any any -> any any \\\n"
                               "    (msg:\"2\"; \\\n"
                               "     sid:2;)\n"
                               "alert tcp any any -> any any (msg:\"3\"; sid:3; oops;)\n"
                               "#alert tcp any any -> any any (sid:4;)\n"
                               "alert tcp any any -> any any (msg:\"5\"; sid:5;) \n"
                               "alert tcp any any -> any any (msg:\"6\"; sid:6;)";
    struct reading x;

    reading_init(&x);
    rules_read_text(&x.rules, &x.context, "test", file, sizeof file - 1, DIALECT_SURICATA);
    is_int(x.rules.rule_n, 4, "four rules of the file");
    is_int(x.rules.failed_n, 1, "one is wrong");
    is_int(x.rules.failure[0].line, 8, "on its line");
    is_int(x.rules.failure[0].column, 47, "at the option");
    is_int(x.rules.failure[0].sid, 3, "with its number");
    is_int(x.rules.rule[1]->line, 5, "a joined rule is on its first line");
    is_str(x.rules.rule[1]->text, "alert tcp any any -> any any     (msg:\"2\";      sid:2;)", "and its text is whole");
    is_str(x.rules.rule[0]->text, "alert tcp any any -> any any (msg:\"1\"; sid:1;)", "line ends are no text");
    reading_fini(&x);
}

/* Under AddressSanitizer, what still pointed into the texts would be told. */
static void test_forget(void)
{
    static const char rule[] = "alert http $HOME_NET any -> any 80 (msg:\"a b\"; flow:established,to_server; content:\"a|20|b\"; http_uri; nocase; "
                               "pcre:\"/x+/i\"; metadata:key value; reference:url,example.org; classtype:trojan-activity; sid:1; rev:2;)\nalert oops;";
    struct reading x;
    struct text again;

    reading_init(&x);
    text_init(&again, 0);
    read_one(&x, rule);
    is_int(x.rules.rule_n, 1, "the rule is read");
    is_int(x.rules.failure_n, 1, "and the other one is not");
    if (x.rules.rule_n == 1 && x.rules.failure_n == 1) {
        rule_print(x.rules.rule[0], &x.text);
        rules_forget_text(&x.rules);
        rule_print(x.rules.rule[0], &again);
        is_mem(again.p, again.n, x.text.p, x.text.n, "what the rule says does not lie in its text");
        ok(!x.rules.rule[0]->text, "which is gone");
        ok(x.rules.failure[0].text != NULL, "that of the one that was refused stays, for who asks what was refused");
        ok(x.rules.failure[0].reason[0] != '\0', "whose reason stays");
    }
    text_fini(&again);
    reading_fini(&x);
}

static void test_long(void)
{
    struct reading x;
    size_t n = 200000;
    char *text = malloc(n + 1);

    memset(text, 'a', n);
    memcpy(text, "alert tcp any any -> any any (msg:\"", 35);
    strcpy(text + n - 60, "\"; sid:1;)\nalert tcp any any -> any any (sid:2;)\n");
    reading_init(&x);
    read_one(&x, text);
    is_int(x.rules.rule_n, 1, "what follows a rule that is too long is read");
    is_int(x.rules.failed_n, 1, "and it is refused");
    is_str(x.rules.failure[0].reason, "the rule is longer than 65000 bytes", "with the reason");
    reading_fini(&x);
    free(text);
}

/* Text would end there for whatever reads it as a string. */
static void test_nul(void)
{
    static const char file[] = "alert tcp any any\0-> any any (sid:1;)\nalert tcp any any -> any any (sid:2;)\n";
    struct reading x;

    reading_init(&x);
    rules_read_text(&x.rules, &x.context, "test", file, sizeof file - 1, DIALECT_SURICATA);
    is_int(x.rules.rule_n, 1, "what follows a rule with a NUL byte is read");
    is_str(x.rules.failure[0].reason, "a NUL byte in a rule", "it is refused with its reason");
    is_int(x.rules.failure[0].column, 18, "and the column");
    reading_fini(&x);
}

static void test_finish(void)
{
    static const char file[] = "alert tcp any any -> any any (msg:\"9\"; sid:9; rev:1;)\n"
                               "alert tcp any any -> any any (msg:\"9 new\"; sid:9; rev:2;)\n"
                               "alert tcp any any -> any any (msg:\"9 again\"; sid:9; rev:2;)\n";
    struct reading x;

    reading_init(&x);
    read_one(&x, file);
    rules_finish(&x.rules);
    is_int(x.rules.rule_n, 1, "of a number one stays");
    is_str(x.rules.rule[0]->msg, "9 new", "the first of the highest revision");
    is_int(x.rules.failed_n, 1, "a second one of the same revision is refused");
    is_int(x.rules.warning_n, 1, "an older one is replaced");
    reading_fini(&x);
}

static void test_requires(void)
{
    static const struct {
        const char *why, *requires;
        unsigned loaded, skipped, failed;
    } rows[] = {
        { "a version that is there", "version >= 7.0.3", 1, 0, 0 },
        { "a version to come", "version >= 9", 0, 1, 0 },
        { "one side of a bar holds", "version >= 6 < 7 | >= 8", 1, 0, 0 },
        { "neither side holds", "version < 7 | > 9.1", 0, 1, 0 },
        { "a feature that is not there", "feature output::file-store", 0, 1, 0 },
        { "a keyword that is there", "keyword content", 1, 0, 0 },
        { "a keyword that is not", "keyword frobnicate", 0, 1, 0 },
        { "what nobody knows is not met", "foo bar", 0, 1, 0 },
        { "a version that is none", "version 7", 0, 0, 1 },
        { "even with a protocol that is unknown", "version >= 9, keyword x; app-x", 0, 1, 0 },
    };

    for (size_t i = 0; i < ROWS(rows); i++) {
        struct reading x;
        char rule[256];

        snprintf(rule, sizeof rule, "alert tcp any any -> any any (requires:%s; sid:1;)", rows[i].requires);
        reading_init(&x);
        read_one(&x, rule);
        is_int(x.rules.rule_n, rows[i].loaded, rows[i].why);
        is_int(x.rules.skipped, rows[i].skipped, rows[i].why);
        is_int(x.rules.failed_n, rows[i].failed, rows[i].why);
        reading_fini(&x);
    }
}

static void test_strict(void)
{
    struct reading x;

    reading_init(&x);
    x.context.strict = "all";
    read_one(&x, "alert tcp any any -> any any (sid:1; classtype:none-such;)");
    is_int(x.rules.failed_n, 1, "strict: an unknown class is an error");
    reading_fini(&x);
    reading_init(&x);
    x.context.strict = "classtype, reference";
    read_one(&x, "alert tcp any any -> any any (sid:2; reference:nonesuch,1;)");
    is_str(x.rules.failure[0].reason, "unknown reference key \"nonesuch\"", "strict: an unknown reference is one");
    reading_fini(&x);
    reading_init(&x);
    x.context.strict = "reference";
    read_one(&x, "alert tcp any any -> any any (sid:3; classtype:none-such;)");
    is_int(x.rules.rule_n, 1, "strict for another keyword: a warning");
    reading_fini(&x);
}

static void test_firewall(void)
{
    struct reading x;

    reading_init(&x);
    x.context.firewall = true;
    read_one(&x, "accept:hook,alert http1:request_line any any -> any any (sid:1; http.uri; content:\"a\";)\n"
                 "accept http1:request_line any any -> any any (sid:2;)\n"
                 "drop:flow tcp any any -> any any (sid:3;)\n"
                 "drop:packet tcp:flow_start any any -> any any (sid:4;)\n");
    is_int(x.rules.rule_n, 2, "firewall: rules with scope and hook");
    is_int(x.rules.failed_n, 2, "firewall: not without");
    ok(x.rules.rule[0]->alert, "firewall: accepted and told");
    is_str(x.rules.rule[0]->hook, "request_line", "hook");
    reading_fini(&x);
}

static void test_dialect(void)
{
    static const char file[] = "# rules\n"
                               "alert tcp any any -> any any ( msg:\"a\"; service:http; content:\"x\",nocase,fast_pattern; sid:1; )\n"
                               "alert tcp any any -> any any ( msg:\"b\"; service:http; content:\"x\",depth 5; sid:2; )\n";
    struct reading x;

    reading_init(&x);
    rules_read_text(&x.rules, &x.context, "test", file, sizeof file - 1, -1);
    is_int(x.rules.rule_n, 2, "a file of Snort 3 rules is known as such");
    is_int(x.rules.rule[0]->dialect, DIALECT_SNORT3, "and its rules remember it");
    reading_fini(&x);
    reading_init(&x);
    rules_read_text(&x.rules, &x.context, "test", file, sizeof file - 1, DIALECT_SURICATA);
    is_int(x.rules.failure_n, 2, "unless it is said to be another one");
    reading_fini(&x);
}

static void test_names(void)
{
    struct rule_names *n = rule_names_new();
    char name[16];
    bool same = true;

    for (int round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < 1000; i++) {
            snprintf(name, sizeof name, "n%u", i);
            same &= rule_names_put(n, "flowbits", name) == i;
        }
    }
    ok(same, "a name keeps its number");
    is_int(rule_names_count(n, "flowbits"), 1000, "and is counted once");
    is_int(rule_names_put(n, "xbits", "n5"), 0, "another kind counts for itself");
    is_str(rule_names_get(n, "flowbits", 5), "n5", "the number has its name");
    ok(rule_names_get(n, "flowbits", 1000) == NULL && rule_names_get(n, "none", 0) == NULL, "others have none");
    rule_names_free(n);
}

int main(void)
{
    for (size_t i = 0; i < ROWS(trees); i++) {
        test_tree(trees[i].why, trees[i].head, trees[i].options, trees[i].tree);
    }
    for (size_t i = 0; i < ROWS(refusals); i++) {
        test_refusal(i);
    }
    test_meta();
    test_file();
    test_forget();
    test_long();
    test_nul();
    test_finish();
    test_requires();
    test_strict();
    test_firewall();
    test_dialect();
    test_names();
    return done_testing();
}

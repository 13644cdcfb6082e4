/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tree - a rule after parsing: the same shape for all dialects, with every difference of meaning resolved or marked.
 *
 * Made by a front end (rule/suricata.c, …) in the ruleset's arena, immutable afterwards, read by detect/ when it compiles
 * the ruleset and by every worker while it runs.  Nothing here is ever pointed to from a flow.
 */
#ifndef RULE_TREE_H
#define RULE_TREE_H

#include "base/addr.h"
#include "base/arena.h"
#include "proto/proto.h"

enum dialect { DIALECT_SURICATA, DIALECT_SNORT2, DIALECT_SNORT3 };

enum rule_action { ACTION_ALERT, ACTION_PASS, ACTION_DROP, ACTION_REJECT, ACTION_REJECT_DST, ACTION_REJECT_BOTH, ACTION_CONFIG, ACTION_ACCEPT,
                   ACTION_LOG, ACTION_REWRITE };
enum rule_scope { SCOPE_DEFAULT, SCOPE_PACKET, SCOPE_FLOW, SCOPE_TXN, SCOPE_HOOK };

/* What the header's protocol word asked for. */
enum rule_header_flag {
    HEADER_PKTHDR = 1 << 0,      /* also packets that are invalid or have no flow */
    HEADER_TCP_PKT = 1 << 1,     /* packets only, never the stream */
    HEADER_TCP_STREAM = 1 << 2,  /* the stream only */
    HEADER_IPV4 = 1 << 3, HEADER_IPV6 = 1 << 4,
    HEADER_BOTH_WAYS = 1 << 5,   /* <> : both directions are tried */
    HEADER_TXN_BOTH = 1 << 6,    /* => : one rule over both sides of a transaction */
    HEADER_ANY_PROTO = 1 << 7,   /* ip, pkthdr */
    HEADER_SERVICE = 1 << 9,     /* the flow's protocol is one of `service`, whatever the ports; they decide only where it is not known */
    HEADER_ARP = 1 << 10,        /* address resolution, without addresses or ports of its own */
    HEADER_IP_PROTO = 1 << 8,    /* the keyword ip_proto has narrowed ip_proto */
    HEADER_ETHER = 1 << 12,      /* any frame of Ethernet */
    HEADER_MIDSTREAM = 1 << 11,  /* a session without its handshake is one all the same (Snort) */
};

enum match_kind {
    MATCH_CONTENT, MATCH_PCRE, MATCH_BYTE_TEST, MATCH_BYTE_JUMP, MATCH_BYTE_EXTRACT, MATCH_BYTE_MATH, MATCH_ISDATAAT, MATCH_BSIZE,
    MATCH_URILEN, MATCH_BASE64_DECODE, MATCH_NUMBER /* a field's number against a range */, MATCH_ABSENT, MATCH_PRESENT,
    MATCH_KEYWORD, /* a keyword with logic of its own: detect/kw */
};

/* A number that may be a variable of byte_extract or byte_math. */
struct operand {
    int64_t value;
    int16_t variable; /* index among the rule's variables; -1: value holds */
};

enum content_flag {
    CONTENT_NOCASE = 1 << 0, CONTENT_NEGATED = 1 << 1, CONTENT_RELATIVE = 1 << 2 /* distance or within: from the cursor */,
    CONTENT_OFFSET = 1 << 3, CONTENT_DEPTH = 1 << 4, CONTENT_DISTANCE = 1 << 5, CONTENT_WITHIN = 1 << 6, CONTENT_STARTSWITH = 1 << 7,
    CONTENT_ENDSWITH = 1 << 8, CONTENT_FAST = 1 << 9, CONTENT_FAST_ONLY = 1 << 10, CONTENT_FAST_CHOP = 1 << 11, CONTENT_RAW = 1 << 12,
    CONTENT_REPLACE = 1 << 13,
};
struct content {
    struct bytes bytes;        /* lower-cased when NOCASE */
    uint16_t flags;
    /* depth is the end of the search from the start of the buffer: a fixed offset is already added to it. */
    struct operand offset, depth, distance, within;
    uint16_t chop_offset, chop_length;
    struct bytes replace;
};

enum pcre_flag {
    PCRE_NEGATED = 1 << 0, PCRE_RELATIVE = 1 << 1,
};
/* Where a captured group goes when the rule matched. */
struct pcre_capture {
    uint32_t variable;         /* rule_parse_name of "flowvar", "pktvar" or "alertvar" */
    uint8_t group;
    bool flow;                 /* kept with the flow; else with the packet */
    bool alert;                /* goes into the alert's context */
    bool key;                  /* this group is the name, the next one the value, of a packet variable */
};
struct pcre {
    const char *pattern;       /* without delimiters and options */
    uint32_t options;          /* PCRE2_ compile options */
    uint16_t flags;
    uint8_t capture_n;
    struct pcre_capture capture[8];
};

enum byte_operator { BYTE_LT, BYTE_GT, BYTE_EQ, BYTE_LE, BYTE_GE, BYTE_AND, BYTE_OR, BYTE_NE, BYTE_ADD, BYTE_SUB, BYTE_DIV, BYTE_MUL, BYTE_SHL, BYTE_SHR };
struct byte_op {               /* byte_test, byte_jump, byte_extract, byte_math */
    struct operand n, offset, value;
    uint8_t op;                /* enum byte_operator */
    uint8_t base;              /* 8, 10, 16 for strings */
    bool negated, relative, little, string, align, from_beginning, from_end;
    uint8_t dce;                /* 1 << its rule's dialect: the order is what that engine takes the message's to be; 0: it is not asked */
    uint8_t align_to;          /* byte_extract: 2 or 4; byte_jump aligns to 4 */
    uint32_t multiplier;
    int32_t post_offset;
    uint64_t bitmask; uint8_t bitmask_shift; bool has_bitmask;
    int16_t result;            /* variable index */
};

/* A range of numbers as keywords write it: N, <N, >N, N-M (bounds by dialect), !N, bit masks. */
enum range_op { RANGE_EQ, RANGE_NE, RANGE_LT, RANGE_LE, RANGE_GT, RANGE_GE, RANGE_IN /* low<x<high */, RANGE_OUT, RANGE_IN_EQ /* inclusive */, RANGE_BITS, RANGE_BITS_NOT };
struct range { uint8_t op; uint64_t low, high; };

/* Which of a field's numbers a MATCH_NUMBER asks. */
enum number_index {
    NUMBER_ANY,        /* one of them matches */
    NUMBER_ALL,        /* every one matches, and there may be none */
    NUMBER_ALL1,       /* every one matches, and there is one */
    NUMBER_OR_ABSENT,  /* one matches, or there is none */
    NUMBER_AT,         /* the one at `index`; below 0 from the end: -1 the last */
};

struct keyword; /* rule/keyword.h */

struct match {
    uint8_t kind;              /* enum match_kind */
    bool negated;
    uint16_t column;           /* where it stands in the rule's text, for explanations */
    union {
        struct content content;
        struct pcre pcre;
        struct byte_op byte;
        struct { struct operand n; bool relative, raw; uint8_t more /* bytes than a variable says */; } isdataat;
        struct { struct range range; bool raw; } size;           /* bsize, urilen */
        struct { uint32_t bytes, offset; bool relative; uint8_t mode; } base64;
        struct { struct range range; int16_t index; uint8_t index_mode, also_n; const struct range *also /* or one of these */; } number;
        struct { bool or_else; } absent;
        struct { const struct keyword *row; const void *data; } keyword;
    };
};

enum buffer_kind {
    BUFFER_PAYLOAD,    /* packet payload and/or stream window */
    BUFFER_FIELD,      /* a protocol's field, by name: resolved over all protocols that have it */
    BUFFER_FILE_DATA,  /* file.data */
    BUFFER_FILE_FIELD, /* file.name, file.magic */
    BUFFER_BASE64,     /* what base64_decode made */
    BUFFER_PACKET,     /* header bytes: ipv4.hdr, tcp.hdr, … by name */
    BUFFER_FRAME,      /* frame: proto.name */
};

struct transform {             /* applied in order to a fresh copy */
    const char *name;          /* row in detect/transform.c */
    const void *data;
};

/* Matches over one buffer, evaluated in order with one cursor.  For FIELD_LIST fields each item is tried. */
struct group {
    uint8_t kind;              /* enum buffer_kind */
    const char *name;          /* the field's or header's name: "http.uri"; NULL for payload */
    uint8_t side;              /* TO_SERVER, TO_CLIENT, or 2: as the rule's flow says, or either */
    bool relative_to_previous; /* base64_data: continues the enclosing group */
    uint16_t transform_n;
    struct transform *transform;
    uint16_t match_n;
    struct match **match;
    uint16_t column;
};

enum threshold_type { THRESHOLD_NONE, THRESHOLD_LIMIT, THRESHOLD_THRESHOLD, THRESHOLD_BOTH, THRESHOLD_DETECTION_FILTER, THRESHOLD_RATE, THRESHOLD_SUPPRESS,
                      THRESHOLD_BACKOFF };
enum threshold_track { TRACK_SRC, TRACK_DST, TRACK_BOTH, TRACK_RULE, TRACK_FLOW, TRACK_EITHER };
struct threshold {
    uint8_t type, track;
    uint8_t new_action;
    uint32_t count, seconds, timeout, multiplier;
    const struct addr_set *addresses;      /* suppress: whose; NULL: all */
    struct threshold *next;
};

/* What was read otherwise than written, for the rule's analysis. */
enum rule_note {
    RULE_NOTE_DISTANCE = 1 << 0, /* the first match's distance is an offset */
    RULE_NOTE_WITHIN = 1 << 1,   /* its within a depth */
    RULE_NOTE_RAW = 1 << 2,      /* pcre's /B means nothing */
};

/* flow: keyword */
enum rule_flow_flag {
    RULE_TO_SERVER = 1 << 0, RULE_TO_CLIENT = 1 << 1, RULE_ESTABLISHED = 1 << 2, RULE_NOT_ESTABLISHED = 1 << 3, RULE_STATELESS = 1 << 4,
    RULE_ONLY_STREAM = 1 << 5, RULE_NO_STREAM = 1 << 6, RULE_ONLY_FRAG = 1 << 7, RULE_NO_FRAG = 1 << 8,
};

enum { REPLACES_MAX = 16 };

/* prefix and id together are the address; prefix NULL: the key is in no reference file. */
struct rule_reference { const char *key, *prefix, *id; };
/* In the order of the log: by key, without case, later ones of the rule first among equals. */
struct rule_meta { const char *key, *value; };

struct rule {
    bool dropped;              /* another of its number stands for it */
    uint32_t gid, sid, rev;
    uint16_t source;           /* rule file's number: thresholds and revisions are per source */
    uint8_t dialect, action, scope;
    uint32_t line;             /* first line in its file */
    const char *text;          /* as written, continuation lines joined; NULL: forgotten (rules_forget_text) */
    const char *msg;
    const char *classtype;     /* short name; NULL none */
    const char *class_text;    /* its description */
    uint32_t class_id;         /* its place in the list of classes, from 1; 0: none */
    uint32_t priority;         /* 1 highest; from classtype, or priority; default 3 */
    bool priority_said;        /* … and not the default */
    struct rule_reference *reference; uint16_t reference_n;
    struct rule_meta *meta; uint16_t meta_n;
    const char *target;        /* "src_ip", "dest_ip"; NULL */

    uint64_t ip_proto[4];      /* bit per IP protocol number the header allows */
    uint16_t header_flags;     /* enum rule_header_flag */
    uint16_t app_proto;        /* protocol id the rule is bound to; PROTO_NONE: none, or several (app_set) */
    uint64_t app_set[2];       /* bit per protocol id that header and buffers together allow; all 0: any */
    uint64_t service[2];       /* HEADER_SERVICE: bit per protocol id; none that is built in: all 0 */
    uint8_t own_proto;         /* HEADER_SERVICE: the header's transport, asked only where the service is not told; 0: any */
    uint64_t told[2];          /* Snort: protocols whose flows it recognises; of others the ports decide, and each packet is searched */
    const char *app_name;      /* the word it was written with */
    const char *hook;          /* "request_started", NULL */
    uint8_t hook_side;
    const struct addr_set *src, *dst;      /* shared among rules with the same text */
    const struct port_set *sport, *dport;
    const char *src_text, *dst_text, *sport_text, *dport_text;
    uint16_t flow_flags;       /* enum rule_flow_flag */

    struct match **packet; uint16_t packet_n;  /* header and state conditions, in order of text: keyword matches */
    struct match **post; uint16_t post_n;      /* done when all matched: flowbits:set, xbits:set, tag, filestore, config */
    struct group *group; uint16_t group_n;     /* buffers in order of text */
    uint16_t fast_group, fast_match;           /* the literal the author marked (fast_pattern); 0xffff: none */
    uint16_t variable_n;                       /* byte_extract and byte_math variables */
    const char **variable_names;
    struct threshold *threshold;
    bool noalert;
    bool alert;                /* `alert` keyword, or a firewall rule's second action: also a pass or accept rule tells */
    bool also_pass;            /* a firewall rule's second action: what it accepts no other rule looks at */
    bool firewall;             /* a rule of the firewall: it decides at its hook, in the order of the files */
    bool hook_before;          /* "<hook": it accepts the states before its own too */
    bool needs_packet;         /* something asks for the packet: dsize, flags, … (Suricata: REQUIRE_PACKET) */
    bool needs_stream;         /* payload is to be matched in the stream */
    uint8_t replaces;          /* literals of the packet that are to become others (`replace`), at most REPLACES_MAX */
    bool raw_data;             /* Snort's raw_data: the payload is never a protocol's body */
    bool prefilter;            /* `prefilter` keyword */
    const char *prefilter_by;  /* … and the keyword it stands behind */
    uint8_t notes;             /* enum rule_note */
    uint8_t sides;             /* bit TO_SERVER, TO_CLIENT: which directions it can fire in */
};

#endif

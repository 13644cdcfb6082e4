/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ruleset - the compiled form of all rules: what detect/ looks at while packets flow.
 *
 * Made on the rule thread by detect_compile (compile.c, order.c, program.c, fast.c, guard.c, index.c), immutable afterwards, read by every
 * worker, freed whole after its epoch.  Rules stand in the order they are inspected and alerted in: a rule's index here is
 * that order.  Everything is in one arena but pattern databases and regular expressions.
 */
#ifndef DETECT_RULESET_H
#define DETECT_RULESET_H

#include "detect/detect.h"
#include "match/match.h"

enum { DETECT_PROTOS = PROTO_IDS, NO_RULE = UINT32_MAX, NO_BUFFER = UINT16_MAX };

/* What an inspected packet is: rules are indexed by it. */
enum packet_class { CLASS_TCP, CLASS_UDP, CLASS_ICMP4, CLASS_ICMP6, CLASS_IP, CLASS_NOT_IP, CLASS_N };

/* Classes of rules as Suricata has them: they decide where a rule is inspected and what its action applies to. */
enum plan_type {
    PLAN_IP_ONLY,        /* addresses only: once per flow and direction */
    PLAN_IP_LIKE,        /* the same with negated addresses: per packet */
    PLAN_PROTO_ONLY,     /* the recognised protocol only: when recognition ends */
    PLAN_EVENT_ONLY,     /* notes of decoding */
    PLAN_PACKET,
    PLAN_PACKET_STREAM,  /* packet payload, and the stream too */
    PLAN_STREAM,
    PLAN_APP,            /* bound to a protocol, nothing of a transaction asked */
    PLAN_TXN,
    PLAN_FRAME,          /* a protocol's frames: named spans of its bytes */
    PLAN_FIREWALL,       /* in the tables of the firewall, and in no index */
};

enum plan_flag {
    PLAN_NEEDS_PACKET = 1 << 0, PLAN_NEEDS_STREAM = 1 << 1, PLAN_ONLY_STREAM = 1 << 2,
    PLAN_FAST_NEGATED = 1 << 3,  /* its literal must not be there: it cannot filter */
    PLAN_BOTH_SIDES = 1 << 4,    /* => : one rule over both sides */
    PLAN_HAS_FAST = 1 << 5,
    PLAN_FILES = 1 << 6,
    PLAN_PDU = 1 << 7,           /* payload is each packet's and each PDU's (Snort); a session without its SYN is one */
    PLAN_KEPT = 1 << 8,          /* the ruleset before this one had the very same rule */
    PLAN_SHADOW = 1 << 9,        /* it only says what it would do (shadow.h) */
};

/* Conditions on a packet that one mask answers. */
enum plan_need {
    NEED_PAYLOAD = 1 << 0, NEED_NO_PAYLOAD = 1 << 1, NEED_FLOW = 1 << 2, NEED_EVENT = 1 << 3, NEED_PACKET = 1 << 4,
    NEED_SYN = 1 << 5,       /* a flag that begins or ends a session */
    NEED_UNUSUAL = 1 << 6,   /* URG, ECN or CWR */
    NEED_FIRST = 1 << 7,     /* the flow's first packet in its direction */
};

/* One instruction of a program. */
enum op_flag {
    OP_LAST = 1 << 0,
    OP_RETRY = 1 << 1,    /* a later instruction depends on where this one matched: the next match is tried when that fails */
    OP_FIXED = 1 << 2,    /* content: no variables in its numbers */
};
struct op {
    uint8_t kind;         /* enum match_kind */
    uint8_t flags;        /* enum op_flag */
    uint16_t content;     /* enum content_flag */
    uint32_t needle_n;
    const uint8_t *needle;
    int32_t offset, depth, distance, within; /* depth: the end, offset included; 0 none */
    const struct match *match;
    union {
        const struct regex *regex;
        const struct program *base64;
    };
};
/* The matches over one buffer. */
struct program {
    struct op *op;
    uint16_t n;
    bool on_absent;       /* matches also when there is no such buffer */
    const struct group *group;
};

/* A distinct buffer with its transforms: the thing that literal databases and caches are kept for. */
struct buffer {
    uint8_t kind;         /* enum buffer_kind */
    const char *name;
    const struct transform_row **row;
    const struct transform *transform;
    const void **data;    /* of each transform; regular expressions compiled */
    uint16_t transform_n;
    uint16_t id;
    uint8_t priority;     /* of its literals; lower is better */
    const struct field *field[2][DETECT_PROTOS]; /* by side and protocol id; NULL: the protocol has no such field there */
};

enum step_kind { STEP_BUFFER, STEP_NUMBER, STEP_STREAM, STEP_KEYWORD, STEP_FILE, STEP_EVENT, STEP_HOOK };
/* One thing a transaction rule asks. */
struct step {
    uint8_t kind;         /* enum step_kind */
    uint8_t side;
    uint8_t bit;          /* its bit in the inspection's flags */
    bool fast;            /* the rule's literal is in it */
    uint8_t stage;        /* STEP_HOOK */
    uint16_t buffer;      /* STEP_BUFFER, STEP_NUMBER */
    uint16_t proto;       /* only for this protocol; PROTO_NONE: all */
    const struct program *program;
    const struct group *group;
};

/* A distinct header: addresses, ports, protocol, direction and state of the flow. Evaluated once a turn. */
struct header {
    const struct addr_set *src, *dst;
    const struct port_set *sport, *dport; /* NULL: any */
    uint64_t ip_proto[4];
    uint64_t service[2];  /* HEADER_SERVICE: bit per protocol id */
    uint64_t told[2];     /* Snort: protocols that it recognises */
    uint16_t flags;       /* enum rule_header_flag */
    uint16_t flow;        /* enum rule_flow_flag */
    uint8_t sides;
    uint8_t reader;       /* enum view_reader: its rules' engine */
    uint8_t own_proto;    /* asked when the service is not known; 0: none */
};

struct plan {
    const struct rule *rule;
    uint32_t header;
    uint16_t flags;       /* enum plan_flag */
    uint8_t type;         /* enum plan_type */
    uint8_t need;         /* enum plan_need */
    uint8_t sides;
    uint8_t step_n, packet_buffer_n, frame_n;
    uint8_t file_needs;    /* of files.c: what must be known of a file before it can be asked */
    uint16_t fast_buffer;  /* NO_BUFFER: payload, or none */
    uint64_t app[2];      /* protocols it applies to; both 0: any */
    const struct program *payload;
    const struct step *step;
    const struct packet_buffer *packet_buffer, *frame;
    const struct filestore *store; /* its files are stored; NULL: they are not */
    const struct content *fast; /* the literal; NULL: none */
    const struct group *fast_group;
};
struct packet_buffer {
    uint16_t buffer;
    const struct program *program;
};

/* A literal database and the rules of each literal. */
struct prefilter {
    struct literals *db;  /* NULL: no rule */
    uint32_t *first;      /* literal i: rule[first[i]] up to rule[first[i + 1]] */
    uint32_t *rule;
    uint32_t literal_n;
};

/* Rules without a literal, of one class of packets and side. */
struct rule_list {
    uint32_t *rule;
    uint32_t n;
};
struct key_list {
    uint16_t key;
    struct rule_list list;
};
enum { KEY_BITS = 4096 };
struct key_index {
    struct key_list *at;      /* by key, sorted */
    uint32_t n;
    uint64_t seen[KEY_BITS / 64]; /* most keys that are not there have no bit here */
};
struct packet_index {
    struct key_index any;     /* by what they need: asked of every packet that has it */
    struct key_index dport, sport;
    struct key_index size;    /* of the payload, exactly */
};

/* Address lists: which rules an address can belong to, by segments between all bounds. */
struct ip_segment {
    struct addr low;          /* up to the next one's low */
    uint32_t first, n;        /* in ip_index.rule */
};
struct ip_index {
    struct ip_segment *segment[2]; /* IPv4, IPv6; sorted */
    uint32_t segment_n[2];
    uint32_t *rule;
    bool by_destination;
};

/* One engine of a protocol's side: the literals of a buffer, or rules without one, from a stage on. */
struct engine {
    uint16_t buffer;          /* NO_BUFFER: rules without literal */
    uint8_t stage;
    bool always;              /* inspected whenever something is new (bodies, files, keywords), not once at its stage */
    bool grows;               /* inspected whenever something is new until its stage is passed */
    const struct prefilter *prefilter;
    struct rule_list list;
};
struct txn_index {
    struct engine *engine;    /* by stage */
    uint16_t engine_n;
    struct rule_list event;   /* app-layer-event rules */
    bool hooked;              /* rules about a state, which are asked whenever something is new while it lasts */
};

/* What a rule is over reloads, in whatever place it stands. */
struct rule_identity {
    uint32_t id;              /* of its source, generator and sid */
    uint32_t text;            /* of what it says */
};
struct rule_place {
    uint32_t id, plan;
};

struct ruleset {
    struct rules rules;
    struct arena arena;
    struct plan *plan;
    uint32_t plan_n;
    struct rule_identity *identity;         /* [plan_n] */
    struct rule_place *place;               /* [plan_n], by id */
    struct header *header;
    uint32_t header_n;
    struct buffer *buffer;
    uint16_t buffer_n;
    struct prefilter payload[CLASS_N][2];   /* packet payload by class and side */
    struct prefilter stream[2];
    struct prefilter *buffer_fast;          /* [buffer_n][2] */
    struct packet_index packet[CLASS_N][2];
    struct ip_index ip[2];                  /* by source, by destination */
    struct rule_list ip_any;                /* address rules with no address */
    struct txn_index txn[DETECT_PROTOS][2];
    struct rule_list frame[DETECT_PROTOS][2]; /* rules about frames */
    struct regex **regex;
    uint32_t regex_n;
    unsigned variables_max;                 /* most variables of one rule */
    unsigned program_max;                   /* most instructions of one program */
    struct firewall *firewall;              /* NULL: no firewall */
    bool has_stream, has_frames;
    bool has_pdu, has_windows;              /* rules about PDUs; others about the stream */
    bool has_tags, has_host_tags;
    bool has_files, has_file_data, has_magic;
    unsigned hashes;                        /* enum file_hash */
};

/* Snort: does it recognise this protocol? */
static inline bool header_tells(const struct header *h, unsigned id)
{
    return id != 0 && id < 128 && (h->told[id >> 6] >> (id & 63) & 1) != 0;
}
/* Does the plan apply to this protocol? */
static inline bool plan_app(const struct plan *p, unsigned id)
{
    return (p->app[0] | p->app[1]) == 0 || (id < 128 && (p->app[id >> 6] >> (id & 63) & 1) != 0);
}
/* follow.c: the rule of that id; NO_RULE. */
uint32_t ruleset_find(const struct ruleset *r, uint32_t id);
static inline const struct prefilter *buffer_prefilter(const struct ruleset *r, uint16_t buffer, unsigned side)
{
    return &r->buffer_fast[buffer * 2u + side];
}

#endif

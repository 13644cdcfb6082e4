/* SPDX-License-Identifier: GPL-2.0-or-later */
/* print - a rule's tree as text. */
#include "rule/rule.h"

#include "base/text.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <ctype.h>

static void print_bytes(struct text *out, struct bytes b)
{
    bool hex = false;

    text_byte(out, '"');
    for (size_t i = 0; i < b.n; i++) {
        uint8_t c = b.p[i];

        if (c < 0x20 || c >= 0x7f || c == '"' || c == '|' || c == ';' || c == '\\' || c == ':') {
            text_printf(out, "%s%02X", hex ? " " : "|", c);
            hex = true;
        } else {
            text_printf(out, "%s%c", hex ? "|" : "", c);
            hex = false;
        }
    }
    text_str(out, hex ? "|\"" : "\"");
}

static void print_operand(struct text *out, const struct rule *r, const char *name, const struct operand *o)
{
    if (o->variable >= 0) {
        text_printf(out, " %s $%s", name, o->variable < r->variable_n ? r->variable_names[o->variable] : "?");
    } else {
        text_printf(out, " %s %lld", name, (long long)o->value);
    }
}

static void print_words(struct text *out, unsigned flags, const char *const *words, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        if (words[i] && flags >> i & 1) {
            text_printf(out, " %s", words[i]);
        }
    }
}

static void print_content(struct text *out, const struct rule *r, const struct content *c)
{
    static const char *const words[] = { "nocase", NULL, "relative", NULL, NULL, NULL, NULL, "startswith", "endswith", "fast", "only", NULL, "raw" };

    text_printf(out, "%scontent ", c->flags & CONTENT_NEGATED ? "!" : "");
    print_bytes(out, c->bytes);
    print_words(out, c->flags, words, ROWS(words));
    if (c->flags & CONTENT_OFFSET) {
        print_operand(out, r, "offset", &c->offset);
    }
    if (c->flags & CONTENT_DEPTH) {
        print_operand(out, r, "end", &c->depth);
    }
    if (c->flags & CONTENT_DISTANCE) {
        print_operand(out, r, "distance", &c->distance);
    }
    if (c->flags & CONTENT_WITHIN) {
        print_operand(out, r, "within", &c->within);
    }
    if (c->flags & CONTENT_FAST_CHOP) {
        text_printf(out, " chop %u,%u", c->chop_offset, c->chop_length);
    }
    if (c->flags & CONTENT_REPLACE) {
        text_str(out, " replace ");
        print_bytes(out, c->replace);
    }
}

static void print_pcre(struct text *out, const struct pcre *p)
{
    static const struct {
        uint32_t option;
        char letter;
    } options[] = { { PCRE2_ANCHORED, 'A' }, { PCRE2_DOLLAR_ENDONLY, 'E' }, { PCRE2_UNGREEDY, 'G' }, { PCRE2_CASELESS, 'i' },
                    { PCRE2_MULTILINE, 'm' }, { PCRE2_DOTALL, 's' },        { PCRE2_EXTENDED, 'x' } };

    text_printf(out, "%spcre /%s/", p->flags & PCRE_NEGATED ? "!" : "", p->pattern);
    for (size_t i = 0; i < ROWS(options); i++) {
        if (p->options & options[i].option) {
            text_byte(out, options[i].letter);
        }
    }
    text_str(out, p->flags & PCRE_RELATIVE ? " relative" : "");
    for (unsigned i = 0; i < p->capture_n; i++) {
        const struct pcre_capture *c = &p->capture[i];

        text_printf(out, " %u>%s:%u", c->group, c->flow ? "flow" : c->alert ? "alert" : c->key ? "key" : "pkt", c->variable);
    }
}

static void print_byte(struct text *out, const struct rule *r, const struct match *m)
{
    static const char *const names[] = { [MATCH_BYTE_TEST] = "byte_test", [MATCH_BYTE_JUMP] = "byte_jump", [MATCH_BYTE_EXTRACT] = "byte_extract",
                                         [MATCH_BYTE_MATH] = "byte_math" };
    static const char *const signs[] = { "<", ">", "=", "<=", ">=", "&", "^", "!=", "+", "-", "/", "*", "<<", ">>" };
    const struct byte_op *b = &m->byte;

    text_printf(out, "%s%s", b->negated ? "!" : "", names[m->kind]);
    print_operand(out, r, "bytes", &b->n);
    print_operand(out, r, "offset", &b->offset);
    if (m->kind == MATCH_BYTE_TEST || m->kind == MATCH_BYTE_MATH) {
        print_operand(out, r, signs[b->op], &b->value);
    }
    text_printf(out, "%s%s%s%s%s%s", b->relative ? " relative" : "", b->little ? " little" : "", b->dce ? " dce" : "", b->from_beginning ? " from_beginning" : "",
        b->from_end ? " from_end" : "", b->align ? " align" : "");
    if (b->string) {
        text_printf(out, " string %u", b->base);
    }
    if (b->multiplier != 1) {
        text_printf(out, " multiplier %u", b->multiplier);
    }
    if (b->post_offset) {
        text_printf(out, " post_offset %d", b->post_offset);
    }
    if (b->has_bitmask) {
        text_printf(out, " bitmask 0x%llx>>%u", (unsigned long long)b->bitmask, b->bitmask_shift);
    }
    if (b->result >= 0 && (m->kind == MATCH_BYTE_EXTRACT || m->kind == MATCH_BYTE_MATH)) {
        text_printf(out, " => %s", b->result < r->variable_n ? r->variable_names[b->result] : "?");
    }
}

static void print_range(struct text *out, const struct range *x)
{
    static const char *const signs[] = { "", "!", "<", "<=", ">", ">=" };
    unsigned long long low = x->low, high = x->high;

    switch ((enum range_op)x->op) {
    case RANGE_IN: text_printf(out, "%llu<x<%llu", low, high); break;
    case RANGE_OUT: text_printf(out, "!%llu<x<%llu", low, high); break;
    case RANGE_IN_EQ: text_printf(out, "%llu..%llu", low, high); break;
    case RANGE_BITS: text_printf(out, "&0x%llx=0x%llx", low, high); break;
    case RANGE_BITS_NOT: text_printf(out, "&0x%llx!=0x%llx", low, high); break;
    case RANGE_EQ:
    case RANGE_NE:
    case RANGE_LT:
    case RANGE_LE:
    case RANGE_GT:
    case RANGE_GE:
    default: text_printf(out, "%s%llu", signs[x->op], low); break;
    }
}

static void print_number(struct text *out, const struct match *m)
{
    static const char *const modes[] = { "", " all", " all1", " or_absent" };

    text_str(out, "number ");
    print_range(out, &m->number.range);
    for (uint8_t i = 0; i < m->number.also_n; i++) {
        text_str(out, " or ");
        print_range(out, &m->number.also[i]);
    }
    if (m->number.index_mode == NUMBER_AT) {
        text_printf(out, " at %d", m->number.index);
    } else {
        text_str(out, modes[m->number.index_mode]);
    }
}

void rule_print_match(const struct rule *r, const struct match *m, struct text *out)
{
    switch ((enum match_kind)m->kind) {
    case MATCH_CONTENT: print_content(out, r, &m->content); break;
    case MATCH_PCRE: print_pcre(out, &m->pcre); break;
    case MATCH_BYTE_TEST:
    case MATCH_BYTE_JUMP:
    case MATCH_BYTE_EXTRACT:
    case MATCH_BYTE_MATH: print_byte(out, r, m); break;
    case MATCH_ISDATAAT:
        text_printf(out, "%sisdataat", m->negated ? "!" : "");
        print_operand(out, r, "at", &m->isdataat.n);
        text_str(out, m->isdataat.more ? " and one more" : "");
        text_str(out, m->isdataat.relative ? " relative" : "");
        break;
    case MATCH_BSIZE:
        text_str(out, "bsize ");
        print_range(out, &m->size.range);
        break;
    case MATCH_URILEN:
        text_printf(out, "urilen%s ", m->size.raw ? " raw" : "");
        print_range(out, &m->size.range);
        break;
    case MATCH_BASE64_DECODE:
        text_printf(out, "base64_decode bytes %u offset %u%s", m->base64.bytes, m->base64.offset, m->base64.relative ? " relative" : "");
        break;
    case MATCH_NUMBER: print_number(out, m); break;
    case MATCH_ABSENT: text_printf(out, "absent%s", m->absent.or_else ? " or_else" : ""); break;
    case MATCH_PRESENT: text_str(out, m->negated ? "not there" : "there"); break;
    case MATCH_KEYWORD:
    default: text_printf(out, "%s", m->keyword.row->name); break;
    }
}

static void print_group(struct text *out, const struct rule *r, const struct group *g)
{
    static const char *const kinds[] = { "payload", "transaction", "file.data", "file", "base64_data", "header", "frame" };

    text_printf(out, "  %s", g->name ? g->name : kinds[g->kind]);
    if (g->side < 2) {
        text_str(out, g->side == TO_SERVER ? " >" : " <");
    }
    for (unsigned i = 0; i < g->transform_n; i++) {
        text_printf(out, " | %s", g->transform[i].name);
    }
    for (unsigned i = 0; i < g->match_n; i++) {
        text_str(out, i ? "; " : ": ");
        rule_print_match(r, g->match[i], out);
    }
    text_byte(out, '\n');
}

static void print_list(struct text *out, const struct rule *r, const char *name, struct match *const *list, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        text_printf(out, i ? "; " : "  %s: ", name);
        rule_print_match(r, list[i], out);
    }
    if (n) {
        text_byte(out, '\n');
    }
}

static void print_threshold(struct text *out, const struct threshold *t)
{
    static const char *const types[] = { "none", "limit", "threshold", "both", "detection_filter", "rate", "suppress", "backoff" };
    static const char *const tracks[] = { "by_src", "by_dst", "by_both", "by_rule", "by_flow", "by_either" };

    for (; t; t = t->next) {
        text_printf(out, "  %s %s count %u seconds %u", types[t->type], tracks[t->track], t->count, t->seconds);
        if (t->type == THRESHOLD_BACKOFF) {
            text_printf(out, " multiplier %u", t->multiplier);
        }
        text_byte(out, '\n');
    }
}

static const char *action_name(const struct rule *r)
{
    static const char *const names[] = { "alert", "pass", "drop", "reject", "rejectdst", "rejectboth", "config", "accept", "log", "rewrite" };
    return names[r->action];
}

void rule_print(const struct rule *r, struct text *out)
{
    static const char *const flow[] = { "to_server", "to_client", "established", "not_established", "stateless", "only_stream", "no_stream", "only_frag", "no_frag" };
    static const char *const scopes[] = { "", ":packet", ":flow", ":tx", ":hook" };

    text_printf(out, "%s%s %s%s%s %s %s %s %s %s sid %u", action_name(r), scopes[r->scope], r->app_name, r->hook ? ":" : "", r->hook ? r->hook : "", r->src_text,
        r->sport_text, r->header_flags & HEADER_BOTH_WAYS ? "<>" : r->header_flags & HEADER_TXN_BOTH ? "=>" : "->", r->dst_text, r->dport_text, r->sid);
    if (r->gid != 1) {
        text_printf(out, " gid %u", r->gid);
    }
    if (r->rev) {
        text_printf(out, " rev %u", r->rev);
    }
    text_printf(out, " priority %u%s%s%s\n", r->priority, r->noalert ? " noalert" : "", r->alert ? " alert" : "", r->prefilter ? " prefilter" : "");
    if (r->msg) {
        text_printf(out, "  msg %s\n", r->msg);
    }
    if (r->flow_flags) {
        text_str(out, "  flow");
        print_words(out, r->flow_flags, flow, ROWS(flow));
        text_byte(out, '\n');
    }
    text_printf(out, "  sides%s%s", r->sides & SIDE_SERVER_BIT ? " server" : "", r->sides & SIDE_CLIENT_BIT ? " client" : "");
    text_printf(out, "%s%s\n", r->needs_packet ? " packet" : "", r->needs_stream ? " stream" : "");
    print_list(out, r, "packet", r->packet, r->packet_n);
    for (unsigned i = 0; i < r->group_n; i++) {
        print_group(out, r, &r->group[i]);
    }
    print_list(out, r, "post", r->post, r->post_n);
    print_threshold(out, r->threshold);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* snort3_proto - options of the Snort 3 dialect about a number of a protocol's message: by name, several at once, request or response. */
#include "rule/snort3.h"

enum { NUMBERS_MAX = 64 };

struct named {
    const char *name;
    uint16_t number;
};

/* 3GPP TS 29.060 7.1 and TS 29.274 6.1: what a name means in either version; both, where they differ. */
static const struct named gtp_types[] = {
    { "echo_request", 1 }, { "echo_response", 2 }, { "version_not_supported", 3 }, { "node_alive_request", 4 }, { "node_alive_response", 5 },
    { "redirection_request", 6 }, { "redirection_response", 7 }, { "create_pdp_context_request", 16 }, { "create_pdp_context_response", 17 },
    { "update_pdp_context_request", 18 }, { "update_pdp_context_response", 19 }, { "delete_pdp_context_request", 20 },
    { "delete_pdp_context_response", 21 }, { "create_aa_pdp_context_request", 22 }, { "create_aa_pdp_context_response", 23 },
    { "delete_aa_pdp_context_request", 24 }, { "delete_aa_pdp_context_response", 25 }, { "error_indication", 26 },
    { "pdu_notification_request", 27 }, { "pdu_notification_response", 28 }, { "pdu_notification_reject_request", 29 },
    { "pdu_notification_reject_response", 30 }, { "supported_ext_header_notification", 31 }, { "send_routing_info_request", 32 },
    { "send_routing_info_response", 33 }, { "failure_report_request", 34 }, { "failure_report_response", 35 },
    { "note_ms_present_request", 36 }, { "note_ms_present_response", 37 }, { "identification_request", 48 }, { "identification_request", 128 },
    { "identification_response", 49 }, { "identification_response", 129 }, { "sgsn_context_request", 50 }, { "sgsn_context_response", 51 },
    { "sgsn_context_ack", 52 }, { "forward_relocation_request", 53 }, { "forward_relocation_request", 133 },
    { "forward_relocation_response", 54 }, { "forward_relocation_response", 134 }, { "forward_relocation_complete", 55 },
    { "relocation_cancel_request", 56 }, { "relocation_cancel_request", 139 }, { "relocation_cancel_response", 57 },
    { "relocation_cancel_response", 140 }, { "forward_srns_context", 58 }, { "forward_relocation_complete_ack", 59 },
    { "forward_srns_context_ack", 60 }, { "ran_info_relay", 70 }, { "ran_info_relay", 152 }, { "mbms_notification_request", 96 },
    { "mbms_notification_response", 97 }, { "data_record_transfer_request", 240 }, { "data_record_transfer_response", 241 },
    { "end_marker", 254 }, { "pdu", 255 }, { "create_session_request", 32 }, { "create_session_response", 33 },
    { "modify_bearer_request", 34 }, { "modify_bearer_response", 35 }, { "delete_session_request", 36 }, { "delete_session_response", 37 },
    { "change_notification_request", 38 }, { "change_notification_response", 39 }, { "modify_bearer_command", 64 },
    { "modify_bearer_failure_indication", 65 }, { "delete_bearer_command", 66 }, { "delete_bearer_failure_indication", 67 },
    { "bearer_resource_command", 68 }, { "bearer_resource_failure_indication", 69 }, { "downlink_failure_indication", 70 },
    { "trace_session_activation", 71 }, { "trace_session_deactivation", 72 }, { "stop_paging_indication", 73 },
    { "create_bearer_request", 95 }, { "create_bearer_response", 96 }, { "update_bearer_request", 97 }, { "update_bearer_response", 98 },
    { "delete_bearer_request", 99 }, { "delete_bearer_response", 100 }, { "delete_pdn_request", 101 }, { "delete_pdn_response", 102 },
    { "context_request", 130 }, { "context_response", 131 }, { "context_ack", 132 }, { "detach_notification", 149 }, { "detach_ack", 150 },
    { "cs_paging", 151 }, { "suspend_notification", 162 }, { "suspend_ack", 163 }, { "resume_notification", 164 }, { "resume_ack", 165 },
    { "release_access_bearers_request", 170 }, { "release_access_bearers_response", 171 }, { "downlink_notification", 176 },
    { "downlink_notification_ack", 177 },
};

static const struct table {
    const char *option;
    const struct named *row;
    size_t n;
} tables[] = { { "gtp_type", gtp_types, ROWS(gtp_types) } };

static const struct element {
    const char *name;
    uint8_t version, type;
} elements[] = {
#define ELEMENT(version, type, name) { #name, version, type },
#include "rule/gtp_elements.list"
#undef ELEMENT
};

/* An information element of GTP by number or name: its bytes are the buffer. */
SNORT_OPTION(snort3_gtp_info)
{
    const char *what = snort3_bare(p, value);
    uint64_t type[2] = { 0, 0 }; /* of versions 1 and 2; 0: it has none so called */
    char text[32];

    (void)o;
    if (what == NULL) {
        return false;
    }
    if (bytes_u64(bytes_str(what), &type[0]) && type[0] != 0 && type[0] <= UINT8_MAX) {
        type[1] = type[0];
    } else {
        type[0] = 0;
        for (size_t i = 0; i < ROWS(elements); i++) {
            if (strcmp(elements[i].name, what) == 0) {
                type[elements[i].version - 1] = elements[i].type;
            }
        }
    }
    if (type[0] == 0 && type[1] == 0) {
        return parse_fail(p, "gtp_info: '%s' is no number or name of an element", what);
    }
    snprintf(text, sizeof text, "%u,%u", (unsigned)type[0], (unsigned)type[1]);
    if (!snort3_enter(p, "gtp.element", NULL) || !transform_parse(p, "snort_element", text)) {
        return false;
    }
    struct match *m = buffer_add(p, buffer_active(p), MATCH_BSIZE); /* that it is there is asked already */
    if (m != NULL) {
        m->size.range = (struct range){ .op = RANGE_GE };
    }
    return m != NULL;
}

static struct bytes without(struct bytes word, const char *end)
{
    struct bytes tail = bytes_str(end);

    return word.n > tail.n && word_is(bytes_from(word, word.n - tail.n), end) ? bytes_head(word, word.n - tail.n) : word;
}

/* The numbers that a word stands for, behind the *n that are there: itself, of the option's table, or of the field's own names. */
static bool word_numbers(const struct snort_option *o, const struct field *f, struct bytes word, struct range *out, uint8_t *n)
{
    uint8_t before = *n;
    uint64_t number;

    if (bytes_u64(word, &number) || field_named(f, word, &number) || field_named(f, without(word, "_request"), &number)) {
        out[(*n)++] = (struct range){ .op = RANGE_EQ, .low = number };
        return true;
    }
    for (size_t t = 0; t < ROWS(tables); t++) {
        for (size_t i = 0; strcmp(tables[t].option, o->name) == 0 && i < tables[t].n && *n < NUMBERS_MAX; i++) {
            if (word_is_nocase(word, tables[t].row[i].name)) {
                out[(*n)++] = (struct range){ .op = RANGE_EQ, .low = tables[t].row[i].number };
            }
        }
    }
    return *n != before;
}

/* Numbers or names, blanks or commas between them: any of them. */
SNORT_OPTION(snort3_numbers)
{
    const struct field_use *use = rule_index_field(p->index, o->as);
    const struct field *f = use ? use->field : NULL;
    char *at = snort3_bare(p, value), text[32];
    struct range numbers[NUMBERS_MAX];
    uint8_t n = 0;

    if (f == NULL) {
        return parse_fail(p, "option '%s' is not built in", o->name);
    }
    while (at && n < NUMBERS_MAX && *(at += strspn(at, " ,\t")) != '\0') {
        size_t len = strcspn(at, " ,\t");
        if (!word_numbers(o, f, bytes_of(at, len), numbers, &n)) {
            return parse_fail(p, "%s: '%.*s' is no number or name", o->name, (int)len, at);
        }
        at += len;
    }
    if (n == 0) {
        return parse_fail(p, "%s: nothing is asked", o->name);
    }
    snprintf(text, sizeof text, "%llu", (unsigned long long)numbers[0].low);
    return snort3_run_as(p, o->as, text) && (n == 1 || buffer_number_also(p, numbers + 1, (uint8_t)(n - 1)));
}

/* There is such a number, in a request or a response. */
static bool there_is(struct rule_parse *p, const struct snort_option *o, enum side side)
{
    static const struct range any = { .op = RANGE_GT };

    p->side_forced = (int)side;
    bool good = snort3_run_as(p, o->as, "0") && buffer_number_also(p, &any, 1);
    p->side_forced = -1;
    return good;
}

SNORT_OPTION(snort3_request)
{
    (void)value;
    return there_is(p, o, TO_SERVER);
}

SNORT_OPTION(snort3_response)
{
    (void)value;
    return there_is(p, o, TO_CLIENT);
}

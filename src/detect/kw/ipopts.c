/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/kw/kw.h"

#include "packet/decode.h"

enum { ANY = 0xffff };

static const struct {
    const char *name;
    uint32_t bits;
} options[] = {
    { "ts", IP_OPTION_TS },       { "rr", IP_OPTION_RR },       { "qs", IP_OPTION_QS },       { "sec", IP_OPTION_SEC },
    { "lsrr", IP_OPTION_LSRR },   { "esec", IP_OPTION_ESEC },   { "cipso", IP_OPTION_CIPSO }, { "satid", IP_OPTION_SATID },
    { "ssrr", IP_OPTION_SSRR },   { "rtralt", IP_OPTION_RTRALT }, { "eol", IP_OPTION_EOL },   { "nop", IP_OPTION_NOP },
    { "any", ANY },
};

static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    (void)p;
    (void)r;
    (void)place;
    for (size_t i = 0; i < ROWS(options); i++) {
        if (strcasecmp(argument, options[i].name) == 0) {
            *data = &options[i].bits;
            return true;
        }
    }
    return err_set(err, "unknown IP option specified \"%.64s\"", argument);
}

/* `any` asks for all of them at once, as Suricata has it: no packet has.  To Snort one is enough. */
static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    uint32_t want = *(const uint32_t *)data;

    if (s->view == NULL || !view_has(s->view, LAYER_IPV4)) {
        return false;
    }
    return want == ANY && r->dialect != DIALECT_SURICATA ? s->view->ip_options != 0 : (s->view->ip_options & want) == want;
}

static void tell(const void *data, const struct rule_names *names, struct json *j)
{
    (void)names;
    json_object(j, "ipopts");
    for (size_t i = 0; i < ROWS(options); i++) {
        if (data == &options[i].bits) {
            json_string(j, "option", options[i].name);
        }
    }
    json_end_object(j);
}

const struct keyword keyword_ipopts = {
    .name = "ipopts",
    .dialects = 1 << DIALECT_SURICATA,
    .place = KEYWORD_PACKET,
    .needs_packet = true,
    .parse = parse,
    .match = match,
    .tell = tell,
    .help = "an option of the IPv4 header",
};

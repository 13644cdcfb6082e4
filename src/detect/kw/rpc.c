/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/kw/kw.h"

struct call {
    uint32_t program, version, procedure;
    bool any_version, any_procedure;
};

static bool part(struct rd *b, uint32_t *out, bool *any)
{
    bool comma;
    struct bytes w = bytes_trim(rd_until(b, ',', &comma), " \t");
    uint64_t x;

    *any = w.n == 0 || bytes_is(w, "*");
    if (*any) {
        return true;
    }
    if (!bytes_u64(w, &x) || x > UINT32_MAX) {
        return false;
    }
    *out = (uint32_t)x;
    return true;
}

/* "PROGRAM[,VERSION|*[,PROCEDURE|*]]" */
static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    struct call *to = kw_data(p, sizeof *to, err);
    struct rd b = rd_of(bytes_str(argument));
    bool any;

    (void)r;
    (void)place;
    *data = to;
    if (to == NULL) {
        return false;
    }
    return (part(&b, &to->program, &any) && !any && part(&b, &to->version, &to->any_version) && part(&b, &to->procedure, &to->any_procedure) &&
            rd_done(&b)) ||
           err_set(err, "invalid rpc option %.64s: write PROGRAM,VERSION,PROCEDURE, with * for any", argument);
}

/* A call at the head of the payload: RFC 5531 9, behind the record mark of RFC 5531 11 over TCP. */
static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    const struct call *c = data;
    struct rd b;
    uint32_t type, program, version, procedure;

    (void)r;
    if (s->view == NULL || !view_has(s->view, LAYER_TCP | LAYER_UDP)) {
        return false;
    }
    b = rd_of(s->view->payload);
    if (rd_left(&b) < (view_has(s->view, LAYER_TCP) ? 28 : 24)) {
        return false;
    }
    rd_skip(&b, view_has(s->view, LAYER_TCP) ? 8 : 4);
    type = rd_be32(&b);
    rd_skip(&b, 4);
    program = rd_be32(&b);
    version = rd_be32(&b);
    procedure = rd_be32(&b);
    return rd_ok(&b) && type == 0 && program == c->program && (c->any_version || version == c->version) &&
           (c->any_procedure || procedure == c->procedure);
}

const struct keyword keyword_rpc = {
    .name = "rpc",
    .dialects = 1 << DIALECT_SURICATA,
    .place = KEYWORD_PACKET,
    .needs_packet = true,
    .parse = parse,
    .match = match,
    .help = "program, version and procedure of an ONC RPC call: rpc:100000,*,5",
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/dcepdu.h"

enum { LITTLE = 0x10 };

static uint16_t u16(struct rd *r, bool little) { return little ? rd_le16(r) : rd_be16(r); }
static uint32_t u32(struct rd *r, bool little) { return little ? rd_le32(r) : rd_be32(r); }

const char *dcepdu_type_name(unsigned type)
{
    static const char *const names[DCE_TYPE_N] = { "REQUEST", "PING", "RESPONSE", "FAULT", "WORKING", "NOCALL", "REJECT", "ACK", "CL_CANCEL", "FACK",
        "CANCEL_ACK", "BIND", "BINDACK", "BINDNAK", "ALTER_CONTEXT", "ALTER_CONTEXT_RESP", "AUTH3", "SHUTDOWN", "CO_CANCEL", "ORPHANED", "RTS" };

    return type < DCE_TYPE_N ? names[type] : "UNKNOWN";
}

/* C706 appendix A: the first three fields are numbers in the order of the unit. */
void dcepdu_uuid(struct rd *r, bool little, uint8_t out[16])
{
    static const uint8_t order[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
    struct bytes b = rd_bytes(r, 16);

    for (unsigned i = 0; i < 16; i++) {
        out[i] = b.n != 0 ? b.p[little ? order[i] : i] : 0;
    }
}

bool dcepdu_header(struct rd r, struct dcepdu *out)
{
    out->major = rd_u8(&r);
    out->minor = rd_u8(&r);
    out->type = rd_u8(&r);
    out->flags = rd_u8(&r);
    out->little = (rd_u8(&r) & LITTLE) != 0;
    rd_skip(&r, 3);
    out->length = u16(&r, out->little);
    out->auth_length = u16(&r, out->little);
    out->call = u32(&r, out->little);
    out->body = bytes_none();
    return rd_ok(&r) && out->major == 5 && out->minor <= 1 && out->type < DCE_TYPE_N && out->length >= DCE_HEADER;
}

bool dcepdu_read(struct rd r, struct dcepdu *out)
{
    if (!dcepdu_header(r, out)) {
        return false;
    }
    rd_skip(&r, DCE_HEADER);
    out->body = rd_bytes(&r, out->length - DCE_HEADER);
    return rd_ok(&r);
}

unsigned dcepdu_bind(const struct dcepdu *p, struct rd *r)
{
    *r = rd_of(p->body);
    rd_skip(r, 8); /* fragment sizes, association group */
    unsigned n = rd_u8(r);
    rd_skip(r, 3);
    return rd_ok(r) ? n : 0;
}

bool dcepdu_context(const struct dcepdu *p, struct rd *r, struct dce_context *out)
{
    out->id = u16(r, p->little);
    unsigned transfers = rd_u8(r);
    rd_skip(r, 1);
    dcepdu_uuid(r, p->little, out->uuid);
    out->major = u16(r, p->little);
    out->minor = u16(r, p->little);
    rd_skip(r, transfers * 20u);
    return rd_ok(r);
}

/* C706 12.6.4.4: the secondary address is a counted string, padded to a multiple of four from the unit's start. */
unsigned dcepdu_bindack(const struct dcepdu *p, struct rd *r)
{
    *r = rd_of(p->body);
    rd_skip(r, 8);
    unsigned address = u16(r, p->little);
    rd_skip(r, address);
    rd_skip(r, (4 - (2 + address) % 4) % 4);
    unsigned n = rd_u8(r);
    rd_skip(r, 3);
    return rd_ok(r) ? n : 0;
}

bool dcepdu_result(const struct dcepdu *p, struct rd *r, uint16_t *result, uint16_t *reason)
{
    *result = u16(r, p->little);
    *reason = u16(r, p->little);
    rd_skip(r, 20);
    return rd_ok(r);
}

bool dcepdu_request(const struct dcepdu *p, struct dce_request *out)
{
    struct rd r = rd_of(p->body);

    rd_skip(&r, 4);
    out->context = u16(&r, p->little);
    out->opnum = u16(&r, p->little);
    bool good = rd_ok(&r);
    out->stub = rd_rest(&r);
    return good;
}

bool dcecl_read(struct rd r, struct dcecl *out)
{
    uint8_t version = rd_u8(&r);

    out->type = rd_u8(&r);
    out->flags = rd_u8(&r);
    out->flags2 = rd_u8(&r);
    out->little = (rd_u8(&r) & LITTLE) != 0;
    rd_skip(&r, 3);                            /* rest of the representation, serial number's high byte */
    rd_skip(&r, 16);                           /* object */
    dcepdu_uuid(&r, out->little, out->interface);
    dcepdu_uuid(&r, true, out->activity);
    rd_skip(&r, 4);                            /* boot time */
    out->version = u32(&r, out->little);
    out->sequence = u32(&r, out->little);
    out->opnum = u16(&r, out->little);
    rd_skip(&r, 4);                            /* hints */
    out->length = u16(&r, out->little);
    out->fragment = u16(&r, out->little);
    rd_skip(&r, 2);                            /* authentication's kind, serial number's low byte */
    out->stub = bytes_head(rd_peek(&r), out->length);
    return rd_ok(&r) && version == 4 && out->type <= DCE_CANCEL_ACK;
}

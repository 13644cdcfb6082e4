/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/ntlmssp.h"

#include "base/rows.h"
#include "wire/utf16.h"

enum { NEGOTIATE_UNICODE = 0x00000001, NEGOTIATE_VERSION = 0x02000000, TEXT_MAX = 1024 };

struct place {
    uint16_t n;
    uint32_t at;
};

/* 2.2.1: length, maximum length, offset. */
static struct place read_place(struct rd *r)
{
    struct place p = { .n = rd_le16(r) };

    rd_skip(r, 2);
    p.at = rd_le32(r);
    return p;
}

static struct bytes text_at(struct ntlmssp *m, struct bytes message, struct place p, struct arena *a)
{
    struct bytes b = bytes_head(bytes_from(message, p.at), p.n);

    m->odd |= b.n != p.n;
    return (m->flags & NEGOTIATE_UNICODE) != 0 ? utf16_text(b, a, TEXT_MAX) : arena_copy(a, bytes_head(b, TEXT_MAX));
}

static void read_version(struct rd *r, struct arena *a, struct ntlmssp *m)
{
    struct rd whole = *r;

    m->version = arena_copy(a, rd_bytes(&whole, 8));
    m->major = rd_u8(r);
    m->minor = rd_u8(r);
    m->build = rd_le16(r);
    rd_skip(r, 3);
    m->revision = rd_u8(r);
    m->has_version = rd_ok(r);
}

/* 2.2.1.3 */
static bool read_authenticate(struct rd r, struct bytes message, struct arena *a, struct ntlmssp *m)
{
    (void)read_place(&r); /* LM and NT responses */
    (void)read_place(&r);
    struct place domain = read_place(&r), user = read_place(&r), host = read_place(&r);
    (void)read_place(&r);
    m->flags = rd_le32(&r);
    if (!rd_ok(&r)) {
        return false;
    }
    if ((m->flags & NEGOTIATE_VERSION) != 0) {
        read_version(&r, a, m);
    }
    m->domain = text_at(m, message, domain, a);
    m->user = text_at(m, message, user, a);
    m->host = text_at(m, message, host, a);
    return true;
}

/* 2.2.1.2; the target's information is pairs (2.2.2.1): 1 the computer's NetBIOS name, 2 the domain's. */
static bool read_challenge(struct rd r, struct bytes message, struct arena *a, struct ntlmssp *m)
{
    struct bytes *const kept[] = { NULL, &m->host, &m->domain };

    (void)read_place(&r);
    m->flags = rd_le32(&r);
    if (!rd_ok(&r)) {
        return false;
    }
    rd_skip(&r, 16); /* the challenge, reserved */
    struct place info = read_place(&r);
    if ((m->flags & NEGOTIATE_VERSION) != 0) {
        read_version(&r, a, m);
    }
    struct rd pairs = rd_of(bytes_head(bytes_from(message, info.at), info.n));
    while (rd_ok(&r) && rd_left(&pairs) != 0) {
        uint16_t id = rd_le16(&pairs), n = rd_le16(&pairs);
        struct bytes value = rd_bytes(&pairs, n);
        if (id == 0) {
            break;
        }
        if (id < ROWS(kept) && rd_ok(&pairs)) {
            *kept[id] = utf16_text(value, a, TEXT_MAX);
        }
    }
    return true;
}

bool ntlmssp_find(struct bytes blob, struct arena *a, struct ntlmssp *out)
{
    static const struct bytes signature = BYTES("NTLMSSP\0");
    size_t at = bytes_find(blob, signature);

    *out = (struct ntlmssp){ .domain = bytes_none(), .user = bytes_none(), .host = bytes_none(), .version = bytes_none() };
    if (at == SIZE_MAX) {
        return false;
    }
    struct bytes message = bytes_from(blob, at);
    struct rd r = rd_of(message);
    rd_skip(&r, signature.n);
    out->type = rd_le32(&r);
    switch (out->type) {
    case NTLMSSP_NEGOTIATE: /* 2.2.1.1 */
        out->flags = rd_le32(&r);
        break;
    case NTLMSSP_CHALLENGE: return read_challenge(r, message, a, out);
    case NTLMSSP_AUTHENTICATE: return read_authenticate(r, message, a, out);
    default: out->odd = true; break;
    }
    return rd_ok(&r);
}

struct bytes ntlmssp_version(struct bytes blob)
{
    /* Where flags and version stand, by the message's type (2.2.1.1 to 2.2.1.3). */
    static const struct { uint8_t flags, version; } at[] = { [NTLMSSP_NEGOTIATE] = { 12, 32 }, [NTLMSSP_CHALLENGE] = { 20, 48 }, [NTLMSSP_AUTHENTICATE] = { 60, 64 } };
    static const struct bytes signature = BYTES("NTLMSSP\0");
    struct bytes message = bytes_from(blob, bytes_find(blob, signature));
    struct rd type = rd_of(bytes_from(message, signature.n)), flags, version;
    uint32_t is = rd_le32(&type);

    if (is >= ROWS(at) || at[is].flags == 0) {
        return bytes_none();
    }
    flags = rd_of(bytes_from(message, at[is].flags));
    version = rd_of(bytes_from(message, at[is].version));
    return (rd_le32(&flags) & NEGOTIATE_VERSION) != 0 ? rd_bytes(&version, 8) : bytes_none();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* derive - what follows from an entity's evidence. */
#include "aware/map.h"

#include <stdio.h>
#include <string.h>

/* Where names come from, the best first. */
static const uint8_t name_signs[] = { SIGN_DHCP_NAME, SIGN_DHCPV6_NAME, SIGN_NTLM_NAME, SIGN_MDNS_NAME, SIGN_NBNS_NAME, SIGN_LLMNR_NAME, SIGN_DNS_ANSWER,
                                      SIGN_LLDP, SIGN_CDP, SIGN_TLS_SNI, SIGN_HTTP_HOST };

bool sign_is_name(unsigned sign) { return memchr(name_signs, (int)sign, sizeof name_signs) != NULL; }

static struct bytes name_in(struct bytes b, unsigned sign)
{
    if (sign == SIGN_LLDP || sign == SIGN_CDP) {
        return bytes_head(b, bytes_find_byte(b, '\t'));
    }
    if (sign == SIGN_NBNS_NAME) {
        return bytes_head(b, bytes_find_byte(b, '<'));
    }
    return b;
}

struct bytes entity_name(const struct entity *e)
{
    for (unsigned i = 0; i < ROWS(name_signs) - 2; i++) { /* what clients ask for is not what it calls itself */
        const struct evidence *best = NULL;
        for (const struct tenure *t = e->tenure; t != NULL; t = t->next) {
            for (const struct evidence *v = t->evidence; v != NULL && t->until == 0; v = v->next) {
                if (v->sign == name_signs[i] && (best == NULL || v->last > best->last)) {
                    best = v;
                }
            }
        }
        struct bytes name = best != NULL ? name_in(bytes_of(best->word->text, best->word->n), best->sign) : bytes_none();
        if (name.n != 0) {
            return name;
        }
    }
    return bytes_none();
}

const char *entity_kind(const struct entity *e)
{
    return (e->flags & ENTITY_SERVICE_ADDRESS) != 0 ? "virtual router"
           : (e->flags & ENTITY_ROUTER) != 0        ? "router"
           : (e->flags & ENTITY_BRIDGE) != 0        ? "bridge"
                                                    : "host";
}

void derive_news(struct map *m, struct tenure *t, const struct seen *s)
{
    if (s->sign == SIGN_NBNS_NAME || s->sign == SIGN_DHCP_NAME || s->sign == SIGN_NTLM_NAME) {
        struct told told = { .ts = s->ts, .entity = t->entity, .tenure = t, .kind = TOLD_CHANGED, .what = "name", .rna_type = 1001, .rna_event = 21 };
        struct bytes name = entity_name(t->entity);
        snprintf(told.to, sizeof told.to, "%.*s", (int)(name.n < 79 ? name.n : 79), (const char *)name.p);
        map_tell(m, &told);
    }
}

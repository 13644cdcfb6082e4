/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of what carries inner packets: names, settings, whose rules look inside. */
#include "packet/decode.h"

#define ENABLED(id, key, help)                                                                                         \
    { "decoder." key ".enabled", OPTION_ENUM, offsetof(struct tunnel_options, enabled[id]), "auto", "auto no yes", 0, 0, NULL, \
      help ": decoded or not; auto: rules look inside where their own engine does; yes: all do" },
#define TAG(id, name, source)
#define TUNNEL(id, name, source, key, readers, help) ENABLED(id, key, help)
#define UDP_TUNNEL(id, name, source, key, port, readers, help)                                                         \
    ENABLED(id, key, help)                                                                                             \
    { "decoder." key ".ports", OPTION_LIST, offsetof(struct tunnel_options, ports[id]), #port, NULL, 0, 0, NULL, help ": ports it is recognised by" },
const struct option_row tunnel_rows[] = {
#include "packet/overlays.list"
};
const unsigned tunnel_row_n = ROWS(tunnel_rows);
#undef TAG
#undef TUNNEL
#undef UDP_TUNNEL

static const struct {
    const char *name, *source;
    uint8_t readers;
    bool tunnel;
} overlays[] = {
#define TAG(id, name, source) { name, source, READERS_ALL, false },
#define TUNNEL(id, name, source, key, readers, help) { name, source, readers, true },
#define UDP_TUNNEL(id, name, source, key, port, readers, help) { name, source, readers, true },
#include "packet/overlays.list"
#undef TAG
#undef TUNNEL
#undef UDP_TUNNEL
};
_Static_assert(OVERLAY_N <= 32, "a bit per overlay");

void decode_tunnels(struct decode_settings *s, const struct tunnel_options *o, uint8_t home)
{
    s->off = 0;
    for (unsigned i = 0; i < OVERLAY_N; i++) {
        bool natural = home == 0 || (overlays[i].readers & home) != 0;
        bool on = !overlays[i].tunnel || o->enabled[i] == TUNNEL_YES || (o->enabled[i] == TUNNEL_AUTO && natural);
        s->off |= on ? 0 : 1u << i;
        s->blind[i] = o->enabled[i] == TUNNEL_YES || overlays[i].readers == 0 ? 0 : READERS_ALL & (uint8_t)~overlays[i].readers;
    }
}

const char *overlay_name(enum overlay o) { return (size_t)o < ROWS(overlays) ? overlays[o].name : "unknown"; }

const char *overlay_source(enum overlay o) { return overlays[(size_t)o < ROWS(overlays) ? o : OVERLAY_NONE].source; }

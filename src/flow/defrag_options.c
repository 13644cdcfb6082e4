/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flow/defrag.h"

#define AT(field) offsetof(struct defrag_settings, field)

const struct option_row defrag_options[] = {
    { "defrag.enabled", OPTION_BOOL, AT(enabled), "yes", NULL, 0, 0, NULL, "put IP fragments together" },
    { "defrag.memcap", OPTION_BYTES, AT(memcap), "32 MiB", NULL, 0, 0, "bytes",
      "memory for fragments; at the cap the datagram that has waited longest is given up (a guard's normalising: the new fragment, by defrag.memcap-policy); 0: no cap" },
    { "defrag.trackers", OPTION_U32, AT(trackers), "65535", NULL, 1, UINT32_MAX, "datagrams", "datagrams under way at once" },
    { "defrag.max-frags", OPTION_U32, AT(max_frags), "65535", NULL, 1, UINT32_MAX, "fragments", "fragments kept at once" },
    { "defrag.timeout", OPTION_SECONDS, AT(timeout), "60", NULL, 1, 86400, "s", "silence after which an incomplete datagram is dropped" },
};
const unsigned defrag_option_n = ROWS(defrag_options);

const struct counter_row defrag_counters_rows[] = {
#define COUNTER(id, name, kind, help) { name, help, kind },
#include "flow/defrag_counters.list"
#undef COUNTER
};
const unsigned defrag_counter_n = ROWS(defrag_counters_rows);

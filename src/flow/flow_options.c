/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flow/flow.h"

#define TIMEOUT(path, row, state, preset, help)                                                                        \
    { "flow-timeouts." path, OPTION_SECONDS, offsetof(struct flow_settings, timeout[row][state]), preset, NULL, 0, 31536000, "s", help }
#define BYPASSED(path, row)                                                                                            \
    { "flow-timeouts." path ".bypassed", OPTION_SECONDS, offsetof(struct flow_settings, timeout_bypassed[row]), "100", NULL, 0, 31536000, \
      "s", "silence after which a bypassed flow ends" }
#define IN_KEY(path, field, help)                                                                                      \
    { path, OPTION_BOOL, offsetof(struct flow_settings, field), "yes", NULL, 0, 0, NULL, help }

const struct option_row flow_options[] = {
    { "flow.memcap", OPTION_BYTES, offsetof(struct flow_settings, memcap), "128 MiB", NULL, 0, 0, "bytes",
      "memory for flows of all workers together; at the cap the flow that would expire first is ended early; 0: no cap" },
    { "flow.hash-size", OPTION_U32, offsetof(struct flow_settings, hash_size), "65536", NULL, 1, UINT32_MAX, "flows",
      "flows the table has room for at start; it grows by itself" },
    { "flow.rate-tracking.bytes", OPTION_BYTES, offsetof(struct flow_settings, rate_bytes), "0", NULL, 0, 0, "bytes",
      "a flow that has so many in one direction within the interval is an elephant: counted, told in its record, and rules ask for it "
      "(flow.elephant); 0: none is" },
    { "flow.rate-tracking.interval", OPTION_SECONDS, offsetof(struct flow_settings, rate_interval), "10", NULL, 1, 65535, "s",
      "that interval, in whole seconds; one of more than 16 in steps of a sixteenth" },
    TIMEOUT("default.new", 0, FLOW_NEW, "30", "silence after which a one-sided flow ends, other protocols"),
    TIMEOUT("default.established", 0, FLOW_ESTABLISHED, "300", "silence after which a two-sided flow ends, other protocols"),
    TIMEOUT("default.closed", 0, FLOW_CLOSED, "0", "silence after which a closed flow ends, other protocols"),
    BYPASSED("default", 0),
    TIMEOUT("tcp.new", 1, FLOW_NEW, "60", "silence after which a TCP flow ends that is not established"),
    TIMEOUT("tcp.established", 1, FLOW_ESTABLISHED, "600", "silence after which an established TCP flow ends"),
    TIMEOUT("tcp.closed", 1, FLOW_CLOSED, "10", "silence after which a closed TCP flow ends"),
    BYPASSED("tcp", 1),
    TIMEOUT("udp.new", 2, FLOW_NEW, "30", "silence after which a one-sided UDP flow ends"),
    TIMEOUT("udp.established", 2, FLOW_ESTABLISHED, "300", "silence after which a two-sided UDP flow ends"),
    TIMEOUT("udp.closed", 2, FLOW_CLOSED, "0", "silence after which a closed UDP flow ends"),
    BYPASSED("udp", 2),
    TIMEOUT("icmp.new", 3, FLOW_NEW, "30", "silence after which a one-sided ICMPv4 flow ends"),
    TIMEOUT("icmp.established", 3, FLOW_ESTABLISHED, "300", "silence after which a two-sided ICMPv4 flow ends"),
    TIMEOUT("icmp.closed", 3, FLOW_CLOSED, "0", "silence after which a closed ICMPv4 flow ends"),
    BYPASSED("icmp", 3),
    IN_KEY("vlan.use-for-tracking", vlan_in_key, "packets of different VLANs are of different flows"),
    IN_KEY("decoder.recursion-level.use-for-tracking", level_in_key, "packets at different depths of tunnels are of different flows"),
    IN_KEY("livedev.use-for-tracking", device_in_key, "packets of different input devices are of different flows"),
    IN_KEY("tenant.use-for-tracking", tenant_in_key, "packets of different overlay networks (VNI, VSID) are of different flows"),
};
const unsigned flow_option_n = ROWS(flow_options);

const struct counter_row flow_counters[] = {
#define COUNTER(id, name, kind, help) { name, help, kind },
#include "flow/counters.list"
#undef COUNTER
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app/app.h"

#include <stdio.h>
#include <string.h>

const struct hand_setting hand_settings[] = {
    { .later = true, .path = "vars.address-groups.NAME", .help = "networks that rules name $NAME" },
    { .later = true, .path = "vars.port-groups.NAME", .help = "ports that rules name $NAME" },
    { .later = true, .path = "snort.port-groups.NAME", .help = "the same in rules of Snort's dialects, where `vars` does not say it" },
    { .path = "default-log-dir", .preset = "logs", .help = "the folder of logs; names of logs are below it" },
    { .path = "rule-files", .help = "files of rules, folders of them, or patterns" },
    { .path = "default-rule-path", .help = "the folder that names of rule-files are below" },
    { .path = "classification-file", .help = "the list of classes of rules" },
    { .path = "reference-config-file", .help = "the list of kinds of references" },
    { .later = true, .path = "engine-analysis.rules", .preset = "yes", .help = "`peccary suricata --engine-analysis` explains rules" },
    { .later = true, .path = "engine-analysis.rules-fast-pattern", .preset = "yes", .help = "… and what each is looked for by" },
    { .later = true, .path = "datasets.NAME", .help = "a set that rules name: type, load, save or state, memcap, hashsize" },
    { .later = true, .path = "geoip-database", .help = "the database that `geoip` asks (MaxMind's format)" },
    { .later = true, .path = "reputation-categories-file", .help = "the names of the categories that `iprep` asks" },
    { .later = true, .path = "default-reputation-path", .help = "the folder that names of reputation-files are below" },
    { .later = true, .path = "reputation-files", .help = "files of addresses with category and score" },
    { .path = "action-order", .help = "pass, drop, reject and alert, whose rules come first first" },
    { .path = "threading.set-cpu-affinity", .preset = "no", .help = "workers are bound to CPUs" },
    { .path = "threading.cpu-affinity.worker-cpu-set.cpu", .help = "to these: numbers, ranges (0-3), all; one each, in turn" },
    { .path = "threading.cpu-affinity.worker-cpu-set.mode", .preset = "exclusive", .help = "balanced: each worker on all of them" },
    { .path = "host-os-policy.POLICY", .help = "networks whose hosts put sessions and fragments together that way" },
    { .path = "app-layer.protocols.NAME.enabled", .preset = "yes", .help = "yes, no or detection-only; NAME.tcp.enabled and NAME.udp.enabled: over that transport" },
    { .path = "app-layer.protocols.NAME.detection-ports.dp", .help = "the servers' ports; NAME.tcp.detection-ports.dp, NAME.udp.detection-ports.dp" },
    { .path = "app-layer.protocols.NAME.encryption-handling", .preset = "track-only", .help = "of what is encrypted: track-only, bypass or full" },
    { .later = true, .path = "confine.enabled", .preset = "yes", .help = "rights are given up that are not needed" },
    { .later = true, .path = "run-as.user", .help = "the user that the program goes on as" },
    { .later = true, .path = "run-as.group", .help = "the group that it goes on with" },
    { .later = true, .path = "unix-command.enabled", .preset = "auto", .help = "there is a control socket: yes, no or auto" },
    { .later = true, .path = "unix-command.filename", .help = "where it is" },
    { .later = true, .path = "pid-file", .help = "where `peccary suricata -D` writes the process's number, unless --pidfile says" },
    { .later = true, .path = "metrics.listen", .help = "PORT or ADDRESS:PORT where counters are told to OpenMetrics scrapers" },
    { .later = true, .path = "af-packet", .help = "Suricata's list of interfaces, for `peccary suricata`" },
    { .later = true, .path = "af-xdp", .help = "the same" },
    { .later = true, .path = "pcap", .help = "the same" },
    { .later = true, .path = "pcap-file.continuous", .preset = "no", .help = "of `peccary suricata -r FOLDER`: captures are read as they come" },
    { .later = true, .path = "pcap-file.recursive", .preset = "no", .help = "folders below it too" },
    { .later = true, .path = "pcap-file.delete-when-done", .preset = "no", .help = "a capture that was read is deleted" },
    { .later = true, .path = "pcap-file.poll-interval", .preset = "5", .unit = "s", .help = "how often it is looked for new ones" },
    { .later = true, .path = "pcap-file.delay", .preset = "30", .unit = "s", .help = "how long one must not have grown" },
    { .later = true, .path = "rule-update.sources", .help = "where `peccary rules update` gets rules: URLs, archives, folders, files" },
    { .later = true, .path = "rule-update.local", .help = "one's own files and folders: their rules go before others of the same number" },
    { .later = true, .path = "rule-update.disable-conf", .help = "a list of rules to leave out" },
    { .later = true, .path = "rule-update.enable-conf", .help = "a list of rules to take although they are commented out" },
    { .later = true, .path = "rule-update.drop-conf", .help = "a list of rules whose action becomes drop" },
    { .later = true, .path = "rule-update.modify-conf", .help = "a list of rules with what of their text becomes what" },
    { .later = true, .path = "rule-update.output", .preset = "rules", .help = "the folder that the merged files are written to" },
    { .path = "port-scan.enabled", .preset = "no", .help = "scans and sweeps are told" },
    { .path = "port-scan.protocols", .preset = "all", .help = "of: tcp udp ip icmp" },
    { .path = "port-scan.types", .preset = "all", .help = "of: portscan decoy portsweep distributed" },
    { .path = "port-scan.sense-level", .preset = "low", .help = "low, medium or high" },
    { .path = "port-scan.watch-ip", .help = "only these networks are looked at" },
    { .path = "port-scan.ignore-scanners", .help = "networks that may scan" },
    { .path = "port-scan.ignore-scanned", .help = "networks that may be scanned" },
    { .path = "port-scan.alert-all", .preset = "no", .help = "each packet beyond the limits is told, not one a window" },
    { .path = "port-scan.include-midstream", .preset = "no", .help = "sessions whose beginning was not seen count" },
    { .path = "port-scan.memcap", .preset = "10mb", .unit = "bytes", .help = "memory of it" },
    { .path = "arp-spoof.enabled", .preset = "no", .help = "ARP that contradicts is told" },
    { .path = "arp-spoof.hosts", .help = "entries 'ADDRESS HARDWARE-ADDRESS' that must hold" },
    { .path = "address-lists.enabled", .preset = "no", .help = "files of addresses block, allow or watch" },
    { .path = "address-lists.lists", .help = "entries with file, action (block, allow, monitor) and tenant" },
    { .path = "address-lists.folder", .help = "the folder that their files are in" },
    { .path = "address-lists.priority", .preset = "allow", .help = "block or allow: who wins where an address is in both" },
    { .path = "address-lists.scan-local", .preset = "no", .help = "private addresses are looked up too" },
    { .path = "address-lists.trust", .preset = "no", .help = "what is allowed is not looked at any more" },
    { .path = "outputs", .help = "a list of eve-log, fast, stats, pcap-log, file-store, tls-store, unified2-alert, alert-fast, alert-full, alert-csv, alert-json" },
};
const unsigned hand_setting_n = ROWS(hand_settings);

void hand_settings_mark(struct conf *c)
{
    for (unsigned i = 0; i < hand_setting_n; i++) {
        struct rd r = rd_of(bytes_str(hand_settings[i].path));
        char path[128] = "";
        size_t n = 0;
        for (bool more = hand_settings[i].later; more && n < sizeof path;) {
            struct bytes key = rd_until(&r, '.', &more);
            bool any = bytes_is(key, "NAME");
            n += (size_t)snprintf(path + n, sizeof path - n, "%.*s.", any ? 1 : (int)key.n, any ? "*" : (const char *)key.p);
        }
        if (n != 0 && n + 2 < sizeof path) {
            memcpy(path + n, "**", 3);
            conf_mark_used(c, path);
        }
    }
}

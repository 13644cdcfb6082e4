/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "script/script.h"
#include "snort/snort.h"

#include "tap.h"

#include <stdlib.h>
#include <unistd.h>

/* What a configuration comes to, a line each: settings, rules, filters, classes, files of rules, what means nothing. */
static void told(const struct snort_config *c, struct text *out)
{
    const struct text *listed[] = { &c->settings, &c->unused };
    const struct text *plain[] = { &c->thresholds, &c->classes, &c->references, &c->outputs };
    unsigned said = 0;

    for (unsigned i = 0; i < 2; i++) {
        for (size_t at = 0; at < listed[i]->n; at += strlen(listed[i]->p + at) + 1) {
            if (i != 0 || said++ % 2 == 0) { /* behind a setting stands who says it */
                text_printf(out, "%s%s\n", i != 0 ? "unused " : "", listed[i]->p + at);
            }
        }
    }
    for (const struct snort_rules *r = c->rules; r != NULL; r = r->next) {
        text_printf(out, "rules of %s:\n", strrchr(r->name, '/') != NULL ? strrchr(r->name, '/') + 1 : r->name);
        text_add(out, r->text.p, r->text.n);
    }
    for (unsigned i = 0; i < 4; i++) {
        text_add(out, plain[i]->p, plain[i]->n);
    }
    for (unsigned i = 0; i < c->rule_file_n; i++) {
        const char *slash = strrchr(c->rule_file[i], '/');
        text_printf(out, "file %s\n", slash != NULL ? slash + 1 : c->rule_file[i]);
    }
    text_str(out, c->builtin ? "builtin\n" : "");
    text_str(out, c->mode == SNORT_INLINE ? "prevent\n" : c->mode == SNORT_INLINE_TEST ? "test\n" : c->mode == SNORT_TAP ? "tap\n" : "");
    text_str(out, c->daemon ? "daemon\n" : "");
    text_printf(out, c->umask >= 0 ? "umask %o\n" : "", (unsigned)c->umask);
}

static void put(const char *folder, const char *name, const char *text)
{
    char path[512];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    if (f != NULL) {
        fputs(text, f);
        fclose(f);
    }
}

/* Reads text as a configuration of that name; what it comes to, or "wrong: …". */
static void one(const char *name, const char *text, const char *chunk, const char *want, const char *why)
{
    char folder[] = "/tmp/snort-test-XXXXXX", path[512];
    struct snort_config c;
    struct err err = { "" };
    struct text got;

    snort_config_init(&c);
    text_init(&got, 0);
    if (mkdtemp(folder) == NULL) {
        ok(false, "a folder for the test");
        return;
    }
    put(folder, "a.rules", "alert tcp any any -> any any (msg:\"a\"; sid:1;)\n");
    put(folder, "list.rules", "include a.rules\nalert tcp any any -> any any (msg:\"b\"; sid:2;)\n");
    put(folder, "more.lua", "HOME_NET = '10.0.0.0/8'\n");
    put(folder, "more.conf", "ipvar HOME_NET 10.0.0.0/8\n");
    put(folder, "deep.lua", "include 'deep.lua'\n");
    put(folder, name, text);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    bool read = snort_config_read(&c, path, &chunk, chunk != NULL, &err);
    if (read) {
        told(&c, &got);
    } else {
        text_printf(&got, "wrong: %s", strstr(err.text, want + 7) != NULL ? want + 7 : err.text);
    }
    text_byte(&got, '\0');
    is_str(got.p, want, why);
    text_fini(&got);
    snort_config_fini(&c);
    static const char *const names[] = { "a.rules", "list.rules", "more.lua", "more.conf", "deep.lua" };
    for (size_t i = 0; i <= sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, i == 0 ? name : names[i - 1]);
        unlink(path);
    }
    rmdir(folder);
}

#define FIVE "10.0.0.1,10.0.0.1,10.0.0.1,10.0.0.1,10.0.0.1,"
#define TEN FIVE FIVE

static const struct {
    const char *text, *chunk, *want, *why;
} lua_rows[] = {
    { "x = 1", NULL, "", "a variable is no setting" },
    { "include 'more.lua'\nips = { variables = { nets = { HOME_NET = HOME_NET } } }", NULL, "vars.address-groups.HOME_NET=10.0.0.0/8\n",
      "files are included, variables of networks become groups" },
    { "ips = { variables = { ports = { P = ' 80 443' }, nets = { N = '[ 1.1.1.1, !1.1.1.2 ]' } } }", NULL,
      "vars.address-groups.N=[1.1.1.1,!1.1.1.2]\nvars.port-groups.P=[80,443]\n", "blanks between entries are commas" },
    { "ips = { include = '$R/list.rules', variables = { paths = { R = '.' } } }", NULL,
      "rules of list.rules:\n\nalert tcp any any -> any any (msg:\"b\"; sid:2;)\nfile a.rules\n", "rules include rules, by variables of paths; what stands beside keeps its file and line" },
    { "ips = { rules = [[\nalert tcp any any -> any any ( sid:3; )\n]], enable_builtin_rules = true, mode = 'inline' }", NULL,
      "rules of (ips.rules):\nalert tcp any any -> any any ( sid:3; )\nbuiltin\nprevent\n", "rules within the configuration, builtin rules, the mode" },
    { "suppress = { { gid = 1, sid = 2, track = 'by_dst', ip = '1.2.3.4' }, { track = 'by_src', ip = '1.2.3.5' } }", NULL,
      "suppress sig_id 2, gen_id 1, track by_dst, ip 1.2.3.4\nsuppress sig_id 0, gen_id 0, track by_src, ip 1.2.3.5\n", "suppressions" },
    { "event_filter = { { sid = 1, type = 'limit', track = 'by_src', count = 2, seconds = 10 } }", NULL,
      "event_filter sig_id 1, gen_id 1, type limit, track by_src, count 2, seconds 10\n", "the generator of a filter is 1 when not said" },
    { "alert_csv = { file = true, fields = 'sid msg', separator = ';' }", NULL,
      "  - alert_csv:\n      enabled: yes\n      filetype: regular\n      fields: 'sid msg'\n      separator: ';'\n", "an output with its options" },
    { "binder = { { when = { proto = 'tcp', ports = '502 503' }, use = { type = 'modbus' } } }", NULL,
      "app-layer.protocols.modbus.tcp.detection-ports.dp=502,503\n", "a binding by port" },
    { "stream_tcp = { policy = 'win_2003' }\nstream_ip = { session_timeout = 30 }", NULL,
      "defrag.timeout=30\nhost-os-policy.windows2k3=0.0.0.0/0,::/0\n", "a policy by its other name" },
    { "stream_tcp = { policy = 'windows' }\nstream_ip = { policy = 'linux' }", NULL,
      "host-os-policy.windows=0.0.0.0/0,::/0\nunused stream_ip: policy linux, since stream_tcp has windows for the same hosts\n", "two policies for the same hosts" },
    { "stream_tcp = { policy = 'proxy' }", NULL, "unused stream_tcp: policy proxy\n", "a policy that exists in Snort alone" },
    { "stream_udp = { session_timeout = 2147483647 }", NULL, "flow-timeouts.udp.new=31536000\nflow-timeouts.udp.established=31536000\n", "what is without end there is long here" },
    { "ips = { mode = 'inline-test' }", NULL, "test\n", "a test prevents nothing" },
    { "ips = { mode = 'tap' }", NULL, "tap\n", "nor does looking" },
    { "ips = { mode = 'inlines' }", NULL, "unused the mode inlines\n", "what is no mode is told" },
    { "process = { set_uid = 'snort', set_gid = 'snort', umask = 18, daemon = true, chroot = '/x' }", NULL,
      "run-as.group=snort\nrun-as.user=snort\nunused process.chroot\ndaemon\numask 22\n", "the process" },
    { "http_inspect = { decompress_pdf = true, request_depth = 10 }", NULL, "app-layer.file-data.pdf=yes\nunused http_inspect.request_depth\n", "what the HTTP inspector opens" },
    { "unified2 = { limit = 128 }", NULL, "  - unified2:\n      enabled: yes\n      filename: 'unified2.log'\n      limit: '128mb'\n", "unified2, its limit in MB" },
    { "alert_full = { file = true, limit = 10 }", NULL, "  - alert_full:\n      enabled: yes\n      filetype: regular\n      rotate-size: '10mb'\n", "a limit is a size" },
    { "suppress = { { sid = 2, track = 'by_src', ip = '[' .. string.rep('10.0.0.1,', 40) .. '10.0.0.2]' } }", NULL,
      "suppress sig_id 2, gen_id 1, track by_src, ip [" TEN TEN TEN TEN "10.0.0.2]\n", "a text is as long as it is" },
    { "port_scan = { protos = 'tcp udp', scan_types = 'portscan decoy_portscan', tcp_ports = { scans = 5 } }", NULL,
      "port-scan.enabled=yes\nport-scan.protocols=tcp udp\nport-scan.types=portscan decoy\nport-scan.tcp.portscan.scans=5\n", "port scans" },
    { "arp_spoof = { hosts = { { ip = '1.2.3.4', mac = '00:01:02:03:04:05' } } }", NULL,
      "arp-spoof.enabled=yes\narp-spoof.hosts.0=1.2.3.4 00:01:02:03:04:05\n", "ARP" },
    { "reputation = { blocklist = '/x', priority = 'blocklist' }", NULL,
      "address-lists.enabled=yes\naddress-lists.lists.0.file=/x\naddress-lists.lists.0.action=block\naddress-lists.priority=block\n"
      "address-lists.trust=no\naddress-lists.scan-local=no\n", "lists of addresses" },
    { "appid = { }\nstream_tcp = { bytes = 1 }\nmine = {}", NULL, "unused stream_tcp.bytes\nunused appid\n",
      "modules and options that mean nothing are told, a table of one's own is not" },
    { "stream_ipp = { }\n\nhttp_inspcet = { }\nstream_udp = { }\nfiles = { }", NULL,
      "unused http_inspcet (snort.lua:3: no module is called so; http_inspect is)\nunused stream_ipp (snort.lua:1: no module is called so; stream_ip is)\n",
      "a misspelt module is told with its place and the one that is meant" },
    { "classifications = { { name = 'a', priority = 2, text = 'A b' } }", NULL, "config classification: a,A b,2\n", "classes" },
    { "ips = {}", "ips.enable_builtin_rules = true", "builtin\n", "a chunk of the command line runs behind the file" },
    { "include '../x.lua'", NULL, "wrong: only files of the configuration's folder", "no way out of the folder" },
    { "include '/etc/passwd'", NULL, "wrong: only files of the configuration's folder", "nor by a whole path" },
    { "include 'deep.lua'", NULL, "wrong: deep", "a file that includes itself" },
    { "\nwhile true do end", NULL, "wrong: snort.lua:2: the script took more than", "a program without end is told with its place" },
    { "appid = 5\nips = 'x'\nnetwork = { checksum_eval = 5 }", NULL,
      "unused ips (a table is wanted, it is a string)\nunused network.checksum_eval 5\nunused appid (a table is wanted, it is a number)\n", "what is no table, no mode, is told" },
    { "x = {", NULL, "wrong: snort.lua:1", "a mistake is told with its place" },
    { "ips = { include = 'none.rules' }", NULL, "file none.rules\n", "a file of rules that is not there is told where rules are read" },
};

static const struct {
    const char *text, *want, *why;
} conf_rows[] = {
    { "# nothing\n\nvar RULE_PATH .\ninclude $RULE_PATH/a.rules\n", "file a.rules\n", "rules by a variable" },
    { "include more.conf\nportvar P [80,\\\n  443]\n", "vars.address-groups.HOME_NET=10.0.0.0/8\nvars.port-groups.P=[80,443]\n",
      "a further file; a line that goes on" },
    { "var HOME_NET 192.168.0.0/16\nvar LIST ../lists\n", "vars.address-groups.HOME_NET=192.168.0.0/16\n", "var: an address, and a path" },
    { "config checksum_mode: none\nconfig event_queue: max_queue 8 log 5\nconfig flowbits_size: 64\n",
      "pcap-file.checksum-checks=no\npacket-alert-max=5\nunused config flowbits_size\n", "config lines" },
    { "preprocessor stream5_tcp: policy windows, timeout 180\npreprocessor http_inspect: global\npreprocessor bo\n",
      "flow-timeouts.tcp.established=180\nhost-os-policy.windows=0.0.0.0/0,::/0\nunused preprocessor bo\n", "preprocessors" },
    { "preprocessor frag3_engine: policy first bind_to [10.1.0.0/16,10.2.0.0/16] detect_anomalies\npreprocessor stream5_tcp: bind_to 10.3.0.0/16, policy first\n"
      "preprocessor stream5_tcp: policy linux\n",
      "host-os-policy.first=10.1.0.0/16,10.2.0.0/16,10.3.0.0/16\nhost-os-policy.linux=0.0.0.0/0,::/0\n", "policies of targets" },
    { "preprocessor http_inspect_server: server default profile all decompress_swf { deflate lzma } decompress_pdf { deflate }\n",
      "app-layer.file-data.pdf=yes\napp-layer.file-data.swf=yes\n", "what the HTTP inspector opens" },
    { "config set_uid: snort\nconfig umask: 022\nconfig daemon\nconfig policy_mode: inline_test\n", "run-as.user=snort\ntest\ndaemon\numask 22\n", "the process" },
    { "output unified2: filename snort.log, limit 64, nostamp\n", "  - unified2:\n      enabled: yes\n      filename: 'snort.log'\n      limit: '64mb'\n", "unified2" },
    { "output alert_fast: alert packet 2M\n",
      "  - alert_fast:\n      enabled: yes\n      filetype: regular\n      old: yes\n      filename: 'alert'\n      packet: yes\n      rotate-size: '2mb'\n", "a limit in megabytes" },
    { "preprocessor sfportscan: proto { all } memcap { 10000000 } sense_level { low }\npreprocessor arpspoof\n"
      "preprocessor arpspoof_detect_host: 1.2.3.4 00:01:02:03:04:05\n",
      "port-scan.enabled=yes\nport-scan.protocols=all\nport-scan.memcap=10000000\nport-scan.sense-level=low\narp-spoof.enabled=yes\n"
      "arp-spoof.hosts.0=1.2.3.4 00:01:02:03:04:05\n", "port scans and ARP" },
    { "output alert_fast: snort.alert\n", "  - alert_fast:\n      enabled: yes\n      filetype: regular\n      old: yes\n      filename: 'snort.alert'\n", "an output to a file" },
    { "output alert_csv: stdout timestamp,sig_id,srcport\n",
      "  - alert_csv:\n      enabled: yes\n      filetype: console\n      old: yes\n      separator: ','\n      fields: 'timestamp sid src_port '\n", "fields by Snort 2's names" },
    { "suppress gen_id 1, sig_id 2\nalert tcp any any -> any any (sid:9;)\n",
      "rules of snort.conf:\n\nalert tcp any any -> any any (sid:9;)\nsuppress gen_id 1, sig_id 2\n", "filters and rules as they stand" },
    { "config classification: a,A,1\n", "config classification: a,A,1\n", "classes" },
    { "nonsense here\n", "wrong: snort.conf:1: 'nonsense' is no directive", "what is no directive is told" },
    { "include none.conf\n", "wrong: No such file", "a file that is not there" },
};

int main(void)
{
    for (size_t i = 0; script_built() && i < sizeof lua_rows / sizeof *lua_rows; i++) {
        one("snort.lua", lua_rows[i].text, lua_rows[i].chunk, lua_rows[i].want, lua_rows[i].why);
    }
    for (size_t i = 0; i < sizeof conf_rows / sizeof *conf_rows; i++) {
        one("snort.conf", conf_rows[i].text, NULL, conf_rows[i].want, conf_rows[i].why);
    }
    return done_testing();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app/app.h"

#include <string.h>

/* The keys are those of suricata.yaml, so that what people know holds. */
const char preset_settings[] =
    "%YAML 1.1\n"
    "---\n"
    "vars:\n"
    "  address-groups:\n"
    "    HOME_NET: '[192.168.0.0/16,10.0.0.0/8,172.16.0.0/12,fd00::/8]'\n"
    "    EXTERNAL_NET: '!$HOME_NET'\n"
    "    HTTP_SERVERS: '$HOME_NET'\n"
    "    SMTP_SERVERS: '$HOME_NET'\n"
    "    SQL_SERVERS: '$HOME_NET'\n"
    "    DNS_SERVERS: '$HOME_NET'\n"
    "    TELNET_SERVERS: '$HOME_NET'\n"
    "    AIM_SERVERS: '$EXTERNAL_NET'\n"
    "    DC_SERVERS: '$HOME_NET'\n"
    "    DNP3_SERVER: '$HOME_NET'\n"
    "    DNP3_CLIENT: '$HOME_NET'\n"
    "    MODBUS_CLIENT: '$HOME_NET'\n"
    "    MODBUS_SERVER: '$HOME_NET'\n"
    "    ENIP_CLIENT: '$HOME_NET'\n"
    "    ENIP_SERVER: '$HOME_NET'\n"
    "    SIP_SERVERS: '$HOME_NET'\n"
    "    FTP_SERVERS: '$HOME_NET'\n"
    "    SSH_SERVERS: '$HOME_NET'\n"
    "    SNMP_SERVERS: '$HOME_NET'\n"
    "  port-groups:\n"
    "    HTTP_PORTS: '80'\n"
    "    SHELLCODE_PORTS: '!80'\n"
    "    ORACLE_PORTS: 1521\n"
    "    SSH_PORTS: 22\n"
    "    DNP3_PORTS: 20000\n"
    "    MODBUS_PORTS: 502\n"
    "    FILE_DATA_PORTS: '[$HTTP_PORTS,110,143]'\n"
    "    FTP_PORTS: 21\n"
    "    GENEVE_PORTS: 6081\n"
    "    VXLAN_PORTS: 4789\n"
    "    TEREDO_PORTS: 3544\n"
    "    SIP_PORTS: '[5060,5061]'\n"
    /* What Snort 3 takes these to be, for rules of its dialects. */
    "snort:\n"
    "  port-groups:\n"
    "    HTTP_PORTS: '[80,81,311,383,591,593,901,1220,1414,1741,1830,2301,2381,2809,3037,3128,3702,4343,4848,5250,6988,7000:7001,7144:7145,"
    "7510,7777,7779,8000,8008,8014,8028,8080,8085,8088,8090,8118,8123,8180:8181,8243,8280,8300,8800,8888,8899,9000,9060,9080,9090:9091,"
    "9443,9999,11371,34443:34444,41080,50002,55555]'\n"
    "    ORACLE_PORTS: '1024:'\n"
    "    SSH_PORTS: 22\n"
    "    FTP_PORTS: '[21,2100,3535]'\n"
    "    SIP_PORTS: '[5060:5061,5600]'\n"
    "    MAIL_PORTS: '[110,143]'\n"
    "    FILE_DATA_PORTS: '[$HTTP_PORTS,$MAIL_PORTS]'\n"
    "    GTP_PORTS: '[2123,2152,3386]'\n"
    "default-log-dir: logs\n"
    "outputs:\n"
    "  - fast:\n"
    "      enabled: yes\n"
    "      filename: fast.log\n"
    "      append: no\n"
    "  - eve-log:\n"
    "      enabled: yes\n"
    "      filename: eve.json\n"
    "      append: no\n"
    "      community-id: true\n"
    "      types:\n"
    "        - alert\n"
    "        - anomaly:\n"
    "            types:\n"
    "              decode: yes\n"
    "              stream: no\n"
    "              applayer: yes\n"
    "        - protocols\n"
    "        - http:\n"
    "            extended: yes\n"
    "        - tls:\n"
    "            extended: yes\n"
    "        - files\n"
    "        - entity\n"
    "        - drop\n"
    "        - stats\n"
    "        - flow\n"
    "aware:\n"
    "  enabled: yes\n"
    "app-layer:\n"
    "  protocols:\n"
    "    tls:\n"
    "      ja3-fingerprints: yes\n"
    "      ja4-fingerprints: yes\n"
    "stream:\n"
    "  memcap: 64 MiB\n"
    "  reassembly:\n"
    "    memcap: 256 MiB\n";

const char preset_hosts[] =
    "%YAML 1.1\n"
    "---\n"
    "default-log-dir: .\n"
    "aware:\n"
    "  enabled: yes\n"
    "  gone: 0\n" /* of captures all hosts are listed, though years lie between them */
    "pcap-file:\n"
    "  checksum-checks: no\n" /* a host that records itself sees its own frames before their checksums are made */
    "app-layer:\n"
    "  protocols:\n"
    "    tls:\n"
    "      ja3-fingerprints: yes\n"
    "      ja4-fingerprints: yes\n"
    "stream:\n"
    "  memcap: 64 MiB\n"
    "  midstream: yes\n"
    "  reassembly:\n"
    "    memcap: 128 MiB\n";

/* A capture is read once more; of what a sensor told before nothing goes. */
bool preset_live(struct text *out)
{
    static const char once[] = "      append: no\n";

    for (const char *line = preset_settings, *end; *line != '\0'; line = end) {
        end = strchr(line, '\n') + 1;
        if (strncmp(line, once, sizeof once - 1) != 0) {
            text_add(out, line, (size_t)(end - line));
        }
    }
    text_byte(out, '\0');
    return !out->cut;
}

bool preset_quiet(struct text *out)
{
    static const char *const told[] = { "outputs:", "aware:" };
    bool leave = false;

    for (const char *line = preset_settings, *end; *line != '\0'; line = end) {
        end = strchr(line, '\n') + 1;
        if (*line != ' ') {
            leave = false;
            for (size_t i = 0; i < ROWS(told); i++) {
                leave |= strncmp(line, told[i], strlen(told[i])) == 0;
            }
        }
        if (!leave) {
            text_add(out, line, (size_t)(end - line));
        }
    }
    text_byte(out, '\0');
    return !out->cut;
}

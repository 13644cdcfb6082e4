/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "aware/print_table.h"

#include "base/rows.h"
#include "tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* What the program's own tables say: family, name and version of the first guess that speaks of a system, else the first's product. */
static const struct {
    const char *why;
    enum sign sign;
    const char *text;
    unsigned family, device, hypervisor;
    const char *os, *version, *product, *product_version;
} own[] = {
    { "a build of NTLMSSP", SIGN_NTLM_VERSION, "10.0.17763", OS_FAMILY_WINDOWS, 0, 0, "Windows 10 1809 or Server 2019", "10.0.17763", NULL, NULL },
    { "Samba's number is no Windows", SIGN_NTLM_VERSION, "6.1.0", OS_FAMILY_LINUX, 0, 0, NULL, NULL, NULL, NULL },
    { "a frozen browser names a range and no version", SIGN_HTTP_USER_AGENT, "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:91.0) Gecko/20100101 Firefox/91.0",
      OS_FAMILY_WINDOWS, DEVICE_COMPUTER, 0, "Windows 10 or 11", "", NULL, NULL },
    { "a frozen Mac, too", SIGN_HTTP_USER_AGENT, "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.1 Safari/605.1.15",
      OS_FAMILY_MACOS, DEVICE_COMPUTER, 0, "macOS 10.15 or later", "", NULL, NULL },
    { "Android before Linux", SIGN_HTTP_USER_AGENT, "Mozilla/5.0 (Linux; Android 11; SM-A715F) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/89.0.4389.105 Mobile Safari/537.36",
      OS_FAMILY_ANDROID, DEVICE_PHONE, 0, "Android", "11", NULL, NULL },
    { "an iPad is like Mac OS X", SIGN_HTTP_USER_AGENT, "Mozilla/5.0 (iPad; CPU OS 12_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
      OS_FAMILY_IOS, DEVICE_TABLET, 0, "iOS", "12_2", NULL, NULL },
    { "a program without a system", SIGN_HTTP_USER_AGENT, "curl/8.5.0", 0, 0, 0, NULL, NULL, "curl", "8.5.0" },
    { "a distribution's package revision", SIGN_SSH_SOFTWARE, "OpenSSH_8.9p1 Ubuntu-3ubuntu0.1", OS_FAMILY_LINUX, 0, 0, "Ubuntu", "22.04", NULL, NULL },
    { "one that stands in no row", SIGN_SSH_SOFTWARE, "OpenSSH_7.1p9 Ubuntu-4", OS_FAMILY_LINUX, 0, 0, "Ubuntu", "", NULL, NULL },
    { "Windows 10's wishes", SIGN_DHCP_PARAMS, "1,3,6,15,31,33,43,44,46,47,119,121,249,252", OS_FAMILY_WINDOWS, 0, 0, "Windows 10 or 11", "", NULL, NULL },
    { "Android's client with its version", SIGN_DHCP_VENDOR, "android-dhcp-13", OS_FAMILY_ANDROID, 0, 0, "Android", "13", NULL, NULL },
    { "Linux by its layout and window", SIGN_TCP_SYN, "4:64+0:0:1460:mss*44,7:mss,sok,ts,nop,ws:df,id+:0", OS_FAMILY_LINUX, 0, 0, "Linux 4.19 or later", "", NULL, NULL },
    { "the same window in bytes", SIGN_TCP_SYN, "4:58+6:0:1460:64240,7:mss,sok,ts,nop,ws:df,id+:0", OS_FAMILY_LINUX, 0, 0, "Linux 4.19 or later", "", NULL, NULL },
    { "over IPv6, with a flow label", SIGN_TCP_SYN, "6:64+0:0:1440:mss*45,7:mss,sok,ts,nop,ws:flow:0", OS_FAMILY_LINUX, 0, 0, "Linux 4.19 or later", "", NULL, NULL },
    { "Windows by layout and TTL", SIGN_TCP_SYN, "4:127+1:0:1460:65535,8:mss,nop,ws,nop,nop,sok:df,id+:0", OS_FAMILY_WINDOWS, 0, 0, "Windows 10 or later", "", NULL, NULL },
    { "a scanner is a program", SIGN_TCP_SYN, "4:48+16:0:1460:1024,0:mss::0", 0, 0, 0, NULL, NULL, "Nmap", NULL },
    { "a SYN/ACK beside its SYN", SIGN_TCP_SYNACK, "4:128+0:0:1460:8192,8:mss,nop,ws,sok,ts:df,id+:0 4:64+0:0:1460:mss*44,7:mss,sok,ts,nop,ws:df,id+:0",
      OS_FAMILY_WINDOWS, 0, 0, "Windows Vista or later", "", NULL, NULL },
    { "QEMU's cards, whatever the register says", SIGN_MAC, "52:54:00:12:34:56", 0, 0, HYPERVISOR_KVM, NULL, NULL, NULL, NULL },
    { "a container's card carries its address", SIGN_MAC, "02:42:ac:11:00:02 172.17.0.2", 0, 0, HYPERVISOR_CONTAINER, NULL, NULL, NULL, NULL },
    { "or a private one, when the host's is not known", SIGN_MAC, "02:42:ac:11:00:02", 0, 0, HYPERVISOR_CONTAINER, NULL, NULL, NULL, NULL },
    { "but the gateway of VirtualBox's NAT", SIGN_MAC, "52:54:00:12:35:02", 0, DEVICE_NAT, HYPERVISOR_VIRTUALBOX, NULL, NULL, NULL, NULL },
    { "the gateway of QEMU's user network", SIGN_MAC, "52:55:0a:00:02:02", 0, DEVICE_NAT, HYPERVISOR_KVM, NULL, NULL, NULL, NULL },
    { "the NAT of a VMware host's own network", SIGN_MAC, "00:50:56:e8:0a:b1", 0, DEVICE_NAT, HYPERVISOR_VMWARE, NULL, NULL, NULL, NULL },
    { "a vmkernel port is a hypervisor", SIGN_MAC, "00:50:56:6a:00:01", OS_FAMILY_HYPERVISOR, DEVICE_SERVER, HYPERVISOR_VMWARE, "ESXi", "", NULL, NULL },
    { "a web server with its system", SIGN_HTTP_SERVER, "Apache/2.4.41 (Ubuntu)", OS_FAMILY_LINUX, DEVICE_SERVER, 0, "Ubuntu", "", NULL, NULL },
    { "an old IIS tells its system", SIGN_HTTP_SERVER, "Microsoft-IIS/7.5", OS_FAMILY_WINDOWS, DEVICE_SERVER, 0, "Windows Server 2008 R2 or 7", "6.1", NULL, NULL },
    { "a printer by its banner", SIGN_BANNER, "220 JD FTP Server Ready JetDirect", OS_FAMILY_EMBEDDED, DEVICE_PRINTER, 0, NULL, NULL, NULL, NULL },
    { "a neighbour with its version", SIGN_CDP, "sw1\tcisco WS-C2960\tCisco IOS Software, C2960, Version 12.2(55), RELEASE\tswitch", OS_FAMILY_CISCO, DEVICE_SWITCH, 0, "IOS",
      "12.2(55)", NULL, NULL },
    { "a phone's model record", SIGN_MDNS_SERVICE, "_device-info._tcp model=iPhone12,1,x", OS_FAMILY_IOS, DEVICE_PHONE, 0, NULL, NULL, NULL, NULL },
    { "a name of the set-up", SIGN_DHCP_NAME, "DESKTOP-4F2K91A", OS_FAMILY_WINDOWS, DEVICE_COMPUTER, 0, "Windows 10 or 11", "", NULL, NULL },
    { "what the ping of Windows writes", SIGN_ICMP_ECHO, "128:32:6162636465666768696a6b6c6d6e6f70", OS_FAMILY_WINDOWS, 0, 0, "Windows", "", NULL, NULL },
    { "a device says what it is", SIGN_SNMP_DESCRIPTION, "Linux nas 4.4.59+ #25426", OS_FAMILY_LINUX, 0, 0, "Linux", "4.4.59+", NULL, NULL },
    { "nothing known", SIGN_HTTP_SERVER, "((", 0, 0, 0, NULL, NULL, NULL, NULL },
};
enum { NO_GUESS = ROWS(own) - 1 };

static void own_tables(const struct prints *p)
{
    for (unsigned i = 0; i < ROWS(own); i++) {
        struct guess g[GUESSES_MAX];
        unsigned n = prints_match(p, own[i].sign, bytes_str(own[i].text), g);
        if (i == NO_GUESS) {
            is_int(n, 0, own[i].why);
            continue;
        }
        if (!ok(n > 0, own[i].why)) {
            continue;
        }
        unsigned at = 0;
        while (own[i].family && at + 1 < n && !g[at].family) {
            at++;
        }
        is_int(g[at].family, own[i].family, own[i].why);
        is_int(g[at].device, own[i].device, own[i].why);
        is_int(g[at].hypervisor, own[i].hypervisor, own[i].why);
        const char *want[] = { own[i].os, own[i].version, own[i].product, own[i].product_version };
        struct bytes got[] = { g[at].os, g[at].version, g[at].product, g[at].product_version };
        for (unsigned k = 0; k < ROWS(want); k++) {
            if (want[k]) {
                is_mem(got[k].p, got[k].n, want[k], strlen(want[k]), own[i].why);
            }
        }
        ok(g[0].row[0] != '\0', "a guess names its row");
        for (unsigned k = 1; k < n; k++) {
            ok(g[k - 1].strength >= g[k].strength, "strongest first");
        }
    }
}

/* What is told of a bad row. */
static const struct {
    const char *why, *text, *told;
} broken[] = {
    { "no meaning", "abc\n", "x:1:4: what it means is missing" },
    { "no source", "abc\t50 family=linux\n", "x:1:20: the source of the row is missing" },
    { "no strength", "abc\tfamily=linux\tdocs\n", "x:1:18: a strength from 1 to 100 expected" },
    { "too strong", "abc\t101 family=linux\tdocs\n", "x:1:8: a strength from 1 to 100 expected" },
    { "an unknown family", "# remark\nabc\t50 family=lunix\tdocs\n", "x:2:21: unknown name 'lunix'" },
    { "an unknown key", "abc\t50 familie=linux\tdocs\n", "x:1:22: unknown key 'familie'" },
    { "a quote that stays open", "abc\t50 os=\"Win dows\tdocs\n", "x:1:25: a quote is not closed" },
    { "a group that the pattern has not", "a{v}\t50 version=$2\tdocs\n", "x:1:20: the pattern has 1 mark(s)" },
    { "a bad pattern", "a{q}\t50 family=linux\tdocs\n", "x:1:2: a mark is {v}, {n}, {w} or {t}; a brace itself is \\{" },
    { "a good row", "abc\t50 family=linux\tdocs\n", "" },
};

static void note(void *ctx, const struct err *e) { snprintf(ctx, 256, "%.255s", e->text); }

static void broken_rows(void)
{
    for (unsigned i = 0; i < ROWS(broken); i++) {
        struct prints *p = calloc(1, sizeof *p);
        char told[256] = "";
        struct print_reader r = { .prints = p, .bad = note, .ctx = told, .file = "x" };
        arena_init(&p->arena, NULL, 0);
        print_table_read(&r, SIGN_HTTP_SERVER, bytes_str(broken[i].text));
        is_str(told, broken[i].told, broken[i].why);
        is_int(p->table[SIGN_HTTP_SERVER].n, told[0] == '\0', "a bad row is left out");
        prints_free(p);
    }
}

static const char P0F[] = "; remark\nclasses = win,unix\n[mtu]\nlabel = x\nsig = 1500\n[tcp:request]\n"
    "label = s:unix:Linux:2.6.x\nsys = Linux\nsig = *:64:0:*:mss*4,6:mss,sok,ts,nop,ws:df,id+:0\n"
    "label = g:unix:Linux:2.x\nsig = *:64:0:*:*,*:mss,sok,ts,nop,ws:df,id+:0\nsig = *:64:0\n"
    "[tcp:response]\nlabel = s:win:Windows:XP\nsig = *:128:0:*:*,0:mss:df,id+:0\n[http:request]\nlabel = s:!:x:\nsig = 1:Host::\n";

static void p0f_file(void)
{
    struct prints *p = calloc(1, sizeof *p);
    char told[256] = "";
    struct print_reader r = { .prints = p, .bad = note, .ctx = told, .file = "p0f.prints" };
    struct guess g[GUESSES_MAX];

    arena_init(&p->arena, NULL, 0);
    print_table_read(&r, TABLE_P0F, bytes_str("^Linux\t60 family=linux\tx\n^Windows\t60 family=windows\tx\n"));
    print_table_index(&p->table[TABLE_P0F]);
    r.file = "p0f.fp";
    print_p0f_read(&r, bytes_str(P0F));
    is_str(told, "p0f.fp:12:13: eight parts with colons between them expected", "a bad signature is told with its place");
    is_int(p->p0f_syn.n, 2, "signatures of SYN");
    is_int(p->p0f_synack.n, 1, "signatures of SYN/ACK");
    is_int(prints_match(p, SIGN_TCP_SYN, bytes_str("4:60+4:0:1400:mss*4,6:mss,sok,ts,nop,ws:df,id+:0"), g), 1, "the special one fits");
    is_int(g[0].strength, 60, "a special signature");
    is_mem(g[0].os.p, g[0].os.n, "Linux 2.6.x", 11, "p0f's label is the name");
    is_int(prints_match(p, SIGN_TCP_SYN, bytes_str("4:60+4:0:1400:1234,6:mss,sok,ts,nop,ws:df,id+:0"), g), 1, "the general one fits");
    is_int(g[0].strength, 35, "a general signature is weaker");
    is_int(prints_match(p, SIGN_TCP_SYN, bytes_str("4:20+44:0:1400:1234,6:mss,sok,ts,nop,ws:df,id+:0"), g), 1, "from too far off it nearly fits");
    is_int(g[0].strength, 24, "and is weaker still");
    is_int(prints_match(p, SIGN_TCP_SYN, bytes_str("4:60+4:0:1400:1234,6:mss,sok:df,id+:0"), g), 0, "another layout");
    is_int(prints_match(p, SIGN_TCP_SYN, bytes_str("4:60"), g), 0, "no shape at all");
    prints_free(p);
}

static const char MAKERS[] = "Registry,Assignment,Organization Name,Organization Address\r\n"
    "MA-L,00000C,\"Cisco Systems, Inc\",\"170 W. Tasman Dr.\"\r\nMA-L,0050C2,IEEE,x\r\nMA-S,0050C2123,Small Maker,x\r\nMA-L,xyz,Broken,x\r\n";

static void makers(void)
{
    struct prints *p = calloc(1, sizeof *p);
    struct print_reader r = { .prints = p, .file = "oui" };
    struct guess g[GUESSES_MAX];

    arena_init(&p->arena, NULL, 0);
    print_makers_read(&r, bytes_str(MAKERS));
    is_int(p->makers_n, 3, "rows with a prefix");
    is_int(prints_match(p, SIGN_MAC, bytes_str("00:00:0c:01:02:03"), g), 1, "a maker");
    is_mem(g[0].vendor.p, g[0].vendor.n, "Cisco Systems, Inc", 18, "a name in quotes");
    prints_match(p, SIGN_MAC, bytes_str("00:50:c2:12:3f:ff"), g);
    is_mem(g[0].vendor.p, g[0].vendor.n, "Small Maker", 11, "the smaller block goes before the larger");
    is_int(prints_match(p, SIGN_MAC, bytes_str("00:50:c1:12:3f:ff"), g), 0, "nobody's");
    is_int(prints_match(p, SIGN_MAC, bytes_str("00:50:c1"), g), 0, "no address");
    prints_free(p);
}

static const struct {
    const char *why, *text;
    bool may, fits;
} sifts[] = {
    { "the whole of a row's text", "time.example.org", true, true },
    { "case does not count", "Time.EXAMPLE.oRg", true, true },
    { "it ends as a row says", "a.b.updates.example", true, true },
    { "it begins as a row says", "wpad.somewhere.else", true, true },
    { "it ends like a row, but does not fit", "no-time.example.org", true, false },
    { "it has a row's end, but farther on", "time.example.org.else", false, false },
    { "nothing of any row", "www.else.test", false, false },
    { "shorter than any end", "wpa", false, false },
};

/* What no row can fit is known by a glance, and nothing that one fits is lost by it. */
static void glances(void)
{
    static const char rows[] = "^time.example.org$\t50 family=linux\tx\n*.updates.example$\t50 family=linux\tx\n^wpad.\t50 family=linux\tx\n";
    struct prints *p = calloc(1, sizeof *p);
    struct print_reader r = { .prints = p, .file = "asked.prints" };
    struct guess g[GUESSES_MAX];

    arena_init(&p->arena, NULL, 0);
    print_table_read(&r, SIGN_ASKED, bytes_str(rows));
    print_table_index(&p->table[SIGN_ASKED]);
    for (unsigned i = 0; i < ROWS(sifts); i++) {
        is_int(print_table_may(&p->table[SIGN_ASKED], bytes_str(sifts[i].text)), sifts[i].may, sifts[i].why);
        is_int(prints_match(p, SIGN_ASKED, bytes_str(sifts[i].text), g) != 0, sifts[i].fits, sifts[i].why);
    }
    print_table_read(&r, SIGN_ASKED, bytes_str("ample$\t50 family=linux\tx\n"));
    print_table_index(&p->table[SIGN_ASKED]);
    is_int(prints_match(p, SIGN_ASKED, bytes_str("www.sample"), g), 1, "a row with too short an end: all of the table is looked through");
    prints_free(p);
}

static void say(void *ctx, const struct err *e)
{
    (void)ctx;
    ok(false, "the program's own tables have no bad row");
    diag("%s", e->text);
}

int main(void)
{
    struct err err;
    struct prints *p = prints_load(NULL, say, NULL, &err);

    if (ok(p != NULL, "the tables built in")) {
        own_tables(p);
        prints_free(p);
    }
    ok(prints_load("/nowhere/at/all", NULL, NULL, &err) == NULL, "a folder that is not there");
    broken_rows();
    p0f_file();
    makers();
    glances();
    return done_testing();
}

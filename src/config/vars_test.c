/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config/vars.h"
#include "tap.h"

#include <stdlib.h>

static const char settings[] =
    "vars:\n"
    "  address-groups:\n"
    "    HOME_NET: \"[10.0.0.0/8,192.168.0.0/16]\"\n"
    "    EXTERNAL_NET: \"!$HOME_NET\"\n"
    "    MIXED: \"[10.0.0.0/8,2001:db8::/32]\"\n"
    "    NEST: \"[$HOME_NET,!10.1.0.0/16]\"\n"
    "    NEG: \"!10.1.0.0/16\"\n"
    "  port-groups:\n"
    "    HTTP_PORTS: 80\n"
    "    WEB: \"[80:81,8080]\"\n"
    "    NW: \"!$WEB\"\n"
    "    NEST: \"[$WEB,!80]\"\n"
    "    TWO: \"[!80,!81]\"\n"
    "    SHELL: \"!80\"\n";

static const char *const addresses[] = { "10.0.0.1",    "10.1.0.1",    "10.2.0.1",    "1.1.1.1",
                                         "192.168.1.1", "2001:db8::1", "2001:db9::1", "fe80::1" };
static const uint16_t ports[] = { 0, 1, 79, 80, 81, 82, 443, 1023, 1024, 1025, 8080, 65535 };

static struct conf *conf_make(const char *yaml)
{
    struct conf *c = conf_new();
    struct err err;

    if (!conf_load_text(c, bytes_str(yaml), "test", &err)) {
        diag("%s", err.text);
    }
    return c;
}

/* Which of the addresses above are in; NULL: an error.  Suricata 7.0.10 says the same of each row
 * that does not claim otherwise. */
static const struct {
    const char *why, *expression, *in;
} address_rows[] = {
    { "any is both families", "any", "11111111" },
    { "in any case", "[ANY]", "11111111" },
    { "not any is nothing", "!any", NULL },
    { "one address", "10.0.0.1", "10000000" },
    { "not one: all others of its family, none of the other", "!10.0.0.1", "01111000" },
    { "brackets around the negation change nothing", "[!10.0.0.1]", "01111000" },
    { "nor inside it", "![10.0.0.1]", "01111000" },
    { "two marks are one", "!!10.0.0.1", "01111000" },
    { "but a negated list of a negation is the thing itself", "![!10.0.0.0/8]", "11100000" },
    { "also from outside in", "![![10.0.0.0/8]]", "11100000" },
    { "a net without a part", "[10.0.0.0/8,!10.1.0.0/16]", "10100000" },
    { "order does not matter", "[!10.1.0.0/16,10.0.0.0/8]", "10100000" },
    { "any but a variable", "[any,!$HOME_NET]", "00010111" },
    { "any but one keeps IPv6", "[any,!10.0.0.1]", "01111111" },
    { "any beside one", "[any,1.1.1.1]", "11111111" },
    { "a variable", "$HOME_NET", "11101000" },
    { "not a variable", "!$HOME_NET", "00010000" },
    { "a variable of a negated variable", "$EXTERNAL_NET", "00010000" },
    { "its negation", "!$EXTERNAL_NET", "11101000" },
    { "its negation in a list", "[!$EXTERNAL_NET]", "11101000" },
    { "its negation takes from what stands beside it too", "[$EXTERNAL_NET,10.1.0.1]", NULL },
    { "a variable with a hole", "$NEST", "10101000" },
    { "all but that: the hole is outside", "!$NEST", "01010000" },
    { "what only the hole leaves", "[10.0.0.0/8,!$NEST]", "01000000" },
    { "a variable that is a negation", "$NEG", "10111000" },
    { "and its negation", "!$NEG", "01000000" },
    { "two negations", "[!10.0.0.0/8,!192.168.0.0/16]", "00010000" },
    { "a negated list with a hole", "![10.0.0.0/8,!10.1.0.0/16]", "01011000" },
    { "a negation of the other family opens that", "[10.0.0.0/8,!2001:db8::1]", "11100011" },
    { "and the other way round", "[!1.1.1.1,2001:db8::1]", "11101100" },
    { "not a net of IPv6 is no IPv4", "!2001:db8::/32", "00000011" },
    { "both families in a variable", "$MIXED", "11100100" },
    { "and not them", "!$MIXED", "00011011" },
    { "a negated list inside a list", "[10.0.0.0/8,![10.1.0.0/16,10.2.0.0/16]]", "10000000" },
    { "a negation inside plain brackets counts for the whole", "[10.0.0.0/8,[!10.1.0.0/16]]",
      "10100000" },
    { "also beside others there", "[10.0.0.0/8,[1.1.1.1,!10.1.0.0/16]]", "10110000" },
    { "all of IPv4 taken away", "[10.0.0.0/8,!0.0.0.0/0]", NULL },
    { "nothing left", "[10.0.0.1,!10.0.0.1]", NULL },
    { "all of IPv6, nothing left", "!::/0", NULL },
    { "all of IPv4 is not IPv6", "0.0.0.0/0", "11111000" },
    { "all of IPv6 is not IPv4", "::/0", "00000111" },
    { "holes in both families", "[0.0.0.0/0,!10.0.0.0/8,!2001:db8::/32]", "00011011" },
    { "an empty list", "[]", NULL },
    { "an empty expression", "", NULL },
    { "a comma at the end", "[10.0.0.1,]", "10000000" },
    { "a comma at the front", "[,10.0.0.1]", NULL },
    { "two commas", "[10.0.0.1,,1.1.1.1]", NULL },
    { "a blank behind a comma", "[10.0.0.1, 1.1.1.1]", "10010000" },
    { "a blank before one (Suricata refuses it)", "[10.0.0.1 ,1.1.1.1]", "10010000" },
    { "no brackets", "10.0.0.1,1.1.1.1", "10010000" },
    { "lists in a list", "[[10.0.0.1],[1.1.1.1]]", "10010000" },
    { "from - to", "10.0.0.1-10.1.0.1", "11000000" },
    { "from - to in IPv6", "2001:db8::1-2001:db9::1", "00000110" },
    { "a mask", "10.1.2.3/255.255.0.0", "01000000" },
    { "a bracket left open", "[10.0.0.1", NULL },
    { "a bracket not opened", "10.0.0.1]", NULL },
    { "an unknown variable", "$NOPE", NULL },
    { "a prefix too long", "10.0.0.0/33", NULL },
    { "no address", "10.0.0.256", NULL },
    { "words side by side", "[10.0.0.1][1.1.1.1]", NULL },
    { "a lone mark", "!", NULL },
};

/* The same for ports. */
static const struct {
    const char *why, *expression, *in;
} port_rows[] = {
    { "any", "any", "111111111111" },
    { "in any case", "ANY", "111111111111" },
    { "not any is nothing", "!any", NULL },
    { "one", "80", "000100000000" },
    { "all but one", "!80", "111011111111" },
    { "with brackets", "[!80]", "111011111111" },
    { "outside the brackets", "![80]", "111011111111" },
    { "two marks are one", "!!80", "111011111111" },
    { "a range", "80:82", "000111000000" },
    { "to the end", "1024:", "000000001111" },
    { "from the beginning", ":80", "111100000000" },
    { "a lone colon is all", ":", "111111111111" },
    { "all by number", "0:65535", "111111111111" },
    { "not all by number", "!0:65535", NULL },
    { "not from 1 leaves 0", "!1:", "100000000000" },
    { "a list", "[80,81]", "000110000000" },
    { "a negation of what is not there", "[80,!81]", "000100000000" },
    { "a hole", "[80:1024,!81]", "000101111000" },
    { "a hole that is a range", "[80:1024,!81:443]", "000100011000" },
    { "the hole first", "[!80,80:1024]", "000011111000" },
    { "two negations", "[!80,!443]", "111011011111" },
    { "a negated list", "![80,443]", "111011011111" },
    { "in it the last entry's mark cancels the list's", "![80:1024,!81]", NULL },
    { "but another's does not", "![!81,80:1024]", "111000000111" },
    { "so only the last of two is left", "![!80,!81]", "000010000000" },
    { "a negated list inside a list", "[80:1024,![81,82]]", "000100111000" },
    { "with a mark at its end", "[80:1024,![81,!82]]", "000101111000" },
    { "with a mark at its front", "[80:1024,![!82,81]]", "000100111000" },
    { "negations in plain brackets", "[80:1024,[!81,!82]]", "000100111000" },
    { "a variable", "$HTTP_PORTS", "000100000000" },
    { "not a variable", "!$HTTP_PORTS", "111011111111" },
    { "a variable of three", "$WEB", "000110000010" },
    { "not those", "!$WEB", "111001111101" },
    { "a variable of a negated one", "$NW", "111001111101" },
    { "and its negation", "!$NW", "000110000010" },
    { "its negation takes from what stands beside it", "[$NW,80]", NULL },
    { "a variable with a hole, beside one", "[$NEST,443]", "000010100010" },
    { "its negation at the end", "[80:1024,!$NEST]", "000001111000" },
    { "its negation at the front", "[!$NEST,80:1024]", "000001111000" },
    { "its negation alone", "!$NEST", NULL },
    { "two negations in a variable", "$TWO", "111001111111" },
    { "and negated", "!$TWO", "000010000000" },
    { "beside a port", "[80,!$TWO]", "000010000000" },
    { "a variable that is a negation, negated", "!$SHELL", "000100000000" },
    { "a negated list of a variable", "![$WEB]", "111001111101" },
    { "of a negated variable", "![!$WEB]", "000110000010" },
    { "of a negated variable and a port", "![!$WEB,443]", "000110000010" },
    { "of a port and a negated variable", "![443,!$WEB]", "000110000010" },
    { "any but one", "[any,!80]", "111011111111" },
    { "nothing left", "[80,!80]", NULL },
    { "an empty list", "[]", NULL },
    { "a comma at the end", "[80,]", "000100000000" },
    { "a comma at the front", "[,80]", NULL },
    { "two commas", "[80,,81]", NULL },
    { "no brackets", "80,81", "000110000000" },
    { "blanks", "[80, 81]", "000110000000" },
    { "a range backwards", "81:80", NULL },
    { "a mark inside a range", "80:!81", NULL },
    { "a port too large", "65536", NULL },
    { "a sign", "-1", NULL },
    { "a dash is no range of ports", "80-82", NULL },
    { "two colons", "1:2:3", NULL },
    { "a name", "http", NULL },
    { "an unknown variable", "$NOPE", NULL },
};

static void test_addresses(const struct conf *c)
{
    for (size_t i = 0; i < ROWS(address_rows); i++) {
        struct addr_set set;
        struct err err = { "" };
        char in[ROWS(addresses) + 1] = "";
        bool good = vars_addresses(c, address_rows[i].expression, &set, &err);
        for (size_t k = 0; good && k < ROWS(addresses); k++) {
            struct addr a;
            enum family family;
            addr_parse(addresses[k], &a, &family);
            in[k] = addr_set_has(&set, &a, family) ? '1' : '0';
        }
        is_str(good ? in : NULL, address_rows[i].in, address_rows[i].why);
        if (!good) {
            ok(strncmp(err.text, "character ", 10) == 0, "  the error says where");
        }
        addr_set_fini(&set);
    }
}

static void test_ports(const struct conf *c)
{
    for (size_t i = 0; i < ROWS(port_rows); i++) {
        struct port_set set;
        struct err err = { "" };
        char in[ROWS(ports) + 1] = "";
        bool good = vars_ports(c, port_rows[i].expression, &set, &err);
        for (size_t k = 0; good && k < ROWS(ports); k++) {
            in[k] = port_set_has(&set, ports[k]) ? '1' : '0';
        }
        is_str(good ? in : NULL, port_rows[i].in, port_rows[i].why);
        if (!good) {
            ok(strncmp(err.text, "character ", 10) == 0, "  the error says where");
        }
    }
}

static void test_errors(void)
{
    static const char yaml[] = "vars:\n"
                               "  address-groups:\n"
                               "    A: \"[10.0.0.1,$B]\"\n"
                               "    B: \"[1.1.1.1, 1.1.1.300]\"\n"
                               "    LOOP: \"[$LOOP,$LOOP]\"\n"
                               "    EMPTY:\n"
                               "    W0: [$W1,$W1,$W1,$W1,$W1,$W1,$W1,$W1,$W1,$W1]\n"
                               "    W1: [$W2,$W2,$W2,$W2,$W2,$W2,$W2,$W2,$W2,$W2]\n"
                               "    W2: [$W3,$W3,$W3,$W3,$W3,$W3,$W3,$W3,$W3,$W3]\n"
                               "    W3: [$W4,$W4,$W4,$W4,$W4,$W4,$W4,$W4,$W4,$W4]\n"
                               "    W4: [$W5,$W5,$W5,$W5,$W5,$W5,$W5,$W5,$W5,$W5]\n"
                               "    W5: [$W6,$W6,$W6,$W6,$W6,$W6,$W6,$W6,$W6,$W6]\n"
                               "    W6: [1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1]\n";
    static const struct {
        const char *why, *expression, *error;
    } rows[] = {
        { "the place is told through each variable", "[!1.1.1.1, $A]",
          "character 12: $A: character 11: $B: character 11: not an address: 1.1.1.300" },
        { "an empty variable", "$EMPTY",
          "character 2: the variable EMPTY stands for nothing (a value that begins with ! needs quotes)" },
        { "a bracket left open says which", "[1.1.1.1,[2.2.2.2]",
          "character 1: this bracket is not closed" },
    };
    struct conf *c = conf_make(yaml);
    struct err err;
    struct addr_set set;

    for (size_t i = 0; i < ROWS(rows); i++) {
        ok(!vars_addresses(c, rows[i].expression, &set, &err), "an error");
        is_str(err.text, rows[i].error, rows[i].why);
    }
    ok(!vars_addresses(c, "$LOOP", &set, &err) && strstr(err.text, "deep") != NULL,
       "a variable that names itself ends");
    ok(!vars_addresses(c, "$W0", &set, &err) && strstr(err.text, "too large") != NULL,
       "variables that multiply end");
    ok(!vars_check(c, &err) && strncmp(err.text, "test:3:8: ", 10) == 0,
       "checking all of them names the line of the first that is wrong");
    conf_free(c);

    char deep[2 * 200 + 8 + 1];
    memset(deep, '[', 200);
    memcpy(deep + 200, "10.0.0.1", 8);
    memset(deep + 208, ']', 200);
    deep[408] = '\0';
    c = conf_make("a: b\n");
    ok(!vars_addresses(c, deep, &set, &err), "brackets beyond the limit");
    ok(vars_addresses(c, deep + 150, &set, &err) == false, "and unbalanced ones");
    deep[408 - 150] = '\0';
    ok(vars_addresses(c, deep + 150, &set, &err), "fifty are well");
    addr_set_fini(&set);
    conf_free(c);
}

int main(void)
{
    struct conf *c = conf_make(settings);
    struct err err;

    test_addresses(c);
    test_ports(c);
    conf_free(c);
    c = conf_make("vars: {address-groups: {A: 'any', L: [10.0.0.1, $A]}, port-groups: {P: 80}}\n");
    struct addr_set set;
    ok(vars_check(c, &err), "variables that are all well");
    ok(vars_addresses(c, "$L", &set, &err) && set.any, "a YAML list serves as a variable");
    addr_set_fini(&set);
    conf_free(c);
    test_errors();
    return done_testing();
}

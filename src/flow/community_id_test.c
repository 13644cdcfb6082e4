/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flow/flow_key.h"
#include "flow/test_views.h"
#include "tap.h"

struct vector {
    const char *src, *dst;
    uint8_t proto;
    uint16_t a, b; /* ports, or ICMP type and code */
    uint16_t seed;
    const char *want, *why;
};
/* From the specification's own baseline (github.com/corelight/community-id-spec, pycommunityid). */
static const struct vector vectors[] = {
    { "128.232.110.120", "66.35.250.204", IPPROTO_TCP, 34855, 80, 0, "1:LQU9qZlK+B5F3KDmev6m5PMibrg=", "TCP" },
    { "128.232.110.120", "66.35.250.204", IPPROTO_TCP, 34855, 80, 1, "1:3V71V58M3Ksw/yuFALMcW0LAHvc=", "TCP with a seed" },
    { "10.0.0.1", "10.0.0.2", IPPROTO_TCP, 10, 11569, 0, "1:SXBGMX1lBOwhhoDrZynfROxnhnM=", "ports compare as numbers" },
    { "192.168.1.42", "192.168.1.42", IPPROTO_TCP, 41, 42, 0, "1:eRcf7I/xocOxnYo5pbJBV5NhVm0=", "one host with itself" },
    { "192.168.1.52", "8.8.8.8", IPPROTO_UDP, 54585, 53, 0, "1:d/FP5EW3wiY1vCndhwleRRKHowQ=", "UDP" },
    { "192.168.170.8", "192.168.170.56", IPPROTO_SCTP, 7, 80, 0, "1:jQgCxbku+pNGw8WPbEc/TS/uTpQ=", "SCTP" },
    { "2001:db8::1", "2001:db8::2", IPPROTO_TCP, 443, 51000, 0, "1:2TiKiiiSIuDma9IxOEOpx4wCXWM=", "TCP on IPv6" },
    { "192.168.0.89", "192.168.0.1", IPPROTO_ICMP, 8, 0, 0, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=", "ICMP echo" },
    { "192.168.0.1", "192.168.0.89", IPPROTO_ICMP, 0, 0, 0, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=", "its reply" },
    { "192.168.0.89", "192.168.0.1", IPPROTO_ICMP, 20, 0, 0, "1:3o2RFccXzUgjl7zDpqmY7yJi8rI=", "a type without counterpart" },
    { "192.168.0.89", "192.168.0.1", IPPROTO_ICMP, 20, 1, 0, "1:tz/fHIDUHs19NkixVVoOZywde+I=", "there the code counts" },
    { "fe80::200:86ff:fe05:80da", "fe80::260:97ff:fe07:69ea", IPPROTO_ICMPV6, 135, 0, 0, "1:dGHyGvjMfljg6Bppwm3bg0LO8TY=",
      "ICMPv6 neighbour solicitation" },
    { "3ffe:507:0:1:200:86ff:fe05:80da", "3ffe:507:0:1:260:97ff:fe07:69ea", IPPROTO_ICMPV6, 3, 0, 0, "1:/OGBt9BN1ofenrmSPWYicpij2Vc=",
      "an ICMPv6 error goes one way" },
    { "1.2.3.4", "5.6.7.8", IPPROTO_RSVP, 0, 0, 0, "1:ikv3kmf89luf73WPz1jOs49S768=", "other protocols have no ports" },
};
static void make(struct flow *f, const struct vector *v, bool back)
{
    enum family family;

    memset(f, 0, sizeof(*f));
    addr_parse(v->src, &f->key.addr[back], &family);
    addr_parse(v->dst, &f->key.addr[!back], &family);
    f->key.family = (uint8_t)family;
    f->key.proto = v->proto;
    if (v->proto == IPPROTO_ICMP || v->proto == IPPROTO_ICMPV6) {
        f->icmp_type[0] = (uint8_t)v->a;
        f->icmp_code[0] = (uint8_t)v->b;
    } else {
        f->key.port[back] = v->a;
        f->key.port[!back] = v->b;
    }
}

int main(void)
{
    for (size_t i = 0; i < ROWS(vectors); i++) {
        struct flow f;
        char id[FLOW_COMMUNITY_MAX];

        make(&f, &vectors[i], false);
        flow_community_id(&f, vectors[i].seed, id);
        is_str(id, vectors[i].want, vectors[i].why);
        if (vectors[i].proto == IPPROTO_TCP || vectors[i].proto == IPPROTO_UDP || vectors[i].proto == IPPROTO_SCTP) {
            make(&f, &vectors[i], true);
            flow_community_id(&f, vectors[i].seed, id);
            is_str(id, vectors[i].want, "the same from the other side");
        }
    }
    return done_testing();
}

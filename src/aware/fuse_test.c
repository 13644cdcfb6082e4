/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "aware/fuse.h"

#include "base/rows.h"
#include "tap.h"

#define G(family_, strength_, os_, version_) \
    { .family = OS_FAMILY_##family_, .strength = strength_, .os = BYTES(os_), .version = BYTES(version_), .vendor = BYTES(""), .row = "" }

#define MINUTES_3 (180 * CLOCK_SECOND)

struct given {
    uint8_t sign, source;
    uint32_t count;
    uint64_t first, last;
    struct guess guess[2];
};

static const struct {
    const char *why;
    struct given in[4];
    unsigned family;
    int low, high; /* of the confidence */
    bool conflict, shared;
    const char *os, *version;
} rows[] = {
    { "nothing is known", { { 0 } }, OS_FAMILY_UNKNOWN, 0, 0, false, false, "", "" },
    { "one witness: no surer than it is itself", { { SIGN_TCP_SYN, FUSE_SENSOR, 9, 1, 9, { G(LINUX, 60, "Linux", "") } } }, OS_FAMILY_LINUX, 55, 75, false, false,
      "Linux", "" },
    { "two kinds that agree are surer than each", { { SIGN_TCP_SYN, FUSE_SENSOR, 9, 1, 9, { G(WINDOWS, 60, "", "") } },
      { SIGN_HTTP_USER_AGENT, FUSE_SENSOR, 9, 1, 9, { G(WINDOWS, 60, "Windows 10 or 11", "10.0") } } }, OS_FAMILY_WINDOWS, 90, 99, false, false,
      "Windows 10 or 11", "10.0" },
    { "the same layer twice is one witness", { { SIGN_TCP_SYN, FUSE_SENSOR, 9, 1, 9, { G(WINDOWS, 50, "", "") } },
      { SIGN_TCP_SYNACK, FUSE_SENSOR, 9, 1, 9, { G(WINDOWS, 50, "", "") } } }, OS_FAMILY_WINDOWS, 45, 60, false, false, "", "" },
    { "less detail never overrides more, though it is stronger", { { SIGN_NTLM_VERSION, FUSE_SENSOR, 1, 1, 2, { G(WINDOWS, 80, "Windows 10 22H2", "10.0.19045") } },
      { SIGN_DHCP_VENDOR, FUSE_SENSOR, 1, 1, 2, { G(WINDOWS, 95, "Windows", "") } } }, OS_FAMILY_WINDOWS, 95, 99, false, false, "Windows 10 22H2", "10.0.19045" },
    { "a range never overrides one of its parts", { { SIGN_HTTP_USER_AGENT, FUSE_SENSOR, 1, 1, 9, { G(WINDOWS, 90, "Windows 10 or 11", "10.0") } },
      { SIGN_NTLM_VERSION, FUSE_SENSOR, 1, 1, 2, { G(WINDOWS, 80, "Windows 10", "10.0.19045") } } }, OS_FAMILY_WINDOWS, 95, 99, false, false,
      "Windows 10", "10.0.19045" },
    { "Android shows Linux' kernel: no conflict", { { SIGN_TCP_SYN, FUSE_SENSOR, 9, 1, 9, { G(LINUX, 70, "Linux", "") } },
      { SIGN_HTTP_USER_AGENT, FUSE_SENSOR, 9, 1, 9, { G(ANDROID, 90, "Android", "13") } } }, OS_FAMILY_ANDROID, 90, 99, false, false, "Android", "13" },
    { "either of two by one sign, settled by another", { { SIGN_TCP_SYN, FUSE_SENSOR, 9, 1, 9, { G(MACOS, 40, "", ""), G(IOS, 40, "", "") } },
      { SIGN_HTTP_USER_AGENT, FUSE_SENSOR, 9, 1, 9, { G(IOS, 80, "iOS", "16_5") } } }, OS_FAMILY_IOS, 90, 99, false, false, "iOS", "16.5" },
    { "strong signs of two families at one time: a conflict", { { SIGN_TCP_SYN, FUSE_SENSOR, 9, 1, 9, { G(LINUX, 80, "", "") } },
      { SIGN_NTLM_VERSION, FUSE_SENSOR, 9, 2, 8, { G(WINDOWS, 80, "", "") } } }, OS_FAMILY_WINDOWS, 30, 55, true, false, "", "" },
    { "two User-Agents by turns: several systems behind one address", { { SIGN_HTTP_USER_AGENT, FUSE_SENSOR, 9, 1, 9, { G(WINDOWS, 85, "Windows 10", "") } },
      { SIGN_HTTP_USER_AGENT, FUSE_SENSOR, 9, 2, 8, { G(IOS, 85, "iOS", "") } } }, OS_FAMILY_WINDOWS, 30, 55, false, true, "Windows 10", "" },
    { "the second system came when the first had gone: it was replaced", { { SIGN_HTTP_USER_AGENT, FUSE_SENSOR, 9, 1, 5, { G(WINDOWS, 85, "Windows 10", "") } },
      { SIGN_HTTP_USER_AGENT, FUSE_SENSOR, 9, 6, 9, { G(LINUX, 85, "Ubuntu", "22.04") } } }, OS_FAMILY_LINUX, 80, 99, false, false, "Ubuntu", "22.04" },
    { "the user knows", { { SIGN_TCP_SYN, FUSE_SENSOR, 9, 1, 9, { G(LINUX, 80, "Linux", "") } },
      { SIGN_NONE, FUSE_USER, 1, 1, 1, { G(WINDOWS, 100, "Windows 7", "") } } }, OS_FAMILY_WINDOWS, 100, 100, false, false, "Windows 7", "" },
    { "the user says less than the sensor knows: both hold", { { SIGN_NTLM_VERSION, FUSE_SENSOR, 9, 1, 9, { G(WINDOWS, 80, "Windows 10 22H2", "10.0.19045") } },
      { SIGN_NONE, FUSE_USER, 1, 1, 1, { G(WINDOWS, 100, "Windows", "") } } }, OS_FAMILY_WINDOWS, 100, 100, false, false, "Windows 10 22H2", "10.0.19045" },
    { "what is seen once among a hundred weighs half", { { SIGN_HTTP_USER_AGENT, FUSE_SENSOR, 100, 1, 9, { G(WINDOWS, 80, "Windows", "") } },
      { SIGN_HTTP_USER_AGENT, FUSE_SENSOR, 1, 2, 2, { G(LINUX, 80, "Linux", "") } } }, OS_FAMILY_WINDOWS, 60, 90, false, false, "Windows", "" },
    { "a system of no family that is known has a name", { { SIGN_OS, FUSE_USER, 1, 1, 1, { G(UNKNOWN, 95, "TempleOS 5", "") } } }, OS_FAMILY_UNKNOWN, 100, 100, false, false, "TempleOS 5", "" },
    { "and beside what the sensor sees, which tells the family", { { SIGN_TCP_SYN, FUSE_SENSOR, 9, 1, 9, { G(LINUX, 60, "Linux", "5.4") } },
      { SIGN_OS, FUSE_USER, 1, 1, 1, { G(UNKNOWN, 95, "Own 3", "") } } }, OS_FAMILY_LINUX, 55, 75, false, false, "Own 3", "" },
    { "but not of an import", { { SIGN_TCP_SYN, FUSE_SENSOR, 9, 1, 9, { G(LINUX, 60, "Linux", "5.4") } },
      { SIGN_OS, FUSE_IMPORT, 1, 1, 1, { G(UNKNOWN, 95, "Own 3", "") } } }, OS_FAMILY_LINUX, 55, 75, false, false, "Linux", "5.4" },
    { "an import gives way to the sensor", { { SIGN_TCP_SYN, FUSE_SENSOR, 9, 1, 9, { G(LINUX, 60, "Linux", "") } },
      { SIGN_NONE, FUSE_IMPORT, 1, 1, 9, { G(WINDOWS, 90, "Windows", "") } } }, OS_FAMILY_LINUX, 55, 75, false, false, "Linux", "" },
};

static size_t signs_of(const struct given in[4], struct fuse_sign out[4], bool backwards)
{
    size_t n = 0;

    for (unsigned i = 0; i < 4; i++) {
        const struct given *g = &in[backwards ? 3 - i : i];
        if (g->guess[0].strength) {
            out[n++] = (struct fuse_sign){ .sign = g->sign, .source = g->source, .count = g->count, .first = g->first * MINUTES_3, .last = g->last * MINUTES_3,
                                           .n = (uint8_t)(1 + (g->guess[1].strength != 0)), .guesses = g->guess };
        }
    }
    return n;
}

int main(void)
{
    for (unsigned i = 0; i < ROWS(rows); i++) {
        for (int backwards = 0; backwards < 2; backwards++) { /* the order of evidence shows nowhere */
            struct fuse_sign signs[4];
            struct identity id;
            size_t n = signs_of(rows[i].in, signs, backwards);
            fuse(signs, n, &id);
            is_int(id.family, rows[i].family, rows[i].why);
            if (!ok(id.confidence >= rows[i].low && id.confidence <= rows[i].high, rows[i].why)) {
                diag("confidence %u", id.confidence);
            }
            is_int(id.conflict, rows[i].conflict, rows[i].why);
            is_int(id.shared, rows[i].shared, rows[i].why);
            is_mem(id.os.p, id.os.n, rows[i].os, strlen(rows[i].os), rows[i].why);
            is_str(id.version, rows[i].version, rows[i].why);
            ok(n == 0 || id.family == OS_FAMILY_UNKNOWN || id.evidence_n > 0, "what decided is named");
        }
    }
    return done_testing();
}

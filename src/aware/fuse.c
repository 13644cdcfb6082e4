/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Witnesses and verdict.  Each witness (a layer of a host) spreads its belief over the families; beliefs are multiplied. */
#include "aware/fuse.h"

#include "base/rows.h"
#include "base/unset.h"

/* What comes from one layer of a host says the same thing twice: one witness. */
enum witness { W_NONE, W_TCP, W_ICMP, W_MAC, W_DHCP, W_SMB, W_USER_AGENT, W_TLS, W_SSH, W_SERVER, W_CLIENT, W_MDNS, W_NAMES, W_SSDP, W_LINK, W_SNMP, W_NTP,
               W_SIP, W_RDP, W_ASKED, W_N };

static const uint8_t witness_of[SIGN_N] = {
    [SIGN_TCP_SYN] = W_TCP, [SIGN_TCP_SYNACK] = W_TCP, [SIGN_ICMP_ECHO] = W_ICMP, [SIGN_MAC] = W_MAC,
    [SIGN_DHCP_PARAMS] = W_DHCP, [SIGN_DHCP_VENDOR] = W_DHCP, [SIGN_DHCPV6_PARAMS] = W_DHCP, [SIGN_DHCPV6_VENDOR] = W_DHCP,
    [SIGN_DHCP_NAME] = W_NAMES, [SIGN_DHCPV6_NAME] = W_NAMES, [SIGN_MDNS_NAME] = W_NAMES, [SIGN_LLMNR_NAME] = W_NAMES, [SIGN_NBNS_NAME] = W_NAMES,
    [SIGN_NTLM_NAME] = W_NAMES,
    [SIGN_NTLM_VERSION] = W_SMB, [SIGN_SMB_DIALECT] = W_SMB, [SIGN_SMB_NATIVE_OS] = W_SMB, [SIGN_SMB_NATIVE_LM] = W_SMB,
    [SIGN_HTTP_USER_AGENT] = W_USER_AGENT, [SIGN_TLS_JA4] = W_TLS, [SIGN_TLS_JA3S] = W_TLS, [SIGN_TLS_SUBJECT] = W_TLS, [SIGN_TLS_ISSUER] = W_TLS,
    [SIGN_SSH_SOFTWARE] = W_SSH, [SIGN_SSH_HASSH] = W_SSH, [SIGN_HTTP_SERVER] = W_SERVER, [SIGN_BANNER] = W_SERVER, [SIGN_HTTP_PART] = W_SERVER, [SIGN_SOFTWARE] = W_SERVER, [SIGN_CLIENT] = W_CLIENT,
    [SIGN_MDNS_SERVICE] = W_MDNS, [SIGN_SSDP_SERVER] = W_SSDP, [SIGN_LLDP] = W_LINK, [SIGN_CDP] = W_LINK, [SIGN_PROFINET] = W_LINK, [SIGN_ROUTER] = W_LINK, [SIGN_BRIDGE] = W_LINK,
    [SIGN_SNMP_DESCRIPTION] = W_SNMP, [SIGN_NTP] = W_NTP, [SIGN_SIP_AGENT] = W_SIP, [SIGN_RDP_CLIENT] = W_RDP, [SIGN_ASKED] = W_ASKED,
};

/* The general family that what runs such a one shows of itself too; 0: none.  What stands in for a kernel of its own has none. */
static const uint8_t general[OS_FAMILY_N] = {
    [OS_FAMILY_ANDROID] = OS_FAMILY_LINUX, [OS_FAMILY_EMBEDDED] = OS_FAMILY_LINUX, [OS_FAMILY_NETWORK] = OS_FAMILY_LINUX,
    [OS_FAMILY_HYPERVISOR] = OS_FAMILY_LINUX, [OS_FAMILY_LINUX] = OS_FAMILY_UNIX, [OS_FAMILY_MACOS] = OS_FAMILY_UNIX,
    [OS_FAMILY_IOS] = OS_FAMILY_UNIX, [OS_FAMILY_JUNIPER] = OS_FAMILY_BSD, [OS_FAMILY_BSD] = OS_FAMILY_UNIX, [OS_FAMILY_SOLARIS] = OS_FAMILY_UNIX,
    [OS_FAMILY_CISCO] = OS_FAMILY_LINUX,
};

static const double LINE = 0.8;      /* how well a sign of the general family fits the special one */
static const double FLOOR = 0.02;    /* nothing is impossible: what a witness leaves at least to what it does not name */
static const double OTHERS = 5;      /* among how many families that is spread: two that are wrong seldom agree */
enum { SELDOM = 20 /* seen so many times less often than another of its kind: half the weight */, MARGIN = 3, SHARED_MAX = 50 };

struct votes {
    double belief[W_N][OS_FAMILY_N]; /* 0 to 1, per witness */
    uint64_t first[OS_FAMILY_N], last[OS_FAMILY_N];
    uint32_t most[SIGN_N];
    uint32_t spoke, named;           /* a bit for each witness that has a belief, each family that one names */
    uint8_t source;
};

/* `special` is `of` or one of those below it. */
static bool below(unsigned special, unsigned of)
{
    while (special != of && special != 0) {
        special = general[special];
    }
    return special == of && of != 0;
}

/* No contradiction: one is a kind of the other, or they are twins. */
static bool related(unsigned a, unsigned b)
{
    /* macOS and iOS share a stack and an account, and shapes tell them apart badly; devices with a kernel of BSD there are, too. */
    static const uint8_t twins[][2] = { { OS_FAMILY_MACOS, OS_FAMILY_IOS }, { OS_FAMILY_EMBEDDED, OS_FAMILY_BSD } };

    for (unsigned i = 0; i < ROWS(twins); i++) {
        if ((a == twins[i][0] && b == twins[i][1]) || (a == twins[i][1] && b == twins[i][0])) {
            return true;
        }
    }
    return below(a, b) || below(b, a);
}

static double weight(const struct votes *v, const struct fuse_sign *s, const struct guess *g)
{
    double w = g->strength / 100.0;

    return (uint64_t)s->count * SELDOM < v->most[s->sign] ? w / 2 : w;
}

static void votes_take(struct votes *v, const struct fuse_sign *s, uint64_t after, unsigned kept)
{
    unsigned w = s->sign < SIGN_N ? witness_of[s->sign] : W_NONE;

    for (unsigned i = 0; i < s->n; i++) {
        const struct guess *g = &s->guesses[i];
        unsigned f = g->family;
        if (f == 0 || f >= OS_FAMILY_N || (s->last < after && !related(f, kept))) {
            continue;
        }
        double b = weight(v, s, g);
        v->spoke |= (uint32_t)(b > 0) << w;
        v->named |= (uint32_t)(b > 0) << f;
        if (b > v->belief[w][f]) {
            v->belief[w][f] = b;
        }
        if (v->last[f] == 0 || s->first < v->first[f]) {
            v->first[f] = s->first;
        }
        if (s->last > v->last[f]) {
            v->last[f] = s->last;
        }
    }
}

static uint8_t source_of(const struct fuse_sign *signs, size_t n)
{
    uint8_t best = 0;

    for (size_t i = 0; i < n; i++) {
        for (unsigned k = 0; k < signs[i].n; k++) {
            if (signs[i].guesses[k].family && signs[i].source > best) {
                best = signs[i].source;
            }
        }
    }
    return best;
}

/* Signs that ended before `after` count only for what is related to `kept`. */
static void votes_count(struct votes *v, const struct fuse_sign *signs, size_t n, uint64_t after, unsigned kept)
{
    *v = (struct votes){ .source = source_of(signs, n) };
    for (size_t i = 0; i < n; i++) {
        if (signs[i].sign < SIGN_N && signs[i].count > v->most[signs[i].sign]) {
            v->most[signs[i].sign] = signs[i].count;
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (signs[i].source == v->source) {
            votes_take(v, &signs[i], after, kept);
        }
    }
}

/* How likely what this witness shows is on a host of family f; 0: of one that nobody named. */
static double likely(const double belief[OS_FAMILY_N], unsigned f, uint32_t believed)
{
    double sum = 0, own = belief[f], rest;

    for (; believed != 0; believed &= believed - 1) { /* of the others nobody believes anything */
        unsigned i = (unsigned)__builtin_ctz(believed);
        sum += belief[i];
        if (i != f && f && belief[i] * LINE > own && below(f, i)) {
            own = belief[i] * LINE;
        }
    }
    if (sum > 1) {
        own /= sum;
        sum = 1;
    }
    rest = 1 - sum > FLOOR ? 1 - sum : FLOOR;
    return own > 0 ? own : rest / OTHERS;
}

static bool named(const struct votes *v, unsigned f) { return (v->named >> f & 1) != 0; }

/* chance[f] of each family that is named, [0] of all others; false when no witness spoke. */
static bool chances(const struct votes *v, double chance[OS_FAMILY_N])
{
    double sum = 0;

    for (unsigned f = 0; f < OS_FAMILY_N; f++) {
        chance[f] = f == 0 ? OTHERS : named(v, f);
    }
    for (uint32_t left = v->spoke; left != 0; left &= left - 1) {
        const double *belief = v->belief[__builtin_ctz(left)];
        for (uint32_t who = v->named | 1; who != 0; who &= who - 1) {
            unsigned f = (unsigned)__builtin_ctz(who);
            chance[f] *= likely(belief, f, v->named);
        }
    }
    for (unsigned f = 0; f < OS_FAMILY_N; f++) {
        sum += chance[f];
    }
    for (unsigned f = 0; f < OS_FAMILY_N && sum > 0; f++) {
        chance[f] /= sum;
    }
    return v->spoke != 0;
}

/* The likeliest family that somebody named, as special as a margin allows; *sure: the share of it and of all below it. */
static unsigned verdict(const struct votes *v, const double chance[OS_FAMILY_N], double *sure)
{
    unsigned best = 0, next = 0;

    for (unsigned f = 1; f < OS_FAMILY_N; f++) {
        if (named(v, f) && (best == 0 || chance[f] > chance[best])) {
            best = f;
        }
    }
    for (unsigned f = 1; f < OS_FAMILY_N; f++) {
        if (f != best && named(v, f) && related(f, best) && (next == 0 || chance[f] > chance[next])) {
            next = f;
        }
    }
    /* Two of one line close together: the general one is what is known. */
    if (next && below(best, next) && chance[best] < MARGIN * chance[next]) {
        best = next;
    }
    *sure = 0;
    for (unsigned f = 1; f < OS_FAMILY_N; f++) {
        *sure += below(f, best) ? chance[f] : 0;
    }
    return best;
}

/* Rule 5: held by a strong witness, or by two weaker ones. */
static bool held(const struct votes *v, unsigned f)
{
    unsigned weak = 0;

    for (unsigned w = 0; w < W_N; w++) {
        if (v->belief[w][f] * 100 >= FUSE_STRONG) {
            return true;
        }
        weak += v->belief[w][f] * 100 >= FUSE_WEAK;
    }
    return weak >= 2;
}

/* A family that stands against `best`: 0 none. */
static unsigned opponent(const struct votes *v, unsigned best)
{
    unsigned other = 0;

    for (unsigned f = 1; f < OS_FAMILY_N; f++) {
        if (named(v, f) && !related(f, best) && held(v, f) && (other == 0 || v->last[f] > v->last[other])) {
            other = f;
        }
    }
    return other;
}

/* All that speaks for the one is older than what speaks for the other. */
static bool ended(const struct votes *v, unsigned older, unsigned newer) { return v->last[older] + FUSE_SLACK < v->first[newer]; }

/* Both by one kind of witness that a single system does not contradict itself in, or each by several. */
static bool both_speak(const struct votes *v, unsigned a, unsigned b)
{
    unsigned with_a = 0, with_b = 0;
    static const uint8_t own[] = { W_TCP, W_USER_AGENT, W_SMB, W_TLS };

    for (unsigned i = 0; i < ROWS(own); i++) {
        const double *belief = v->belief[own[i]];
        if (belief[a] >= 0.4 && belief[b] >= 0.4) {
            return true;
        }
    }
    for (unsigned w = 0; w < W_N; w++) {
        with_a += v->belief[w][a] > 0;
        with_b += v->belief[w][b] > 0;
    }
    return with_a >= 2 && with_b >= 2;
}

/* ---- name, version, device ---- */

static bool is_range(struct bytes os)
{
    return bytes_find(os, bytes_str(" or ")) != SIZE_MAX || bytes_find(os, bytes_str(" and ")) != SIZE_MAX ||
           bytes_find(os, bytes_str("…")) != SIZE_MAX;
}

static unsigned parts(struct bytes version)
{
    unsigned n = version.n != 0;

    for (size_t i = 0; i < version.n; i++) {
        n += version.p[i] == '.' || version.p[i] == '_';
    }
    return n;
}

/* How much a guess says of the system: the family's name alone, a range, one. */
static unsigned detail(const struct guess *g)
{
    return g->os.n == 0 ? 0 : bytes_is_nocase(g->os, os_family_names[g->family]) ? 1 : is_range(g->os) ? 2 : 3;
}

static int order(struct bytes a, struct bytes b)
{
    int c = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);
    return c ? c : (a.n > b.n) - (a.n < b.n);
}

struct pick {
    const struct fuse_sign *sign;
    const struct guess *guess;
};

/* Negative: a is the better one. */
static int pick_order(struct pick a, struct pick b)
{
    const struct fuse_sign *s = a.sign, *t = b.sign;
    int steps[] = { t->source - s->source, t->last / 2 > s->last ? 1 : s->last / 2 > t->last ? -1 : 0, b.guess->strength - a.guess->strength,
                    (t->last > s->last) - (t->last < s->last), s->sign - t->sign, order(a.guess->os, b.guess->os), order(a.guess->version, b.guess->version) };

    for (unsigned i = 0; i < ROWS(steps); i++) {
        if (steps[i]) {
            return steps[i];
        }
    }
    return 0;
}

/* The guess of `family`'s line whose rank is highest. */
static struct pick best_of(const struct fuse_sign *signs, size_t n, unsigned family, unsigned (*rank)(const struct guess *), unsigned *got)
{
    struct pick best = { 0 };

    *got = 0;
    for (size_t i = 0; i < n; i++) {
        for (unsigned k = 0; k < signs[i].n; k++) {
            struct pick one = { &signs[i], &signs[i].guesses[k] };
            unsigned r = one.guess->family && related(one.guess->family, family) ? rank(one.guess) : 0;
            /* A general system's kernel is no name of the special one. */
            r = r && one.guess->family != family && !below(one.guess->family, family) ? 1 : r;
            if (r && (r > *got || (r == *got && pick_order(one, best) < 0))) {
                best = one;
                *got = r;
            }
        }
    }
    return best;
}

static unsigned version_rank(const struct guess *g) { return parts(g->version); }

static void version_copy(char to[FUSE_VERSION_MAX], struct bytes v)
{
    size_t n = v.n < FUSE_VERSION_MAX - 1 ? v.n : FUSE_VERSION_MAX - 1;

    for (size_t i = 0; i < n; i++) {
        to[i] = (char)(v.p[i] == '_' ? '.' : v.p[i]);
    }
    to[n] = '\0';
}

/* The version of another guess fits the name when that one's name is a range with it, or the same. */
static bool fits(struct bytes os, const struct guess *g)
{
    return g->os.n == 0 || os.n == 0 || bytes_find(g->os, os) != SIZE_MAX || bytes_find(os, g->os) != SIZE_MAX;
}

static void describe(const struct fuse_sign *signs, size_t n, struct identity *out)
{
    unsigned got;
    struct pick name = best_of(signs, n, out->family, detail, &got), version;

    out->os = got ? name.guess->os : bytes_none();
    out->vendor = got ? name.guess->vendor : bytes_none();
    version = best_of(signs, n, out->family, version_rank, &got);
    if (name.guess && name.guess->version.n && (!got || name.guess->os.n == 0 || !fits(name.guess->os, version.guess) ||
                                                parts(name.guess->version) >= parts(version.guess->version))) {
        version_copy(out->version, name.guess->version);
    } else if (got && fits(out->os, version.guess)) {
        version_copy(out->version, version.guess->version);
    }
}

/* The likeliest of a small set that guesses name in one byte; doubts of witnesses are multiplied. */
static uint8_t likeliest(const struct fuse_sign *signs, size_t n, size_t (*of)(const struct guess *), uint8_t *confidence)
{
    enum { VALUES = 32 };
    UNSET double seen[W_N][VALUES];
    uint32_t who[VALUES] = { 0 }, values = 0; /* bits: witnesses of a value, values */
    double least = 1;
    size_t best = 0;

    for (size_t i = 0; i < n; i++) {
        unsigned w = signs[i].sign < SIGN_N ? witness_of[signs[i].sign] : W_NONE;
        for (unsigned k = 0; k < signs[i].n; k++) {
            size_t v = of(&signs[i].guesses[k]);
            double b = signs[i].source == FUSE_USER ? 1 : signs[i].guesses[k].strength / 100.0;
            if (v && v < VALUES && b > ((who[v] >> w & 1) != 0 ? seen[w][v] : 0)) {
                seen[w][v] = b;
                who[v] |= 1u << w;
                values |= 1u << v;
            }
        }
    }
    for (; values != 0; values &= values - 1) {
        unsigned v = (unsigned)__builtin_ctz(values);
        double doubt = 1;
        for (uint32_t left = who[v]; left != 0; left &= left - 1) {
            doubt *= 1 - seen[__builtin_ctz(left)][v];
        }
        if (doubt < least) {
            least = doubt;
            best = v;
        }
    }
    *confidence = best ? (uint8_t)(99 * (1 - least) + 0.5) : 0;
    return (uint8_t)best;
}

static size_t device_of(const struct guess *g) { return g->device; }
static size_t hypervisor_of(const struct guess *g) { return g->hypervisor; }

/* ---- evidence ---- */

static bool stronger(const struct fuse_sign *signs, size_t a, unsigned ga, size_t b, unsigned gb)
{
    struct pick pa = { &signs[a], &signs[a].guesses[ga] }, pb = { &signs[b], &signs[b].guesses[gb] };
    return pick_order(pa, pb) < 0;
}

/* The guesses that speak for the verdict, or against it when it is open, strongest first. */
static void evidence(const struct fuse_sign *signs, size_t n, struct identity *out)
{
    for (size_t i = 0; i < n && i <= UINT16_MAX; i++) {
        for (unsigned k = 0; k < signs[i].n; k++) {
            unsigned f = signs[i].guesses[k].family, at = out->evidence_n;
            if (!f || (!related(f, out->family) && !(f < OS_FAMILY_N && out->families & 1u << f))) {
                continue;
            }
            while (at > 0 && stronger(signs, i, k, out->evidence[at - 1].sign, out->evidence[at - 1].guess)) {
                if (at < FUSE_EVIDENCE) {
                    out->evidence[at] = out->evidence[at - 1];
                }
                at--;
            }
            if (at < FUSE_EVIDENCE) {
                out->evidence[at].sign = (uint16_t)i;
                out->evidence[at].guess = (uint8_t)k;
                out->evidence_n = (uint8_t)(out->evidence_n + (out->evidence_n < FUSE_EVIDENCE));
            }
        }
    }
}

/* A system by a name that tells no family, of who knows better than `than`; its guess NULL: nobody says so. */
static struct pick named_alone(const struct fuse_sign *signs, size_t n, int than)
{
    struct pick best = { 0 };

    for (size_t i = 0; i < n; i++) {
        struct pick one = { &signs[i], signs[i].guesses };
        if (signs[i].sign == SIGN_OS && signs[i].n != 0 && one.guess->family == OS_FAMILY_UNKNOWN && signs[i].source > than && (best.guess == NULL || pick_order(one, best) < 0)) {
            best = one;
        }
    }
    return best;
}

void fuse_alone(const struct fuse_sign *signs, size_t n, struct identity *out)
{
    double chance[OS_FAMILY_N] = { 0 }, sure = 0;
    UNSET struct votes v;
    unsigned other;

    *out = (struct identity){ .os = bytes_none(), .vendor = bytes_none() };
    out->device = likeliest(signs, n, device_of, &out->device_confidence);
    out->hypervisor = likeliest(signs, n, hypervisor_of, &out->hypervisor_confidence);
    votes_count(&v, signs, n, 0, 0);
    if (!chances(&v, chance)) {
        struct pick name = named_alone(signs, n, -1);
        out->os = name.guess != NULL ? name.guess->os : bytes_none();
        out->confidence = name.guess == NULL ? 0 : name.sign->source == FUSE_USER ? 100 : name.guess->strength;
        return;
    }
    out->family = (uint8_t)verdict(&v, chance, &sure);
    other = opponent(&v, out->family);
    if (other && held(&v, out->family) && (ended(&v, other, out->family) || ended(&v, out->family, other))) {
        /* One ended before the other began: the newer system holds. */
        out->by_time = true;
        unsigned newer = v.last[other] > v.last[out->family] ? other : out->family;
        votes_count(&v, signs, n, v.first[newer], newer);
        chances(&v, chance);
        out->family = (uint8_t)verdict(&v, chance, &sure);
        other = opponent(&v, out->family);
    }
    for (unsigned f = 1; f < OS_FAMILY_N; f++) {
        out->families = (uint16_t)(out->families | (unsigned)(f == out->family || (named(&v, f) && held(&v, f))) << f);
    }
    out->confidence = v.source == FUSE_USER ? 100 : (uint8_t)(99 * sure + 0.5);
    if (other && v.source != FUSE_USER) {
        out->shared = both_speak(&v, out->family, other);
        out->conflict = !out->shared;
        out->confidence = out->confidence > SHARED_MAX ? SHARED_MAX : out->confidence;
    }
    describe(signs, n, out);
    struct pick name = named_alone(signs, n, v.source);
    if (name.guess != NULL) {
        out->os = name.guess->os;
        out->vendor = bytes_none();
        out->version[0] = '\0';
    }
}

void fuse(const struct fuse_sign *signs, size_t n, struct identity *out)
{
    fuse_alone(signs, n, out);
    if (out->family != 0) {
        evidence(signs, n, out);
    }
}

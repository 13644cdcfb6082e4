/* SPDX-License-Identifier: GPL-2.0-or-later */
/* snort_live - Snort's -i and --daq as our devices. */
#include "app/snort_live.h"

#include <stdlib.h>
#include <string.h>

/* How its data acquisition modules are called here. */
static const struct {
    const char *daq, *kind;
} kinds[] = { { "afpacket", "ring" }, { "pcap", "pcap" }, { "nfq", "nfq" } };

static bool device_add(struct paths *out, const char *kind, const char *in, const char *to, struct err *err)
{
    char name[256];

    (void)snprintf(name, sizeof name, "%s:%s%s%s", kind, in, to != NULL ? "+" : "", to != NULL ? to : "");
    return paths_add(out, name, err);
}

/* "eth0:eth1", with `::` between pairs: inline each pair is a bridge, else each is watched. */
static bool interfaces(const char *list, const char *kind, bool bridges, struct paths *out, struct err *err)
{
    char *copy = strdup(list), *save = NULL, *first = NULL;
    bool ok = copy != NULL || err_set(err, "not enough memory");

    for (char *one = ok ? strtok_r(copy, ": ,", &save) : NULL; ok && one != NULL; one = strtok_r(NULL, ": ,", &save)) {
        if (!bridges) {
            ok = device_add(out, kind, one, NULL, err);
        } else if (first == NULL) {
            first = one;
        } else {
            ok = device_add(out, "bridge", first, one, err) && device_add(out, "bridge", one, first, err);
            first = NULL;
        }
    }
    ok = ok && (first == NULL || err_set(err, "-i %s: inline, interfaces come in pairs: -Q -i eth0:eth1", list));
    free(copy);
    return ok;
}

/* "0:1:2": one device for all of them, whose workers share them out. */
static bool queues(const char *list, struct paths *out, struct err *err)
{
    char name[256];
    size_t n = 0;

    for (const char *s = list; *s != '\0' && n + 1 < sizeof name; s++) {
        bool between = strchr(": ,", *s) != NULL;
        if (!between || (n != 0 && name[n - 1] != ',')) {
            name[n++] = between ? ',' : *s;
        }
    }
    if (n + 1 == sizeof name) {
        return err_set(err, "%s: too many queues", list);
    }
    n -= n != 0 && name[n - 1] == ',';
    name[n] = '\0';
    return device_add(out, "nfq", name, NULL, err);
}

bool snort_devices(const struct arguments *a, bool prevents, struct paths *out, bool *waits, struct err *err)
{
    const char *list = argument_value(a, "i"), *daq = argument_value(a, "daq"), *kind = "ring";
    bool known = daq == NULL || strcmp(daq, "dump") == 0;

    if (list == NULL) {
        return daq == NULL || strcmp(daq, "pcap") == 0 || strcmp(daq, "dump") == 0 || strcmp(daq, "savefile") == 0 ||
               err_set(err, "--daq %s: of what? -i is wanted", daq);
    }
    for (size_t i = 0; daq != NULL && i < ROWS(kinds); i++) {
        if (strcmp(daq, kinds[i].daq) == 0) {
            kind = kinds[i].kind;
            known = true;
        }
    }
    if (!known) {
        return err_set(err, "--daq %s: afpacket, pcap or nfq is wanted with -i", daq);
    }
    bool queue = strcmp(kind, "nfq") == 0;
    if (prevents && strcmp(kind, "pcap") == 0) {
        return err_set(err, "--daq pcap can only look: without -Q, or with afpacket or nfq");
    }
    *waits = queue || prevents;
    return queue ? queues(list, out, err) : interfaces(list, kind, prevents, out, err);
}

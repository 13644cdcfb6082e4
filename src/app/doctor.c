/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * doctor - what is wrong with the traffic that a sensor is given, the interface, the machine; and what mends it.
 */
#include "app/app.h"

#include "app/confine.h"

#include "base/clock.h"
#include "doctor/doctor.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct flag flags[] = {
    { 'c', "config", "FILE", "settings: their address groups are held against the traffic" },
    { 'l', "log-dir", "DIR", "where records are to go: is there room?" },
    { 't', "time", "SECONDS", "how long interfaces are looked at (default 10)" },
    { 0, "set", "KEY=VALUE", "one setting; may be given again" },
    { 0, "json", NULL, "findings as JSON" },
    { 'h', "help", NULL, "this" },
    { 0, NULL, NULL, NULL },
};

static int fail(const struct err *err)
{
    fprintf(stderr, "peccary doctor: %s\n", err->text);
    return EXIT_USAGE;
}

/* A capture, or a folder of some; else an interface. */
static bool is_capture(const char *name)
{
    struct stat st;

    return strcmp(name, "-") == 0 || strchr(name, '/') != NULL || strstr(name, ".pcap") != NULL || stat(name, &st) == 0; /* … also one that is not there */
}

static bool look(struct doctor *d, struct source *source, uint64_t seconds, const _Atomic bool *stop)
{
    struct decoder *decoder = calloc(1, sizeof *decoder);
    struct batch *b = batch_new();
    uint64_t until = seconds != 0 ? clock_monotonic() + seconds * CLOCK_SECOND : UINT64_MAX;
    bool ok = decoder != NULL && b != NULL;

    if (ok) {
        decoder->settings = (struct decode_settings){ .checksums = true, .off = OVERLAYS_UDP, .max_layers = 16 };
    }
    do {
        if (!ok) {
            break;
        }
        b->n = b->view_n = 0;
        if (!source_poll(source, b)) {
            continue;
        }
        for (unsigned i = 0; i < b->n; i++) {
            packet_decode(decoder, b, &b->packet[i]);
            doctor_packet(d, &b->packet[i]);
        }
        source_release(source, b);
    } while (!b->end && !*stop && clock_monotonic() < until);
    if (b != NULL) {
        batch_free(b);
    }
    free(decoder);
    return ok;
}

/* What could not be read, or not to its end.  False with err: nothing could. */
static bool inputs_look(struct doctor *d, const struct source *source, struct err *err)
{
    size_t n;
    const struct source_input *inputs = source_inputs(source, &n);

    for (size_t i = 0; i < n; i++) {
        if (inputs[i].err.text[0] != '\0') {
            doctor_find(d, FIND_CAPTURE, "%s", inputs[i].err.text);
        }
    }
    return d->packets != 0 || d->reason[FIND_CAPTURE][0] == '\0' || err_set(err, "%s", d->reason[FIND_CAPTURE]);
}

static bool captures(struct doctor *d, const struct arguments *a, const _Atomic bool *stop, struct err *err)
{
    struct paths paths = { 0 };
    bool ok = true;

    for (unsigned i = 0; ok && i < a->rest_n; i++) {
        ok = !is_capture(a->rest[i]) || paths_add(&paths, a->rest[i], err);
    }
    struct source_settings s = { .paths = paths.path, .path_n = paths.n, .merge = paths.n > 1, .batch = BATCH_MAX };
    if (ok && paths.n != 0) {
        struct source *source = source_open_files(&s, err);
        ok = source != NULL && (look(d, source, 0, stop) || err_set(err, "not enough memory")) && inputs_look(d, source, err);
        if (source != NULL) {
            source_close(source);
        }
    }
    paths_fini(&paths);
    return ok;
}

static bool is_kind(const char *device, const char *const *kinds, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strncmp(device, kinds[i], strlen(kinds[i])) == 0) {
            return true;
        }
    }
    return false;
}

/* Captures that come over TCP or into a folder have no interface. */
static bool is_interface(const char *device, bool as_json)
{
    static const char *const others[] = { "tcp:", "dir:" };
    bool is = !is_kind(device, others, ROWS(others));

    if (!is && !as_json) {
        printf("%s is no interface: its traffic is looked at; offloads, rings and drops are those of where it is captured\n\n", device);
    }
    return is;
}

/* Nothing is taken out of its way to be looked at. */
static bool looked_at(const char *device, struct err *err)
{
    static const char *const held[] = { "nfq:", "bridge:" };

    return !is_kind(device, held, ROWS(held)) || err_set(err, "%s: packets that wait to go on are not looked at, nor taken from who guards there; name the interfaces that they come by: traffic, offloads, rings and drops of these are", device);
}

/* Whichever interface it is. */
static void left_open(void *ctx, const char *device) { doctor_find(ctx, FIND_LEFT_OPEN, "%s", device); }

static bool interfaces(struct doctor *d, const struct arguments *a, const struct engine_settings *settings, uint64_t seconds, const _Atomic bool *stop, struct err *err)
{
    const char *names[GIVEN_MAX], *own[GIVEN_MAX];
    size_t own_n = 0;
    struct source_settings s = { .paths = names, .batch = BATCH_MAX, .live = true, .workers = 1, .group = (uint32_t)getpid(), .devices = &settings->devices };

    for (unsigned i = 0; i < a->rest_n; i++) {
        if (!is_capture(a->rest[i])) {
            const char *colon = strchr(a->rest[i], ':'), *name = colon != NULL ? colon + 1 : a->rest[i];
            bool xdp = strncmp(a->rest[i], "xdp:", 4) == 0;
            if (!looked_at(a->rest[i], err)) {
                return false;
            }
            if (is_interface(a->rest[i], argument_given(a, "json"))) {
                doctor_device(d, name, xdp);
                own[own_n++] = name;
            }
            names[s.path_n++] = xdp ? name : a->rest[i]; /* looked at without taking it from the system */
        }
    }
    if (s.path_n != 0) {
        source_left_open(left_open, d);
    }
    if (s.path_n == 0 || d->reason[FIND_NO_DEVICE][0] != '\0' || d->reason[FIND_NO_RIGHTS][0] != '\0') {
        return true; /* what is found already says why it cannot be read */
    }
    struct source *source = source_open(&s, err);
    bool ok = source != NULL && (look(d, source, seconds, stop) || err_set(err, "not enough memory"));
    doctor_devices_after(d, own, own_n);
    if (source != NULL) {
        source_close(source);
    }
    return ok;
}

static unsigned tell(const struct doctor *d, bool as_json)
{
    unsigned n = 0;
    struct text t;
    struct json j;

    text_init(&t, 0);
    json_init(&j, &t);
    json_object(&j, NULL);
    json_u64(&j, "packets", d->packets);
    json_u64(&j, "conversations", d->talk_n);
    json_array(&j, "findings");
    for (unsigned i = 0; i < FINDING_N; i++) {
        const struct finding_row *r = &finding_rows[i];
        if (d->reason[i][0] == '\0') {
            continue;
        }
        n++;
        json_object(&j, NULL);
        json_string(&j, "name", r->name);
        json_string(&j, "gravity", r->grave ? "problem" : "remark");
        json_string(&j, "what", r->what);
        json_string(&j, "reason", d->reason[i]);
        json_string(&j, "fix", r->fix);
        json_end_object(&j);
        if (!as_json) {
            printf("%s %s: %s\n    seen: %s\n    fix:  %s\n\n", r->grave ? "PROBLEM" : "remark ", r->name, r->what, d->reason[i], r->fix);
        }
    }
    json_end_array(&j);
    json_end_object(&j);
    if (as_json) {
        printf("%.*s\n", (int)t.n, t.p);
    } else {
        printf("%llu packets and %llu conversations looked at: %u finding%s\n", (unsigned long long)d->packets, (unsigned long long)d->talk_n, n, n == 1 ? "" : "s");
    }
    text_fini(&t);
    return n;
}

static int doctor_run(int argc, char **argv)
{
    struct arguments a;
    struct session s = { .log = { .to = stderr, .level = LOG_ERROR } };
    struct engine_overrides o = { .checksums = -1 };
    struct doctor d;
    uint64_t seconds = 10;
    int code;

    if (!arguments_read(flags, argc, argv, &a, &s.err)) {
        return fail(&s.err);
    }
    if (argument_given(&a, "help") || a.rest_n == 0) {
        command_usage(&command_doctor, argument_given(&a, "help") ? stdout : stderr);
        return argument_given(&a, "help") ? EXIT_DONE : EXIT_USAGE;
    }
    const char *time = argument_value(&a, "time"), *dir = argument_value(&a, "log-dir");
    if (time != NULL && (!conf_text_u64(time, &seconds) || seconds == 0 || seconds > 86400)) {
        (void)err_set(&s.err, "--time %s: a number of seconds is wanted", time);
        return fail(&s.err);
    }
    const _Atomic bool *stop = interrupt_watch();
    if (stop == NULL || !doctor_init(&d, &s.err)) {
        return fail(&s.err);
    }
    bool live = !is_capture(a.rest[0]), ok = session_load(&s, argument_value(&a, "config"), preset_settings, &a) && session_settle(&s, &o);
    if (ok && argument_given(&a, "config")) { /* presets name no network of anybody's */
        doctor_variables(&d, s.conf);
    }
    if (ok) {
        s.settings.output = (struct output_settings){ 0 }; /* settings of a sensor */
        doctor_machine(&d, dir != NULL ? dir : s.settings.log_dir != NULL ? s.settings.log_dir : ".");
    }
    ok = ok && confine_once(&s, &(struct confine_once){ .devices = live }, stop) && captures(&d, &a, stop, &s.err) && interfaces(&d, &a, &s.settings, seconds, stop, &s.err);
    if (ok) {
        if (d.reason[FIND_NO_DEVICE][0] == '\0' && d.reason[FIND_NO_RIGHTS][0] == '\0') {
            doctor_judge(&d, live, clock_now());
        }
        code = tell(&d, argument_given(&a, "json")) != 0 ? EXIT_SOME : EXIT_DONE;
    } else {
        code = fail(&s.err);
    }
    doctor_fini(&d);
    session_end(&s);
    return code;
}

const struct command command_doctor = {
    "doctor", doctor_run, "say what is wrong with traffic, interface and machine, and what mends it", "[OPTION…] CAPTURE… | INTERFACE…",
    "Looks at captures, or at interfaces for a while, and at the machine: one-sided traffic, VLAN tags of one direction,\n"
    "wrong checksums, cut or joined frames, offloads, rings, clocks, address groups that match nothing, missing rights,\n"
    "bridges that a guard which is gone left open.\n"
    "Of tcp: and dir: only the traffic is looked at; of nfq: and bridges nothing, name the interfaces that they are of.\n"
    "Each finding comes with what was seen and what mends it. Exit code: 0 nothing found, 1 something, 2 it could not look.",
    flags,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * suricata - takes Suricata's command line and suricata.yaml, and translates them into what scan does.
 */
#include "app/app.h"
#include "app/suricata_files.h"
#include "app/suricata_lists.h"
#include "app/suricata_live.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const struct flag flags[] = {
    { 'c', NULL, "FILE", "settings: suricata.yaml" },
    { 'r', NULL, "FILE", "capture file or folder" },
    { 'l', NULL, "DIR", "log folder" },
    { 'S', NULL, "FILE", "only these rules" },
    { 's', NULL, "FILE", "these rules besides those of the settings" },
    { 'k', NULL, "MODE", "checksums: all, none, auto" },
    { 'F', NULL, "FILE", "BPF filter from a file" },
    { 'T', NULL, NULL, "test settings and rules, then end" },
    { 'v', NULL, NULL, "say more" },
    { 'V', NULL, NULL, "version" },
    { 'h', "help", NULL, "this" },
    { 0, "set", "KEY=VALUE", "one setting" },
    { 0, "runmode", "MODE", "single, or autofp and workers: as many threads as there are processors" },
    { 0, "simulate-ips", NULL, "captures as if inline" },
    { 0, "disable-detection", NULL, "no rules" },
    { 0, "init-errors-fatal", NULL, "a rule that cannot be loaded ends the program" },
    { 0, "strict-rule-keywords", "[LIST]", "unknown values in rules refuse the rule" },
    { 0, "engine-analysis", NULL, "read the rules and tell of them" },
    { 0, "dump-config", NULL, "print the settings as they are understood" },
    { 0, "build-info", NULL, "what is built in" },
    { 0, "data-dir", "DIR", "state folder" },
    { 0, "unix-socket", "[PATH]", "read captures as a client of the socket asks for them" },
    { 0, "pcap-file-continuous", NULL, "of a folder (-r) captures are read as they come into it, until the program is ended" },
    { 0, "pcap-file-recursive", NULL, "those of the folders below it too" },
    { 0, "pcap-file-delete", NULL, "captures are removed when they were read" },
    { 0, "pcap-file-buffer-size", "N", NULL },
    { 0, "pcap-buffer-size", "N", NULL },
    { 0, "firewall-rules-exclusive", "FILE", "firewall rules only from FILE" },
    { 0, "include", "FILE", "further settings" },
    { 0, "user", "NAME", "go on as that user (run-as.user)" },
    { 0, "group", "NAME", "and with that group (run-as.group)" },
    { 0, "list-keywords", "[all|csv|NAME]", "words that rules may use, with what they mean (all, csv), or one of them" },
    { 0, "list-app-layer-protos", NULL, "protocols that are parsed" },
    { 0, "list-runmodes", NULL, "ways to get at packets" },
    { 0, "pidfile", "FILE", "write the process's number there (devices)" },
    { 0, "no-random", NULL, NULL },
    { 0, "set-mem", "N", NULL },
    { 'i', NULL, "DEVICE", "watch an interface, or guard it if the settings say so (af-packet: copy-mode); may be given again" },
    { 0, "af-packet", "[DEVICE]", "the same; without a name all interfaces of the settings" },
    { 0, "af-xdp", "[DEVICE]", "as --af-packet" },
    { 0, "pcap", "[DEVICE]", "the same by libpcap" },
    { 'q', NULL, "N", "guard a netfilter queue, or with N:M several; may be given again" },
    { 'D', NULL, NULL, "go on in the background, once the rules are read (devices); what it says then is in peccary.log of the log folder, where `logging` names no file" },
    { 0, NULL, NULL, NULL },
};

static int fail(const struct err *err)
{
    fprintf(stderr, "peccary suricata: %s\n", err->text);
    return 1;
}

/* Rule files: -S alone, else those of the settings and -s. */
static unsigned rule_files(const struct session *s, const struct arguments *a, struct rule_load *l, const char **files)
{
    const char *only = argument_value(a, "S");
    unsigned n = 0;

    if (argument_given(a, "disable-detection")) {
        return 0;
    }
    if (only != NULL) {
        files[n++] = only;
        return n;
    }
    l->of_settings = true;
    for (unsigned i = 0; i < s->settings.rule_file_n && n < GIVEN_MAX / 2; i++) {
        files[n++] = s->settings.rule_files[i];
    }
    l->settings_n = n;
    for (unsigned i = 0; i < a->n && n < GIVEN_MAX; i++) {
        if (a->given[i].flag->letter == 's') {
            files[n++] = a->given[i].value;
        }
    }
    return n;
}

/* Who says it: "detect-within" for that keyword, as Suricata names its files. */
static const char *module_of(const struct rule_failure *f, char *room, size_t n)
{
    if (f->option != NULL && bytes_among(bytes_str(f->option), "decode-event engine-event stream-event")) {
        return "detect";
    }
    size_t at = (size_t)snprintf(room, n, "detect-");
    for (const char *c = f->option; c != NULL && *c != '\0' && at + 1 < n; c++) {
        if (*c != '_' && *c != '.') {
            room[at++] = *c;
        }
    }
    room[at] = '\0';
    return f->option != NULL ? room : "detect-parse";
}

/* A rule that was not loaded: why, then which. */
static void say_refused(void *ctx, const struct rules *r, const struct rule_failure *f)
{
    struct log *log = ctx;
    char module[64];

    if (f->warning || f->skipped) {
        log_say_as(log, f->skipped ? LOG_INFO : LOG_WARNING, "detect-parse", "%s:%u: sid %u: %s", f->source < r->source_n ? r->source[f->source] : "rules",
                   f->line, f->sid, f->reason);
        return;
    }
    log_say_as(log, LOG_ERROR, module_of(f, module, sizeof module), "%s", f->reason);
    log_say_as(log, LOG_ERROR, "detect", "error parsing signature \"%s\" from file %s at line %u, column %u%s%s", f->text != NULL ? f->text : "",
               f->source < r->source_n ? r->source[f->source] : "rules", f->line, f->column, f->hint != NULL ? ": " : "", f->hint != NULL ? f->hint : "");
}

static void say_loaded(struct session *s, unsigned files, bool fatal)
{
    const struct engine *e = &s->engine;

    log_say_as(&s->log, LOG_INFO, "detect", "%u rule files processed. %u rules successfully loaded, %u rules failed, %u rules skipped", files,
               e->rules_loaded, e->rules_refused, e->rules_skipped);
    if (e->rules_loaded == 0 && fatal) {
        return; /* what refused them is told, and ends the run */
    }
    if (e->rules_loaded == 0) {
        log_say_as(&s->log, LOG_WARNING, "detect", "%u rule files specified, but no rules were loaded!", files);
    } else {
        log_say_as(&s->log, LOG_INFO, "detect", "%u signatures processed", e->rules_loaded);
    }
}

static bool load_rules(struct session *s, const struct arguments *a)
{
    const char *files[GIVEN_MAX];
    struct rule_load l = { .files = files, .dialect = DIALECT_SURICATA, .refused = say_refused, .ctx = &s->log };
    bool ok = true;

    l.keep_text = argument_given(a, "engine-analysis");
    if (argument_given(a, "strict-rule-keywords")) {
        l.strict = argument_value(a, "strict-rule-keywords");
        l.strict = l.strict != NULL ? l.strict : "all";
    }
    l.file_n = rule_files(s, a, &l, files);
    if ((l.file_n != 0 || s->settings.detect.firewall != NULL || s->settings.multi != NULL) && !engine_load_rules(&s->engine, &l, &s->err)) {
        /* No rule at all is what Suricata goes on with, unless it was told not to. */
        log_say(&s->log, LOG_WARNING, "%s", s->err.text);
        ok = !argument_given(a, "init-errors-fatal") && !argument_given(a, "T");
    }
    bool fatal = s->engine.rules_refused != 0 && (argument_given(a, "init-errors-fatal") || argument_given(a, "T"));
    if (l.file_n != 0) {
        say_loaded(s, l.file_n, fatal);
    }
    if (fatal) {
        log_say_as(&s->log, LOG_ERROR, "suricata", "Loading signatures failed.");
        ok = err_set(&s->err, "%u rules could not be loaded", s->engine.rules_refused);
    }
    if (s->engine.lists_bad != 0 && argument_given(a, "T")) {
        ok = err_set(&s->err, "a list of classes or references is wrong");
    }
    if (s->engine.thresholds_wrong != 0 && argument_given(a, "T")) {
        log_say_as(&s->log, LOG_ERROR, "threshold-config", "Error loading threshold configuration");
        ok = err_set(&s->err, "the threshold file is wrong");
    }
    return ok;
}

static void say_begun(void *ctx)
{
    const struct live_ready *r = ctx;

    log_say_as(&((struct session *)(uintptr_t)r->session)->log, LOG_INFO, "threads", "Threads created -> W: %u FM: 0 FR: 0   Engine started.", r->session->settings.workers);
    live_say_ready(ctx);
}

static int run_devices(struct session *s, const struct arguments *a, const struct suricata_live *l)
{
    struct live_ready ready = { s, l->inline_devices ? "guarding" : "watching", l->paths.path, (unsigned)l->paths.n, false };
    struct run run = { .paths = l->paths.path, .path_n = l->paths.n, .log_dir = s->settings.log_dir != NULL ? s->settings.log_dir : ".",
                       .group = (uint32_t)getpid(), .ready = say_begun, .ready_ctx = &ready };
    struct serve_wish wish = { .wanted = conf_get(s->conf, "unix-command.enabled") != NULL, .capture_mode = l->mode, .given = a, .run = &run };
    bool apart = !argument_given(a, "D") || background(s);
    const _Atomic bool *stop = interrupt_watch();
    struct serving serving = { .notify = { .fd = -1 } };
    struct run_result r = { 0 };
    char *filter = suricata_filter(a, &s->err);
    const char *pid = argument_value(a, "pidfile");
    bool written = false;
    int code = 0;

    pid = pid == NULL && argument_given(a, "D") ? conf_get(s->conf, "pid-file") : pid;
    run.bpf = filter != NULL && filter[0] != '\0' ? filter : l->bpf;
    if (!apart || filter == NULL || stop == NULL || !(written = pid_write(pid, &s->err)) || !serve_begin(&serving, s, &wish, stop) ||
        !engine_run(&s->engine, &run, &r, stop, &s->err)) {
        code = fail(&s->err);
    } else {
        printf("packets: %llu\nalerts: %llu\n", (unsigned long long)r.packets, (unsigned long long)r.alerts);
    }
    serve_end(&serving);
    if (written) {
        pid_remove(pid, &s->log);
    }
    run_result_fini(&r);
    free(filter);
    return code;
}

static bool settings_load(struct session *s, const struct arguments *a, struct suricata_live *live)
{
    struct engine_overrides o = { .checksums = -1, .suricata = true, .reader = READER_SURICATA, .log_dir = argument_value(a, "l"), .simulate_ips = argument_given(a, "simulate-ips"),
                                  .firewall_file = argument_value(a, "firewall-rules-exclusive") };
    const char *k = argument_value(a, "k"), *mode = argument_value(a, "runmode");

    if (k != NULL) {
        if (strcmp(k, "none") != 0 && strcmp(k, "all") != 0 && strcmp(k, "auto") != 0) {
            return err_set(&s->err, "-k %s: all, none or auto is wanted", k);
        }
        o.checksums = strcmp(k, "none") == 0 ? 0 : strcmp(k, "all") == 0 ? 1 : -1;
    }
    if (mode != NULL && strcmp(mode, "single") != 0 && strcmp(mode, "autofp") != 0 && strcmp(mode, "workers") != 0) {
        return err_set(&s->err, "--runmode %s: single, autofp or workers is wanted", mode);
    }
    if (!session_load(s, argument_value(a, "c"), NULL, a)) {
        return false;
    }
    const char *dir = argument_value(a, "l") != NULL ? argument_value(a, "l") : conf_get(s->conf, "default-log-dir");
    if (!argument_given(a, "dump-config") && !logging_open(&s->log, s->conf, dir != NULL ? dir : ".", argument_given(a, "v"), &s->err)) {
        return false;
    }
    if (suricata_live_asked(a)) {
        if (!suricata_live_read(live, s->conf, a, &s->err)) {
            return false;
        }
        o.live = true;
        o.inline_devices = live->inline_devices;
        o.simulate_ips = live->inline_devices && !live->only_copied;
        o.workers = live->workers;
        o.checksums = o.checksums >= 0 ? o.checksums : live->checksums;
    }
    return argument_given(a, "dump-config") || (run_as_read(s->conf, &s->run_as, &s->err) && session_settle(s, &o));
}

static int information(const struct arguments *a)
{
    if (argument_given(a, "V")) {
        printf("This is Suricata version 8.0.7 RELEASE as peccary %s reads it\n", PECCARY_VERSION);
    } else {
        printf("peccary %s\nFeatures: HAVE_JA3 HAVE_JA4 RUST\n", PECCARY_VERSION);
    }
    return 0;
}

static int suricata_run(int argc, char **argv)
{
    struct arguments a;
    struct session s = { .log = { .to = stderr, .mild = stdout, .level = LOG_WARNING } }; /* as Suricata's console */
    struct suricata_live live = { 0 };
    int code = 0;

    if (!arguments_read(flags, argc, argv, &a, &s.err)) {
        return fail(&s.err);
    }
    if (argument_given(&a, "help")) {
        command_usage(&command_suricata, stdout);
        return 0;
    }
    if (argument_given(&a, "V") || argument_given(&a, "build-info")) {
        return information(&a);
    }
    if (suricata_list_asked(&a)) {
        return suricata_list(&a) ? 0 : 1;
    }
    if (argument_given(&a, "v")) {
        s.log.level = LOG_INFO;
    }
    if (!settings_load(&s, &a, &live)) {
        log_say_as(&s.log, LOG_ERROR, "suricata", "%s", s.err.text);
        code = 1;
    } else if (argument_given(&a, "dump-config")) {
        conf_dump(s.conf, stdout);
    } else if (!load_rules(&s, &a)) {
        code = fail(&s.err);
    } else if (argument_given(&a, "engine-analysis") && !engine_analyse(&s.engine, s.settings.log_dir != NULL ? s.settings.log_dir : ".", &s.err)) {
        code = fail(&s.err);
    } else if (argument_given(&a, "T") || argument_given(&a, "engine-analysis")) {
        printf("loaded: %u, refused: %u\n", s.engine.rules_loaded, s.engine.rules_refused);
    } else if (argument_given(&a, "unix-socket")) {
        code = suricata_socket(&s, &a) ? 0 : fail(&s.err);
    } else if (live.paths.n != 0) {
        code = run_devices(&s, &a, &live);
    } else if (argument_value(&a, "r") == NULL) {
        err_set(&s.err, "-r CAPTURE, or -i, --af-packet, --pcap or -q is wanted");
        code = fail(&s.err);
    } else {
        bool done = suricata_captures(&s, &a, &code);
        code = done ? code : fail(&s.err);
    }
    session_end(&s);
    paths_fini(&live.paths);
    return code;
}

const struct command command_suricata = {
    "suricata", suricata_run, "take Suricata's command line and settings", "[OPTION…] -r CAPTURE|-i DEVICE|-q QUEUE [BPF…]",
    "Runs with Suricata's command line and settings file.", flags,
};

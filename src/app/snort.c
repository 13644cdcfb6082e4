/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * snort - takes Snort 3's command line and snort.lua, or a snort.conf of Snort 2, and translates them into what scan does.
 */
#include "app/app.h"
#include "app/snort_counts.h"
#include "app/snort_live.h"
#include "base/file.h"
#include "snort/snort.h"

#include <fnmatch.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct flag flags[] = {
    { 'c', NULL, "FILE", "configuration: snort.lua, or snort.conf of Snort 2" },
    { 'R', NULL, "FILE", "rules besides those of the configuration; may be given again" },
    { 0, "rule-path", "DIR", "all *.rules of a folder" },
    { 0, "rule", "RULE", "one rule; may be given again" },
    { 'r', NULL, "FILES", "captures, blanks between them" },
    { 0, "pcap-list", "FILES", "the same" },
    { 0, "pcap-file", "FILE", "a file that names captures, one a line" },
    { 0, "pcap-dir", "DIR", "captures of a folder" },
    { 0, "pcap-filter", "PATTERN", "of a folder only files with such names (default: all)" },
    { 'A', NULL, "MODE", "alerts as alert_fast, alert_full, alert_csv, alert_json or cmg on standard output, fast, full or console as Snort 2; unified2, to files; none" },
    { 'l', NULL, "DIR", "log folder (default: here)" },
    { 'L', NULL, "MODE", "frames that alerted: log_pcap; none" },
    { 'k', NULL, "MODE", "checksums: all, none; of one protocol alone (noip, notcp, …) means all" },
    { 'n', NULL, "COUNT", "stop behind that many packets" },
    { 's', "snaplen", "BYTES", "bytes of a packet (all are read)" },
    { 'q', NULL, NULL, "no summary" },
    { 'v', NULL, NULL, "say more" },
    { 'T', NULL, NULL, "test configuration and rules, then end" },
    { 'Q', NULL, NULL, "as if inline" },
    { 0, "enable-inline-test", NULL, "nothing is dropped: alerts say what would have been" },
    { 0, "treat-drop-as-alert", NULL, "rules that drop, block, reject or rewrite only alert" },
    { 'd', NULL, NULL, "the payload beside an alert" },
    { 'e', NULL, NULL, "the Ethernet header beside an alert" },
    { 'X', NULL, NULL, "both" },
    { 'y', NULL, NULL, "times with the year" },
    { 'U', NULL, NULL, "times in UTC" },
    { 'z', "max-packet-threads", "N", "threads; 0: as many as processors" },
    { 'u', NULL, "USER", "go on as that user" },
    { 'g', NULL, "GROUP", "and with that group" },
    { 'm', NULL, "MASK", "of the files it makes, in octal" },
    { 'D', NULL, NULL, "go on in the background, once the rules are read (devices); what it says then is in peccary.log of the log folder" },
    { 0, "create-pidfile", "[PATH]", "write the process's number there (default: snort.pid in the log folder)" },
    { 0, "pedantic", NULL, "a warning ends the program" },
    { 'V', "version", NULL, "version" },
    { 'h', "help", NULL, "this" },
    { '?', NULL, NULL, NULL },
    { 0, "bpf", "EXPRESSION", "only frames that match" },
    { 0, "lua", "CHUNK", "Lua run behind the configuration; may be given again" },
    { 0, "tweaks", "NAME", "the configuration's variable `tweaks`" },
    { 0, "set", "KEY=VALUE", "one of peccary's settings" },
    { 0, "daq", "NAME", "afpacket, pcap or nfq: how -i is read (default: afpacket)" },
    { 'H', NULL, NULL, NULL }, { 'M', NULL, NULL, NULL }, { 'O', NULL, NULL, NULL }, { 'x', NULL, NULL, NULL },
    { 'i', NULL, "DEVICE", "watch interfaces (eth0:eth1), or with -Q guard between pairs of them; with --daq nfq a queue" },
    { 'G', NULL, "ID", NULL },
    { 'C', NULL, NULL, NULL }, { 'f', NULL, NULL, NULL },
    { 0, "daq-dir", "DIR", NULL }, { 0, "daq-mode", "MODE", NULL }, { 0, "daq-var", "VAR", NULL }, { 0, "daq-batch-size", "N", NULL },
    { 0, "plugin-path", "DIR", NULL }, { 0, "script-path", "DIR", NULL }, { 0, "include-path", "DIR", NULL }, { 0, "lua-sandbox", "FILE", NULL },
    { 0, "warn-all", NULL, NULL }, { 0, "warn-conf", NULL, NULL }, { 0, "warn-conf-strict", NULL, NULL }, { 0, "warn-daq", NULL, NULL },
    { 0, "warn-flowbits", NULL, NULL }, { 0, "warn-hosts", NULL, NULL }, { 0, "warn-plugins", NULL, NULL }, { 0, "warn-rules", NULL, NULL },
    { 0, "warn-scripts", NULL, NULL }, { 0, "warn-symbols", NULL, NULL }, { 0, "warn-vars", NULL, NULL }, { 0, "no-warn-flowbits", NULL, NULL },
    { 0, "no-warn-rules", NULL, NULL }, { 0, "nostamps", NULL, NULL }, { 0, "pcap-show", NULL, NULL },
    { 0, "pcap-no-filter", NULL, NULL }, { 0, "id-zero", NULL, NULL }, { 0, "id-subdir", NULL, NULL }, { 0, "nolock-pidfile", NULL, NULL },
    { 0, "talos", NULL, NULL }, { 0, "mem-check", NULL, NULL }, { 0, "process-all-events", NULL, NULL }, { 0, "run-prefix", "PREFIX", NULL },
    { 0, NULL, NULL, NULL },
};

/* The configuration as it was read once, and the rules that it names. */
struct snort_read {
    struct snort_config config;
    struct rule_text *text;
};

/* One run: what the command line says, what the configuration says, what runs. */
struct snort_run {
    struct arguments a;
    struct session s;
    struct snort_read first, again; /* again: since it runs */
    struct paths paths;
    struct text letters;
    bool waits;               /* devices: what they give waits for a verdict */
};

static int fail(const struct err *err)
{
    fprintf(stderr, "peccary snort: %s\n", err->text);
    return EXIT_USAGE;
}

/* Options that are taken, and whose absence would be missed. */
static void say_undone(struct snort_run *x)
{
    static const char *const rows[][2] = { { "M", "-M: messages go to standard error, not to syslog" }, { "O", "-O: addresses are told as they are" },
                                           { "run-prefix", "--run-prefix: files have their own names" }, { "id-subdir", "--id-subdir: files are in the log folder itself" } };

    for (size_t i = 0; i < ROWS(rows); i++) {
        if (argument_given(&x->a, rows[i][0])) {
            log_say(&x->s.log, LOG_WARNING, "%s", rows[i][1]);
        }
    }
}

static void say_unused(struct log *log, const struct snort_config *c)
{
    size_t at = 0;

    if (c->unused.n == 0) {
        return;
    }
    struct text t;
    text_init(&t, 0);
    while (at < c->unused.n) {
        const char *name = c->unused.p + at;
        text_printf(&t, "%s%s", at != 0 ? ", " : "", name);
        at += strlen(name) + 1;
    }
    log_say(log, LOG_WARNING, "of the configuration these mean nothing here: %.*s", (int)t.n, t.p);
    text_fini(&t);
}

/* ---- outputs ---- */

/* -A takes the place of the configuration's own outputs. */
static bool take_alert_mode(struct snort_config *c, const char *mode, struct err *err)
{
    static const struct {
        const char *mode, *output, *options;
        bool file, old;
    } modes[] = {
        { "alert_fast", "alert_fast", "", false, false }, { "alert_full", "alert_full", "", false, false },
        { "alert_csv", "alert_csv", "", false, false },   { "alert_json", "alert_json", "", false, false },
        { "cmg", "alert_fast", "      packet: yes\n      link: yes\n", false, false },
        { "fast", "alert_fast", "      filename: alert\n", true, true }, { "full", "alert_full", "      filename: alert\n", true, true },
        { "console", "alert_fast", "", false, true },     { "csv", "alert_csv", "", false, false },
        { "json", "alert_json", "", false, false },       { "unified2", "unified2", "      filename: unified2.log\n", true, false },
    };

    if (strcmp(mode, "none") == 0 || strcmp(mode, "test") == 0) {
        return true;
    }
    for (size_t i = 0; i < ROWS(modes); i++) {
        if (strcmp(modes[i].mode, mode) == 0) {
            c->old |= modes[i].old;
            snort_output_add(c, modes[i].output, modes[i].file, modes[i].options);
            return true;
        }
    }
    return err_set(err, "-A %s: alert_fast, alert_full, alert_csv, alert_json, cmg, fast, full, console, unified2 or none is wanted", mode);
}

/* What the letters -d, -e, -X and -y add to each of Snort's outputs. */
static bool letters(struct snort_run *x)
{
    static const struct {
        char letter;
        const char *line;
    } rows[] = { { 'd', "      packet: yes\n" }, { 'X', "      packet: yes\n" }, { 'e', "      link: yes\n" }, { 'X', "      link: yes\n" }, { 'y', "      year: yes\n" } };

    for (size_t i = 0; i < ROWS(rows); i++) {
        char name[2] = { rows[i].letter, '\0' };
        if (argument_given(&x->a, name)) {
            text_str(&x->letters, rows[i].line);
        }
    }
    text_byte(&x->letters, '\0');
    return !x->letters.cut || err_set(&x->s.err, "not enough memory");
}

static bool outputs(const struct snort_run *x, struct snort_config *c, struct err *err)
{
    bool given = argument_given(&x->a, "A");
    const char *log = argument_value(&x->a, "L");

    if (given) {
        text_clear(&c->outputs);
    }
    for (unsigned i = 0; i < x->a.n; i++) {
        if (x->a.given[i].flag->letter == 'A' && !take_alert_mode(c, x->a.given[i].value, err)) {
            return false;
        }
    }
    if (log != NULL && (strcmp(log, "log_pcap") == 0 || strcmp(log, "pcap") == 0)) {
        text_str(&c->outputs, "  - pcap-log:\n      enabled: yes\n      filename: log.pcap\n      conditional: alerts\n");
    } else if (log != NULL && strcmp(log, "none") != 0) {
        return err_set(err, "-L %s: log_pcap or none is wanted", log);
    }
    return true;
}

/* The settings of outputs as text.  When nobody says what is wanted and there is a log folder, it gets peccary's own records. */
static bool outputs_load(const struct snort_run *x, const struct snort_config *c, struct conf *conf, struct err *err)
{
    struct text t;
    bool own = c->outputs.n == 0 && argument_given(&x->a, "l") && !argument_given(&x->a, "A");

    if (own) {
        return true;
    }
    text_init(&t, 0);
    text_str(&t, "%YAML 1.1\n---\noutputs:\n");
    text_add(&t, c->outputs.p, c->outputs.n);
    text_str(&t, c->outputs.n == 0 ? "  - fast:\n      enabled: no\n" : "");
    bool ok = conf_load_text(conf, text_bytes(&t), "(outputs of the configuration)", err);
    text_fini(&t);
    return ok;
}

/* ---- settings ---- */

static bool set_all(struct conf *conf, const struct text *settings, struct err *err)
{
    for (size_t at = 0; at < settings->n;) {
        const char *assignment = settings->p + at, *who = assignment + strlen(assignment) + 1;
        if (!conf_set_by(conf, assignment, who, err)) {
            return err_add(err, "%s: %s", who, assignment);
        }
        at = (size_t)(who - settings->p) + strlen(who) + 1;
    }
    return true;
}

/* What options say goes before what the configuration does. */
static bool set_options(const struct snort_run *x, struct conf *conf, struct err *err)
{
    static const struct {
        const char *option, *setting;
    } rows[] = { { "u", "run-as.user=%s" }, { "g", "run-as.group=%s" }, { "treat-drop-as-alert", "detect.shadow.rules=0-4294967295" } };
    char set[1024];

    for (unsigned i = 0; i < x->a.n; i++) {
        if (x->a.given[i].flag->name != NULL && strcmp(x->a.given[i].flag->name, "set") == 0 && !conf_set(conf, x->a.given[i].value, err)) {
            return err_add(err, "--set %s", x->a.given[i].value);
        }
    }
    for (size_t i = 0; i < ROWS(rows); i++) {
        const char *value = argument_value(&x->a, rows[i].option);
        snprintf(set, sizeof set, "%.*s%s", (int)strcspn(rows[i].setting, "%"), rows[i].setting, value != NULL ? value : "");
        if (argument_given(&x->a, rows[i].option) && !conf_set(conf, set, err)) {
            return false;
        }
    }
    return true;
}

/* Do verdicts hold?  A test's do not, nor do a configuration's over devices that are only looked at. */
static bool prevents(struct snort_run *x)
{
    enum snort_mode mode = argument_given(&x->a, "enable-inline-test") ? SNORT_INLINE_TEST : x->first.config.mode;
    bool only_watched = x->paths.n != 0 && !x->waits;

    if (mode == SNORT_INLINE && only_watched) {
        log_say(&x->s.log, LOG_WARNING, "ips.mode is inline, but these devices are only watched: nothing is dropped; with -Q they are guarded");
    }
    return mode == SNORT_INLINE ? !only_watched : mode == SNORT_UNSAID && argument_given(&x->a, "Q");
}

static bool overrides(struct snort_run *x, struct engine_overrides *o)
{
    static const char *const sums[] = { "all", "noip", "notcp", "noudp", "noicmp", "none" };
    const char *k = argument_value(&x->a, "k"), *threads = argument_value(&x->a, "z");
    uint64_t n = 1;
    bool known = k == NULL;

    *o = (struct engine_overrides){ .checksums = -1, .reader = READERS_SNORT, .log_dir = argument_value(&x->a, "l") };
    o->simulate_ips = prevents(x);
    o->live = x->paths.n != 0;
    o->inline_devices = x->waits;
    for (size_t i = 0; k != NULL && i < ROWS(sums); i++) {
        known |= strcmp(sums[i], k) == 0;
    }
    if (!known) {
        return err_set(&x->s.err, "-k %s: all, noip, notcp, noudp, noicmp or none is wanted", k);
    }
    if (k != NULL) {
        o->checksums = strcmp(k, "none") != 0;
    }
    if (threads != NULL && (!conf_text_u64(threads, &n) || n > TURN_WORKERS_MAX)) {
        return err_set(&x->s.err, "-z %s: a number up to %d is wanted", threads, TURN_WORKERS_MAX);
    }
    o->workers = (unsigned)n;
    return true;
}

static void read_init(struct snort_read *r)
{
    snort_config_init(&r->config);
    r->text = NULL;
}

static void read_fini(struct snort_read *r)
{
    snort_config_fini(&r->config);
    free(r->text);
}

static bool config_read(struct snort_run *x, struct snort_config *c, struct err *err)
{
    const char *chunk[GIVEN_MAX];
    unsigned n = 0;

    c->tweaks = argument_value(&x->a, "tweaks");
    c->letters = x->letters.p;
    for (unsigned i = 0; i < x->a.n; i++) {
        if (x->a.given[i].flag->name != NULL && strcmp(x->a.given[i].flag->name, "lua") == 0) {
            chunk[n++] = x->a.given[i].value;
        }
    }
    if (!snort_config_read(c, argument_value(&x->a, "c"), chunk, n, err) || !outputs(x, c, err)) {
        return false;
    }
    say_unused(&x->s.log, c);
    return true;
}

/* The settings that it comes to; NULL with err. */
static struct conf *settings_make(const struct snort_run *x, const struct snort_config *c, struct err *err)
{
    struct conf *conf = conf_new();

    if (conf == NULL) {
        (void)err_set(err, "settings: not enough memory");
    } else if (!set_all(conf, &c->settings, err) || !conf_load_text(conf, bytes_str(preset_settings), "(built-in settings)", err) ||
               !outputs_load(x, c, conf, err) || !set_options(x, conf, err)) {
        conf_free(conf);
        conf = NULL;
    }
    return conf;
}

/* ---- rules ---- */

/* What there is to load, which r keeps. */
static bool load_make(struct snort_run *x, struct snort_read *r, struct rule_load *l, struct err *err)
{
    struct snort_config *c = &r->config;
    size_t room = GIVEN_MAX;

    for (unsigned i = 0; i < x->a.n; i++) {
        const struct given *g = &x->a.given[i];
        bool folder = g->flag->name != NULL && strcmp(g->flag->name, "rule-path") == 0;
        if ((g->flag->letter == 'R' || folder) && !snort_rules_add(c, g->value, err)) {
            return false;
        }
    }
    for (const struct snort_rules *n = c->rules; n != NULL; n = n->next) {
        room++;
    }
    r->text = calloc(room, sizeof *r->text);
    if (r->text == NULL) {
        return err_set(err, "not enough memory");
    }
    text_byte(&c->classes, '\0');
    text_byte(&c->references, '\0');
    *l = (struct rule_load){ .refused = report_refused, .ctx = &x->s.log, .builtin = c->builtin, .texts = r->text,
                             .dialect = c->old ? DIALECT_SNORT2 : DIALECT_SNORT3, .thresholds = text_bytes(&c->thresholds),
                             .classes = c->classes.n > 1 ? c->classes.p : NULL, .references = c->references.n > 1 ? c->references.p : NULL,
                             .files = (const char *const *)c->rule_file, .file_n = c->rule_file_n };
    for (unsigned i = 0; i < x->a.n; i++) {
        if (x->a.given[i].flag->name != NULL && strcmp(x->a.given[i].flag->name, "rule") == 0) {
            r->text[l->text_n++] = (struct rule_text){ "(--rule)", bytes_str(x->a.given[i].value), 0 };
        }
    }
    for (const struct snort_rules *n = c->rules; n != NULL; n = n->next) {
        r->text[l->text_n++] = (struct rule_text){ n->name, text_bytes(&n->text), 0 };
    }
    return true;
}

static bool names_none(const struct rule_load *l) { return l->file_n == 0 && l->text_n == 0 && !l->builtin; }

static bool load_rules(struct snort_run *x)
{
    struct rule_load l;

    return load_make(x, &x->first, &l, &x->s.err) && (names_none(&l) || engine_load_rules(&x->s.engine, &l, &x->s.err));
}

/* For a reload: all of it as it is written now. */
static struct conf *read_again(void *ctx, struct rule_load *l, struct err *err)
{
    struct snort_run *x = ctx;
    struct snort_read *r = &x->again;

    read_fini(r);
    read_init(r);
    bool good = config_read(x, &r->config, err) && load_make(x, r, l, err) && (!names_none(l) || err_set(err, "no rules are named any more"));
    return good ? settings_make(x, &r->config, err) : NULL;
}

static bool settings_load(struct snort_run *x)
{
    struct snort_config *c = &x->first.config;
    struct engine_overrides o;

    if (!letters(x) || !config_read(x, c, &x->s.err)) {
        return false;
    }
    say_undone(x);
    if (c->utc) {
        (void)setenv("TZ", "UTC", 1);
    }
    x->s.conf = settings_make(x, c, &x->s.err);
    if (x->s.conf == NULL || !run_as_read(x->s.conf, &x->s.run_as, &x->s.err) || !overrides(x, &o) || !session_settle(&x->s, &o)) {
        return false;
    }
    engine_read_again(&x->s.engine, read_again, x);
    return true;
}

/* ---- captures ---- */

static bool take_words(struct snort_run *x, const char *words)
{
    char *copy = strdup(words), *save = NULL;
    bool ok = copy != NULL || err_set(&x->s.err, "not enough memory");

    for (char *w = ok ? strtok_r(copy, " \t\r\n,", &save) : NULL; ok && w != NULL; w = strtok_r(NULL, " \t\r\n,", &save)) {
        ok = paths_add(&x->paths, w, &x->s.err);
    }
    free(copy);
    return ok;
}

static bool take_list(struct snort_run *x, const char *file)
{
    FILE *f = fopen(file, "r");
    char *line = NULL;
    size_t room = 0;
    bool ok = f != NULL || err_sys(&x->s.err, "open %s", file);

    while (ok && getline(&line, &room, f) >= 0) {
        line[strcspn(line, "#\r\n")] = '\0';
        ok = take_words(x, line);
    }
    free(line);
    if (f != NULL) {
        fclose(f);
    }
    return ok;
}

/* The captures of a folder whose names are as --pcap-filter wants them. */
static bool take_folder(struct snort_run *x, const char *folder)
{
    const char *pattern = argument_given(&x->a, "pcap-no-filter") ? NULL : argument_value(&x->a, "pcap-filter");
    size_t n = x->paths.n;

    if (!paths_add(&x->paths, folder, &x->s.err)) {
        return false;
    }
    for (size_t i = n; i < x->paths.n; i++) {
        const char *path = x->paths.path[i], *slash = strrchr(path, '/');
        if (pattern == NULL || fnmatch(pattern, slash != NULL ? slash + 1 : path, 0) == 0) {
            x->paths.path[n++] = path;
        } else {
            free((void *)(uintptr_t)path);
        }
    }
    x->paths.n = n;
    return true;
}

static bool captures(struct snort_run *x)
{
    bool ok = true;

    for (unsigned i = 0; ok && !x->s.settings.live && i < x->a.n; i++) {
        const struct flag *f = x->a.given[i].flag;
        const char *v = x->a.given[i].value, *name = f->name != NULL ? f->name : "";
        if (f->letter == 'r' || strcmp(name, "pcap-list") == 0) {
            ok = strchr(v, ' ') == NULL ? paths_add(&x->paths, v, &x->s.err) : take_words(x, v);
        } else if (strcmp(name, "pcap-file") == 0) {
            ok = take_list(x, v);
        } else if (strcmp(name, "pcap-dir") == 0) {
            ok = take_folder(x, v);
        }
    }
    return ok && (x->paths.n != 0 || err_set(&x->s.err, "captures are wanted: -r FILE, --pcap-list, --pcap-file or --pcap-dir; or devices: -i"));
}

/* ---- the run ---- */

/* Where --create-pidfile writes; NULL: nowhere. */
static const char *pid_path(struct snort_run *x, char room[PATH_MAX])
{
    const char *given = argument_value(&x->a, "create-pidfile"), *folder = x->s.settings.log_dir != NULL ? x->s.settings.log_dir : ".";
    struct err ignored; /* what is wrong with the folder is told with the file */

    if (given != NULL || !argument_given(&x->a, "create-pidfile")) {
        return given;
    }
    (void)file_make_folder(folder, &ignored);
    snprintf(room, PATH_MAX, "%s/snort.pid", folder);
    return room;
}

/* What the process is to the system: its mask, in the background, its number in a file. */
static bool settle_down(struct snort_run *x, const char *pid)
{
    const char *mask = argument_value(&x->a, "m");
    char none[1] = "", *end = none;

    if (mask != NULL) {
        x->first.config.umask = (int)strtoul(mask, &end, 8);
    }
    if (*end != '\0' || x->first.config.umask > 0777) {
        return err_set(&x->s.err, "-m %s: a mask in octal is wanted", mask != NULL ? mask : "");
    }
    if (x->first.config.umask >= 0) {
        (void)umask((mode_t)x->first.config.umask);
    }
    if (x->s.settings.live && (argument_given(&x->a, "D") || x->first.config.daemon) && !background(&x->s)) {
        return false;
    }
    return pid_write(pid, &x->s.err);
}

static int run_captures(struct snort_run *x)
{
    struct run_result r = { 0 };
    char room[PATH_MAX];
    const char *pid = pid_path(x, room), *count = argument_value(&x->a, "n");
    const _Atomic bool *stop = NULL;
    struct serving serving = { .notify = { .fd = -1 } };
    struct run run = { .hosts_unasked = true, .log_dir = x->s.settings.log_dir != NULL ? x->s.settings.log_dir : ".", .bpf = argument_value(&x->a, "bpf") };
    struct serve_wish wish = { .wanted = conf_get(x->s.conf, "unix-command.enabled") != NULL, .capture_mode = x->s.settings.live ? "live" : "files",
                               .given = &x->a, .run = &run };
    int code = EXIT_DONE;

    if (count != NULL && !conf_text_u64(count, &run.packets_max)) {
        (void)err_set(&x->s.err, "-n %s: a number is wanted", count);
        return fail(&x->s.err);
    }
    if (!captures(x) || !settle_down(x, pid)) {
        return fail(&x->s.err);
    }
    run.paths = x->paths.path;
    run.path_n = x->paths.n;
    struct live_ready ready = { &x->s, x->waits ? "guarding" : "watching", x->paths.path, (unsigned)x->paths.n, false };
    if (x->s.settings.live) {
        run.group = (uint32_t)getpid();
        run.ready = live_say_ready;
        run.ready_ctx = &ready;
    }
    fflush(stdout);
    if (((stop = interrupt_watch_snort()) == NULL && !err_set(&x->s.err, "not enough memory")) || !serve_begin(&serving, &x->s, &wish, stop) ||
        !engine_run(&x->s.engine, &run, &r, stop, &x->s.err)) {
        code = fail(&x->s.err);
    } else {
        inputs_told(&x->s, &r);
        code = r.packets == 0 && r.input_failed ? EXIT_USAGE : r.input_failed || r.lost != 0 || x->s.engine.rules_refused != 0 ? EXIT_SOME : EXIT_DONE;
        if (!argument_given(&x->a, "q")) {
            snort_counts_say(&(struct snort_counts){ x->paths.n, r.packets, r.bytes, r.alerts });
        }
    }
    serve_end(&serving);
    if (stop != NULL && !x->s.settings.live) {
        (void)interrupt_tell(stop, &x->s.log);
    }
    pid_remove(pid, &x->s.log);
    run_result_fini(&r);
    return code;
}

static int work(struct snort_run *x)
{
    if (!snort_devices(&x->a, argument_given(&x->a, "Q"), &x->paths, &x->waits, &x->s.err) || !settings_load(x) || !load_rules(x)) {
        return fail(&x->s.err);
    }
    unsigned long warnings = x->s.log.warnings;
    bool strict = warnings != 0 && argument_given(&x->a, "pedantic");
    if (strict) {
        (void)err_set(&x->s.err, "--pedantic: warnings: %lu", warnings);
        (void)fail(&x->s.err);
    }
    if (!argument_given(&x->a, "T")) {
        return strict ? EXIT_SOME : run_captures(x);
    }
    bool bad = strict || x->s.engine.rules_refused != 0 || x->s.engine.thresholds_wrong != 0;
    printf("loaded: %u, refused: %u\n", x->s.engine.rules_loaded, x->s.engine.rules_refused);
    if (!bad) {
        printf("Snort successfully validated the configuration (with %lu warnings), as peccary %s reads it.\n", warnings, PECCARY_VERSION);
    }
    return bad ? EXIT_SOME : EXIT_DONE;
}

static int snort_run(int argc, char **argv)
{
    struct snort_run *x = calloc(1, sizeof *x);
    int code;

    if (x == NULL) {
        fprintf(stderr, "peccary snort: not enough memory\n");
        return EXIT_USAGE;
    }
    x->s.log = (struct log){ .to = stderr, .level = LOG_WARNING };
    read_init(&x->first);
    read_init(&x->again);
    text_init(&x->letters, 0);
    if (!arguments_read(flags, argc, argv, &x->a, &x->s.err)) {
        code = fail(&x->s.err);
    } else if (argument_given(&x->a, "help") || argument_given(&x->a, "?")) {
        command_usage(&command_snort, stdout);
        code = EXIT_DONE;
    } else if (argument_given(&x->a, "version")) {
        printf("Snort 3.12.2 as peccary %s reads it\n", PECCARY_VERSION);
        code = EXIT_DONE;
    } else {
        if (argument_given(&x->a, "v")) {
            x->s.log.level = LOG_INFO;
        }
        if (argument_given(&x->a, "U")) {
            (void)setenv("TZ", "UTC", 1);
        }
        code = work(x);
    }
    session_end(&x->s);
    paths_fini(&x->paths);
    text_fini(&x->letters);
    read_fini(&x->first);
    read_fini(&x->again);
    free(x);
    return code;
}

const struct command command_snort = {
    "snort", snort_run, "take Snort's command line and configuration", "[OPTION…] -r CAPTURE|-i DEVICE",
    "Runs with Snort 3's command line and snort.lua, or with a snort.conf of Snort 2.", flags,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * app - the command line: one file per subcommand, one row in commands.list; the only code that exits or prints errors.
 *
 * Exit codes: 0 done, 1 done but something was wrong (a capture ended early, a rule was refused, a record lost), 2 the
 * command line or the settings are wrong or nothing could be done.
 */
#ifndef APP_APP_H
#define APP_APP_H

#include "base/when.h"
#include "base/err.h"
#include "base/log.h"
#include "app/run_as.h"
#include "control/control.h"
#include "engine/engine.h"

enum { EXIT_DONE = 0, EXIT_SOME = 1, EXIT_USAGE = 2 };

struct flag;
struct command {
    const char *name;
    int (*run)(int argc, char **argv); /* argv[0] is the subcommand's name */
    const char *help;                  /* one line */
    const char *synopsis;              /* what follows the subcommand's name */
    const char *about;                 /* what it does: paragraphs, an empty line between them */
    const struct flag *flags;          /* ended by a row without letter and name; NULL: none */
};
void command_usage(const struct command *c, FILE *to);
#define COMMAND(name) extern const struct command command_##name;
#include "app/commands.list"

#include <sys/types.h>
#undef COMMAND
extern const struct command *const command_table[];

/* One option of a subcommand: a letter, a long name, or both. */
struct flag {
    char letter;           /* 0: none */
    const char *name;      /* without --; NULL: none */
    const char *value;     /* name of its argument; NULL: it takes none; "[x]": it may be left out (only as --name=x) */
    const char *help;      /* NULL: taken but not shown */
    uint64_t low, high;    /* bounds of the number that it is; high 0: it is none, or its command looks itself */
};
/* What was given: flags in order, then the rest. */
struct given {
    const struct flag *flag;
    const char *value;
};
#define GIVEN_MAX 1024
struct arguments {
    struct given given[GIVEN_MAX];
    unsigned n;
    const char *rest[GIVEN_MAX];
    unsigned rest_n;
};
/* Reads argv by the table (ended by a row without letter and name).  False with err: unknown, missing value, too many. */
bool arguments_read(const struct flag *table, int argc, char **argv, struct arguments *out, struct err *err);
const char *argument_value(const struct arguments *a, const char *name_or_letter);  /* the last one given; NULL */
bool argument_given(const struct arguments *a, const char *name_or_letter);
void flags_print(const struct flag *table, FILE *to);

/* Settings that no module's rows have: lists, and what is read by hand.  NAME in a path: any. */
struct hand_setting {
    const char *path, *preset, *unit, *help;
    bool later;              /* read when the settings are settled, or by other commands */
};
extern const struct hand_setting hand_settings[];
extern const unsigned hand_setting_n;
void hand_settings_mark(struct conf *c); /* those read later are understood, and all below them */

/* What scan and the personalities share: a running program. */
struct session {
    struct log log;
    struct conf *conf;
    struct engine_settings settings;
    struct engine engine;
    struct run_as run_as;
    struct err err;
    /* What the settings were read from, for the next time; NULL: by other means. */
    const struct arguments *args;
    const char *config_file, *preset;
};
bool session_load(struct session *s, const char *config_file, const char *preset, const struct arguments *a);
bool session_settle(struct session *s, const struct engine_overrides *o);
void session_end(struct session *s);

/* Rows of flags that commands have in common: those of scan, watch and guard, in two parts; those over devices. */
#define NATIVE_FLAGS \
    { 'r', "rules", "FILE", "rules to load; may be given again; a folder means its *.rules" }, \
    { 'l', "log-dir", "DIR", "where records go (default: logs)" }, \
    { 'c', "config", "FILE", "settings (YAML, suricata.yaml's keys); default: built in" }, \
    { 0, "set", "KEY=VALUE", "one setting; may be given again" }, \
    { 0, "dialect", "NAME", "read rules as suricata, snort2 or snort3 whatever they look like" }, \
    { 0, "checksums", "MODE", "on or off: are wrong checksums looked at" }, \
    { 0, "batch", "N", "frames a batch, 1 to 256", 1, BATCH_MAX }
#define NATIVE_FLAGS_END \
    { 0, "metrics", "PORT", "counters for OpenMetrics scrapers, by HTTP at /metrics on loopback; ADDRESS:PORT: elsewhere" }, \
    { 0, "json", NULL, "the summary as JSON" }, \
    { 'q', "quiet", NULL, "no summary" }, \
    { 'v', "verbose", NULL, "say more" }, \
    { 'h', "help", NULL, "this" }, \
    { 0, NULL, NULL, NULL }
#define LIVE_FLAGS \
    { 0, "workers", "N", "threads (default: one for each processor)", 1, TURN_WORKERS_MAX }, \
    { 0, "control", "[PATH]", "the control socket (default: peccary.socket below RUNTIME_DIRECTORY, /run/peccary, XDG_RUNTIME_DIR or the log folder)" }

/* What scan, watch and guard share (native.c): what their options say over the settings; the rules they name, else those of the
 * settings; the summary and the exit code. */
const char *argument_socket(const struct arguments *a); /* --control[=PATH], for serve_wish */
bool native_overrides(const struct arguments *a, struct engine_overrides *o, struct err *err);
bool native_dialect(const struct arguments *a, int *dialect, struct err *err); /* --dialect; -1: not said */
/* … only which they are; files has room for GIVEN_MAX. */
bool native_load(const struct session *s, const struct arguments *a, const char **files, struct rule_load *l, struct err *err);
bool native_rules(struct session *s, const struct arguments *a, struct err *err);
void inputs_told(struct session *s, const struct run_result *r); /* those that ended early, to the log */
int native_finish(struct session *s, const struct run_result *r, const struct arguments *a, const char *dir);

/* Commands over devices (live.c): as many workers as there are processors for this process, and the line that says that it goes on. */
unsigned live_workers(void);
struct live_ready {
    const struct session *session;
    const char *doing;
    const char *const *device;
    unsigned device_n;
    bool rules_late;   /* they are still to come */
};
void live_say_ready(void *ready);
/* The frame of watch and guard: arguments, settings (held: frames go on by us), then the command's own part, which makes ready what
 * it reads and goes; the run with all that is around it; an error told. */
typedef int live_command(struct session *s, const struct arguments *a, const _Atomic bool *stop);
int live_run(const struct command *c, live_command *run, bool held, int argc, char **argv);
int live_go(const struct command *c, struct session *s, const struct arguments *a, const struct run *run, const char *capture_mode, const _Atomic bool *stop);
int live_fail(const struct command *c, const struct session *s);
/* The program goes on in the background, before there are threads. */
bool background(struct session *s);
/* The process's number in a file, which goes again; NULL: none. */
bool pid_write(const char *path, struct err *err);
void pid_remove(const char *path, struct log *log);

/* Opens what the section `logging` asks for; relative names are below dir.  logging_close when nothing more is said. */
bool logging_open(struct log *log, struct conf *conf, const char *dir, bool verbose, struct err *err);
/* Before a program goes into the background: where nothing else takes what it says, DIR/peccary.log does from here on. */
bool logging_background(struct log *log, const char *dir, struct err *err);
void logging_close(struct log *log);

/* Where packets of a record go (extract.c): a file that is none of the record's, "-", "tcp:HOST:PORT", "tcp-listen:[HOST:]PORT", which waits for who connects.  -1 with err. */
struct record;
bool extract_to_file(const char *to);
int extract_output(const char *to, const struct record *r, const _Atomic bool *stop, struct err *err);

/* Files of arguments: folders become the captures in them (sorted), the rest stays. */
struct paths {
    const char **path;
    size_t n, room;
};
bool paths_add(struct paths *p, const char *path, struct err *err);
bool paths_add_below(struct paths *p, const char *path, struct err *err); /* with the folders below a folder, 16 deep; links to folders are not followed */
void paths_fini(struct paths *p);

/* From here on SIGINT and SIGTERM end a run at its next batch, with all that was read looked at and told; a second one ends the
 * program at once.  Call it before there are other threads.  NULL: no memory. */
const _Atomic bool *interrupt_watch(void);

/* The same for what signals mean to Snort. */
const _Atomic bool *interrupt_watch_snort(void);

/* What signals do, which the man page tells, too. */
enum signal_dialect { SIGNALS_OWN, SIGNALS_SNORT, SIGNAL_DIALECT_N };
struct watch;
typedef void signal_act(struct watch *w, int number);
struct signal_row {
    int number;
    const char *name;
    signal_act *act[SIGNAL_DIALECT_N]; /* NULL: what it does to any program */
    const char *help;
};
extern const struct signal_row signal_rows[];
extern const unsigned signal_row_n;

/* From here on signals ask for e's rules, logs and numbers (NULL: these signals do what they do to any program). */
void interrupt_serve(const _Atomic bool *stop, struct engine *e);
/* What waits for signals takes on what its caller gave up meanwhile: a thread keeps the rights it was made with. */
void interrupt_anew(const _Atomic bool *stop);
/* Captures: was their reading ended?  Then it is told that not all was looked at. */
bool interrupt_tell(const _Atomic bool *stop, struct log *log);

/* What programs that run for long have around the engine (serve.c). */
struct serve_wish {
    const char *socket;          /* --control[=PATH]; "": the usual place; NULL: not said */
    bool wanted;                 /* a control socket without being told so */
    bool jobs;                   /* captures are read as the socket asks for them */
    const char *capture_mode;
    const struct arguments *given; /* what it names to be written may be */
    const struct run *run;       /* live: its devices */
    struct updates *updates;     /* its helper is started (updates.h); NULL: none is wanted */
    const char *metrics;         /* --metrics PLACE; NULL: as the setting metrics.listen says */
};
/* A service manager's socket (notify.c). */
struct notify {
    int fd;                      /* -1: none */
    bool ready;                  /* it was told so */
};
bool notify_open(struct notify *n);
void notify_beat(void *notify);  /* it runs; the first time: it is ready */
void notify_close(struct notify *n);
struct serving {
    struct notify notify;
    const _Atomic bool *stop;
    struct session *session;
    struct control *control;     /* NULL: none */
    struct metrics *metrics;     /* NULL: none */
};
bool serve_begin(struct serving *v, struct session *s, const struct serve_wish *w, const _Atomic bool *stop); /* false: the session's err */
void serve_end(struct serving *v);

/* The settings peccary starts from when it is given none: YAML. */
extern const char preset_settings[];
/* Those for a map alone: no records, no rules. */
extern const char preset_hosts[];
/* The first without outputs and without a map: nothing is told but what a command asks for. */
bool preset_quiet(struct text *out);
/* The first for devices: logs go on behind what is in them. */
bool preset_live(struct text *out);

/* The readable summary of a run; as JSON when asked. */
void report_run(const struct engine *e, const struct run_result *r, const char *log_dir, FILE *to);
void report_run_json(const struct engine *e, const struct run_result *r, const char *log_dir, FILE *to);
/* What the dearest rules took, as a member of an object (rules_cost.c). */
void report_costs_json(const struct engine *e, const struct run_result *r, size_t most, struct json *j);
/* Says a refused rule: "file:line:column: sid N: reason (hint)". */
void report_refused(void *log, const struct rules *r, const struct rule_failure *f);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * engine - knows every module: loads rules, runs workers over captures, collects counters.
 *
 * Every thread and every shared object is made in engine.c: N workers, and the calling thread, which writes what they
 * tell.  Shared and read-only: settings, ruleset, facts.  Shared and changing: detect_shared, flow_expectations, turns, one ring per worker.
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "base/log.h"
#include "detect/cost.h"
#include "detect/why.h"
#include "engine/generation.h"
#include "engine/settings.h"
#include "engine/summary.h"
#include "rule/rule.h"
#include "source/source.h"

#include <pthread.h>

struct rule_load;
struct engine {
    struct engine_settings *settings;
    struct conf *conf;
    struct log *log;
    struct generations generations;
    struct ruleset *rules;        /* of the newest generation; NULL: none */
    struct rule_names *names;     /* of what flows keep for rules, over reloads; made with the first rules */
    pthread_mutex_t lock;         /* of the two above and of what loading said */
    pthread_mutex_t loading;      /* one thread at a time reads rules */
    struct {                      /* again.c's: settings that are read once more with the rules */
        struct conf *(*read)(void *ctx, struct rule_load *l, struct err *err); /* NULL: they are as they were */
        void *ctx;
        struct conf *fresh, *reading; /* read last; while rules are loaded with it. NULL: none */
        struct reputation *before;    /* while rules are loaded with other ones */
    } again;
    struct reload *reload;        /* reload.c's; NULL: nothing is loaded by itself */
    const struct inside *inside;  /* what runs (inside.h); NULL: nothing does */
    void (*beat)(void *ctx);      /* called each second while all workers of a live run go round; NULL: nobody asks */
    void *beat_ctx;
    void (*reloaded)(void *ctx);  /* called when a reload has brought other rules, on its thread; NULL: nobody asks */
    void *reloaded_ctx;
    struct trace *trace;          /* trace.c's; NULL: nothing is followed */
    struct {                      /* log files are to be opened anew */
        _Atomic unsigned asked;   /* so often … */
        unsigned done;            /* … and so often they were; with the lock, as the others */
        bool good;                /* the last time: all of them, else why not */
        struct err err;
    } reopen;
    uint64_t loaded;              /* ns: when rules were loaded last; 0: never */
    struct prints *prints;        /* the map's tables, made with the first run that keeps one */
    struct datasets *datasets;    /* both made with the first rules */
    struct reputation *reputation;
    struct literals_store *patterns; /* compiled: a set shares what the one before had */
    /* What loading said. */
    unsigned rules_loaded, rules_refused, rules_skipped;
    unsigned lists_bad;           /* of classes and references, with lines that mean nothing */
    unsigned thresholds_wrong;    /* lines of the threshold file; UINT_MAX: it could not be read */
    struct blocks *blocks;        /* hosts that are kept out (live); NULL: none ever is, or not yet */
    uint64_t started;             /* ns */
};

struct run {
    const char *const *paths;     /* in order; "-" is standard input; live: devices */
    size_t path_n;
    bool merge;                   /* one timeline */
    const char *log_dir;
    const char *bpf;
    uint32_t tenant;              /* whose all of it is that nothing else tells (multi-detect); 0: nobody's */
    void (*ready)(void *ctx);     /* called when all sources are open and the workers run; NULL */
    void *ready_ctx;
    uint32_t group;               /* live: source_settings.group */
    uint64_t packets_max;         /* read no more than so many; 0: all */
    bool datasets_unsaved;        /* what rules put into sets is not written to their files: a hunt, beside the sensor that does */
    bool hosts_unasked;           /* nobody will look at the result's hosts */
    bool rules_late;              /* rules may come while it runs, when there are none: what passes until then is counted as uninspected */
    const struct source_part *parts; /* of each path; NULL: all of all */
    bool by_number;               /* with parts: source.h */
};

/* What a run came to. */
struct run_result {
    uint64_t packets, bytes;
    uint64_t events[EVENT_KIND_N];
    uint64_t lost;                /* records that could not be written */
    struct summary summary;
    struct aware *aware;          /* the map that the run made (aware_hosts reads it); NULL: none was wanted */
    uint64_t alerts;              /* however many outputs tell of each */
    uint32_t *rule_alerts;        /* by rule index; NULL without rules */
    struct rule_cost *rule_costs; /* the same */
    uint64_t capture[SOURCE_COUNTER_N]; /* live: what became of the frames before workers got them */
    uint64_t respond[RESPOND_COUNTER_N], blocks[BLOCKS_COUNTER_N]; /* live: answers to packets, hosts that were kept out */
    uint64_t handover_lost;       /* live: frames that did not get to the worker whose flow was in them */
    struct source_input *inputs;  /* what became of each input */
    size_t input_n;
    struct err record_err;        /* why something is missing in the record; text[0] 0: nothing is */
    uint64_t recorded[RECORDER_COUNTER_N]; /* of all workers */
    bool input_failed;            /* at least one input ended early */
};

/* Rule files and texts into the engine's ruleset.  Refused rules go to `report` (NULL: to the log, one line each).
 * False only when nothing usable was found, or the pattern databases can't be made; the rules before stay then.  Any thread, also
 * while engine_run runs: flows, bits, thresholds and what has alerted go on over it. */
struct rule_load {
    const char *const *files;
    unsigned file_n;
    int dialect;                  /* -1: by itself */
    const char *strict;           /* as rule_context.strict */
    bool keep_text;               /* the rules' texts stay: engine_analyse follows */
    void (*refused)(void *ctx, const struct rules *r, const struct rule_failure *f);
    void *ctx;
    /* What a configuration of another kind brings along; NULL: none. */
    const struct rule_text {
        const char *name;
        struct bytes text;
        unsigned dialect;        /* 1 + enum dialect; 0: the load's */
    } *texts;
    unsigned text_n;
    struct bytes thresholds;      /* lines as the threshold file has them */
    const char *classes, *references; /* lists, in place of the built-in ones */
    bool builtin;                 /* a rule for each of Snort's events that is noted here */
    const struct rule_home {      /* a tenant's: its variables and lists; NULL: the settings' */
        struct conf *conf;
        const char *class_file, *reference_file, *threshold_file;
    } *home;
    uint64_t from;                /* number of the first packet they are looked at with; 0: as soon as they are ready */
    bool of_settings;             /* the first `settings_n` files are those that the settings name: a reload asks the settings again */
    unsigned settings_n;
};
bool engine_load_rules(struct engine *e, const struct rule_load *l, struct err *err);
/*
 * reload.c: the same on a thread of its own: returns at once, and `done` (NULL: nobody) is called on that thread.  The load is
 * copied and kept: NULL is what was loaded last once more, with the files read anew.  False: one is under way, or nothing was loaded before.
 */
enum { RELOAD_NAMES = 8 };
struct reload_result {
    bool ok;
    bool settings_read;           /* they were read again: so many changed that took effect, and that wait for the next start */
    unsigned settings_taken, settings_waiting;
    char waiting[RELOAD_NAMES][128]; /* the first of those */
    struct err err;               /* why not */
    unsigned loaded, refused, kept /* unchanged */, changed, removed, added;
    unsigned patterns_shared, patterns_loaded, patterns_made; /* databases: of the set before, from disk, compiled */
    uint64_t ns;                  /* it took */
};
bool engine_reload(struct engine *e, const struct rule_load *l, void (*done)(void *ctx, const struct reload_result *r), void *ctx, struct err *err);
/* What was loaded last once more, behind one that is under way: whoever asks by a signal is not there to ask again. */
bool engine_reload_soon(struct engine *e, struct err *err);
/* With each reload of what was loaded last the settings are read once more by `read`: a new tree, the engine's from then on; NULL with err:
 * they cannot be.  It may say anew what is loaded (*l); what that points to then stays until it is called again. */
void engine_read_again(struct engine *e, struct conf *(*read)(void *ctx, struct rule_load *l, struct err *err), void *ctx);
bool engine_reloading(struct engine *e);
/* What the last one that ended came to; false: none has. */
bool engine_reload_last(struct engine *e, struct reload_result *out);
/* Only reads and checks; the caller frees with rules_fini. */
bool engine_read_rules(struct engine *e, const struct rule_load *l, struct rules *out, struct err *err);

/* The lists used where the settings and the rules' folder have none (engine/lists.c). */
extern const char engine_classes[], engine_references[];

/* Rules for all of Snort's events that are noted here, as text. */
void engine_builtin_rules(struct text *out);

/* Explains the loaded rules in files of that folder, as the settings' engine-analysis asks. */
bool engine_analyse(struct engine *e, const char *dir, struct err *err);
/* What a rule that was read comes to by itself: type, literal, what its author should know. */
bool engine_explain(struct engine *e, const struct rule *rule, struct text *out, struct err *err);
/* The same as the analysis' rules.json has it: members of one object. */
bool engine_explain_json(struct engine *e, const struct rule *rule, struct json *j, struct err *err);
/* Before the process confines itself: what it may not make any more then. */
void engine_prepare(struct engine *e);
/* From here on what is read is recorded in this folder, or only an index of it, whatever the settings say; before rules are loaded. */
void engine_record_to(struct engine *e, const char *dir, bool index_only);
/* The next runs explain one rule: why_new's, the caller's.  They want one worker. */
void engine_why(struct engine *e, struct why *w);
/* The next runs time one check of a rule in so many. */
void engine_cost(struct engine *e, uint32_t every);
/* What needs rights that the process gives up before it runs: the firewall's helper.  Else engine_run does it. */
bool engine_open_helpers(struct engine *e, struct err *err);
bool engine_run(struct engine *e, const struct run *run, struct run_result *result, const _Atomic bool *stop, struct err *err);
void run_result_fini(struct run_result *r);
void engine_fini(struct engine *e);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * manual - reference pages printed from the tables: fields, notes, counters, settings.
 */
#include "app/app.h"
#include "engine/settings_eve.h"
#include "engine/worker.h"

#include <inttypes.h>
#include <string.h>

static void names(const struct names *s)
{
    const char *before = ". Names:";

    for (unsigned i = 0; i < s->n; i++) {
        struct code c = names_row(s, i);
        if (c.name != NULL) {
            printf("%s `%s` %" PRIu32, before, c.name, c.number);
            before = ",";
        }
    }
}

static void fields(void)
{
    static const char *const types[] = { "bytes", "list", "body", "number", "flag" };

    printf("# Fields\n\nRule buffers and record keys, by protocol.\n");
    for (unsigned i = 0; i < proto_n; i++) {
        const struct proto *p = proto_table[i];
        printf("\n## %s\n\n", p->name);
        for (unsigned k = 0; k < p->field_n; k++) {
            const struct field *f = &p->fields[k];
            printf("- `%s`%s%s%s (%s, %s%s%s)%s%s%s: %s", f->name, f->modifier != NULL ? ", old `" : "", f->modifier != NULL ? f->modifier : "",
                   f->modifier != NULL ? "`" : "", types[f->type], (f->sides & SIDE_SERVER_BIT) != 0 ? "to server" : "",
                   f->sides == SIDE_BOTH_BITS ? " and " : "", (f->sides & SIDE_CLIENT_BIT) != 0 ? "to client" : "",
                   f->log == NULL ? "" : (f->flags & FIELD_OWN) != 0 ? ", own key `" : ", key `", f->log != NULL ? f->log : "", f->log != NULL ? "`" : "", f->help != NULL ? f->help : "");
            if (f->names != NULL) {
                names(f->names);
            }
            printf("\n");
        }
    }
}

static void note_rows(const char *prefix, const struct note_row *rows, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        printf("- `%s%s`", prefix, rows[i].name);
        if (rows[i].gid != 0) {
            printf(" (Snort %u:%u)", rows[i].gid, rows[i].sid);
        }
        printf(": %s\n", rows[i].help);
    }
}

static void notes(void)
{
    printf("# Notes\n\nOdd things seen in traffic, as rules ask for them.\n\n## decode-event\n\n");
    note_rows("", decode_notes, DECODE_NOTE_N);
    printf("\n## stream-event\n\n");
    note_rows("", stream_notes, STREAM_NOTE_N);
    printf("\n## app-layer-event\n\n");
    note_rows("", driver_notes, DRIVER_NOTE_N);
    for (unsigned i = 0; i < proto_n; i++) {
        char prefix[40];
        snprintf(prefix, sizeof prefix, "%s.", proto_table[i]->name);
        note_rows(prefix, proto_table[i]->notes, proto_table[i]->note_n);
    }
}

static void counter_rows(const struct counter_row *rows, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        printf("- `%s`: %s\n", rows[i].name, rows[i].help);
    }
}

static void counters(void)
{
    printf("# Counters\n\nOf the statistics record.\n\n");
    counter_rows(source_counters, SOURCE_COUNTER_N);
    counter_rows(respond_counters, RESPOND_COUNTER_N);
    counter_rows(blocks_counters, BLOCKS_COUNTER_N);
    counter_rows(decode_counters, DECODE_COUNTER_N);
    counter_rows(defrag_counters_rows, defrag_counter_n);
    counter_rows(flow_counters, FLOW_COUNTER_N);
    counter_rows(stream_counters, STREAM_COUNTER_N);
    counter_rows(proto_counters, proto_counter_n);
    counter_rows(detect_counter_rows, detect_counter_n);
    counter_rows(worker_counters, WORKER_COUNTER_N);
    counter_rows(aware_counters, AWARE_COUNTER_N);
    counter_rows(recorder_counters, RECORDER_COUNTER_N);
    counter_rows(pcap_log_counters, PCAP_LOG_COUNTER_N);
    counter_rows(output_counters, OUTPUT_COUNTER_N);
    counter_rows(filestore_counters, FILESTORE_COUNTER_N);
}

static void option_rows(const struct option_row *rows, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        printf("- `%s` (default %s%s%s): %s\n", rows[i].path, rows[i].preset != NULL && rows[i].preset[0] != '\0' ? rows[i].preset : "none",
               rows[i].unit != NULL ? ", in " : "", rows[i].unit != NULL ? rows[i].unit : "", rows[i].help);
    }
}

static void eve_row(const char *path, const char *help) { printf("- `%s`: %s\n", path, help); }

static void settings(void)
{
    printf("# Settings\n\n");
    option_rows(device_options, device_option_n);
    option_rows(respond_options, respond_option_n);
    option_rows(blocks_options, blocks_option_n);
    option_rows(decode_options, decode_option_n);
    option_rows(tunnel_rows, tunnel_row_n);
    option_rows(flow_options, flow_option_n);
    option_rows(defrag_options, defrag_option_n);
    option_rows(stream_options, stream_option_n);
    option_rows(&master_option, 1);
    option_rows(exception_options, exception_option_n);
    option_rows(driver_options, driver_option_n);
    option_rows(aware_options, aware_option_n);
    option_rows(detect_options, detect_option_n);
    option_rows(recorder_options, recorder_option_n);
    option_rows(script_options, script_option_n);
    option_rows(stats_options, stats_option_n);
    option_rows(rounds_options, rounds_option_n);
    for (unsigned i = 0; i < hand_setting_n; i++) {
        const struct hand_setting *h = &hand_settings[i];
        option_rows(&(struct option_row){ .path = h->path, .preset = h->preset, .unit = h->unit, .help = h->help }, 1);
    }
    settings_eve_each(eve_row);
    for (unsigned i = 0; i < proto_n; i++) {
        option_rows(proto_table[i]->options, proto_table[i]->option_n);
    }
}

/* Text for roff: backslashes and hyphens escaped, no line begins with a control character, an empty line begins a paragraph. */
static void roff(const char *text)
{
    bool begins = true;

    for (; *text != '\0'; text++) {
        if (begins && *text == '\n') {
            printf(".PP\n");
            continue;
        }
        if (begins && (*text == '.' || *text == '\'')) {
            printf("\\&");
        }
        if (*text == '\\') {
            printf("\\e");
        } else if (*text == '-') {
            printf("\\-");
        } else {
            putchar(*text);
        }
        begins = *text == '\n';
    }
}

static void man_flags(const struct flag *f)
{
    for (; f->letter != 0 || f->name != NULL; f++) {
        if (f->help == NULL) {
            continue;
        }
        printf(".TP\n");
        if (f->letter != 0) {
            printf("\\fB\\-%c\\fR%s", f->letter, f->name != NULL ? ", " : "");
        }
        if (f->name != NULL) {
            printf("\\fB\\-\\-");
            roff(f->name);
            printf("\\fR");
        }
        if (f->value != NULL) {
            bool may = f->value[0] == '[';
            char value[64];
            snprintf(value, sizeof value, "%.*s", (int)strlen(f->value) - 2 * may, f->value + may);
            printf("%s\\fI", may ? "[=" : " ");
            roff(value);
            printf("\\fR%s", may ? "]" : "");
        }
        printf("\n");
        roff(f->help);
        printf("\n");
    }
}

static void man_commands(void)
{
    printf(".SH SYNOPSIS\n");
    for (const struct command *const *c = command_table; *c != NULL; c++) {
        printf("%s.B peccary %s\n", c == command_table ? "" : ".br\n", (*c)->name);
        roff((*c)->synopsis);
        printf("\n");
    }
    printf(".SH DESCRIPTION\nRuns Snort and Suricata rules over network traffic and writes what it finds as EVE JSON.\n");
    printf("Each command tells its options with\n.BR \\-\\-help .\n.SH COMMANDS\n");
    for (const struct command *const *c = command_table; *c != NULL; c++) {
        printf(".SS peccary %s\n", (*c)->name);
        roff((*c)->about);
        printf("\n");
        if ((*c)->flags != NULL) {
            man_flags((*c)->flags);
        }
    }
}

static void man_signals(void)
{
    printf(".SH SIGNALS\n");
    for (unsigned i = 0; i < signal_row_n; i++) {
        printf(".TP\n.B %s\n", signal_rows[i].name);
        roff(signal_rows[i].help);
        printf("\n");
    }
}

/* The man page: man/peccary.1 is this page's output. */
static void man(void)
{
    printf(".\\\" Printed by 'peccary manual man'; a test holds it against the program.\n");
    printf(".TH PECCARY 1 \"\" \"peccary %s\" \"User Commands\"\n.SH NAME\npeccary \\- a network sensor\n", PECCARY_VERSION);
    man_commands();
    printf(".SH FILES\n.TP\n.I logs/eve.json\nrecords, one JSON object a line, as Suricata 8 writes them\n"
           ".TP\n.I logs/fast.log\none line for each alert\n"
           ".TP\n.I logs/blocked.hosts\nhosts that are kept out, while there are some: for the next start, if the program is killed\n"
           ".TP\n.I logs/peccary.log\nwhat snort and suricata say in the background (-D), where logging names no file\n");
    man_signals();
    printf(".SH EXIT STATUS\n.TP\n.B 0\ndone\n.TP\n.B 1\ndone, but something was wrong: a capture ended early, a rule was refused, a record was lost\n"
           ".TP\n.B 2\nthe command line or the settings are wrong, or nothing could be done\n.PP\nThe personalities exit as the programs they stand for do.\n");
    printf(".SH SEE ALSO\n.BR suricata (1),\n.BR snort (8),\n.BR tcpdump (8)\n");
}

static const struct {
    const char *name;
    void (*print)(void);
} pages[] = { { "fields", fields }, { "notes", notes }, { "counters", counters }, { "settings", settings }, { "man", man } };

static int manual_run(int argc, char **argv)
{
    for (unsigned i = 0; argc == 2 && i < ROWS(pages); i++) {
        if (strcmp(argv[1], pages[i].name) == 0) {
            pages[i].print();
            return EXIT_DONE;
        }
    }
    bool asked = argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0);
    command_usage(&command_manual, asked ? stdout : stderr);
    return asked ? EXIT_DONE : EXIT_USAGE;
}

const struct command command_manual = {
    "manual", manual_run, "print reference pages: fields, notes, counters, settings, the man page", "fields|notes|counters|settings|man",
    "Prints a reference page from the program's own tables.", NULL,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app/suricata_lists.h"

#include "rule/words.h"

#include <string.h>
#include <strings.h>

struct asked {
    const char *how;  /* all, csv, or a word; NULL: the names */
    bool found;
};

static void features(const struct rule_word *w, char separator)
{
    static const char *const kinds[RULE_WORD_KINDS] = { [RULE_WORD_TRANSFORM] = "transform", [RULE_WORD_BUFFER] = "sticky buffer",
                                                        [RULE_WORD_MODIFIER] = "content modifier" };
    const char *kind = kinds[w->kind];

    if (w->bare) {
        printf("No option");
        if (kind != NULL) {
            putchar(separator);
        }
    }
    printf("%s", kind != NULL ? kind : w->bare ? "" : "none");
}

static void word(void *ctx, const struct rule_word *w)
{
    struct asked *asked = ctx;

    if (asked->how == NULL) {
        printf("- %s\n", w->name);
    } else if (strcmp(asked->how, "csv") == 0) {
        printf("%s;", w->name);
        for (const char *c = w->help; *c != '\0'; c++) {
            putchar(*c == ';' ? ',' : *c); /* it parts the columns */
        }
        printf(";%s;", w->proto != NULL ? w->proto : "Unset");
        features(w, ':');
        printf(";;\n");
    } else if (strcmp(asked->how, "all") == 0) {
        printf("%s:\n\tDescription: %s\n\tFeatures: ", w->name, w->help);
        features(w, ',');
        printf("\n");
    } else if (strcasecmp(asked->how, w->name) == 0) {
        printf("= %s =\nDescription: %s\nFeatures: ", w->name, w->help);
        features(w, ',');
        printf("\n");
    } else {
        return;
    }
    asked->found = true;
}

static bool words(const char *how)
{
    const struct rule_context tables = { .keywords = keyword_table, .transforms = transform_table, .protos = proto_table };
    struct asked asked = { how, false };

    if (how == NULL) {
        printf("=====Supported keywords=====\n");
    } else if (strcmp(how, "csv") == 0) {
        printf("name;description;app layer;features;documentation\n");
    }
    if (!rule_words_each(&tables, word, &asked)) {
        fprintf(stderr, "peccary suricata: not enough memory for the list\n");
        return false;
    }
    if (!asked.found) {
        printf("Non existing keyword\n");
    }
    return asked.found;
}

static void protocols(void)
{
    printf("=========Supported App Layer Protocols=========\n");
    for (unsigned i = 0; i < proto_n; i++) {
        printf("%s\n", proto_table[i]->name);
    }
}

/* By the names Suricata has for them. */
static void runmodes(void)
{
    static const struct {
        const char *type, *mode, *help;
    } rows[] = {
        { "PCAP_FILE", "single", "captures, one worker" },
        { "PCAP_FILE", "autofp", "captures, a worker for each processor, each with the flows that are its own" },
        { "PCAP_DEV", "workers", "a device by libpcap (--pcap): the same" },
        { "AF_PACKET_DEV", "workers", "devices by packet rings (-i, --af-packet): the same" },
        { "AF_XDP_DEV", "workers", "devices by AF_XDP (--af-xdp): the same" },
        { "NFQ", "workers", "netfilter queues (-q), inline: the same" },
        { "UNIX_SOCKET", "single", "captures that a client of the socket asks for" },
    };

    printf("------------------------------------- Runmodes ------------------------------------------\n"
           "| RunMode Type      | Custom Mode       | Description \n");
    for (unsigned i = 0; i < ROWS(rows); i++) {
        printf("|----------------------------------------------------------------------------------------\n"
               "| %-17s | %-17s | %s \n", rows[i].type, rows[i].mode, rows[i].help);
    }
}

bool suricata_list_asked(const struct arguments *a)
{
    return argument_given(a, "list-keywords") || argument_given(a, "list-app-layer-protos") || argument_given(a, "list-runmodes");
}

bool suricata_list(const struct arguments *a)
{
    if (argument_given(a, "list-app-layer-protos")) {
        protocols();
    } else if (argument_given(a, "list-runmodes")) {
        runmodes();
    } else {
        return words(argument_value(a, "list-keywords"));
    }
    return true;
}

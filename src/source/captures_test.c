/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads and decodes every public capture of the conformance material (PECCARY_CONFORMANCE, or ../shared/conformance
 * beside the source): the number of packets is the one listed, nothing breaks, and what the decoder says of a view
 * holds together.  With arguments: decodes these files and prints the counters, for comparing with other engines.
 */
#include "packet/decode.h"
#include "source/source.h"
#include "tap.h"

#include <stdlib.h>
#include <unistd.h>

static bool inside(struct bytes part, struct bytes whole)
{
    return part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
}

/* Every part of a view lies in its frame, parts nest, layers and fields agree. */
static bool view_holds(const struct view *v)
{
    struct bytes frame = v->packet->frame;

    return inside(v->bytes, frame) && inside(v->ip, v->bytes) && inside(v->ip_header, v->ip) && inside(v->l4, frame) &&
           inside(v->l4_header, v->l4) && inside(v->payload, v->l4) && inside(v->ether, frame) &&
           (v->ether.n == 0 || v->ether.n == 14) && v->vlan_n <= VIEW_VLANS_MAX && v->overlay_n <= VIEW_OVERLAYS_MAX &&
           v->note_n <= VIEW_NOTES_MAX && (view_has(v, LAYER_IPV4) == (v->family == FAMILY_4)) &&
           (view_has(v, LAYER_IPV6) == (v->family == FAMILY_6)) &&
           (!view_has(v, LAYER_TCP | LAYER_UDP | LAYER_SCTP) || v->family != FAMILY_NONE) &&
           (!view_has(v, LAYER_TCP) || (v->tcp.header_len >= 20 && v->l4_header.n == v->tcp.header_len)) &&
           (v->family != FAMILY_NONE || (v->flags & VIEW_NO_FLOW) != 0) &&
           ((v->flags & VIEW_FRAGMENT) == 0 || (v->flags & VIEW_NO_FLOW) != 0);
}

static bool packet_holds(const struct packet *p)
{
    unsigned n = 0;
    const struct view *last = NULL;

    for (const struct view *v = p->first; v != NULL; v = v->next) {
        if (!view_holds(v) || v->packet != p || v->next != v->outer) {
            return false;
        }
        last = v;
        n++;
    }
    return last == p->outermost && last->outer == NULL && n == p->view_n && n >= 1;
}

static uint64_t decode_file(const char *path, struct decoder *d, bool *holds)
{
    struct source_settings settings = { .paths = &path, .path_n = 1, .batch = 64 };
    struct err err = { "" };
    struct source *s = source_open_files(&settings, &err);
    struct batch *b = batch_new();
    uint64_t packets = 0;

    *holds = true;
    while (s != NULL && b != NULL && source_poll(s, b)) {
        for (unsigned i = 0; i < b->n; i++) {
            packet_decode(d, b, &b->packet[i]);
            *holds = *holds && packet_holds(&b->packet[i]);
        }
        packets += b->n;
        bool end = b->end;
        source_release(s, b);
        if (end) {
            break;
        }
    }
    size_t n = 0;
    if (s == NULL) {
        diag("%s", err.text);
    } else if (source_inputs(s, &n)[0].err.text[0] != 0) {
        diag("%s", source_inputs(s, &n)[0].err.text);
    }
    source_close(s);
    batch_free(b);
    decode_settle(d);
    return packets;
}

static const struct decode_settings everything = {
    .checksums = true,
};

static int print_counters(int n, char **paths)
{
    struct decoder *d = calloc(1, sizeof(*d));
    bool holds = true;

    d->settings = (struct decode_settings){ .off = 1u << OVERLAY_GTPU };
    for (int i = 0; i < n; i++) {
        (void)decode_file(paths[i], d, &holds);
    }
    for (unsigned i = 0; i < DECODE_COUNTER_N; i++) {
        printf("%s %llu\n", decode_counters[i].name, (unsigned long long)d->counter[i]);
    }
    for (unsigned i = 0; i < DECODE_NOTE_N; i++) {
        printf("decoder.event.%s %llu\n", decode_notes[i].name, (unsigned long long)d->note[i]);
    }
    free(d);
    return !holds;
}

int main(int argc, char **argv)
{
    const char *folder = getenv("PECCARY_CONFORMANCE");
    char path[4096], line[4096], file[2048];
    unsigned long long want = 0, files = 0, wrong = 0, packets = 0;

    if (argc > 1) {
        return print_counters(argc - 1, argv + 1);
    }
    folder = folder != NULL ? folder : access("../shared/conformance", R_OK) == 0 ? "../shared/conformance" : "../../shared/conformance"; /* from a build folder */
    (void)snprintf(path, sizeof(path), "%s/captures.tsv", folder);
    FILE *list = fopen(path, "r");
    if (list == NULL) {
        printf("1..0 # SKIP no conformance material at %s\n", folder);
        return 0;
    }
    struct decoder *d = calloc(1, sizeof(*d));
    d->settings = everything;
    while (fgets(line, sizeof(line), list) != NULL) {
        if (sscanf(line, "%*s %2047s %*s %llu", file, &want) != 2) {
            continue;
        }
        bool holds = false;
        (void)snprintf(path, sizeof(path), "%s/%s", folder, file);
        uint64_t got = decode_file(path, d, &holds);
        files++;
        packets += got;
        if (got != want || !holds) {
            wrong++;
            diag("%s: %llu packets, listed %llu%s", file, (unsigned long long)got, want,
                 holds ? "" : ", a view does not hold");
        }
    }
    (void)fclose(list);
    free(d);
    diag("%llu files, %llu packets", files, packets);
    ok(files > 1000, "the list was read");
    is_int(wrong, 0, "every capture has the packets listed, and views that hold");
    return done_testing();
}

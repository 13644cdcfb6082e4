/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hosts_table - hosts and changes for people. */
#include "app/hosts.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum column {
    COLUMN_ID, COLUMN_ADDRESS, COLUMN_NAME, COLUMN_KIND, COLUMN_OS, COLUMN_MAC, COLUMN_MAKER, COLUMN_VLAN, COLUMN_TENANT, COLUMN_VTEP, COLUMN_FIRST, COLUMN_LAST,
    COLUMN_CRITICALITY, COLUMN_ROLES, COLUMN_SOFTWARE, COLUMN_SERVICES, COLUMNS
};
static const char *const titles[COLUMNS] = { "ID", "ADDRESS", "NAME", "KIND", "OS", "MAC", "MAKER", "VLAN", "TENANT", "VTEP", "FIRST", "LAST", "CRITICALITY", "ROLES", "SOFTWARE", "SERVICES" };
/* Only where they are asked for. */
static const bool asked_for[COLUMNS] = { [COLUMN_ID] = true, [COLUMN_FIRST] = true, [COLUMN_LAST] = true };
/* Which go first where there is no room. */
static const uint8_t dispensable[] = { COLUMN_SOFTWARE, COLUMN_MAKER, COLUMN_VTEP, COLUMN_VLAN, COLUMN_ROLES, COLUMN_CRITICALITY, COLUMN_MAC, COLUMN_TENANT, COLUMN_KIND, COLUMN_NAME };

/* Read twice: how wide, then to be printed. */
struct table {
    size_t room, width[COLUMNS];
    bool off[COLUMNS];
};

/* A host in a line. */
struct line {
    const char *cell[COLUMNS];
    char address[ADDR_TEXT_MAX + 16], kind[64], id[24], vlan[12], tenant[12], first[24], last[24];
};

static void second_of(char out[24], uint64_t ns)
{
    struct clock_zone zone = { 0 };
    char when[CLOCK_TEXT_MAX];

    clock_iso(&zone, ns, when);
    snprintf(out, 24, "%.19s", when);
}

static void line_of(const struct host_row *r, struct line *l)
{
    int first = (int)strcspn(r->addresses, ",");
    unsigned more = 0;

    for (const char *p = r->addresses; *p != '\0'; p++) {
        more += *p == ',';
    }
    snprintf(l->address, sizeof l->address, more != 0 ? "%.*s (+%u)" : "%.*s", first, r->addresses, more);
    snprintf(l->kind, sizeof l->kind, "%s%s%s", r->kind, r->vm[0] != '\0' ? ", vm " : "", r->vm);
    snprintf(l->id, sizeof l->id, "#%llu", (unsigned long long)r->id);
    snprintf(l->vlan, sizeof l->vlan, r->vlan != 0 ? "%u" : "", r->vlan);
    snprintf(l->tenant, sizeof l->tenant, r->tenant != 0 ? "%u" : "", r->tenant);
    second_of(l->first, r->first);
    second_of(l->last, r->last);
    const char *cells[COLUMNS] = {
        [COLUMN_ID] = l->id, [COLUMN_ADDRESS] = l->address[0] != '\0' ? l->address : "-", [COLUMN_NAME] = r->name, [COLUMN_KIND] = l->kind, [COLUMN_OS] = r->os, [COLUMN_MAC] = r->mac,
        [COLUMN_MAKER] = r->maker, [COLUMN_VLAN] = l->vlan, [COLUMN_TENANT] = l->tenant, [COLUMN_VTEP] = r->vtep, [COLUMN_FIRST] = l->first, [COLUMN_LAST] = l->last,
        [COLUMN_CRITICALITY] = r->criticality, [COLUMN_ROLES] = r->roles, [COLUMN_SOFTWARE] = r->software, [COLUMN_SERVICES] = r->services,
    };
    memcpy(l->cell, cells, sizeof cells);
}

static void table_measure(void *ctx, const struct host_row *r)
{
    struct table *t = ctx;
    struct line l;

    line_of(r, &l);
    for (unsigned i = 0; i < COLUMNS; i++) {
        size_t n = strlen(l.cell[i]);
        t->width[i] = n > t->width[i] ? n : t->width[i];
    }
}

static size_t table_width(const struct table *t)
{
    size_t sum = 0;

    for (unsigned i = 0; i < COLUMNS; i++) {
        sum += t->off[i] ? 0 : t->width[i] + 2;
    }
    return sum;
}

/* To the terminal's width: columns that are empty go, then those that can be done without, then the last is cut. */
static void table_fit(struct table *t, bool wide, const char *columns)
{
    struct winsize size;

    t->room = !wide && isatty(1) && ioctl(1, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40 ? size.ws_col : SIZE_MAX;
    for (unsigned i = 0; i < COLUMNS; i++) {
        t->off[i] = columns != NULL ? !bytes_among(bytes_str(titles[i]), columns) : asked_for[i] || t->width[i] == 0;
        size_t title = strlen(titles[i]);
        t->width[i] = t->width[i] < title ? title : t->width[i];
    }
    t->width[COLUMN_NAME] = !wide && t->width[COLUMN_NAME] > 40 ? 40 : t->width[COLUMN_NAME];
    t->width[COLUMN_SOFTWARE] = !wide && t->width[COLUMN_SOFTWARE] > 60 ? 60 : t->width[COLUMN_SOFTWARE];
    for (unsigned i = 0; columns == NULL && i < ROWS(dispensable) && table_width(t) - t->width[COLUMN_SERVICES] + 12 > t->room; i++) {
        t->off[dispensable[i]] = true;
    }
}

static void table_line(const struct table *t, const char *const cell[COLUMNS])
{
    size_t used = 0;

    for (unsigned i = 0; i < COLUMNS; i++) {
        if (t->off[i]) {
            continue;
        }
        size_t n = strlen(cell[i]), left = t->room == SIZE_MAX ? SIZE_MAX : t->room > used ? t->room - used : 0;
        size_t width = i == COLUMN_SERVICES ? n : t->width[i];
        width = width < left ? width : left;
        bool cut = n > width && width > 3;
        printf("%-*.*s%s", i == COLUMN_SERVICES || cut ? 0 : (int)width, (int)(cut ? width - 3 : width), cell[i], cut ? "..." : "");
        used += width;
        if (i != COLUMN_SERVICES && used + 2 < t->room) {
            printf("  ");
            used += 2;
        }
    }
    printf("\n");
}

static void table_row(void *ctx, const struct host_row *r)
{
    struct line l;

    line_of(r, &l);
    table_line(ctx, l.cell);
}

bool hosts_columns(const char *columns, struct err *err)
{
    char name[32];
    int n = 0;

    for (const char *p = columns; p != NULL && sscanf(p, "%31s%n", name, &n) == 1; p += n) {
        unsigned i = 0;
        while (i < COLUMNS && strcasecmp(name, titles[i]) != 0) {
            i++;
        }
        if (i == COLUMNS) {
            return err_set(err, "--columns: there is no '%s'; id address name kind os mac maker vlan tenant vtep first last criticality roles software services are wanted", name);
        }
    }
    return true;
}

void hosts_table(struct hosts *h, const struct host_filter *f, const struct arguments *a)
{
    struct table t = { 0 };

    size_t n = hosts_each(h, f, table_measure, &t);
    table_fit(&t, argument_given(a, "wide"), argument_value(a, "columns"));
    if (n != 0) {
        table_line(&t, titles);
        (void)hosts_each(h, f, table_row, &t);
    }
    printf("%s%zu hosts\n", n != 0 ? "\n" : "", n);
}

/* ---- changes ---- */

struct changes {
    bool json, some;          /* some: not all, but those of ids, and of the address */
    const char *address;      /* NULL: none */
    uint64_t *id;
    size_t n, room;
    struct clock_zone zone;
    struct text line;
};

static void id_take(void *ctx, const struct host_row *r)
{
    struct changes *c = ctx;

    if (c->n == c->room) {
        size_t room = c->room != 0 ? c->room * 2 : 256;
        uint64_t *more = realloc(c->id, room * sizeof *more);
        if (more == NULL) {
            return;
        }
        c->id = more;
        c->room = room;
    }
    c->id[c->n++] = r->id;
}

static int by_number(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;

    return *x < *y ? -1 : *x > *y;
}

static bool id_taken(const struct changes *c, uint64_t id) { return c->n != 0 && bsearch(&id, c->id, c->n, sizeof id, by_number) != NULL; }

static bool wanted(const struct changes *c, const struct host_change *x)
{
    return !c->some || id_taken(c, x->id) || id_taken(c, x->other) || (c->address != NULL && strcasecmp(c->address, x->address) == 0);
}

/* Whose changes: those that the filter takes as they are now, and whoever had the address. */
static bool whose(struct changes *c, const char *dir, const struct arguments *a, const struct host_filter *f, struct err *err)
{
    const char *which = argument_value(a, "host");
    uint64_t id;
    struct hosts *h = f != NULL ? hosts_open(dir, 0, NULL, err) : NULL;

    if (f == NULL || h == NULL) {
        return f == NULL;
    }
    c->some = true;
    c->address = argument_given(a, "where") ? NULL : which;
    (void)hosts_each(h, f, id_take, c);
    hosts_close(h);
    if (c->n == 0 && which != NULL && which[0] == '#' && bytes_u64(bytes_str(which + 1), &id)) { /* gone */
        id_take(c, &(struct host_row){ .id = id });
    }
    qsort(c->id, c->n, sizeof *c->id, by_number);
    return true;
}

static void change_text(struct changes *c, const struct host_change *x)
{
    char when[CLOCK_TEXT_MAX], whose[sizeof x->address + 24];

    clock_iso(&c->zone, x->ts, when);
    snprintf(whose, sizeof whose, x->tenant != 0 ? "%s tenant %u" : "%s", x->address, x->tenant);
    printf("%.19s  #%-6llu %-40s %s %s", when, (unsigned long long)x->id, whose, x->event, x->what);
    printf("%s%s%s%s", x->from[0] != '\0' ? " from " : "", x->from, x->to[0] != '\0' ? " to " : "", x->to);
    if (x->other != 0) {
        printf(", with #%llu", (unsigned long long)x->other);
    }
    printf("%s%s\n", x->reason[0] != '\0' ? ": " : "", x->reason);
}

static void change_row(void *ctx, const struct host_change *x)
{
    struct changes *c = ctx;
    char when[CLOCK_TEXT_MAX];
    struct json j;

    if (!wanted(c, x)) {
        return;
    }
    if (!c->json) {
        change_text(c, x);
        return;
    }
    const struct { const char *key, *value; } texts[] = { { "event", x->event }, { "what", x->what }, { "address", x->address }, { "from", x->from }, { "to", x->to },
                                                           { "reason", x->reason } };
    text_clear(&c->line);
    json_init(&j, &c->line);
    json_object(&j, NULL);
    clock_iso(&c->zone, x->ts, when);
    json_string(&j, "timestamp", when);
    json_u64(&j, "id", x->id);
    for (unsigned i = 0; i < ROWS(texts); i++) {
        if (texts[i].value[0] != '\0') {
            json_bytes(&j, texts[i].key, bytes_str(texts[i].value));
        }
    }
    if (x->tenant != 0) {
        json_u64(&j, "tenant", x->tenant);
    }
    if (x->other != 0) {
        json_u64(&j, "other", x->other);
    }
    json_end_object(&j);
    fwrite(c->line.p, 1, c->line.n, stdout);
    putchar('\n');
}

int hosts_print_changes(const char *dir, const struct arguments *a, const struct host_filter *f, struct err *err)
{
    struct changes c = { .json = argument_given(a, "json") };
    uint64_t since = 0, until = UINT64_MAX;

    err->text[0] = '\0';
    if ((argument_given(a, "since") && !when_read(argument_value(a, "since"), &since, err)) ||
        (argument_given(a, "at") && !when_read(argument_value(a, "at"), &until, err))) {
        return EXIT_USAGE;
    }
    text_init(&c.line, 0);
    if (whose(&c, dir, a, f, err)) {
        err->text[0] = '\0';
        (void)hosts_changes(dir, since, until, change_row, &c, err);
    }
    text_fini(&c.line);
    free(c.id);
    return err->text[0] != '\0' ? EXIT_USAGE : EXIT_DONE;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hosts_table - hosts and changes for people. */
#include "app/hosts.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum column { COLUMN_ADDRESS, COLUMN_NAME, COLUMN_KIND, COLUMN_OS, COLUMN_MAC, COLUMN_MAKER, COLUMN_VLAN, COLUMN_VTEP, COLUMN_ROLES, COLUMN_SOFTWARE, COLUMN_SERVICES, COLUMNS };
static const char *const titles[COLUMNS] = { "ADDRESS", "NAME", "KIND", "OS", "MAC", "MAKER", "VLAN", "VTEP", "ROLES", "SOFTWARE", "SERVICES" };
/* Which go first where there is no room. */
static const uint8_t dispensable[] = { COLUMN_SOFTWARE, COLUMN_MAKER, COLUMN_VTEP, COLUMN_VLAN, COLUMN_ROLES, COLUMN_MAC, COLUMN_KIND, COLUMN_NAME };

struct table {
    char (*cell)[COLUMNS][128];
    size_t n, room;
    size_t width[COLUMNS];
    bool off[COLUMNS];
    bool failed;
};

static void table_row(void *ctx, const struct host_row *r)
{
    struct table *t = ctx;

    if (t->n == t->room) {
        size_t room = t->room != 0 ? t->room * 2 : 256;
        void *more = realloc(t->cell, room * sizeof *t->cell);
        if (more == NULL) {
            t->failed = true;
            return;
        }
        t->cell = more;
        t->room = room;
    }
    char (*c)[128] = t->cell[t->n++];
    size_t first = strcspn(r->addresses, ",");
    unsigned more = 0;
    for (const char *p = r->addresses; *p != '\0'; p++) {
        more += *p == ',';
    }
    snprintf(c[COLUMN_ADDRESS], 128, more != 0 ? "%.*s (+%u)" : "%.*s", (int)first, r->addresses, more);
    if (r->addresses[0] == '\0') {
        snprintf(c[COLUMN_ADDRESS], 128, "-");
    }
    snprintf(c[COLUMN_NAME], 128, "%s", r->name);
    snprintf(c[COLUMN_KIND], 128, "%s%s%s", r->kind, r->vm[0] != '\0' ? ", vm " : "", r->vm);
    snprintf(c[COLUMN_OS], 128, "%s", r->os);
    snprintf(c[COLUMN_MAC], 128, "%s", r->mac);
    snprintf(c[COLUMN_MAKER], 128, "%s", r->maker);
    snprintf(c[COLUMN_VLAN], 128, r->vlan != 0 ? "%u" : "", r->vlan);
    snprintf(c[COLUMN_VTEP], 128, "%s", r->vtep);
    snprintf(c[COLUMN_ROLES], 128, "%.127s", r->roles);
    snprintf(c[COLUMN_SOFTWARE], 128, "%.127s", r->software);
    snprintf(c[COLUMN_SERVICES], 128, "%.127s", r->services);
    for (unsigned i = 0; i < COLUMNS; i++) {
        size_t n = strlen(c[i]);
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
static size_t table_fit(struct table *t, bool wide, const char *columns)
{
    struct winsize size;
    size_t room = !wide && isatty(1) && ioctl(1, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40 ? size.ws_col : SIZE_MAX;

    for (unsigned i = 0; i < COLUMNS; i++) {
        t->off[i] = columns != NULL ? !bytes_among(bytes_str(titles[i]), columns) : t->width[i] == 0;
        size_t title = strlen(titles[i]);
        t->width[i] = t->width[i] < title ? title : t->width[i];
    }
    t->width[COLUMN_NAME] = t->width[COLUMN_NAME] > 40 ? 40 : t->width[COLUMN_NAME];
    t->width[COLUMN_SOFTWARE] = t->width[COLUMN_SOFTWARE] > 60 ? 60 : t->width[COLUMN_SOFTWARE];
    for (unsigned i = 0; i < ROWS(dispensable) && table_width(t) - t->width[COLUMN_SERVICES] + 12 > room; i++) {
        t->off[dispensable[i]] = true;
    }
    return room;
}

static void table_line(const struct table *t, const char *const cell[COLUMNS], size_t room)
{
    size_t used = 0;

    for (unsigned i = 0; i < COLUMNS; i++) {
        if (t->off[i]) {
            continue;
        }
        size_t left = room == SIZE_MAX ? SIZE_MAX : room > used ? room - used : 0;
        size_t width = i == COLUMN_SERVICES ? strlen(cell[i]) : t->width[i];
        width = width < left ? width : left;
        printf("%-*.*s", i == COLUMN_SERVICES ? 0 : (int)width, (int)width, cell[i]);
        used += width;
        if (i != COLUMN_SERVICES && used + 2 < room) {
            printf("  ");
            used += 2;
        }
    }
    printf("\n");
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
            return err_set(err, "--columns: there is no '%s'; address name kind os mac maker vlan vtep roles software services are wanted", name);
        }
    }
    return true;
}

bool hosts_table(struct hosts *h, const struct host_filter *f, const struct arguments *a)
{
    struct table t = { 0 };
    size_t n = hosts_each(h, f, table_row, &t), room = table_fit(&t, argument_given(a, "wide"), argument_value(a, "columns"));

    if (n != 0) {
        table_line(&t, titles, room);
    }
    for (size_t i = 0; i < t.n; i++) {
        const char *cell[COLUMNS];
        for (unsigned k = 0; k < COLUMNS; k++) {
            cell[k] = t.cell[i][k];
        }
        table_line(&t, cell, room);
    }
    printf("%s%zu hosts\n", n != 0 ? "\n" : "", n);
    free(t.cell);
    return !t.failed;
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
    char when[CLOCK_TEXT_MAX];

    clock_iso(&c->zone, x->ts, when);
    printf("%.19s  #%-6llu %-40s %s %s", when, (unsigned long long)x->id, x->address, x->event, x->what);
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

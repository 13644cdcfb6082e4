/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config/config.h"
#include "base/file.h"
#include "tap.h"

#include <stdlib.h>
#include <unistd.h>

/* The dump of a text after settings by hand (blank separated), or its error. */
static char *dump_of(const char *const *sets, const char *yaml)
{
    struct conf *c = conf_new();
    struct err err = { "" };
    char *out = NULL;
    size_t n = 0;
    FILE *to = open_memstream(&out, &n);
    bool good = true;

    for (; sets != NULL && *sets != NULL; sets++) {
        good = good && conf_set(c, *sets, &err);
    }
    good = good && conf_load_text(c, bytes_str(yaml), "t", &err);
    if (good) {
        conf_dump(c, to);
    } else {
        fputs(err.text, to);
    }
    fclose(to);
    conf_free(c);
    return out;
}

static void test_reading(void)
{
    static const struct {
        const char *why, *yaml, *dump;
    } rows[] = {
        { "a value", "a: b\n", "a = b\n" },
        { "the head Suricata asks for", "%YAML 1.1\n---\na: b\n", "a = b\n" },
        { "nothing", "", "" },
        { "only remarks", "# a: b\n", "" },
        { "levels", "a:\n  b:\n    c: 1\n", "a = (null)\na.b = (null)\na.b.c = 1\n" },
        { "no value", "a:\nb: ~\nc: null\nd: ''\ne: 'null'\n",
          "a = (null)\nb = (null)\nc = (null)\nd = \ne = null\n" },
        { "a list of words", "a: [x, y]\n", "a = (null)\na.0 = x\na.1 = y\n" },
        { "an entry that is a map is named after its first key",
          "outputs:\n  - fast:\n      enabled: no\n  - eve-log:\n      enabled: yes\n",
          "outputs = (null)\noutputs.0 = fast\noutputs.0.fast = (null)\n"
          "outputs.0.fast.enabled = no\noutputs.1 = eve-log\noutputs.1.eve-log = (null)\n"
          "outputs.1.eve-log.enabled = yes\n" },
        { "also with several keys", "a:\n  - interface: eth0\n    threads: 2\n",
          "a = (null)\na.0 = interface\na.0.interface = eth0\na.0.threads = 2\n" },
        { "maps and words mixed", "t:\n  - alert:\n      x: 1\n  - flow\n",
          "t = (null)\nt.0 = alert\nt.0.alert = (null)\nt.0.alert.x = 1\nt.1 = flow\n" },
        { "a list in a list", "a: [[x, y], [z]]\n",
          "a = (null)\na.0 = (null)\na.0.0 = x\na.0.1 = y\na.1 = (null)\na.1.0 = z\n" },
        { "an underscore is a dash", "max_pending_packets: 1\n", "max-pending-packets = 1\n" },
        { "but not in a variable's name", "vars: {address-groups: {HOME_NET: any}}\n",
          "vars = (null)\nvars.address-groups = (null)\nvars.address-groups.HOME_NET = any\n" },
        { "a dot makes levels", "a.b: 1\na.c: 2\n", "a = (null)\na.b = 1\na.c = 2\n" },
        { "a key that comes again replaces all of it", "a: {b: 1, c: 2}\nx: y\na: {c: 3}\n",
          "a = (null)\na.c = 3\nx = y\n" },
        { "a map over a value", "a: 1\na: {b: 2}\n", "a = (null)\na.b = 2\n" },
        { "a value over a map", "a: {b: 2}\na: 1\n", "a = 1\n" },
        { "a shorter list over a longer", "a: [1, 2, 3]\na: [4]\n", "a = (null)\na.0 = 4\n" },
        { "an alias of a value", "a: &x 1\nb: *x\n", "a = 1\nb = 1\n" },
        { "an alias of a map", "a: &x {k: v}\nb: *x\n",
          "a = (null)\na.k = v\nb = (null)\nb.k = v\n" },
        { "an alias of a list", "a: &x [1]\nb: *x\n", "a = (null)\na.0 = 1\nb = (null)\nb.0 = 1\n" },
        { "an alias as entry of a list", "a: &x {k: v}\nl:\n  - *x\n",
          "a = (null)\na.k = v\nl = (null)\nl.0 = k\nl.0.k = v\n" },
        { "the key after an alias is a key", "a: &x 1\nb: {c: *x, d: 2}\n",
          "a = 1\nb = (null)\nb.c = 1\nb.d = 2\n" },
        { "a merge gives what is not there", "a: &x {k: v, m: n}\nb: {<<: *x, k: w}\n",
          "a = (null)\na.k = v\na.m = n\nb = (null)\nb.k = w\nb.m = n\n" },
        { "a merge behind the keys too", "a: &x {k: v}\nb: {k: w, <<: *x}\n",
          "a = (null)\na.k = v\nb = (null)\nb.k = w\n" },
        { "of several merges the first wins", "a: &x {k: 1}\nb: &y {k: 2, l: 3}\nc: {<<: [*x, *y]}\n",
          "a = (null)\na.k = 1\nb = (null)\nb.k = 2\nb.l = 3\nc = (null)\nc.k = 1\nc.l = 3\n" },
        { "text over several lines", "a: |\n  one\n  two\n", "a = one\ntwo\n\n" },
        { "two documents are one", "a: 1\n---\nb: 2\n", "a = 1\nb = 2\n" },
        { "bad: a map that ends early", "a: {b: 1\n",
          "t:2:1: did not find expected ',' or '}', while parsing a flow mapping (line 1)" },
        { "bad: a tab", "a:\n\t- b\n",
          "t:2:1: found character that cannot start any token, while scanning for the next token "
          "(line 2)" },
        { "bad: an unknown anchor", "a: *x\n", "t:1:4: no anchor &x stands before *x" },
        { "bad: an anchor inside itself", "a: &x {b: *x}\n", "t:1:11: *x stands inside its own anchor" },
        { "bad: a list of settings", "- a\n", "t:1:1: settings are a map, not a list" },
        { "bad: a word alone", "hello\n", "t:1:1: settings are lines of the kind key: value" },
        { "bad: a key that is a list", "? [a]\n: b\n", "t:1:3: a key must be a word" },
        { "bad: an empty key", "'': b\n", "t:1:1: an empty key" },
        { "bad: a NUL", "a: \"x\\0y\"\n", "t:1:4: a NUL in the text" },
        { "bad: not UTF-8", "a: b\nc: \xff\n", "t:2:4: invalid leading UTF-8 octet" },
        { "bad: another version", "%YAML 3.0\n---\na: b\n",
          "t:1:1: found incompatible YAML document" },
        { "bad: a merge of a word", "a: {<<: x}\n", "t:1:9: << takes an alias or a list of them" },
        { "bad: an include of a map", "include: {a: b}\n",
          "t:1:10: include takes a file name or a list of them" },
    };
    for (size_t i = 0; i < ROWS(rows); i++) {
        char *dump = dump_of(NULL, rows[i].yaml);
        is_str(dump, rows[i].dump, rows[i].why);
        free(dump);
    }
}

static void test_setting(void)
{
    static const char list[] = "o:\n  - fast: {enabled: no}\n  - eve: {enabled: yes}\n";
    static const struct {
        const char *why;
        const char *sets[3];
        const char *yaml, *dump;
    } rows[] = {
        { "what was set by hand stays", { "a=1" }, "a: 2\n", "a = 1\n" },
        { "blanks around = do not count", { " a.b  =   x y " }, "", "a = (null)\na.b = x y \n" },
        { "only the first = counts", { "a=b=c" }, "", "a = b=c\n" },
        { "an empty value", { "a=" }, "a: 1\n", "a = \n" },
        { "the later of two sets wins", { "a=1", "a=2" }, "", "a = 2\n" },
        { "beside what the file says", { "a.b=1" }, "a: {b: 2, c: 3}\n",
          "a = (null)\na.b = 1\na.c = 3\n" },
        { "it survives a key that comes again", { "a.b=1" }, "a: {c: 3}\na: {d: 4}\n",
          "a = (null)\na.b = 1\na.c = 3\na.d = 4\n" },
        { "an entry of a list by its number", { "o.1.eve.enabled=maybe" }, list,
          "o = (null)\no.0 = fast\no.0.fast = (null)\no.0.fast.enabled = no\n"
          "o.1 = eve\no.1.eve = (null)\no.1.eve.enabled = maybe\n" },
        { "a word in a list", { "l.1=x" }, "l: [a, b, c]\n",
          "l = (null)\nl.0 = a\nl.1 = x\nl.2 = c\n" },
        { "entries beyond the list stand behind it", { "l.7=x", "l.0=y" }, "l: [a, b]\n",
          "l = (null)\nl.0 = y\nl.1 = b\nl.7 = x\n" },
        { "a branch below an entry that is a word", { "t.0.flow.x=1" }, "t: [flow]\n",
          "t = (null)\nt.0 = flow\nt.0.flow = (null)\nt.0.flow.x = 1\n" },
        { "an alias leaves it alone", { "b.k=1" }, "a: &x {k: v, l: w}\nb: *x\n",
          "b = (null)\nb.k = 1\nb.l = w\na = (null)\na.k = v\na.l = w\n" },
        { "bad: no =", { "a" }, "", "not of the form key=value: a" },
        { "bad: no key", { " =1" }, "", "no usable key before =:  =1" },
    };
    for (size_t i = 0; i < ROWS(rows); i++) {
        char *dump = dump_of(rows[i].sets, rows[i].yaml);
        is_str(dump, rows[i].dump, rows[i].why);
        free(dump);
    }

    struct conf *c = conf_new();
    struct err err;
    conf_load_text(c, bytes_str("a: {b: 1}\n"), "t", &err);
    conf_set(c, "a.b=2", &err);
    conf_load_text(c, bytes_str("a: {b: 3, c: 4}\n"), "t", &err);
    is_str(conf_get(c, "a.b"), "2", "setting after a file holds against the next file");
    is_str(conf_get(c, "a.c"), "4", "which adds the rest");
    conf_free(c);
}

static void test_looking(void)
{
    struct conf *c = conf_new();
    struct err err;
    char path[64];

    conf_load_text(c, bytes_str("outputs:\n  - fast:\n      enabled: no\n  - stats\nx: 1\n"), "f.yaml",
                   &err);
    const struct conf_node *list = conf_node(c, "outputs");
    ok(conf_is_list(list) && !conf_is_list(conf_root(c)), "a list is one");
    const struct conf_node *fast = conf_first(list);
    is_str(conf_value(fast), "fast", "entries by iteration");
    is_str(conf_value(conf_next(fast)), "stats", "words among them");
    ok(conf_next(conf_next(fast)) == NULL, "to their end");
    const struct conf_node *enabled = conf_child(c, fast, "fast.enabled");
    is_str(conf_value(enabled), "no", "from an entry on");
    is_str(conf_name(enabled), "enabled", "its key");
    is_str(conf_path(enabled, path, sizeof(path)), "outputs.0.fast.enabled", "its path");
    is_str(conf_path(enabled, path, 10), "outputs.0", "its path, cut");
    struct conf_place place = conf_place(enabled);
    ok(strcmp(place.file, "f.yaml") == 0 && place.line == 3 && place.column == 16, "its place");
    ok(conf_node(c, "outputs.2") == NULL && conf_node(c, "outputs.fast") == NULL &&
           conf_node(c, "nothing.at.all") == NULL && conf_get(c, "outputs") == NULL,
       "what is absent is NULL");
    ok(conf_child(c, fast, "") == fast, "an empty path is the node itself");
    conf_free(c);
}

static void write_file(const char *folder, const char *name, const char *text)
{
    char path[512];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    if (f != NULL) {
        fputs(text, f);
        fclose(f);
    }
}

static void test_files(void)
{
    static const struct {
        const char *name, *text;
    } files[] = {
        { "main.yaml", "a: 1\ninclude: one.yaml\nb: !include two.yaml\nc: {include: [two.yaml, three.yaml]}\n" },
        { "one.yaml", "a: 2\nd: 3\n" },
        { "two.yaml", "%YAML 1.1\n---\ne: 4\n" },
        { "three.yaml", "f: 5\n" },
        { "loop.yaml", "include: loop.yaml\n" },
        { "bad.yaml", "x: 1\ninclude: worse.yaml\n" },
        { "worse.yaml", "y: [\n" },
        { "list.yaml", "rules: !include rules.yaml\n" },
        { "rules.yaml", "- a.rules\n- b.rules\n" },
    };
    char folder[] = "config_test.XXXXXX", path[256], *dump = NULL;
    struct err err = { "" };
    size_t n = 0;

    if (!ok(mkdtemp(folder) != NULL, "a folder to work in")) {
        return;
    }
    for (size_t i = 0; i < ROWS(files); i++) {
        write_file(folder, files[i].name, files[i].text);
    }
    struct conf *c = conf_new();
    snprintf(path, sizeof(path), "%s/main.yaml", folder);
    ok(conf_load(c, path, &err), "a file with others in it");
    FILE *to = open_memstream(&dump, &n);
    conf_dump(c, to);
    fclose(to);
    is_str(dump, "a = 2\nd = 3\nb = (null)\nb.e = 4\nc = (null)\nc.e = 4\nc.f = 5\n",
           "includes at the top, at a key, and as a list inside a map");
    snprintf(path, sizeof(path), "%s/one.yaml", folder);
    is_str(conf_place(conf_node(c, "d")).file, path, "a setting knows the file it came from");
    free(dump);
    conf_free(c);

    static const struct {
        const char *why, *name, *has;
    } bad[] = {
        { "a file that includes itself", "loop.yaml", "more than 16 deep" },
        { "an error in an included file names it", "bad.yaml", "worse.yaml:2:1: " },
        { "and where it is included", "bad.yaml", "bad.yaml:2:10)" },
        { "a file that is not there", "none.yaml", "No such file" },
        { "a folder", ".", "Is a directory" },
    };
    for (size_t i = 0; i < ROWS(bad); i++) {
        c = conf_new();
        snprintf(path, sizeof(path), "%s/%s", folder, bad[i].name);
        bool good = conf_load(c, path, &err);
        if (!ok(!good && strstr(err.text, bad[i].has) != NULL, bad[i].why)) {
            diag("%s", err.text);
        }
        conf_free(c);
    }
    c = conf_new();
    snprintf(path, sizeof(path), "%s/list.yaml", folder);
    ok(conf_load(c, path, &err) && conf_is_list(conf_node(c, "rules")) &&
           strcmp(conf_get(c, "rules.1"), "b.rules") == 0,
       "an included list");
    conf_free(c);
    for (size_t i = 0; i < ROWS(files); i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, files[i].name);
        unlink(path);
    }
    rmdir(folder);
}

static void test_limits(void)
{
    struct conf *c = conf_new();
    struct err err = { "" };
    char deep[200];

    memset(deep, '[', 100);
    memset(deep + 100, ']', 100);
    char text[256];
    snprintf(text, sizeof(text), "a: %.200s\n", deep);
    ok(!conf_load_text(c, bytes_str(text), "t", &err) && strstr(err.text, "too deep") != NULL,
       "levels have an end");
    conf_free(c);

    c = conf_new();
    static const char laughs[] =
        "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
        "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
        "e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\n"
        "g: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f,*f]\n";
    ok(!conf_load_text(c, bytes_str(laughs), "t", &err) && strstr(err.text, "too many") != NULL,
       "aliases that multiply have an end");
    conf_free(c);

    c = conf_new();
    char path[400] = "a";
    for (int i = 0; i < 90; i++) {
        strcat(path, ".a");
    }
    strcat(path, "=1");
    ok(!conf_set(c, path, &err), "a path by hand has the same limit");
    conf_free(c);
}

static void test_values(void)
{
    static const struct {
        const char *why, *text;
        int is; /* -1: not a bool */
        bool size_good, seconds_good;
        uint64_t size;
        uint32_t seconds;
    } rows[] = {
        { "yes", "yes", 1, false, false, 0, 0 },
        { "TRUE", "TRUE", 1, false, false, 0, 0 },
        { "On", "On", 1, false, false, 0, 0 },
        { "1", "1", 1, true, true, 1, 1 },
        { "no", "no", 0, false, false, 0, 0 },
        { "false", "False", 0, false, false, 0, 0 },
        { "off", "off", 0, false, false, 0, 0 },
        { "0", "0", 0, true, true, 0, 0 },
        { "a word", "maybe", -1, false, false, 0, 0 },
        { "kilobytes", "64kb", -1, true, false, 65536, 0 },
        { "a blank before the unit", "10 MiB", -1, true, false, 10 << 20, 0 },
        { "gigabytes", "1GB", -1, true, false, 1 << 30, 0 },
        { "a fraction", "1.5 mb", -1, true, false, 3 << 19, 0 },
        { "a long fraction", "0.3333333333333kb", -1, true, false, 341, 0 },
        { "minutes", "5m", -1, true, true, 5 << 20, 300 },
        { "hours", "2h", -1, false, true, 0, 7200 },
        { "half an hour", "0.5h", -1, false, true, 0, 1800 },
        { "days", "1d", -1, false, true, 0, 86400 },
        { "a sign", "-1", -1, false, false, 0, 0 },
        { "nothing", "", -1, false, false, 0, 0 },
        { "an unknown unit", "1xb", -1, false, false, 0, 0 },
        { "a point alone", "1.kb", -1, false, false, 0, 0 },
        { "more than fits", "99999999999gb", -1, false, false, 0, 0 },
        { "seconds more than fit", "9999999999", -1, true, false, 9999999999, 0 },
    };
    for (size_t i = 0; i < ROWS(rows); i++) {
        bool is = false;
        uint64_t size = 0;
        uint32_t seconds = 0;
        int got = conf_text_bool(rows[i].text, &is) ? is : -1;
        bool size_good = conf_text_size(rows[i].text, &size);
        bool seconds_good = conf_text_seconds(rows[i].text, &seconds);
        ok(got == rows[i].is && size_good == rows[i].size_good && (!size_good || size == rows[i].size) &&
               seconds_good == rows[i].seconds_good && (!seconds_good || seconds == rows[i].seconds),
           rows[i].why);
    }

    struct conf *c = conf_new();
    struct err err = { "" };
    bool is = true;
    uint64_t number = 7;
    uint32_t seconds = 7;
    conf_load_text(c, bytes_str("b: off\nn: 12\ns: 1kb\nt: 1m\nw: word\ne:\n"), "t", &err);
    ok(conf_bool(c, "b", &is, &err) && !is, "a bool of the tree");
    ok(conf_u64(c, "n", &number, &err) && number == 12, "a number");
    ok(conf_size(c, "s", &number, &err) && number == 1024, "a size");
    ok(conf_seconds(c, "t", &seconds, &err) && seconds == 60, "seconds");
    ok(conf_u64(c, "none", &number, &err) && conf_u64(c, "e", &number, &err) && number == 1024,
       "what is absent or empty changes nothing");
    uint32_t place = 7;
    ok(conf_word(c, conf_root(c), "w", "a Word", &place, &err) && place == 1, "a word, in any case");
    ok(conf_word(c, conf_root(c), "b", "yes maybe no", &place, &err) && place == 2, "no, said as a bool is");
    ok(conf_word(c, conf_root(c), "none", "a", &place, &err) && conf_word(c, conf_root(c), "e", "a", &place, &err) && place == 2, "none");
    ok(!conf_word(c, conf_root(c), "w", "a b", &place, &err), "another word");
    is_str(err.text, "t:5:4: w: 'word' is not allowed, it takes one of: a b", "and which there are");
    ok(!conf_bool(c, "w", &is, &err), "a word is no bool");
    is_str(err.text, "t:5:4: w: 'word' is not allowed, it takes yes or no", "and the error says where");
    ok(!conf_u64(c, "w", &number, &err) && !conf_size(c, "w", &number, &err) &&
           !conf_seconds(c, "w", &seconds, &err),
       "nor anything else");
    conf_free(c);
}

struct settings {
    bool on;
    uint32_t count, mode, inline_mode, wait;
    uint64_t big, bytes;
    const char *name, *list;
};

static const struct option_row options[] = {
    { "m.on", OPTION_BOOL, offsetof(struct settings, on), "yes", NULL, 0, 0, NULL, "" },
    { "m.count", OPTION_U32, offsetof(struct settings, count), "5", NULL, 1, 100, "packets", "" },
    { "m.mode", OPTION_ENUM, offsetof(struct settings, mode), "auto", "off auto on", 0, 0, NULL, "" },
    { "m.inline", OPTION_ENUM, offsetof(struct settings, inline_mode), "auto", "auto no yes", 0, 0, NULL, "" },
    { "m.wait", OPTION_SECONDS, offsetof(struct settings, wait), "30", NULL, 0, 0, "s", "" },
    { "m.big", OPTION_U64, offsetof(struct settings, big), "0", NULL, 0, 0, NULL, "" },
    { "m.bytes", OPTION_BYTES, offsetof(struct settings, bytes), "1mb", NULL, 0, 1 << 30, "bytes", "" },
    { "m.name", OPTION_STRING, offsetof(struct settings, name), NULL, NULL, 0, 0, NULL, "" },
    { "m.list", OPTION_LIST, offsetof(struct settings, list), "x", NULL, 0, 0, NULL, "" },
};

static void test_apply(void)
{
    struct conf *c = conf_new();
    struct settings s;
    struct err err = { "" };

    memset(&s, 0xff, sizeof(s));
    ok(conf_apply(c, options, ROWS(options), &s, &err) && s.on && s.count == 5 && s.mode == 1 &&
           s.wait == 30 && s.big == 0 && s.bytes == 1 << 20 && s.name == NULL &&
           strcmp(s.list, "x") == 0,
       "presets where the tree says nothing");
    conf_load_text(c, bytes_str("m: {on: no, count: 100, mode: ON, inline: true, wait: 2m, big: 18446744073709551615,\n"
                                "  bytes: 64kb, name: a b, list: [p, q, ~, r]}\n"),
                   "t", &err);
    ok(conf_apply(c, options, ROWS(options), &s, &err) && !s.on && s.count == 100 && s.mode == 2 && s.inline_mode == 2 &&
           s.wait == 120 && s.big == UINT64_MAX && s.bytes == 65536 && strcmp(s.name, "a b") == 0,
       "what the tree says");
    is_str(s.list, "p,q,r", "a list as one text");
    conf_free(c);

    static const struct {
        const char *why, *yaml, *error;
    } bad[] = {
        { "above the range", "m: {count: 101}\n",
          "t:1:12: m.count: '101' is not allowed, it takes a whole number, from 1 to 100 packets" },
        { "below the range", "m: {count: 0}\n",
          "t:1:12: m.count: '0' is not allowed, it takes a whole number, from 1 to 100 packets" },
        { "not one of the words", "m:\n  mode: maybe\n",
          "t:2:9: m.mode: 'maybe' is not allowed, it takes one of: off auto on" },
        { "an empty word is none of them", "m: {mode: ''}\n",
          "t:1:11: m.mode: '' is not allowed, it takes one of: off auto on" },
        { "no bool", "m: {on: 2}\n", "t:1:9: m.on: '2' is not allowed, it takes yes or no" },
        { "too large for its field", "m: {wait: 99999999999}\n",
          "t:1:11: m.wait: '99999999999' is not allowed, it takes a number of seconds, or with m, h or d" },
    };
    for (size_t i = 0; i < ROWS(bad); i++) {
        c = conf_new();
        conf_load_text(c, bytes_str(bad[i].yaml), "t", &err);
        ok(!conf_apply(c, options, ROWS(options), &s, &err), "refused");
        is_str(err.text, bad[i].error, bad[i].why);
        conf_free(c);
    }
    c = conf_new();
    conf_load_text(c, bytes_str("o: [{m: {count: 7}}, {m: {count: 8}}]\n"), "t", &err);
    ok(conf_apply_at(c, conf_node(c, "o.1"), options, ROWS(options), &s, &err) && s.count == 8,
       "from a node on, once for each entry of a list");
    ok(conf_apply_at(c, NULL, options, ROWS(options), &s, &err) && s.count == 5, "presets alone");
    conf_free(c);
}

static void collect(void *arg, const char *path, struct conf_place place)
{
    char *out = arg;
    size_t n = strlen(out);

    snprintf(out + n, 256 - n, "%s:%u ", path, place.line);
}

static void test_unused(void)
{
    struct conf *c = conf_new();
    struct settings s;
    struct err err;
    char out[256] = "";

    conf_load_text(c,
                   bytes_str("m: {on: no, typo: 1}\nold:\n  a: 1\n  b: 2\n"
                             "outputs:\n  - eve: {x: 1, y: 2}\n  - eve: {x: 1}\nvars: {A: 1, B: {C: 2}}\nway: {old: , new: 1}\n"),
                   "t", &err);
    conf_apply(c, options, ROWS(options), &s, &err);
    conf_mark_used(c, "outputs.*.eve.x");
    ok(conf_read(c, conf_root(c), "way.none") == NULL && conf_read(c, conf_root(c), "way.old") != NULL, "read");
    conf_mark_used(c, "vars.**");
    conf_mark_used(c, "not.there");
    conf_unused(c, collect, out);
    is_str(out, "m.typo:1 old:2 outputs.0.eve.y:6 way.new:9 ",
           "keys nothing understands are told, a whole branch once, with their lines");
    conf_free(c);
}

static void differ_add(void *arg, const char *path)
{
    char *all = arg;

    snprintf(all + strlen(all), 256 - strlen(all), "%s%s", all[0] != '\0' ? " " : "", path);
}

/* What is other in a tree that was read later; what was set by hand is not looked at. */
static void test_differ(void)
{
    static const struct {
        const char *before, *after, *set, *want, *why;
    } rows[] = {
        { "a: 1\nb: {c: 2, d: 3}\n", "b: {d: 3, c: 2}\na: 1\n", NULL, "", "order means nothing" },
        { "a: 1\nb: {c: 2, d: 3}\n", "a: 1\nb: {c: 5, d: 3}\n", NULL, "b.c", "another value" },
        { "a: 1\nb: {c: 2, d: 3}\n", "a: 1\n", NULL, "b", "a branch that went, at its top" },
        { "a: 1\n", "a: 1\nb: {c: 2, d: 3}\n", NULL, "b", "a branch that came" },
        { "l: [x, y]\n", "l: [x, z, w]\n", NULL, "l.1 l.2", "entries of a list" },
        { "a: 1\n", "a: 1\n", "q.r=5", "", "what was set by hand is in no file" },
        { "a: 1\n", "a: 2\n", "a=7", "", "and stays whatever the file says" },
        { "a: ~\n", "a: \"\"\n", NULL, "a", "no value is not an empty one" },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct conf *before = conf_new(), *after = conf_new();
        char all[256] = "";
        struct err err;
        bool good = (rows[i].set == NULL || conf_set(before, rows[i].set, &err)) && conf_load_text(before, bytes_str(rows[i].before), "t", &err) &&
                    conf_load_text(after, bytes_str(rows[i].after), "t", &err);
        if (ok(good, "both are read")) {
            conf_differ(before, after, differ_add, all);
            is_str(all, rows[i].want, rows[i].why);
        }
        conf_free(before);
        conf_free(after);
    }
}

int main(void)
{
    test_differ();
    test_reading();
    test_setting();
    test_looking();
    test_files();
    test_limits();
    test_values();
    test_apply();
    test_unused();
    return done_testing();
}

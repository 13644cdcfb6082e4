/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sinks: which records they take, what they make of lines and frames, and what happens when the world refuses. */
#include "output/output.h"

#include "tap.h"

#include <dirent.h>
#include <fcntl.h>
#include <glob.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static char dir[64];
static struct log quiet;

static const char *at(const char *name)
{
    static char path[256];

    snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

static long size_of(const char *name)
{
    struct stat st;

    return stat(at(name), &st) == 0 ? (long)st.st_size : -1;
}

static const char *text_of(const char *name)
{
    static char text[4096];
    int fd = open(at(name), O_RDONLY);
    ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;

    if (fd >= 0) {
        close(fd);
    }
    text[n > 0 ? n : 0] = '\0';
    return n >= 0 ? text : "(no such file)";
}

static void pass(long ms) { nanosleep(&(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 }, NULL); }

static struct output *start(const struct output_settings *s)
{
    struct err err = { { 0 } };
    struct output *o = output_open(s, dir, &quiet, &err);

    if (o == NULL) {
        diag("%s", err.text);
    }
    return o;
}

static void line(struct output *o, enum event_kind kind, uint32_t to, const char *text)
{
    output_write(o, &(struct event){ kind, to, bytes_str(text) });
}

static uint64_t end(struct output *o)
{
    uint64_t lost = 0;

    (void)output_close(o, &lost);
    return lost;
}

static void test_lines(void)
{
    struct output_settings s = { .n = 4, .sink = { { .kind = SINK_EVE, .eve = 0, .file = "a.json" },
                                                   { .kind = SINK_EVE, .eve = 1, .file = "b.json", .prefix = "@cee: ", .append = true, .mode = 0604 },
                                                   { .kind = SINK_FAST, .file = "fast-%Y.log" }, { .kind = SINK_STATS, .file = "stats.log" } } };
    struct stat st;
    char name[64];
    time_t now = time(NULL);
    struct tm tm;

    for (unsigned run = 0; run < 2; run++) {
        struct output *o = start(&s);
        line(o, EVENT_ALERT, 1, "one\n");
        line(o, EVENT_FLOW, 3, "both\n");
        line(o, EVENT_TXN, 2, "other\n");
        line(o, EVENT_FAST, 0, "fast\n");
        line(o, EVENT_STATS_LOG, 0, "stats\n");
        is_int(end(o), 0, "nothing is lost");
    }
    is_str(text_of("a.json"), "one\nboth\n", "an output gets what is for it; without append the file begins anew");
    is_str(text_of("b.json"), "@cee: both\n@cee: other\n@cee: both\n@cee: other\n", "with append it goes on; a prefix stands before each line");
    localtime_r(&now, &tm);
    strftime(name, sizeof name, "fast-%Y.log", &tm);
    is_str(text_of(name), "fast\n", "the time's parts in a file's name");
    is_str(text_of("stats.log"), "stats\n", "statistics as a table");
    ok(stat(at("b.json"), &st) == 0 && (st.st_mode & 0777) == 0604, "permissions as asked for");
}

static void test_full_disk(void)
{
    struct output_settings s = { .n = 1, .sink = { { .kind = SINK_EVE, .file = "full.json" } } };
    struct rlimit small = { 70, 0 }, was;
    struct output *o = start(&s);

    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &was);
    small.rlim_max = was.rlim_max;
    setrlimit(RLIMIT_FSIZE, &small);
    for (unsigned i = 0; i < 10; i++) {
        line(o, EVENT_ALERT, 1, "sixteen bytes..\n");
    }
    output_flush(o);
    line(o, EVENT_ALERT, 1, "sixteen bytes..\n");
    uint64_t lost = end(o);
    setrlimit(RLIMIT_FSIZE, &was);
    is_int(lost, 7, "lines that a full disk refuses are counted");
    is_int(size_of("full.json"), 64, "those before stay, and no half line");
    is_int(quiet.errors, 1, "and told of once");
}

/* A line too long for the buffer, of which only the prefix finds room. */
static void test_long_line(void)
{
    static char text[300001];
    struct output_settings s = { .n = 1, .sink = { { .kind = SINK_EVE, .file = "long.json", .prefix = "> " } } };
    struct rlimit was, small;
    struct output *o = start(&s);
    uint64_t counted[OUTPUT_COUNTER_N];

    memset(text, 'x', sizeof text - 2);
    text[sizeof text - 2] = '\n';
    getrlimit(RLIMIT_FSIZE, &was);
    small = (struct rlimit){ 7, was.rlim_max };
    setrlimit(RLIMIT_FSIZE, &small);
    line(o, EVENT_ALERT, 1, "1\n");
    line(o, EVENT_ALERT, 1, text);
    setrlimit(RLIMIT_FSIZE, &was);
    line(o, EVENT_ALERT, 1, "2\n");
    output_count(o, counted);
    is_int(counted[OUTPUT_LOST], 1, "a long line that a full disk refuses is counted at once");
    end(o);
    is_str(text_of("long.json"), "> 1\n> 2\n", "and nothing of it stays");
}

static void file_make(const char *name, const char *text)
{
    int fd = open(at(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

    ok(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text), name);
    close(fd);
}

/* What a run before, or somebody else, left is half a line: the next one begins behind it. */
static void test_half_line(void)
{
    struct output_settings s = { .n = 3, .sink = { { .kind = SINK_EVE, .file = "half.json", .append = true }, { .kind = SINK_EVE, .file = "whole.json", .append = true },
                                                   { .kind = SINK_EVE, .eve = 1, .file = "half.json", .append = true } } };
    struct err err;

    file_make("half.json", "1\n{\"b");
    file_make("whole.json", "1\n");
    struct output *o = start(&s);
    line(o, EVENT_ALERT, 3, "2\n");
    output_flush(o);
    is_str(text_of("half.json"), "1\n{\"b\n2\n2\n", "half a line is a line of its own, also where two outputs share the file");
    is_str(text_of("whole.json"), "1\n2\n", "behind whole ones there is no empty one");
    file_make("half.json", "half");
    ok(unlink(at("whole.json")) == 0 && output_reopen(o, &err), "opened anew");
    line(o, EVENT_ALERT, 1, "3\n");
    is_int(end(o), 0, "nothing is lost");
    is_str(text_of("half.json"), "half\n3\n", "then, too");
    is_str(text_of("whole.json"), "3\n", "a new file begins with a line");
}

/* What is no file keeps half a line that it did not take whole. */
static void test_half_line_stays(void)
{
    struct output_settings s = { .n = 1, .sink = { { .kind = SINK_EVE, .type = SINK_CONSOLE } } };
    static char text[4001], got[8192];
    int pipe_of[2], was = dup(STDOUT_FILENO);
    size_t n = 0;

    memset(text, 'x', sizeof text - 2);
    text[sizeof text - 2] = '\n';
    if (!ok(was >= 0 && pipe(pipe_of) == 0 && fcntl(pipe_of[1], F_SETPIPE_SZ, 4096) == 4096 && fcntl(pipe_of[1], F_SETFL, O_NONBLOCK) == 0, "a small pipe")) {
        return;
    }
    fflush(stdout);
    dup2(pipe_of[1], STDOUT_FILENO);
    struct output *o = start(&s);
    line(o, EVENT_ALERT, 1, text);
    line(o, EVENT_ALERT, 1, text);
    output_flush(o);
    n += (size_t)read(pipe_of[0], got, 4096);
    line(o, EVENT_ALERT, 1, "3\n");
    uint64_t lost = end(o);
    n += (size_t)read(pipe_of[0], got + n, 4096);
    dup2(was, STDOUT_FILENO);
    is_int(lost, 1, "a line that a pipe did not take whole is counted");
    is_int(n, 4096 + 3, "its beginning stays");
    is_mem(got + 4095, n - 4095, "x\n3\n", 4, "and ends where the next one begins");
    close(was);
    close(pipe_of[0]);
    close(pipe_of[1]);
}

/* An event of unified2 and its packet: type, length, sensor, event, and so many bytes. */
static void unified2(struct output *o, size_t n)
{
    uint8_t room[512] = { 0 };

    room[3] = 7, room[7] = 52;
    room[60 + 3] = 2, room[60 + 7] = (uint8_t)n;
    output_write(o, &(struct event){ EVENT_UNIFIED2, 0, bytes_of(room, 60 + 8 + n) });
}

static void test_unified2_full(void)
{
    struct output_settings s = { .n = 1, .sink = { { .kind = SINK_UNIFIED2, .file = "u2" } } };
    struct rlimit was, small;
    char pattern[128], name[32] = "";
    uint8_t event[4] = { 0 };
    glob_t found;

    struct output *o = start(&s);
    getrlimit(RLIMIT_FSIZE, &was);
    small = (struct rlimit){ 150, was.rlim_max };
    setrlimit(RLIMIT_FSIZE, &small);
    unified2(o, 20);
    unified2(o, 20);
    output_flush(o);
    setrlimit(RLIMIT_FSIZE, &was);
    unified2(o, 20);
    is_int(end(o), 1, "an event that a full disk did not take whole is counted");
    snprintf(pattern, sizeof pattern, "%s/u2.*", dir);
    if (ok(glob(pattern, 0, NULL, &found) == 0 && found.gl_pathc == 1, "there is one file")) {
        snprintf(name, sizeof name, "%.30s", strrchr(found.gl_pathv[0], '/') + 1);
        globfree(&found);
    }
    is_int(size_of(name), 2 * 88, "of whole events: those before it, and those behind");
    int fd = open(at(name), O_RDONLY);
    is_int(pread(fd, event, 4, 88 + 12), 4, "the second has");
    is_int(event[3], 3, "the third one's number");
    close(fd);
}

static unsigned count_of(const char *start_of_name)
{
    unsigned files = 0;
    struct dirent *e;
    DIR *d = opendir(dir);

    while (d != NULL && (e = readdir(d)) != NULL) {
        files += strncmp(e->d_name, start_of_name, strlen(start_of_name)) == 0;
    }
    if (d != NULL) {
        closedir(d);
    }
    return files;
}

/* A folder that is away for a while: the file that could not be begun is tried again, and its lines wait. */
static void test_open_again(void)
{
    struct output_settings s = { .n = 1, .sink = { { .kind = SINK_EVE, .file = "sub/later.json" } } };
    char sub[256], away[256];
    struct err err;

    snprintf(sub, sizeof sub, "%s", at("sub"));
    snprintf(away, sizeof away, "%s", at("away"));
    ok(mkdir(sub, 0755) == 0, "a folder");
    struct output *o = start(&s);
    line(o, EVENT_ALERT, 1, "one\n");
    output_flush(o);
    ok(rename(sub, away) == 0, "goes");
    ok(!output_reopen(o, &err) && strstr(err.text, "sub/later.json: No such file") != NULL, "who asked for files anew is told of which one, and why");
    line(o, EVENT_ALERT, 1, "two\n");
    output_flush(o);
    ok(rename(away, sub) == 0, "and comes back");
    pass(1100);
    output_flush(o);
    line(o, EVENT_ALERT, 1, "three\n");
    is_int(end(o), 0, "nothing is lost");
    is_str(text_of("sub/later.json"), "one\ntwo\nthree\n", "what was told between is there too");
}

static void test_unified2_open_again(void)
{
    struct output_settings s = { .n = 1, .sink = { { .kind = SINK_UNIFIED2, .file = "sub/u2" } } };
    char sub[256], away[256];
    struct err err;

    snprintf(sub, sizeof sub, "%s", at("sub"));
    snprintf(away, sizeof away, "%s", at("away"));
    struct output *o = start(&s);
    ok(rename(sub, away) == 0, "a folder goes");
    ok(!output_reopen(o, &err) && strstr(err.text, "sub/u2") != NULL, "unified2: who asked is told");
    for (unsigned i = 0; i < 3; i++) {
        unified2(o, 20);
        output_flush(o);
    }
    ok(rename(away, sub) == 0, "and comes back");
    pass(1100);
    output_flush(o);
    unified2(o, 20);
    is_int(end(o), 0, "unified2: nothing is lost");
    ok(rename(sub, away) == 0, "it goes");
    o = start(&s);
    ok(o == NULL, "a start without it fails");
    ok(rename(away, sub) == 0, "it is back");
    o = start(&s);
    ok(rename(sub, away) == 0, "and goes");
    (void)output_reopen(o, &err);
    unified2(o, 20);
    is_int(end(o), 1, "what waits until the end is lost, and counted");
    ok(rename(away, sub) == 0, "the end");
}

/* Of those put aside so many stay, over runs; what has another kind of name is nobody's business here. */
static void test_aside(void)
{
    struct output_settings s = { .n = 1, .sink = { { .kind = SINK_EVE, .file = "k.json", .size = 10, .keep = 3, .append = true } } };
    static const char *const others[] = { "k.json.1", "k.json.1700000000.gz", "k.json.old" }, *const before[] = { "k.json.1700000000", "k.json.1700000001.9", "k.json.1700000001.10" };

    for (unsigned i = 0; i < 3; i++) {
        close(open(at(others[i]), O_WRONLY | O_CREAT, 0600));
        close(open(at(before[i]), O_WRONLY | O_CREAT, 0600));
    }
    for (unsigned run = 0; run < 3; run++) {
        struct output *o = start(&s);
        line(o, EVENT_ALERT, 1, "ten bytes\n");
        is_int(end(o), 0, "a run with one line");
        if (run == 1) {
            ok(size_of(before[0]) == -1 && size_of(before[1]) == 0 && size_of(before[2]) == 0, "the oldest goes");
        }
    }
    ok(size_of(before[1]) == -1 && size_of(before[2]) == 0, "by their numbers");
    is_int(count_of("k.json."), 3 + 3, "three stay, and other files");
    is_int(size_of("k.json"), 10, "beside the present one");
}

static void test_rotation(void)
{
    struct output_settings s = { .n = 1, .sink = { { .kind = SINK_EVE, .file = "r-%s.json", .rotate = 1 } } };
    struct output *o = start(&s);

    line(o, EVENT_ALERT, 1, "before\n");
    nanosleep(&(struct timespec){ .tv_sec = 1, .tv_nsec = 50000000 }, NULL);
    line(o, EVENT_ALERT, 1, "after\n");
    end(o);
    is_int(count_of("r-"), 2, "a new file when its time has come");
}

static struct sockaddr_un address(const char *name)
{
    struct sockaddr_un a = { .sun_family = AF_UNIX };

    unlink(at(name));
    snprintf(a.sun_path, sizeof a.sun_path, "%.40s/%s", dir, name);
    return a;
}

static int listening(int type, const struct sockaddr_un *a)
{
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

    ok(bind(fd, (const struct sockaddr *)a, sizeof *a) == 0 && (type == SOCK_DGRAM || listen(fd, 4) == 0), "a peer comes");
    return fd;
}

static const char *received(int fd, size_t n)
{
    static char got[512];
    ssize_t k = recv(fd, got, sizeof got - 1, n != 0 ? 0 : MSG_DONTWAIT);

    got[k > 0 ? k : 0] = '\0';
    return got;
}

static void test_socket(int type, enum sink_type sink, const char *why)
{
    struct output_settings s = { .n = 1, .sink = { { .kind = SINK_EVE, .type = sink, .file = "socket", .prefix = "> " } } };
    const struct sockaddr_un a = address("socket");

    struct output *o = start(&s); /* nobody listens yet */
    line(o, EVENT_ALERT, 1, "early\n");
    int peer = listening(type, &a);
    pass(1100);
    line(o, EVENT_ALERT, 1, "told\n");
    output_flush(o);
    int from = type == SOCK_STREAM ? accept(peer, NULL, NULL) : peer;
    if (type == SOCK_STREAM) {
        is_str(received(from, 1), "> early\n> told\n", why);
    } else {
        is_str(received(from, 1), "> early\n", why);
        is_str(received(from, 1), "> told\n", why);
    }
    close(from);
    if (from != peer) {
        close(peer);
    }
    line(o, EVENT_ALERT, 1, "one\n");
    output_flush(o); /* it is gone */
    line(o, EVENT_ALERT, 1, "two\n");
    is_int(end(o), 2, "what waits for a peer that does not come again is counted as lost");
}

enum { MANY = 40000 };

static uint64_t ms_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* MANY lines of a kilobyte. */
static void many(struct output *o)
{
    char text[1025];

    memset(text, 'x', 1023);
    memcpy(text + 1023, "\n", 2);
    for (unsigned i = 0; i < MANY; i++) {
        line(o, EVENT_ALERT, 1, text);
    }
}

/* Lines that come over a connection, once it goes, until that ends. */
struct reader {
    int listen, from, type;
    _Atomic bool goes;
    long pause_us;
    uint64_t lines;
};

static void *read_lines(void *arg)
{
    static char room[65536];
    struct reader *r = arg;
    ssize_t n;

    r->from = r->type == SOCK_STREAM ? accept(r->listen, NULL, NULL) : r->listen;
    while (!r->goes) {
        pass(1);
    }
    while ((n = recv(r->from, room, sizeof room, 0)) > 0 && room[0] != '.') {
        for (ssize_t i = 0; i < n && r->type == SOCK_STREAM; i++) {
            r->lines += room[i] == '\n';
        }
        r->lines += r->type == SOCK_DGRAM;
        nanosleep(&(struct timespec){ .tv_nsec = r->pause_us * 1000 }, NULL);
    }
    return NULL;
}

/* Whoever does not read keeps nobody (live), or not for ever; whoever is slow gets all where there is time. */
static void test_readers(enum sink_type type, bool waits, bool reads, const char *why)
{
    struct output_settings s = { .waits = waits, .n = 1, .sink = { { .kind = SINK_EVE, .type = type, .file = "reader", .syslog = { .identity = "me", .socket = "reader" } } } };
    const struct sockaddr_un a = address("reader");
    struct reader r = { .type = type == SINK_UNIX_STREAM ? SOCK_STREAM : SOCK_DGRAM, .goes = reads, .pause_us = type == SINK_UNIX_STREAM ? 50 : 0 };
    pthread_t thread;

    r.listen = listening(r.type, &a);
    pthread_create(&thread, NULL, read_lines, &r);
    struct output *o = start(&s);
    uint64_t began = ms_now();
    many(o);
    uint64_t put = ms_now() - began;
    r.goes = true;
    uint64_t lost = end(o), ended = ms_now() - began;
    if (r.type == SOCK_DGRAM) {
        int last = socket(AF_UNIX, SOCK_DGRAM, 0);
        sendto(last, ".", 1, 0, (const struct sockaddr *)&a, sizeof a);
        close(last);
    }
    pthread_join(thread, NULL);
    ok(waits || put < 2000, why);
    ok(ended < 12000, "it ends in time");
    ok(reads ? lost == 0 : lost > MANY / 2 && lost < MANY * 3 / 4, "what there was no room for is lost, the rest not");
    is_int(r.lines + lost, MANY, "each record is read or counted");
    if (r.lines + lost != MANY) {
        diag("put in %llu ms, ended after %llu, %llu lost", (unsigned long long)put, (unsigned long long)ended, (unsigned long long)lost);
    }
    close(r.from);
    if (r.from != r.listen) {
        close(r.listen);
    }
}

/* A named pipe where a file was meant to be. */
static void test_pipe(void)
{
    struct output_settings s = { .n = 1, .sink = { { .kind = SINK_EVE, .file = "pipe.json" } } };
    static char many[64 << 10];
    char got[16] = "";
    struct err err;

    memset(many, 'x', sizeof many - 2);
    many[sizeof many - 2] = '\n';
    if (mkfifo(at("pipe.json"), 0600) != 0) {
        ok(false, "a named pipe");
        return;
    }
    alarm(60); /* nobody is waited for */
    struct output *o = start(&s);
    ok(o != NULL, "a pipe that nobody reads holds nobody up");
    line(o, EVENT_ALERT, 1, "one\n");
    output_flush(o);
    int fd = open(at("pipe.json"), O_RDONLY | O_NONBLOCK);
    for (int i = 0; i < 40 && read(fd, got, sizeof got - 1) <= 0; i++) {
        pass(100);
        output_flush(o);
    }
    is_str(got, "one\n", "who reads it later gets what was written before");
    for (int i = 0; i < 400; i++) {
        line(o, EVENT_ALERT, 1, many);
    }
    ok(output_reopen(o, &err), "there is no file to be opened anew");
    ok(end(o) > 100, "what a reader that stopped has no room for is counted");
    alarm(0);
    close(fd);
    o = start(&s);
    line(o, EVENT_ALERT, 1, "two\n");
    is_int((long long)end(o), 1, "so is what nobody ever read");
    (void)unlink(at("pipe.json"));
}

static void test_at_once(void)
{
    struct output_settings s = { .waits = true, .n = 1, .sink = { { .kind = SINK_EVE, .type = SINK_UNIX_DGRAM, .file = "socket" } } };
    const struct sockaddr_un a = address("socket");
    int peer = listening(SOCK_DGRAM, &a);
    struct output *o = start(&s);

    line(o, EVENT_ALERT, 1, "now\n");
    is_str(received(peer, 0), "now\n", "where nobody flushes a line goes at once");
    is_int(end(o), 0, "and that was all");
    close(peer);
}

/* "<177>Nov 29 17:00:00 me[12]: text" without what changes. */
static const char *said(int fd)
{
    static char out[512];
    const char *got = received(fd, 0), *time = strchr(got, '>'), *name = time != NULL && strlen(time) > 17 ? time + 17 : NULL, *from = name != NULL ? strchr(name, '[') : NULL;

    if (from == NULL || strtol(from + 1, NULL, 10) != getpid() || strstr(from, "]: ") == NULL || time[7] != ' ' || time[10] != ':') {
        return got;
    }
    snprintf(out, sizeof out, "%.*s%.*s%s", (int)(time - got + 1), got, (int)(from - name), name, strstr(from, "]: ") + 1);
    return out;
}

static void test_syslog(void)
{
    struct output_settings s = { .n = 2, .sink = { { .kind = SINK_EVE, .eve = 0, .type = SINK_SYSLOG, .syslog = { "me", "log", 168, 6 } },
                                                   { .kind = SINK_FAST, .type = SINK_SYSLOG, .prefix = "@cee: ", .syslog = { "you", "log", 8, 1 } } } };
    static char large[400000];
    struct sockaddr_un a = address("log");
    int peer = listening(SOCK_DGRAM, &a);
    struct output *o = start(&s);

    line(o, EVENT_ALERT, 1, "one\n");
    line(o, EVENT_FAST, 0, "two\n");
    output_flush(o);
    is_str(said(peer), "<174>me: one", "a message has the name, the facility and the level of its output");
    is_str(said(peer), "<9>you: @cee: two", "of each its own");
    close(peer);
    line(o, EVENT_ALERT, 1, "three\n");
    output_flush(o);
    a = address("log");
    peer = listening(SOCK_DGRAM, &a);
    pass(1100);
    output_flush(o);
    is_str(said(peer), "<174>me: three", "a log that begins anew is found, and nothing is lost");
    memset(large, 'x', sizeof large - 1);
    line(o, EVENT_ALERT, 1, large);
    line(o, EVENT_ALERT, 1, "four\n");
    is_int(end(o), 1, "what is too large for a datagram is counted");
    is_str(said(peer), "<174>me: four", "and what comes behind it goes");
    close(peer);

    a = address("log");
    peer = listening(SOCK_STREAM, &a);
    o = start(&s);
    line(o, EVENT_ALERT, 1, "five\n");
    line(o, EVENT_ALERT, 1, "six\n");
    end(o);
    int from = accept(peer, NULL, NULL);
    is_str(said(from), "<174>me: five", "a log that takes no datagrams takes a stream");
    is_int((long)strlen(received(from, 0)), 0, "with a NUL behind each");
    close(from);
    close(peer);
}

/* A server that does not answer who asks first, and takes all from the second. */
static void *deaf_server(void *arg)
{
    const int *fd = arg;
    int deaf = accept(*fd, NULL, NULL), other = accept(*fd, NULL, NULL);
    char got[512];

    for (const char *answer = "+OK\r\n"; recv(other, got, sizeof got, 0) > 0; answer = ":1\r\n") {
        (void)!write(other, answer, strlen(answer));
    }
    close(other);
    close(deaf);
    return NULL;
}

static void test_redis(void)
{
    struct output_settings s = { .n = 1, .sink = { { .kind = SINK_EVE, .type = SINK_REDIS,
                                                     .redis = { .server = "127.0.0.1", .key = "k", .password = "secret" } } } };
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t n = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    unsigned long errors = quiet.errors;
    pthread_t server;

    ok(bind(fd, (struct sockaddr *)&a, n) == 0 && listen(fd, 4) == 0 && getsockname(fd, (struct sockaddr *)&a, &n) == 0, "a server");
    s.sink[0].redis.port = ntohs(a.sin_port);
    pthread_create(&server, NULL, deaf_server, &fd);
    struct output *o = start(&s);
    line(o, EVENT_ALERT, 1, "one\n");
    for (uint64_t until = ms_now() + 5500; ms_now() < until; pass(50)) {
        output_flush(o);
    }
    is_int((long)(quiet.errors - errors), 1, "a server that does not answer who we are is told");
    is_int(end(o), 0, "and left for another connection");
    shutdown(fd, SHUT_RDWR); /* whoever still waits for one */
    pthread_join(server, NULL);
    close(fd);
}

static void frame(struct output *o, uint64_t second, uint32_t thread, uint32_t link, size_t n)
{
    uint8_t room[1024] = { 0 };
    struct capture_event e = { .ts = second * CLOCK_SECOND + 5000, .link = link, .original = (uint32_t)n, .thread = thread };

    memcpy(room, &e, sizeof e);
    output_write(o, &(struct event){ EVENT_CAPTURE, 0, bytes_of(room, sizeof e + n) });
}

static void test_certs(void)
{
    struct output_settings s = { .n = 1, .sink = { { .kind = SINK_CERTS, .file = "certs" } } };
    struct output *o = start(&s);
    struct cert_event e = { .ts = 7 * CLOCK_SECOND + 5000, .about_n = 6 };
    char room[sizeof e + 10];

    memcpy(room, &e, sizeof e);
    memcpy(room + sizeof e, "about\nPEM\n", 10);
    output_write(o, &(struct event){ EVENT_CERT, 0, bytes_of(room, sizeof room) });
    e.client = true;
    memcpy(room, &e, sizeof e);
    output_write(o, &(struct event){ EVENT_CERT, 0, bytes_of(room, sizeof room) });
    is_int(end(o), 0, "certificates are kept");
    is_int(size_of("certs/7.000005-1.pem"), 4, "themselves");
    is_int(size_of("certs/7.000005-1.meta"), 6, "and what is known of them");
    is_int(size_of("certs/client-7.000005-2.pem"), 4, "a client's are called so");
}

static void test_captures(void)
{
    struct output_settings s = { .n = 1, .sink = { { .kind = SINK_CAPTURE, .file = "log.pcap", .capture = { .limit = 24 + 2 * 116, .max_files = 2 } } } };
    struct output *o = start(&s);

    for (unsigned i = 1; i <= 5; i++) {
        frame(o, i, 0, 1, 100);
    }
    is_int(end(o), 0, "frames are written");
    is_int(size_of("log.pcap.1"), -1, "the oldest file goes");
    is_int(size_of("log.pcap.3"), 24 + 2 * 116, "a file ends at its limit");
    is_int(size_of("log.pcap.5"), 24 + 116, "the next begins with the next frame");
    o = start(&s);
    frame(o, 9, 0, 1, 100);
    end(o);
    ok(size_of("log.pcap.3") == -1 && size_of("log.pcap.9") > 0, "files of a run before count too");

    struct output_settings quick = { .n = 1, .sink = { { .kind = SINK_CAPTURE, .file = "quick", .capture = { .limit = 24 + 116 } } } };
    o = start(&quick);
    for (unsigned i = 0; i < 3; i++) {
        frame(o, 7, 0, 1, 100);
    }
    end(o);
    ok(size_of("quick.7") == 24 + 116 && size_of("quick.7.1") == 24 + 116 && size_of("quick.7.2") == 24 + 116, "several of one second do not overwrite each other");

    struct output_settings multi = { .n = 1, .sink = { { .kind = SINK_CAPTURE, .file = "m.%n.%t", .capture = { .multi = true, .usec = true } } } };
    o = start(&multi);
    frame(o, 1, 0, 1, 10);
    frame(o, 2, 1, 1, 20);
    frame(o, 3, 1, 12, 30);
    end(o);
    is_int(size_of("m.1.1.5"), 24 + 16 + 10, "a file per thread");
    is_int(size_of("m.2.2.5"), 24 + 16 + 20, "with the time in its name");
    is_int(size_of("m.2.3.5"), 24 + 16 + 30, "frames of another link type begin a file");

    multi.sink[0].file = "together.%t";
    o = start(&multi);
    frame(o, 1, 0, 1, 10);
    frame(o, 1, 1, 1, 20);
    end(o);
    is_int(size_of("together.1.5"), 24 + 16 + 10 + 16 + 20, "threads whose names would be the same have one together");
    multi.sink[0].capture.max_files = 1;
    o = start(&multi);
    frame(o, 2, 0, 1, 10);
    end(o);
    ok(size_of("together.1.5") == -1 && size_of("together.2.5") > 0, "of these too the ones of a run before count");
}

static void test_captures_full(bool lz4)
{
    struct output_settings s = { .n = 1, .sink = { { .kind = SINK_CAPTURE, .file = lz4 ? "packed" : "plain", .capture = { .lz4 = lz4 } } } };
    struct rlimit was, small;
    struct output *o = start(&s);

    getrlimit(RLIMIT_FSIZE, &was);
    small = (struct rlimit){ lz4 ? 5 : 300, was.rlim_max };
    setrlimit(RLIMIT_FSIZE, &small);
    for (unsigned i = 0; i < 4; i++) {
        frame(o, 5, 0, 1, 100);
        output_flush(o);
    }
    setrlimit(RLIMIT_FSIZE, &was);
    if (lz4) {
        pass(1100);
    }
    frame(o, 5, 0, 1, 100);
    uint64_t lost = end(o);
    if (lz4) {
        is_int(lost, 4, "frames that a full disk refuses are counted");
        ok(size_of("packed.5.lz4") == -1 && size_of("packed.5.1.lz4") > 24, "a packed file ends there, and another begins when there is room");
    } else {
        is_int(lost, 2, "frames that a full disk refuses are counted");
        is_int(size_of("plain.5"), 24 + 3 * 116, "the file holds whole ones, before it and behind");
    }
}

int main(void)
{
    quiet.to = fopen("/dev/null", "w");
    snprintf(dir, sizeof dir, "%s/output.XXXXXX", getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");
    if (mkdtemp(dir) == NULL || quiet.to == NULL) {
        return 1;
    }
    test_lines();
    test_full_disk();
    test_long_line();
    test_half_line();
    test_half_line_stays();
    test_unified2_full();
    test_open_again();
    test_unified2_open_again();
    test_aside();
    test_rotation();
    test_socket(SOCK_STREAM, SINK_UNIX_STREAM, "a stream socket gets lines");
    test_socket(SOCK_DGRAM, SINK_UNIX_DGRAM, "a datagram is one line");
    test_readers(SINK_UNIX_STREAM, false, false, "a reader that does not read keeps nobody");
    test_readers(SINK_SYSLOG, false, false, "nor the system's log");
    test_readers(SINK_UNIX_STREAM, true, false, "where there is time, not for ever");
    test_readers(SINK_UNIX_STREAM, true, true, "a slow one gets all");
    test_pipe();
    test_at_once();
    test_syslog();
    test_redis();
    test_certs();
    test_captures();
    test_captures_full(false);
#ifdef HAVE_LIBLZ4
    test_captures_full(true);
#endif
    struct err err = { { 0 } };
    struct output_settings bad = { .n = 1, .sink = { { .kind = SINK_EVE, .file = "no/such/folder/eve.json" } } };
    ok(output_open(&bad, dir, &quiet, &err) == NULL && strstr(err.text, "no/such/folder") != NULL, "a file that cannot be made is named");
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", dir);
    ok(system(command) == 0, "clean again");
    fclose(quiet.to);
    return done_testing();
}

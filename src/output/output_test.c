/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sinks: which records they take, what they make of lines and frames, and what happens when the world refuses. */
#include "output/output.h"

#include "tap.h"

#include <dirent.h>
#include <fcntl.h>
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

static void test_rotation(void)
{
    struct output_settings s = { .n = 1, .sink = { { .kind = SINK_EVE, .file = "r-%s.json", .rotate = 1 } } };
    struct output *o = start(&s);
    unsigned files = 0;
    struct dirent *e;

    line(o, EVENT_ALERT, 1, "before\n");
    nanosleep(&(struct timespec){ .tv_sec = 1, .tv_nsec = 50000000 }, NULL);
    line(o, EVENT_ALERT, 1, "after\n");
    end(o);
    DIR *d = opendir(dir);
    while (d != NULL && (e = readdir(d)) != NULL) {
        files += strncmp(e->d_name, "r-", 2) == 0;
    }
    if (d != NULL) {
        closedir(d);
    }
    is_int(files, 2, "a new file when its time has come");
}

static void test_socket(int type, enum sink_type sink, const char *why)
{
    struct output_settings s = { .n = 1, .sink = { { .kind = SINK_EVE, .type = sink, .file = "socket", .prefix = "> " } } };
    struct sockaddr_un a = { .sun_family = AF_UNIX };
    char got[64] = { 0 };
    int peer = socket(AF_UNIX, type, 0), from;

    unlink(at("socket"));
    snprintf(a.sun_path, sizeof a.sun_path, "%s/socket", dir);
    struct output *o = start(&s); /* nobody listens yet */
    line(o, EVENT_ALERT, 1, "lost\n");
    ok(bind(peer, (struct sockaddr *)&a, sizeof a) == 0 && (type == SOCK_DGRAM || listen(peer, 1) == 0), "a peer comes");
    nanosleep(&(struct timespec){ .tv_sec = 1, .tv_nsec = 100000000 }, NULL);
    line(o, EVENT_ALERT, 1, "told\n");
    from = type == SOCK_STREAM ? accept(peer, NULL, NULL) : peer;
    ssize_t n = recv(from, got, sizeof got - 1, 0);
    is_str(n > 0 ? got : "", "> told\n", why);
    is_int(end(o), 1, "what was told before is counted as lost");
    close(from);
    if (from != peer) {
        close(peer);
    }
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

    struct output_settings multi = { .n = 1, .sink = { { .kind = SINK_CAPTURE, .file = "m.%n.%t", .capture = { .multi = true, .usec = true } } } };
    o = start(&multi);
    frame(o, 1, 0, 1, 10);
    frame(o, 2, 1, 1, 20);
    frame(o, 3, 1, 12, 30);
    end(o);
    is_int(size_of("m.1.1.5"), 24 + 16 + 10, "a file per thread");
    is_int(size_of("m.2.2.5"), 24 + 16 + 20, "with the time in its name");
    is_int(size_of("m.2.3.5"), 24 + 16 + 30, "frames of another link type begin a file");
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
    test_rotation();
    test_socket(SOCK_STREAM, SINK_UNIX_STREAM, "a stream socket gets lines");
    test_socket(SOCK_DGRAM, SINK_UNIX_DGRAM, "a datagram is one line");
    test_certs();
    test_captures();
    struct err err = { { 0 } };
    struct output_settings bad = { .n = 1, .sink = { { .kind = SINK_EVE, .file = "no/such/folder/eve.json" } } };
    ok(output_open(&bad, dir, &quiet, &err) == NULL && strstr(err.text, "no/such/folder") != NULL, "a file that cannot be made is named");
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", dir);
    ok(system(command) == 0, "clean again");
    fclose(quiet.to);
    return done_testing();
}

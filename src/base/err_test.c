/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/err.h"
#include "base/log.h"
#include "tap.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void test_err(void)
{
    struct err e;

    ok(!err_set(&e, "line %d", 3), "every function here returns false");
    is_str(e.text, "line 3", "the reason");
    err_add(&e, "rules %s", "a.rules");
    is_str(e.text, "rules a.rules: line 3", "context comes in front");
    errno = ENOENT;
    err_sys(&e, "open %s", "x");
    is_str(e.text, "open x: No such file or directory", "the system's reason comes behind");
    is_int(errno, ENOENT, "errno is kept for who asks later");
    for (int i = 0; i < 100; i++) {
        err_add(&e, "a piece of context, number %d", i);
    }
    ok(strlen(e.text) == sizeof(e.text) - 1, "what does not fit is cut");
    ok(!err_set(NULL, "x") && !err_add(NULL, "x") && !err_sys(NULL, "x"), "nobody need listen");
}

static void test_bug(void)
{
    int status, out[2];
    char text[512] = "";

    if (pipe(out) != 0) {
        return;
    }
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        dup2(out[1], STDERR_FILENO);
        bug_if(1 + 1 == 2);
        _exit(0);
    }
    close(out[1]);
    ssize_t n = read(out[0], text, sizeof(text) - 1);
    waitpid(child, &status, 0);
    ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT, "a bug aborts");
    ok(n > 0 && strstr(text, "1 + 1 == 2") != NULL && strstr(text, "err_test.c") != NULL,
       "and says what and where");
    close(out[0]);
    bug_if(0);
    ok(true, "what holds costs nothing");
}

static void test_log(void)
{
    char *text = NULL;
    size_t n = 0;
    struct log log = { .to = open_memstream(&text, &n), .level = LOG_WARNING };

    log_say(&log, LOG_WARNING, "two %s", "words");
    log_say(&log, LOG_INFO, "not this");
    log_say(&log, LOG_ERROR, "last");
    fclose(log.to);
    is_str(text, "warning: two words\nerror: last\n", "lines up to the level, each with its name");
    ok(log.warnings == 1 && log.errors == 1, "and how many there were");
    free(text);
}

static void test_log_again(void)
{
    char path[] = "/tmp/peccary-log-XXXXXX", within[64], text[64] = "";
    int fd = mkstemp(path);
    struct log log = { .to = NULL, .level = LOG_ERROR };
    struct err err;

    if (!ok(fd >= 0 && write(fd, "half", 4) == 4, "a file that ends within a line")) {
        return;
    }
    log.sink[log.sink_n++] = (struct log_sink){ .to = fopen(path, "a"), .path = path, .level = LOG_INFO };
    ok(log_reopen(&log, &err), "is opened anew");
    log_say(&log, LOG_INFO, "one");
    ok(pread(fd, text, sizeof text - 1, 0) > 6 && strncmp(text, "half\n[", 6) == 0, "and goes on behind it");
    snprintf(within, sizeof within, "%s/x", path);
    log.sink[0].path = within;
    ok(!log_reopen(&log, &err) && strstr(err.text, within) != NULL && strstr(err.text, "Not a directory") != NULL, "one that cannot be is named, with the reason");
    fclose(log.sink[0].to);
    close(fd);
    unlink(path);
}

static void test_log_sinks(void)
{
    char *text = NULL, *json = NULL;
    size_t text_n = 0, json_n = 0;
    struct log log = { .to = NULL, .level = LOG_ERROR };

    log.sink[0] = (struct log_sink){ .to = open_memstream(&text, &text_n), .level = LOG_INFO };
    log.sink[1] = (struct log_sink){ .to = open_memstream(&json, &json_n), .level = LOG_ERROR, .json = true };
    log.sink_n = 2;
    log_say_as(&log, LOG_INFO, "detect", "%d rules", 2);
    log_say(&log, LOG_DEBUG, "not this");
    log_say_as(&log, LOG_ERROR, "detect", "a \"quoted\" word");
    fclose(log.sink[0].to);
    fclose(log.sink[1].to);
    ok(strstr(text, " Info: detect: 2 rules\n") != NULL, "a file has the level and who speaks");
    ok(strstr(text, " Error: detect: a \"quoted\" word\n") != NULL, "lines follow each other");
    ok(strstr(text, "not this") == NULL, "up to its own level");
    ok(strstr(json, "\"log_level\":\"Error\",\"event_type\":\"engine\",\"engine\":{\"message\":\"a \\\"quoted\\\" word\",\"module\":\"detect\"}}\n") != NULL,
       "JSON escapes what is said");
    ok(strstr(json, "2 rules") == NULL, "each sink has a level of its own");
    free(text);
    free(json);
}

int main(void)
{
    test_err();
    test_log_again();
    test_log_sinks();
    test_bug();
    test_log();
    return done_testing();
}

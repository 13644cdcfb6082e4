/* SPDX-License-Identifier: GPL-2.0-or-later */
/* certs - certificates that rules asked for: a chain as NAME.pem, what is known of it beside it as NAME.meta. */
#include "base/file.h"
#include "output/sink.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct certs {
    uint64_t n;                 /* kept in this run */
    char dir[PATH_MAX - 128];
};

static bool certs_open(struct sink *s, struct err *err)
{
    struct certs *c = calloc(1, sizeof *c);
    char path[PATH_MAX];

    s->state = c;
    if (c == NULL) {
        return err_sys(err, "tls-store");
    }
    if (!sink_path(s, s->settings->file, 0, path, err)) {
        return false;
    }
    if (strlen(path) >= sizeof c->dir) {
        return err_set(err, "tls-store: '%s' is too long a name", path);
    }
    strcpy(c->dir, path);
    return file_make_folder(c->dir, err);
}

static void whole(struct sink *s, const char *path, struct bytes b)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);

    bool good = fd >= 0 && file_write(fd, b) == b.n;

    if (fd >= 0 && close(fd) != 0) {
        good = false;
    }
    if (good) {
        sink_well(s);
        return;
    }
    sink_fail(s, path, 1);
    if (fd >= 0) {
        (void)unlink(path); /* a part of it is of no use */
    }
}

static void certs_put(struct sink *s, const struct event *e)
{
    struct certs *c = s->state;
    struct cert_event head;
    char path[PATH_MAX];

    if (e->line.n < sizeof head) {
        return;
    }
    memcpy(&head, e->line.p, sizeof head);
    struct bytes all = bytes_from(e->line, sizeof head);
    c->n++;
    int n = snprintf(path, sizeof path, "%s/%s%llu.%06llu-%llu", c->dir, head.client ? "client-" : "", (unsigned long long)(head.ts / CLOCK_SECOND),
                     (unsigned long long)(head.ts % CLOCK_SECOND / 1000), (unsigned long long)c->n);
    snprintf(path + n, sizeof path - (size_t)n, ".pem");
    whole(s, path, bytes_from(all, head.about_n));
    snprintf(path + n, sizeof path - (size_t)n, ".meta");
    whole(s, path, bytes_head(all, head.about_n));
}

static void certs_flush(struct sink *s) { (void)s; }

static void certs_close(struct sink *s) { free(s->state); }

const struct sink_ops sink_certs = { certs_open, certs_put, certs_flush, certs_close };

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/index_map.h"

#include "record/index.h"
#include "record/vault.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { UNASKED, OPEN, DAMAGED };

struct index_map {
    uint8_t *p;
    size_t n;
    int fd;
    struct vault *vault;         /* NULL: it lies in the clear */
    pthread_mutex_t lock;        /* of the vault */
    _Atomic uint8_t *page;
};

static bool sealed_fd(int fd)
{
    uint8_t head[16];

    return pread(fd, head, sizeof head, 0) == (ssize_t)sizeof head && vault_is(bytes_of(head, sizeof head), VAULT_INDEX);
}

bool index_sealed(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool sealed = fd >= 0 && sealed_fd(fd);

    if (fd >= 0) {
        close(fd);
    }
    return sealed;
}

static bool map_vault(struct index_map *m, int fd, size_t pages, const char *name, const uint8_t *key, struct err *err)
{
    if (key == NULL) {
        return err_set(err, "%s: it is encrypted, and there is no key for it", name);
    }
    m->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    m->page = calloc(pages + 1, sizeof *m->page);
    m->vault = vault_new(key, VAULT_INDEX, err);
    return (m->fd >= 0 && m->page != NULL && m->vault != NULL) || err_set(err, "%s: not enough memory", name);
}

struct index_map *index_map_open(int fd, const char *name, const uint8_t *key, struct err *err)
{
    struct index_map *m = calloc(1, sizeof *m);
    struct stat st = { 0 };

    if (m == NULL || fstat(fd, &st) != 0) {
        (void)err_sys(err, "%s", name);
        free(m);
        return NULL;
    }
    m->fd = -1;
    (void)pthread_mutex_init(&m->lock, NULL);
    bool sealed = sealed_fd(fd);
    size_t size = (size_t)st.st_size, pages = sealed && size > VAULT_PAGE ? (size - VAULT_PAGE) / VAULT_PAGE : 0;
    if (sealed && !map_vault(m, fd, pages, name, key, err)) {
        index_map_close(m);
        return NULL;
    }
    m->n = sealed ? pages * VAULT_ROOM : size;
    void *p = m->n == 0 ? MAP_FAILED : mmap(NULL, m->n, sealed ? PROT_READ | PROT_WRITE : PROT_READ, sealed ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED, sealed ? -1 : fd, 0);
    if (p == MAP_FAILED) {
        (void)err_set(err, "%s: it is empty, or cannot be mapped", name);
        index_map_close(m);
        return NULL;
    }
    m->p = p;
    if (!sealed) {
        (void)madvise(m->p, m->n, MADV_RANDOM);
    }
    return m;
}

void index_map_close(struct index_map *m)
{
    if (m == NULL) {
        return;
    }
    if (m->p != NULL) {
        munmap(m->p, m->n);
    }
    if (m->fd >= 0) {
        close(m->fd);
    }
    vault_free(m->vault);
    (void)pthread_mutex_destroy(&m->lock);
    free((void *)(uintptr_t)m->page);
    free(m);
}

struct bytes index_map_bytes(const struct index_map *m) { return bytes_of(m->p, m->n); }

static uint8_t page_state(const struct index_map *m, size_t i) { return atomic_load_explicit(&m->page[i], memory_order_acquire); }

/* As many as follow one another at once. */
static bool pages_open(struct index_map *m, size_t first, size_t end)
{
    bool good = true;

    (void)pthread_mutex_lock(&m->lock);
    for (size_t i = first; i < end;) {
        size_t n = 0;
        while (i + n < end && page_state(m, i + n) == UNASKED) {
            n++;
        }
        size_t whole = n != 0 ? vault_read(m->vault, m->fd, i, n, m->p + i * VAULT_ROOM) / VAULT_ROOM : 0;
        for (size_t k = 0; k < n && k <= whole; k++) {
            atomic_store_explicit(&m->page[i + k], k < whole ? OPEN : DAMAGED, memory_order_release);
        }
        i += whole;
        if (i < end) {
            good &= page_state(m, i) == OPEN;
            i++;
        }
    }
    (void)pthread_mutex_unlock(&m->lock);
    return good;
}

bool index_map_have(struct index_map *m, struct bytes b)
{
    if (m->vault == NULL || b.n == 0) {
        return true;
    }
    size_t at = (size_t)(b.p - m->p), i = at / VAULT_ROOM, end = vault_pages(at + b.n);
    while (i < end && page_state(m, i) == OPEN) {
        i++;
    }
    return i == end || pages_open(m, i, end);
}

void index_map_ahead(const struct index_map *m, struct bytes b)
{
    enum { PAGE = 4096 };
    size_t at = (size_t)(b.p - m->p), from = at & ~(size_t)(PAGE - 1);

    if (b.n > PAGE && m->vault == NULL) {
        (void)madvise(m->p + from, at + b.n - from, MADV_WILLNEED);
        (void)madvise(m->p + from, at + b.n - from, MADV_POPULATE_READ); /* all of it is read next */
    }
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* history_rows - the database behind history.c and history_load.c: its tables, and what is put into them. */
#ifndef AWARE_HISTORY_ROWS_H
#define AWARE_HISTORY_ROWS_H

#ifdef HAVE_SQLITE3

#include "base/err.h"
#include "base/rd.h"

#include <sqlite3.h>

enum put { PUT_ENTITY, PUT_TENURE, PUT_EVIDENCE, PUT_SERVICE, PUT_LEFT, PUT_PLACE, PUT_EVENT, PUT_GONE, PUTS };

struct database {
    sqlite3 *db;
    sqlite3_stmt *put[PUTS];
    int lock;                 /* its file, held by the one that writes; -1: none */
    bool failed;              /* something of this transaction could not be written: none of it will be */
    char reason[256];         /* of the last that failed */
};

/* The file map.db in that folder; `write`: made when it is not there, for this one writer, who holds map.lock beside it.  False with err;
 * database_close in any case. */
bool database_open(struct database *d, const char *dir, bool write, struct err *err);
bool database_number(struct database *d, const char *sql, int64_t *v); /* the first of its rows, 0: none; false: it cannot be asked */
bool database_tells_packets(struct database *d); /* evidence has a column for them */
bool database_tells_clients(struct database *d); /* service has columns for how many there were, and for who says what it is */
bool database_tells_tenants(struct database *d); /* event has a column for them; where it has none: */
#define EVENT_SCOPE "coalesce((SELECT e.scope FROM entity e WHERE e.id=event.entity),(SELECT e.scope FROM entity e WHERE e.id=event.other),0)"
/* SQL about names in evidence: before, the name in a row's text, between, "sign IN (…)" of signs that are names, behind.  False: no room. */
bool database_names(char *out, size_t room, const char *before, const char *between, const char *behind);
void database_close(struct database *d);
bool database_begin(struct database *d);
bool database_commit(struct database *d); /* false: nothing of it is there */
void database_numbers(struct database *d, uint64_t next_entity, uint64_t next_tenure); /* for the next start */
/* Forgets the oldest, what has ended and what was not seen since, until the file is no larger than that; 0: no limit.  False: it is larger, and nothing is left to be forgotten.
 * *rows: so many more were forgotten. */
bool database_shrink(struct database *d, uint64_t bytes_max, uint64_t *rows);

static inline void put_i64(sqlite3_stmt *s, int at, uint64_t v) { (void)sqlite3_bind_int64(s, at, (sqlite3_int64)v); }
static inline void put_text(sqlite3_stmt *s, int at, const char *v) { (void)sqlite3_bind_text(s, at, v, -1, SQLITE_STATIC); }
static inline void put_bytes(sqlite3_stmt *s, int at, const void *p, size_t n) { (void)sqlite3_bind_blob(s, at, p, (int)n, SQLITE_STATIC); }
void put_done(struct database *d, sqlite3_stmt *s);
static inline struct bytes got_bytes(sqlite3_stmt *s, int at)
{
    const void *p = sqlite3_column_blob(s, at);
    int n = sqlite3_column_bytes(s, at);
    return bytes_of(p, p != NULL && n > 0 ? (size_t)n : 0);
}
static inline uint64_t got_u64(sqlite3_stmt *s, int at) { return (uint64_t)sqlite3_column_int64(s, at); }

#endif
#endif

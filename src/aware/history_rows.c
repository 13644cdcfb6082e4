/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "aware/history_rows.h"

#include "aware/map.h"

#ifdef HAVE_SQLITE3

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a version that is not ours would mean is not known: it is refused. */
enum { VERSION = 1 };

static const char tables[] =
    "PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
    "CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value INTEGER);"
    "CREATE TABLE IF NOT EXISTS entity(id INTEGER PRIMARY KEY, first INTEGER, last INTEGER, scope INTEGER, flags INTEGER, name BLOB,"
    " sent INTEGER, received INTEGER, flows INTEGER, gone INTEGER);"
    "CREATE INDEX IF NOT EXISTS entity_gone ON entity(gone);"
    "DROP INDEX IF EXISTS entity_name;" /* names are looked for in the evidence */
    "CREATE TABLE IF NOT EXISTS tenure(id INTEGER PRIMARY KEY, entity INTEGER, family INTEGER, addr BLOB, scope INTEGER, hold INTEGER,"
    " since INTEGER, last INTEGER, until INTEGER, ttl INTEGER);"
    "CREATE INDEX IF NOT EXISTS tenure_addr ON tenure(addr, since);"
    "CREATE INDEX IF NOT EXISTS tenure_entity ON tenure(entity);"
    "CREATE TABLE IF NOT EXISTS evidence(tenure INTEGER, sign TEXT, port INTEGER, text BLOB, source INTEGER, first INTEGER, last INTEGER,"
    " count INTEGER, packet INTEGER DEFAULT 0, PRIMARY KEY(tenure, sign, port, text)) WITHOUT ROWID;"
    "CREATE INDEX IF NOT EXISTS evidence_prefix ON evidence(last) WHERE sign='lease' AND instr(text,x'2f')!=0;" /* few rows: routers' */
    "CREATE TABLE IF NOT EXISTS service(tenure INTEGER, proto INTEGER, port INTEGER, app TEXT, first INTEGER, last INTEGER, flows INTEGER,"
    " clients BLOB, clients_family INTEGER, whom INTEGER DEFAULT 0, source INTEGER DEFAULT 1, PRIMARY KEY(tenure, proto, port)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS place(entity INTEGER, vlan INTEGER, network INTEGER, vtep BLOB, vtep_family INTEGER, since INTEGER, now INTEGER,"
    " PRIMARY KEY(entity, since, vlan, network, vtep)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS event(ts INTEGER, entity INTEGER, kind INTEGER, what TEXT, address TEXT, old TEXT, new TEXT, reason TEXT,"
    " other INTEGER, rna_type INTEGER, rna_event INTEGER, scope INTEGER DEFAULT 0);"
    "CREATE INDEX IF NOT EXISTS event_ts ON event(ts);"
    "CREATE INDEX IF NOT EXISTS event_entity ON event(entity, ts);";

/* The name in a sign's text, as sign_name has it. */
#define NAME_END "CASE sign WHEN 'nbns.name' THEN '<' ELSE char(9) END"
#define NAME_SQL "substr(CAST(text AS TEXT),1,instr(CAST(text AS TEXT)||" NAME_END "," NAME_END ")-1)"

bool database_names(char *out, size_t room, const char *before, const char *between, const char *behind)
{
    int n = snprintf(out, room, "%s" NAME_SQL "%s sign IN (", before, between);

    for (unsigned i = 1, any = 0; i < SIGN_N && n > 0 && (size_t)n < room; i++) {
        if (sign_is_own_name(i)) {
            n += snprintf(out + n, room - (size_t)n, "%s'%s'", any++ != 0 ? "," : "", sign_rows[i].name);
        }
    }
    n += n > 0 && (size_t)n < room ? snprintf(out + n, room - (size_t)n, ")%s", behind) : 0;
    return n > 0 && (size_t)n < room;
}

static const char *const puts_sql[PUTS] = {
    [PUT_ENTITY] = "INSERT OR REPLACE INTO entity VALUES(?,?,?,?,?,?,?,?,?,?)",
    [PUT_TENURE] = "INSERT OR REPLACE INTO tenure VALUES(?,?,?,?,?,?,?,?,?,?)",
    [PUT_EVIDENCE] = "INSERT OR REPLACE INTO evidence VALUES(?,?,?,?,?,?,?,?,?)",
    [PUT_SERVICE] = "INSERT OR REPLACE INTO service VALUES(?,?,?,?,?,?,?,?,?,?,?)",
    [PUT_LEFT] = "UPDATE place SET now=0 WHERE entity=? AND now!=0",
    [PUT_PLACE] = "INSERT OR REPLACE INTO place VALUES(?,?,?,?,?,?,?)",
    [PUT_EVENT] = "INSERT INTO event VALUES(?,?,?,?,?,?,?,?,?,?,?,?)",
    [PUT_GONE] = "UPDATE entity SET gone=? WHERE id=?",
};

static bool failed(struct database *d, const char *path, struct err *err)
{
    return err_set(err, "%s: %s", path, d->db != NULL ? sqlite3_errmsg(d->db) : "not enough memory");
}

bool database_number(struct database *d, const char *sql, int64_t *v)
{
    sqlite3_stmt *s = NULL;
    int got = sqlite3_prepare_v2(d->db, sql, -1, &s, NULL) == SQLITE_OK ? sqlite3_step(s) : SQLITE_ERROR;

    *v = got == SQLITE_ROW ? sqlite3_column_int64(s, 0) : 0;
    sqlite3_finalize(s); /* the reason stays */
    return got == SQLITE_ROW || got == SQLITE_DONE;
}

static int64_t number(struct database *d, const char *sql)
{
    int64_t v;

    (void)database_number(d, sql, &v);
    return v;
}

static bool run(struct database *d, const char *sql) { return sqlite3_exec(d->db, sql, NULL, NULL, NULL) == SQLITE_OK; }

bool database_tells_packets(struct database *d) { return number(d, "SELECT count(*) FROM pragma_table_info('evidence') WHERE name='packet'") != 0; }
bool database_tells_clients(struct database *d) { return number(d, "SELECT count(*) FROM pragma_table_info('service') WHERE name='source'") != 0; }
bool database_tells_tenants(struct database *d) { return number(d, "SELECT count(*) FROM pragma_table_info('event') WHERE name='scope'") != 0; }

/* Beside the database: whoever closes a file of its own of that one gives up SQLite's locks on it. */
static bool lock(struct database *d, const char *dir, struct err *err)
{
    char path[4096];

    snprintf(path, sizeof path, "%s/map.lock", dir);
    if ((d->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640)) < 0) {
        return err_sys(err, "%s", path);
    }
    if (flock(d->lock, LOCK_EX | LOCK_NB) == 0) {
        return true;
    }
    return errno == EWOULDBLOCK ? err_set(err, "%s: another peccary writes the map in this folder", dir) : err_sys(err, "%s", path);
}

bool database_open(struct database *d, const char *dir, bool write, struct err *err)
{
    char path[4096];

    *d = (struct database){ .lock = -1 };
    if (snprintf(path, sizeof path, "%s/map.db", dir) >= (int)sizeof path) {
        return err_set(err, "%s: too long a name", dir);
    }
    if (write) {
        (void)mkdir(dir, 0750);
        if (!lock(d, dir, err)) {
            return false;
        }
    }
    if (!write && access(path, F_OK) != 0 && errno == ENOENT) {
        return err_set(err, "%s: no map is in it", dir);
    }
    if (sqlite3_open_v2(path, &d->db, write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
        return failed(d, path, err);
    }
    (void)sqlite3_busy_timeout(d->db, 2000);
    /* nothing goes to temporary files, which a confined process may not make */
    (void)run(d, "PRAGMA cache_size=-16384; PRAGMA mmap_size=268435456; PRAGMA temp_store=MEMORY");
    int64_t tables_n, version = 0;
    if (!database_number(d, "SELECT count(*) FROM sqlite_master WHERE name='meta'", &tables_n) ||
        (tables_n != 0 && !database_number(d, "SELECT value FROM meta WHERE key='version'", &version))) {
        return failed(d, path, err);
    }
    if (version != 0 && version != VERSION) { /* before anything of it is changed */
        return err_set(err, "%s: written by %s version of peccary: its form is %lld, this one's is %d", path, version > VERSION ? "a newer" : "another",
                       (long long)version, VERSION);
    }
    if (!write) {
        return version == VERSION || err_set(err, "%s: no map is in it", path);
    }
    char names[1024];
    if (!run(d, tables) || !database_names(names, sizeof names, "CREATE INDEX IF NOT EXISTS evidence_name ON evidence(", " COLLATE NOCASE) WHERE", "") || !run(d, names)) {
        return failed(d, path, err);
    }
    if (!database_tells_packets(d)) { /* made before they were kept */
        (void)run(d, "ALTER TABLE evidence ADD COLUMN packet INTEGER DEFAULT 0");
    }
    if (!database_tells_clients(d)) {
        (void)run(d, "ALTER TABLE service ADD COLUMN whom INTEGER DEFAULT 0; ALTER TABLE service ADD COLUMN source INTEGER DEFAULT 1");
    }
    if (!database_tells_tenants(d)) {
        (void)run(d, "ALTER TABLE event ADD COLUMN scope INTEGER DEFAULT 0; UPDATE event SET scope=" EVENT_SCOPE);
    }
    (void)run(d, "INSERT OR REPLACE INTO meta VALUES('version', 1)");
    for (unsigned i = 0; i < PUTS; i++) {
        if (sqlite3_prepare_v3(d->db, puts_sql[i], -1, SQLITE_PREPARE_PERSISTENT, &d->put[i], NULL) != SQLITE_OK) {
            return failed(d, path, err);
        }
    }
    return true;
}

void database_close(struct database *d)
{
    for (unsigned i = 0; i < PUTS; i++) {
        sqlite3_finalize(d->put[i]);
    }
    sqlite3_close(d->db);
    if (d->lock >= 0) {
        close(d->lock);
    }
    *d = (struct database){ .lock = -1 };
}

static void must(struct database *d, bool done)
{
    if (!done && !d->failed) {
        d->failed = true;
        snprintf(d->reason, sizeof d->reason, "%s", sqlite3_errmsg(d->db));
    }
}

/* After a failure nothing more is put: SQLite may have ended the transaction. */
void put_done(struct database *d, sqlite3_stmt *s)
{
    must(d, d->failed || sqlite3_step(s) == SQLITE_DONE);
    (void)sqlite3_reset(s);
}

bool database_begin(struct database *d)
{
    d->failed = false;
    must(d, run(d, "BEGIN IMMEDIATE"));
    return !d->failed;
}

bool database_commit(struct database *d)
{
    must(d, d->failed || run(d, "COMMIT"));
    if (d->failed) {
        (void)run(d, "ROLLBACK");
    }
    return !d->failed;
}

void database_numbers(struct database *d, uint64_t next_entity, uint64_t next_tenure)
{
    char sql[160];

    snprintf(sql, sizeof sql, "INSERT OR REPLACE INTO meta VALUES('next_entity', %llu), ('next_tenure', %llu)", (unsigned long long)next_entity,
             (unsigned long long)next_tenure);
    must(d, d->failed || run(d, sql));
}

static uint64_t size_now(struct database *d)
{
    return (uint64_t)(number(d, "PRAGMA page_count") - number(d, "PRAGMA freelist_count")) * (uint64_t)number(d, "PRAGMA page_size");
}

/* What ended before that time, and what was not seen since; but not what a person said.  How many rows. */
static uint64_t forget(struct database *d, int64_t before)
{
    static const char *const what[] = {
        "DELETE FROM event WHERE ts < %lld",
        "DELETE FROM evidence WHERE last < %lld AND source != 3",
        "DELETE FROM service WHERE last < %lld",
        "DELETE FROM place WHERE now = 0 AND since < %lld",
        "DELETE FROM evidence WHERE tenure IN (SELECT id FROM tenure WHERE until != 0 AND until < %lld)",
        "DELETE FROM service WHERE tenure IN (SELECT id FROM tenure WHERE until != 0 AND until < %lld)",
        "DELETE FROM tenure WHERE until != 0 AND until < %lld",
        "DELETE FROM evidence WHERE tenure IN (SELECT t.id FROM tenure t JOIN entity e ON e.id = t.entity WHERE e.gone != 0 AND e.gone < %lld)",
        "DELETE FROM service WHERE tenure IN (SELECT t.id FROM tenure t JOIN entity e ON e.id = t.entity WHERE e.gone != 0 AND e.gone < %lld)",
        "DELETE FROM tenure WHERE entity IN (SELECT id FROM entity WHERE gone != 0 AND gone < %lld)",
        "DELETE FROM place WHERE entity IN (SELECT id FROM entity WHERE gone != 0 AND gone < %lld)",
        "DELETE FROM entity WHERE gone != 0 AND gone < %lld",
    };
    uint64_t was = (uint64_t)(unsigned)sqlite3_total_changes(d->db);
    char sql[256];

    if (!database_begin(d)) {
        return 0;
    }
    for (unsigned i = 0; i < sizeof what / sizeof what[0]; i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* the rows above */
        snprintf(sql, sizeof sql, what[i], (long long)before);
#pragma GCC diagnostic pop
        must(d, d->failed || run(d, sql));
    }
    return database_commit(d) ? (uint64_t)(unsigned)sqlite3_total_changes(d->db) - was : 0;
}

bool database_shrink(struct database *d, uint64_t bytes_max, uint64_t *rows)
{
    enum { STEPS = 16 };
    uint64_t n = 1;

    for (unsigned i = 0; bytes_max != 0 && i < STEPS && n != 0 && size_now(d) > bytes_max; i++) {
        int64_t oldest = number(d, "SELECT min(at) FROM (SELECT min(ts) AS at FROM event UNION ALL SELECT min(last) FROM evidence WHERE source!=3)");
        int64_t newest = number(d, "SELECT max(at) FROM (SELECT max(ts) AS at FROM event UNION ALL SELECT max(last) FROM evidence WHERE source!=3)");
        n = forget(d, oldest + (newest - oldest) / STEPS + 1);
        (void)run(d, "PRAGMA incremental_vacuum");
        *rows += n;
    }
    return n != 0 || d->failed;
}

#endif

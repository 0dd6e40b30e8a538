#ifndef STEMMA_CSQLITE_SHIM_H
#define STEMMA_CSQLITE_SHIM_H

#include <sqlite3.h>

// SQLITE_TRANSIENT is a cast of -1 to a function pointer, which Swift does not import. The 64-bit forms answer
// SQLITE_TOOBIG for what is too long instead of truncating the length. Empty texts and blobs are not NULL.
static inline int stemma_sqlite3_bind_text(sqlite3_stmt *statement, int index, const void *text,
                                           unsigned long long length) {
    return sqlite3_bind_text64(statement, index, length == 0 ? "" : (const char *)text, length, SQLITE_TRANSIENT,
                               SQLITE_UTF8);
}

// As above, without a copy.
static inline int stemma_sqlite3_lend_text(sqlite3_stmt *statement, int index, const void *text,
                                           unsigned long long length) {
    return sqlite3_bind_text64(statement, index, length == 0 ? "" : (const char *)text, length, SQLITE_STATIC,
                               SQLITE_UTF8);
}

static inline int stemma_sqlite3_bind_blob(sqlite3_stmt *statement, int index, const void *bytes,
                                           unsigned long long length) {
    return length == 0 ? sqlite3_bind_zeroblob(statement, index, 0)
                       : sqlite3_bind_blob64(statement, index, bytes, length, SQLITE_TRANSIENT);
}

// sqlite3_db_config is variadic, which Swift cannot call.
static inline int stemma_sqlite3_db_config_int(sqlite3 *database, int option, int value, int *result) {
    return sqlite3_db_config(database, option, value, result);
}

// sqlite3_config is variadic too. Counting the memory in use takes a process-wide lock at every allocation.
static inline int stemma_sqlite3_disable_memory_statistics(void) {
    return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

#endif

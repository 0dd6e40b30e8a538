// Counts every call of a process that can change the disk, and at a chosen one kills the process or makes the call fail.
//
// Environment:
//   KILLPOINT_AT     the number of the call, from 1; absent: only count
//   KILLPOINT_MODE   before, after, torn (half of the bytes of a write, other calls as before), lose (before, and whatever
//                    was never synced is undone, as by a power failure)
//   KILLPOINT_ERROR  EIO or ENOSPC: fail with it instead of killing; with torn, write half first
//   KILLPOINT_WHILE  a path: every later call fails too for as long as that exists; ENOSPC spares calls that need no room
//   KILLPOINT_ONLY   sync: count nothing but fsync and fdatasync
//   KILLPOINT_LOG    a file: one line for the call that was hit, or, at exit, a line for every counted call
#define _GNU_SOURCE
#include "killpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { LINE_BYTES = 96, LINES_MAX = 32768 };

static atomic_long counter;
static atomic_int is_noted;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static long chosen;
static char mode = 'b';
static int failure;
static int only_syncs;
static const char *condition;
static const char *log_path;
static char (*lines)[LINE_BYTES];

static const char *text(const char *name) {
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

static void set_up(void) {
    const char *at = text("KILLPOINT_AT"), *how = text("KILLPOINT_MODE"), *error = text("KILLPOINT_ERROR");
    const char *only = text("KILLPOINT_ONLY");
    chosen = at ? atol(at) : 0;
    if (how) mode = how[0];
    if (error) failure = strcmp(error, "ENOSPC") == 0 ? ENOSPC : EIO;
    only_syncs = only && strcmp(only, "sync") == 0;
    condition = text("KILLPOINT_WHILE");
    log_path = text("KILLPOINT_LOG");
    if (log_path && !chosen) lines = calloc(LINES_MAX, LINE_BYTES);
}

// Writes to the log by bare system calls, which are not counted.
static void write_log(const char *bytes, size_t count) {
    if (!log_path) return;
    int file = (int)syscall(SYS_openat, AT_FDCWD, log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file < 0) return;
    while (count > 0) {
        long done = syscall(SYS_write, file, bytes, count);
        if (done <= 0) break;
        bytes += done;
        count -= (size_t)done;
    }
    syscall(SYS_close, file);
}

__attribute__((destructor)) static void write_all_lines(void) {
    if (!lines) return;
    long count = atomic_load(&counter);
    for (long index = 0; index < count && index < LINES_MAX; index++) write_log(lines[index], strlen(lines[index]));
}

int kp_loses(void) {
    pthread_once(&once, set_up);
    return mode == 'l' && chosen != 0;
}

void kp_die(void) {
    if (kp_loses()) kp_lose();
    syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
    for (;;) pause();
}

// Whether a full disk refuses this kind of call.
static int needs_room(enum kp_kind kind, const char *call) {
    return kind == KP_WRITE || (kind == KP_NAME && strncmp(call, "unlink", 6) != 0 && strcmp(call, "rmdir") != 0);
}

static enum kp_verdict fail(enum kp_kind kind, long number) {
    if (mode == 't' && kind == KP_WRITE && number == chosen) return KP_HALF;
    errno = failure;
    return KP_FAIL;
}

enum kp_verdict kp_point(enum kp_kind kind, const char *call, const char *subject) {
    int kept = errno;
    pthread_once(&once, set_up);
    if (only_syncs && kind != KP_SYNC) return KP_GO;
    long number = atomic_fetch_add(&counter, 1) + 1;
    const char *slash = strrchr(subject, '/');
    char line[LINE_BYTES];
    int length = snprintf(line, sizeof line, "%ld %s %.60s\n", number, call, slash ? slash + 1 : subject);
    if (lines && number <= LINES_MAX) memcpy(lines[number - 1], line, (size_t)length + 1);
    errno = kept;
    if (chosen == 0 || number < chosen) return KP_GO;
    int goes_on = condition && syscall(SYS_faccessat, AT_FDCWD, condition, F_OK) == 0;
    errno = kept;
    if (failure) {
        if (number > chosen && !goes_on) return KP_GO;
        if (failure == ENOSPC && !needs_room(kind, call)) return KP_GO;
        // The chosen one need not be the first that fails.
        if (!atomic_exchange(&is_noted, 1)) write_log(line, (size_t)length);
        return fail(kind, number);
    }
    // Those that come while the process is dying are part of its last moment.
    if (number > chosen) return KP_GO;
    write_log(line, (size_t)length);
    if (mode == 'a') return KP_GO_THEN_DIE;
    if (mode == 't' && kind == KP_WRITE) return KP_HALF_THEN_DIE;
    kp_die();
}

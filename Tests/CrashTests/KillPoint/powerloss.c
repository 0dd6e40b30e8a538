// What a power failure may take: every change that was not synced. Notes how to undo each change, drops the note when the
// file (for its bytes) or its directory (for names) is synced, and in the end undoes what is left, newest first. That is
// the worst that POSIX allows a disk to do in order; nothing is reordered.
#define _GNU_SOURCE
#include "killpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct key {
    dev_t device;
    ino_t inode;
};

enum note_kind { NOTE_VOID, NOTE_BYTES, NOTE_CREATED, NOTE_RENAMED, NOTE_UNLINKED };

// A copy of a file that went.
struct copy {
    int exists, is_directory;
    mode_t bits;
    char *bytes;
    size_t count;
    struct key key;
};

struct note {
    struct note *older;
    enum note_kind kind;
    // The file whose bytes, or the directory whose names, must be synced for the change to stay.
    struct key owner;
    char *path, *target;
    off_t offset, old_size;
    size_t count;
    char *bytes;
    struct copy gone;
};

// A descriptor of each file that was written, kept open so that its bytes can be put back whatever its name is then.
struct file {
    struct file *next;
    struct key key;
    int descriptor;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct note *newest;
static struct file *files;
static _Thread_local struct note *last;

static int same(struct key one, struct key other) { return one.device == other.device && one.inode == other.inode; }

static char *read_all(int file, off_t offset, size_t count) {
    char *bytes = malloc(count + 1);
    size_t done = 0;
    while (done < count) {
        long more = syscall(SYS_pread64, file, bytes + done, count - done, offset + (off_t)done);
        if (more <= 0) break;
        done += (size_t)more;
    }
    return bytes;
}

static void write_all(int file, const char *bytes, size_t count, off_t offset) {
    while (count > 0) {
        long done = syscall(SYS_pwrite64, file, bytes, count, offset);
        if (done <= 0) return;
        bytes += done;
        offset += done;
        count -= (size_t)done;
    }
}

static char *absolute(int directory, const char *path) {
    char *result = NULL;
    if (path[0] == '/') return strdup(path);
    char base[4096] = "", link[64];
    if (directory == AT_FDCWD) {
        if (!getcwd(base, sizeof base)) base[0] = 0;
    } else {
        snprintf(link, sizeof link, "/proc/self/fd/%d", directory);
        ssize_t count = readlink(link, base, sizeof base - 1);
        base[count > 0 ? count : 0] = 0;
    }
    if (asprintf(&result, "%s/%s", base, path) < 0) abort();
    return result;
}

static struct key folder_of(const char *path) {
    char *folder = strdup(path);
    *strrchr(folder, '/') = 0;
    struct stat status = {0};
    stat(*folder ? folder : "/", &status);
    free(folder);
    return (struct key){status.st_dev, status.st_ino};
}

static struct note *add(enum note_kind kind) {
    struct note *note = calloc(1, sizeof *note);
    note->kind = kind;
    note->older = newest;
    newest = last = note;
    return note;
}

static struct file *file_of(struct key key) {
    for (struct file *file = files; file; file = file->next) {
        if (same(file->key, key)) return file;
    }
    return NULL;
}

static void note_bytes(int file, off_t offset, size_t count) {
    int kept = errno;
    struct stat status;
    if (fstat(file, &status) != 0) return;
    pthread_mutex_lock(&lock);
    struct key key = {status.st_dev, status.st_ino};
    if (!file_of(key)) {
        char link[64];
        snprintf(link, sizeof link, "/proc/self/fd/%d", file);
        struct file *entry = calloc(1, sizeof *entry);
        *entry = (struct file){files, key, (int)syscall(SYS_openat, AT_FDCWD, link, O_RDWR | O_CLOEXEC)};
        files = entry;
    }
    struct note *note = add(NOTE_BYTES);
    note->owner = key;
    note->offset = offset;
    note->old_size = status.st_size;
    if (offset < status.st_size) {
        off_t rest = status.st_size - offset;
        note->count = (off_t)count < rest ? count : (size_t)rest;
        note->bytes = read_all(file_of(key)->descriptor, offset, note->count);
    }
    pthread_mutex_unlock(&lock);
    errno = kept;
}

void kp_note_write(int file, off_t offset, size_t count) { note_bytes(file, offset, count); }

void kp_note_truncate(int file, off_t length) {
    struct stat status = {0};
    fstat(file, &status);
    note_bytes(file, length, length < status.st_size ? (size_t)(status.st_size - length) : 0);
}

static struct copy copy_of(const char *path) {
    struct copy copy = {0};
    struct stat status;
    if (lstat(path, &status) != 0) return copy;
    copy.exists = 1;
    copy.bits = status.st_mode & 07777;
    copy.is_directory = S_ISDIR(status.st_mode);
    copy.key = (struct key){status.st_dev, status.st_ino};
    if (copy.is_directory) return copy;
    int file = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
    copy.count = (size_t)status.st_size;
    copy.bytes = read_all(file, 0, copy.count);
    // Closing drops the process's POSIX locks on the file, which is about to lose its name anyway.
    syscall(SYS_close, file);
    return copy;
}

static void note_name(enum note_kind kind, char *path, char *target) {
    int kept = errno;
    pthread_mutex_lock(&lock);
    struct note *note = add(kind);
    note->path = path;
    note->target = target;
    note->owner = folder_of(target ? target : path);
    if (kind != NOTE_CREATED) note->gone = copy_of(target ? target : path);
    pthread_mutex_unlock(&lock);
    errno = kept;
}

void kp_note_create(int directory, const char *path) { note_name(NOTE_CREATED, absolute(directory, path), NULL); }

void kp_note_unlink(int directory, const char *path) { note_name(NOTE_UNLINKED, absolute(directory, path), NULL); }

void kp_note_rename(int from_directory, const char *from, int to_directory, const char *to) {
    note_name(NOTE_RENAMED, absolute(from_directory, from), absolute(to_directory, to));
}

void kp_forget_last(void) {
    pthread_mutex_lock(&lock);
    if (last) last->kind = NOTE_VOID;
    pthread_mutex_unlock(&lock);
}

void kp_note_sync(int file) {
    int kept = errno;
    struct stat status;
    if (fstat(file, &status) != 0) return;
    struct key key = {status.st_dev, status.st_ino};
    pthread_mutex_lock(&lock);
    for (struct note *note = newest; note; note = note->older) {
        if (same(note->owner, key)) note->kind = NOTE_VOID;
    }
    pthread_mutex_unlock(&lock);
    errno = kept;
}

static void bring_back(const char *path, struct copy copy) {
    if (!copy.exists) return;
    if (copy.is_directory) {
        syscall(SYS_mkdirat, AT_FDCWD, path, copy.bits);
        return;
    }
    int file = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    write_all(file, copy.bytes, copy.count, 0);
    syscall(SYS_fchmod, file, copy.bits);
    // Older changes of its bytes are undone in the new file.
    struct file *entry = file_of(copy.key);
    if (entry) entry->descriptor = file;
}

// Takes a name away, with all that is below it.
static void take_away(const char *path) {
    static int number;
    const char *log = getenv("KILLPOINT_LOG");
    char lost[4096];
    snprintf(lost, sizeof lost, "%s.lost.%d", log ? log : "/tmp/killpoint", ++number);
    syscall(SYS_renameat2, AT_FDCWD, path, AT_FDCWD, lost, 0);
}

static void undo(struct note *note) {
    struct file *file = file_of(note->owner);
    switch (note->kind) {
    case NOTE_VOID: return;
    case NOTE_BYTES:
        if (!file) return;
        syscall(SYS_ftruncate, file->descriptor, note->old_size);
        write_all(file->descriptor, note->bytes, note->count, note->offset);
        return;
    case NOTE_CREATED: take_away(note->path); return;
    case NOTE_RENAMED:
        syscall(SYS_renameat2, AT_FDCWD, note->target, AT_FDCWD, note->path, 0);
        bring_back(note->target, note->gone);
        return;
    case NOTE_UNLINKED: bring_back(note->path, note->gone); return;
    }
}

// Keeps the lock for good: no other thread gets past its next note, so nobody is told of a sync that comes too late.
void kp_lose(void) {
    pthread_mutex_lock(&lock);
    for (struct note *note = newest; note; note = note->older) undo(note);
}

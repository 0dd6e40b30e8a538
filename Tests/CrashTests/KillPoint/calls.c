// The calls that are counted: each asks `kp_point` and then makes the real call, or not.
#define _GNU_SOURCE
#include "killpoint.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

// Finds the function of that name in the library that comes after this one.
#define REAL(result, name, ...)                                     \
    static result (*real)(__VA_ARGS__);                             \
    if (!real) {                                                    \
        int kept = errno;                                           \
        real = (result (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name);     \
        if (!real) abort();                                         \
        errno = kept;                                               \
    }

static int is_kind(int file, mode_t kind) {
    int kept = errno;
    struct stat status;
    int answer = fstat(file, &status) == 0 && (status.st_mode & S_IFMT) == kind;
    errno = kept;
    return answer;
}

static int is_on_disk(int file) { return is_kind(file, S_IFREG) || is_kind(file, S_IFDIR); }

// The path of an open file, for the log.
static const char *path_of(int file, char *buffer, size_t size) {
    int kept = errno;
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t count = readlink(link, buffer, size - 1);
    buffer[count > 0 ? count : 0] = 0;
    errno = kept;
    return buffer;
}

static enum kp_verdict point_at(enum kp_kind kind, const char *call, int file) {
    char path[4096];
    return kp_point(kind, call, path_of(file, path, sizeof path));
}

// A call that is made whole or not at all; `make` is the real one, `note` tells how to undo it.
#define WHOLE(verdict, note, make)                                  \
    do {                                                            \
        enum kp_verdict what = (verdict);                           \
        if (what == KP_FAIL) return -1;                             \
        int noted = kp_loses();                                     \
        if (noted) { note; }                                        \
        int result = (make);                                        \
        int kept = errno;                                           \
        if (noted && result < 0) kp_forget_last();                  \
        if (what != KP_GO) kp_die();                                \
        errno = kept;                                               \
        return result;                                              \
    } while (0)

// A write of which half may be made.
#define PARTIAL(call, file, offset, count, make)                    \
    do {                                                            \
        enum kp_verdict what = point_at(KP_WRITE, call, file);      \
        if (what == KP_FAIL) return -1;                             \
        size_t amount = (count);                                    \
        if (what == KP_HALF || what == KP_HALF_THEN_DIE) amount = (amount + 1) / 2; \
        int noted = kp_loses();                                     \
        if (noted) kp_note_write(file, offset, amount);             \
        ssize_t result = (make);                                    \
        int kept = errno;                                           \
        if (noted && result < 0) kp_forget_last();                  \
        if (what == KP_GO_THEN_DIE || what == KP_HALF_THEN_DIE) kp_die(); \
        errno = kept;                                               \
        return result;                                              \
    } while (0)

ssize_t write(int file, const void *bytes, size_t count) {
    REAL(ssize_t, "write", int, const void *, size_t)
    if (!is_kind(file, S_IFREG)) return real(file, bytes, count);
    PARTIAL("write", file, lseek(file, 0, SEEK_CUR), count, real(file, bytes, amount));
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t offset) {
    REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t)
    if (!is_kind(file, S_IFREG)) return real(file, bytes, count, offset);
    PARTIAL("pwrite", file, offset, count, real(file, bytes, amount, offset));
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) { return pwrite64(file, bytes, count, offset); }

ssize_t writev(int file, const struct iovec *parts, int part_count) {
    REAL(ssize_t, "writev", int, const struct iovec *, int)
    if (!is_kind(file, S_IFREG)) return real(file, parts, part_count);
    size_t total = 0;
    for (int index = 0; index < part_count; index++) total += parts[index].iov_len;
    // Half of a gathered write is its first part or half of the only one, through `pwrite` of which the offset is known.
    PARTIAL(
        "writev", file, lseek(file, 0, SEEK_CUR), total,
        amount == total ? real(file, parts, part_count)
                        : real(file, &(struct iovec){parts[0].iov_base, amount < parts[0].iov_len ? amount : parts[0].iov_len}, 1));
}

static int sync_file(const char *call, int (*real)(int), int file) {
    if (!is_on_disk(file)) return real(file);
    enum kp_verdict what = point_at(KP_SYNC, call, file);
    if (what == KP_FAIL) return -1;
    int result = real(file);
    if (result == 0 && kp_loses()) kp_note_sync(file);
    if (what != KP_GO) kp_die();
    return result;
}

int fsync(int file) {
    REAL(int, "fsync", int)
    return sync_file("fsync", real, file);
}

int fdatasync(int file) {
    REAL(int, "fdatasync", int)
    return sync_file("fdatasync", real, file);
}

int ftruncate64(int file, off64_t length) {
    REAL(int, "ftruncate64", int, off64_t)
    WHOLE(point_at(KP_TRUNCATE, "ftruncate", file), kp_note_truncate(file, length), real(file, length));
}

int ftruncate(int file, off_t length) { return ftruncate64(file, length); }

int posix_fallocate64(int file, off64_t offset, off64_t length) {
    REAL(int, "posix_fallocate64", int, off64_t, off64_t)
    enum kp_verdict what = point_at(KP_WRITE, "posix_fallocate", file);
    if (what == KP_FAIL || what == KP_HALF) return errno;
    int result = real(file, offset, length);
    if (what != KP_GO) kp_die();
    return result;
}

int posix_fallocate(int file, off_t offset, off_t length) { return posix_fallocate64(file, offset, length); }

int fchmod(int file, mode_t bits) {
    REAL(int, "fchmod", int, mode_t)
    enum kp_verdict what = point_at(KP_MODE, "fchmod", file);
    if (what == KP_FAIL) return -1;
    int result = real(file, bits);
    if (what != KP_GO) kp_die();
    return result;
}

int renameat2(int from_directory, const char *from, int to_directory, const char *to, unsigned flags) {
    REAL(int, "renameat2", int, const char *, int, const char *, unsigned)
    WHOLE(
        kp_point(KP_NAME, "rename", to), kp_note_rename(from_directory, from, to_directory, to),
        real(from_directory, from, to_directory, to, flags));
}

int renameat(int from_directory, const char *from, int to_directory, const char *to) {
    return renameat2(from_directory, from, to_directory, to, 0);
}

int rename(const char *from, const char *to) { return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0); }

int linkat(int from_directory, const char *from, int to_directory, const char *to, int flags) {
    REAL(int, "linkat", int, const char *, int, const char *, int)
    WHOLE(
        kp_point(KP_NAME, "link", to), kp_note_create(to_directory, to),
        real(from_directory, from, to_directory, to, flags));
}

int link(const char *from, const char *to) { return linkat(AT_FDCWD, from, AT_FDCWD, to, 0); }

int unlinkat(int directory, const char *path, int flags) {
    REAL(int, "unlinkat", int, const char *, int)
    const char *call = flags & AT_REMOVEDIR ? "rmdir" : "unlink";
    WHOLE(kp_point(KP_NAME, call, path), kp_note_unlink(directory, path), real(directory, path, flags));
}

int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }

int mkdirat(int directory, const char *path, mode_t bits) {
    REAL(int, "mkdirat", int, const char *, mode_t)
    WHOLE(kp_point(KP_NAME, "mkdir", path), kp_note_create(directory, path), real(directory, path, bits));
}

int mkdir(const char *path, mode_t bits) { return mkdirat(AT_FDCWD, path, bits); }

int openat64(int directory, const char *path, int flags, ...) {
    REAL(int, "openat64", int, const char *, int, ...)
    mode_t bits = 0;
    if (flags & (O_CREAT | __O_TMPFILE)) {
        va_list rest;
        va_start(rest, flags);
        bits = va_arg(rest, mode_t);
        va_end(rest);
    }
    struct stat status;
    int kept_before = errno;
    int creates = flags & O_CREAT && fstatat(directory, path, &status, AT_SYMLINK_NOFOLLOW) != 0;
    errno = kept_before;
    // A file that is there already is only opened.
    if (!creates) return real(directory, path, flags, bits);
    WHOLE(kp_point(KP_NAME, "create", path), kp_note_create(directory, path), real(directory, path, flags, bits));
}

int openat(int directory, const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t bits = flags & (O_CREAT | __O_TMPFILE) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return openat64(directory, path, flags, bits);
}

int open64(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t bits = flags & (O_CREAT | __O_TMPFILE) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return openat64(AT_FDCWD, path, flags, bits);
}

int open(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t bits = flags & (O_CREAT | __O_TMPFILE) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return openat64(AT_FDCWD, path, flags, bits);
}

// Shared by the parts of the interposer that the crash tests load into the daemon with LD_PRELOAD.
#ifndef KILLPOINT_H
#define KILLPOINT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// What a counted call would do to the disk.
enum kp_kind { KP_WRITE, KP_SYNC, KP_NAME, KP_TRUNCATE, KP_MODE };

// What the caller of a counted call is to do.
enum kp_verdict {
    // Make the call.
    KP_GO,
    // Make the call, then die.
    KP_GO_THEN_DIE,
    // Write the first half of the bytes, then die.
    KP_HALF_THEN_DIE,
    // Write the first half of the bytes and answer how many those were, as a disk that is filling up does.
    KP_HALF,
    // Fail with the errno that is set.
    KP_FAIL,
};

// Counts a call and tells what to do with it. Does not return where the process is to die before the call.
enum kp_verdict kp_point(enum kp_kind kind, const char *call, const char *subject);
// Ends the process at once, as `kill -9` does; in the mode `lose` as a power failure does.
_Noreturn void kp_die(void);

// Whether what was never synced is to be lost with the process.
int kp_loses(void);
// These note, before the call, what it takes to undo it; nothing unless `kp_loses`.
void kp_note_write(int file, off_t offset, size_t count);
void kp_note_truncate(int file, off_t length);
void kp_note_create(int directory, const char *path);
void kp_note_rename(int from_directory, const char *from, int to_directory, const char *to);
void kp_note_unlink(int directory, const char *path);
// Tells that the last note's call failed and has nothing to undo.
void kp_forget_last(void);
// Tells that a file or directory was synced: what was noted of it stays.
void kp_note_sync(int file);
// Undoes everything that was not synced, newest first.
void kp_lose(void);

#endif

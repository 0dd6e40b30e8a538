internal import Glibc

/// What `stat` tells about a file, as far as the store cares.
struct FileStatus: Sendable {
    let isRegular: Bool
    let linkCount: Int
    let stamp: FileStamp

    init(_ status: stat) {
        isRegular = status.st_mode & S_IFMT == S_IFREG
        linkCount = Int(status.st_nlink)
        stamp = FileStamp(status)
    }

    /// A file of the store is regular and has one name. Another name would let someone else write to it.
    var isPlainFile: Bool { isRegular && linkCount == 1 }

    var size: Int64 { stamp.size }
}

/// What changes whenever a file's content, name or permissions are touched. Setting the modification time back is an
/// attribute change itself, so the change time, which nobody can set, gives it away.
struct FileStamp: Sendable, Equatable {
    let device: UInt64
    let inode: UInt64
    let size: Int64
    let modified: Nanoseconds
    let changed: Nanoseconds

    /// A point in time as the file system records it.
    struct Nanoseconds: Sendable, Equatable {
        let seconds: Int
        let nanoseconds: Int

        init(_ time: timespec) {
            seconds = time.tv_sec
            nanoseconds = time.tv_nsec
        }
    }

    init(_ status: stat) {
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        size = Int64(status.st_size)
        modified = Nanoseconds(status.st_mtim)
        changed = Nanoseconds(status.st_ctim)
    }
}

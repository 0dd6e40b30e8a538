internal import Glibc

/// What the engine does with database files beside SQLite itself.
///
/// It never opens and closes a file that a connection may have open: POSIX drops all of a process's locks on a file
/// when any of its descriptors is closed.
enum SQLiteFile {
    /// Creates an empty file with mode 0600 and answers true, or restricts an existing one to that mode and answers
    /// false. SQLite gives its log and shared-memory files the mode of the database.
    static func createPrivate(_ path: String) throws(SQLiteFileError) -> Bool {
        let descriptor: Int32 = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if descriptor >= 0 {
            close(descriptor)
            try syncFolder(of: path)
            return true
        }
        guard errno == EEXIST else { throw SQLiteFileError("open", path) }
        var status = stat()
        guard stat(path, &status) == 0 else { throw SQLiteFileError("stat", path) }
        if status.st_mode & 0o777 != 0o600, chmod(path, 0o600) != 0 { throw SQLiteFileError("chmod", path) }
        return false
    }

    /// True if there is a file of that name.
    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Removes a file; its absence is no error.
    static func remove(_ path: String) throws(SQLiteFileError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw SQLiteFileError("unlink", path) }
    }

    /// Syncs a file that no connection has open.
    static func sync(_ path: String) throws(SQLiteFileError) {
        try sync(path, flags: O_RDONLY | O_CLOEXEC)
    }

    /// Gives a file its final name, replacing what bears it, and makes that durable.
    static func rename(_ path: String, to target: String) throws(SQLiteFileError) {
        guard Glibc.rename(path, target) == 0 else { throw SQLiteFileError("rename", target) }
        try syncFolder(of: target)
    }

    /// Makes the names in the folder of `path` durable.
    static func syncFolder(of path: String) throws(SQLiteFileError) {
        let end: String.Index? = path.lastIndex(of: "/")
        let folder: String = end.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        try sync(folder, flags: O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    }

    private static func sync(_ path: String, flags: Int32) throws(SQLiteFileError) {
        let descriptor: Int32 = open(path, flags)
        guard descriptor >= 0 else { throw SQLiteFileError("open", path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw SQLiteFileError("fsync", path) }
    }
}

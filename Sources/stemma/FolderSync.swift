internal import Glibc

/// Makes names durable. A file that was synced can still lose its name until the folder is synced as well.
enum FolderSync {
    /// Syncs the folder that holds `path`. False where that fails, with `errno` set.
    static func syncFolder(of path: String) -> Bool {
        let end: String.Index? = path.lastIndex(of: "/")
        let folder: String = end.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let descriptor: Int32 = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        let isSynced: Bool = fsync(descriptor) == 0
        let code: Int32 = errno
        close(descriptor)
        errno = code
        return isSynced
    }
}

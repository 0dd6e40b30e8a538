internal import Glibc

/// Whole files and folder trees, for tests that look at or tamper with what the daemon keeps.
package enum FileAccess {
    /// - Throws: `SystemFailure`.
    package static func read(_ path: String) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemFailure("open \(path)") }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            guard count >= 0 else { throw SystemFailure("read \(path)") }
            if count == 0 { return bytes }
            bytes.append(contentsOf: chunk[..<count])
        }
    }

    /// Replaces the content of a file, in place where it exists, made with mode 0600 where it does not.
    ///
    /// - Throws: `SystemFailure`, with what could be written left in place.
    package static func write(_ bytes: [UInt8], to path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemFailure("open \(path)") }
        defer { close(descriptor) }
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw SystemFailure("write \(path)") }
            written += count
        }
    }

    /// The paths of all regular files below a folder; empty where there is no such folder.
    package static func files(below folder: String) -> [String] {
        entries(of: folder).flatMap { path -> [String] in
            switch status(path).map({ $0.st_mode & S_IFMT }) {
            case S_IFDIR: files(below: path)
            case S_IFREG: [path]
            default: []
            }
        }
    }

    /// Removes a folder with all its content; follows no links, ignores what cannot be removed.
    static func removeTree(_ folder: String) {
        for path in entries(of: folder) {
            if let about = status(path), about.st_mode & S_IFMT == S_IFDIR { removeTree(path) } else { unlink(path) }
        }
        rmdir(folder)
    }

    /// The paths of what is directly in a folder, in order.
    private static func entries(of folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var found: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { found.append(folder + "/" + name) }
        }
        return found.sorted()
    }

    /// The permission bits of a file; nil where there is none.
    package static func mode(_ path: String) -> UInt32? { status(path).map { UInt32($0.st_mode) & 0o7777 } }

    /// Puts a symbolic link to `target` in the place of `path`.
    ///
    /// - Throws: `SystemFailure`.
    package static func replaceWithLink(_ path: String, to target: String) throws {
        guard unlink(path) == 0 else { throw SystemFailure("unlink \(path)") }
        guard symlink(target, path) == 0 else { throw SystemFailure("symlink \(path)") }
    }

    /// - Throws: `SystemFailure`.
    package static func allowWriting(_ path: String) throws { try setMode(path, 0o600) }

    /// Sets the permission bits of a file.
    ///
    /// - Throws: `SystemFailure`.
    package static func setMode(_ path: String, _ mode: UInt32) throws {
        guard chmod(path, mode) == 0 else { throw SystemFailure("chmod \(path)") }
    }

    /// Makes a folder and those above it; existing folders are fine.
    ///
    /// - Throws: `SystemFailure`.
    package static func makeFolders(_ path: String) throws {
        var made = ""
        for name in path.split(separator: "/") {
            made += "/" + name
            guard mkdir(made, 0o700) == 0 || errno == EEXIST else { throw SystemFailure("mkdir \(made)") }
        }
    }

    /// Removes a file or link; nothing happens where there is none.
    package static func remove(_ path: String) { unlink(path) }

    private static func status(_ path: String) -> stat? {
        var about = stat()
        return lstat(path, &about) == 0 ? about : nil
    }
}

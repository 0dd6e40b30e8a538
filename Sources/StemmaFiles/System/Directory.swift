internal import Glibc
internal import StemmaRegistry

/// A directory held open. Every name is looked up relative to it and no symbolic link is ever followed, so nobody can
/// lead the store outside by swapping a part of the path.
final class Directory: Sendable {
    private let descriptor: Descriptor

    init(_ descriptor: Descriptor) {
        self.descriptor = descriptor
    }

    /// The directory called `name`, or nil where there is none. Throws `internalError` where `name` is something else.
    func directory(_ name: String) throws -> Directory? {
        guard let opened = try open(name, O_RDONLY | O_DIRECTORY, mode: 0) else { return nil }
        return Directory(opened)
    }

    /// The directory called `name`, made with mode 0700 where there is none.
    func directoryMakingIfAbsent(_ name: String) throws -> Directory {
        if let present = try directory(name) { return present }
        do {
            _ = try systemCall { mkdirat(descriptor.number, name, 0o700) }
        } catch {
            // It is there where another task made it meanwhile.
            if error.code != EEXIST { throw storageFault("mkdirat", name, error.code) }
        }
        guard let made = try directory(name) else { throw storageFault("openat", name, ENOENT) }
        return made
    }

    /// Opens `name` for reading; nil where there is none. Throws `SystemError` `ELOOP` for a symbolic link.
    func readFile(_ name: String) throws(SystemError) -> Descriptor? {
        // A named pipe in the file's place must not hold the thread: O_NONBLOCK means nothing for regular files.
        try openRaw(name, O_RDONLY | O_NONBLOCK, mode: 0)
    }

    /// Opens `name` for reading and writing; nil where there is none.
    func updateFile(_ name: String) throws -> Descriptor? {
        try open(name, O_RDWR | O_NONBLOCK, mode: 0)
    }

    /// Makes `name` with mode 0600 and opens it for reading and writing; nil where the name is taken.
    func createFile(_ name: String) throws -> Descriptor? {
        do {
            return try openRaw(name, O_RDWR | O_CREAT | O_EXCL, mode: 0o600)
        } catch {
            if error.code == EEXIST { return nil }
            throw storageFault("openat", name, error.code)
        }
    }

    /// The status of `name` itself, links not followed; nil where there is none.
    func status(of name: String) throws -> FileStatus? {
        var status = stat()
        do {
            _ = try systemCall { fstatat(descriptor.number, name, &status, AT_SYMLINK_NOFOLLOW) }
        } catch {
            if error.code == ENOENT { return nil }
            throw storageFault("fstatat", name, error.code)
        }
        return FileStatus(status)
    }

    /// Removes the file `name`. Removing what is absent succeeds.
    func remove(_ name: String) throws {
        do {
            _ = try systemCall { unlinkat(descriptor.number, name, 0) }
        } catch {
            if error.code != ENOENT { throw storageFault("unlinkat", name, error.code) }
        }
    }

    /// Gives the file `name` the name `target` in another directory, in the place of whatever file has that name.
    func move(_ name: String, to directory: Directory, as target: String) throws {
        do {
            _ = try systemCall { renameat(descriptor.number, name, directory.descriptor.number, target) }
        } catch {
            throw storageFault("renameat", target, error.code)
        }
    }

    /// Makes the directory's entries survive a crash.
    func sync() throws { try descriptor.sync() }

    /// All names in it but `.` and `..`, unordered.
    func names() throws -> [String] {
        // The stream takes a descriptor of its own: sharing one would share the position.
        let copy: Int32 = openat(descriptor.number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0 else { throw storageFault("openat", descriptor.name, errno) }
        guard let stream = fdopendir(copy) else {
            let code: Int32 = errno
            close(copy)
            throw storageFault("fdopendir", descriptor.name, code)
        }
        defer { closedir(stream) }
        var result: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else { break }
            let name: String = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { result.append(name) }
        }
        guard errno == 0 else { throw storageFault("readdir", descriptor.name, errno) }
        return result
    }

    /// Bytes that an unprivileged process may still write to this file system.
    func availableBytes() throws -> Int64 {
        var status = statvfs()
        do {
            _ = try systemCall { fstatvfs(descriptor.number, &status) }
        } catch {
            throw storageFault("fstatvfs", descriptor.name, error.code)
        }
        let available = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
        return available.overflow ? Int64.max : Int64(clamping: available.partialValue)
    }

    private func open(_ name: String, _ flags: Int32, mode: mode_t) throws -> Descriptor? {
        do {
            return try openRaw(name, flags, mode: mode)
        } catch {
            throw storageFault("openat", name, error.code)
        }
    }

    private func openRaw(_ name: String, _ flags: Int32, mode: mode_t) throws(SystemError) -> Descriptor? {
        do {
            let number: Int32 = try systemCall {
                openat(descriptor.number, name, flags | O_NOFOLLOW | O_CLOEXEC, mode)
            }
            return Descriptor(number, name: name, watch: descriptor.watch)
        } catch {
            if error.code == ENOENT { return nil }
            throw error
        }
    }
}

internal import Glibc

/// A folder that exists for one test run only.
package struct ScratchFolder: Sendable {
    /// Its absolute path, without a slash at the end.
    package let path: String

    /// Makes an empty folder, removed with all its content when the test process ends.
    ///
    /// - Throws: `SystemFailure`.
    package init(_ purpose: String = "test") throws {
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(base)/stemma-\(purpose)-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemFailure("mkdtemp") }
        path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress.unsafelyUnwrapped) }
        Leftovers.add(folder: path)
    }

    /// Mounts a memory file system of `bytes` bytes over the folder; only root may.
    ///
    /// - Throws: `SystemFailure` where mounting is not allowed.
    package func mountMemory(bytes: Int) throws {
        guard mount("tmpfs", path, "tmpfs", 0, "size=\(bytes),mode=0700") == 0 else { throw SystemFailure("mount") }
        Leftovers.add(mount: path)
    }

    /// Takes the memory file system away again, with its content.
    package func unmount() { umount2(path, Int32(MNT_DETACH)) }

    /// The path of a file in the folder.
    package func file(_ name: String) -> String { path + "/" + name }
}

internal import Glibc
internal import StemmaDigest
internal import StemmaRegistry
internal import Synchronization

/// The stored blobs as files: `sha256/ab/cd/abcd...`, two levels of directories by the first digits, then all 64 digits.
///
/// Its calls block. One task at a time may change the file of a digest (see `DigestGate`).
final class BlobTree: Sendable {
    /// A blob's file, opened for reading, with its status at that time.
    struct OpenFile: Sendable {
        let file: Descriptor
        let status: FileStatus
    }

    /// Where a digest's file belongs.
    private struct Place {
        let outer: String
        let inner: String
        let name: String

        init(_ digest: Digest) {
            name = digest.hex
            outer = String(name.prefix(2))
            inner = String(name.dropFirst(2).prefix(2))
        }
    }

    private let root: Directory
    /// The fan-out directories whose entries are known to survive a crash, as `ab` and `ab/cd`.
    private let durable: Mutex<Set<String>> = Mutex([])

    /// `root` is the directory `sha256`.
    init(_ root: Directory) {
        self.root = root
    }

    /// Opens a blob's file, whatever its content is; nil where there is none. Throws `blobCorrupt` for what is no plain
    /// file with one name.
    func open(_ digest: Digest) throws -> OpenFile? {
        let place = Place(digest)
        let opened: Descriptor?
        do {
            opened = try leaf(of: place)?.readFile(place.name)
        } catch let error as SystemError {
            switch error.code {
            case ELOOP, ENXIO, ENODEV: throw corruptBlob(digest, "its file is a link or device")
            default: throw storageFault("openat", place.name, error.code)
            }
        }
        guard let opened else { return nil }
        let status: FileStatus = try opened.status()
        guard status.isPlainFile else { throw corruptBlob(digest, "its file is no plain file with one name") }
        return OpenFile(file: opened, status: status)
    }

    /// The size of a blob's file; nil where there is none. Throws `blobCorrupt` as `open` does.
    func size(of digest: Digest) throws -> Int64? {
        let place = Place(digest)
        guard let status = try leaf(of: place)?.status(of: place.name) else { return nil }
        guard status.isPlainFile else { throw corruptBlob(digest, "its file is no plain file with one name") }
        return status.size
    }

    /// Moves a file whose content is durable to the digest's place, and makes it durable there. The answer is its stamp
    /// in its new place. What had the place before, which the caller has found to be no good, is gone.
    func adopt(_ file: Descriptor, named name: String, from staging: Directory, as digest: Digest) throws -> FileStamp {
        let place = Place(digest)
        let outer: Directory = try root.directoryMakingIfAbsent(place.outer)
        let inner: Directory = try outer.directoryMakingIfAbsent(place.inner)
        try staging.move(name, to: inner, as: place.name)
        do {
            try file.setMode(0o400)
            try makeDurable(place, outer: outer, inner: inner)
            return try file.status().stamp
        } catch {
            // Nobody was told of the blob, so its name must go again. The bytes may be an upload's that was acknowledged.
            do {
                try file.setMode(0o600)
                try inner.move(place.name, to: staging, as: name)
            } catch {
                try? inner.remove(place.name)
            }
            throw error
        }
    }

    /// Makes the name of a stored blob survive a crash. A process that was killed may have renamed without syncing.
    func makeDurable(_ digest: Digest) throws {
        let place = Place(digest)
        guard let outer = try root.directory(place.outer), let inner = try outer.directory(place.inner) else { return }
        try makeDurable(place, outer: outer, inner: inner)
    }

    /// Removes a blob's file for good. Removing what is absent succeeds. `seal` belongs to the file, if it was verified.
    func remove(_ digest: Digest, seal: Seal?) throws {
        let place = Place(digest)
        guard let inner = try leaf(of: place) else { return }
        // A planted link or device cannot be opened and needs no seal, but must be removable.
        if let seal, let file = try? inner.readFile(place.name) {
            try seal.unlink(file) { try inner.remove(place.name) }
        } else {
            try inner.remove(place.name)
        }
        try inner.sync()
    }

    /// Digests that have a file, ascending, after `digest`, at most `limit`. Holds the names of one directory at a time.
    func list(after digest: Digest?, limit: Int) throws -> [Digest] {
        let start: String = digest?.hex ?? ""
        var result: [Digest] = []
        for outerName in try sortedNames(in: root, from: String(start.prefix(2)), digits: 2) {
            guard let outer = try root.directory(outerName) else { continue }
            let isFirstOuter: Bool = start.hasPrefix(outerName)
            let innerStart: String = isFirstOuter ? String(start.dropFirst(2).prefix(2)) : ""
            for innerName in try sortedNames(in: outer, from: innerStart, digits: 2) {
                guard let inner = try outer.directory(innerName) else { continue }
                for name in try sortedNames(in: inner, from: start, digits: 2 * Digest.byteCount) {
                    guard result.count < limit else { return result }
                    guard name.hasPrefix(outerName + innerName), name != start else { continue }
                    if let found = Digest("sha256:" + name) { result.append(found) }
                }
            }
        }
        return result
    }

    private func leaf(of place: Place) throws -> Directory? {
        try root.directory(place.outer)?.directory(place.inner)
    }

    private func makeDurable(_ place: Place, outer: Directory, inner: Directory) throws {
        try inner.sync()
        let innerKey: String = place.outer + "/" + place.inner
        if durable.withLock({ !$0.contains(innerKey) }) {
            try outer.sync()
            durable.withLock { _ = $0.insert(innerKey) }
        }
        if durable.withLock({ !$0.contains(place.outer) }) {
            try root.sync()
            durable.withLock { _ = $0.insert(place.outer) }
        }
    }

    /// The names of so many hex digits that are not before `first`, ascending. Anything else is none of the store's.
    private func sortedNames(in directory: Directory, from first: String, digits: Int) throws -> [String] {
        let names: [String] = try directory.names().filter { name in
            name.utf8.count == digits && name >= first && Hex.decode(name.utf8) != nil
        }
        return names.sorted()
    }
}

/// The refusal to hand out bytes that do not have their digest. `reason` goes to the log.
func corruptBlob(_ digest: Digest, _ reason: String) -> StemmaError {
    StemmaError(
        .blobCorrupt, "The stored bytes of \(digest) are damaged and are not handed out. Upload them again to repair.",
        cause: "\(digest): \(reason)")
}

import Foundation
import Glibc
import StemmaDigest
import StemmaFiles
import StemmaRegistry
import StemmaTesting
import Synchronization

/// A directory of one test, removed with the value.
final class TemporaryDirectory: Sendable {
    let path: String

    init() {
        var template: [CChar] = Array("/tmp/stemma-files-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { preconditionFailure("no temporary directory: errno \(errno)") }
        path = String(cString: made)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The blob directory in it.
    var blobs: String { path + "/blobs" }

    /// Where a blob's file belongs, spelled out independently of the store.
    func file(of digest: Digest) -> String {
        "\(blobs)/sha256/\(digest.hex.prefix(2))/\(digest.hex.dropFirst(2).prefix(2))/\(digest.hex)"
    }

    /// Every file below the blob directory but the lock, relative to it.
    func files() -> [String] {
        guard let walker = FileManager.default.enumerator(atPath: blobs) else { return [] }
        return walker.compactMap { $0 as? String }.filter { name in
            name != "lock" && mode(of: blobs + "/" + name) & S_IFMT != S_IFDIR
        }
    }

    /// Type and permission bits of a file, links not followed; zero where there is none.
    func mode(of path: String) -> mode_t {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode : 0
    }
}

/// The file store on a fresh directory, opened again for each restart.
final class FileStoreHarness: BlobStoreHarness {
    let directory: TemporaryDirectory = TemporaryDirectory()

    func open() async throws -> any BlobStore {
        try FileBlobStore(directory: directory.blobs)
    }
}

/// The memory store, which crashes at each restart.
final class MemoryStoreHarness: BlobStoreHarness {
    private let store: MemoryBlobStore = MemoryBlobStore()

    func open() async throws -> any BlobStore {
        store.crash()
        return store
    }
}

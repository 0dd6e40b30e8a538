internal import StemmaRegistry
internal import Synchronization

/// The stamp under which one file's content was found to have its digest; shared by all who read that file.
final class Seal: Sendable {
    private let stamp: Mutex<FileStamp>

    init(_ stamp: FileStamp) {
        self.stamp = Mutex(stamp)
    }

    /// True while the stamp is `current`.
    func fits(_ current: FileStamp) -> Bool {
        stamp.withLock { $0 == current }
    }

    /// True while nobody has touched the open file since its content was verified.
    func isUnbroken(on file: Descriptor) -> Bool {
        stamp.withLock { stamp in
            guard let status = try? file.status() else { return false }
            return status.stamp == stamp
        }
    }

    /// Runs `remove`, which takes the file's name away, and accepts the change of stamp that this alone makes, so that
    /// answers under way from the file can end well. A file touched before stays unsealed.
    func unlink(_ file: Descriptor, _ remove: () throws -> Void) throws {
        try stamp.withLock { stamp in
            let isUntouched: Bool = try file.status().stamp == stamp
            try remove()
            if isUntouched { stamp = try file.status().stamp }
        }
    }
}

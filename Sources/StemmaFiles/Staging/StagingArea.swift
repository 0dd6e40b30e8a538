internal import Glibc
internal import StemmaRegistry
internal import Synchronization

/// The directory of uploads under way: `staging/<id>` has the bytes, `staging/<id>.len` the acknowledged length.
///
/// Its calls on files block. A `Hold` says who may work on an id.
final class StagingArea: Sendable {
    /// The right to work on one staging id, given back when the value goes.
    final class Hold: Sendable {
        let id: StagingID
        private let area: StagingArea

        fileprivate init(_ id: StagingID, of area: StagingArea) {
            self.id = id
            self.area = area
        }

        deinit { area.release(id) }
    }

    /// A staged file as it was left.
    struct Kept {
        let file: Descriptor
        let record: LengthRecord?
    }

    /// No `StagingID` has a dot, so the two kinds of name never meet.
    private static let recordSuffix: String = ".len"

    let directory: Directory
    private let held: Mutex<Set<StagingID>> = Mutex([])

    init(_ directory: Directory) {
        self.directory = directory
    }

    /// Throws `uploadBusy` where someone else holds the id.
    func hold(_ id: StagingID) throws -> Hold {
        guard held.withLock({ $0.insert(id).inserted }) else {
            throw StemmaError(.uploadBusy, "Another request is working on this upload. Try again when it has ended.")
        }
        return Hold(id, of: self)
    }

    /// Makes an empty staged file. Throws `uploadBusy` where one is kept under the id.
    func create(_ id: StagingID) throws -> Descriptor {
        guard let file = try directory.createFile(id.text) else {
            throw StemmaError(.uploadBusy, "An upload with this id is kept already. Continue it or cancel it.")
        }
        // What is left of an upload whose bytes are gone says nothing about this one.
        try directory.remove(id.text + Self.recordSuffix)
        return file
    }

    /// Opens what is kept under the id, cut back to its acknowledged length; nil where nothing usable is.
    func reopen(_ id: StagingID) throws -> Kept? {
        guard let file = try directory.updateFile(id.text) else { return nil }
        let status: FileStatus = try file.status()
        let record: LengthRecord? = try directory.updateFile(id.text + Self.recordSuffix).map { recordFile in
            guard try recordFile.status().isPlainFile else { return LengthRecord(new: recordFile) }
            return try LengthRecord(reading: recordFile)
        }
        let length: Int64 = record?.length ?? 0
        // A planted file, or one that lost acknowledged bytes, can only be started over.
        guard status.isPlainFile, status.size >= length else {
            try remove(id)
            return nil
        }
        try file.truncate(to: length)
        return Kept(file: file, record: record)
    }

    /// A new record for an upload that has none, with all names of the upload made durable.
    func makeRecord(_ id: StagingID) throws -> LengthRecord {
        let name: String = id.text + Self.recordSuffix
        try directory.remove(name)
        guard let file = try directory.createFile(name) else { throw storageFault("openat", name, EEXIST) }
        try directory.sync()
        return LengthRecord(new: file)
    }

    /// Removes the bytes, then the record: a record alone is swept at the next start.
    func remove(_ id: StagingID) throws {
        try directory.remove(id.text)
        try directory.remove(id.text + Self.recordSuffix)
    }

    /// Removes the record of an upload whose bytes have become a blob.
    func removeRecord(_ id: StagingID) throws {
        try directory.remove(id.text + Self.recordSuffix)
    }

    /// All ids under which bytes are kept.
    func ids() throws -> [StagingID] {
        try directory.names().compactMap { StagingID($0) }
    }

    /// Removes records without bytes, which a crash in the middle of a removal leaves.
    func sweepRecords() throws {
        let names: Set<String> = Set(try directory.names())
        for name in names where name.hasSuffix(Self.recordSuffix) {
            if !names.contains(String(name.dropLast(Self.recordSuffix.count))) { try directory.remove(name) }
        }
    }

    private func release(_ id: StagingID) {
        held.withLock { _ = $0.remove(id) }
    }
}

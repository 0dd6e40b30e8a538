import Glibc
import StemmaSQLite
import Synchronization
import Testing

/// A folder of one test's own, removed with everything in it at the end.
final class EngineFolder: Sendable {
    let path: String

    init() throws {
        var template: [CChar] = Array("/tmp/stemma-sqlite-XXXXXX".utf8CString)
        let made: Bool = mkdtemp(&template) != nil
        try #require(made)
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        for name in names() { unlink(path + "/" + name) }
        rmdir(path)
    }

    /// The path of a file in the folder.
    func file(_ name: String) -> String { path + "/" + name }

    /// The names in the folder, sorted.
    func names() -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name: String = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }
}

/// What the body of a test throws to be rolled back.
struct Refusal: Error, Equatable {}

/// A value that bodies on several queues share.
final class Shared<Value: Sendable>: Sendable {
    private let storage: Mutex<Value>

    init(_ value: Value) { storage = Mutex(value) }

    var value: Value { storage.withLock { $0 } }

    func update(_ change: @Sendable (inout Value) -> Void) { storage.withLock { change(&$0) } }
}

/// A gate that bodies wait at, on their own queues, until a test opens it.
final class Gate: Sendable {
    private let isOpen = Atomic<Bool>(false)
    private let arrivals = Atomic<Int>(0)

    /// Blocks the calling body until the gate opens.
    func pass() {
        arrivals.add(1, ordering: .sequentiallyConsistent)
        while !isOpen.load(ordering: .sequentiallyConsistent) { usleep(200) }
    }

    func open() { isOpen.store(true, ordering: .sequentiallyConsistent) }

    /// Returns once that many bodies have come to the gate.
    func waitForArrivals(_ count: Int = 1) async {
        while arrivals.load(ordering: .sequentiallyConsistent) < count { await Task.yield() }
    }
}

extension SQLiteDatabase {
    /// Holds the writer with a first body while `submit` starts others, and lets go once `count` of them wait: they
    /// then share one transaction.
    func gather(_ count: Int, _ submit: () -> Void) async throws {
        let gate = Gate()
        async let first: Void = write { _ in gate.pass() }
        await gate.waitForArrivals()
        submit()
        while waitingWriteCount < count { await Task.yield() }
        gate.open()
        try await first
    }
}

/// The size of a file in bytes; nil if there is none.
func fileSize(_ path: String) -> Int? {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : nil
}

/// The permission bits of a file; nil if there is none.
func fileMode(_ path: String) -> UInt32? {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & 0o777 : nil
}

/// The bytes of a file.
func readFile(_ path: String) throws -> [UInt8] {
    let file: UnsafeMutablePointer<FILE> = try #require(fopen(path, "r"))
    defer { fclose(file) }
    var bytes: [UInt8] = Array(repeating: 0, count: fileSize(path) ?? 0)
    let count: Int = fread(&bytes, 1, bytes.count, file)
    return Array(bytes.prefix(count))
}

/// Writes a file anew.
func writeFile(_ path: String, _ bytes: [UInt8]) throws {
    let file: UnsafeMutablePointer<FILE> = try #require(fopen(path, "w"))
    defer { fclose(file) }
    try #require(fwrite(bytes, 1, bytes.count, file) == bytes.count)
}

import Glibc
import StemmaSQLite
import Synchronization
import Testing

/// Full disks, failed commits, damaged files, crashes.
@Suite struct SQLiteFaultTests {
    let folder: EngineFolder

    init() throws { folder = try EngineFolder() }

    private func open(_ fault: Fault = Fault(), _ change: (inout SQLiteOptions) -> Void = { _ in }) throws
        -> SQLiteDatabase
    {
        var options = SQLiteOptions()
        options.commitFault = { fault.next() }
        change(&options)
        return try SQLiteDatabase(path: folder.file("a.db"), options: options)
    }

    private func makeTable(_ database: SQLiteDatabase) async throws {
        try await database.write { try $0.execute("CREATE TABLE t (a INTEGER PRIMARY KEY, b BLOB) STRICT") }
    }

    private func rows(_ database: SQLiteDatabase) async throws -> [Int64] {
        try await database.read { try $0.all("SELECT a FROM t ORDER BY a") { $0.int(0) } }
    }

    @Test func aFullDatabaseFailsTheBodyThatFillsIt() async throws {
        let database: SQLiteDatabase = try open()
        try await makeTable(database)
        try await database.write { connection in
            let pages: Int64 = try connection.first("PRAGMA page_count") { $0.int(0) } ?? 0
            try connection.executeScript("PRAGMA max_page_count = \(pages + 10)")
        }
        let full: Int = try await withThrowingTaskGroup(of: Int.self) { group in
            try await database.gather(8) {
                for number in 0..<8 as Range<Int64> {
                    group.addTask {
                        // One of them wants more than there is.
                        let size: Int = number == 3 ? 200_000 : 10
                        do {
                            try await database.write { connection in
                                try connection.execute(
                                    "INSERT INTO t VALUES (?, zeroblob(?))", [.integer(number), SQLiteValue(size)])
                            }
                            return 0
                        } catch let error as SQLiteError where error.code == .full {
                            return 1
                        }
                    }
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(full == 1)
        #expect(database.health == .ok)
        #expect(try await rows(database) == [0, 1, 2, 4, 5, 6, 7])
        await database.close()
    }

    @Test func aFullDiskAtTheCommitFailsAllButIsNotForGood() async throws {
        let fault = Fault()
        let database: SQLiteDatabase = try open(fault)
        try await makeTable(database)
        let failures: Int = try await withThrowingTaskGroup(of: Int.self) { group in
            try await database.gather(3) {
                for number in 0..<3 as Range<Int64> {
                    group.addTask {
                        do {
                            try await database.write { connection in
                                // Armed by a body of the batch itself, so that it meets the batch's own commit.
                                fault.arm(.insteadOfCommit(SQLiteError(code: .full, message: "full")))
                                try connection.execute("INSERT INTO t VALUES (?, NULL)", [.integer(number)])
                            }
                            return 0
                        } catch let error as SQLiteError where error.code == .full {
                            return 1
                        }
                    }
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(failures == 3)
        #expect(database.health == .ok)
        try await database.write { try $0.execute("INSERT INTO t VALUES (9, NULL)") }
        #expect(try await rows(database) == [9])
        await database.close()
    }

    @Test(arguments: [false, true])
    func aFailedSyncSuspendsWrites(isStored: Bool) async throws {
        let fault = Fault()
        let database: SQLiteDatabase = try open(fault)
        try await makeTable(database)
        try await database.write { try $0.execute("INSERT INTO t VALUES (1, NULL)") }
        let error = SQLiteError(code: .ioErrorSync, message: "disk I/O error")
        fault.arm(isStored ? .afterCommit(error) : .insteadOfCommit(error))
        let calls = Counter()
        await #expect(throws: error) {
            try await database.write {
                try $0.execute("INSERT INTO t VALUES (2, NULL)")
            } committed: { _ in
                calls.add()
            }
        }
        #expect(calls.value == 0)
        guard case .writesSuspended(let reason) = database.health else {
            Issue.record("writes are not suspended")
            return
        }
        #expect(reason.contains("disk I/O error"))
        await #expect(throws: SQLiteUnavailable.writesSuspended(reason: reason)) {
            try await database.write { try $0.execute("INSERT INTO t VALUES (3, NULL)") }
        }
        await #expect(throws: SQLiteUnavailable.self) { try await database.checkpoint(truncate: true) }
        let expected: [Int64] = isStored ? [1, 2] : [1]
        #expect(try await rows(database) == expected)
        await database.close()
        // The log is left for the next start, which recovers from it.
        #expect((fileSize(folder.file("a.db-wal")) ?? 0) > 0)
        let again: SQLiteDatabase = try open()
        #expect(again.health == .ok)
        #expect(try await rows(again) == expected)
        await again.close()
    }

    @Test func damageSuspendsWritesEvenIfTheBodyHidesIt() async throws {
        let damaged: SQLiteDatabase = try open()
        try await makeTable(damaged)
        try await damaged.write { connection in
            for number in 0..<100 as Range<Int64> {
                try connection.execute("INSERT INTO t VALUES (?, zeroblob(3000))", [.integer(number)])
            }
        }
        await damaged.close()
        var bytes: [UInt8] = try readFile(folder.file("a.db"))
        for index in 4_096..<bytes.count { bytes[index] = 0xA5 }
        try writeFile(folder.file("a.db"), bytes)

        let error = #expect(throws: SQLiteError.self) { try open { $0.checksIntegrity = true } }
        #expect(error?.code.primary == .corrupt)
        let database: SQLiteDatabase = try open()
        try await database.read { connection in _ = try? connection.execute("SELECT count(b) FROM t") }
        #expect(database.health != .ok)
        await database.close()
    }

    @Test func anotherProgramsFileIsRefused() async throws {
        try writeFile(folder.file("a.db"), Array("no database at all, but long enough to be read as one".utf8))
        #expect(throws: SQLiteError.self) { try open() }
        try await makeForeign()
        #expect(throws: MigrationError.foreignDatabase(applicationID: 7)) {
            try SQLiteDatabase(path: folder.file("b.db"))
        }
    }

    private func makeForeign() async throws {
        let database: SQLiteDatabase = try SQLiteDatabase(path: folder.file("b.db"))
        try await database.write { try $0.executeScript("PRAGMA application_id = 7") }
        await database.close()
    }

    /// What a killed process leaves: the files as they are, without a close.
    @Test(arguments: [0, 1, 100, 5_000])
    func acknowledgedRowsSurviveACrash(tornBytes: Int) async throws {
        let database: SQLiteDatabase = try open()
        try await makeTable(database)
        for number in 0..<20 as Range<Int64> {
            try await database.write { connection in
                try connection.execute("INSERT INTO t VALUES (?, NULL)", [.integer(number)])
            }
        }
        try writeFile(folder.file("crash.db"), readFile(folder.file("a.db")))
        var log: [UInt8] = try readFile(folder.file("a.db-wal"))
        log.removeLast(tornBytes)
        try writeFile(folder.file("crash.db-wal"), log)
        await database.close()

        let recovered: SQLiteDatabase = try SQLiteDatabase(path: folder.file("crash.db"))
        let rows: [Int64] = try await rows(recovered)
        // A frame is a page and 24 bytes: a torn one takes its transaction, and none before it.
        #expect(rows == Array(0..<Int64(20 - (tornBytes + 4_119) / 4_120)))
        try await recovered.write { try $0.execute("INSERT INTO t VALUES (100, NULL)") }
        await recovered.close()
    }

    @Test func aClosedDatabaseSaysSo() async throws {
        let database: SQLiteDatabase = try open()
        try await makeTable(database)
        await database.close()
        await database.close()
        #expect(folder.names() == ["a.db"])
        await #expect(throws: SQLiteUnavailable.closed) { try await database.write { _ in } }
        await #expect(throws: SQLiteUnavailable.closed) { try await database.read { _ in } }
        await #expect(throws: SQLiteUnavailable.closed) { try await database.checkpoint(truncate: false) }
        #expect(database.health == .ok)
    }

    @Test func closingEndsWhatWasBegun() async throws {
        let database: SQLiteDatabase = try open()
        try await makeTable(database)
        let gate = Gate()
        async let read: Int64? = database.read { connection in
            gate.pass()
            return try connection.first("SELECT count(*) FROM t") { $0.int(0) }
        }
        await gate.waitForArrivals()
        async let write: Int = database.write { connection in
            gate.pass()
            return try connection.execute("INSERT INTO t VALUES (1, NULL)")
        }
        await gate.waitForArrivals(2)
        async let closed: Void = database.close()
        gate.open()
        #expect(try await read != nil)
        #expect(try await write == 1)
        await closed
    }

    @Test func aForeignLockIsWaitedForAndThenReported() async throws {
        let database: SQLiteDatabase = try open { $0.busyTimeoutMilliseconds = 20 }
        try await makeTable(database)
        let other: SQLiteDatabase = try open()
        let gate = Gate()
        async let holder: Void = other.write { _ in gate.pass() }
        await gate.waitForArrivals()
        let error = await #expect(throws: SQLiteError.self) {
            try await database.write { try $0.execute("INSERT INTO t VALUES (1, NULL)") }
        }
        #expect(error?.code.primary == .busy)
        gate.open()
        try await holder
        try await database.write { try $0.execute("INSERT INTO t VALUES (1, NULL)") }
        await other.close()
        await database.close()
    }
}

/// A fault that meets one commit.
final class Fault: Sendable {
    private let armed = Mutex<SQLiteCommitFault?>(nil)

    func arm(_ fault: SQLiteCommitFault) { armed.withLock { $0 = fault } }

    func next() -> SQLiteCommitFault? {
        armed.withLock { fault in
            defer { fault = nil }
            return fault
        }
    }
}

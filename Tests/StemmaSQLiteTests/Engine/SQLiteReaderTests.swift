import StemmaSQLite
import Synchronization
import Testing

/// Reads beside writes, the pool's limit, checkpoints and backups.
@Suite struct SQLiteReaderTests {
    let folder: EngineFolder

    init() throws { folder = try EngineFolder() }

    private func open(_ change: (inout SQLiteOptions) -> Void = { _ in }) async throws -> SQLiteDatabase {
        var options = SQLiteOptions()
        change(&options)
        let database: SQLiteDatabase = try SQLiteDatabase(path: folder.file("a.db"), options: options)
        try await database.write { connection in
            try connection.executeScript(
                """
                CREATE TABLE t (a INTEGER PRIMARY KEY, b BLOB) STRICT;
                CREATE TABLE u (a INTEGER PRIMARY KEY) STRICT;
                """)
        }
        return database
    }

    @Test func aReadSeesOneState() async throws {
        let database: SQLiteDatabase = try await open()
        let gate = Gate()
        async let counts: [Int64?] = database.read { connection in
            let before: Int64? = try connection.first("SELECT count(*) FROM t") { $0.int(0) }
            gate.pass()
            let after: Int64? = try connection.first("SELECT count(*) FROM t") { $0.int(0) }
            return [before, after]
        }
        await gate.waitForArrivals()
        try await database.write { try $0.execute("INSERT INTO t VALUES (1, NULL)") }
        gate.open()
        #expect(try await counts == [0, 0])
        let now: Int64? = try await database.read { try $0.first("SELECT count(*) FROM t") { $0.int(0) } }
        #expect(now == 1)
        await database.close()
    }

    @Test func noMoreReadersThanTheLimit() async throws {
        let database: SQLiteDatabase = try await open { $0.readerCountMax = 2 }
        let running = Shared<(now: Int, most: Int)>((0, 0))
        let total: Int = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<200 {
                group.addTask {
                    try await database.read { connection in
                        running.update { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
                        defer { running.update { $0.now -= 1 } }
                        return try Int(connection.first("SELECT 1 + count(*) FROM t") { $0.int(0) } ?? 0)
                    }
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(total == 200)
        #expect(running.value.most <= 2)
        await database.close()
    }

    @Test func waitingReadsComeInTurn() async throws {
        let database: SQLiteDatabase = try await open { $0.readerCountMax = 1 }
        let gate = Gate()
        let order = Shared<[Int]>([])
        async let first: Void = database.read { _ in gate.pass() }
        await gate.waitForArrivals()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<20 {
                // One task at a time: the next is made when this one waits.
                group.addTask { try await database.read { _ in order.update { $0.append(number) } } }
                while database.waitingReadCount <= number { await Task.yield() }
            }
            gate.open()
            try await group.waitForAll()
        }
        try await first
        #expect(order.value == Array(0..<20))
        await database.close()
    }

    @Test func theLogStaysBounded() async throws {
        let database: SQLiteDatabase = try await open { $0.checkpointPages = 50 }
        let longest = Shared<Int>(0)
        let logPath: String = folder.file("a.db-wal")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    for number in 0..<250 {
                        try await database.write { connection in
                            let key: Int64 = Int64(task * 1_000 + number)
                            try connection.execute("INSERT INTO t VALUES (?, zeroblob(3000))", [.integer(key)])
                        }
                        let size: Int = fileSize(logPath) ?? 0
                        longest.update { $0 = max($0, size) }
                    }
                }
            }
            try await group.waitForAll()
        }
        // 2000 rows change more than 2000 pages, most of them in a commit of their own with other pages. The file
        // keeps its greatest length until it is cut.
        #expect(longest.value < 1_500 * 4_120)
        try await database.checkpoint(truncate: true)
        #expect(fileSize(logPath) == 0)
        await database.close()
    }

    @Test func truncatingWaitsForReadersOnlySoLong() async throws {
        let database: SQLiteDatabase = try await open { $0.busyTimeoutMilliseconds = 20 }
        let gate = Gate()
        async let reading: Int64? = database.read { connection in
            let count: Int64? = try connection.first("SELECT count(*) FROM t") { $0.int(0) }
            gate.pass()
            return count
        }
        await gate.waitForArrivals()
        try await database.write { try $0.execute("INSERT INTO t VALUES (1, NULL)") }
        let error = await #expect(throws: SQLiteError.self) { try await database.checkpoint(truncate: true) }
        #expect(error?.code.primary == .busy)
        try await database.checkpoint(truncate: false)
        gate.open()
        #expect(try await reading == 0)
        #expect(database.health == .ok)
        await database.close()
    }

    @Test func aBackupBesideWritesIsOneState() async throws {
        let database: SQLiteDatabase = try await open { $0.checkpointPages = 20 }
        let isDone = Counter()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<4 {
                group.addTask {
                    var number: Int64 = Int64(task) * 1_000_000
                    while isDone.value == 0 {
                        number += 1
                        let key: SQLiteValue = .integer(number)
                        try await database.write { connection in
                            try connection.execute("INSERT INTO t VALUES (?, zeroblob(2000))", [key])
                            try connection.execute("INSERT INTO u VALUES (?)", [key])
                        }
                    }
                }
            }
            for number in 0..<5 { try await database.backup(to: folder.file("copy\(number).db")) }
            isDone.add()
            try await group.waitForAll()
        }
        for number in 0..<5 {
            let path: String = folder.file("copy\(number).db")
            #expect(fileMode(path) == 0o600)
            var options = SQLiteOptions()
            options.checksIntegrity = true
            let copy: SQLiteDatabase = try SQLiteDatabase(path: path, options: options)
            let differences: Int64? = try await copy.read { connection in
                try connection.first("SELECT count(*) FROM t FULL JOIN u USING (a) WHERE t.a IS NOT u.a") { $0.int(0) }
            }
            #expect(differences == 0)
            await copy.close()
        }
        #expect(folder.names().filter { $0.hasPrefix("copy") }.count == 5)
        await database.close()
    }

    @Test func aBackupReplacesNothing() async throws {
        let database: SQLiteDatabase = try await open()
        try writeFile(folder.file("taken"), [1])
        await #expect(throws: SQLiteFileError.self) { try await database.backup(to: folder.file("taken")) }
        await #expect(throws: SQLiteFileError.self) { try await database.backup(to: folder.file("a.db")) }
        await #expect(throws: SQLiteFileError.self) { try await database.backup(to: folder.file("no/such/folder")) }
        #expect(try readFile(folder.file("taken")) == [1])
        #expect(folder.names() == ["a.db", "a.db-shm", "a.db-wal", "taken"])
        // What an interrupted backup left does no harm.
        try writeFile(folder.file("copy.db.partial"), [1, 2, 3])
        try await database.backup(to: folder.file("copy.db"))
        #expect(folder.names() == ["a.db", "a.db-shm", "a.db-wal", "copy.db", "taken"])
        await database.close()
    }
}

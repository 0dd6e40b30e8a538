import StemmaSQLite
import Synchronization
import Testing

/// Bodies that share a transaction: who commits, in which order, and what their callers see.
@Suite struct SQLiteGroupCommitTests {
    let folder: EngineFolder

    init() throws { folder = try EngineFolder() }

    /// A database with a table `t (a)`, with the commits counted.
    private func open(_ commits: Counter, _ options: SQLiteOptions = SQLiteOptions()) async throws -> SQLiteDatabase {
        var options: SQLiteOptions = options
        options.commitFault = {
            commits.add()
            return nil
        }
        let database: SQLiteDatabase = try SQLiteDatabase(path: folder.file("a.db"), options: options)
        try await database.write { try $0.execute("CREATE TABLE t (a INTEGER PRIMARY KEY) STRICT") }
        commits.reset()
        return database
    }

    private func rows(_ database: SQLiteDatabase) async throws -> [Int64] {
        try await database.read { try $0.all("SELECT a FROM t ORDER BY a") { $0.int(0) } }
    }

    @Test func waitingBodiesShareOneCommit() async throws {
        let commits = Counter()
        let database: SQLiteDatabase = try await open(commits)
        try await withThrowingTaskGroup(of: Void.self) { group in
            try await database.gather(50) {
                for number in 0..<50 {
                    group.addTask {
                        _ = try await database.write { connection in
                            try connection.execute("INSERT INTO t VALUES (?)", [.integer(Int64(number))])
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await rows(database) == Array(0..<50))
        // The body that held the writer, and the fifty.
        #expect(commits.value == 2)
        await database.close()
    }

    @Test func aBatchHasItsLimit() async throws {
        let commits = Counter()
        var options = SQLiteOptions()
        options.batchCountMax = 8
        let database: SQLiteDatabase = try await open(commits, options)
        try await withThrowingTaskGroup(of: Void.self) { group in
            try await database.gather(20) {
                for number in 0..<20 {
                    group.addTask {
                        _ = try await database.write { connection in
                            try connection.execute("INSERT INTO t VALUES (?)", [.integer(Int64(number))])
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(commits.value == 1 + 3)
        await database.close()
    }

    @Test(arguments: [1, 2, 3, 10])
    func aThrowingBodyRollsBackItselfAlone(_ count: Int) async throws {
        let database: SQLiteDatabase = try await open(Counter())
        let failed: Set<Int> = try await withThrowingTaskGroup(of: Int?.self) { group in
            try await database.gather(count) {
                for number in 0..<count {
                    group.addTask {
                        do {
                            try await database.write { connection in
                                try connection.execute("INSERT INTO t VALUES (?)", [.integer(Int64(number))])
                                if number.isMultiple(of: 3) { throw Refusal() }
                            }
                            return nil
                        } catch is Refusal {
                            return number
                        }
                    }
                }
            }
            var failed: Set<Int> = []
            for try await number in group { if let number { failed.insert(number) } }
            return failed
        }
        #expect(failed == Set((0..<count).filter { $0.isMultiple(of: 3) }))
        #expect(try await rows(database) == (0..<Int64(count)).filter { $0 % 3 != 0 })
        await database.close()
    }

    @Test func callbacksComeInOrderBeforeAnyCaller() async throws {
        let database: SQLiteDatabase = try await open(Counter())
        let log = Shared<[Int64]>([])
        let ran = Shared<[Int64]>([])
        try await withThrowingTaskGroup(of: Void.self) { group in
            try await database.gather(20) {
                for number in 0..<20 as Range<Int64> {
                    group.addTask {
                        _ = try await database.write { connection -> Int64 in
                            try connection.execute("INSERT INTO t VALUES (?)", [.integer(number)])
                            ran.update { $0.append(number) }
                            return number
                        } committed: { number in
                            log.update { $0.append(number) }
                        }
                        // Every callback of the batch has come.
                        #expect(log.value.count == 20)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(log.value == ran.value)
        await database.close()
    }

    @Test func failedBodiesHaveNoCallback() async throws {
        let database: SQLiteDatabase = try await open(Counter())
        let calls = Counter()
        await #expect(throws: Refusal.self) {
            try await database.write { _ in
                throw Refusal()
            } committed: { _ in
                calls.add()
            }
        }
        #expect(calls.value == 0)
        await database.close()
    }

    /// SQLite itself rolls back the whole transaction, as it may do on a full disk: the others run again.
    @Test(arguments: ["INSERT OR ROLLBACK INTO t VALUES (1000)", "ROLLBACK", "COMMIT"])
    func aLostTransactionIsRunAgainWithoutItsCulprit(_ sql: String) async throws {
        let database: SQLiteDatabase = try await open(Counter())
        try await database.write { try $0.execute("INSERT INTO t VALUES (1000)") }
        let runs = Counter()
        let failures: Int = try await withThrowingTaskGroup(of: Int.self) { group in
            try await database.gather(11) {
                for number in 0..<11 as Range<Int64> {
                    group.addTask {
                        do {
                            try await database.write { connection in
                                runs.add()
                                let isCulprit: Bool = number == 5
                                try connection.execute(
                                    isCulprit ? sql : "INSERT INTO t VALUES (?)", isCulprit ? [] : [.integer(number)])
                            }
                            return 0
                        } catch is SQLiteError {
                            return 1
                        }
                    }
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(failures == 1)
        #expect(try await rows(database) == [0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 1000])
        #expect(runs.value >= 11)
        await database.close()
    }

    @Test func aDeferredForeignKeyFailsItsOwnBody() async throws {
        let database: SQLiteDatabase = try await open(Counter())
        try await database.write { connection in
            try connection.execute(
                "CREATE TABLE c (a INTEGER REFERENCES t (a) DEFERRABLE INITIALLY DEFERRED) STRICT")
        }
        let violations: Int = try await withThrowingTaskGroup(of: Int.self) { group in
            try await database.gather(4) {
                for number in 0..<4 as Range<Int64> {
                    group.addTask {
                        do {
                            try await database.write { connection in
                                try connection.execute("INSERT INTO c VALUES (?)", [.integer(number)])
                                guard number != 2 else { return }
                                try connection.execute("INSERT INTO t VALUES (?)", [.integer(number)])
                            }
                            return 0
                        } catch let error as SQLiteError where error.isForeignKeyViolation {
                            return 1
                        }
                    }
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(violations == 1)
        #expect(try await rows(database) == [0, 1, 3])
        await database.close()
    }

    @Test func manyTasksLoseNothing() async throws {
        let commits = Counter()
        let database: SQLiteDatabase = try await open(commits)
        try await database.write { connection in
            try connection.executeScript(
                "CREATE TABLE n (id INTEGER PRIMARY KEY, n INTEGER) STRICT; INSERT INTO n VALUES (1, 0)")
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<200 {
                group.addTask {
                    for _ in 0..<5 {
                        let mine: Int64? = try await database.write { connection in
                            try connection.first("UPDATE n SET n = n + 1 RETURNING n") { $0.int(0) }
                        }
                        // A read after the answer sees the write.
                        let seen: Int64? = try await database.read { try $0.first("SELECT n FROM n") { $0.int(0) } }
                        #expect((seen ?? 0) >= (mine ?? .max))
                    }
                }
            }
            try await group.waitForAll()
        }
        let total: Int64? = try await database.read { try $0.first("SELECT n FROM n") { $0.int(0) } }
        #expect(total == 1_000)
        #expect(commits.value < 1_000)
        await database.close()
    }
}

/// A number that bodies on several queues count up.
final class Counter: Sendable {
    private let count = Atomic<Int>(0)

    var value: Int { count.load(ordering: .sequentiallyConsistent) }

    func add() { count.add(1, ordering: .sequentiallyConsistent) }

    func reset() { count.store(0, ordering: .sequentiallyConsistent) }
}

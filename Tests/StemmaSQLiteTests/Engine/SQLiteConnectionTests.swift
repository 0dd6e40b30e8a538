import StemmaSQLite
import Testing

/// One connection: settings, values, statements, errors.
@Suite struct SQLiteConnectionTests {
    let folder: EngineFolder
    let database: SQLiteDatabase

    init() throws {
        folder = try EngineFolder()
        database = try SQLiteDatabase(path: folder.file("a.db"))
    }

    @Test(arguments: [
        ("synchronous", 2), ("foreign_keys", 1), ("trusted_schema", 0), ("cell_size_check", 1), ("temp_store", 2),
        ("query_only", 0), ("wal_autocheckpoint", 0), ("busy_timeout", 5_000), ("application_id", 0x5354_4D41),
        ("secure_delete", 1), ("cache_size", -32_768), ("mmap_size", 0),
    ])
    func writerSetting(_ name: String, _ expected: Int64) async throws {
        let value: Int64? = try await database.write { try $0.first("PRAGMA \(name)") { $0.int(0) } }
        #expect(value == expected)
        let mode: String? = try await database.write { try $0.first("PRAGMA journal_mode") { $0.text(0) } }
        #expect(mode == "wal")
    }

    @Test(arguments: [
        ("query_only", 1), ("foreign_keys", 1), ("trusted_schema", 0), ("cell_size_check", 1), ("cache_size", -8_192),
    ])
    func readerSetting(_ name: String, _ expected: Int64) async throws {
        let value: Int64? = try await database.read { try $0.first("PRAGMA \(name)") { $0.int(0) } }
        #expect(value == expected)
    }

    @Test func filesArePrivate() async throws {
        try await database.write { try $0.executeScript("CREATE TABLE t (a) ") }
        #expect(folder.names() == ["a.db", "a.db-shm", "a.db-wal"])
        for name in folder.names() { #expect(fileMode(folder.file(name)) == 0o600, "\(name)") }
    }

    @Test func valuesComeBackAsTheyWent() async throws {
        let values: [SQLiteValue] = [
            .null, 0, .integer(.min), .integer(.max), 1.5, "", "plain", "nul \u{0} inside", "é 漢 🙂", .blob([]),
            .blob([0, 255, 7]), .text(String(repeating: "x", count: 100_000)),
            .blob([UInt8](repeating: 3, count: 100_000)),
        ]
        let back: [SQLiteValue] = try await database.write { connection in
            try connection.execute("CREATE TABLE v (id INTEGER PRIMARY KEY, v ANY) STRICT")
            for value in values { try connection.execute("INSERT INTO v (v) VALUES (?)", [value]) }
            return try connection.all("SELECT v FROM v ORDER BY id") { $0.value(0) }
        }
        #expect(back == values)
    }

    @Test func optionalsBecomeNull() {
        #expect(SQLiteValue(nil as Int64?) == .null)
        #expect(SQLiteValue(3 as Int?) == .integer(3))
        #expect(SQLiteValue(true) == .integer(1))
        #expect(SQLiteValue(nil as String?) == .null)
        #expect(SQLiteValue([1, 2] as [UInt8]?) == .blob([1, 2]))
        #expect(SQLiteValue(nil as Double?) == .null)
        let literal: SQLiteValue = nil
        #expect(literal == .null)
    }

    @Test func columnsAreReadByPosition() async throws {
        try await database.read { connection in
            let sql: String = "SELECT 7, 2.5, 'text', x'0102', NULL"
            let found: Bool? = try connection.first(sql) { row in
                #expect(row.count == 5)
                #expect(row.int(0) == 7 && row.optionalInt(0) == 7 && row.optionalInt(4) == nil && row.int(4) == 0)
                #expect(row.double(1) == 2.5 && row.optionalDouble(1) == 2.5 && row.optionalDouble(4) == nil)
                #expect(row.text(2) == "text" && row.optionalText(2) == "text" && row.optionalText(4) == nil)
                #expect(row.bytes(2) == Array("text".utf8) && row.bytes(3) == [1, 2])
                #expect(row.optionalBytes(3) == [1, 2] && row.optionalBytes(4) == nil && row.bytes(4) == [])
                #expect(row.withBytes(3) { Array($0) } == [1, 2])
                #expect(row.isNull(4) && !row.isNull(0))
                return true
            }
            #expect(found == true)
        }
    }

    @Test func executeCountsChangedRows() async throws {
        try await database.write { connection in
            try connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER) STRICT")
            try #expect(connection.execute("INSERT INTO t (a) VALUES (1), (1), (2)") == 3)
            #expect(connection.lastInsertedRowID == 3)
            try #expect(connection.execute("UPDATE t SET a = 5 WHERE a = ?", [1]) == 2)
            #expect(connection.changedRows == 2)
            try #expect(connection.execute("UPDATE t SET a = 5 WHERE a = ?", [99]) == 0)
            try #expect(connection.execute("SELECT * FROM t") == 0)
            try #expect(connection.execute("DELETE FROM t") == 3)
        }
    }

    @Test func aQueryMayRunInsideItself() async throws {
        let pairs: [[Int64]] = try await database.read { connection in
            let sql: String = "SELECT value FROM json_each('[1,2,3]') WHERE value > ?"
            var pairs: [[Int64]] = []
            try connection.query(sql, [1]) { outer in
                let first: Int64 = outer.int(0)
                try connection.query(sql, [2]) { inner in pairs.append([first, inner.int(0)]) }
            }
            return pairs
        }
        #expect(pairs == [[2, 3], [3, 3]])
    }

    @Test func aThrowingRowEndsTheQuery() async throws {
        let count: Int = try await database.read { connection in
            let sql: String = "SELECT value FROM json_each('[1,2,3]')"
            var count: Int = 0
            #expect(throws: Refusal.self) {
                try connection.query(sql) { _ in
                    count += 1
                    throw Refusal()
                }
            }
            // The statement is free again.
            try #expect(connection.all(sql) { $0.int(0) } == [1, 2, 3])
            return count
        }
        #expect(count == 1)
    }

    @Test(arguments: [
        ("SELECT ?, ?", SQLiteResultCode.range), ("SELECT 1; SELECT 2", .misuse), ("", .misuse), ("  -- no", .misuse),
        ("SELEKT 1", .error), ("SELECT \"no such column\"", .error), ("SELECT * FROM missing", .error),
    ])
    func wrongStatement(_ sql: String, _ code: SQLiteResultCode) async throws {
        let error = await #expect(throws: SQLiteError.self) {
            try await database.read { try $0.execute(sql, sql.contains("?") ? [1] : []) }
        }
        #expect(error?.code == code)
        #expect(error?.sql == sql)
    }

    @Test func oneStatementMayEndWithASemicolon() async throws {
        let value: Int64? = try await database.read { try $0.first("SELECT 4 ;\n") { $0.int(0) } }
        #expect(value == 4)
    }

    @Test func readersCannotWrite() async throws {
        try await database.write { try $0.execute("CREATE TABLE t (a INTEGER) STRICT") }
        let error = await #expect(throws: SQLiteError.self) {
            try await database.read { try $0.execute("INSERT INTO t VALUES (1)") }
        }
        #expect(error?.code.primary == .readOnly)
        #expect(database.health == .ok)
    }

    @Test func theStatementCacheIsBounded() async throws {
        var options = SQLiteOptions()
        options.statementCountMax = 10
        let small: SQLiteDatabase = try SQLiteDatabase(path: folder.file("small.db"), options: options)
        try await small.write { connection in
            for number in 0..<500 {
                let hot: Int64? = try connection.first("SELECT 'hot', ?", [.integer(Int64(number))]) { $0.int(1) }
                #expect(hot == Int64(number))
                try #expect(connection.first("SELECT \(number)") { $0.int(0) } == Int64(number))
                #expect(connection.cachedStatementCount <= 10)
            }
        }
        await small.close()
    }
}

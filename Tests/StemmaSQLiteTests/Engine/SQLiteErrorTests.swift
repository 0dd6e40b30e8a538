import StemmaSQLite
import Testing

/// How violated constraints are told apart, and what errors must not tell.
@Suite struct SQLiteErrorTests {
    private static let schema: String = """
        CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT NOT NULL, code INTEGER UNIQUE) STRICT;
        CREATE TABLE child (
            a TEXT NOT NULL,
            b INTEGER NOT NULL REFERENCES parent (id),
            size INTEGER NOT NULL CONSTRAINT size_is_positive CHECK (size > 0),
            PRIMARY KEY (a, b)
        ) STRICT, WITHOUT ROWID;
        CREATE UNIQUE INDEX parent_folded ON parent (lower(name));
        CREATE TRIGGER child_stays BEFORE DELETE ON child BEGIN SELECT RAISE(ABORT, 'child_stays'); END;
        INSERT INTO parent VALUES (1, 'one', 7);
        INSERT INTO child VALUES ('x', 1, 5);
        """

    /// A statement, the code it ends with, and the name of the constraint.
    private static let violations: [(String, SQLiteResultCode, String?)] = [
        ("INSERT INTO parent VALUES (2, 'two', 7)", .constraintUnique, "parent.code"),
        ("INSERT INTO parent VALUES (2, 'ONE', 8)", .constraintUnique, "index 'parent_folded'"),
        ("INSERT INTO parent VALUES (1, 'two', 8)", .constraintPrimaryKey, "parent.id"),
        ("INSERT INTO parent VALUES (2, NULL, 8)", .constraintNotNull, "parent.name"),
        ("INSERT INTO child VALUES ('x', 1, 5)", .constraintPrimaryKey, "child.a, child.b"),
        ("INSERT INTO child VALUES ('y', 1, 0)", .constraintCheck, "size_is_positive"),
        ("INSERT INTO child VALUES ('y', 9, 5)", .constraintForeignKey, nil),
        ("DELETE FROM parent", .constraintForeignKey, nil),
        ("DELETE FROM child", .constraintTrigger, "child_stays"),
        ("INSERT INTO child VALUES ('y', 'text', 5)", .constraintDataType, nil),
    ]

    @Test(arguments: 0..<10)
    func violation(_ index: Int) async throws {
        let (sql, code, name) = SQLiteErrorTests.violations[index]
        let folder = try EngineFolder()
        let database: SQLiteDatabase = try SQLiteDatabase(path: folder.file("a.db"))
        try await database.write { try $0.executeScript(SQLiteErrorTests.schema) }
        let error = await #expect(throws: SQLiteError.self) { try await database.write { try $0.execute(sql) } }
        #expect(error?.code == code, "\(sql)")
        #expect(error?.constraint == name, "\(sql)")
        #expect(error?.isFatal == false)
        await database.close()
    }

    @Test func helpersNameTheConstraint() {
        let unique = SQLiteError(code: .constraintUnique, message: "UNIQUE constraint failed: t.a, t.b")
        #expect(unique.isUnique(on: "t.a", "t.b") && !unique.isUnique(on: "t.a") && unique.isUniqueViolation)
        #expect(unique.isConstraint(named: "t.a, t.b") && !unique.isForeignKeyViolation)
        let foreign = SQLiteError(code: .constraintForeignKey, message: "FOREIGN KEY constraint failed")
        #expect(foreign.isForeignKeyViolation && !foreign.isUniqueViolation && foreign.constraint == nil)
        let other = SQLiteError(code: .busy, message: "no constraint failed: really")
        #expect(other.constraint == nil)
    }

    @Test func primaryCodesMatchTheirExtendedCodes() {
        let isConstraint: Bool = if case .constraint = SQLiteResultCode.constraintUnique { true } else { false }
        let isBusy: Bool = if case .busy = SQLiteResultCode.constraintUnique { true } else { false }
        #expect(isConstraint && !isBusy)
        #expect(SQLiteError(code: .ioErrorSync, message: "").isFatal)
        #expect(!SQLiteError(code: .ioErrorOutOfMemory, message: "").isFatal)
        #expect(!SQLiteError(code: .full, message: "").isFatal)
    }

    @Test func errorsKeepArgumentsToThemselves() async throws {
        let folder = try EngineFolder()
        let database: SQLiteDatabase = try SQLiteDatabase(path: folder.file("a.db"))
        let error = await #expect(throws: SQLiteError.self) {
            try await database.write { connection in
                try connection.execute("CREATE TABLE t (a TEXT UNIQUE) STRICT")
                try connection.execute("INSERT INTO t VALUES (?)", ["secret"])
                try connection.execute("INSERT INTO t VALUES (?)", ["secret"])
            }
        }
        #expect(error.map { "\($0)" }?.contains("secret") == false)
        #expect(error?.description.contains("INSERT INTO t VALUES (?)") == true)
        await database.close()
    }
}

import StemmaDigest
import StemmaJSON
import StemmaTesting
import Testing

/// The log convinces somebody who trusts neither the daemon nor its binary, and the daemon stops when it was tampered with.
@Suite struct AuditLogTests {
    /// Both verifiers, with what they are run by.
    enum Verifier: String, CaseIterable {
        case binary, python

        /// Of an evidence pack.
        func runPack(_ file: String, _ arguments: [String]) async throws -> (status: Int32, output: String) {
            switch self {
            case .binary: try await run(file, arguments, ["audit", "verify-pack"])
            case .python: try await run(file, ["--pack"] + arguments)
            }
        }

        func run(
            _ file: String, _ arguments: [String], _ command: [String] = ["audit", "verify"]
        ) async throws -> (status: Int32, output: String) {
            let script: String = Repository.root + "/Sources/StemmaTransparency/Documentation/verify_export.py"
            let run =
                switch self {
                case .binary:
                    try await ChildProcess.run(
                        DaemonBinary.path(), command + [file] + arguments, within: .seconds(60))
                case .python:
                    try await ChildProcess.run(
                        Repository.root + "/.build-venv/bin/python", [script, file] + arguments, within: .seconds(60))
                }
            guard case .exited(let status) = run.ending else { return (-1, run.output) }
            return (status, run.output)
        }
    }

    private static func key(_ registry: Registry) async throws -> String {
        let text: String = try await registry.admin.get("/v1/audit/log/key").text
        return try #require(text.split(separator: "\n").last.map(String.init))
    }

    @Test(arguments: Verifier.allCases)
    func exportsConvinceOutsiders(verifier: Verifier) async throws {
        let registry = try await Registry.fresh()
        let folder = try ScratchFolder("audit")
        for index in 0..<8 { _ = try await registry.model("exported_\(index)") }
        let key: String = try await AuditLogTests.key(registry)
        let older: String = folder.file("older.checkpoint")
        let head = try await registry.admin.get("/v1/audit/log/checkpoint")
        try FileAccess.write(head.body, to: older)
        _ = try await registry.model("later")
        let whole = try await registry.admin.get("/v1/audit/export?include_private=true")
        let part = try await registry.admin.get("/v1/audit/export?from=2&to=6&since=9")
        for (name, export, arguments, status) in [
            ("whole", whole.body, ["--checkpoint", older], 0), ("part", part.body, [], 0),
            ("part", part.body, ["--checkpoint", older], 0), ("cut", whole.body.dropLast(1), [], 1),
            ("none", Array("{}\n".utf8), [], 2),
        ] as [(String, [UInt8], [String], Int32)] {
            let file: String = folder.file(name + ".ndjson")
            try FileAccess.write(Array(export), to: file)
            let run = try await verifier.run(file, ["--key", key] + arguments)
            #expect(run.status == status, "\(name): \(run.output)")
        }
        // The key of another log proves nothing, and what is no key is said to be none.
        let file: String = folder.file("whole.ndjson")
        let other: String = "stemma.example/audit+2dd722b7+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea"
        #expect(try await verifier.run(file, ["--key", other]).status == 1)
        #expect(try await verifier.run(file, ["--key", "nonsense"]).status == 2)
        #expect(try await verifier.run(folder.file("absent"), ["--key", key]).status == 2)
        var random = SeededRandom(seed: 5)
        for _ in 0..<25 {
            var changed: [UInt8] = whole.body
            let position: Int = Int.random(in: changed.indices, using: &random)
            changed[position] ^= UInt8(1) << UInt8.random(in: 0..<8, using: &random)
            let file: String = folder.file("changed.ndjson")
            try FileAccess.write(changed, to: file)
            let run = try await verifier.run(file, ["--key", key])
            #expect(run.status == 1 || run.status == 2, "byte \(position): \(run.output)")
        }
        try await registry.daemon.stop()
    }

    /// Both programs believe a good pack, and neither one of which a byte is another, wherever it is.
    @Test(arguments: Verifier.allCases)
    func packsConvinceOutsiders(verifier: Verifier) async throws {
        let registry = try await Registry.fresh()
        let folder = try ScratchFolder("pack")
        let model: String = try await registry.model("packed")
        let made = try await registry.admin.post(
            "/v1/models/\(model)/versions",
            [
                "version": "1.0.0", "performance_metrics": ["auc": 0.91], "artifacts": [],
                "metadata": ["who": "ann@example.com"],
            ])
        try #require(made.status == 201, "\(made.text)")
        _ = try await registry.admin.patch("/v1/models/\(model)/versions/1.0.0", ["description": "é\u{2028}"])
        let key: String = try await AuditLogTests.key(registry)
        let pack = try await registry.admin.get("/v1/models/\(model)/versions/1.0.0/evidence.tar")
        try #require(pack.status == 200, "\(pack.text)")
        let file: String = folder.file("evidence.tar")
        try FileAccess.write(pack.body, to: file)
        let run = try await verifier.runPack(file, ["--key", key])
        #expect(run.status == 0 && run.output.contains("\(model)_v1.0.0"), "\(run.output)")
        let other: String = "stemma.example/audit+2dd722b7+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea"
        #expect(try await verifier.runPack(file, ["--key", other]).status == 1)
        #expect(try await verifier.runPack(file, ["--key", "nonsense"]).status == 2)
        #expect(try await verifier.runPack(folder.file("absent"), ["--key", key]).status == 2)
        let export = try await registry.admin.get("/v1/audit/export")
        try FileAccess.write(export.body, to: folder.file("export.ndjson"))
        #expect(try await verifier.runPack(folder.file("export.ndjson"), ["--key", key]).status == 2)
        let cut: String = folder.file("cut.tar")
        try FileAccess.write(Array(pack.body.dropLast(1)), to: cut)
        #expect(try await verifier.runPack(cut, ["--key", key]).status == 1)
        try await AuditLogTests.requireDetection(of: 60, changesOf: pack.body, verifier, key, folder)

        // A person who was named in the record is erased: the pack is another, says so, and is as hard to change.
        let erasure = try await registry.admin.post(
            "/v1/erasures", ["subject": "ann@example.com", "legal_basis": "gdpr-17-1-a"])
        #expect(erasure.status == 201, "\(erasure.text)")
        let erased = try await registry.admin.get("/v1/models/\(model)/versions/1.0.0/evidence.tar")
        try #require(erased.status == 200, "\(erased.text)")
        try FileAccess.write(erased.body, to: file)
        let second = try await verifier.runPack(file, ["--key", key])
        #expect(second.status == 0 && second.output.contains("was erased from the record"), "\(second.output)")
        try await AuditLogTests.requireDetection(of: 20, changesOf: erased.body, verifier, key, folder)
        try await registry.daemon.stop()
    }

    /// Changes one random bit of a pack again and again; each time the verifier must say so.
    private static func requireDetection(
        of count: Int, changesOf pack: [UInt8], _ verifier: Verifier, _ key: String, _ folder: ScratchFolder
    ) async throws {
        var random = SeededRandom()
        for _ in 0..<count {
            var changed: [UInt8] = pack
            let position: Int = Int.random(in: changed.indices, using: &random)
            changed[position] ^= UInt8(1) << UInt8.random(in: 0..<8, using: &random)
            let file: String = folder.file("changed.tar")
            try FileAccess.write(changed, to: file)
            let run = try await verifier.runPack(file, ["--key", key])
            #expect(run.status == 1 || run.status == 2, "byte \(position): \(run.output)")
        }
    }

    private static let edit: String = """
        import sqlite3, sys
        database = sqlite3.connect(sys.argv[1])
        for statement in sys.argv[2:]:
            database.execute(statement)
        database.commit()
        """

    /// What somebody with the database file can do to the log is found at the next start: then the daemon reads only.
    @Test(arguments: [
        ["DROP TRIGGER audit_event_is_immutable", "UPDATE audit_event SET action = 'delete_model' WHERE seq = 2"],
        ["DROP TRIGGER audit_event_is_immutable", "UPDATE audit_event SET leaf_hash = zeroblob(32) WHERE seq = 2"],
        [
            "DROP TRIGGER audit_event_is_append_only", "PRAGMA foreign_keys = OFF",
            "DELETE FROM audit_event WHERE seq = 4",
        ],
        ["DROP TRIGGER audit_checkpoint_keeps_its_root", "UPDATE audit_checkpoint SET root = zeroblob(32)"],
    ])
    func tamperingStopsAllWrites(statements: [String]) async throws {
        var registry = try await Registry.fresh()
        let model: String = try await registry.model("kept")
        for index in 0..<4 { _ = try await registry.model("tampered_\(index)") }
        let head = try await registry.admin.get("/v1/audit/log/checkpoint")
        try await registry.daemon.stop()
        let folder = try ScratchFolder("edit")
        try FileAccess.write(Array(AuditLogTests.edit.utf8), to: folder.file("edit.py"))
        let run = try await ChildProcess.run(
            Repository.root + "/.build-venv/bin/python",
            [folder.file("edit.py"), registry.daemon.dataFolder + "/registry.sqlite"] + statements, within: .seconds(60)
        )
        try #require(run.ending == .exited(0), "\(run.output)")
        registry = try await registry.restarted()
        let ready = try await registry.daemon.anonymous.get("/readyz")
        #expect(ready.status == 503 && ready.text.contains("audit_tampered"), "\(ready.text)")
        #expect(try await registry.admin.get("/v1/models/" + model).status == 200)
        #expect(try await registry.admin.get("/v1/audit").status == 200)
        let refused = try await registry.admin.post("/v1/models", ["name": "refused"])
        expectProblem(refused, anyOf: [503], "audit_tampered")
        expectProblem(try await registry.admin.get("/v1/audit/log/checkpoint"), anyOf: [503], "audit_tampered")
        try await registry.daemon.stop()
        #expect(head.status == 200)
    }

    /// The key's file is private, is missed when it is gone, and gives way to a new one in public.
    @Test func theKeyIsLookedAfter() async throws {
        var registry = try await Registry.fresh()
        let data: String = registry.daemon.dataFolder
        let path: String = data + ".audit-key.pem"
        #expect(FileAccess.mode(path) == 0o600)
        let before: String = try await AuditLogTests.key(registry)
        _ = try await registry.admin.get("/v1/audit/log/checkpoint")
        try await registry.daemon.stop()
        func serve() async throws -> (ending: ChildProcess.Ending?, output: String) {
            let run = try await ChildProcess.run(
                DaemonBinary.path(), ["serve", "--data-dir", data, "--listen", "127.0.0.1:0"], within: .seconds(60))
            return (run.ending, run.output)
        }
        try FileAccess.setMode(path, 0o640)
        let open = try await serve()
        #expect(open.ending == .exited(1) && open.output.contains("0600"), "\(open.output)")
        try FileAccess.setMode(path, 0o600)
        let rotation = try await ChildProcess.run(
            DaemonBinary.path(), ["audit", "rotate-key", "--data-dir", data], within: .seconds(60))
        #expect(rotation.ending == .exited(0), "\(rotation.output)")
        registry = try await registry.restarted()
        let after: String = try await AuditLogTests.key(registry)
        #expect(after != before && rotation.output.contains(after))
        let events = try await registry.admin.get("/v1/audit?action=rotate_audit_key")
        #expect(events.json["items"]?.array?.first?["detail"]?["vkey"]?.string == after)
        let export = try await registry.admin.get("/v1/audit/export")
        let file: String = try ScratchFolder("rotated").file("export.ndjson")
        try FileAccess.write(export.body, to: file)
        for verifier in Verifier.allCases {
            let run = try await verifier.run(file, ["--key", after])
            #expect(run.status == 0, "\(verifier): \(run.output)")
        }
        try await registry.daemon.stop()
        FileAccess.remove(path)
        let lost = try await serve()
        #expect(lost.ending == .exited(1) && lost.output.contains("--lost"), "\(lost.output)")
    }
}

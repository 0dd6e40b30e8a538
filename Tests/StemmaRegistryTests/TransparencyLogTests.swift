import StemmaDigest
import StemmaJSON
import StemmaSQLite
import StemmaTesting
import StemmaTransparency
import Synchronization
import Testing

@testable import StemmaRegistry

@Suite struct TransparencyLogTests {
    /// Adds plain events, many in one transaction.
    private static func append(_ count: Int, _ fixture: RegistryFixture) async throws {
        let appender = AuditAppender(environment: fixture.core.environment, policy: fixture.core.policy)
        let now: Timestamp = fixture.clock.now
        try await fixture.store.write(
            { transaction in
                for index in 0..<count {
                    try appender.append(
                        AuditDraft(.model("m\(index)"), detail: ["n": .integer(Int64(index))]),
                        personal: ["rationale": .string("because \(index)")], action: "test", outcome: "success",
                        actor: nil, now, to: transaction)
                }
            }, committed: nil)
    }

    private static func reopen(
        _ fixture: RegistryFixture, _ signer: LogSigner? = nil, anchors: [any CheckpointAnchor] = [],
        acceptsFormerKeys: Bool = false
    ) async throws -> TransparencyLog {
        try await TransparencyLog.open(
            core: fixture.core, signer: try signer ?? TestRegistry.signer(), anchors: anchors,
            acceptsFormerKeys: acceptsFormerKeys)
    }

    /// The tree in tiles is that of RFC 6962 over all leaves, and proofs of it verify.
    @Test func proofsOverTilesHold() async throws {
        try await RegistryFixture.with { fixture in
            try await TransparencyLogTests.append(700, fixture)
            let head: StoredCheckpoint = try await fixture.registry.log.checkpoint()
            let leaves: [Digest] = try await fixture.store.read { try $0.auditLeafHashes(from: 0, count: 10_000) }
            #expect(leaves.count == head.size && head.size > 700)
            var range = CompactRange()
            var roots: [Digest] = [range.root]
            for leaf in leaves {
                range.append(leaf)
                roots.append(range.root)
            }
            #expect(head.root == roots.last)
            #expect(try await fixture.store.read { try $0.auditTileCount(level: 1) } == head.size / 256)
            let service = AuditLogService(log: fixture.registry.log, refusals: fixture.registry.refusals)
            for (sequence, size) in [(0, 1), (0, 701), (255, 256), (256, 257), (511, 600), (700, 701)]
                as [(Int64, Int64)]
            {
                let answer: JSONValue = try JSONParser.parse(
                    try await service.proveInclusion(sequence: sequence, size: size, fixture.registry.admin))
                let proof: [Digest] = (answer["proof"]?.array ?? []).compactMap {
                    $0.string.flatMap { Base64.decode($0) }.flatMap { Digest(bytes: $0) }
                }
                #expect(
                    MerkleProof.root(ofLeaf: leaves[Int(sequence)], at: sequence, in: size, proof: proof)
                        == roots[Int(size)])
            }
            try await fixture.registry.log.verifyAll()
            #expect(await fixture.registry.log.damage == nil)
        }
    }

    /// A log that is older than its tree gets the tree.
    @Test func anOlderLogGetsItsTree() async throws {
        try await RegistryFixture.with { fixture in
            try await TransparencyLogTests.append(600, fixture)
            try await fixture.change("DROP TRIGGER audit_tile_is_append_only")
            try await fixture.change("DELETE FROM audit_tile")
            let log: TransparencyLog = try await TransparencyLogTests.reopen(fixture)
            #expect(await log.damage == nil)
            #expect(try await fixture.store.read { try $0.auditTileCount(level: 1) } == 2)
            #expect(try await log.checkpoint().size >= 600)
        }
    }

    /// At least two thousand random changes of one byte in anything that is stored of events, tree and heads: each is found.
    @Test func everyChangedByteIsFound() async throws {
        try await RegistryFixture.with { fixture in
            try await fixture.register("fraud", #"{"version":"1.0.0"}"#)
            try await TransparencyLogTests.append(270, fixture)
            _ = try await fixture.registry.log.checkpoint()
            try await TransparencyLogTests.append(30, fixture)
            _ = try await fixture.registry.log.checkpoint()
            let signer: LogSigner = try TestRegistry.signer()
            try await LogVerification.run(fixture.store, signer)
            for trigger in [
                "audit_event_is_immutable", "audit_tile_is_immutable", "audit_checkpoint_keeps_its_root",
                "audit_event_follows_the_last",
            ] { try await fixture.change("DROP TRIGGER \(trigger)") }
            try await fixture.change("PRAGMA foreign_keys = OFF")
            let places: [(table: String, columns: [String])] = [
                (
                    "audit_event",
                    [
                        "leaf", "leaf_hash", "ts_ms", "min_retain_ms", "action", "outcome", "object_type", "object_id",
                        "model", "version",
                    ]
                ), ("audit_private", ["field", "salt", "value"]), ("audit_tile", ["hash"]),
                ("audit_checkpoint", ["root", "note", "size"]),
            ]
            var random = SeededRandom(seed: 20_261)
            var changes: Int = 0
            var missed: [String] = []
            while changes < 2_000 {
                let place = places[Int.random(in: 0..<places.count, using: &random)]
                let column: String = place.columns[Int.random(in: 0..<place.columns.count, using: &random)]
                let pick: Int64 = Int64.random(in: 0..<1_000_000, using: &random)
                let offset: Int = Int.random(in: 0..<4_000, using: &random)
                let mask: UInt8 = UInt8(1) << UInt8.random(in: 0..<7, using: &random)
                guard
                    let undo = try await fixture.flip(
                        table: place.table, column: column, pick: pick, offset: offset, mask: mask)
                else { continue }
                changes += 1
                do {
                    try await LogVerification.run(fixture.store, signer)
                    missed.append("\(place.table).\(column) pick \(pick) offset \(offset) mask \(mask)")
                } catch {
                    // Text that is no text any more is damage that the store itself finds.
                }
                try await undo()
            }
            #expect(missed.isEmpty, "\(missed.prefix(5))")
            try await LogVerification.run(fixture.store, signer)
        }
    }

    @Test func missingAndForeignEventsAreFound() async throws {
        try await RegistryFixture.with { fixture in
            try await TransparencyLogTests.append(20, fixture)
            _ = try await fixture.registry.log.checkpoint()
            for name in ["audit_event_is_append_only", "audit_event_is_immutable"] {
                try await fixture.change("DROP TRIGGER \(name)")
            }
            try await fixture.change("UPDATE audit_event SET leaf = NULL WHERE seq = 3")
            #expect(await (try TransparencyLogTests.reopen(fixture)).damage?.contains("event 3") == true)
        }
        try await RegistryFixture.with { fixture in
            try await TransparencyLogTests.append(20, fixture)
            _ = try await fixture.registry.log.checkpoint()
            try await fixture.change("DROP TRIGGER audit_event_is_append_only")
            try await fixture.change("DELETE FROM audit_private WHERE seq = 20; DELETE FROM audit_event WHERE seq = 20")
            let events = Mutex<[String]>([])
            let log: TransparencyLog = try await TransparencyLog.open(
                core: fixture.core, signer: try TestRegistry.signer(),
                report: { event in
                    if case .tampered(let what) = event { events.withLock { $0.append(what) } }
                })
            #expect(await log.damage == "the log has fewer events than the 21 that were signed")
            #expect(events.withLock { $0.count } == 1)
            await expectRefusal(.auditTampered) { _ = try await log.checkpoint() }
        }
    }

    /// A head by another key is not believed, unless the key was lost and that is said.
    @Test func theKeyDecides() async throws {
        try await RegistryFixture.with { fixture in
            _ = try await fixture.registry.log.checkpoint()
            let former: VerifierKey = try TestRegistry.signer().verifier
            #expect(await (try TransparencyLogTests.reopen(fixture, try TestRegistry.signer(8))).damage != nil)
            let next: LogSigner = try TestRegistry.signer(8, former: [former])
            #expect(await (try TransparencyLogTests.reopen(fixture, next)).damage != nil)
            let lost: TransparencyLog = try await TransparencyLogTests.reopen(fixture, next, acceptsFormerKeys: true)
            #expect(await lost.damage == nil)
            _ = try await lost.announceKey(nil, fixture.registry.context())
            #expect(await (try TransparencyLogTests.reopen(fixture, next)).damage == nil)
        }
    }

    @Test func aNewKeyIsAnnouncedAndBothSign() async throws {
        try await RegistryFixture.with { fixture in
            _ = try await fixture.registry.log.checkpoint()
            let key: Ed25519PrivateKey = try TestRegistry.signer(9).key
            let verifier: VerifierKey = try await fixture.registry.log.announceKey(key, fixture.registry.context())
            let event: AuditEvent = try #require(try await fixture.registry.events().last)
            #expect(event.record.action == "rotate_audit_key")
            #expect(event.detail["vkey"]?.string == verifier.description)
            let head: StoredCheckpoint = try #require(try await fixture.store.read { try $0.lastAuditCheckpoint() })
            let former: VerifierKey = try TestRegistry.signer().verifier
            #expect(try SignedNote(head.note).verified(by: [verifier, former]).count == 2)
            let identity = try await LogSigner.identity(fixture.store, fixture.core.environment)
            #expect(identity.keys == [former, verifier])
            let signer: LogSigner = try TestRegistry.signer(9, former: identity.keys)
            #expect(await (try TransparencyLogTests.reopen(fixture, signer)).damage == nil)
        }
    }

    /// Whatever an anchor took must still be in the log, so that an older copy of the database is found.
    @Test func anchorsRememberWhatWasSigned() async throws {
        let anchor = MemoryAnchor()
        try await RegistryFixture.with { fixture in
            let log: TransparencyLog = try await TransparencyLogTests.reopen(fixture, anchors: [anchor])
            _ = try await log.checkpoint()
            try await TransparencyLogTests.append(5, fixture)
            let head: StoredCheckpoint = try await log.checkpoint()
            #expect(anchor.notes.withLock { $0.count } == 2)
            #expect(anchor.sizes.withLock { $0 } == [0, head.size - 5])
            #expect(try SignedNote(head.note).signatures.count == 2)
            #expect(await (try TransparencyLogTests.reopen(fixture, anchors: [anchor])).damage == nil)
        }
        try await RegistryFixture.with { fixture in
            let log: TransparencyLog = try await TransparencyLogTests.reopen(fixture, anchors: [anchor])
            #expect(await log.damage?.contains("older copy") == true)
        }
    }
}

/// Keeps notes in memory and adds a line to each.
private final class MemoryAnchor: CheckpointAnchor {
    let notes = Mutex<[String]>([])
    let sizes = Mutex<[Int64]>([])
    let name: String = "memory"

    func last() -> String? { notes.withLock { $0.last } }

    func take(_ note: String, oldSize: Int64, log: AnchoredLog) -> [String] {
        notes.withLock { $0.append(note) }
        sizes.withLock { $0.append(oldSize) }
        return ["\u{2014} witness.example " + Base64.encode(Array(repeating: 1, count: 76))]
    }
}

extension RegistryFixture {
    /// Does what somebody with the database file could.
    func change(_ sql: String) async throws {
        try await database.write({ try $0.executeScript(sql) }, committed: nil)
    }

    private var database: SQLiteDatabase { (store as! SQLiteMetadataStore).database }

    /// Flips a bit of a column's byte in some row; answers how to undo it, nil where there is no such byte.
    func flip(
        table: String, column: String, pick: Int64, offset: Int, mask: UInt8
    ) async throws -> (() async throws -> Void)? {
        let key: String =
            table == "audit_private" ? "seq || '/' || field" : table == "audit_tile" ? "level || '/' || idx" : "rowid"
        let row: (key: SQLiteValue, value: SQLiteValue)? = try await database.read { connection in
            let count: Int64 = try connection.first("SELECT count(*) FROM \(table)") { $0.int(0) } ?? 0
            guard count > 0 else { return nil }
            return try connection.first(
                "SELECT \(key), \(column) FROM \(table) ORDER BY 1 LIMIT 1 OFFSET ?", [.integer(pick % count)]
            ) { ($0.value(0), $0.value(1)) }
        }
        guard let row, let changed = RegistryFixture.flipped(row.value, offset, mask) else { return nil }
        let (database, old): (SQLiteDatabase, SQLiteValue) = (self.database, row.value)
        func set(_ value: SQLiteValue, of key: SQLiteValue, by name: String) async throws {
            try await database.write(
                { connection in
                    try connection.execute("UPDATE \(table) SET \(column) = ? WHERE \(name) IS ?", [value, key])
                }, committed: nil)
        }
        try await set(changed, of: row.key, by: key)
        // A key that holds the column itself names its row by the new value now.
        let now: SQLiteValue =
            switch (table, column, changed) {
            case ("audit_checkpoint", "size", _): changed
            case ("audit_private", "field", .text(let field)):
                if case .text(let text) = row.key {
                    .text(text.prefix(while: { $0 != "/" }) + "/" + field)
                } else {
                    row.key
                }
            default: row.key
            }
        return { try await set(old, of: now, by: key) }
    }

    private static func flipped(_ value: SQLiteValue, _ offset: Int, _ mask: UInt8) -> SQLiteValue? {
        switch value {
        case .integer(let number): return .integer(number ^ (Int64(mask) << Int64(offset % 5 * 8)))
        case .text(let text):
            var bytes: [UInt8] = Array(text.utf8)
            guard !bytes.isEmpty else { return nil }
            bytes[offset % bytes.count] ^= mask
            guard bytes[offset % bytes.count] != 0, let changed = String(validating: bytes, as: UTF8.self) else {
                return nil
            }
            return .text(changed)
        case .blob(var bytes):
            guard !bytes.isEmpty else { return nil }
            bytes[offset % bytes.count] ^= mask
            return .blob(bytes)
        case .null, .real: return nil
        }
    }
}

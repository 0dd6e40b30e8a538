internal import StemmaRegistry

/// Promises of `VersionReader` and `VersionWriter` about single versions.
enum VersionChecks {
    private static func hold(_ id: String, _ scope: LegalHoldScope, by principal: Int64) -> NewLegalHold {
        NewLegalHold(
            id: id, scope: scope, reason: "case", owner: "counsel", placed: Seed.moment(), placedBy: principal)
    }

    static let all: [MetadataStoreContract.Check] = [
        .init("a version is read as it was inserted") { store in
            let text: String = "1.2.3-rc.1+build.5"
            let ids: (model: Int64, version: Int64) = try await store.change { transaction in
                let model: Int64 = try Seed.model(transaction, "fraud")
                let version: Int64 = try Seed.version(
                    transaction, of: model, text, state: .staging, description: "déjà vu", sizeBytes: 5_000_000_000,
                    at: Seed.moment(3))
                return (model, version)
            }
            let version = try expectSome(try await store.read { try $0.version(id: ids.version) }, "the version")
            try expectEqual([version.id, version.modelID, version.number], [ids.version, ids.model, 1])
            try expectEqual([version.model, version.version, version.createdBy], ["fraud", text, "ada"])
            try expect(version.status == .ready && version.state == .staging, "status and state")
            try expectEqual(version.description, "déjà vu")
            try expectEqual(version.document, Array(#"{"document":"1.2.3-rc.1+build.5"}"#.utf8))
            try expectEqual([version.tags, version.metrics], [Array("{}".utf8), Array("{}".utf8)])
            try expectEqual(version.requestDigest, Seed.digest("request \(text)"))
            try expectEqual(version.artifactsDigest, Seed.digest("files \(text)"))
            try expectEqual(version.manifestDigest, Seed.digest("manifest \(text)"))
            try expectEqual([version.sizeBytes, version.revision], [5_000_000_000, 1])
            try expectEqual([version.created, version.updated], [Seed.moment(3), Seed.moment(3)])
            try expect(version.expires == nil && version.deleted == nil && version.aliases.isEmpty, "it is new")
        },
        .init("a version is found by precedence, which build metadata does not change") { store in
            let model: Int64 = try await store.change { transaction in
                let model: Int64 = try Seed.model(transaction, "fraud")
                _ = try Seed.version(transaction, of: model, "1.0.0+linux")
                return model
            }
            try await store.read { reader in
                let key: [UInt8] = try Seed.precedence("1.0.0")
                try expectEqual(try reader.version(model: model, precedence: key)?.version, "1.0.0+linux")
                try expect(
                    try reader.version(model: model, precedence: try Seed.precedence("1.0.0-a")) == nil, "a pre-release"
                )
                try expect(try reader.version(model: model + 1, precedence: key) == nil, "in another model")
            }
        },
        .init("a precedence is taken for ever within its model") { store in
            let ids: (first: Int64, second: Int64, version: Int64) = try await store.change { transaction in
                let first: Int64 = try Seed.model(transaction, "fraud")
                let second: Int64 = try Seed.model(transaction, "churn")
                let version: Int64 = try Seed.version(transaction, of: first, "1.0.0+a")
                _ = try Seed.version(transaction, of: second, "1.0.0")
                return (first, second, version)
            }
            try await expectError(.versionExists, "again") {
                _ = try await store.change { try Seed.version($0, of: ids.first, "1.0.0+b") }
            }
            try await store.change { try $0.deleteVersion(ids.version, at: Seed.moment(1)) }
            try await expectError(.versionExists, "after deletion") {
                _ = try await store.change { try Seed.version($0, of: ids.first, "1.0.0") }
            }
        },
        .init("an update replaces description, tags and metrics") { store in
            let version: VersionRecord? = try await store.change { transaction in
                let model: Int64 = try Seed.model(transaction, "fraud")
                let id: Int64 = try Seed.version(transaction, of: model, "1.0.0", description: "old")
                try transaction.updateVersion(
                    id, description: nil, tags: Array(#"{"a":"b"}"#.utf8), metrics: Array(#"{"auc":0.5}"#.utf8),
                    at: Seed.moment(4))
                return try transaction.version(id: id)
            }
            let found = try expectSome(version, "the version")
            try expect(found.description == nil, "the description")
            try expectEqual([found.tags, found.metrics], [Array(#"{"a":"b"}"#.utf8), Array(#"{"auc":0.5}"#.utf8)])
            try expectEqual(found.updated, Seed.moment(4))
            try expectEqual(found.revision, 2)
        },
        .init("metric changes are kept in order") { store in
            let changes: [MetricRevision] = try await store.change { transaction in
                let model: Int64 = try Seed.model(transaction, "fraud")
                let id: Int64 = try Seed.version(transaction, of: model, "1.0.0")
                let ada: Int64 = try Seed.principal(transaction)
                let values: [(Double?, Double?)] = [(0.1, nil), (0.30000000000000004, 0.1), (nil, 0.30000000000000004)]
                for (position, value) in values.enumerated() {
                    try transaction.insertMetricRevision(
                        version: id, metric: "auc", value: value.0, previous: value.1,
                        at: Seed.moment(Int64(position)), by: ada)
                }
                return try transaction.metricRevisions(version: id)
            }
            try expectEqual(changes.map(\.value), [0.1, 0.30000000000000004, nil])
            try expectEqual(changes.map(\.previous), [nil, 0.1, 0.30000000000000004])
            try expectEqual(changes.map(\.changed), [Seed.moment(0), Seed.moment(1), Seed.moment(2)])
            try expect(changes.allSatisfy { $0.metric == "auc" && $0.changedBy == "ada" }, "metric and author")
        },
        .init("a draft is touched, then published once", publishing),
        .init("a removed draft frees its version, not its number", removal),
        .init("drafts whose time is up are found, the oldest first") { store in
            let found: [[Int64]] = try await store.change { transaction in
                let model: Int64 = try Seed.model(transaction, "fraud")
                let ids: [Int64] = try (1...3).map { number in
                    try Seed.version(
                        transaction, of: model, "\(number).0.0", status: .draft,
                        expires: Seed.moment(Int64(10 - number)))
                }
                let first: [Int64] = try transaction.expiredDrafts(at: Seed.moment(8), limit: 10)
                let one: [Int64] = try transaction.expiredDrafts(at: Seed.moment(9), limit: 1)
                return [ids, first, one]
            }
            try expectEqual(found[1], [found[0][2], found[0][1]])
            try expectEqual(found[2], [found[0][2]])
        },
        .init("drafts that a hold on them or their model keeps are found apart") { store in
            let found: [[Int64]] = try await store.change { transaction in
                let ada: Int64 = try Seed.principal(transaction)
                var ids: [Int64] = []
                for (model, versions) in [("fraud", 1...2), ("credit", 1...1), ("churn", 1...1)] {
                    let id: Int64 = try Seed.model(transaction, model)
                    ids += try versions.map { number in
                        try Seed.version(
                            transaction, of: id, "\(number).0.0", status: .draft, expires: Seed.moment(Int64(number)))
                    }
                    if model == "credit" {
                        try transaction.insertLegalHold(hold("h2", .model(id: id, name: model), by: ada))
                    }
                }
                let scope: LegalHoldScope = .version(id: ids[1], model: "fraud", version: "2.0.0")
                try transaction.insertLegalHold(hold("h1", scope, by: ada))
                let free: [Int64] = try transaction.expiredDrafts(at: Seed.moment(9), limit: 10)
                let held: [Int64] = try transaction.heldExpiredDrafts(at: Seed.moment(9), limit: 10)
                let first: [Int64] = try transaction.heldExpiredDrafts(at: Seed.moment(9), limit: 1)
                let early: [Int64] = try transaction.heldExpiredDrafts(at: Seed.moment(0), limit: 10)
                try transaction.releaseLegalHold(id: "h1", reason: "over", at: Seed.moment(9), by: ada)
                let left: [Int64] = try transaction.heldExpiredDrafts(at: Seed.moment(9), limit: 10)
                return [ids, free, held, first, early, left]
            }
            let ids: [Int64] = found[0]
            try expectEqual(found[1], [ids[0], ids[3]])
            try expectEqual(found[2], [ids[2], ids[1]])
            try expectEqual(found[3], [ids[2]])
            try expectEqual(found[4], [])
            try expectEqual(found[5], [ids[2]])
        },
        .init("a deleted version keeps its row and loses its attributes", deletion),
        .init("changing a version that is not there is refused") { store in
            let now: Timestamp = Seed.moment()
            try await expectError(.versionNotFound, "update") {
                try await store.change { try $0.updateVersion(404, description: nil, tags: [], metrics: [], at: now) }
            }
            try await expectError(.versionNotFound, "delete") {
                try await store.change { try $0.deleteVersion(404, at: now) }
            }
            try await expectError(.notDraft, "touch") {
                try await store.change { try $0.updateDraft(404, document: Array("{}".utf8), sizeBytes: 1, at: now) }
            }
            try await expectError(.notDraft, "remove") { try await store.change { try $0.removeDraft(404) } }
        },
    ]

    @Sendable
    private static func publishing(_ store: any MetadataStore) async throws {
        let id: Int64 = try await store.change { transaction in
            let model: Int64 = try Seed.model(transaction, "fraud")
            let id: Int64 = try Seed.version(
                transaction, of: model, "1.0.0", status: .draft, expires: Seed.moment(100))
            try transaction.updateDraft(id, document: Array("{}".utf8), sizeBytes: 77, at: Seed.moment(5))
            return id
        }
        let draft = try expectSome(try await store.read { try $0.version(id: id) }, "the draft")
        try expect(draft.status == .draft && draft.artifactsDigest == nil && draft.manifestDigest == nil, "a draft")
        try expectEqual(draft.expires, Seed.moment(100))
        try expectEqual([draft.sizeBytes, draft.revision], [77, 2])
        let publish: @Sendable () async throws -> Void = {
            try await store.change { transaction in
                try transaction.publishVersion(
                    id, document: Array(#"{"final":true}"#.utf8), artifactsDigest: Seed.digest("a"),
                    manifestDigest: Seed.digest("m"), sizeBytes: 78, at: Seed.moment(6))
            }
        }
        try await publish()
        let ready = try expectSome(try await store.read { try $0.version(id: id) }, "the version")
        try expect(ready.status == .ready && ready.expires == nil, "published")
        try expectEqual(ready.document, Array(#"{"final":true}"#.utf8))
        try expectEqual(ready.artifactsDigest, Seed.digest("a"))
        try expectEqual(ready.manifestDigest, Seed.digest("m"))
        try expectEqual([ready.sizeBytes, ready.revision], [78, 3])
        try expectEqual(ready.updated, Seed.moment(6))
        try await expectError(.notDraft, "a second time") { try await publish() }
        try await expectError(.notDraft, "touching it") {
            try await store.change {
                try $0.updateDraft(id, document: Array("{}".utf8), sizeBytes: 1, at: Seed.moment())
            }
        }
        try await expectError(.notDraft, "removing it") { try await store.change { try $0.removeDraft(id) } }
    }

    @Sendable
    private static func removal(_ store: any MetadataStore) async throws {
        let found: (gone: Bool, files: Int, number: Int64?) = try await store.change { transaction in
            let model: Int64 = try Seed.model(transaction, "fraud")
            let id: Int64 = try Seed.version(
                transaction, of: model, "1.0.0", status: .draft, expires: Seed.moment(1))
            try transaction.putBlob(Seed.digest("b"), sizeBytes: 1, format: "unknown", at: Seed.moment())
            try transaction.putArtifact(version: id, path: "m.bin", digest: Seed.digest("b"), mediaType: "a/b")
            try transaction.setAttributes(version: id, [("framework", .text("torch"))])
            try transaction.insertMetricRevision(
                version: id, metric: "auc", value: 1, previous: nil, at: Seed.moment(),
                by: try Seed.principal(transaction))
            try transaction.removeDraft(id)
            let gone: Bool = try transaction.version(id: id) == nil
            let files: Int = try transaction.artifacts(version: id).count
            let again: Int64 = try Seed.version(transaction, of: model, "1.0.0")
            return (gone, files, try transaction.version(id: again)?.number)
        }
        try expect(found.gone, "the draft is left")
        try expectEqual(found.files, 0)
        try expectEqual(found.number, 2)
    }

    @Sendable
    private static func deletion(_ store: any MetadataStore) async throws {
        let ids: (model: Int64, version: Int64) = try await store.change { transaction in
            let model: Int64 = try Seed.model(transaction, "fraud")
            let id: Int64 = try Seed.version(transaction, of: model, "1.0.0")
            try transaction.deleteVersion(id, at: Seed.moment(8))
            return (model, id)
        }
        try await store.read { reader in
            let byID = try expectSome(try reader.version(id: ids.version), "the tombstone")
            try expectEqual(byID.deleted, Seed.moment(8))
            try expectEqual(byID.updated, Seed.moment(8))
            try expectEqual(byID.revision, 2)
            let key: [UInt8] = try Seed.precedence("1.0.0")
            try expect(try reader.version(model: ids.model, precedence: key)?.deleted != nil, "by precedence")
        }
        try await expectError(.versionNotFound, "a second deletion") {
            try await store.change { try $0.deleteVersion(ids.version, at: Seed.moment(9)) }
        }
        try await expectError(.versionNotFound, "an update") {
            try await store.change { transaction in
                try transaction.updateVersion(
                    ids.version, description: "x", tags: Array("{}".utf8), metrics: Array("{}".utf8),
                    at: Seed.moment(9))
            }
        }
    }
}

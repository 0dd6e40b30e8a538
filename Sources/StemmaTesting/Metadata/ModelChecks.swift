internal import StemmaRegistry

/// Promises of `ModelReader` and `ModelWriter`.
enum ModelChecks {
    static let all: [MetadataStoreContract.Check] = [
        .init("a model is read as it was inserted") { store in
            let fields = ModelFields(
                description: "Finds fraud", domain: "finance", useCase: "cards", owner: "risk",
                tags: Array(#"{"team":"ürsula 🦊"}"#.utf8), metadata: Array(#"{"a":{"b":1.5}}"#.utf8))
            let id: Int64 = try await store.change { try Seed.model($0, "fraud", fields: fields, at: Seed.moment(7)) }
            let model = try expectSome(try await store.read { try $0.model(named: "fraud") }, "the model")
            try expectEqual(model.id, id)
            try expectEqual(model.name, "fraud")
            try expectEqual(ModelChecks.fields(of: model), fields)
            try expectEqual([model.created, model.updated], [Seed.moment(7), Seed.moment(7)])
            try expectEqual(model.createdBy, "ada")
            try expectEqual([model.revision, model.registrations, model.versionCount], [1, 0, 0])
            try expect(model.deleted == nil && model.latest == nil && model.aliases.isEmpty, "it is new")
        },
        .init("names are compared exactly") { store in
            try await store.change { transaction in
                for name in ["Fraud", "fraud", "fra\u{FC}d", "frau\u{308}d"] { _ = try Seed.model(transaction, name) }
            }
            let absent: ModelRecord? = try await store.read { try $0.model(named: "FRAUD") }
            try expect(absent == nil, "found in another case")
        },
        .init("a name is never given twice, also after deletion") { store in
            let id: Int64 = try await store.change { try Seed.model($0, "fraud") }
            try await expectError(.modelExists, "a second time") {
                _ = try await store.change { try Seed.model($0, "fraud") }
            }
            try await store.change { try $0.deleteModel(id, at: Seed.moment(5)) }
            try await expectError(.modelExists, "after deletion") {
                _ = try await store.change { try Seed.model($0, "fraud") }
            }
        },
        .init("an update replaces all fields and counts the revision up") { store in
            let fields: ModelFields = Seed.fields(description: "new", tags: #"{"a":"b"}"#)
            let model: ModelRecord? = try await store.change { transaction in
                let id: Int64 = try Seed.model(transaction, "fraud", fields: Seed.fields(domain: "finance"))
                try transaction.updateModel(id, fields: fields, at: Seed.moment(9))
                return try transaction.model(named: "fraud")
            }
            let found = try expectSome(model, "the model")
            try expectEqual(ModelChecks.fields(of: found), fields)
            try expectEqual(found.updated, Seed.moment(9))
            try expectEqual(found.created, Seed.moment())
            try expectEqual(found.revision, 2)
        },
        .init("changing a model that is not there is refused") { store in
            try await expectError(.modelNotFound, "update") {
                try await store.change { try $0.updateModel(404, fields: Seed.fields(), at: Seed.moment()) }
            }
            try await expectError(.modelNotFound, "number") {
                _ = try await store.change { try $0.takeRegistrationNumber(model: 404) }
            }
            try await expectError(.modelNotFound, "count") {
                try await store.change { try $0.addToVersionCount(model: 404, 1, at: Seed.moment()) }
            }
            try await expectError(.modelNotFound, "delete") {
                try await store.change { try $0.deleteModel(404, at: Seed.moment()) }
            }
        },
        .init("registration numbers count from 1 and every verb counts the revision up") { store in
            let found: (numbers: [Int64], model: ModelRecord?) = try await store.change { transaction in
                let id: Int64 = try Seed.model(transaction, "fraud")
                let numbers: [Int64] = try (0..<3).map { _ in try transaction.takeRegistrationNumber(model: id) }
                try transaction.addToVersionCount(model: id, 3, at: Seed.moment(1))
                try transaction.addToVersionCount(model: id, -1, at: Seed.moment(2))
                return (numbers, try transaction.model(named: "fraud"))
            }
            let model = try expectSome(found.model, "the model")
            try expectEqual(found.numbers, [1, 2, 3])
            try expectEqual([model.registrations, model.versionCount, model.revision], [3, 2, 6])
            try expectEqual(model.updated, Seed.moment(2))
        },
        .init("a model carries its aliases by name and the computed latest") { store in
            let model: ModelRecord? = try await store.change { transaction in
                let id: Int64 = try Seed.model(transaction, "fraud")
                let ada: Int64 = try Seed.principal(transaction)
                let first: Int64 = try Seed.version(transaction, of: id, "1.0.0")
                let second: Int64 = try Seed.version(transaction, of: id, "1.10.0")
                _ = try Seed.version(transaction, of: id, "1.9.0")
                try transaction.putAlias(model: id, alias: "stable", version: first, at: Seed.moment(), by: ada)
                try transaction.putAlias(model: id, alias: "next", version: second, at: Seed.moment(), by: ada)
                return try transaction.model(named: "fraud")
            }
            let found = try expectSome(model, "the model")
            try expectEqual(found.aliases.map(\.alias), ["next", "stable"])
            try expectEqual(found.aliases.map(\.version), ["1.10.0", "1.0.0"])
            try expectEqual(found.latest, "1.10.0")
        },
        .init("deletion tombstones the model and its versions and removes aliases and drafts", deletion),
    ]

    @Sendable
    private static func deletion(_ store: any MetadataStore) async throws {
        let ids: (ready: Int64, draft: Int64) = try await store.change { transaction in
            let id: Int64 = try Seed.model(transaction, "fraud")
            let ada: Int64 = try Seed.principal(transaction)
            let ready: Int64 = try Seed.version(transaction, of: id, "1.0.0")
            let draft: Int64 = try Seed.version(
                transaction, of: id, "2.0.0", status: .draft, expires: Seed.moment(1_000))
            try transaction.setAttributes(version: ready, [("framework", .text("torch"))])
            try transaction.setAttributes(version: draft, [("framework", .text("torch"))])
            try transaction.putAlias(model: id, alias: "production", version: ready, at: Seed.moment(), by: ada)
            try transaction.deleteModel(id, at: Seed.moment(50))
            return (ready, draft)
        }
        try await store.read { reader in
            let model = try expectSome(try reader.model(named: "fraud"), "the tombstone")
            try expectEqual(model.deleted, Seed.moment(50))
            try expectEqual(model.updated, Seed.moment(50))
            try expectEqual(model.versionCount, 0)
            try expect(model.aliases.isEmpty && model.latest == nil, "nothing is left to resolve")
            let version = try expectSome(try reader.version(id: ids.ready), "the version's tombstone")
            try expectEqual(version.deleted, Seed.moment(50))
            try expect(try reader.version(id: ids.draft) == nil, "the draft is left")
            try expect(try reader.alias(model: model.id, named: "production") == nil, "the alias is left")
            var aliases: Int = 0
            try reader.forEachAlias { _ in aliases += 1 }
            try expectEqual(aliases, 0)
        }
        try await expectError(.modelNotFound, "a second deletion") {
            try await store.change { transaction in
                let model = try expectSome(try transaction.model(named: "fraud"), "the tombstone")
                try transaction.deleteModel(model.id, at: Seed.moment(60))
            }
        }
    }

    private static func fields(of model: ModelRecord) -> ModelFields {
        ModelFields(
            description: model.description, domain: model.domain, useCase: model.useCase, owner: model.owner,
            tags: model.tags, metadata: model.metadata)
    }
}

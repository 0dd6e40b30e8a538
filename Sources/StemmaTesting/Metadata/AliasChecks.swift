internal import StemmaRegistry

/// Promises of `AliasReader` and `AliasWriter`.
enum AliasChecks {
    static let all: [MetadataStoreContract.Check] = [
        .init("an alias is set, moved and removed, and counts its moves") { store in
            let found: [AliasRecord?] = try await store.change { transaction in
                let model: Int64 = try Seed.model(transaction, "fraud")
                let ada: Int64 = try Seed.principal(transaction)
                let bob: Int64 = try Seed.principal(transaction, "bob")
                let first: Int64 = try Seed.version(transaction, of: model, "1.0.0")
                let second: Int64 = try Seed.version(transaction, of: model, "2.0.0", state: .staging)
                let absent: AliasRecord? = try transaction.alias(model: model, named: "production")
                try transaction.putAlias(model: model, alias: "production", version: first, at: Seed.moment(1), by: ada)
                let set: AliasRecord? = try transaction.alias(model: model, named: "production")
                try transaction.putAlias(
                    model: model, alias: "production", version: second, at: Seed.moment(2), by: bob)
                let moved: AliasRecord? = try transaction.alias(model: model, named: "production")
                return [absent, set, moved]
            }
            try expect(found[0] == nil, "before it was set")
            let set = try expectSome(found[1], "the alias")
            try expectEqual(
                [set.model, set.alias, set.version, set.updatedBy], ["fraud", "production", "1.0.0", "ada"])
            try expectEqual(set.revision, 1)
            let moved = try expectSome(found[2], "the moved alias")
            try expectEqual([moved.version, moved.updatedBy], ["2.0.0", "bob"])
            try expectEqual(moved.updated, Seed.moment(2))
            try expectEqual(moved.revision, 2)
            try expect(moved.state == .staging && moved.manifestDigest == Seed.digest("manifest 2.0.0"), "its version")
            let removed: [Bool] = try await store.change { transaction in
                [
                    try transaction.removeAlias(model: moved.modelID, alias: "production"),
                    try transaction.removeAlias(model: moved.modelID, alias: "production"),
                ]
            }
            try expectEqual(removed, [true, false])
        },
        .init("aliases are listed by name, and versions carry theirs") { store in
            let found: (aliases: [AliasRecord], version: VersionRecord?) = try await store.change { transaction in
                let model: Int64 = try Seed.model(transaction, "fraud")
                let ada: Int64 = try Seed.principal(transaction)
                let version: Int64 = try Seed.version(transaction, of: model, "1.0.0")
                for alias in ["b", "a", "B"] {
                    try transaction.putAlias(model: model, alias: alias, version: version, at: Seed.moment(), by: ada)
                }
                return (try transaction.aliases(model: model), try transaction.version(id: version))
            }
            try expectEqual(found.aliases.map(\.alias), ["B", "a", "b"])
            try expectEqual(found.version?.aliases, ["B", "a", "b"])
        },
        .init("an alias points at a published version of its own model that is not deleted") { store in
            let ids: (model: Int64, refused: [Int64], ada: Int64) = try await store.change { transaction in
                let model: Int64 = try Seed.model(transaction, "fraud")
                let other: Int64 = try Seed.model(transaction, "churn")
                let deleted: Int64 = try Seed.version(transaction, of: model, "1.0.0")
                try transaction.deleteVersion(deleted, at: Seed.moment())
                let foreign: Int64 = try Seed.version(transaction, of: other, "1.0.0")
                let draft: Int64 = try Seed.version(
                    transaction, of: model, "2.0.0", status: .draft, expires: Seed.moment(1))
                return (model, [foreign, deleted, draft, 404], try Seed.principal(transaction))
            }
            for version in ids.refused {
                try await expectError(.versionNotFound, "version \(version)") {
                    try await store.change { transaction in
                        try transaction.putAlias(
                            model: ids.model, alias: "x", version: version, at: Seed.moment(), by: ids.ada)
                    }
                }
            }
        },
        .init("every alias of models that are not deleted is visited") { store in
            let found: Set<String> = try await store.change { transaction in
                let ada: Int64 = try Seed.principal(transaction)
                for name in ["a", "b", "c"] {
                    let model: Int64 = try Seed.model(transaction, name)
                    let version: Int64 = try Seed.version(transaction, of: model, "1.0.0")
                    for alias in ["production", "staging"] {
                        try transaction.putAlias(
                            model: model, alias: alias, version: version, at: Seed.moment(), by: ada)
                    }
                    if name == "b" { try transaction.deleteModel(model, at: Seed.moment()) }
                }
                var found: Set<String> = []
                try transaction.forEachAlias { found.insert("\($0.model)@\($0.alias)=\($0.version)") }
                return found
            }
            try expectEqual(
                found, ["a@production=1.0.0", "a@staging=1.0.0", "c@production=1.0.0", "c@staging=1.0.0"])
        },
    ]
}

internal import StemmaRegistry

/// Promises of `VersionReader` about which of many versions is chosen.
enum VersionChoiceChecks {
    /// One model with one version of each kind that must not be chosen above those that may.
    private static func registry(_ transaction: any MetadataTransaction) throws -> Int64 {
        let model: Int64 = try Seed.model(transaction, "fraud")
        for text in ["1.0.0", "1.2.0", "1.10.0", "2.0.0-rc.1"] { _ = try Seed.version(transaction, of: model, text) }
        _ = try Seed.version(transaction, of: model, "1.11.0", state: .deprecated)
        _ = try Seed.version(transaction, of: model, "1.12.0", state: .archived)
        _ = try Seed.version(transaction, of: model, "1.13.0", status: .draft, expires: Seed.moment(1))
        let deleted: Int64 = try Seed.version(transaction, of: model, "1.14.0")
        try transaction.deleteVersion(deleted, at: Seed.moment(2))
        // Another model's versions are never looked at.
        _ = try Seed.version(transaction, of: try Seed.model(transaction, "other"), "1.20.0")
        return model
    }

    static let all: [MetadataStoreContract.Check] = [
        .init("latest is the highest published release that is neither deprecated nor archived") { store in
            let found: [String?] = try await store.change { transaction in
                let model: Int64 = try registry(transaction)
                let none: Int64 = try Seed.model(transaction, "none")
                _ = try Seed.version(transaction, of: none, "1.0.0-alpha")
                return [
                    try transaction.latestVersion(model: model)?.version,
                    try transaction.latestVersion(model: none)?.version,
                ]
            }
            try expectEqual(found, ["1.10.0", nil])
        },
        .init("a range gives the newest version in use, and a retired one only where nothing else fits") { store in
            let cases: [(range: String, wanted: String?)] = [
                ("^1.0", "1.10.0"), ("1.x", "1.10.0"), ("~1.2.0", "1.2.0"), ("<1.2", "1.0.0"), ("^2.0", nil),
                (">=2.0.0-rc.0", "2.0.0-rc.1"), ("~1.11", "1.11.0"), (">=1.11 <2", "1.12.0"), ("~1.13", nil),
                ("~1.14", nil), ("1.0.0 || 1.2.0", "1.2.0"), ("*", "1.10.0"), (">1.0.0 <1.10.0", "1.2.0"),
                (">=1.20", nil),
            ]
            let model: Int64 = try await store.change { try registry($0) }
            for (text, wanted) in cases {
                let range = try expectSome(VersionRange(text), "the range \(text)")
                let found: String? = try await store.read { try $0.newestVersion(model: model, in: range)?.version }
                try expectEqual(found, wanted, "range \(text)")
            }
        },
        .init("the previous release may be in any state but not a draft, deleted or a pre-release") { store in
            let model: Int64 = try await store.change { try registry($0) }
            let cases: [(before: String?, wanted: String?)] = [
                (nil, "1.12.0"), ("2.0.0", "1.12.0"), ("1.12.0", "1.11.0"), ("1.11.0", "1.10.0"), ("1.0.0", nil),
                ("1.10.0-rc.1", "1.2.0"),
            ]
            for (before, wanted) in cases {
                let key: [UInt8]? = try before.map { try Seed.precedence($0) }
                let found: String? = try await store.read {
                    try $0.previousRelease(model: model, before: key)?.version
                }
                try expectEqual(found, wanted, "before \(before ?? "the end")")
            }
        },
        .init("the highest release ever taken counts drafts and deleted versions") { store in
            let found: [String?] = try await store.change { transaction in
                let model: Int64 = try registry(transaction)
                let none: Int64 = try Seed.model(transaction, "none")
                return [
                    try transaction.highestReleaseEverTaken(model: model),
                    try transaction.highestReleaseEverTaken(model: none),
                ]
            }
            try expectEqual(found, ["1.14.0", nil])
        },
        .init("published versions by state come by precedence, up to a limit") { store in
            let model: Int64 = try await store.change { transaction in
                let model: Int64 = try registry(transaction)
                _ = try Seed.version(transaction, of: model, "0.9.0", state: .production)
                return model
            }
            let cases: [(states: [LifecycleState], limit: Int, wanted: [String])] = [
                ([.production, .archived], 9, ["0.9.0", "1.12.0"]), ([.production, .archived], 1, ["0.9.0"]),
                ([.development], 2, ["1.0.0", "1.2.0"]), ([.shadow], 9, []), ([], 9, []),
            ]
            for (states, limit, wanted) in cases {
                let found: [String] = try await store.read { reader in
                    try reader.versions(model: model, states: states, limit: limit).map(\.version)
                }
                try expectEqual(found, wanted, "\(states)")
            }
        },
    ]
}

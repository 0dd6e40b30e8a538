internal import StemmaRegistry

/// Promises of `ReproductionReader` and `ReproductionWriter`.
enum ReproductionChecks {
    static let all: [MetadataStoreContract.Check] = [
        .init("reproductions are kept as given, oldest first, also within a millisecond, and leave their version alone")
        {
            store in
            let found: (rows: [ReproductionRecord], counts: [Int], revisions: [Int64?]) = try await store.change {
                transaction in
                let model: Int64 = try Seed.model(transaction, "fraud")
                let version: Int64 = try Seed.version(transaction, of: model, "1.0.0")
                let other: Int64 = try Seed.version(transaction, of: model, "1.0.1")
                let before: Int64? = try transaction.version(id: version)?.revision
                try insert(transaction, "b", version, by: "bob", isFull: true)
                try insert(transaction, "a", version, by: "ada")
                try insert(transaction, "c", version, by: "bob", at: -5)
                return (
                    try transaction.reproductions(version: version),
                    [
                        try transaction.reproductionCount(version: version),
                        try transaction.reproductionCount(version: other),
                        try transaction.reproductions(version: other).count,
                    ], [before, try transaction.version(id: version)?.revision]
                )
            }
            try expectEqual(found.rows.map(\.id), ["b", "a", "c"])
            try expectEqual(found.counts, [3, 0, 0])
            try expectEqual(found.revisions[0], found.revisions[1])
            let full = found.rows[0]
            try expectEqual(
                [full.subject, full.codeCommit, full.dataHash, full.notes], ["bob", "abc", "md5:x", "n\n\""])
            try expectEqual(full.verdicts, Array(#"[{"metric":"é"}]"#.utf8))
            try expectEqual(full.environment, Array(#"{"random_seed":1}"#.utf8))
            try expectEqual(full.differences, Array(#"[{"path":"p"}]"#.utf8))
            try expectEqual([full.manifestDigest], [Seed.digest("m")])
            try expect(full.tolerance == 0.1 && full.mode == .relative && full.isReproduced, "how it went")
            try expect(full.evidenceRevision == 1 && full.at == Seed.moment(), "when")
            let bare = found.rows[1]
            try expectEqual([bare.codeCommit, bare.dataHash, bare.notes], [nil, nil, nil])
            try expect(bare.environment == nil && bare.mode == .absolute && !bare.isReproduced, "what was left out")
            try expectEqual(bare.subject, "ada")
        },
        .init("a reproduction is found by its id at its own version only") { store in
            let found: [ReproductionRecord?] = try await store.change { transaction in
                let model: Int64 = try Seed.model(transaction, "fraud")
                let version: Int64 = try Seed.version(transaction, of: model, "1.0.0")
                let other: Int64 = try Seed.version(transaction, of: model, "1.0.1")
                try insert(transaction, "a", version, by: "ada")
                return [
                    try transaction.reproduction("a", version: version),
                    try transaction.reproduction("a", version: other),
                    try transaction.reproduction("b", version: version),
                ]
            }
            try expectEqual(found.map { $0?.id }, ["a", nil, nil])
        },
        .init("of every person the last reproduction with the same evidence counts, whatever the clock said") { store in
            let found: [[ReproductionOutcome]] = try await store.change { transaction in
                let model: Int64 = try Seed.model(transaction, "fraud")
                let version: Int64 = try Seed.version(transaction, of: model, "1.0.0")
                try insert(transaction, "1", version, by: "bob", isFull: true)
                try insert(transaction, "2", version, by: "ada", isFull: true)
                try insert(transaction, "3", version, by: "bob", at: -9)
                try insert(transaction, "4", version, by: "ada", revision: 2)
                return try (1...3).map {
                    try transaction.reproductionOutcomes(version: version, evidenceRevision: $0)
                }
            }
            try expectEqual(found.map { $0.map(\.id) }, [["2", "3"], ["4"], []])
            try expectEqual(found[0].map(\.isReproduced), [true, false])
            try expectEqual(found[0].map(\.tolerance), [0.1, 0.001])
            try expectEqual(found[0].map(\.mode), [.relative, .absolute])
            try expectEqual(found[0].map(\.at), [Seed.moment(), Seed.moment(-9)])
            try expect(found[0][0].principalID == found[1][0].principalID, "both are ada's")
            try expect(found[0][0].principalID != found[0][1].principalID, "one is bob's")
        },
        .init("a version with reproductions can be deleted, and its model") { store in
            let left: (count: Int, deleted: Bool) = try await store.change { transaction in
                let model: Int64 = try Seed.model(transaction, "fraud")
                let version: Int64 = try Seed.version(transaction, of: model, "1.0.0")
                try insert(transaction, "a", version, by: "ada")
                try transaction.deleteVersion(version, at: Seed.moment(1))
                try transaction.deleteModel(model, at: Seed.moment(2))
                return (
                    try transaction.reproductionCount(version: version),
                    try transaction.version(id: version)?.deleted != nil
                )
            }
            try expect(left.count == 1 && left.deleted, "the attempt stays with the deleted version")
        },
    ]

    private static func insert(
        _ transaction: any MetadataTransaction, _ id: String, _ version: Int64, by subject: String,
        isFull: Bool = false, revision: Int64 = 1, at milliseconds: Int64 = 0
    ) throws {
        let empty: [UInt8] = Array("[]".utf8)
        try transaction.insertReproduction(
            ReproductionRecord(
                id: id, principalID: try Seed.principal(transaction, subject), subject: subject,
                manifestDigest: Seed.digest("m"), evidenceRevision: revision, tolerance: isFull ? 0.1 : 0.001,
                mode: isFull ? .relative : .absolute, isReproduced: isFull,
                verdicts: isFull ? Array(#"[{"metric":"é"}]"#.utf8) : empty,
                environment: isFull ? Array(#"{"random_seed":1}"#.utf8) : nil,
                differences: isFull ? Array(#"[{"path":"p"}]"#.utf8) : empty, codeCommit: isFull ? "abc" : nil,
                dataHash: isFull ? "md5:x" : nil, notes: isFull ? "n\n\"" : nil, at: Seed.moment(milliseconds)),
            version: version)
    }
}

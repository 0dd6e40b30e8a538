internal import StemmaRegistry

/// Promises of `GovernanceReader` and `GovernanceWriter`, and of what reviews rest on in `LifecycleWriter`.
enum GovernanceChecks {
    private static func review(
        _ id: String, by principal: Int64, _ subject: String, evidence: String? = nil, comment: String? = nil,
        at milliseconds: Int64
    ) -> ReviewRecord {
        ReviewRecord(
            id: id, gate: "technical", decision: "approve", items: Array(#"{"a":true}"#.utf8), comment: comment,
            evidence: evidence.map { Array($0.utf8) }, principalID: principal, subject: subject,
            role: "reviewer:technical", manifestDigest: Seed.digest(id), evidenceRevision: 3,
            at: Seed.moment(milliseconds))
    }

    static let all: [MetadataStoreContract.Check] = [
        .init("reviews are kept as given, oldest first, also within a millisecond, and leave their version alone") {
            store in
            let found: (reviews: [ReviewRecord], others: Int, before: Int64?, after: Int64?) = try await store.change {
                transaction in
                let model: Int64 = try Seed.model(transaction, "fraud")
                let bob: Int64 = try Seed.principal(transaction, "bob")
                let version: Int64 = try Seed.version(transaction, of: model, "1.0.0")
                let other: Int64 = try Seed.version(transaction, of: model, "1.0.1")
                let before: Int64? = try transaction.version(id: version)?.revision
                let kept: [ReviewRecord] = [
                    review("b", by: bob, "bob", at: 5), review("a", by: bob, "bob", at: 5),
                    review("c", by: bob, "bob", evidence: #"{"x":1.5}"#, comment: "fine", at: 4),
                ]
                for one in kept { try transaction.insertReview(one, version: version) }
                return (
                    try transaction.reviews(version: version), try transaction.reviews(version: other).count, before,
                    try transaction.version(id: version)?.revision
                )
            }
            try expectEqual(found.reviews.map(\.id), ["c", "b", "a"])
            let first = try expectSome(found.reviews.first, "the first review")
            try expectEqual([first.gate, first.decision, first.subject], ["technical", "approve", "bob"])
            try expectEqual([first.role, first.comment], ["reviewer:technical", "fine"])
            try expectEqual(first.items, Array(#"{"a":true}"#.utf8))
            try expectEqual(first.evidence, Array(#"{"x":1.5}"#.utf8))
            try expectEqual(first.manifestDigest, Seed.digest("c"))
            try expectEqual(first.evidenceRevision, 3)
            try expectEqual(first.at, Seed.moment(4))
            try expect(found.reviews[1].comment == nil && found.reviews[1].evidence == nil, "what was left out")
            try expectEqual(found.others, 0)
            try expectEqual(found.before, found.after)
        },
        .init("quarantines open, count at their version, and end together") { store in
            let version: Int64 = try await store.change { transaction in
                let model: Int64 = try Seed.model(transaction, "fraud")
                let bob: Int64 = try Seed.principal(transaction, "bob")
                let version: Int64 = try Seed.version(transaction, of: model, "1.0.0")
                _ = try Seed.version(transaction, of: model, "1.0.1")
                for (id, moment) in [("q1", Int64(1)), ("q2", 2)] {
                    try transaction.insertQuarantine(
                        id: id, version: version, reason: "r " + id, at: Seed.moment(moment), by: bob)
                }
                return version
            }
            let open: (rows: [QuarantineRecord], record: VersionRecord?) = try await store.read { reader in
                (try reader.quarantines(version: version), try reader.version(id: version))
            }
            try expectEqual(open.rows.map(\.id), ["q1", "q2"])
            try expectEqual(open.rows.map(\.reason), ["r q1", "r q2"])
            try expectEqual(open.rows.map(\.openedBy), ["bob", "bob"])
            try expect(open.rows.allSatisfy { $0.lifted == nil && $0.liftedBy == nil }, "they last")
            try expectEqual(open.record?.standing.isQuarantined, true)
            try expectEqual(open.record?.updated, Seed.moment(2))
            let lifted: [Int] = try await store.change { transaction in
                let carol: Int64 = try Seed.principal(transaction, "carol")
                return try (3...4).map { moment in
                    try transaction.liftQuarantines(
                        version: version, reason: "over", at: Seed.moment(moment), by: carol)
                }
            }
            try expectEqual(lifted, [2, 0])
            let ended: (rows: [QuarantineRecord], record: VersionRecord?) = try await store.read { reader in
                (try reader.quarantines(version: version), try reader.version(id: version))
            }
            try expectEqual(ended.rows.map(\.lifted), [Seed.moment(3), Seed.moment(3)])
            try expectEqual(ended.rows.map(\.liftedBy), ["carol", "carol"])
            try expectEqual(ended.rows.map(\.liftReason), ["over", "over"])
            try expectEqual(ended.record?.standing.isQuarantined, false)
            try expectEqual(ended.record?.updated, Seed.moment(3))
        },
        .init("contributors are noted once, after the creator, and evidence is counted") { store in
            let found: (people: [Int64], wanted: [Int64], record: VersionRecord?) = try await store.change {
                transaction in
                let model: Int64 = try Seed.model(transaction, "fraud")
                let ada: Int64 = try Seed.principal(transaction)
                let bob: Int64 = try Seed.principal(transaction, "bob")
                let version: Int64 = try Seed.version(transaction, of: model, "1.0.0")
                for person in [bob, ada, bob] { try transaction.addContributor(version: version, principal: person) }
                try transaction.addEvidenceRevision(version: version, at: Seed.moment(9))
                return (
                    try transaction.contributors(version: version), [ada, bob], try transaction.version(id: version)
                )
            }
            try expectEqual(found.people, found.wanted)
            try expectEqual(found.record?.standing.evidenceRevision, 2)
            try expectEqual(found.record?.revision, 2)
            try expectEqual(found.record?.updated, Seed.moment(9))
        },
    ]
}

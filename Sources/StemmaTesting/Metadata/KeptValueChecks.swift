internal import StemmaRegistry

/// Promises of the idempotency and setting roles.
enum KeptValueChecks {
    private static func answer(
        _ principal: Int64, _ key: String, body: String = "{}", etag: String? = nil, at created: Int64 = 0
    ) -> IdempotencyRecord {
        IdempotencyRecord(
            principalID: principal, key: key, fingerprint: Seed.digest(body), outcome: "created",
            resource: "/v1/models/fraud", etag: etag, body: Array(body.utf8), created: Seed.moment(created))
    }

    static let all: [MetadataStoreContract.Check] = [
        .init("an answer is kept for its principal and key, the last one counts") { store in
            let found: [IdempotencyRecord?] = try await store.change { transaction in
                let ada: Int64 = try Seed.principal(transaction)
                let bob: Int64 = try Seed.principal(transaction, "bob")
                try transaction.putIdempotentAnswer(answer(ada, "k", body: "first", etag: "\"1\"", at: 1))
                let first: IdempotencyRecord? = try transaction.idempotentAnswer(principal: ada, key: "k")
                try transaction.putIdempotentAnswer(answer(ada, "k", body: "", at: 2))
                return [
                    first, try transaction.idempotentAnswer(principal: ada, key: "k"),
                    try transaction.idempotentAnswer(principal: bob, key: "k"),
                    try transaction.idempotentAnswer(principal: ada, key: "K"),
                ]
            }
            let first = try expectSome(found[0], "the answer")
            try expectEqual(first.fingerprint, Seed.digest("first"))
            try expectEqual([first.outcome, first.resource], ["created", "/v1/models/fraud"])
            try expectEqual(first.etag, "\"1\"")
            try expectEqual(first.body, Array("first".utf8))
            try expectEqual(first.created, Seed.moment(1))
            let second = try expectSome(found[1], "the later answer")
            try expect(second.body.isEmpty && second.etag == nil && second.created == Seed.moment(2), "replaced")
            try expect(found[2] == nil && found[3] == nil, "another principal or key")
        },
        .init("answers kept before a moment are dropped, up to a limit") { store in
            let found: (removed: [Int], left: [String]) = try await store.change { transaction in
                let ada: Int64 = try Seed.principal(transaction)
                for created in 0..<5 {
                    try transaction.putIdempotentAnswer(answer(ada, "k\(created)", at: Int64(created)))
                }
                let removed: [Int] = [
                    try transaction.removeIdempotentAnswers(before: Seed.moment(3), limit: 2),
                    try transaction.removeIdempotentAnswers(before: Seed.moment(3), limit: 2),
                    try transaction.removeIdempotentAnswers(before: Seed.moment(3), limit: 2),
                ]
                let keys: [String] = (0..<5).map { "k\($0)" }
                let left: [String] = try keys.filter {
                    try transaction.idempotentAnswer(principal: ada, key: $0) != nil
                }
                return (removed, left)
            }
            try expectEqual(found.removed, [2, 1, 0])
            try expectEqual(found.left, ["k3", "k4"])
        },
        .init("a setting is absent, set and replaced") { store in
            let found: [[UInt8]?] = try await store.change { transaction in
                let absent: [UInt8]? = try transaction.setting("key")
                try transaction.setSetting("key", to: [0, 255])
                let first: [UInt8]? = try transaction.setting("key")
                try transaction.setSetting("key", to: [])
                return [absent, first, try transaction.setting("key")]
            }
            try expectEqual(found, [nil, [0, 255], []])
        },
    ]
}

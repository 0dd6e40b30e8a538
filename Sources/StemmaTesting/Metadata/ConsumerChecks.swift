internal import StemmaRegistry

/// Promises of `ConsumerReader` and `ConsumerWriter`.
enum ConsumerChecks {
    static let all: [MetadataStoreContract.Check] = [
        .init("a consumer is registered, renewed, expires and is registered again") { store in
            try await store.change { transaction in
                let model: Int64 = try Seed.model(transaction, "fraud")
                let version: Int64 = try Seed.version(transaction, of: model, "1.0.0")
                func count(_ last: Int64, _ expires: Int64, reads: Int64, ref: String = "@production") throws
                    -> ReadCounting
                {
                    try transaction.countReads(
                        model: model, version: version, name: "scorer", ref: ref, reads: reads,
                        last: Seed.moment(last), expires: Seed.moment(expires), mayRegister: true)
                }
                try expectEqual(try count(0, 100, reads: 3), .registered)
                try expectEqual(try count(50, 150, reads: 4, ref: "latest"), .renewed)
                let renewed: ConsumerRecord = try only(
                    try transaction.liveConsumers(version: version, at: Seed.moment(149)))
                try expectEqual([renewed.name, renewed.version, renewed.ref], ["scorer", "1.0.0", "latest"])
                try expectEqual(renewed.versionID, version)
                try expectEqual(
                    [renewed.firstSeen, renewed.lastSeen, renewed.expires],
                    [Seed.moment(0), Seed.moment(50), Seed.moment(150)])
                try expectEqual(renewed.reads, 7)
                try expect(
                    try transaction.liveConsumers(version: version, at: Seed.moment(150)).isEmpty, "expired at its time"
                )
                try expectEqual(try count(150, 250, reads: 1), .registered, "after it expired")
                let again: ConsumerRecord = try only(
                    try transaction.liveConsumers(version: version, at: Seed.moment(150)))
                try expectEqual([again.firstSeen, again.expires], [Seed.moment(0), Seed.moment(250)])
                try expectEqual(again.reads, 8)
            }
        },
        .init("reads that come late do not turn a consumer's times back") { store in
            try await store.change { transaction in
                let model: Int64 = try Seed.model(transaction, "fraud")
                let version: Int64 = try Seed.version(transaction, of: model, "1.0.0")
                for moment in [Int64(500), 400] {
                    _ = try transaction.countReads(
                        model: model, version: version, name: "scorer", ref: "latest", reads: 1,
                        last: Seed.moment(moment), expires: Seed.moment(moment + 100), mayRegister: true)
                }
                let found: ConsumerRecord = try only(
                    try transaction.liveConsumers(version: version, at: Seed.moment(599)))
                try expectEqual([found.lastSeen, found.expires], [Seed.moment(500), Seed.moment(600)])
            }
        },
        .init("a consumer that may not be registered is left as it is") { store in
            try await store.change { transaction in
                let model: Int64 = try Seed.model(transaction, "fraud")
                let version: Int64 = try Seed.version(transaction, of: model, "1.0.0")
                func count(_ name: String, at moment: Int64, mayRegister: Bool) throws -> ReadCounting {
                    try transaction.countReads(
                        model: model, version: version, name: name, ref: "1.0.0", reads: 1, last: Seed.moment(moment),
                        expires: Seed.moment(moment + 100), mayRegister: mayRegister)
                }
                try expectEqual(try count("new", at: 0, mayRegister: false), .refused)
                try expectEqual(try count("old", at: 0, mayRegister: true), .registered)
                try expectEqual(try count("old", at: 50, mayRegister: false), .renewed)
                try expectEqual(try count("old", at: 150, mayRegister: false), .refused)
                let all: [ConsumerRecord] = try transaction.consumers(model: model, at: nil, after: nil, limit: 9)
                try expectEqual(all.map(\.name), ["old"])
                try expectEqual(all.map(\.expires), [Seed.moment(150)])
                try expectEqual(all.map(\.reads), [2])
            }
        },
        .init("a model's consumers are listed by name and version, page by page, the live ones alone on request") {
            store in
            try await store.change { transaction in
                let model: Int64 = try Seed.model(transaction, "fraud")
                let other: Int64 = try Seed.model(transaction, "churn")
                let first: Int64 = try Seed.version(transaction, of: model, "1.0.0")
                let second: Int64 = try Seed.version(transaction, of: model, "2.0.0")
                let foreign: Int64 = try Seed.version(transaction, of: other, "3.0.0")
                let rows: [(Int64, Int64, String, Int64)] = [
                    (model, second, "b", 900), (model, first, "b", 100), (model, first, "a", 100),
                    (model, second, "B", 900), (other, foreign, "a", 900),
                ]
                for (model, version, name, expires) in rows {
                    _ = try transaction.countReads(
                        model: model, version: version, name: name, ref: "latest", reads: 1, last: Seed.moment(),
                        expires: Seed.moment(expires), mayRegister: true)
                }
                func page(_ moment: Int64?, after last: (name: String, version: Int64)?, _ limit: Int) throws
                    -> [String]
                {
                    try transaction.consumers(
                        model: model, at: moment.map { Seed.moment($0) }, after: last, limit: limit
                    ).map { "\($0.name) \($0.version)" }
                }
                try expectEqual(try page(nil, after: nil, 9), ["B 2.0.0", "a 1.0.0", "b 1.0.0", "b 2.0.0"])
                try expectEqual(try page(nil, after: nil, 3), ["B 2.0.0", "a 1.0.0", "b 1.0.0"])
                try expectEqual(try page(nil, after: ("b", first), 3), ["b 2.0.0"])
                try expectEqual(try page(100, after: nil, 9), ["B 2.0.0", "b 2.0.0"])
                try expectEqual(try page(100, after: ("B", second), 9), ["b 2.0.0"])
                try expectEqual(try transaction.liveConsumerCount(model: model, at: Seed.moment(99)), 4)
                try expectEqual(try transaction.liveConsumerCount(model: model, at: Seed.moment(100)), 2)
                try expectEqual(try transaction.liveConsumerCount(model: other, at: Seed.moment(900)), 0)
                try expectEqual(
                    try transaction.liveConsumers(version: first, at: Seed.moment(99)).map(\.name), ["a", "b"])
            }
        },
        .init("consumers that expired before a moment go, so many at a time") { store in
            try await store.change { transaction in
                let model: Int64 = try Seed.model(transaction, "fraud")
                let version: Int64 = try Seed.version(transaction, of: model, "1.0.0")
                for expires in [Int64(100), 101, 102, 200] {
                    _ = try transaction.countReads(
                        model: model, version: version, name: "c\(expires)", ref: "latest", reads: 1,
                        last: Seed.moment(), expires: Seed.moment(expires), mayRegister: true)
                }
                try expectEqual(try transaction.removeConsumers(expiredBefore: Seed.moment(200), limit: 2), 2)
                try expectEqual(try transaction.removeConsumers(expiredBefore: Seed.moment(200), limit: 2), 1)
                try expectEqual(try transaction.removeConsumers(expiredBefore: Seed.moment(200), limit: 2), 0)
                try expectEqual(
                    try transaction.consumers(model: model, at: nil, after: nil, limit: 9).map(\.name), ["c200"])
            }
        },
    ]

    private static func only(_ records: [ConsumerRecord]) throws -> ConsumerRecord {
        try expectEqual(records.count, 1, "consumers")
        return records[0]
    }
}

internal import StemmaRegistry

/// Promises of `AuditReader` and `AuditWriter`; lists are checked in `ListChecks`.
enum AuditChecks {
    static let all: [MetadataStoreContract.Check] = [
        .init("an event is read as it was appended, with what the log only commits to") { store in
            let resource = ResourceID.version(model: "fraud", version: "1.0.0")
            let event: AuditRecord? = try await store.change { transaction in
                let ada: Int64 = try Seed.principal(transaction)
                let values: [PrivateValue] = [
                    PrivateValue(
                        field: "rationale", salt: [UInt8](repeating: 7, count: 32), value: Array(#""ünter""#.utf8),
                        principalID: nil),
                    PrivateValue(
                        field: "actor.subject", salt: [UInt8](repeating: 8, count: 32), value: Array(#""ada""#.utf8),
                        principalID: ada),
                ]
                try Seed.event(transaction, "model.created", .model("fraud"), at: Seed.moment(1))
                try Seed.event(
                    transaction, "version.registered", resource, at: Seed.moment(2), principal: ada,
                    privateValues: values)
                return try transaction.auditEvent(sequence: 1)
            }
            let found = try expectSome(event, "the event")
            let leaf: String = #"{"action":"version.registered","seq":1}"#
            try expectEqual(found.sequence, 1)
            try expectEqual(found.timestamp, Seed.moment(2))
            try expectEqual(found.leaf, Array(leaf.utf8))
            try expectEqual(found.leafHash, Seed.digest(leaf))
            try expectEqual([found.action, found.outcome], ["version.registered", "success"])
            try expect(found.principalID != nil, "who did it")
            try expectEqual([found.resource.type, found.resource.id], [resource.type, resource.id])
            try expectEqual([found.resource.model, found.resource.version], ["fraud", "1.0.0"])
            try expectEqual(found.privateValues.map(\.field), ["actor.subject", "rationale"])
            try expectEqual(found.privateValues.map(\.value), [Array(#""ada""#.utf8), Array(#""ünter""#.utf8)])
            try expectEqual(found.privateValues.map { $0.salt.first }, [8, 7])
            try expect(found.privateValues[0].principalID == found.principalID, "whose it is")
            try expect(found.privateValues[1].principalID == nil, "nobody's")
        },
        .init("the log tells its size and the time of its last event") { store in
            let found: [(Int64, Timestamp?)] = try await store.change { transaction in
                let empty: (Int64, Timestamp?) = (try transaction.auditSize(), try transaction.lastAuditEvent()?.time)
                try Seed.event(transaction, "a", .registry, at: Seed.moment(1))
                try Seed.event(transaction, "b", .registry, at: Seed.moment(4))
                return [empty, (try transaction.auditSize(), try transaction.lastAuditEvent()?.time)]
            }
            try expect(found[0].0 == 0 && found[0].1 == nil, "an empty log")
            try expect(found[1].0 == 2 && found[1].1 == Seed.moment(4), "two events")
            let absent: AuditRecord? = try await store.read { try $0.auditEvent(sequence: 2) }
            try expect(absent == nil, "an event that was not appended")
        },
        .init("an event is appended at the log's size only, and never before the last one's time") { store in
            try await store.change { try Seed.event($0, "a", .registry, at: Seed.moment(5)) }
            let append: @Sendable (Int64, Timestamp) async throws -> Void = { sequence, moment in
                try await store.change { transaction in
                    try transaction.appendAuditEvent(
                        sequence: sequence, at: moment, leaf: [], leafHash: Seed.digest(""), retainUntil: moment,
                        action: "b", outcome: "success", principal: nil, resource: .registry, privateValues: [])
                }
            }
            try await expectError(.internalError, "again") { try await append(0, Seed.moment(5)) }
            try await expectError(.internalError, "with a gap") { try await append(2, Seed.moment(5)) }
            try await expectError(.internalError, "in the past") { try await append(1, Seed.moment(4)) }
            try await append(1, Seed.moment(5))
        },
        .init("an alias's events come newest first, before a sequence, up to a limit") { store in
            let found: [[Int64]] = try await store.change { transaction in
                let alias = ResourceID.alias(model: "fraud", alias: "production")
                for resource in [alias, .model("fraud"), alias, .alias(model: "fraud", alias: "staging"), alias] {
                    try Seed.event(transaction, "x", resource)
                }
                let events: (Int64?, Int) throws -> [Int64] = { before, limit in
                    try transaction.aliasEvents(model: "fraud", alias: "production", before: before, limit: limit)
                        .map(\.sequence)
                }
                return [try events(nil, 9), try events(4, 9), try events(nil, 2), try events(0, 9)]
            }
            try expectEqual(found, [[4, 2, 0], [2, 0], [4, 2], []])
        },
    ]
}

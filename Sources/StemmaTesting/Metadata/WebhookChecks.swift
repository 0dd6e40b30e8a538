internal import StemmaRegistry

/// Promises of `WebhookReader` and `WebhookWriter`.
enum WebhookChecks {
    static let all: [MetadataStoreContract.Check] = webhooks + outbox + upkeep

    private static func state(_ url: String = "https://a.example/x", enabled: Bool = true, cursor: Int64 = 3)
        -> WebhookState
    {
        WebhookState(
            content: WebhookContent(
                url: url, events: ["set_alias"], models: ["fraud_*"], description: "d", isEnabled: enabled),
            disabledReason: enabled ? nil : .gone, disabled: enabled ? nil : Seed.moment(2), secret: "whsec_new",
            oldSecret: "whsec_old", oldSecretUntil: Seed.moment(9), cursor: cursor,
            health: WebhookHealth(failures: 2, failingSince: Seed.moment(1), resume: Seed.moment(5)))
    }

    private static func insert(
        _ transaction: any MetadataTransaction, _ id: String, _ state: WebhookState = state()
    ) throws -> Int64 {
        try transaction.insertWebhook(
            id: id, scope: ["fraud_*", "x"], state, at: Seed.moment(), by: try Seed.principal(transaction))
    }

    private static func put(_ transaction: any MetadataTransaction, _ key: Int64, _ events: [Int64]) throws {
        for event in events {
            try transaction.insertWebhookDelivery(
                webhook: key, event: event, type: "set_alias", at: Seed.moment(event))
        }
    }

    private static func end(
        _ transaction: any MetadataTransaction, _ key: Int64, _ event: Int64, _ status: WebhookDeliveryStatus,
        due: Int64? = nil, ended: Int64? = nil
    ) throws {
        var record = try expectSome(try transaction.webhookDelivery(webhook: key, event: event), "delivery \(event)")
        record.status = status
        record.tries += 1
        record.due = due.map { Seed.moment($0) }
        record.ended = ended.map { Seed.moment($0) }
        try transaction.updateWebhookDelivery(record)
    }

    private static let webhooks: [MetadataStoreContract.Check] = [
        .init("a webhook is stored, changed and deleted, and leaves no secret behind") { store in
            let found: (key: Int64, made: WebhookRecord?, changed: WebhookRecord?, ids: [String]) =
                try await store.change { transaction in
                    let key: Int64 = try insert(transaction, "b")
                    _ = try insert(transaction, "a")
                    let made: WebhookRecord? = try transaction.webhook(id: "b")
                    try transaction.updateWebhook(
                        key, state("https://b.example", enabled: false, cursor: 8), at: Seed.moment(4))
                    return (key, made, try transaction.webhook(id: "b"), try transaction.webhooks().map(\.id))
                }
            let made = try expectSome(found.made, "the webhook")
            try expectEqual(made.state, state())
            try expectEqual(made.scope, ["fraud_*", "x"])
            try expectEqual([made.id, made.createdBy], ["b", "ada"])
            try expect(made.key == found.key && made.created == Seed.moment(), "key and time")
            let changed = try expectSome(found.changed, "the changed webhook")
            try expectEqual(changed.state, state("https://b.example", enabled: false, cursor: 8))
            try expect(changed.updated == Seed.moment(4) && changed.created == Seed.moment(), "times")
            try expectEqual(found.ids, ["a", "b"])
            let key: Int64 = found.key
            let left: [String] = try await store.change { transaction in
                try transaction.deleteWebhook(key, at: Seed.moment(5))
                try transaction.setWebhookCursor(key, to: 99)
                try transaction.setWebhookHealth(key, .good)
                return [try transaction.webhook(id: "b")?.id].compactMap { $0 } + (try transaction.webhooks().map(\.id))
            }
            try expectEqual(left, ["a"])
            try await expectError(.webhookNotFound, "twice") {
                try await store.change { try $0.deleteWebhook(key, at: Seed.moment(6)) }
            }
            try await expectError(.webhookNotFound, "a deleted one") {
                try await store.change { try $0.updateWebhook(key, state(), at: Seed.moment(6)) }
            }
        },
        .init("lanes are those of enabled webhooks, with what waits there") { store in
            let lanes: [[WebhookLane]] = try await store.change { transaction in
                let key: Int64 = try insert(transaction, "a")
                _ = try insert(transaction, "off", state(enabled: false))
                let empty: [WebhookLane] = try transaction.webhookLanes()
                try put(transaction, key, [4, 5, 6])
                try end(transaction, key, 5, .failed, due: 30)
                try end(transaction, key, 6, .failed, due: 20)
                try transaction.setWebhookCursor(key, to: 7)
                try transaction.setWebhookHealth(
                    key, WebhookHealth(failures: 1, failingSince: nil, resume: Seed.moment(8)))
                let both: [WebhookLane] = try transaction.webhookLanes()
                try end(transaction, key, 4, .delivered, ended: 9)
                return [empty, both, try transaction.webhookLanes()]
            }
            let key: Int64 = try expectSome(lanes[0].first, "a lane").key
            let lane: (Int64, Int64, Bool, Int64?) -> WebhookLane = { cursor, resume, pending, retry in
                WebhookLane(
                    key: key, cursor: cursor, resume: Seed.moment(resume), hasPending: pending,
                    nextRetry: retry.map { Seed.moment($0) })
            }
            try expectEqual(lanes[0], [lane(3, 5, false, nil)])
            try expectEqual(lanes[1], [lane(7, 8, true, 20)])
            try expectEqual(lanes[2], [lane(7, 8, false, 20)])
        },
    ]

    private static let outbox: [MetadataStoreContract.Check] = [
        .init("an event is in an outbox once, whatever became of it") { store in
            let found: [WebhookDeliveryRecord] = try await store.change { transaction in
                let key: Int64 = try insert(transaction, "a")
                let other: Int64 = try insert(transaction, "b")
                try put(transaction, key, [7])
                try end(transaction, key, 7, .delivered, ended: 8)
                try put(transaction, key, [7])
                try put(transaction, other, [7])
                return [
                    try transaction.webhookDelivery(webhook: key, event: 7),
                    try transaction.webhookDelivery(webhook: other, event: 7),
                    try transaction.webhookDelivery(webhook: key, event: 8),
                ].compactMap { $0 }
            }
            try expectEqual(found.map(\.status), [.delivered, .pending])
            try expectEqual(found.map(\.tries), [1, 0])
            try expectEqual(found[0].ended, Seed.moment(8))
            try expectEqual([found[1].type, found[1].created.description], ["set_alias", Seed.moment(7).description])
        },
        .init("what is due: retries by their time, then the others in the order of events") { store in
            let found: [[Int64]] = try await store.change { transaction in
                let key: Int64 = try insert(transaction, "a")
                try put(transaction, key, [9, 1, 2, 3, 4, 10])
                try end(transaction, key, 1, .failed, due: 50)
                try end(transaction, key, 2, .failed, due: 40)
                try end(transaction, key, 3, .delivered, ended: 5)
                try end(transaction, key, 4, .dead, ended: 5)
                let due: (Int64, Int) throws -> [Int64] = { moment, limit in
                    try transaction.dueWebhookDeliveries(webhook: key, at: Seed.moment(moment), limit: limit).map(
                        \.sequence)
                }
                return [
                    try due(39, 9), try due(40, 9), try due(60, 9), try due(60, 3), try due(60, 1),
                    [
                        Int64(try transaction.openWebhookDeliveries(webhook: key, atMost: 99)),
                        Int64(try transaction.openWebhookDeliveries(webhook: key, atMost: 2)),
                    ],
                ]
            }
            try expectEqual(found, [[9, 10], [2, 9, 10], [2, 1, 9, 10], [2, 1, 9], [2], [4, 2]])
        },
        .init("deliveries are listed by status, the newest event first, with their attempts in order") { store in
            let found: (lists: [[Int64]], attempts: [WebhookAttemptRecord]) = try await store.change { transaction in
                let key: Int64 = try insert(transaction, "a")
                let other: Int64 = try insert(transaction, "b")
                try put(transaction, key, [1, 2, 3, 4])
                try put(transaction, other, [5])
                try end(transaction, key, 2, .dead, ended: 5)
                try end(transaction, key, 4, .dead, ended: 5)
                for (event, outcome) in [(2, "timeout"), (4, "5xx"), (2, "4xx"), (77, "2xx")] as [(Int64, String)] {
                    try transaction.insertWebhookAttempt(
                        webhook: key, event: event, at: Seed.moment(event), milliseconds: 12, outcome: outcome)
                }
                let list: (WebhookDeliveryStatus?, Int64?, Int) throws -> [Int64] = { status, before, limit in
                    try transaction.webhookDeliveries(webhook: key, status: status, before: before, limit: limit).map(
                        \.sequence)
                }
                return (
                    [
                        try list(nil, nil, 9), try list(nil, 3, 9), try list(.dead, nil, 9), try list(.dead, 4, 9),
                        try list(.pending, nil, 1), try list(.delivered, nil, 9),
                    ], try transaction.webhookAttempts(webhook: key, event: 2)
                )
            }
            try expectEqual(found.lists, [[4, 3, 2, 1], [2, 1], [4, 2], [2], [3], []])
            try expectEqual(
                found.attempts,
                [
                    WebhookAttemptRecord(number: 1, at: Seed.moment(2), milliseconds: 12, outcome: "timeout"),
                    WebhookAttemptRecord(number: 2, at: Seed.moment(2), milliseconds: 12, outcome: "4xx"),
                ])
        },
    ]

    private static let upkeep: [MetadataStoreContract.Check] = [
        .init("what ended long ago goes with its attempts, what is open stays") { store in
            let found: (removed: [Int], left: [Int64], attempts: Int) = try await store.change { transaction in
                let key: Int64 = try insert(transaction, "a")
                try put(transaction, key, [1, 2, 3, 4, 5])
                for event: Int64 in 1...3 {
                    try transaction.insertWebhookAttempt(
                        webhook: key, event: event, at: Seed.moment(), milliseconds: 1, outcome: "2xx")
                    try end(transaction, key, event, event == 2 ? .dead : .delivered, ended: event * 10)
                }
                try end(transaction, key, 4, .failed, due: 1)
                let removed: [Int] = try (0..<3).map { _ in
                    try transaction.removeWebhookDeliveries(endedBefore: Seed.moment(30), limit: 1)
                }
                return (
                    removed,
                    try transaction.webhookDeliveries(webhook: key, status: nil, before: nil, limit: 9).map(\.sequence),
                    try transaction.webhookAttempts(webhook: key, event: 1).count
                )
            }
            try expectEqual(found.removed, [1, 1, 0])
            try expectEqual(found.left, [5, 4, 3])
            try expectEqual(found.attempts, 0)
        },
        .init("deleted webhooks go some rows at a time, old secrets when their time is over") { store in
            let found: (removed: [Int], ids: [String], secrets: [Int], old: [String?]) = try await store.change {
                transaction in
                let key: Int64 = try insert(transaction, "a")
                _ = try insert(transaction, "b")
                try put(transaction, key, [1, 2, 3])
                try transaction.deleteWebhook(key, at: Seed.moment(5))
                let removed: [Int] = try [5, 6, 6, 6, 6].map { moment in
                    try transaction.removeWebhooks(deletedBefore: Seed.moment(moment), limit: 2)
                }
                var secrets: [Int] = []
                var old: [String?] = []
                for moment: Int64 in [8, 9, 10] {
                    secrets.append(try transaction.removeOldWebhookSecrets(at: Seed.moment(moment)))
                    old.append(try transaction.webhook(id: "b")?.state.oldSecret)
                }
                return (removed, try transaction.webhooks().map(\.id), secrets, old)
            }
            try expectEqual(found.removed, [0, 2, 1, 1, 0])
            try expectEqual(found.ids, ["b"])
            try expectEqual(found.secrets, [0, 1, 0])
            try expectEqual(found.old, ["whsec_old", nil, nil])
        },
    ]
}

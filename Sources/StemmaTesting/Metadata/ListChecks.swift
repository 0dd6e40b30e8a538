internal import StemmaRegistry

/// Promises of lists: pages, orders and scopes.
enum ListChecks {
    static let all: [MetadataStoreContract.Check] = [
        .init("pages follow one another without gap or repetition, and the last says so") { store in
            let names: [String] = ["a", "b", "c", "d", "e", "f"]
            try await store.change { transaction in
                for name in names.reversed() { _ = try Seed.model(transaction, name) }
                try transaction.deleteModel(try Seed.model(transaction, "bb"), at: Seed.moment())
            }
            for limit in 1...7 {
                let pages: [[String]] = try await ListWalk.models(store, "name", limit: limit).map { $0.map(\.name) }
                try expectEqual(pages.flatMap { $0 }, names, "limit \(limit)")
                try expectEqual(pages.count, (names.count + limit - 1) / limit, "pages of \(limit)")
            }
            try expectEqual(
                try await ListWalk.models(store, "name desc", limit: 4).flatMap { $0 }.map(\.name), names.reversed())
        },
        .init("rows that are inserted meanwhile move no other row to another place", insertions),
        .init("rows that are inserted by others at the same time cost no page a row", concurrency),
        .init("lists of versions hold drafts and not deleted ones, of one model or of all") { store in
            let ids: [Int64] = try await store.change { transaction in
                let fraud: Int64 = try Seed.model(transaction, "fraud")
                let churn: Int64 = try Seed.model(transaction, "churn")
                _ = try Seed.version(transaction, of: fraud, "1.0.0")
                _ = try Seed.version(transaction, of: fraud, "2.0.0", status: .draft, expires: Seed.moment(9))
                try transaction.deleteVersion(try Seed.version(transaction, of: fraud, "3.0.0"), at: Seed.moment())
                _ = try Seed.version(transaction, of: churn, "1.5.0")
                return [fraud, churn]
            }
            let cases: [(model: Int64?, order: String, wanted: [String])] = [
                (ids[0], "number desc", ["2.0.0", "1.0.0"]), (ids[1], "number", ["1.5.0"]),
                (nil, "version", ["1.0.0", "1.5.0", "2.0.0"]), (404, "number", []),
            ]
            for (model, order, wanted) in cases {
                let pages: [[VersionRecord]] = try await ListWalk.versions(store, model, order, limit: 1)
                try expectEqual(pages.flatMap { $0 }.map(\.version), wanted, order)
            }
        },
        .init("versions are ordered by precedence, not by text") { store in
            let texts: [String] = [
                "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-rc.2", "1.0.0-rc.10", "1.0.0", "1.2.0", "1.10.0",
            ]
            let model: Int64 = try await store.change { transaction in
                let model: Int64 = try Seed.model(transaction, "fraud")
                for text in texts.reversed() { _ = try Seed.version(transaction, of: model, text) }
                return model
            }
            let pages: [[VersionRecord]] = try await ListWalk.versions(store, model, "version", limit: 2)
            try expectEqual(pages.flatMap { $0 }.map(\.version), texts)
        },
        .init("a cursor of another ordering is refused") { store in
            let wrong: [[SortValue]] = [[], [.text("a")], [.text("a"), .integer(1), .integer(1)]]
            for after in wrong {
                try await expectError(.invalidCursor, "\(after)") {
                    let query: ListQuery = try ListWalk.query(.models, "name", after: after, limit: 1)
                    _ = try await store.read { try $0.models(query).rows.count }
                }
            }
        },
        .init("a field of several values orders nothing") { store in
            try await expectError(.invalidFilter, "alias") {
                _ = try await ListWalk.versions(store, nil, "alias", limit: 1)
            }
        },
        .init("a scope means the same in every list, whatever characters names have", scopes),
        .init("the audit log is listed by time, model, principal and action", auditRanges),
    ]

    @Sendable
    private static func insertions(_ store: any MetadataStore) async throws {
        let first: [String] = ["b", "d", "f", "h"]
        try await store.change { transaction in for name in first { _ = try Seed.model(transaction, name) } }
        var seen: [String] = []
        var after: [SortValue]?
        for inserted in ["a", "e", "c", "i", "g"] {
            let query: ListQuery = try ListWalk.query(.models, "name", after: after, limit: 1)
            let page: Page<ModelRecord> = try await store.read { try $0.models(query) }
            seen += page.rows.map(\.name)
            guard let next = page.next else { break }
            after = next
            try await store.change { _ = try Seed.model($0, inserted) }
        }
        // e and c came in behind the place that was reached, g and i before it.
        try expectEqual(seen, ["b", "d", "e", "f", "h"])
    }

    @Sendable
    private static func concurrency(_ store: any MetadataStore) async throws {
        let model: Int64 = try await store.change { transaction in
            let model: Int64 = try Seed.model(transaction, "fraud")
            for number in 0..<100 {
                _ = try Seed.version(transaction, of: model, "1.\(number).0", at: Seed.moment(Int64(number / 7)))
            }
            return model
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<3 {
                group.addTask {
                    for number in 0..<30 {
                        try await store.change { transaction in
                            let created: Timestamp = Seed.moment(Int64(number % 15))
                            _ = try Seed.version(transaction, of: model, "2.\(writer).\(number)", at: created)
                        }
                    }
                }
            }
            for order in ["created_at desc, number", "version", "number desc"] {
                group.addTask {
                    let rows: [VersionRecord] = try await ListWalk.versions(store, model, order, limit: 9).flatMap {
                        $0
                    }
                    try expectEqual(Set(rows.map(\.id)).count, rows.count, "rows that came twice by \(order)")
                    try expectEqual(rows.filter { $0.version.hasPrefix("1.") }.count, 100, "rows kept by \(order)")
                }
            }
            try await group.waitForAll()
        }
    }

    @Sendable
    private static func scopes(_ store: any MetadataStore) async throws {
        let names: [String] = [
            "fraud", "fraud_eu", "Fraud", "a*b", "a?b", "a[b]c", "abc", "[x]", "a]b", "a^b", "ünïcode", "a\\b", "aXb",
            "a%b", "!",
        ]
        let scopes: [[String]] = [
            [], ["*"], ["fraud"], ["fraud*"], ["fraud_??"], ["a[b]c"], ["a?b"], ["a[*"], ["[x]"], ["[a-z]*"], ["[!a]*"],
            ["[^a]*", "!"], ["*]*"], ["?n?code"], ["a\\b"], ["a%b", "F*"], ["**b"], ["*", "x"], [""],
        ]
        try await store.change { transaction in
            for name in names {
                _ = try Seed.version(transaction, of: try Seed.model(transaction, name), "1.0.0")
                try Seed.event(transaction, "model.created", .model(name))
            }
            try Seed.event(transaction, "token.created", .token("t"))
        }
        for patterns in scopes {
            let scope = ModelScope(patterns: patterns)
            let wanted: Set<String> = Set(names.filter(scope.contains))
            let models: [[ModelRecord]] = try await ListWalk.models(store, "name", limit: 4, scope: scope)
            try expectEqual(Set(models.flatMap { $0 }.map(\.name)), wanted, "models in \(patterns)")
            let versions: [[VersionRecord]] = try await ListWalk.versions(store, nil, "model", limit: 4, scope: scope)
            try expectEqual(Set(versions.flatMap { $0 }.map(\.model)), wanted, "versions in \(patterns)")
            let events: [[AuditRecord]] = try await ListWalk.events(store, "sequence", limit: 4, scope: scope)
            let about: [String] = events.flatMap { $0 }.map { $0.resource.model ?? "-" }
            // Events about no model are for those who reach all models.
            try expectEqual(Set(about), scope.isUnlimited ? wanted.union(["-"]) : wanted, "events in \(patterns)")
        }
    }

    @Sendable
    private static func auditRanges(_ store: any MetadataStore) async throws {
        let ids: [Int64] = try await store.change { transaction in
            let ids: [Int64] = [try Seed.principal(transaction), try Seed.principal(transaction, "bob")]
            // Sequence 0 to 7 at the moments 0, 0, 10, 10, 20, 20, 30, 30.
            for number in 0..<8 {
                let resource: ResourceID = number % 3 == 0 ? .registry : .model(number % 2 == 0 ? "fraud" : "churn")
                try Seed.event(
                    transaction, number % 4 == 0 ? "a" : "b", resource, at: Seed.moment(Int64(number / 2 * 10)),
                    principal: ids[number % 2])
            }
            return ids
        }
        let cases: [(range: AuditRange, order: String, wanted: [Int64])] = [
            (AuditRange(), "sequence", Array(0..<8)), (AuditRange(), "sequence desc", (0..<8).reversed()),
            (AuditRange(from: Seed.moment(10)), "sequence", Array(2..<8)),
            (AuditRange(from: Seed.moment(11), to: Seed.moment(30)), "sequence", [4, 5]),
            (AuditRange(to: Seed.moment(0)), "sequence", []), (AuditRange(from: Seed.moment(31)), "sequence", []),
            (AuditRange(to: Seed.moment(99)), "sequence", Array(0..<8)),
            (AuditRange(model: "fraud"), "sequence", [2, 4]),
            (AuditRange(principal: ids[1]), "sequence", [1, 3, 5, 7]),
            (AuditRange(action: "a"), "sequence desc", [4, 0]),
            (AuditRange(from: Seed.moment(10), model: "churn", action: "b"), "sequence", [5, 7]),
            (AuditRange(), "timestamp desc, sequence", [6, 7, 4, 5, 2, 3, 0, 1]),
            (AuditRange(from: Seed.moment(10), to: Seed.moment(20)), "model desc", [2, 3]),
        ]
        for (range, order, wanted) in cases {
            let pages: [[AuditRecord]] = try await ListWalk.events(store, order, range: range, limit: 3)
            try expectEqual(pages.flatMap { $0 }.map(\.sequence), wanted, "\(order) of \(range)")
        }
    }
}

internal import StemmaRegistry

/// Promises of `ComplianceReader` and `ComplianceWriter`, and of `VersionRiskReader` and `VersionRiskWriter`.
enum ComplianceChecks {
    private static func scan(
        _ id: String, frameworks: [String] = ["sox"], models: [String] = ["*"], by principal: Int64,
        at milliseconds: Int64 = 0, cause: ComplianceScanCause = .manual
    ) -> NewComplianceScan {
        NewComplianceScan(
            id: id, cause: cause, started: Seed.moment(milliseconds), principalID: principal, frameworks: frameworks,
            models: models, auditSize: 7, rules: Array(#"[{"id":"A-01"}]"#.utf8), packs: Array("[]".utf8))
    }

    private static let finished = ComplianceScanEnd(
        status: .finished, counts: Array(#"{"A-01":{}}"#.utf8), changes: Array("{}".utf8), subjects: 3, error: nil)

    private static func result(
        _ position: Int64, _ outcomes: String, model: String?, effects: String = ""
    ) -> ComplianceResultRow {
        ComplianceResultRow(
            position: position,
            subject: model == nil ? ComplianceSubjectKey(.registry, 0) : ComplianceSubjectKey(.version, position + 1),
            model: model, version: model == nil ? nil : "1.0.0", outcomes: outcomes, effects: effects)
    }

    private static func state(due: Int64 = 100, severity: String = "high") -> ViolationState {
        ViolationState(
            ruleVersion: 1, frameworks: ["sox", "hipaa"], severity: severity, evidence: Array(#"{"count":1}"#.utf8),
            owner: "ada", ownerRole: "model_owner", due: Seed.moment(due), opened: Seed.moment(),
            lastSeen: Seed.moment(), failures: 1)
    }

    private static func violation(
        _ id: String, rule: String = "A-01", key: Int64, model: String? = "fraud", _ state: ViolationState = state()
    ) -> NewViolation {
        NewViolation(
            id: id, rule: rule, subject: ComplianceSubjectKey(model == nil ? .registry : .version, key),
            subjectID: model.map { "\($0)_v1.0.0" } ?? "registry", model: model,
            version: model == nil ? nil : "1.0.0", state: state)
    }

    private static func query(
        _ filter: String?, scope: ModelScope = .everything, order: String = "due_at"
    ) throws -> ListQuery {
        ListQuery(
            filter: try filter.map { try FilterParser.parse($0, fields: .violations) },
            ordering: try Ordering.parse(order, fields: .violations), after: nil, limit: 50, scope: scope)
    }

    static let all: [MetadataStoreContract.Check] = [
        .init("scans are kept as started and as ended, and the last finished one of everything is found") { store in
            let found: (ids: [String], open: [String], last: String?, narrow: String?, scheduled: Timestamp?) =
                try await store.change { transaction in
                    let ada: Int64 = try Seed.principal(transaction)
                    let first: Int64 = try transaction.insertComplianceScan(scan("s1", by: ada))
                    try transaction.endComplianceScan(first, finished, at: Seed.moment(10))
                    let narrow: Int64 = try transaction.insertComplianceScan(
                        scan("s2", models: ["fraud"], by: ada, at: 20, cause: .scheduled))
                    try transaction.endComplianceScan(narrow, finished, at: Seed.moment(30))
                    _ = try transaction.insertComplianceScan(scan("s3", by: ada, at: 40))
                    return (
                        try transaction.complianceScans(before: nil, limit: 9).map(\.stored.id),
                        try transaction.openComplianceScans().map(\.stored.id),
                        try transaction.lastComplianceScan(of: ["sox"], before: Seed.moment(99))?.stored.id,
                        try transaction.lastComplianceScan(of: ["gdpr"], before: Seed.moment(99))?.stored.id,
                        try transaction.lastScheduledScan()
                    )
                }
            try expectEqual(found.ids, ["s3", "s2", "s1"])
            try expectEqual(found.open, ["s3"])
            try expectEqual(found.last, "s1")
            try expectEqual(found.narrow, nil)
            try expectEqual(found.scheduled, Seed.moment(20))
            let record = try expectSome(try await store.read { try $0.complianceScan(id: "s1") }, "the scan")
            try expectEqual(record.end.status, .finished)
            try expectEqual(record.end.subjects, 3)
            try expectEqual(record.finished, Seed.moment(10))
            try expectEqual(record.stored.auditSize, 7)
            try expectEqual(record.by, "ada")
        },
        .init("results are narrowed by letter, rule, model and scope, counted, and dropped in steps") { store in
            let row: Int64 = try await store.change { transaction in
                let row: Int64 = try transaction.insertComplianceScan(
                    scan("s", by: try Seed.principal(transaction)))
                try transaction.insertComplianceResults(
                    scan: row,
                    [
                        result(0, "pf", model: "fraud", effects: "o"), result(1, "np", model: "churn"),
                        result(2, "pf", model: "fraud", effects: "o"), result(3, "f.", model: nil),
                    ])
                return row
            }
            func positions(
                letter: Character? = nil, rule: Int? = nil, model: String? = nil, scope: [String] = ["*"],
                registry: Bool = true
            ) async throws -> [Int64] {
                try await store.read { reader in
                    try reader.complianceResults(
                        ComplianceResultQuery(
                            scan: row, from: 0, limit: 9, scope: ModelScope(patterns: scope), seesRegistry: registry,
                            model: model, letter: letter, rule: rule)
                    ).map(\.position)
                }
            }
            try expectEqual(try await positions(), [0, 1, 2, 3])
            try expectEqual(try await positions(letter: "f"), [0, 2, 3])
            try expectEqual(try await positions(letter: "f", rule: 0), [3])
            try expectEqual(try await positions(rule: 1), [0, 1, 2])
            try expectEqual(try await positions(model: "churn"), [1])
            try expectEqual(try await positions(scope: ["fr*"]), [0, 2])
            try expectEqual(try await positions(registry: false), [0, 1, 2])
            let totals = try await store.read {
                try $0.complianceTotals(scan: row, scope: ModelScope(patterns: ["fr*"]))
            }
            try expectEqual(totals.map(\.count), [2])
            try expectEqual(totals.map(\.effects), ["o"])
            let steps: [Int] = try await store.change { transaction in
                [
                    try transaction.removeComplianceResults(before: row, limit: 9),
                    try transaction.removeComplianceResults(before: row + 1, limit: 3),
                    try transaction.removeComplianceResults(before: row + 1, limit: 3),
                ]
            }
            try expectEqual(steps, [0, 3, 1])
        },
        .init("violations are found by subject, filter and scope, and a waiver counts until it is over") { store in
            let keys: [Int64] = try await store.change { transaction in
                let ada: Int64 = try Seed.principal(transaction)
                let model: Int64 = try Seed.model(transaction, "fraud")
                let versions: [Int64] = [
                    try Seed.version(transaction, of: model, "1.0.0"),
                    try Seed.version(transaction, of: model, "1.1.0"),
                ]
                let first: Int64 = try transaction.insertViolation(violation("v1", key: versions[0], state(due: 50)))
                let second: Int64 = try transaction.insertViolation(
                    violation("v2", key: versions[1], state(due: 20, severity: "low")))
                _ = try transaction.insertViolation(violation("v3", key: 0, model: nil, state(due: 90)))
                var waived: ViolationState = state(due: 20, severity: "low")
                waived.waiver = ViolationWaiver(
                    at: Seed.moment(1), principalID: ada, reason: "later", expires: Seed.moment(1_000))
                try transaction.updateViolation(second, waived, at: Seed.moment(1))
                try transaction.touchViolation(first, evidence: Array("{}".utf8), seen: Seed.moment(5))
                for kind in [ViolationStepKind.opened, .assigned] {
                    try transaction.addViolationStep(
                        first,
                        NewViolationStep(kind: kind, at: Seed.moment(), principalID: ada, scan: "s", detail: nil))
                }
                return versions
            }
            func ids(
                _ filter: String?, now: Int64 = 10, scope: [String] = ["*"], registry: Bool = true
            ) async throws -> [String] {
                let query: ListQuery = try query(filter, scope: ModelScope(patterns: scope))
                return try await store.read { reader in
                    try reader.violations(query, now: Seed.moment(now), seesRegistry: registry).rows.map(\.id)
                }
            }
            try expectEqual(try await ids(nil), ["v2", "v1", "v3"])
            try expectEqual(try await ids("status = 'open'"), ["v1", "v3"])
            try expectEqual(try await ids("status = 'waived'"), ["v2"])
            try expectEqual(try await ids("status = 'open'", now: 1_000), ["v2", "v1", "v3"])
            try expectEqual(try await ids("framework = 'hipaa' AND severity = 'high'"), ["v1", "v3"])
            try expectEqual(try await ids("framework = 'gdpr'"), [])
            try expectEqual(try await ids("overdue = true", now: 60), ["v2", "v1"])
            try expectEqual(try await ids(nil, scope: ["fr*"]), ["v2", "v1"])
            try expectEqual(try await ids(nil, registry: false), ["v2", "v1"])
            let open: [String] = try await store.read { reader in
                try reader.openViolations(at: Seed.moment(10), limit: 9).map(\.id)
            }
            try expectEqual(open, ["v1", "v3"])
            let record = try expectSome(try await store.read { try $0.violation(id: "v1") }, "the violation")
            try expectEqual(record.state.failures, 2)
            try expectEqual(record.state.lastSeen, Seed.moment(5))
            try expectEqual(record.revision, 1)
            try expectEqual(record.steps, 2)
            let steps = try await store.read { try $0.violationSteps(record.row, limit: 1) }
            try expectEqual(steps.map(\.stored.kind), [.assigned])
            try expectEqual(steps.map(\.by), ["ada"])
            let violating: Set<Int64> = try await store.read { reader in
                try reader.subjectsWithViolations(.version, keys: keys[0]...keys[1])
            }
            try expectEqual(violating, Set(keys))
            try expectEqual(
                try await store.read { try $0.hasOpenViolation(version: keys[0], besides: ["A-01"]) }, false)
            try expectEqual(try await store.read { try $0.hasOpenViolation(version: keys[0], besides: []) }, true)
            let gone: [String] = try await store.change { transaction in
                try transaction.deleteVersion(keys[0], at: Seed.moment(7))
                return try transaction.violationsOfGoneSubjects(after: 0, limit: 9).map(\.id)
            }
            try expectEqual(gone, ["v1"])
        },
        .init("a rule has one violation of a subject") { store in
            var isRefused: Bool = false
            do {
                try await store.change { transaction in
                    _ = try transaction.insertViolation(violation("v1", key: 1))
                    _ = try transaction.insertViolation(violation("v2", rule: "B-01", key: 1))
                    _ = try transaction.insertViolation(violation("v3", key: 1))
                }
            } catch {
                isRefused = true
            }
            try expect(isRefused, "the second one was taken")
        },
        .init("the newest assessment of a risk is the version's, and those before it stay") { store in
            let found: (revisions: [Int64], newest: [UInt8]?, history: [Int64], changed: Bool) = try await store.change
            {
                transaction in
                let model: Int64 = try Seed.model(transaction, "fraud")
                let version: Int64 = try Seed.version(transaction, of: model, "1.0.0")
                let ada: Int64 = try Seed.principal(transaction)
                let before: Int64? = try transaction.version(id: version)?.revision
                let revisions: [Int64] = try ["{}", #"{"tier":1}"#].map { text in
                    try transaction.insertRiskAssessment(
                        version: version, Array(text.utf8), at: Seed.moment(3), by: ada)
                }
                let record: VersionRecord? = try transaction.version(id: version)
                return (
                    revisions, record?.risk,
                    try transaction.riskAssessments(version: version, limit: 9).map(\.revision),
                    record?.revision != before
                )
            }
            try expectEqual(found.revisions, [1, 2])
            try expectEqual(found.newest, Array(#"{"tier":1}"#.utf8))
            try expectEqual(found.history, [2, 1])
            try expect(found.changed, "the version's revision did not move")
        },
        .init("who brought a blob first stays known, whoever brings it again") { store in
            let found: (people: [Int64], ada: Int64) = try await store.change { transaction in
                let (ada, bob): (Int64, Int64) = (
                    try Seed.principal(transaction), try Seed.principal(transaction, "bob")
                )
                let model: Int64 = try Seed.model(transaction, "fraud")
                let version: Int64 = try Seed.version(transaction, of: model, "1.0.0")
                try transaction.putBlob(Seed.digest("b"), sizeBytes: 1, format: "x", at: Seed.moment())
                for person in [ada, bob] { try transaction.putBlobUploader(Seed.digest("b"), principal: person) }
                try transaction.putArtifact(version: version, path: "f", digest: Seed.digest("b"), mediaType: "a/b")
                return (try transaction.blobBringers(version: version), ada)
            }
            try expectEqual(found.people, [found.ada])
        },
        .init("published versions of models in scope are seen with what screens them") { store in
            let rows: [String] = try await store.change { transaction in
                for name in ["fraud", "churn"] {
                    let model: Int64 = try Seed.model(transaction, name)
                    _ = try Seed.version(transaction, of: model, "1.0.0", state: .staging)
                    _ = try Seed.version(transaction, of: model, "1.1.0", status: .draft)
                }
                return try transaction.complianceVersions(
                    keys: 1...100, scope: ModelScope(patterns: ["fr*"])
                ).map { "\($0.model) \($0.version) \($0.state) \($0.hasApprovals) \($0.wasInProduction)" }
            }
            try expectEqual(rows, ["fraud 1.0.0 staging false false"])
        },
    ]
}

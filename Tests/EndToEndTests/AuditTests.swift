import StemmaJSON
import StemmaTesting
import Testing

/// The audit log as auditors read it (API.md, section 9).
@Suite struct AuditTests {
    private static let prepared = Task { () async throws -> String in
        let registry = try await Registry.shared()
        let model = try await registry.model("audited", ["description": "before"])
        _ = try await registry.admin.patch("/v1/models/\(model)", ["description": "after"])
        try await registry.version(model, "1.0.0")
        try await registry.version(model, "1.1.0")
        try await registry.point(model, "candidate", at: "1.0.0")
        _ = try await registry.admin.put(
            "/v1/models/\(model)/aliases/candidate", ["version": "1.1.0", "rationale": "recall, \"quoted\"\nand more"],
            ["X-Request-Id": "move-\(model)"])
        _ = try await registry.admin.delete("/v1/models/\(model)/aliases/candidate")
        _ = try await registry.admin.delete("/v1/models/\(model)/versions/1.0.0")
        return model
    }

    @Test func everyChangeIsOneEvent() async throws {
        let registry = try await Registry.shared()
        let model = try await Self.prepared.value
        let events = try await registry.all("/v1/audit?model=\(model)")
        #expect(events.count == 8, "\(events.compactMap { $0["action"]?.string })")
        for event in events {
            for member in ["audit_id", "timestamp", "action", "user", "resource", "request_id", "leaf_hash"] {
                #expect(event[member] != nil && event[member]?.isNull == false, "no \(member): \(event)")
            }
            #expect(event["sequence"]?.integer != nil)
            for member in ["model_id", "approvers", "rationale", "evidence", "rollback_plan", "changes"] {
                #expect(event[member] != nil, "no \(member): \(event)")
            }
        }
        let sequences = events.compactMap { $0["sequence"]?.integer }
        #expect(
            Set(sequences).count == 8 && (sequences == sequences.sorted() || sequences == sequences.sorted().reversed())
        )
        #expect(Set(events.compactMap { $0["leaf_hash"]?.string }).count == 8)
    }

    @Test func eventTellsWhoWhyAndWhatChanged() async throws {
        let registry = try await Registry.shared()
        let model = try await Self.prepared.value
        let events = try await registry.all("/v1/audit?model=\(model)")
        let move = try #require(events.first { $0["request_id"] == .string("move-\(model)") })
        #expect(move["rationale"] == "recall, \"quoted\"\nand more")
        #expect(
            move["changes"]?["before"]?.mentions("1.0.0") == true
                && move["changes"]?["after"]?.mentions("1.1.0") == true)
        #expect(move["model_id"]?.string?.hasPrefix(model) == true, "\(move)")
        let patch = try #require(events.first { $0["changes"]?["after"]?.mentions("after") == true })
        #expect(patch["changes"]?["before"]?.mentions("before") == true)
        let id = try #require(move["audit_id"]?.string)
        #expect(try await registry.admin.get("/v1/audit/\(encoded(id))").json == move)
        expectProblem(try await registry.admin.get("/v1/audit/absent"), anyOf: [404, 422])
    }

    @Test func logIsNarrowedByModelUserActionAndTime() async throws {
        let registry = try await Registry.shared()
        let model = try await Self.prepared.value
        let events = try await registry.all("/v1/audit?model=\(model)")
        let first = try #require(events.first)
        let user = try #require(first["user"]?.string)
        let action = try #require(first["action"]?.string)
        let byUser = try await registry.all("/v1/audit?model=\(model)&user=\(encoded(user))")
        #expect(byUser.count == events.filter { $0["user"] == first["user"] }.count)
        #expect(try await registry.all("/v1/audit?model=\(model)&user=nobody").isEmpty)
        let byAction = try await registry.all("/v1/audit?model=\(model)&action=\(encoded(action))")
        #expect(!byAction.isEmpty && byAction.allSatisfy { $0["action"] == first["action"] })
        let byFilter = try await registry.all("/v1/audit?model=\(model)&filter=\(encoded("action = '\(action)'"))")
        #expect(byFilter == byAction)
        #expect(try await registry.all("/v1/audit?model=\(model)&to=2020-01-01T00:00:00Z").isEmpty)
        #expect(try await registry.all("/v1/audit?model=\(model)&from=2020-01-01T00:00:00Z").count == events.count)
        #expect(try await registry.all("/v1/audit?model=\(model)&from=2999-01-01T00:00:00Z").isEmpty)
        #expect(try await registry.all("/v1/audit?model=\(model)", limit: 3) == events)
        expectProblem(try await registry.admin.get("/v1/audit?from=yesterday"), anyOf: [400, 422])
    }

    @Test func ndjsonIsTheSameEventsOneALine() async throws {
        let registry = try await Registry.shared()
        let model = try await Self.prepared.value
        let reply = try await registry.admin.get("/v1/audit?model=\(model)", ["Accept": "application/x-ndjson"])
        #expect(reply.status == 200 && reply.mediaType == "application/x-ndjson", "\(reply)")
        #expect(reply.text.hasSuffix("\n"))
        let lines = try reply.text.split(separator: "\n").map { try JSONParser.parse(Array($0.utf8)) }
        let events = try await registry.all("/v1/audit?model=\(model)")
        #expect(Set(lines) == Set(events) && lines.count == events.count)
        let sequences = lines.compactMap { $0["sequence"]?.integer }
        #expect(sequences == sequences.sorted(), "the stream is in the order of the log")
    }

    @Test func csvIsReadBySpreadsheets() async throws {
        let registry = try await Registry.shared()
        let model = try await Self.prepared.value
        let reply = try await registry.admin.get("/v1/audit?model=\(model)", ["Accept": "text/csv"])
        #expect(reply.status == 200 && reply.mediaType == "text/csv", "\(reply)")
        let folder = try ScratchFolder("csv")
        try FileAccess.write(reply.body, to: folder.file("log.csv"))
        let script = """
            import csv, json
            rows = list(csv.DictReader(open("log.csv", newline="", encoding="utf-8")))
            print(json.dumps([dict(row) for row in rows]))
            """
        let run = try await ChildProcess.run("python3", ["-c", script], folder: folder.path)
        let rows = try #require(try JSONParser.parse(Array(run.output.utf8)).array, "\(run.output)")
        let events = try await registry.all("/v1/audit?model=\(model)")
        #expect(rows.count == events.count, "\(reply.text)")
        #expect(Set(rows.compactMap { $0["audit_id"]?.string }) == Set(events.compactMap { $0["audit_id"]?.string }))
        #expect(rows.contains { $0["rationale"]?.string?.contains("recall, \"quoted\"") == true })
    }

    @Test func formulasInCellsAreDefused() async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("formula")
        try await registry.version(model, "1.0.0")
        _ = try await registry.admin.put(
            "/v1/models/\(model)/aliases/candidate", ["version": "1.0.0", "rationale": "=HYPERLINK(1)"])
        let reply = try await registry.admin.get("/v1/audit?model=\(model)", ["Accept": "text/csv"])
        #expect(!reply.text.contains(",=HYPERLINK") && !reply.text.contains(",\"=HYPERLINK"), "\(reply)")
    }

    @Test func otherFormatsAreNotAcceptable() async throws {
        let registry = try await Registry.shared()
        let reply = try await registry.admin.get("/v1/audit", ["Accept": "image/png"])
        #expect(reply.status == 406 || reply.mediaType == "application/json", "\(reply)")
        let any = try await registry.admin.get("/v1/audit?limit=1", ["Accept": "text/html, */*;q=0.1"])
        #expect(any.mediaType == "application/json")
    }

    @Test func logIsWithoutGapsAndKnowsNoWayToChangeIt() async throws {
        let registry = try await Registry.shared()
        let model = try await Self.prepared.value
        let events = try await registry.all("/v1/audit")
        let sequences = events.compactMap { $0["sequence"]?.integer }.sorted()
        let first = try #require(sequences.first)
        #expect(sequences == (0..<sequences.count).map { first + Int64($0) }, "a gap in the log")
        let id = try #require(events.first?["audit_id"]?.string)
        for method in ["DELETE", "PUT", "PATCH"] {
            let reply = try await registry.admin.send(method, "/v1/audit/\(encoded(id))", body: Array("{}".utf8))
            expectProblem(reply, anyOf: [404, 405])
        }
        let times = events.sorted { ($0["sequence"]?.integer ?? 0) < ($1["sequence"]?.integer ?? 0) }
            .compactMap { $0["timestamp"]?.string }
        #expect(times == times.sorted(), "time never runs backwards in the log")
        #expect(!model.isEmpty)
    }

    @Test func refusedAttemptsAreEventsToo() async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("refused")
        let reader = try await registry.client(roles: ["reader"], subject: "curious-reader")
        for _ in 0..<3 { expectProblem(try await reader.patch("/v1/models/\(model)", ["description": "x"]), 403) }
        try await registry.version(model, "1.0.0")
        expectProblem(try await registry.register(model, ["version": "1.0.0", "framework": "other"]), 409)
        try await Patience.wait(for: "the refusals in the log", limit: .seconds(30), pause: .milliseconds(250)) {
            let events = try await registry.all("/v1/audit?user=curious-reader")
            return events.contains { "\($0)".contains("403") || "\($0)".contains("permission_denied") } ? () : nil
        }
        try await Patience.wait(for: "the conflict in the log", limit: .seconds(30), pause: .milliseconds(250)) {
            let events = try await registry.all("/v1/audit")
            return events.contains { "\($0)".contains("version_exists") && "\($0)".contains(model) } ? () : nil
        }
    }

    @Test func emptyRangeHasEmptyForms() async throws {
        let registry = try await Registry.shared()
        let target = "/v1/audit?model=absent-model"
        #expect(try await registry.admin.get(target).json["items"] == [])
        #expect(try await registry.admin.get(target, ["Accept": "application/x-ndjson"]).body.isEmpty)
        let csv = try await registry.admin.get(target, ["Accept": "text/csv"])
        #expect(csv.text.split(whereSeparator: \.isNewline).count == 1, "the head line only: \(csv)")
    }
}

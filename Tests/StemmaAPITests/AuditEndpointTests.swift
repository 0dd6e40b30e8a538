import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

@Suite struct AuditEndpointTests {
    @Test func everyMutationHasItsEventAndNoReadHas() async throws {
        try await APIHarness.with { harness in
            let digest: String = try await harness.putBlob([1])
            _ = await harness.send(.post, "/v1/models", #"{"name":"m"}"#)
            _ = await harness.send(.patch, "/v1/models/m", #"{"owner":"x"}"#)
            _ = await harness.send(.patch, "/v1/models/m", #"{"owner":"x"}"#)
            _ = await harness.send(
                .post, "/v1/models/m/versions", #"{"version":"1.0.0","artifacts":[{"path":"f","digest":"\#(digest)"}]}"#
            )
            _ = await harness.send(.post, "/v1/models/m/versions", #"{"version":"1.1.0","draft":true}"#)
            _ = await harness.ask(.put, "/v1/models/m/versions/1.1.0/artifacts/a", body: .bytes([1]))
            _ = await harness.ask(.delete, "/v1/models/m/versions/1.1.0/artifacts/a")
            _ = await harness.ask(.post, "/v1/models/m/versions/1.1.0/publish")
            _ = await harness.send(.patch, "/v1/models/m/versions/1.0.0", #"{"description":"d"}"#)
            _ = await harness.send(.put, "/v1/models/m/aliases/champion", #"{"version":"1.0.0"}"#)
            _ = await harness.send(.put, "/v1/models/m/aliases/champion", #"{"version":"1.0.0"}"#)
            _ = await harness.ask(.delete, "/v1/models/m/aliases/champion")
            let upload: Reply = await harness.ask(.post, "/v1/uploads", body: .bytes([2]))
            _ = await harness.ask(.post, (upload.headers["location"] ?? "") + "/complete")
            let dropped: Reply = await harness.ask(.post, "/v1/uploads")
            _ = await harness.ask(.delete, dropped.headers["location"] ?? "")
            let token: Reply = await harness.send(.post, "/v1/tokens", #"{"subject":"s","roles":["reader"]}"#)
            _ = await harness.ask(.delete, token.headers["location"] ?? "")
            _ = await harness.ask(.delete, "/v1/models/m/versions/1.1.0")
            _ = await harness.ask(.delete, "/v1/models/m")
            for target in ["/v1/models", "/v1/model-versions", "/v1/tokens", "/v1/audit", "/v1/blobs/" + digest] {
                #expect(await harness.ask(.get, target).status == 200)
            }
            let log: Reply = await harness.ask(.get, "/v1/audit?limit=500")
            #expect(
                log.items("action") == [
                    "create_token", "put_blob", "register_model", "update_model", "register_version",
                    "register_version",
                    "put_artifact", "delete_artifact", "publish_version", "update_version", "set_alias", "delete_alias",
                    "create_upload", "put_blob", "complete_upload", "create_upload", "cancel_upload", "create_token",
                    "revoke_token", "delete_version", "delete_model",
                ])
            #expect(log.items("outcome").allSatisfy { $0 == "success" })
            #expect(!log.text.contains("stm_"))
        }
    }

    @Test func anEventHasTheMembersOfTheContract() async throws {
        try await APIHarness.with { harness in
            try await harness.publish("m", "1.0.0")
            _ = await harness.send(
                .put, "/v1/models/m/aliases/champion", #"{"version":"1.0.0","rationale":"because"}"#)
            let log: Reply = await harness.ask(.get, "/v1/audit?action=set_alias")
            let event: JSONValue = try #require(log.json["items"]?.array?.first)
            #expect(
                event.object?.members.map(\.name) == [
                    "audit_id", "sequence", "timestamp", "action", "outcome", "user", "model_id", "resource",
                    "approvers",
                    "rationale", "evidence", "rollback_plan", "changes", "detail", "client_address", "target",
                    "request_id",
                    "leaf_hash",
                ])
            #expect(event["user"]?.string == "admin")
            #expect(event["model_id"]?.string == "m_v1.0.0")
            #expect(event["rationale"]?.string == "because")
            #expect(event["request_id"]?.string == "test")
            #expect(event["changes"]?["before"]?["version"]?.isNull == true)
            #expect(event["changes"]?["after"]?["version"]?.string == "1.0.0")
            #expect(event["leaf_hash"]?.string?.hasPrefix("sha256:") == true)
            let id: String = try #require(event["audit_id"]?.string)
            #expect(id.hasPrefix("audit_20240115_"))
            #expect(await harness.ask(.get, "/v1/audit/" + id).json == event)
            for absent in [
                "audit_20240116_2", "audit_20240115_99", "audit_20240115_02", "audit_20240115_-1", "x",
                "audit_20240115_",
            ] {
                #expect(await harness.ask(.get, "/v1/audit/" + absent).code == "audit_event_not_found", "\(absent)")
            }
        }
    }

    @Test func theLogNarrows() async throws {
        try await APIHarness.with { harness in
            let ada: String = try await harness.registry.token("ada", roles: ["publisher"])
            for model in ["a", "b"] {
                _ = await harness.send(.post, "/v1/models", #"{"name":"\#(model)"}"#, token: .secret(ada))
                harness.clock.advance(milliseconds: 60_000)
            }
            for (query, count) in [
                ("model=a", 1), ("user=ada", 2), ("user=nobody", 0), ("action=register_model", 2), ("action=none", 0),
                ("from=2024-01-15T10:01:00Z", 1), ("to=2024-01-15T10:01:00Z&action=register_model", 1),
                ("from=2024-01-16", 0), ("model=a&user=ada&action=register_model", 1),
                ("filter=action%20%3D%20%27register_model%27%20AND%20model%20%3D%20%27b%27", 1),
                ("filter=user%20%3D%20%27ada%27", 2), ("filter=sequence%20%3E%3D%202&order_by=sequence%20desc", 2),
            ] {
                let reply: Reply = await harness.ask(.get, "/v1/audit?" + query)
                #expect(reply.json["items"]?.array?.count == count, "\(query): \(reply.text.prefix(300))")
            }
            for query in ["from=x", "to=2024", "from=2024-01-01&from=2024-01-01", "unknown=1"] {
                #expect(await harness.ask(.get, "/v1/audit?" + query).status == 422, "\(query)")
            }
        }
    }

    @Test func refusedAttemptsAreEvents() async throws {
        try await APIHarness.with { harness in
            try await harness.publish("m", "1.0.0")
            let reader: String = try await harness.registry.token("r", roles: ["reader"])
            _ = await harness.ask(.get, "/v1/models", token: .none)
            _ = await harness.ask(.delete, "/v1/models/m", token: .secret(reader))
            for _ in 0..<4 { _ = await harness.send(.post, "/v1/models", #"{"name":"m"}"#) }
            _ = await harness.ask(.get, "/v1/models/absent")
            _ = await harness.ask(.put, "/v1/models", token: .none)
            let log: Reply = await harness.ask(.get, "/v1/audit?filter=outcome%20%3D%20%27refused%27")
            let found: [String] = (log.json["items"]?.array ?? []).map { item in
                let detail: JSONValue = item["detail"] ?? .null
                return
                    "\(item["action"]?.string ?? "") \(detail["status"]?.integer ?? 0) \(detail["count"]?.integer ?? 0) \(item["user"]?.string ?? "-")"
            }
            #expect(
                found == [
                    "list_models 401 1 -", "delete_model 403 1 r", "register_model 409 1 admin", "put 401 1 -",
                    "register_model 409 3 admin",
                ])
        }
    }

    @Test func streamsHoldTheWholeRange() async throws {
        try await APIHarness.with { harness in
            for number in 0..<620 { _ = await harness.send(.post, "/v1/models", #"{"name":"m\#(number)"}"#) }
            let lines: Reply = await harness.ask(
                .get, "/v1/audit?action=register_model", [("accept", "application/x-ndjson")])
            #expect(lines.headers["content-type"] == "application/x-ndjson")
            let texts: [Substring] = lines.text.split(separator: "\n")
            #expect(texts.count == 620)
            let sequences: [Int64] = try texts.compactMap { try JSONParser.parse(Array($0.utf8))["sequence"]?.integer }
            #expect(sequences == Array(1...620))
            let table: Reply = await harness.ask(.get, "/v1/audit", [("accept", "text/csv")])
            #expect(table.headers["content-type"]?.hasPrefix("text/csv") == true)
            #expect(table.text.split(separator: "\r\n").count == 622)
            let none: Reply = await harness.ask(.get, "/v1/audit?model=none", [("accept", "application/x-ndjson")])
            #expect(none.status == 200)
            #expect(none.body.isEmpty)
            let header: Reply = await harness.ask(.get, "/v1/audit?model=none", [("accept", "text/csv")])
            #expect(header.text.hasPrefix("audit_id,sequence,timestamp,action,"))
            // What is wrong is said before a stream begins.
            for accept in ["application/x-ndjson", "text/csv"] {
                #expect(await harness.ask(.get, "/v1/audit?filter=x", [("accept", accept)]).status == 400)
            }
            for accept in ["*/*", "application/json", "text/html", "application/json, text/csv", ""] {
                let page: Reply = await harness.ask(.get, "/v1/audit?limit=1", [("accept", accept)])
                #expect(page.headers["content-type"] == "application/json", "\(accept)")
            }
        }
    }

    /// Cells that a spreadsheet would run, or that would end early, come out as text.
    @Test func cellsAreQuotedAndDefused() async throws {
        try await APIHarness.with { harness in
            try await harness.publish("m", "1.0.0")
            let reasons: [String] = [
                "=1+1", "+1", "-1", "@x", "plain", "a,b", "say \"hi\"", "line\nbreak", "\tx", "\"\u{301}, x", "a\r\nb",
                "=\"x\"",
                "", " =1", "é\u{1F602}",
            ]
            for (number, reason) in reasons.enumerated() {
                var writer = JSONWriter()
                writer.beginObject()
                writer.field("version", "1.0.0")
                writer.field("rationale", reason)
                writer.endObject()
                let text = String(decoding: writer.finish(), as: UTF8.self)
                #expect(await harness.send(.put, "/v1/models/m/aliases/x\(number)", text).status == 201)
            }
            let table: Reply = await harness.ask(.get, "/v1/audit?action=set_alias", [("accept", "text/csv")])
            let rows: [[String]] = try #require(CSVReader.rows(table.body))
            #expect(rows.allSatisfy { $0.count == rows[0].count })
            let column: Int = try #require(rows[0].firstIndex(of: "rationale"))
            let cells: [String] = rows.dropFirst().map { $0[column] }
            let wanted: [String] = reasons.map {
                "=+-@\t\r".contains($0.unicodeScalars.first.map(Character.init) ?? "x") ? "'" + $0 : $0
            }
            #expect(cells == wanted)
        }
    }
}

/// Reads comma-separated values strictly by RFC 4180, byte by byte.
private enum CSVReader {
    /// Nil where a quote stands where none may, or the last line does not end.
    static func rows(_ bytes: [UInt8]) -> [[String]]? {
        var rows: [[String]] = []
        var row: [String] = []
        var position: Int = 0
        while position < bytes.count {
            guard let (cell, next) = cell(bytes, from: position) else { return nil }
            row.append(cell)
            if next < bytes.count, bytes[next] == UInt8(ascii: ",") {
                position = next + 1
            } else if next + 1 < bytes.count, bytes[next] == 13, bytes[next + 1] == 10 {
                rows.append(row)
                row = []
                position = next + 2
            } else {
                return nil
            }
        }
        return row.isEmpty ? rows : nil
    }

    private static func cell(_ bytes: [UInt8], from start: Int) -> (String, Int)? {
        var text: [UInt8] = []
        var position: Int = start
        guard bytes[position] == UInt8(ascii: "\"") else {
            while position < bytes.count, ![44, 13, 10].contains(bytes[position]) {
                guard bytes[position] != UInt8(ascii: "\"") else { return nil }
                text.append(bytes[position])
                position += 1
            }
            return (String(decoding: text, as: UTF8.self), position)
        }
        position += 1
        while position < bytes.count {
            if bytes[position] != UInt8(ascii: "\"") {
                text.append(bytes[position])
                position += 1
            } else if position + 1 < bytes.count, bytes[position + 1] == UInt8(ascii: "\"") {
                text.append(UInt8(ascii: "\""))
                position += 2
            } else {
                return (String(decoding: text, as: UTF8.self), position + 1)
            }
        }
        return nil
    }
}

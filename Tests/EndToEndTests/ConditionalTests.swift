import StemmaJSON
import StemmaTesting
import Testing

/// ETags and the conditions that use them (API.md, section 1; RFC 9110, section 13).
@Suite struct ConditionalTests {
    private func targets(_ registry: Registry) async throws -> [String] {
        let model = try await registry.model("etag")
        try await registry.version(model, "1.0.0")
        try await registry.point(model, "candidate", at: "1.0.0")
        return ["/v1/models/\(model)", "/v1/models/\(model)/versions/1.0.0", "/v1/models/\(model)/aliases/candidate"]
    }

    @Test func matchingTagSavesTheBody() async throws {
        let registry = try await Registry.shared()
        for target in try await targets(registry) {
            let tag = try await registry.admin.get(target).etag
            #expect(tag.wholeMatch(of: /"[^"]+"/) != nil, "\(target): \(tag)")
            for condition in [tag, "*", "\"x\", \(tag)", "W/\(tag)"] {
                let reply = try await registry.admin.get(target, ["If-None-Match": condition])
                #expect(
                    reply.status == 304 && reply.body.isEmpty && reply.etag == tag, "\(target) \(condition): \(reply)")
            }
            #expect(try await registry.admin.get(target, ["If-None-Match": "\"other\""]).status == 200)
            #expect(try await registry.admin.head(target, ["If-None-Match": tag]).status == 304)
        }
    }

    @Test func staleTagStopsAWrite() async throws {
        let registry = try await Registry.shared()
        for target in try await targets(registry) where !target.contains("aliases") {
            let old = try await registry.admin.get(target).etag
            let first = try await registry.admin.patch(target, ["description": "one"], ["If-Match": old])
            #expect(first.status == 200 && first.etag != old, "\(first)")
            let second = try await registry.admin.patch(target, ["description": "two"], ["If-Match": old])
            expectProblem(second, 412, "stale_etag")
            #expect(try await registry.admin.get(target).json["description"] == "one")
            let weak = try await registry.admin.patch(target, ["description": "w"], ["If-Match": "W/\(first.etag)"])
            expectProblem(weak, 412)
            let any = try await registry.admin.patch(target, ["description": "three"], ["If-Match": "*"])
            #expect(any.status == 200)
            expectProblem(try await registry.admin.delete(target, ["If-Match": old]), 412, "stale_etag")
        }
    }

    @Test func aliasMovesOnlyFromWhereItWasSeen() async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("move")
        for version in ["1.0.0", "1.1.0", "1.2.0"] { try await registry.version(model, version) }
        let target = "/v1/models/\(model)/aliases/champion"
        expectProblem(try await registry.admin.put(target, ["version": "1.0.0"], ["If-Match": "\"x\""]), 412)
        let made = try await registry.admin.put(target, ["version": "1.0.0"], ["If-None-Match": "*"])
        #expect(made.isSuccess, "\(made)")
        expectProblem(try await registry.admin.put(target, ["version": "1.1.0"], ["If-None-Match": "*"]), 412)
        let tag = try await registry.admin.get(target).etag
        #expect(made.etag == tag)
        #expect(try await registry.admin.put(target, ["version": "1.1.0"], ["If-Match": tag]).isSuccess)
        expectProblem(try await registry.admin.put(target, ["version": "1.2.0"], ["If-Match": tag]), 412, "stale_etag")
        #expect(try await registry.admin.get(target).json["version"] == "1.1.0")
        expectProblem(try await registry.admin.delete(target, ["If-Match": tag]), 412, "stale_etag")
    }

    /// A version shows its aliases and a model its versions, so a tag of theirs may not outlive a move of an alias.
    @Test func tagChangesWithAllThatIsShown() async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("shown")
        try await registry.version(model, "1.0.0")
        let version = "/v1/models/\(model)/versions/1.0.0"
        let before = try await registry.admin.get(version)
        let modelBefore = try await registry.admin.get("/v1/models/\(model)")
        try await registry.point(model, "champion", at: "1.0.0")
        let after = try await registry.admin.get(version, ["If-None-Match": before.etag])
        #expect(after.status == 200 && after.json["aliases"] == ["champion"], "\(after)")
        #expect(after.json["etag"] != before.json["etag"])
        let modelAfter = try await registry.admin.get("/v1/models/\(model)", ["If-None-Match": modelBefore.etag])
        #expect(modelAfter.status == 200 && modelAfter.etag != modelBefore.etag, "\(modelAfter)")
        try await registry.version(model, "1.1.0")
        let again = try await registry.admin.get("/v1/models/\(model)", ["If-None-Match": modelAfter.etag])
        #expect(again.status == 200, "\(again)")
    }

    @Test func etagMemberIsTheHeader() async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("member")
        try await registry.version(model, "1.0.0")
        let reply = try await registry.admin.get("/v1/models/\(model)/versions/1.0.0")
        let member = try #require(reply.json["etag"]?.string)
        #expect(reply.etag == member || reply.etag == "\"\(member)\"", "\(reply)")
    }

    @Test func ofTwoWritersOneWins() async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("race")
        for number in 0...8 { try await registry.version(model, "1.\(number).0") }
        try await registry.point(model, "champion", at: "1.0.0")
        let target = "/v1/models/\(model)/aliases/champion"
        for round in 0..<4 {
            let tag = try await registry.admin.get(target).etag
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for writer in 1...4 {
                    group.addTask {
                        let version = "1.\((round * 4 + writer) % 9).0"
                        return try await registry.admin.put(target, ["version": .string(version)], ["If-Match": tag])
                            .status
                    }
                }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(statuses.filter { $0 == 200 }.count == 1, "\(statuses)")
            #expect(statuses.filter { $0 == 412 || $0 == 409 }.count == 3, "\(statuses)")
        }
        let history = try await registry.all("\(target)/history")
        #expect(history.count == 5)
    }
}

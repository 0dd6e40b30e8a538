import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

/// Version numbers as registrations get them, through the whole way to the store.
@Suite struct VersionNumberTests {
    private static let base: String =
        #""signature":{"inputs":[{"name":"a","type":"double"}]},"lineage":{"features":["f"]}"#
    private static let broken: String =
        #""signature":{"inputs":[{"name":"b","type":"double"}]},"lineage":{"features":["f"]}"#
    private static let wider: String =
        #""signature":{"inputs":[{"name":"a","type":"double"}]},"lineage":{"features":["f","g"]}"#

    private func version(_ answer: Answer) throws -> String? { try JSONParser.parse(answer.body)["version"]?.string }

    @Test func autoReadsTheChange() async throws {
        try await RegistryFixture.with { fixture in
            let wanted: [(String, String)] = [
                (VersionNumberTests.base, "1.0.0"), (VersionNumberTests.base, "1.0.1"),
                (VersionNumberTests.wider, "1.1.0"),
                (VersionNumberTests.broken, "2.0.0"), (VersionNumberTests.broken, "2.0.1"),
            ]
            for (index, row) in wanted.enumerated() {
                let answer = try await fixture.register("m", #"{"bump":"auto","use_case":"\#(index)",\#(row.0)}"#)
                #expect(try version(answer) == row.1)
            }
        }
    }

    @Test func aDeletedNumberIsNeverGivenAgain() async throws {
        try await RegistryFixture.with { fixture in
            try await fixture.register("m", #"{"bump":"auto"}"#)
            try await fixture.register("m", #"{"bump":"patch","use_case":"x"}"#)
            _ = try await fixture.versions.deleteVersion(model: "m", version: "1.0.1", fixture.registry.context())
            let next = try await fixture.register("m", #"{"bump":"patch","use_case":"y"}"#)
            #expect(try version(next) == "1.0.2")
            #expect(try JSONParser.parse(next.body)["number"]?.integer == 3)
            await expectRefusal(.versionExists) { try await fixture.register("m", #"{"version":"1.0.1"}"#) }
        }
    }

    @Test func tooSmallABumpNeedsAReason() async throws {
        try await RegistryFixture.with { fixture in
            try await fixture.register("m", #"{"version":"1.0.0",\#(VersionNumberTests.base)}"#)
            for request in [#""version":"1.0.1""#, #""version":"1.9.0""#, #""bump":"patch""#, #""bump":"minor""#] {
                await expectRefusal(.bumpTooSmall) {
                    try await fixture.register("m", "{\(request),\(VersionNumberTests.broken)}")
                }
            }
            let answer = try await fixture.register(
                "m", #"{"version":"1.0.1","allow_breaking":true,"rationale":"agreed",\#(VersionNumberTests.broken)}"#)
            #expect(answer.outcome == .created)
            let event: AuditEvent? = try await fixture.registry.events().last
            let leaf: JSONValue = try JSONParser.parse(try #require(event?.record.leaf))
            #expect(leaf["detail"]?["allow_breaking"]?.bool == true)
            #expect(event?.record.privateValues.contains { $0.field == "rationale" } == true)
        }
    }

    /// A version between two others is held against the one before it.
    @Test func anOlderLineIsComparedWithItsOwnPast() async throws {
        try await RegistryFixture.with { fixture in
            try await fixture.register("m", #"{"version":"1.0.0",\#(VersionNumberTests.base)}"#)
            try await fixture.register("m", #"{"version":"2.0.0",\#(VersionNumberTests.broken)}"#)
            let fix = try await fixture.register(
                "m", #"{"version":"1.0.1","use_case":"fix",\#(VersionNumberTests.base)}"#)
            #expect(fix.outcome == .created)
            await expectRefusal(.bumpTooSmall) {
                try await fixture.register("m", #"{"version":"2.0.1",\#(VersionNumberTests.base)}"#)
            }
        }
    }

    @Test func belowOnePointNoughtAMinorMayBreak() async throws {
        try await RegistryFixture.with { fixture in
            try await fixture.register("m", #"{"version":"0.1.0",\#(VersionNumberTests.base)}"#)
            let answer = try await fixture.register("m", #"{"version":"0.2.0",\#(VersionNumberTests.broken)}"#)
            #expect(answer.outcome == .created)
            await expectRefusal(.bumpTooSmall) {
                try await fixture.register("m", #"{"version":"0.2.1",\#(VersionNumberTests.base)}"#)
            }
        }
    }

    @Test func anIdenticalRegistrationIsAnsweredAgain() async throws {
        try await RegistryFixture.with { fixture in
            let body: String = #"{"version":"1.0.0","tags":{"a":"b"},\#(VersionNumberTests.base)}"#
            let first = try await fixture.register("m", body)
            let events: Int = try await fixture.registry.events().count
            let again = try await fixture.register("m", body)
            #expect(again.outcome == .unchanged)
            #expect(again.body == first.body)
            #expect(try await fixture.registry.events().count == events)
            await expectRefusal(.versionExists) { try await fixture.register("m", #"{"version":"1.0.0"}"#) }
            // Build metadata does not make another version (Semantic Versioning 2.0.0, item 10).
            await expectRefusal(.versionExists) { try await fixture.register("m", #"{"version":"1.0.0+x"}"#) }
        }
    }

    /// What a draft was opened with does not excuse what it is published with.
    @Test func aDraftCannotCarryABreakPastTheCheck() async throws {
        try await RegistryFixture.with { fixture in
            try await fixture.register("m", #"{"version":"1.0.0",\#(VersionNumberTests.base)}"#)
            try await fixture.register("m", #"{"version":"1.0.1","draft":true,\#(VersionNumberTests.base)}"#)
            _ = try await fixture.versions.updateVersion(
                model: "m", version: "1.0.1", try parse("{\(VersionNumberTests.broken)}"), fixture.registry.context())
            let artifacts = ArtifactService(core: fixture.core, blobs: fixture.blobService)
            await expectRefusal(.bumpTooSmall) {
                _ = try await artifacts.publishVersion(model: "m", version: "1.0.1", fixture.registry.context())
            }
            await expectRefusal(.validationFailed) {
                _ = try await artifacts.publishVersion(
                    model: "m", version: "1.0.1", body: try parse(#"{"allow_breaking":true}"#),
                    fixture.registry.context())
            }
            let published = try await artifacts.publishVersion(
                model: "m", version: "1.0.1", body: try parse(#"{"allow_breaking":true,"rationale":"agreed"}"#),
                fixture.registry.context())
            #expect(published.outcome == .updated)
            let event: AuditEvent? = try await fixture.registry.events().last
            #expect(event?.record.privateValues.contains { $0.field == "rationale" } == true)
        }
    }
}

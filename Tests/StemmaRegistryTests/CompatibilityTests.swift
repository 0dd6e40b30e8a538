import StemmaJSON
import Testing

@testable import StemmaRegistry

@Suite struct CompatibilityTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let what: String
        let before: String
        let after: String
        let required: VersionBump
        let fields: [String]

        init(_ what: String, _ before: String, _ after: String, _ required: VersionBump, _ fields: [String] = []) {
            self.what = what
            self.before = before
            self.after = after
            self.required = required
            self.fields = fields
        }

        var testDescription: String { what }
    }

    private static func inputs(_ items: String) -> String { #"{"signature":{"inputs":[\#(items)]}}"# }
    private static func outputs(_ items: String) -> String { #"{"signature":{"outputs":[\#(items)]}}"# }
    private static func features(_ items: String) -> String { #"{"lineage":{"features":[\#(items)]}}"# }

    private static let amount: String = #"{"name":"amount","type":"double"}"#
    private static let city: String = #"{"name":"city","type":"string"}"#
    private static let optionalCity: String = #"{"name":"city","type":"string","required":false}"#

    static let rows: [Row] = [
        Row("nothing declared", "{}", "{}", .patch),
        Row("the same signature", inputs(amount), inputs(amount), .patch),
        Row("inputs in another order", inputs("\(amount),\(city)"), inputs("\(city),\(amount)"), .patch),
        Row("only other members differ", #"{"framework":"a"}"#, #"{"framework":"b"}"#, .patch),
        Row("a signature is declared first", "{}", inputs(amount), .patch),
        Row("features are declared first", "{}", features(#""a""#), .patch),
        Row(
            "an input is removed", inputs("\(amount),\(city)"), inputs(amount), .major, ["signature.inputs.city"]),
        Row(
            "a required input is added", inputs(amount), inputs("\(amount),\(city)"), .major, ["signature.inputs.city"]),
        Row(
            "an optional input is added", inputs(amount), inputs("\(amount),\(optionalCity)"), .minor,
            ["signature.inputs.city"]),
        Row("an input becomes required", inputs(optionalCity), inputs(city), .major, ["signature.inputs.city"]),
        Row("an input becomes optional", inputs(city), inputs(optionalCity), .minor, ["signature.inputs.city"]),
        Row(
            "an input changes its type", inputs(amount), inputs(#"{"name":"amount","type":"string"}"#), .major,
            ["signature.inputs.amount"]),
        Row(
            "an input changes its shape", inputs(#"{"name":"x","type":"float","shape":[-1,3]}"#),
            inputs(#"{"name":"x","type":"float","shape":[-1,4]}"#), .major, ["signature.inputs.x"]),
        Row(
            "a shape appears", inputs(#"{"name":"x","type":"float"}"#),
            inputs(#"{"name":"x","type":"float","shape":[-1,4]}"#), .major, ["signature.inputs.x"]),
        Row(
            "a null dimension is the same as -1", inputs(#"{"name":"x","type":"float","shape":[null,3]}"#),
            inputs(#"{"name":"x","type":"float","shape":[-1,3]}"#), .patch),
        Row(
            "required said and unsaid are the same", inputs(amount),
            inputs(#"{"name":"amount","type":"double","required":true}"#), .patch),
        Row("an output is removed", outputs("\(amount),\(city)"), outputs(amount), .major, ["signature.outputs.city"]),
        Row("an output is added", outputs(amount), outputs("\(amount),\(city)"), .minor, ["signature.outputs.city"]),
        Row("an output becomes optional", outputs(city), outputs(optionalCity), .major, ["signature.outputs.city"]),
        Row("an output becomes certain", outputs(optionalCity), outputs(city), .minor, ["signature.outputs.city"]),
        Row(
            "an output changes its type", outputs(amount), outputs(#"{"name":"amount","type":"string"}"#), .major,
            ["signature.outputs.amount"]),
        Row(
            "an input is renamed", inputs(amount), inputs(#"{"name":"sum","type":"double"}"#), .major,
            ["signature.inputs.amount", "signature.inputs.sum"]),
        Row("the signature is dropped", inputs(amount), "{}", .major, ["signature.inputs"]),
        Row("the signature becomes null", inputs(amount), #"{"signature":null}"#, .major, ["signature.inputs"]),
        Row(
            "outputs are dropped", #"{"signature":{"inputs":[\#(amount)],"outputs":[\#(city)]}}"#, inputs(amount),
            .major,
            ["signature.outputs"]),
        Row("empty inputs are dropped", inputs(""), "{}", .patch),
        Row("a feature is removed", features(#""a","b""#), features(#""a""#), .major, ["lineage.features.b"]),
        Row("a feature is added", features(#""a""#), features(#""a","b""#), .minor, ["lineage.features.b"]),
        Row("features in another order", features(#""a","b""#), features(#""b","a""#), .patch),
        Row("the feature list is dropped", features(#""a""#), #"{"lineage":{}}"#, .major, ["lineage.features"]),
        Row("lineage is dropped", features(#""a""#), "{}", .major, ["lineage.features"]),
        Row("the feature list empties", features(#""a""#), features(""), .major, ["lineage.features.a"]),
    ]

    @Test(arguments: CompatibilityTests.rows)
    func asksForTheRightBump(row: Row) throws {
        let before: JSONObject = try #require(try parse(row.before).object)
        let after: JSONObject = try #require(try parse(row.after).object)
        let compatibility = Compatibility(from: before, to: after)
        #expect(compatibility.required == row.required)
        #expect(compatibility.changes.map(\.field) == row.fields)
    }
}

@Suite struct BumpPolicyTests {
    @Test(
        arguments: [
            ("1.2.3", "1.2.4", .patch), ("1.2.3", "1.3.0", .minor), ("1.2.3", "2.0.0", .major),
            ("1.2.3", "1.2.9", .patch),
            ("1.2.3", "1.9.0", .minor), ("0.1.0", "0.1.1", .minor), ("0.1.0", "0.2.0", .major),
            ("0.1.0", "1.0.0", .major),
            ("1.0.0", "1.0.1-rc.1", .patch), ("1.0.0", "2.0.0-rc.1", .major), ("1.0.0-rc.1", "1.0.0", .patch),
        ] as [(String, String, VersionBump)])
    func measures(before: String, after: String, bump: VersionBump) throws {
        let size = BumpPolicy.size(
            from: try #require(SemanticVersion(before)), to: try #require(SemanticVersion(after)))
        #expect(size == bump)
    }

    @Test(
        arguments: [
            ("auto", nil, .patch, "1.0.0"), ("major", nil, .patch, "1.0.0"), ("minor", nil, .patch, "0.1.0"),
            ("patch", nil, .patch, "0.0.1"), ("auto", "1.2.3", .patch, "1.2.4"), ("auto", "1.2.3", .minor, "1.3.0"),
            ("auto", "1.2.3", .major, "2.0.0"), ("major", "1.2.3", .patch, "2.0.0"),
            ("patch", "1.2.3", .major, "1.2.4"),
            ("auto", "0.1.0", .major, "1.0.0"), ("auto", "0.1.0", .minor, "0.2.0"),
        ] as [(String, String?, VersionBump, String)])
    func chooses(request: String, highest: String?, required: VersionBump, next: String) throws {
        let bump: VersionRegistration.BumpRequest =
            request == "auto" ? .auto : .exactly(try #require(VersionBump(rawValue: request)))
        let chosen = try BumpPolicy.next(
            bump, highestEverTaken: highest.flatMap { SemanticVersion($0) }, required: required)
        #expect(chosen.description == next)
    }

    @Test func aTooSmallBumpNamesWhatBreaks() async throws {
        let before: JSONObject = try #require(try parse(#"{"lineage":{"features":["a","b"]}}"#).object)
        let after: JSONObject = try #require(try parse(#"{"lineage":{"features":["c"]}}"#).object)
        let compatibility = Compatibility(from: before, to: after)
        let old: SemanticVersion = try #require(SemanticVersion("1.0.0"))
        let error = await expectRefusal(.bumpTooSmall) {
            try BumpPolicy.check(try #require(SemanticVersion("1.0.1")), after: old, compatibility)
        }
        #expect(error?.members["required_bump"]?.string == "major")
        #expect(error?.members["previous_version"]?.string == "1.0.0")
        let fields: [String]? = error?.members["breaking"]?.array?.compactMap { $0["field"]?.string }
        #expect(fields == ["lineage.features.a", "lineage.features.b", "lineage.features.c"])
        let minor = await expectRefusal(.bumpTooSmall) {
            try BumpPolicy.check(try #require(SemanticVersion("1.1.0")), after: old, compatibility)
        }
        #expect(minor?.members["breaking"]?.array?.count == 2)
        try BumpPolicy.check(try #require(SemanticVersion("2.0.0")), after: old, compatibility)
    }

    @Test func anAddedFeatureIsTooMuchForAPatchOfOnePointNought() async throws {
        let compatibility = Compatibility(
            from: try #require(try parse(#"{"lineage":{"features":["a"]}}"#).object),
            to: try #require(try parse(#"{"lineage":{"features":["a","b"]}}"#).object))
        await expectRefusal(.bumpTooSmall) {
            try BumpPolicy.check(
                try #require(SemanticVersion("1.0.1")), after: try #require(SemanticVersion("1.0.0")), compatibility)
        }
        // Below 1.0.0 a patch may add.
        try BumpPolicy.check(
            try #require(SemanticVersion("0.1.1")), after: try #require(SemanticVersion("0.1.0")), compatibility)
    }

    /// The longest numbers are refused rather than cut.
    @Test func anEndlessNumberIsRefused() async throws {
        let nines = String(repeating: "9", count: 120)
        let highest: SemanticVersion = try #require(SemanticVersion("\(nines).0.0"))
        let next: SemanticVersion? = try? BumpPolicy.next(.exactly(.major), highestEverTaken: highest, required: .patch)
        #expect(next.map { $0.description.utf8.count <= 128 } ?? true)
    }
}

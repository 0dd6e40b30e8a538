import StemmaRegistry
import Testing

@Suite struct NamesTests {
    @Test(
        arguments: [
            "m", "fraud_detection", "Fraud Detection (EU)", "été", "検出モデル", "a.b", "name_v1.0.0", "100%", "x..y", "-",
            "👩‍💻",
            String(repeating: "é", count: 200),
        ])
    func modelNamesThatPass(_ text: String) throws {
        #expect(try ModelName(validating: text).text == text)
    }

    @Test(
        arguments: [
            ("", "must not be empty"),
            (String(repeating: "a", count: 201), "must have at most 200 characters, found 201"),
            ("a/b", "must not contain the character /"), ("a:b", "must not contain the character :"),
            ("a@b", "must not contain the character @"), ("a\\b", "must not contain the character \\"),
            ("..", "must not begin with a dot"), (".hidden", "must not begin with a dot"),
            ("a\u{0}", "must not contain the control character U+0000"),
            ("a\nb", "must not contain the control character U+000A"),
            ("a\u{7F}b", "must not contain the control character U+007F"),
            ("a\u{9B}b", "must not contain the control character U+009B"),
            ("a\u{202E}b", "must not contain the invisible character U+202E"),
            ("a\u{2066}b", "must not contain the invisible character U+2066"),
            ("a\u{200B}b", "must not contain the invisible character U+200B"),
            ("a\u{2028}b", "must not contain the invisible character U+2028"),
            ("a\u{E0041}b", "must not contain the invisible character U+E0041"),
            (" a", "must not begin or end with white space"), ("a\u{A0}", "must not begin or end with white space"),
            ("a\r\n", "must not begin or end with white space"), ("a/\u{301}", "must not contain the character /"),
        ])
    func modelNamesThatFail(_ text: String, _ reason: String) {
        #expect(throws: NameFault(reason)) { try ModelName(validating: text) }
    }

    @Test func modelNamesAreComparedByBytes() throws {
        #expect(try ModelName(validating: "\u{E9}") != ModelName(validating: "e\u{301}"))
        #expect(try ModelName(validating: "a") != ModelName(validating: "A"))
        #expect(try Set([ModelName(validating: "\u{E9}"), ModelName(validating: "e\u{301}")]).count == 2)
    }

    @Test(arguments: [
        "production", "a", "0", "v2", "1.2", "2.x", "Canary-EU_1.x", "v1.2.3.4", String(repeating: "a", count: 64),
    ])
    func aliasesThatPass(_ text: String) throws {
        let alias = try AliasName(validating: text)
        #expect(alias.text == text && !alias.isComputed)
    }

    @Test(
        arguments: [
            "", ".a", "-a", "_a", "a b", "a/b", "a@b", "é", "a\u{301}", "1.2.3", "v1.2.3", "1.2.3-rc.1", "v1.2.3-rc.1",
            "a\n",
            String(repeating: "a", count: 65),
        ])
    func aliasesThatFail(_ text: String) {
        #expect(throws: NameFault.self) { try AliasName(validating: text) }
    }

    @Test func latestIsComputed() throws {
        #expect(try AliasName(validating: "latest").isComputed)
        #expect(try AliasName(validating: "latest") == .latest)
        #expect(try !AliasName(validating: "Latest").isComputed)
    }

    @Test(
        arguments: [
            "model.bin", "a/b/c.txt", ".hidden", "a/.b", "...", "a/...", "a b/c", "été/modèle.onnx", "検出.bin", "a:b",
            "-rf", "%2e%2e",
            "~", "C:", String(repeating: "a", count: 1_024), "\u{AC00}.bin",
        ])
    func pathsThatPass(_ text: String) throws {
        #expect(try ArtifactPath(validating: text).text == text)
    }

    @Test(
        arguments: [
            ("", "must not be empty"), ("/etc/passwd", "must be relative, without a slash in front"),
            ("/", "must be relative, without a slash in front"),
            ("a/", "must name a file, without a slash at the end"), ("a//b", "must not contain an empty segment"),
            (".", "must not contain a segment . or .."), ("..", "must not contain a segment . or .."),
            ("a/../b", "must not contain a segment . or .."), ("a/..", "must not contain a segment . or .."),
            ("./a", "must not contain a segment . or .."), ("a\\b", "must not contain a backslash"),
            ("a\u{0}b", "must not contain the control character U+0000"),
            ("a\r\nb", "must not contain the control character U+000D"),
            ("a\u{85}", "must not contain the control character U+0085"),
            ("e\u{301}.bin", "must be in Unicode normalisation form C"),
            ("\u{212B}", "must be in Unicode normalisation form C"),
            ("\u{1100}\u{1161}", "must be in Unicode normalisation form C"),
            (String(repeating: "é", count: 513), "must have at most 1024 bytes of UTF-8, found 1026"),
        ])
    func pathsThatFail(_ text: String, _ reason: String) {
        #expect(throws: NameFault(reason)) { try ArtifactPath(validating: text) }
    }

    @Test(
        arguments: [
            ("fraud_detection_v2.1.3", "fraud_detection", "2.1.3"),
            ("a_v1.0.0_v2.0.0-rc.1+b", "a_v1.0.0", "2.0.0-rc.1+b"),
            ("_v_v1.0.0", "_v", "1.0.0"), ("été_v0.0.1", "été", "0.0.1"),
        ])
    func modelIDs(_ text: String, _ name: String, _ version: String) throws {
        let id = try ModelID(validating: text)
        #expect(id.name.text == name && id.version.text == version && id.description == text)
        #expect(try ModelID(name: ModelName(validating: name), version: SemanticVersion(validating: version)) == id)
    }

    @Test(
        arguments: [
            "", "a", "a_v", "a_v1", "_v1.0.0", "a_1.0.0", "a_v1.0.0_x", "a/b_v1.0.0", "a_v01.0.0", "a_V1.0.0",
            "a_v1.0.0_v2.0",
            "a_v\u{301}1.0.0", "a__1.0.0",
        ])
    func textsThatAreNoModelID(_ text: String) {
        #expect(throws: NameFault.self) { try ModelID(validating: text) }
    }
}

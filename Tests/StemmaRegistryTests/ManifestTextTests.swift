import StemmaTesting
import Testing

@testable import StemmaRegistry

@Suite struct ManifestTextTests {
    static let scalars: [(text: String, yaml: String)] = [
        ("", #""""#), ("plain", #""plain""#), ("no", #""no""#), ("1.0", #""1.0""#), ("null", #""null""#),
        (#"say "hi" \ bye"#, #""say \"hi\" \\ bye""#), ("a\nb\tc\r", #""a\nb\tc\r""#), ("\u{0}\u{7F}", #""\x00\x7F""#),
        ("é\u{85}\u{2028}\u{FEFF}", #""\xE9\x85\u2028\uFEFF""#), ("🦊", #""\U0001F98A""#),
        ("# - : {}", ##""# - : {}""##),
    ]

    @Test(arguments: scalars)
    func stringsAreQuotedAndASCII(text: String, yaml: String) {
        #expect(YAMLText.quoted(text) == yaml)
    }

    @Test func structureIsIndented() {
        let node: YAMLNode = [
            "a": ["b": 1, "c": [], "d": [:]], "list": [["x": true, "y": ["z": "w"]], "s", [1, 2]],
            "no": "quoted key", "run": .script("set -e\n  echo hi\n"), "odd": .script(" begins with a space\n"),
        ]
        #expect(
            YAMLText.render([node, "scalar"], comment: ["first", "", "é"]) == """
                # first
                #
                # ?
                ---
                a:
                  b: 1
                  c: []
                  d: {}
                list:
                  - x: true
                    "y":
                      z: "w"
                  - "s"
                  -
                    - 1
                    - 2
                "no": "quoted key"
                run: |
                  set -e
                    echo hi
                odd: " begins with a space\\n"
                ---
                "scalar"

                """)
    }

    @Test func namesThatFitAreKept() {
        #expect(ClusterName.label(model: "churn", environment: "production") == "churn-production")
        #expect(ClusterName.label(model: "churn-eu2", environment: "staging") == "churn-eu2-staging")
        #expect(ClusterName.labelValue("Fraud_model.v2") == "Fraud_model.v2")
        #expect(ClusterName.labelValue("1.0.0-rc.1") == "1.0.0-rc.1")
    }

    static let odd: [(model: String, environment: String)] = [
        ("fraud_detection", "production"), ("Fraud-detection", "production"), ("fraud detection", "production"),
        ("fraud--detection", "production"), ("churn", "eu-production"), ("churn-eu", "my-production"), ("42", "x"),
        ("欺诈", "生产"), ("🦊", "\n"), ("\"; rm -rf / #", "a: b\n- c"), (String(repeating: "a", count: 200), "production"),
        (String(repeating: "a", count: 199) + "b", "production"), ("-", "-"), ("e\u{301}", "x"), ("é", "x"),
        ("a", String(repeating: "-", count: 63)), (String(repeating: "a.", count: 60), "x"),
    ]

    /// Whatever it is made of, a name is a label of RFC 1035, and two origins have two names.
    @Test func namesAreLabelsAndStayApart() throws {
        for limit in [36, 63] {
            var seen: Set<String> = []
            for (model, environment) in Self.odd {
                let name: String = ClusterName.label(model: model, environment: environment, limit: limit)
                #expect(try /[a-z]([-a-z0-9]*[a-z0-9])?/.wholeMatch(in: name) != nil, "\(name)")
                #expect(name.count <= limit)
                #expect(seen.insert(name).inserted, "\(name)")
                #expect(ClusterName.label(model: model, environment: environment, limit: limit) == name)
            }
        }
        var values: Set<String> = []
        for text in Set(Self.odd.flatMap { [$0.model, $0.environment] }.map { Array($0.utf8) }) {
            let value: String = ClusterName.labelValue(String(decoding: text, as: UTF8.self))
            #expect(try /[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?/.wholeMatch(in: value) != nil, "\(value)")
            #expect(value.count <= 63)
            #expect(values.insert(value).inserted, "\(value)")
        }
        #expect(ClusterName.labelValue("1.0.0+build.5").hasPrefix("1.0.0_build.5-"))
    }

    static let images: [(text: String, isOne: Bool)] = [
        ("nginx", true), ("nginx:1.27", true), ("team/server:1.2", true), ("localhost/x", true),
        ("registry.example:5000/team/server:1.2-rc_1@sha256:" + String(repeating: "a", count: 64), true),
        ("ghcr.io/acme/serve@sha256:" + String(repeating: "0", count: 64), true), ("Docker.IO/library/x", true),
        ("", false), ("x:", false), ("x y", false), ("x\n", false), ("\"x\"", false), ("x:a:b", false), ("$(x)", false),
        ("Team/server", false), ("a//b", false), ("/a", false), ("a/", false), ("x@sha256:ab", false), ("x@", false),
        ("x@sha512:" + String(repeating: "a", count: 128), false), ("a:99999999/b", false), ("ümlaut", false),
        (String(repeating: "a", count: 501), false), ("x:" + String(repeating: "t", count: 129), false), ("-x", false),
    ]

    @Test(arguments: images)
    func imagesAreTold(text: String, isOne: Bool) {
        #expect((ImageReference.problem(text) == nil) == isOne, "\(ImageReference.problem(text) ?? "taken")")
    }

    static let addresses: [(text: String, kept: String?)] = [
        ("https://stemma.example", "https://stemma.example"), ("http://10.0.0.1:8080/", "http://10.0.0.1:8080"),
        ("https://x.example/stemma//", "https://x.example/stemma"), ("http://[::1]:80", "http://[::1]:80"),
        ("", nil), ("stemma.example", nil), ("ftp://x", nil), ("https://", nil), ("https://user:secret@x", nil),
        ("https://x/?a=b", nil), ("https://x/$(id)", nil), ("https://x\n", nil), ("https://x y", nil),
        ("https://x\"", nil), ("https://x'", nil), ("https://x`id`", nil), ("https://x#y", nil), ("https:///x", nil),
    ]

    @Test(arguments: addresses)
    func addressesAreTold(text: String, kept: String?) {
        #expect(RegistryURL.normalized(text) == kept)
    }

    @Test func hostsAreToldFromPorts() {
        #expect(RegistryURL.host("https://stemma.example:8080/x") == "stemma.example")
        #expect(RegistryURL.host("http://[::1]:80/x") == "::1")
        #expect(RegistryURL.host("http://a/b:c") == "a")
    }
}

import StemmaJSON
import StemmaTesting
import Testing

/// Refusals: one shape for all of them, and every fault of a body in one answer (API.md, section 1).
@Suite struct ProblemTests {
    @Test func unknownFieldIsNamedByPointer() async throws {
        let registry = try await Registry.shared()
        let name = Registry.name("unknown")
        let reply = try await registry.admin.post("/v1/models", ["name": .string(name), "nmae": 1, "tags": ["a": "b"]])
        expectProblem(reply, 422)
        #expect(reply.pointers == ["/nmae"])
        expectProblem(try await registry.admin.get("/v1/models/\(name)"), 404, "model_not_found")
    }

    @Test func everyFaultHasAnEntryOfItsOwn() async throws {
        let registry = try await Registry.shared()
        let reply = try await registry.admin.post(
            "/v1/models", ["name": 5, "description": false, "tags": ["team": 7, "a/b~c": []], "bogus": nil])
        expectProblem(reply, 422)
        #expect(reply.pointers.isSuperset(of: ["/name", "/description", "/tags/team", "/tags/a~1b~0c", "/bogus"]))
    }

    @Test func faultsDeepInVersionMetadataArePointedAt() async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("faults")
        let reply = try await registry.register(
            model,
            [
                "version": "1.0",
                "training_data": ["row_count": "many", "rows": 1],
                "performance_metrics": ["auc_roc": "high"],
                "infrastructure_requirements": ["memory_mb": -1, "gpu_required": 1],
            ])
        expectProblem(reply, 422)
        let expected: Set = [
            "/version", "/training_data/row_count", "/training_data/rows", "/performance_metrics/auc_roc",
            "/infrastructure_requirements/memory_mb", "/infrastructure_requirements/gpu_required",
        ]
        #expect(reply.pointers.isSuperset(of: expected), "\(reply)")
    }

    @Test(arguments: [
        (#"{"name":"a",}"#, 12), (#"{"name" "a"}"#, 8), (#"["#, 1), (#"{} x"#, 3),
    ])
    func malformedJSONIsRefusedWithItsByteOffset(text: String, offset: Int) async throws {
        let registry = try await Registry.shared()
        let reply = try await registry.admin.send(
            "POST", "/v1/models", body: Array(text.utf8), fields: ["Content-Type": "application/json"])
        expectProblem(reply, 400, "malformed_json")
        let numbers = "\(reply.json)".split { !$0.isNumber }.compactMap { Int($0) }
        #expect(numbers.contains(offset), "byte offset \(offset) is not in \(reply)")
    }

    /// Texts that two readers may understand differently, or that cost a reader too much.
    static let hostileTexts: [(name: String, bytes: [UInt8])] = [
        ("duplicate keys", Array(#"{"name":"a","name":"b"}"#.utf8)),
        ("duplicate keys by escape", Array(#"{"name":"a","n\u0061me":"b"}"#.utf8)),
        ("duplicate keys within", Array(#"{"name":"dup","tags":{"a":"1","a":"2"}}"#.utf8)),
        ("lone surrogate", Array(#"{"name":"\ud800"}"#.utf8)),
        ("not a number", Array(#"{"name":"a","metadata":{"x":NaN}}"#.utf8)),
        ("infinite number", Array(#"{"name":"a","metadata":{"x":1e400}}"#.utf8)),
        ("byte order mark", [0xef, 0xbb, 0xbf] + Array(#"{"name":"a"}"#.utf8)),
        ("no UTF-8", Array(#"{"name":""#.utf8) + [0xc3, 0x28] + Array(#""}"#.utf8)),
        ("overlong UTF-8", Array(#"{"name":""#.utf8) + [0xc0, 0xaf] + Array(#""}"#.utf8)),
        ("raw control character", Array("{\"name\":\"a\u{1}\"}".utf8)),
        ("comment", Array(#"{"name":"a"/*x*/}"#.utf8)),
        ("single quotes", Array("{'name':'a'}".utf8)),
        (
            "depth 65",
            Array(
                (#"{"name":"d","metadata":{"x":"# + String(repeating: "[", count: 63)
                    + String(repeating: "]", count: 63) + "}}").utf8)
        ),
        ("depth 100,000", Array(String(repeating: "[", count: 100_000).utf8)),
    ]

    @Test(arguments: hostileTexts.indices)
    func hostileJSONIsRefused(index: Int) async throws {
        let (name, bytes) = Self.hostileTexts[index]
        let registry = try await Registry.shared()
        let reply = try await registry.admin.send(
            "POST", "/v1/models", body: bytes, fields: ["Content-Type": "application/json"])
        #expect(reply.status == 400, "\(name): \(reply)")
        expectProblem(reply, 400)
    }

    @Test func nestingUpToTheLimitIsRead() async throws {
        let registry = try await Registry.shared()
        let name = Registry.name("deep")
        let nest = String(repeating: "[", count: 62) + String(repeating: "]", count: 62)
        let reply = try await registry.admin.send(
            "POST", "/v1/models", body: Array(#"{"name":"\#(name)","metadata":{"x":\#(nest)}}"#.utf8),
            fields: ["Content-Type": "application/json"])
        #expect(reply.status == 201, "\(reply)")
    }

    @Test(arguments: [false, true])
    func jsonOverOneMebibyteIsRefused(chunked: Bool) async throws {
        let registry = try await Registry.shared()
        let text = #"{"name":"big","description":""# + String(repeating: "x", count: 1 << 20) + #""}"#
        let reply: WireReply
        if chunked {
            let size = String(text.utf8.count, radix: 16)
            reply = try await registry.admin.send(
                "POST", "/v1/models",
                fields: ["Content-Type": "application/json", "Transfer-Encoding": "chunked"],
                after: Array("\(size)\r\n\(text)\r\n0\r\n\r\n".utf8))
        } else {
            reply = try await registry.admin.send(
                "POST", "/v1/models", body: Array(text.utf8), fields: ["Content-Type": "application/json"])
        }
        expectProblem(reply, 413, "payload_too_large")
    }

    @Test(arguments: [
        "text/plain", "application/x-www-form-urlencoded", "application/xml", "application/json; charset=latin1",
    ])
    func otherMediaTypesThanJSONAreRefused(mediaType: String) async throws {
        let registry = try await Registry.shared()
        let reply = try await registry.admin.send(
            "POST", "/v1/models", body: Array(#"{"name":"x"}"#.utf8), fields: ["Content-Type": mediaType])
        expectProblem(reply, 415, "unsupported_media_type")
    }

    @Test func bodyWithoutMediaTypeIsRefused() async throws {
        let registry = try await Registry.shared()
        expectProblem(try await registry.admin.send("POST", "/v1/models", body: Array(#"{"name":"x"}"#.utf8)), 415)
    }

    @Test func compressedBodiesAreRefused() async throws {
        let registry = try await Registry.shared()
        let reply = try await registry.admin.post("/v1/models", ["name": "x"], ["Content-Encoding": "gzip"])
        expectProblem(reply, 415)
    }

    @Test(arguments: [
        "/", "/v1", "/v1/nothing", "/v2/models", "/v1/models/a/b/c/d", "/V1/models", "/v1/Models", "/v1//models",
    ])
    func unknownPathsAreNotFound(path: String) async throws {
        expectProblem(try await Registry.shared().admin.get(path), 404)
    }

    @Test func otherMethodsAreNamedByAllow() async throws {
        let reply = try await Registry.shared().admin.send("PUT", "/v1/models", body: [])
        expectProblem(reply, 405)
        let allowed = Set((reply["Allow"] ?? "").split { $0 == "," || $0 == " " }.map(String.init))
        #expect(allowed.isSuperset(of: ["GET", "HEAD", "POST"]), "\(allowed)")
    }

    @Test func unknownMethodIsRefused() async throws {
        expectProblem(try await Registry.shared().admin.send("BREW", "/v1/models"), anyOf: [405, 501])
    }

    @Test(arguments: ["limit=0", "limit=-1", "limit=501", "limit=1000000000", "limit=ten", "limit=", "nonsense=1"])
    func badQueryParametersAreRefused(query: String) async throws {
        expectProblem(try await Registry.shared().admin.get("/v1/models?\(query)"), anyOf: [400, 422])
    }
}

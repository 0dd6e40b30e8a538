import StemmaJSON
import StemmaTesting
import Testing

/// Requests that two readers could frame differently are refused, and the connection with them (RFC 9112;
/// audit-security.md, section 6.1).
///
/// After each one comes a canary request on the same connection. A status alone would not show a desynchronised
/// connection, so the canary must be unanswered (the connection was closed) or answered exactly once, as itself.
@Suite struct SmugglingTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let bytes: [UInt8]
        let statuses: Set<Int>
        var testDescription: String { name }

        /// - Parameter text: `HOST` stands for the daemon's authority; `\n` for CRLF.
        init(_ name: String, _ text: String, _ statuses: Set<Int> = [400]) {
            self.init(raw: name, text.replacing("\n", with: "\r\n"), statuses)
        }

        /// - Parameter text: Sent as it is.
        init(raw name: String, _ text: String, _ statuses: Set<Int> = [400]) {
            self.name = name
            self.bytes = Array(text.utf8)
            self.statuses = statuses
        }
    }

    static let framing: [Case] = [
        .init(
            "length and coding",
            "POST /v1/models HTTP/1.1\nHost: HOST\nContent-Length: 4\nTransfer-Encoding: chunked\n\n0\n\n"),
        .init(
            "coding and length",
            "POST /v1/models HTTP/1.1\nHost: HOST\nTransfer-Encoding: chunked\nContent-Length: 5\n\n0\n\n"),
        .init("two lengths", "POST /v1/models HTTP/1.1\nHost: HOST\nContent-Length: 2\nContent-Length: 3\n\n{}"),
        .init("two equal lengths", "POST /v1/models HTTP/1.1\nHost: HOST\nContent-Length: 2\nContent-Length: 2\n\n{}"),
        .init("list of lengths", "POST /v1/models HTTP/1.1\nHost: HOST\nContent-Length: 2, 2\n\n{}"),
        .init("signed length", "POST /v1/models HTTP/1.1\nHost: HOST\nContent-Length: +2\n\n{}"),
        .init("negative length", "POST /v1/models HTTP/1.1\nHost: HOST\nContent-Length: -1\n\n"),
        .init("hexadecimal length", "POST /v1/models HTTP/1.1\nHost: HOST\nContent-Length: 0x2\n\n{}"),
        .init("length with a space", "POST /v1/models HTTP/1.1\nHost: HOST\nContent-Length: 2 0\n\n{}"),
        .init("length with an underscore", "POST /v1/models HTTP/1.1\nHost: HOST\nContent-Length: 1_0\n\n{}"),
        .init("empty length", "POST /v1/models HTTP/1.1\nHost: HOST\nContent-Length:\n\n"),
        .init(
            "endless length", "POST /v1/models HTTP/1.1\nHost: HOST\nContent-Length: 99999999999999999999\n\n",
            [400, 413]),
        .init(
            "length over 63 bits", "POST /v1/models HTTP/1.1\nHost: HOST\nContent-Length: 9223372036854775808\n\n",
            [400, 413]),
        .init("unknown coding", "POST /v1/models HTTP/1.1\nHost: HOST\nTransfer-Encoding: gzip\n\n", [400, 501]),
        .init(
            "coding before chunked", "POST /v1/models HTTP/1.1\nHost: HOST\nTransfer-Encoding: gzip, chunked\n\n0\n\n",
            [400, 501]),
        .init(
            "chunked twice", "POST /v1/models HTTP/1.1\nHost: HOST\nTransfer-Encoding: chunked, chunked\n\n0\n\n",
            [400, 501]),
        .init(
            "two coding fields",
            "POST /v1/models HTTP/1.1\nHost: HOST\nTransfer-Encoding: chunked\nTransfer-Encoding: identity\n\n0\n\n",
            [400, 501]),
        .init(
            "chunked not last", "POST /v1/models HTTP/1.1\nHost: HOST\nTransfer-Encoding: chunked, identity\n\n0\n\n",
            [400, 501]),
        .init("empty coding", "POST /v1/models HTTP/1.1\nHost: HOST\nTransfer-Encoding:\n\n", [400, 501]),
        .init(
            "quoted coding", "POST /v1/models HTTP/1.1\nHost: HOST\nTransfer-Encoding: \"chunked\"\n\n0\n\n",
            [400, 501]),
        .init(
            "vertical tab in coding", "POST /v1/models HTTP/1.1\nHost: HOST\nTransfer-Encoding: \u{b}chunked\n\n0\n\n",
            [400, 501]),
        .init("coding with 1.0", "POST /v1/models HTTP/1.0\nHost: HOST\nTransfer-Encoding: chunked\n\n0\n\n"),
        .init("space before colon", "POST /v1/models HTTP/1.1\nHost: HOST\nTransfer-Encoding : chunked\n\n0\n\n"),
        .init("tab before colon", "POST /v1/models HTTP/1.1\nHost: HOST\nContent-Length\t: 2\n\n{}"),
        .init("folded line", "POST /v1/models HTTP/1.1\nHost: HOST\nX-A: b\n Content-Length: 2\n\n"),
        .init("folded first line", "GET /v1/models HTTP/1.1\n Host: HOST\nHost: HOST\n\n"),
        .init("line without colon", "GET /v1/models HTTP/1.1\nHost: HOST\nnonsense\n\n"),
        .init("empty name", "GET /v1/models HTTP/1.1\nHost: HOST\n: value\n\n"),
        .init("name is no token", "GET /v1/models HTTP/1.1\nHost: HOST\nX(Y): value\n\n"),
        .init("control character in a value", "GET /v1/models HTTP/1.1\nHost: HOST\nX-A: a\u{1}b\n\n"),
        .init("zero byte in a value", "GET /v1/models HTTP/1.1\nHost: HOST\nX-A: a\u{0}b\n\n"),
        .init(raw: "bare line feeds", "GET /v1/models HTTP/1.1\nHost: HOST\n\n"),
        .init(raw: "a bare line feed", "GET /v1/models HTTP/1.1\r\nHost: HOST\nX-A: b\r\n\r\n"),
        .init(
            raw: "a bare carriage return", "GET /v1/models HTTP/1.1\r\nHost: HOST\r\nX-A: b\rContent-Length: 2\r\n\r\n"),
        .init(raw: "a head that ends with a bare line feed", "GET /v1/models HTTP/1.1\r\nHost: HOST\r\n\n"),
    ]

    static let chunks: [Case] =
        [
            ("sign", "+2\n{}\n0\n\n"), ("minus", "-2\n{}\n0\n\n"), ("prefix", "0x2\n{}\n0\n\n"),
            ("underscore", "0_2\n{}\n0\n\n"),
            ("leading space", " 2\n{}\n0\n\n"), ("trailing space", "2 \n{}\n0\n\n"), ("nothing", "\n{}\n0\n\n"),
            ("no number", "zz\n{}\n0\n\n"), ("17 digits", "00000000000000002\n{}\n0\n\n"),
            ("overflow", "ffffffffffffffff\n{}\n0\n\n"),
            ("data too long", "2\n{}xx\n0\n\n"), ("data without end", "2\n{}0\n\n"),
        ].map {
            Case("chunk size: \($0.0)", "POST /v1/models HTTP/1.1\nHost: HOST\nTransfer-Encoding: chunked\n\n\($0.1)")
        } + [
            .init(
                raw: "chunk size: bare line feed",
                "POST /v1/models HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n2\n{}\r\n0\r\n\r\n"),
            .init(
                raw: "chunk extension: bare line feed",
                "POST /v1/models HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n2;a\nb\r\n{}\r\n0\r\n\r\n"),
            .init(
                "chunk extension: endless",
                "POST /v1/models HTTP/1.1\nHost: HOST\nTransfer-Encoding: chunked\n\n2;\(String(repeating: "a", count: 5_000))\n{}\n0\n\n",
                [400, 413]),
        ]

    static let targets: [Case] = [
        .init("no host", "GET /v1/models HTTP/1.1\n\n"),
        .init("two hosts", "GET /v1/models HTTP/1.1\nHost: HOST\nHost: HOST\n\n"),
        .init("empty host", "GET /v1/models HTTP/1.1\nHost:\n\n"),
        .init("host with user", "GET /v1/models HTTP/1.1\nHost: a@HOST\n\n"),
        .init("host with path", "GET /v1/models HTTP/1.1\nHost: HOST/x\n\n"),
        .init("host with comma", "GET /v1/models HTTP/1.1\nHost: HOST,HOST\n\n"),
        .init("asterisk", "GET * HTTP/1.1\nHost: HOST\n\n"),
        .init("other authority", "GET http://elsewhere.example/v1/models HTTP/1.1\nHost: HOST\n\n"),
        .init("no path", "GET v1/models HTTP/1.1\nHost: HOST\n\n"),
        .init("connect", "CONNECT HOST HTTP/1.1\nHost: HOST\n\n", [400, 405, 501]),
        .init("fragment", "GET /v1/models#x HTTP/1.1\nHost: HOST\n\n"),
        .init("space in the target", "GET /v1/mo dels HTTP/1.1\nHost: HOST\n\n"),
        .init("two spaces", "GET  /v1/models HTTP/1.1\nHost: HOST\n\n"),
        .init("tab", "GET\t/v1/models HTTP/1.1\nHost: HOST\n\n"),
        .init("raw UTF-8 in the target", "GET /v1/modèles HTTP/1.1\nHost: HOST\n\n"),
        .init("control in the target", "GET /v1/\u{7}models HTTP/1.1\nHost: HOST\n\n"),
        .init("method is no token", "G@T /v1/models HTTP/1.1\nHost: HOST\n\n"),
        .init("no version", "GET /v1/models\nHost: HOST\n\n"),
        .init("HTTP/2", "GET /v1/models HTTP/2.0\nHost: HOST\n\n", [505]),
        .init("HTTP/1.2", "GET /v1/models HTTP/1.2\nHost: HOST\n\n", [505]),
        .init("HTTP/0.9", "GET /v1/models HTTP/0.9\nHost: HOST\n\n", [505]),
        .init("lower-case version", "GET /v1/models http/1.1\nHost: HOST\n\n"),
        .init("a TLS greeting", "\u{16}\u{3}\u{1}\u{0}\u{5}hello\n\n"),
        .init("HTTP/2 preface", "PRI * HTTP/2.0\n\nSM\n\n", [400, 505]),
        .init("long target", "GET /\(String(repeating: "a", count: 9_000)) HTTP/1.1\nHost: HOST\n\n", [414]),
        .init(
            "long field", "GET /v1/models HTTP/1.1\nHost: HOST\nX-A: \(String(repeating: "a", count: 40_000))\n\n",
            [431]),
        .init(
            "many fields",
            "GET /v1/models HTTP/1.1\nHost: HOST\n\((0..<150).map { "X-\($0): a\n" }.joined())\n", [431]),
    ]

    @Test(arguments: framing + chunks + targets)
    func ambiguousRequestIsRefusedWithItsConnection(shape: Case) async throws {
        let registry = try await Registry.shared()
        let host = registry.daemon.endpoint.authority
        let connection = try await WireConnection(registry.daemon.endpoint, timeout: 20)
        defer { connection.close() }
        let canary = registry.anonymous.head(
            "GET", "/v1/canary", length: nil, fields: ["X-Request-Id": "canary"], keepOpen: true)
        let text = String(decoding: shape.bytes, as: UTF8.self).replacing("HOST", with: host)
        do { try await connection.send(Array(text.utf8) + canary) } catch is SystemFailure {}
        let replies = try await connection.repliesToEnd()
        let first = try #require(replies.first, "no answer at all")
        #expect(replies.count == 1, "the connection went on: \(replies)")
        #expect(shape.statuses.contains(first.status), "\(first)")
        expectProblem(first, anyOf: Array(shape.statuses))
        #expect(first.closes, "\(first)")
        #expect(first["X-Request-Id"] != "canary")
    }

    static let allowed: [Case] = [
        .init("absolute form", "GET http://HOST/healthz HTTP/1.1\nHost: HOST\n\n", [200]),
        .init("empty line before the request", "\nGET /healthz HTTP/1.1\nHost: HOST\n\n", [200]),
        .init("asterisk with OPTIONS", "OPTIONS * HTTP/1.1\nHost: HOST\n\n", [200, 204, 404, 405]),
        .init("zero length", "GET /healthz HTTP/1.1\nHost: HOST\nContent-Length: 0\n\n", [200]),
        .init(
            "chunked in upper case",
            "POST /v1/models HTTP/1.1\nHost: HOST\nContent-Type: application/json\nTransfer-Encoding: CHUNKED\n\n2\n{}\n0\n\n",
            [401]),
        .init(
            "chunk extension and trailer",
            "POST /v1/models HTTP/1.1\nHost: HOST\nContent-Type: application/json\nTransfer-Encoding: chunked\n\n2;a=\"b\"\n{}\n0\nX-T: v\n\n",
            [401]),
        .init("white space around a value", "GET /healthz HTTP/1.1\nHost:  \t HOST \t\nX-A:\n\n", [200]),
    ]

    /// A request that is merely unusual is answered, and the canary after it as itself or not at all.
    @Test(arguments: allowed)
    func unusualRequestKeepsItsFrame(shape: Case) async throws {
        let registry = try await Registry.shared()
        let host = registry.daemon.endpoint.authority
        let connection = try await WireConnection(registry.daemon.endpoint, timeout: 20)
        defer { connection.close() }
        let canary = registry.anonymous.head("GET", "/v1/canary", length: nil, fields: ["X-Request-Id": "canary"])
        let text = String(decoding: shape.bytes, as: UTF8.self).replacing("HOST", with: host)
        try await connection.send(Array(text.utf8) + canary)
        let replies = try await connection.repliesToEnd()
        let first = try #require(replies.first)
        #expect(shape.statuses.contains(first.status), "\(first)")
        #expect(replies.count == (first.closes ? 1 : 2), "\(replies)")
        if replies.count == 2 {
            #expect(replies[1]["X-Request-Id"] == "canary" && [401, 404].contains(replies[1].status))
        }
    }

    /// An answer given before the body was read must not let the body be read as the next request.
    @Test(arguments: ["/v1/models", "/v1/nothing", "/v1/blobs/sha256:\(String(repeating: "0", count: 64))"])
    func unreadBodyIsNoRequest(target: String) async throws {
        let registry = try await Registry.shared()
        let connection = try await WireConnection(registry.daemon.endpoint, timeout: 20)
        defer { connection.close() }
        let smuggled = registry.anonymous.head("GET", "/v1/canary", length: nil, fields: ["X-Request-Id": "canary"])
        let head = registry.anonymous.head("PUT", target, length: smuggled.count, keepOpen: true)
        try await connection.send(head + smuggled)
        connection.finishWriting()
        let replies = try await connection.repliesToEnd()
        #expect(replies.count == 1 && replies[0]["X-Request-Id"] != "canary", "\(replies)")
    }
}

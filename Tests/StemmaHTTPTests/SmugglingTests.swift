import StemmaHTTP
import StemmaTesting
import Testing

/// Requests whose end two parsers could disagree about, each followed by a canary on the same connection. The canary must
/// be answered not at all, because the connection was closed, or exactly once, as itself.
@Suite struct SmugglingTests {
    private static let canary = "GET /canary HTTP/1.1\r\nHost: a\r\n\r\n"
    private static let hidden = "GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n"

    private static func post(_ fields: String, _ body: String) -> String {
        "POST /echo HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\r\n\(body)"
    }

    private static let corpus: [(String, String)] = [
        ("CL.TE", post("Content-Length: 6\r\nTransfer-Encoding: chunked", "0\r\n\r\nG")),
        ("TE.CL", post("Transfer-Encoding: chunked\r\nContent-Length: 4", "5c\r\n\(hidden)0\r\n\r\n")),
        ("TE.TE obfuscated by case and space", post("Transfer-Encoding : chunked\r\nContent-Length: 5", "0\r\n\r\n")),
        (
            "TE with a tab before the value's end",
            post("Transfer-Encoding: chunked\t,\r\nContent-Length: 5", "0\r\n\r\n")
        ),
        ("TE folded", post("Transfer-Encoding:\r\n chunked", "0\r\n\r\n\(hidden)")),
        ("TE with vertical tab", post("Transfer-Encoding: \u{0B}chunked", "0\r\n\r\n\(hidden)")),
        ("TE twice", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", "0\r\n\r\n\(hidden)")),
        ("TE list", post("Transfer-Encoding: identity, chunked", "0\r\n\r\n\(hidden)")),
        ("TE unknown", post("Transfer-Encoding: cow", hidden)),
        ("TE empty", post("Transfer-Encoding: ", hidden)),
        ("TE in HTTP/1.0", "POST /echo HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n\(hidden)"),
        ("CL twice, different", post("Content-Length: 0\r\nContent-Length: \(hidden.utf8.count)", hidden)),
        (
            "CL twice, equal",
            post("Content-Length: \(hidden.utf8.count)\r\nContent-Length: \(hidden.utf8.count)", hidden)
        ),
        ("CL list", post("Content-Length: 0, \(hidden.utf8.count)", hidden)),
        ("CL signed", post("Content-Length: +0", hidden)),
        ("CL with a space inside", post("Content-Length: 1 0", hidden)),
        ("CL beyond 64 bits", post("Content-Length: 18446744073709551616", hidden)),
        ("CL name with a space", post("Content-Length : 0", hidden)),
        ("CL after a bare LF", post("X: a\nContent-Length: 5", hidden)),
        ("CL after a bare CR", post("X: a\rContent-Length: 5", hidden)),
        ("NUL in a name", post("Content\u{0}-Length: 5", hidden)),
        ("chunk size overflow", post("Transfer-Encoding: chunked", "10000000000000000\r\n\(hidden)")),
        ("chunk size in C notation", post("Transfer-Encoding: chunked", "0x0\r\n\r\n\(hidden)")),
        ("chunk size with underscore", post("Transfer-Encoding: chunked", "0_0\r\n\r\n\(hidden)")),
        ("chunk size with a bare LF", post("Transfer-Encoding: chunked", "0\n\n\(hidden)")),
        ("chunk extension with a bare LF", post("Transfer-Encoding: chunked", "2;\nxx\r\n0\r\n\r\n\(hidden)")),
        ("chunk without its CRLF", post("Transfer-Encoding: chunked", "1\r\nx0\r\n\r\n\(hidden)")),
        ("chunk longer than its size", post("Transfer-Encoding: chunked", "1\r\nxyz\r\n0\r\n\r\n\(hidden)")),
        ("trailer that frames", post("Transfer-Encoding: chunked", "0\r\nContent-Length: 40\r\n\r\n")),
        ("trailer without colon", post("Transfer-Encoding: chunked", "0\r\n\(hidden)")),
        ("two Hosts", "GET /echo HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
        ("absolute form for another host", "GET http://b/echo HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("request line with a bare LF", "GET /echo HTTP/1.1\nHost: a\r\n\r\n"),
        (
            "body that nobody reads",
            "POST /careless HTTP/1.1\r\nHost: a\r\nContent-Length: \(hidden.utf8.count)\r\n\r\n\(hidden)"
        ),
        (
            "chunked body that nobody reads",
            "POST /careless HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"
        ),
        ("body of a GET", "GET /hello HTTP/1.1\r\nHost: a\r\nContent-Length: \(hidden.utf8.count)\r\n\r\n\(hidden)"),
        (
            "body of an inline GET",
            "GET /inline/x HTTP/1.1\r\nHost: a\r\nContent-Length: \(hidden.utf8.count)\r\n\r\n\(hidden)"
        ),
        (
            "body of a refused method",
            "BREW /hello HTTP/1.1\r\nHost: a\r\nContent-Length: \(hidden.utf8.count)\r\n\r\n\(hidden)"
        ),
        (
            "body of a missing path",
            "POST /no HTTP/1.1\r\nHost: a\r\nContent-Length: \(hidden.utf8.count)\r\n\r\n\(hidden)"
        ),
        (
            "expectation with the body already sent",
            "POST /careless HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: \(hidden.utf8.count)\r\n\r\n\(hidden)"
        ),
        (
            "unknown expectation",
            "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 200\r\nContent-Length: \(hidden.utf8.count)\r\n\r\n\(hidden)"
        ),
        ("well-formed length", post("Content-Length: \(hidden.utf8.count)", hidden)),
        ("well-formed chunks", post("Transfer-Encoding: chunked", "1\r\nx\r\n0\r\n\r\n")),
        ("length zero", post("Content-Length: 0", "")),
    ]

    @Test func noCanaryIsLostOrMultiplied() async throws {
        let canaries = Gathered<String>()
        let canaryRoute = Route(method: .get, pattern: "/canary", access: "test") { _ in
            canaries.add("canary")
            return HTTPResponse(status: 200, body: .bytes(Array("canary".utf8)))
        }
        let hiddenRoute = Route(method: .get, pattern: "/hidden", access: "test") { _ in
            canaries.add("hidden")
            return HTTPResponse(status: 200, body: .bytes(Array("hidden".utf8)))
        }
        try await LiveServer.run([echoBody, careless, hello, inlineHello, canaryRoute, hiddenRoute]) { live in
            for (name, text) in Self.corpus {
                let before = canaries.all.count
                let answers = try await live.talk { client in
                    try client.send(text + Self.canary)
                    client.halfClose()
                    var answers: [RawResponse] = []
                    while let response = try client.readResponse() { answers.append(response) }
                    return answers
                }
                let after = Array(canaries.all.dropFirst(before))
                #expect(after.isEmpty || after == ["canary"], "\(name): \(after)")
                let first = try #require(answers.first, "\(name): no answer")
                if first["connection"] == "close" {
                    #expect(answers.count == 1 && after.isEmpty, "\(name): answers after the last")
                } else {
                    #expect(answers.count == 2 && answers.last?.text == "canary", "\(name): \(answers.map(\.status))")
                }
            }
        }
    }
}

import StemmaHTTP
import StemmaTesting
import Testing

/// Feeds the same bytes whole, split in two at every place, and byte by byte; the outcome must not depend on it.
func parseEveryWay(_ text: String, settings: ParserSettings = ParserSettings()) -> (ParseOutcome, RequestParser) {
    let bytes = Array(text.utf8)
    return bytes.withUnsafeBytes { buffer in
        let base = buffer.baseAddress!
        var whole = RequestParser()
        let outcome = whole.parse(base, buffer.count, settings: settings)
        for split in 0..<buffer.count {
            var parser = RequestParser()
            let first = parser.parse(base, split, settings: settings)
            let second = first == .incomplete ? parser.parse(base, buffer.count, settings: settings) : first
            #expect(second == outcome, "split at \(split) of \(text.debugDescription)")
        }
        var dripped = RequestParser()
        var last = ParseOutcome.incomplete
        for count in 1...buffer.count where last == .incomplete {
            last = dripped.parse(base, count, settings: settings)
        }
        #expect(last == outcome, "dripped: \(text.debugDescription)")
        return (outcome, dripped)
    }
}

private func request(_ line: String, _ fields: String...) -> String {
    ([line] + fields).map { $0 + "\r\n" }.joined() + "\r\n"
}

@Suite struct RequestParserTests {
    @Test func readsAPlainRequest() throws {
        let text = request("GET /v1/models?limit=5 HTTP/1.1", "Host: example.com:8080", "X-Odd:  a\tb  ", "Empty:")
        let (outcome, parser) = parseEveryWay(text)
        #expect(outcome == .complete(headBytes: text.utf8.count))
        let head = parser.head
        #expect(head.method == .get)
        #expect(head.keepsAlive && !head.hasBody && head.hasQuery && head.minorVersion == 1)
        Array(text.utf8).withUnsafeBytes { bytes in
            let base = bytes.baseAddress!
            #expect(head.path.text(in: base) == "/v1/models")
            #expect(head.query.text(in: base) == "limit=5")
            #expect(head.host.text(in: base) == "example.com:8080")
            let fields = [("host", "example.com:8080"), ("x-odd", "a\tb"), ("empty", "")]
            #expect(head.fields(in: base) == HTTPFields(fields))
        }
    }

    static let accepted: [(String, String)] = [
        ("every method", request("OPTIONS /a HTTP/1.1", "Host: a")),
        ("an unknown method", request("PROPFIND /a HTTP/1.1", "Host: a")),
        ("asterisk", request("OPTIONS * HTTP/1.1", "Host: a")),
        ("absolute form", request("GET http://a.example/x?y HTTP/1.1", "Host: a.example")),
        ("absolute form, other case", request("GET HTTP://A.Example/x HTTP/1.1", "host: a.example")),
        ("absolute form without a path", request("GET http://a HTTP/1.1", "Host: a")),
        ("HTTP/1.0 without Host", request("GET / HTTP/1.0")),
        ("an IPv6 host", request("GET / HTTP/1.1", "Host: [::1]:80")),
        ("a host without a port number", request("GET / HTTP/1.1", "Host: a:")),
        ("one empty line before", "\r\n" + request("GET / HTTP/1.1", "Host: a")),
        ("shell characters in the path", request("GET /m/^2.1/@production HTTP/1.1", "Host: a")),
        ("shell characters in the query", request("GET /m?filter=a>1|\"x\" HTTP/1.1", "Host: a")),
        ("a dot in a segment", request("GET /.hidden/a..b/... HTTP/1.1", "Host: a")),
        ("bytes above ASCII in a value", request("GET / HTTP/1.1", "Host: a", "X: caf\u{e9}")),
        ("a length", request("POST / HTTP/1.1", "Host: a", "Content-Length: 9223372036854775807")),
        ("a length with zeros", request("POST / HTTP/1.1", "Host: a", "Content-Length: 0005")),
        ("chunked", request("POST / HTTP/1.1", "Host: a", "Transfer-Encoding: CHUNKED")),
        ("continue", request("POST / HTTP/1.1", "Host: a", "Expect: 100-Continue", "Content-Length: 1")),
        (
            "a hundred fields",
            request("GET / HTTP/1.1", (0..<99).map { "F\($0): 1" }.joined(separator: "\r\n"), "Host: a")
        ),
    ]

    @Test(arguments: accepted) func accepts(_ name: String, _ text: String) {
        let (outcome, _) = parseEveryWay(text)
        #expect(outcome == .complete(headBytes: text.utf8.count))
    }

    static let refused: [(MessageFault, String)] = [
        (.malformedRequestLine, request("GET /", "Host: a")),
        (.malformedRequestLine, request("GET  / HTTP/1.1", "Host: a")),
        (.malformedRequestLine, request("GET / HTTP/1.1 ", "Host: a")),
        (.malformedRequestLine, request("GET /a b HTTP/1.1", "Host: a")),
        (.malformedRequestLine, request(" GET / HTTP/1.1", "Host: a")),
        (.malformedRequestLine, request("GET\t/\tHTTP/1.1", "Host: a")),
        (.malformedRequestLine, request("G@T / HTTP/1.1", "Host: a")),
        (.malformedRequestLine, request("GET / http/1.1", "Host: a")),
        (.malformedRequestLine, request("GET / HTTP/1.10", "Host: a")),
        (.malformedRequestLine, request("GET / HTTP/11", "Host: a")),
        (.malformedRequestLine, request("/ HTTP/1.1", "Host: a")),
        (.malformedRequestLine, "\r\n\r\n" + request("GET / HTTP/1.1", "Host: a")),
        (.unsupportedVersion, request("GET / HTTP/2.0", "Host: a")),
        (.unsupportedVersion, request("GET / HTTP/1.2", "Host: a")),
        (.unsupportedVersion, request("GET / HTTP/0.9", "Host: a")),
        (.bareLineFeed, "GET / HTTP/1.1\nHost: a\n\n"),
        (.bareLineFeed, "GET / HTTP/1.1\r\nHost: a\n\r\n"),
        (.bareLineFeed, "GET / HTTP/1.1\r\nHost: a\r\nX: a\nTransfer-Encoding: chunked\r\n\r\n"),
        (.bareCarriageReturn, "GET / HTTP/1.1\r\nHost: a\r\nX: a\rY: b\r\n\r\n"),
        (.bareCarriageReturn, "GET / HTTP/1.1\rHost: a\r\n\r\n"),
        (.bareCarriageReturn, "GET / HTTP/1.1\r\r\nHost: a\r\n\r\n"),
        (.controlCharacter, request("GET / HTTP/1.1", "Host: a", "X: a\u{0}b")),
        (.controlCharacter, request("GET / HTTP/1.1", "Host: a", "X: \u{7F}")),
        (.controlCharacter, request("GET /\u{1} HTTP/1.1", "Host: a")),
        (.obsoleteFold, request("GET / HTTP/1.1", "Host: a", "X: a", " b")),
        (.obsoleteFold, request("GET / HTTP/1.1", "\tHost: a")),
        (.malformedField, request("GET / HTTP/1.1", "Host : a")),
        (.malformedField, request("GET / HTTP/1.1", "Host: a", ": empty")),
        (.malformedField, request("GET / HTTP/1.1", "Host: a", "no colon")),
        (.malformedField, request("GET / HTTP/1.1", "Host: a", "X[]: a")),
        (.malformedField, request("GET / HTTP/1.1", "Host: a", "Content\u{e9}: a")),
        (.malformedTarget, request("GET a HTTP/1.1", "Host: a")),
        (.malformedTarget, request("GET /a#b HTTP/1.1", "Host: a")),
        (.malformedTarget, request("GET /a\\b HTTP/1.1", "Host: a")),
        (.malformedTarget, request("GET /caf\u{e9} HTTP/1.1", "Host: a")),
        (.malformedTarget, request("GET /a?caf\u{e9} HTTP/1.1", "Host: a")),
        (.malformedTarget, request("CONNECT a:443 HTTP/1.1", "Host: a:443")),
        (.malformedTarget, request("GET ftp://a/ HTTP/1.1", "Host: a")),
        (.malformedTarget, request("GET http:///a HTTP/1.1", "Host: a")),
        (.malformedTarget, request("GET http://u@a/ HTTP/1.1", "Host: a")),
        (.malformedTarget, request("OPTIONS ** HTTP/1.1", "Host: a")),
        (.asteriskWithoutOptions, request("GET * HTTP/1.1", "Host: a")),
        (.dotSegment, request("GET /../etc HTTP/1.1", "Host: a")),
        (.dotSegment, request("GET /a/./b HTTP/1.1", "Host: a")),
        (.dotSegment, request("GET /a/.. HTTP/1.1", "Host: a")),
        (.dotSegment, request("GET /a/..?x HTTP/1.1", "Host: a")),
        (.missingHost, request("GET / HTTP/1.1")),
        (.missingHost, request("GET http://a/ HTTP/1.1")),
        (.severalHosts, request("GET / HTTP/1.1", "Host: a", "Host: a")),
        (.severalHosts, request("GET / HTTP/1.0", "Host: a", "host: b")),
        (.malformedHost, request("GET / HTTP/1.1", "Host:")),
        (.malformedHost, request("GET / HTTP/1.1", "Host: a, b")),
        (.malformedHost, request("GET / HTTP/1.1", "Host: u@a")),
        (.malformedHost, request("GET / HTTP/1.1", "Host: a/b")),
        (.malformedHost, request("GET / HTTP/1.1", "Host: a b")),
        (.malformedHost, request("GET / HTTP/1.1", "Host: a:99999")),
        (.malformedHost, request("GET / HTTP/1.1", "Host: a:8o")),
        (.malformedHost, request("GET / HTTP/1.1", "Host: [::1")),
        (.malformedHost, request("GET / HTTP/1.1", "Host: [::1]x")),
        (.malformedHost, request("GET / HTTP/1.1", "Host: :80")),
        (.authorityMismatch, request("GET http://a/ HTTP/1.1", "Host: b")),
        (.authorityMismatch, request("GET http://a:81/ HTTP/1.1", "Host: a")),
        (.severalContentLengths, request("POST / HTTP/1.1", "Host: a", "Content-Length: 5", "Content-Length: 5")),
        (.malformedContentLength, request("POST / HTTP/1.1", "Host: a", "Content-Length: 5, 5")),
        (.malformedContentLength, request("POST / HTTP/1.1", "Host: a", "Content-Length: +5")),
        (.malformedContentLength, request("POST / HTTP/1.1", "Host: a", "Content-Length: -1")),
        (.malformedContentLength, request("POST / HTTP/1.1", "Host: a", "Content-Length: 0x5")),
        (.malformedContentLength, request("POST / HTTP/1.1", "Host: a", "Content-Length: 5 5")),
        (.malformedContentLength, request("POST / HTTP/1.1", "Host: a", "Content-Length: 1_0")),
        (.malformedContentLength, request("POST / HTTP/1.1", "Host: a", "Content-Length:")),
        (.malformedContentLength, request("POST / HTTP/1.1", "Host: a", "Content-Length: 9223372036854775808")),
        (.malformedContentLength, request("POST / HTTP/1.1", "Host: a", "Content-Length: 99999999999999999999")),
        (
            .lengthAndTransferCoding,
            request("POST / HTTP/1.1", "Host: a", "Content-Length: 5", "Transfer-Encoding: chunked")
        ),
        (
            .lengthAndTransferCoding,
            request("POST / HTTP/1.1", "Host: a", "Transfer-Encoding: chunked", "Content-Length: 0")
        ),
        (
            .severalTransferCodings,
            request("POST / HTTP/1.1", "Host: a", "Transfer-Encoding: chunked", "Transfer-Encoding: chunked")
        ),
        (.emptyTransferCoding, request("POST / HTTP/1.1", "Host: a", "Transfer-Encoding:")),
        (.unknownTransferCoding, request("POST / HTTP/1.1", "Host: a", "Transfer-Encoding: gzip, chunked")),
        (.unknownTransferCoding, request("POST / HTTP/1.1", "Host: a", "Transfer-Encoding: chunked, chunked")),
        (.unknownTransferCoding, request("POST / HTTP/1.1", "Host: a", "Transfer-Encoding: identity")),
        (.unknownTransferCoding, request("POST / HTTP/1.1", "Host: a", "Transfer-Encoding: xchunked")),
        (.unknownTransferCoding, request("POST / HTTP/1.1", "Host: a", "Transfer-Encoding: \"chunked\"")),
        (.transferCodingInOldVersion, request("POST / HTTP/1.0", "Host: a", "Transfer-Encoding: chunked")),
        (.severalAuthorizations, request("GET / HTTP/1.1", "Host: a", "Authorization: A", "Authorization: B")),
        (.unknownExpectation, request("POST / HTTP/1.1", "Host: a", "Expect: gold")),
        (.unknownExpectation, request("POST / HTTP/1.1", "Host: a", "Expect: 100-continue", "Expect: 100-continue")),
        (.tooManyFields, request("GET / HTTP/1.1", (0..<100).map { "F\($0): 1" }.joined(separator: "\r\n"), "Host: a")),
        (.targetTooLong, request("GET /" + String(repeating: "a", count: 8 * 1024) + " HTTP/1.1", "Host: a")),
        (.targetTooLong, request("GET /" + String(repeating: "a", count: 9 * 1024) + " HTTP/1.1", "Host: a")),
        (.headTooLarge, request("GET / HTTP/1.1", "Host: a", "X: " + String(repeating: "a", count: 32 * 1024))),
    ]

    @Test(arguments: refused) func refuses(_ fault: MessageFault, _ text: String) {
        let (outcome, _) = parseEveryWay(text)
        #expect(outcome == .refused(fault), "\(text.prefix(200).debugDescription)")
    }

    @Test func everyFaultHasAnAnswerThatCloses() {
        for fault in MessageFault.allCases {
            #expect([400, 414, 417, 431, 501, 505].contains(fault.error.status))
            #expect(!fault.error.detail.isEmpty && !fault.error.code.isEmpty)
        }
    }

    @Test(arguments: [
        ("Connection: close", false), ("Connection: Keep-Alive", true), ("Connection: foo, CLOSE", false),
        ("Connection: closed", true), ("X: close", true),
    ]) func knowsWhetherTheConnectionStays(_ field: String, _ keeps: Bool) {
        let (_, parser) = parseEveryWay(request("GET / HTTP/1.1", "Host: a", field))
        #expect(parser.head.keepsAlive == keeps)
    }

    @Test func endsAtTheEmptyLine() {
        let first = request("POST / HTTP/1.1", "Host: a", "Content-Length: 5")
        let (outcome, parser) = parseEveryWay(first + "helloGET / HTTP/1.1\r\n")
        #expect(outcome == .complete(headBytes: first.utf8.count))
        #expect(parser.head.contentLength == 5 && parser.head.hasBody)
    }

    @Test func notesFieldsThatInlineHandlersCannotSee() {
        let settings = ParserSettings(inlineBypassFields: ["Stemma-Custom", "range"])
        for (field, bypasses) in [("stemma-custom: a", true), ("RANGE: x", true), ("Stemma-Customs: a", false)] {
            let (_, parser) = parseEveryWay(request("GET / HTTP/1.1", "Host: a", field), settings: settings)
            #expect(parser.head.bypassesInline == bypasses, "\(field)")
        }
    }

    @Test(arguments: [
        (["Stemma-Consumer: scorer"], "scorer", false), (["STEMMA-CONSUMER: \t batch job 7 "], "batch job 7", false),
        (["Stemma-Consumer:"], "", false), (["Stemma-Consumers: a"], "", false), (["Stemma_Consumer: a"], "", false),
        // Two names are for the ordinary handler to refuse.
        (["stemma-consumer: a", "Stemma-Consumer: b"], "b", true),
    ]) func notesTheConsumer(_ fields: [String], _ name: String, _ bypasses: Bool) {
        let text = request("GET /m/production HTTP/1.1", (["Host: a"] + fields).joined(separator: "\r\n"))
        let (outcome, parser) = parseEveryWay(text)
        #expect(outcome == .complete(headBytes: text.utf8.count))
        Array(text.utf8).withUnsafeBytes { bytes in
            #expect(parser.head.consumer.text(in: bytes.baseAddress!) == name)
        }
        #expect(parser.head.bypassesInline == bypasses)
    }

    /// Random damage to a good request never crashes the parser, and splitting never changes its verdict.
    @Test func survivesDamage() {
        var random = SeededRandom.fromEnvironment("PARSER_SEED")
        let good = Array(request("POST /v1/a?b=c HTTP/1.1", "Host: a", "Content-Length: 5", "X: y").utf8)
        for _ in 0..<2_000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let at = Int.random(in: 0..<bytes.count, using: &random)
                bytes[at] = UInt8.random(in: 0...255, using: &random)
            }
            let split = Int.random(in: 0...bytes.count, using: &random)
            bytes.withUnsafeBytes { buffer in
                let settings = ParserSettings()
                var whole = RequestParser()
                let outcome = whole.parse(buffer.baseAddress!, buffer.count, settings: settings)
                var parts = RequestParser()
                let first = parts.parse(buffer.baseAddress!, split, settings: settings)
                let second =
                    first == .incomplete ? parts.parse(buffer.baseAddress!, buffer.count, settings: settings) : first
                #expect(outcome == second, "seed \(random.seed): \(bytes)")
            }
        }
    }
}

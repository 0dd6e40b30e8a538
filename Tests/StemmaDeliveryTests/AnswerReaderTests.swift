import Testing

@testable import StemmaDelivery

@Suite struct AnswerReaderTests {
    private static let good: [(String, Int, Int?)] = [
        ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, nil),
        ("HTTP/1.0 204\r\n\r\n", 204, nil),
        ("HTTP/1.1 200 x\r\nTransfer-Encoding: gzip, chunked\r\nContent-Length: many\r\n\r\n", 200, nil),
        ("HTTP/1.1 204 \r\n\r\n", 204, nil),
        ("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\n\r\nbody", 302, nil),
        ("HTTP/1.1 503 x\r\nRetry-After: 30\r\n\r\n", 503, 30),
        ("HTTP/1.1 503 x\r\nRETRY-AFTER:\t30 \r\nX: y\r\n\r\n", 503, 30),
        ("HTTP/1.1 503 x\r\nRetry-After: 30\r\nRetry-After: 60\r\n\r\n", 503, 60),
        ("HTTP/1.1 503 x\r\nRetry-After: 3 0\r\nX-Retry-After: 5\r\n\r\n", 503, nil),
        ("HTTP/1.1 503 x\r\nRetry-After:\r\nEmpty:\r\n\r\n", 503, nil),
        ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nRetry-After: 9\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", 200, nil),
        ("HTTP/1.1 599 caf\u{E9}\r\nX: caf\u{E9}\r\n\r\n", 599, nil),
    ]

    @Test(arguments: good)
    func readsHeads(text: String, status: Int, retryAfterSeconds: Int?) throws {
        let expected = AnswerHead(status: status, retryAfterSeconds: retryAfterSeconds)
        var whole = AnswerReader()
        #expect(try whole.add(Array(text.utf8)) == expected)
        // One byte after the other.
        var reader = AnswerReader()
        var found: AnswerHead?
        for byte in text.utf8 where found == nil { found = try reader.add([byte]) }
        #expect(found == expected)
    }

    @Test(arguments: [
        "SSH-2.0-OpenSSH_9.2\r\n", "-ERR unknown command\r\n", "220 mail.example ESMTP\r\n", "<html>",
        "http/1.1 200 OK",
        "HTTP/2 200\r\n\r\n", "HTTP/1.2 200 OK\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.1  200 OK\r\n\r\n", "HTTP/1.1 200OK\r\n\r\n", "HTTP/1.1 +20 OK\r\n\r\n", "HTTP/1.1 099 x\r\n\r\n",
        "HTTP/1.1 600 x\r\n\r\n", "HTTP/1.1 101 Switching Protocols\r\n\r\n", "HTTP/1.1 200 OK\r\nX\r\n\r\n",
        "HTTP/1.1 200 OK\r\n: x\r\n\r\n", "HTTP/1.1 200 OK\r\nX : y\r\n\r\n", "HTTP/1.1 200 OK\r\nX: y\r\n z\r\n\r\n",
        "HTTP/1.1 200 OK\nX: y\r\n\r\n", "HTTP/1.1 200 OK\r\nX: y\rz\r\n\r\n", "HTTP/1.1 200 OK\r\nX: \u{0}\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\ngarbage\r\n\r\n", "\r\nHTTP/1.1 200 OK\r\n\r\n",
    ])
    func refusesWhatIsNoHead(text: String) {
        var whole = AnswerReader()
        #expect(throws: DeliveryFailure.protocol) { try whole.add(Array(text.utf8)) }
        var reader = AnswerReader()
        #expect(throws: DeliveryFailure.protocol) {
            for byte in text.utf8 { _ = try reader.add([byte]) }
        }
    }

    @Test func theLimitIsExact() throws {
        let limit: Int = DeliveryLimits.answerHeadMaxBytes
        let start: String = "HTTP/1.1 200 OK\r\nX: "
        let longest: [UInt8] =
            Array(start.utf8) + [UInt8](repeating: 0x78, count: limit - start.utf8.count - 4) + Array("\r\n\r\n".utf8)
        #expect(longest.count == limit)
        var reader = AnswerReader()
        #expect(try reader.add(longest + Array("the body".utf8))?.status == 200)
        var piecewise = AnswerReader()
        #expect(try piecewise.add(Array(longest.dropLast())) == nil)
        #expect(try piecewise.add([0x0A])?.status == 200)
        var tooLong = AnswerReader()
        #expect(throws: DeliveryFailure.protocol) {
            try tooLong.add(Array(start.utf8) + [0x78] + longest.dropFirst(start.utf8.count))
        }
        // Interim answers count, so that they cannot go on for ever.
        var interim = AnswerReader()
        #expect(throws: DeliveryFailure.protocol) {
            for _ in 0...limit / 25 { _ = try interim.add(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)) }
        }
    }

    @Test func knowsWhereBodiesEnd() throws {
        func framing(_ fields: String, _ status: Int = 200) throws -> AnswerFraming {
            var reader = AnswerReader()
            _ = try reader.add(Array("HTTP/1.1 \(status) x\r\n\(fields)\r\nrest".utf8))
            #expect(reader.body == Array("rest".utf8))
            return try reader.framing()
        }
        #expect(try framing("Content-Length: 7\r\n").length == 7)
        #expect(try framing("Content-Length: 7\r\nContent-Length: 7\r\n").length == 7)
        #expect(try framing("").length == nil)
        #expect(try framing("", 204).length == 0)
        let chunked: AnswerFraming = try framing("Transfer-Encoding: Chunked\r\n")
        #expect(chunked.isChunked && chunked.length == nil)
        for bad in [
            "Content-Length: -1\r\n", "Content-Length: x\r\n", "Content-Length: 7\r\nContent-Length: 8\r\n",
            "Transfer-Encoding: gzip\r\n",
        ] {
            #expect(throws: DeliveryFailure.protocol, "\(bad)") { _ = try framing(bad) }
        }
    }

    @Test(
        arguments: [
            ("0\r\n\r\n", ""), ("3\r\nabc\r\n0\r\n\r\n", "abc"),
            ("3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\n", "abc0123456789"),
            ("3\r\nab", nil), ("3\r\nabc\r\n", nil), ("", nil),
        ] as [(String, String?)])
    func readsChunks(text: String, body: String?) throws {
        #expect(try AnswerFraming.decodeChunks(Array(text.utf8)) == body.map { Array($0.utf8) })
    }

    @Test(arguments: ["x\r\n", "\r\n", "-1\r\n", "3\r\nabcd\r\n", "fffffffff\r\n"])
    func refusesBadChunks(text: String) {
        #expect(throws: DeliveryFailure.protocol) { _ = try AnswerFraming.decodeChunks(Array(text.utf8)) }
    }
}

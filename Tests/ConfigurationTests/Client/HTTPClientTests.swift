import Glibc
import StemmaHTTP
import Testing

@Suite("HTTP client", .timeLimit(.minutes(1)))
struct HTTPClientTests {
    private static let headEnd: String = "\r\n\r\n"

    private static func answer(_ body: String, status: String = "200 OK", more: String = "") -> String {
        "HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\(more)\r\n\(body)"
    }

    @Test(
        "addresses",
        arguments: [
            ("http://127.0.0.1:8765", "http://127.0.0.1:8765", "127.0.0.1:8765"),
            ("http://localhost/", "http://localhost", "localhost"),
            ("http://[::1]:90/", "http://[::1]:90", "[::1]:90"),
            ("http://[::1]", "http://[::1]", "[::1]"),
            ("unix:/run/stemma.sock", "unix:/run/stemma.sock", "localhost"),
        ])
    func addresses(_ text: String, _ description: String, _ host: String) throws {
        let address = try HTTPClientAddress(text)
        #expect(address.description == description)
        #expect(address.hostField == host)
    }

    @Test(
        "bad addresses",
        arguments: [
            "", "127.0.0.1:8765", "https://127.0.0.1", "http://", "http://:80", "http://a:99999", "http://a:x",
            "http://a/b",
            "http://user@host", "http://a b", "unix:", "http://a:+5", "unix:" + String(repeating: "x", count: 108),
        ])
    func badAddresses(_ text: String) {
        #expect(throws: HTTPClientError.badAddress(text)) { try HTTPClientAddress(text) }
    }

    @Test("one connection carries several requests")
    func keepAlive() throws {
        let server = try ScriptedServer([
            .read(until: Self.headEnd), .send(Self.answer("one")), .read(until: "body"), .send(Self.answer("two")),
            .read(until: Self.headEnd), .drip(Self.answer("three", more: "X-Field:  padded \r\n")),
        ])
        let client = HTTPClient(server.address)
        #expect(try client.send(HTTPClientRequest("GET", "/a?b=c", fields: HTTPFields([("X-Own", "1")]))).text == "one")
        #expect(try client.send(HTTPClientRequest("POST", "/b", body: .bytes(Array("body".utf8)))).text == "two")
        let third: HTTPClientResponse = try client.send(HTTPClientRequest("PUT", "/c"))
        #expect(third.text == "three")
        #expect(third.fields["x-field"] == "padded")
        #expect(client.connectionCount == 1)
        #expect(server.waitUntilPlayed())
        let host: String = server.address.hostField
        #expect(
            server.received == [
                "GET /a?b=c HTTP/1.1\r\nx-own: 1\r\nhost: \(host)\r\n\r\n",
                "POST /b HTTP/1.1\r\nhost: \(host)\r\ncontent-length: 4\r\n\r\nbody",
                "PUT /c HTTP/1.1\r\nhost: \(host)\r\ncontent-length: 0\r\n\r\n",
            ])
    }

    @Test("IPv6 and Unix-domain sockets")
    func otherSockets() throws {
        let directory = try TemporaryDirectory()
        let script: [ScriptedServer.Step] = [.read(until: Self.headEnd), .send(Self.answer("ok"))]
        for server in [
            try ScriptedServer(host: "::1", script), try ScriptedServer(unixPath: directory.path + "/s", script),
        ] {
            #expect(try HTTPClient(server.address).send(HTTPClientRequest("GET", "/")).text == "ok")
        }
    }

    @Test(
        "bodies are framed by the rules of RFC 9112 section 6.3",
        arguments: [
            (
                "GET",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nT: r\r\n\r\n",
                "abc0123456789"
            ),
            ("GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", ""),
            ("GET", "HTTP/1.0 200\r\n\r\nuntil the end", "until the end"),
            ("GET", "HTTP/1.1 204 No Content\r\n\r\n", ""),
            ("GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", ""),
            ("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", ""),
            ("GET", "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "hi"),
        ], [false, true])
    func framing(_ example: (method: String, answer: String, body: String), _ isDripped: Bool) throws {
        let server = try ScriptedServer([
            .read(until: Self.headEnd), isDripped ? .drip(example.answer) : .send(example.answer),
        ])
        let response = try HTTPClient(server.address).send(HTTPClientRequest(example.method, "/"))
        #expect(response.text == example.body)
    }

    @Test(
        "what is not an answer is refused",
        arguments: [
            "HTTP/2 200 OK\r\n\r\n", "HTTP/1.1 2x0 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi",
            "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n", "HTTP/1.1 200",
            "HTTP/1.1 200 OK\r\nX: " + String(repeating: "x", count: 70_000),
        ])
    func malformed(_ answer: String) throws {
        let server = try ScriptedServer([.read(until: Self.headEnd), .send(answer)])
        let error: HTTPClientError? = #expect(throws: HTTPClientError.self) {
            try HTTPClient(server.address).send(HTTPClientRequest("GET", "/"))
        }
        guard case .malformed = error else {
            Issue.record("not malformed: \(error.map(\.description) ?? "none")")
            return
        }
    }

    @Test(
        "an answer that breaks off is an error",
        arguments: [
            "", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhi",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhi",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n",
        ])
    func brokenOff(_ answer: String) throws {
        let server = try ScriptedServer([.read(until: Self.headEnd), .send(answer)])
        #expect(throws: HTTPClientError.closedEarly) {
            try HTTPClient(server.address).send(HTTPClientRequest("GET", "/"))
        }
    }

    @Test("a connection that the server has closed is opened again")
    func reconnects() throws {
        let script: [ScriptedServer.Step] = [.read(until: Self.headEnd), .send(Self.answer("ok"))]
        let closing: [ScriptedServer.Step] = [
            .read(until: Self.headEnd), .send(Self.answer("ok", more: "Connection: close\r\n")), .waitForClose,
        ]
        let server = try ScriptedServer(script, closing, script)
        let client = HTTPClient(server.address)
        for _ in 0..<3 { #expect(try client.send(HTTPClientRequest("GET", "/")).status == 200) }
        #expect(client.connectionCount == 3)
    }

    @Test("a request that a kept connection lost is repeated only where that is safe")
    func repeats() throws {
        for (method, isRepeated) in [("GET", true), ("POST", false)] {
            let lost: [ScriptedServer.Step] = [
                .read(until: Self.headEnd), .send(Self.answer("one")), .read(until: Self.headEnd),
            ]
            let server = try ScriptedServer(lost, [.read(until: Self.headEnd), .send(Self.answer("two"))])
            let client = HTTPClient(server.address)
            #expect(try client.send(HTTPClientRequest("GET", "/")).text == "one")
            if isRepeated {
                #expect(try client.send(HTTPClientRequest(method, "/")).text == "two")
            } else {
                #expect(throws: HTTPClientError.closedEarly) { try client.send(HTTPClientRequest(method, "/")) }
            }
        }
    }

    @Test("nobody listens")
    func refused() throws {
        let socket = HTTPClientAddress.unix(path: "/nowhere/stemma.sock")
        #expect(throws: HTTPClientError.refused(socket.description)) {
            try HTTPClient(socket).send(HTTPClientRequest("GET", "/"))
        }
    }

    @Test("a silent server runs into the time limit")
    func timesOut() throws {
        let server = try ScriptedServer([.read(until: Self.headEnd), .waitForClose])
        #expect(throws: HTTPClientError.timedOut(milliseconds: 50)) {
            try HTTPClient(server.address, timeoutMilliseconds: 50).send(HTTPClientRequest("GET", "/"))
        }
    }

    @Test("the largest body that is kept")
    func tooLarge() throws {
        let server = try ScriptedServer([.read(until: Self.headEnd), .send(Self.answer("12345"))])
        #expect(throws: HTTPClientError.malformed("the body is larger than 4 bytes")) {
            try HTTPClient(server.address, bodyMaxBytes: 4).send(HTTPClientRequest("GET", "/"))
        }
    }

    @Test(
        "requests that cannot be sent",
        arguments: [
            HTTPClientRequest("GE T", "/"), HTTPClientRequest("GET", "/a b"), HTTPClientRequest("GET", ""),
            HTTPClientRequest("GET", "/\r\nX: y"),
            HTTPClientRequest("GET", "/", fields: HTTPFields([("x", "a\r\nb: c")])),
            HTTPClientRequest("GET", "/", fields: HTTPFields([("x y", "a")])),
        ])
    func badRequests(_ request: HTTPClientRequest) throws {
        let server = try ScriptedServer()
        let error = #expect(throws: HTTPClientError.self) { try HTTPClient(server.address).send(request) }
        guard case .badRequest = error else {
            Issue.record("sent")
            return
        }
    }
}

import StemmaHTTP
import StemmaTesting
import Testing

private func get(_ target: String, _ fields: String...) -> String {
    (["GET \(target) HTTP/1.1", "Host: a"] + fields).map { $0 + "\r\n" }.joined() + "\r\n"
}

private func post(_ target: String, _ body: String, _ fields: String...) -> String {
    let lines = ["POST \(target) HTTP/1.1", "Host: a", "Content-Length: \(body.utf8.count)"] + fields
    return lines.map { $0 + "\r\n" }.joined() + "\r\n" + body
}

@Suite struct ExchangeTests {
    private let routes = [hello, inlineHello, echoBody, careless]

    @Test func answersCarryTheServersFields() async throws {
        try await LiveServer.run(routes) { live in
            try await live.talk { client in
                for target in ["/hello", "/inline/x", "/missing"] {
                    try client.send(get(target))
                    let response = try #require(try client.readResponse())
                    #expect(response["x-content-type-options"] == "nosniff")
                    #expect(response["x-request-id"]?.isEmpty == false)
                    #expect(response["date"]?.hasSuffix(" GMT") == true)
                    #expect(response["date"]?.utf8.count == 29)
                    #expect(response["content-length"] == "\(response.body.count)")
                    #expect(response["connection"] == nil)
                    let names = response.fields.map(\.name)
                    #expect(Set(names).count == names.count)
                }
            }
        }
    }

    @Test func requestIDsAreTheClientsOrFresh() async throws {
        try await LiveServer.run(routes) { live in
            try await live.talk { client in
                var seen: Set<String> = []
                for target in ["/hello", "/inline/x"] {
                    try client.send(get(target, "X-Request-Id: abc-1.2_3:/+="))
                    #expect(try client.readResponse()?["x-request-id"] == "abc-1.2_3:/+=")
                    for bad in ["a b", "a\"", "", String(repeating: "a", count: 129)] {
                        try client.send(get(target, "X-Request-Id: \(bad)"))
                        let id = try #require(try client.readResponse()?["x-request-id"])
                        #expect(id != bad && seen.insert(id).inserted)
                    }
                }
            }
        }
    }

    @Test func pipelinedRequestsAreAnsweredInOrder() async throws {
        try await LiveServer.run(routes) { live in
            try await live.talk { client in
                let numbers = 0..<50
                try client.send(numbers.map { $0 % 3 == 0 ? post("/echo", "\($0)") : get("/inline/\($0)") }.joined())
                for number in numbers {
                    let response = try #require(try client.readResponse())
                    #expect(response.text == (number % 3 == 0 ? "\(number)" : "inline \(number)  "))
                }
            }
        }
    }

    @Test func aLargePipelineDoesNotOverrunTheClient() async throws {
        try await LiveServer.run(routes, change: { $0.requestsPerConnectionMax = 0 }) { live in
            let count = 20_000
            let writer = try RawConnection(live.address)
            let shared = Unshared(writer)
            async let sent: Void = OffPool.run {
                let request = Array(get("/inline/x").utf8)
                let batch = Array(repeatElement(request, count: 100).joined())
                for _ in 0..<(count / 100) { try shared.value.send(batch) }
            }
            try await OffPool.run {
                var ids: Set<String> = []
                for _ in 0..<count {
                    let response = try #require(try shared.value.readResponse())
                    try #require(response.text == "inline x  ")
                    ids.insert(response["x-request-id"] ?? "")
                }
                #expect(ids.count == count)
            }
            try await sent
        }
    }

    @Test func requestsMayComeByteByByte() async throws {
        try await LiveServer.run(routes) { live in
            try await live.talk { client in
                for byte in Array((get("/inline/x") + post("/echo", "slow body") + get("/hello")).utf8) {
                    try client.send([byte])
                }
                #expect(try client.readResponse()?.text == "inline x  ")
                #expect(try client.readResponse()?.text == "slow body")
                #expect(try client.readResponse()?.text == "hello")
            }
        }
    }

    @Test func headAnswersWithoutABody() async throws {
        try await LiveServer.run(routes) { live in
            try await live.talk { client in
                for target in ["/hello", "/inline/x"] {
                    try client.send("HEAD \(target) HTTP/1.1\r\nHost: a\r\n\r\n" + get(target))
                    let head = try #require(try client.readResponse(isHead: true))
                    let full = try #require(try client.readResponse())
                    #expect(head.status == 200 && head["content-length"] == full["content-length"])
                    #expect(!full.body.isEmpty)
                }
            }
        }
    }

    @Test func inlineHandlersSeeWhatTheyMay() async throws {
        try await LiveServer.run(routes) { live in
            try await live.talk { client in
                let cases = [
                    (get("/inline/x", "Authorization: Bearer t", "If-None-Match: \"1\""), "inline x Bearer t \"1\""),
                    (get("/inline/x", "Stemma-Consumer: scorer"), "inline x   for scorer"),
                    (get("/inline/x", "Stemma-Consumer: a", "Stemma-Consumer: b"), "handler x"),
                    (get("/inline/x", "Authorization: refuse"), "handler x"),
                    (get("/inline/x?as_of=1"), "handler x"),
                    (get("/inline/x?"), "handler x"),
                    (get("/inline/%78"), "handler x"),
                    (get("/inline/x", "Range: bytes=0-1"), "handler x"),
                    (get("/inline/x", "If-None-Match: a", "If-None-Match: b"), "handler x"),
                    (get("http://a/inline/x"), "inline x  "),
                ]
                for (request, expected) in cases {
                    try client.send(request)
                    #expect(try client.readResponse()?.text == expected, "\(request)")
                }
            }
        }
    }

    @Test(arguments: ["Connection: close", "Connection: foo, Close"])
    func theClientMayEndTheConnection(_ field: String) async throws {
        try await LiveServer.run(routes) { live in
            for target in ["/hello", "/inline/x"] {
                try await live.talk { client in
                    try client.send(get(target, field) + get("/hello"))
                    #expect(try client.readResponse()?["connection"] == "close")
                    #expect(try client.isClosedByServer())
                }
            }
        }
    }

    @Test func http10IsAnsweredAndClosed() async throws {
        try await LiveServer.run(routes) { live in
            for target in ["/hello", "/inline/x"] {
                try await live.talk { client in
                    try client.send("GET \(target) HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                    let response = try #require(try client.readResponse())
                    #expect(response.status == 200 && response["connection"] == "close")
                    #expect(try client.isClosedByServer())
                }
            }
        }
    }

    @Test func aConnectionCarriesALimitedNumberOfRequests() async throws {
        try await LiveServer.run(routes, change: { $0.requestsPerConnectionMax = 3 }) { live in
            for target in ["/hello", "/inline/x"] {
                try await live.talk { client in
                    for number in 1...3 {
                        try client.send(get(target))
                        #expect(try client.readResponse()?["connection"] == (number == 3 ? "close" : nil))
                    }
                    #expect(try client.isClosedByServer())
                }
            }
        }
    }

    @Test func theInterimAnswerComesWithTheFirstPull() async throws {
        try await LiveServer.run(routes) { live in
            try await live.talk { client in
                let head = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"
                for _ in 0..<2 {
                    try client.send(head)
                    #expect(try client.readResponse()?.status == 100)
                    try client.send("hello")
                    #expect(try client.readResponse()?.text == "hello")
                }
            }
        }
    }

    @Test func aHandlerThatDoesNotPullSparesTheTransfer() async throws {
        try await LiveServer.run(routes) { live in
            try await live.talk { client in
                try client.send(
                    "POST /careless HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
                let response = try #require(try client.readResponse())
                #expect(response.status == 403 && response["connection"] == "close")
                client.halfClose()
                #expect(try client.isClosedByServer())
            }
        }
    }

    @Test func anEarlyAnswerReachesAClientThatIsStillSending() async throws {
        try await LiveServer.run(routes) { live in
            try await live.talk { client in
                try client.send("POST /careless HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n")
                for _ in 0..<30 { try client.send([UInt8](repeating: 0x47, count: 100_000)) }
                let response = try #require(try client.readResponse())
                #expect(response.status == 403 && response.text == "no" && response["connection"] == "close")
                #expect(try client.isClosedByServer())
            }
        }
    }

    @Test func chunkedBodiesAreDecoded() async throws {
        try await LiveServer.run(routes) { live in
            try await live.talk { client in
                let head = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                try client.send(head + "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX-Trailer: 1\r\n\r\n" + get("/hello"))
                #expect(try client.readResponse()?.text == "abcde")
                #expect(try client.readResponse()?.text == "hello")
                try client.send(head + "5\r\nabcdeX")
                let response = try #require(try client.readResponse())
                #expect(response.status == 400 && response["connection"] == "close")
                #expect(response.text.contains("malformed_body"))
                #expect(try client.isClosedByServer())
            }
        }
    }

    @Test func methodsAndOptions() async throws {
        try await LiveServer.run(routes) { live in
            try await live.talk { client in
                try client.send("DELETE /hello HTTP/1.1\r\nHost: a\r\n\r\n")
                let refused = try #require(try client.readResponse())
                #expect(refused.status == 405 && refused["allow"] == "GET, HEAD, OPTIONS")
                try client.send("OPTIONS /hello HTTP/1.1\r\nHost: a\r\n\r\n")
                let options = try #require(try client.readResponse())
                #expect(options.status == 204 && options["allow"] == "GET, HEAD, OPTIONS")
                #expect(options["content-length"] == nil)
                try client.send("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try client.readResponse()?.status == 204)
                try client.send("BREW /hello HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try client.readResponse()?.status == 501)
                try client.send(get("/hello"))
                #expect(try client.readResponse()?.status == 200)
            }
        }
    }

    @Test func otherHostsAreMisdirected() async throws {
        try await LiveServer.run(routes, change: { $0.allowedHosts = ["registry.example", "[::1]"] }) { live in
            try await live.talk { client in
                for (host, status) in [
                    ("registry.example", 200), ("Registry.Example:8080", 200), ("[::1]:80", 200), ("evil.example", 421),
                    ("registry.example.evil", 421),
                ] {
                    for target in ["/hello", "/inline/x"] {
                        try client.send("GET \(target) HTTP/1.1\r\nHost: \(host)\r\n\r\n")
                        #expect(try client.readResponse()?.status == status, "\(host)")
                    }
                }
            }
        }
    }

    @Test func errorsAreRendered() async throws {
        struct Odd: Error {}
        let failing = Route(method: .get, pattern: "/fail", access: "test") { _ in throw Odd() }
        let renderer: ErrorRenderer = { error, identity in
            let text = "\(type(of: error)) \(identity.method) \(identity.path) \(identity.routePattern ?? "-")"
            return HTTPResponse(status: (error as? HTTPError)?.status ?? 500, body: .bytes(Array(text.utf8)))
        }
        try await LiveServer.run([failing, hello], renderer: renderer) { live in
            try await live.talk { client in
                for (target, expected) in [
                    ("/fail", "500 Odd GET /fail /fail"), ("/no", "404 HTTPError GET /no -"),
                    ("/%zz", "400 HTTPError GET /%zz -"),
                ] {
                    try client.send(get(target))
                    let response = try #require(try client.readResponse())
                    #expect("\(response.status) \(response.text)" == expected)
                }
                try client.send("nonsense\r\n\r\n")
                let response = try #require(try client.readResponse())
                #expect(response.status == 400 && response.text == "HTTPError   -" && response["connection"] == "close")
                #expect(try client.isClosedByServer())
            }
        }
    }

    @Test(arguments: [
        HTTPResponse(status: 200, headers: HTTPFields([("x-split", "a\r\nSet-Cookie: b")])),
        HTTPResponse(status: 200, headers: HTTPFields([("x\r\ny", "a")])),
        HTTPResponse(status: 200, headers: HTTPFields([("x-nul", "a\u{0}")])),
        HTTPResponse(status: 99),
        HTTPResponse(status: 1000),
    ]) func answersThatWouldBreakTheProtocolBecome500(_ response: HTTPResponse) async throws {
        let bad = Route(method: .get, pattern: "/bad", access: "test") { _ in response }
        try await LiveServer.run([bad]) { live in
            try await live.talk { client in
                try client.send(get("/bad"))
                let response = try #require(try client.readResponse())
                #expect(response.status == 500 && response["x-split"] == nil && response["set-cookie"] == nil)
            }
        }
    }

    @Test func framingFieldsOfHandlersAreLeftOut() async throws {
        let route = Route(method: .get, pattern: "/a", access: "test") { request in
            let fields = [
                ("content-length", "99"), ("transfer-encoding", "chunked"), ("connection", "x"), ("date", "x"),
                ("x-request-id", "x"), ("keep-alive", "x"),
            ]
            let body = request.method == .head ? ResponseBody.none : .bytes(Array("abc".utf8))
            return HTTPResponse(status: 200, headers: HTTPFields(fields), body: body)
        }
        try await LiveServer.run([route]) { live in
            try await live.talk { client in
                try client.send(get("/a"))
                let response = try #require(try client.readResponse())
                #expect(response.text == "abc" && response["transfer-encoding"] == nil && response["keep-alive"] == nil)
                #expect(response["x-request-id"] != "x")
                // To HEAD a handler may give the length without the body.
                try client.send("HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try client.readResponse(isHead: true)?["content-length"] == "99")
            }
        }
    }
}

/// Takes a value to another thread where the test itself sees to it that uses do not collide.
struct Unshared<Value>: @unchecked Sendable {
    let value: Value

    init(_ value: Value) { self.value = value }
}

import StemmaHTTP
import StemmaTesting
import Testing

@Suite struct LimitTests {
    @Test func aSlowHeadIsAnswered408() async throws {
        try await LiveServer.run([hello], change: { $0.headTimeoutMilliseconds = 150 }) { live in
            try await live.talk { client in
                try client.send("GET /hello HTTP/1.1\r\nHost: a\r\n")
                let response = try #require(try client.readResponse())
                #expect(response.status == 408 && response["connection"] == "close")
                #expect(response.text.contains("request_timeout"))
                #expect(try client.isClosedByServer())
            }
            // Not a byte: nothing to answer.
            try await live.talk { (client) throws in #expect(try client.isClosedByServer()) }
        }
    }

    @Test func anIdleConnectionIsClosed() async throws {
        try await LiveServer.run([hello, inlineHello], change: { $0.idleTimeoutMilliseconds = 100 }) { live in
            for target in ["/hello", "/inline/x"] {
                try await live.talk { client in
                    try client.send("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
                    #expect(try client.readResponse()?.status == 200)
                    #expect(try client.isClosedByServer())
                }
            }
        }
    }

    @Test func aSlowBodyIsAnswered408() async throws {
        try await LiveServer.run(
            [echoBody],
            change: {
                $0.bodyGraceMilliseconds = 100
                $0.bodyMinimumBytesPerSecond = 1_000
            }
        ) { live in
            try await live.talk { client in
                try client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nabc")
                let response = try #require(try client.readResponse())
                #expect(response.status == 408 && response["connection"] == "close")
            }
        }
    }

    @Test func aClientThatTakesNothingIsCut() async throws {
        let bytes = [UInt8](repeating: 1, count: 32_000_000)
        let large = Route(method: .get, pattern: "/large", access: "test") { _ in
            HTTPResponse(status: 200, body: .bytes(bytes))
        }
        let records = Gathered<AccessRecord>()
        let ended = Signal()
        let log = ServerLog(accessLog: { record in
            records.add(record)
            ended.set()
        })
        try await LiveServer.run([large], log: log, change: { $0.writeStallMilliseconds = 100 }) { live in
            let client = Unshared(try RawConnection(live.address))
            try await OffPool.run { try client.value.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n") }
            await ended.wait()
            client.value.close()
        }
        #expect(records.all.map(\.isComplete) == [false])
        #expect(records.all[0].bytesOut < 32_000_000)
    }

    @Test func connectionsAreCounted() async throws {
        for perAddress in [false, true] {
            try await LiveServer.run(
                [hello],
                change: {
                    if perAddress { $0.connectionsPerAddressMax = 3 } else { $0.connectionsMax = 3 }
                }
            ) { live in
                try await OffPool.run {
                    let request = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"
                    let clients = try (0..<3).map { _ in try RawConnection(live.address) }
                    for client in clients {
                        try client.send(request)
                        #expect(try client.readResponse()?.status == 200)
                    }
                    let refused = try RawConnection(live.address)
                    let response = try refused.readResponse()
                    #expect(response?.status == 503 && response?["connection"] == "close")
                    #expect(response?["x-request-id"]?.isEmpty == false)
                    // A place that is given up can be taken again.
                    try clients[0].send("GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                    #expect(try clients[0].readResponse()?.status == 200)
                    #expect(try clients[0].isClosedByServer())
                    let next = try RawConnection(live.address)
                    try next.send(request)
                    #expect(try next.readResponse()?.status == 200)
                }
                let snapshot = await live.server.metrics.snapshot()
                #expect(snapshot.refusedConnections == 1 && snapshot.acceptedConnections == 4)
            }
        }
    }

    @Test func oversizedHeadsAreRefused() async throws {
        try await LiveServer.run([hello]) { live in
            for (text, status) in [
                ("GET /" + String(repeating: "a", count: 9_000) + " HTTP/1.1\r\nHost: a\r\n\r\n", 414),
                ("GET /hello HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "a", count: 40_000) + "\r\n\r\n", 431),
                ("GET /hello HTTP/1.1\r\nHost: a\r\n" + String(repeating: "X: 1\r\n", count: 101) + "\r\n", 431),
            ] {
                try await live.talk { client in
                    try client.send(text)
                    #expect(try client.readResponse()?.status == status)
                    #expect(try client.isClosedByServer())
                }
            }
        }
    }

    @Test func aBodyBeyondTheHandlersLimitIsRefusedUnread() async throws {
        try await LiveServer.run([echoBody]) { live in
            try await live.talk { client in
                try client.send(
                    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\nExpect: 100-continue\r\n\r\n")
                let response = try #require(try client.readResponse())
                #expect(response.status == 413 && response["connection"] == "close")
            }
        }
    }

    @Test func requestsAreCountedByRouteMethodAndStatus() async throws {
        try await LiveServer.run([hello, inlineHello, echoBody]) { live in
            try await live.talk { client in
                for target in ["/hello", "/inline/a", "/inline/b", "/missing", "/missing2"] {
                    try client.send("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
                    _ = try client.readResponse()
                }
                try client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")
                _ = try client.readResponse()
                try client.send("bad\r\n\r\n")
                _ = try client.readResponse()
            }
            let snapshot = await live.server.metrics.snapshot()
            let counts = snapshot.series.map { "\($0.routePattern) \($0.method) \($0.status) \($0.requests)" }
            #expect(
                counts == [
                    "  400 1", " GET 404 2", "/echo POST 200 1", "/hello GET 200 1", "/inline/{name} GET 200 2",
                ])
            for series in snapshot.series {
                #expect(series.buckets.reduce(0, +) == series.requests)
                #expect(series.buckets.count == ServerMetrics.bucketBoundsMicroseconds.count + 1)
                #expect(series.bytesOut > 100)
            }
            #expect(snapshot.series[2].bytesIn == 5)
            #expect(snapshot.inFlightRequests == 0)
        }
    }

    @Test func accessIsLogged() async throws {
        let records = Gathered<AccessRecord>()
        try await LiveServer.run([hello, inlineHello], log: ServerLog(accessLog: { records.add($0) })) { live in
            try await live.talk { client in
                for target in ["/hello?a=b", "/inline/x"] {
                    try client.send("GET \(target) HTTP/1.1\r\nHost: a\r\nX-Request-Id: \(target.count)\r\n\r\n")
                    _ = try client.readResponse()
                }
            }
        }
        let all = records.all
        #expect(all.map(\.target) == ["/hello?a=b", "/inline/x"])
        #expect(all.map(\.routePattern) == ["/hello", "/inline/{name}"])
        #expect(all.map(\.requestID) == ["10", "9"])
        #expect(all.allSatisfy { $0.status == 200 && $0.isComplete && $0.remoteAddress == "127.0.0.1" })
    }
}

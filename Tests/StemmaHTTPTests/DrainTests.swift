import StemmaHTTP
import StemmaTesting
import Testing

@Suite struct DrainTests {
    private static let request = "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test func runningRequestsAreAnsweredAndIdleConnectionsClosed() async throws {
        let (began, go) = (Signal(), Signal())
        let slow = Route(method: .get, pattern: "/slow", access: "test") { _ in
            began.set()
            await go.wait()
            return HTTPResponse(status: 200, body: .bytes(Array("slow".utf8)))
        }
        let live = try LiveServer([slow, hello])
        let idle = Unshared(try RawConnection(live.address))
        let busy = Unshared(try RawConnection(live.address))
        let fresh = Unshared(try RawConnection(live.address))
        try await OffPool.run {
            try idle.value.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try idle.value.readResponse()?.text == "hello")
            try busy.value.send(Self.request)
        }
        await began.wait()
        async let drained: Void = live.server.drain(timeout: .seconds(20))
        try await OffPool.run { () throws in
            #expect(try idle.value.isClosedByServer())
            #expect(try fresh.value.isClosedByServer())
            #expect(throws: RawConnectionError.cannotConnect) { try RawConnection(live.address) }
        }
        go.set()
        try await OffPool.run {
            let response = try #require(try busy.value.readResponse())
            #expect(response.text == "slow" && response["connection"] == "close")
            #expect(try busy.value.isClosedByServer())
            busy.value.close()
        }
        await drained
        let snapshot = await live.server.metrics.snapshot()
        #expect(snapshot.openConnections == 0)
        #expect(snapshot.series.map(\.requests) == [1, 1])
        await live.server.drain(timeout: .zero)
    }

    /// Two pieces, the second when the test says so.
    private struct TwoPieces: BodyStream {
        let began: Signal
        let go: Signal
        let count = Gathered<Int>()

        func next() async throws -> [UInt8]? {
            count.add(1)
            if count.all.count == 1 { return Array("one ".utf8) }
            began.set()
            await go.wait()
            return count.all.count == 2 ? Array("two".utf8) : nil
        }
    }

    /// An answer that was under way is the last of its connection, though its head could not say so.
    @Test func answersUnderWayAreTheLastOfTheirConnections() async throws {
        let (began, go) = (Signal(), Signal())
        let streamed = Route(method: .get, pattern: "/slow", access: "test") { _ in
            HTTPResponse(status: 200, body: .stream(length: nil, TwoPieces(began: began, go: go)))
        }
        let bytes: Int = 24 << 20
        let large = Route(method: .get, pattern: "/large", access: "test") { _ in
            HTTPResponse(status: 200, body: .bytes([UInt8](repeating: 7, count: bytes)))
        }
        let live = try LiveServer([streamed, large, hello])
        let subscriber = Unshared(try RawConnection(live.address))
        let download = Unshared(try RawConnection(live.address))
        let idle = Unshared(try RawConnection(live.address))
        let head: Int = try await OffPool.run {
            try subscriber.value.send(Self.request)
            try download.value.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
            return try download.value.read(1).count
        }
        await began.wait()
        let start: ContinuousClock.Instant = .now
        async let drained: Void = live.server.drain(timeout: .seconds(60))
        try await OffPool.run { () throws in #expect(try idle.value.isClosedByServer()) }
        go.set()
        try await OffPool.run { () throws in
            #expect(try subscriber.value.readResponse()?.text == "one two")
            #expect(try subscriber.value.isClosedByServer())
            #expect(try download.value.readToEnd().count > bytes - head)
            // The clients keep their sides open: nobody waits for them.
        }
        await drained
        #expect(ContinuousClock.now - start < .seconds(30))
        try await OffPool.run {
            subscriber.value.close()
            download.value.close()
        }
    }

    @Test func whatDoesNotEndIsCut() async throws {
        let (began, ended) = (Signal(), Signal())
        let endless = Route(method: .get, pattern: "/slow", access: "test") { _ in
            began.set()
            await untilCancelled()
            ended.set()
            return HTTPResponse(status: 200)
        }
        let live = try LiveServer([endless])
        let client = Unshared(try RawConnection(live.address))
        try await OffPool.run { try client.value.send(Self.request) }
        await began.wait()
        await live.server.drain(timeout: .milliseconds(50))
        await ended.wait()
        try await OffPool.run { () throws in #expect(try client.value.isClosedByServer()) }
    }

    @Test func drainingAServerThatWasNotStartedReturns() async throws {
        let configuration = ServerConfiguration(listeners: [])
        let server = HTTPServer(configuration: configuration, router: try Router(routes: [hello]))
        await server.drain(timeout: .seconds(1))
    }
}

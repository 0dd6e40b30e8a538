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

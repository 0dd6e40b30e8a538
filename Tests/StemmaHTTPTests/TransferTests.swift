import Glibc
import StemmaHTTP
import StemmaTesting
import Synchronization
import Testing

/// Bytes that tell where they are.
func patterned(_ count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { target, initialized in
        for index in 0..<count { target[index] = UInt8(truncatingIfNeeded: index &* 31 &+ index >> 8) }
        initialized = count
    }
}

/// Compares by memory, which is quick also in a debug build.
func isSame(_ left: [UInt8], _ right: [UInt8], from start: Int = 0) -> Bool {
    guard start + left.count <= right.count else { return false }
    return left.withUnsafeBytes { left in
        right.withUnsafeBytes { right in
            left.isEmpty || memcmp(left.baseAddress!, right.baseAddress! + start, left.count) == 0
        }
    }
}

/// A part of an open file.
final class TestRegion: FileRegion {
    let descriptor: Int32
    let offset: Int64
    let length: Int64
    private let intact: @Sendable () -> Bool

    init(_ path: String, offset: Int64, length: Int64, intact: @escaping @Sendable () -> Bool = { true }) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        self.offset = offset
        self.length = length
        self.intact = intact
    }

    deinit { close(descriptor) }

    func isStillIntact() -> Bool { intact() }
}

func write(_ bytes: [UInt8], to path: String) {
    let descriptor = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0o600)
    var written = 0
    while written < bytes.count {
        let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + written, bytes.count - written) }
        guard count > 0 else { break }
        written += count
    }
    close(descriptor)
}

@Suite struct TransferTests {
    private static let request = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n"

    private func route(_ method: HTTPMethod = .get, _ handler: @escaping Route.Handler) -> Route {
        Route(method: method, pattern: "/a", access: "test", handler: handler)
    }

    // MARK: Downloads

    @Test(arguments: [(0, 5_000_000), (1, 4_999_998), (4_999_999, 1), (100, 0), (0, 65_536), (7, 65_537)])
    func filesAreSentByteForByte(_ offset: Int, _ length: Int) async throws {
        try await withTemporaryDirectory { directory in
            let bytes = patterned(5_000_000)
            let path = directory + "/blob"
            write(bytes, to: path)
            let file = route { _ in
                let region = TestRegion(path, offset: Int64(offset), length: Int64(length))
                return HTTPResponse(status: 200, body: .file(region))
            }
            try await LiveServer.run([file]) { live in
                try await live.talk { client in
                    try client.send(Self.request)
                    let response = try #require(try client.readResponse())
                    #expect(response["content-length"] == "\(length)")
                    #expect(response.body.count == length && isSame(response.body, bytes, from: offset))
                    try client.send("HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n" + Self.request)
                    #expect(try client.readResponse(isHead: true)?["content-length"] == "\(length)")
                    #expect(try client.readResponse()?.body.count == length)
                }
            }
        }
    }

    @Test func aChangedFileIsCutOffBeforeItsLastByte() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/blob"
            write(patterned(300_000), to: path)
            let file = route { _ in
                HTTPResponse(status: 200, body: .file(TestRegion(path, offset: 0, length: 300_000, intact: { false })))
            }
            let short = Route(method: .get, pattern: "/short", access: "test") { _ in
                HTTPResponse(status: 200, body: .file(TestRegion(path, offset: 0, length: 400_000)))
            }
            try await LiveServer.run([file, short]) { live in
                for target in ["/a", "/short"] {
                    try await live.talk { client in
                        try client.send("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
                        #expect(throws: RawConnectionError.cutOff) { try client.readResponse() }
                    }
                }
            }
        }
    }

    @Test func largeBodiesFromMemory() async throws {
        let bytes = patterned(8_000_000)
        let memory = route { _ in HTTPResponse(status: 200, body: .bytes(bytes)) }
        try await LiveServer.run([memory]) { live in
            try await live.talk { client in
                try client.send(Self.request + Self.request)
                for _ in 0..<2 {
                    let body = try #require(try client.readResponse()).body
                    #expect(body.count == bytes.count && isSame(body, bytes))
                }
            }
        }
    }

    @Test(arguments: [nil, 3_000_005] as [Int64?]) func streamsArriveWhole(_ length: Int64?) async throws {
        let whole = patterned(3_000_005)
        let pieces = [Array(whole[..<1_000_000]), Array(whole[1_000_000..<1_000_005]), Array(whole[1_000_005...])]
        let stream = route { _ in HTTPResponse(status: 200, body: .stream(length: length, ListStream(pieces))) }
        try await LiveServer.run([stream]) { live in
            try await live.talk { client in
                try client.send(Self.request + Self.request)
                for _ in 0..<2 {
                    let response = try #require(try client.readResponse())
                    #expect(response["transfer-encoding"] == (length == nil ? "chunked" : nil))
                    #expect(response["content-length"] == length.map { "\($0)" })
                    #expect(response.body.count == whole.count && isSame(response.body, whole))
                }
                try client.send("HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n" + Self.request)
                #expect(try client.readResponse(isHead: true)?.status == 200)
                #expect(try client.readResponse()?.status == 200)
            }
            try await live.talk { client in
                try client.send("GET /a HTTP/1.0\r\n\r\n")
                let response = try #require(try client.readResponse())
                #expect(response["transfer-encoding"] == nil)
                #expect(response.body.count == whole.count && isSame(response.body, whole))
            }
        }
    }

    @Test func aFailedStreamIsNotMistakenForAWholeOne() async throws {
        struct Broken: Error {}
        let cases: [(Int64?, ListStream)] = [
            (nil, ListStream([[1, 2, 3]], failure: Broken())), (10, ListStream([[1, 2, 3]], failure: Broken())),
            (10, ListStream([[1, 2, 3]])), (2, ListStream([[1, 2, 3]])),
        ]
        for (length, source) in cases {
            let stream = route { _ in HTTPResponse(status: 200, body: .stream(length: length, source)) }
            try await LiveServer.run([stream]) { live in
                try await live.talk { client in
                    try client.send(Self.request)
                    #expect(throws: RawConnectionError.cutOff) { try client.readResponse() }
                }
            }
        }
    }

    private final class Counter: Sendable {
        private let count = Atomic<Int>(0)

        func add() { count.add(1, ordering: .relaxed) }

        var value: Int { count.load(ordering: .relaxed) }
    }

    /// Counts what the server has taken, and never ends.
    private final class Endless: BodyStream {
        let taken: Counter
        let released: Signal

        init(taken: Counter, released: Signal) {
            self.taken = taken
            self.released = released
        }

        deinit { released.set() }

        func next() async throws -> [UInt8]? {
            taken.add()
            return [UInt8](repeating: 1, count: 100_000)
        }
    }

    @Test func aStreamIsPulledOnlyAsFastAsItIsTakenAndReleasedInTheEnd() async throws {
        let (released, taken) = (Signal(), Counter())
        let stream = route { _ in
            HTTPResponse(status: 200, body: .stream(length: nil, Endless(taken: taken, released: released)))
        }
        try await LiveServer.run([stream], change: { $0.writeStallMilliseconds = 200 }) { live in
            // The client reads nothing; the connection is cut after a while, and the stream let go of.
            let client = Unshared(try RawConnection(live.address))
            try await OffPool.run { try client.value.send(Self.request) }
            await released.wait()
            client.value.close()
            // The sockets' buffers, ours, and no more.
            #expect(taken.value < 200)
        }
    }

    // MARK: Uploads

    @Test(arguments: [false, true]) func largeUploadsArriveWhole(_ isChunked: Bool) async throws {
        let bytes = patterned(8_000_000)
        let upload = route(.put) { request in
            var at = 0
            while let piece = try await request.body.next() {
                guard isSame(piece, bytes, from: at) else { return HTTPResponse(status: 422) }
                at += piece.count
            }
            return HTTPResponse(status: 200, body: .bytes(Array("\(at)".utf8)))
        }
        try await LiveServer.run([upload]) { live in
            try await live.talk { client in
                for _ in 0..<2 {
                    if isChunked {
                        try client.send("PUT /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
                        var at = 0
                        for size in [1, 70_000, 3, 5_000_000, 2_929_996] {
                            try client.send(String(size, radix: 16) + "\r\n")
                            try client.send(Array(bytes[at..<(at + size)]))
                            try client.send("\r\n")
                            at += size
                        }
                        try client.send("0\r\n\r\n")
                    } else {
                        try client.send("PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: \(bytes.count)\r\n\r\n")
                        try client.send(bytes)
                    }
                    let response = try #require(try client.readResponse())
                    #expect(response.status == 200 && response.text == "\(bytes.count)")
                }
            }
        }
    }

    @Test func aSlowHandlerHoldsTheClientBack() async throws {
        let go = Signal()
        let (pulled, total) = (Signal(), 64_000_000)
        let upload = route(.put) { request in
            var count = try await request.body.next()?.count ?? 0
            pulled.set()
            await go.wait()
            while let piece = try await request.body.next() { count += piece.count }
            return HTTPResponse(status: 200, body: .bytes(Array("\(count)".utf8)))
        }
        try await LiveServer.run([upload], change: { $0.bodyGraceMilliseconds = 50 }) { live in
            let client = Unshared(try RawConnection(live.address))
            async let sending: Void = OffPool.run {
                try client.value.send("PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: \(total)\r\n\r\n")
                let piece = [UInt8](repeating: 1, count: 1_000_000)
                for _ in 0..<(total / piece.count) { try client.value.send(piece) }
            }
            await pulled.wait()
            // Far longer than the client's slowness would be borne: the time does not count while nobody pulls.
            try await Task.sleep(for: .milliseconds(300))
            go.set()
            try await sending
            let response = try await OffPool.run { try client.value.readResponse() }
            #expect(response?.text == "\(total)")
        }
    }

    @Test(arguments: [false, true]) func aClientThatGoesAwayWithinTheBodyIsNoticed(_ resets: Bool) async throws {
        let outcome = Gathered<String>()
        let (began, ended) = (Signal(), Signal())
        let upload = route(.put) { request in
            defer { ended.set() }
            began.set()
            do {
                while try await request.body.next() != nil {}
                outcome.add("complete")
            } catch let error as HTTPError {
                outcome.add(error.code)
                // The task is cancelled too.
                await untilCancelled()
            }
            return HTTPResponse(status: 200)
        }
        try await LiveServer.run([upload]) { live in
            let client = Unshared(try RawConnection(live.address))
            try await OffPool.run {
                try client.value.send("PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n")
                try client.value.send([UInt8](repeating: 1, count: 300_000))
            }
            // A reset that overtakes the request would leave nothing to notice.
            await began.wait()
            if resets { client.value.reset() } else { client.value.close() }
            await ended.wait()
        }
        #expect(outcome.all == ["incomplete_body"])
    }

    @Test(arguments: [false, true]) func aClientThatGoesAwayCancelsTheHandler(_ resets: Bool) async throws {
        let (began, ended) = (Signal(), Signal())
        let slow = route { _ in
            began.set()
            await untilCancelled()
            ended.set()
            return HTTPResponse(status: 200)
        }
        try await LiveServer.run([slow], change: { $0.halfCloseGraceMilliseconds = resets ? 60_000 : 50 }) { live in
            let client = Unshared(try RawConnection(live.address))
            try await OffPool.run { try client.value.send(Self.request) }
            await began.wait()
            if resets { client.value.reset() } else { client.value.close() }
            await ended.wait()
            let snapshot = await live.server.metrics.snapshot()
            #expect(snapshot.openConnections <= 1)
        }
    }

    @Test func aHalfClosedClientGetsItsAnswer() async throws {
        try await LiveServer.run([hello, echoBody]) { live in
            try await live.talk { client in
                try client.send(
                    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhelloGET /hello HTTP/1.1\r\nHost: a\r\n\r\n"
                )
                client.halfClose()
                #expect(try client.readResponse()?.text == "hello")
                #expect(try client.readResponse()?.text == "hello")
                #expect(try client.isClosedByServer())
            }
        }
    }

    @Test func anAnswerMayBeginBeforeTheBodyEnds() async throws {
        struct Mirror: BodyStream {
            let body: RequestBody
            func next() async throws -> [UInt8]? { try await body.next() }
        }
        let mirror = route(.post) { request in
            HTTPResponse(status: 200, body: .stream(length: nil, Mirror(body: request.body)))
        }
        try await LiveServer.run([mirror]) { live in
            try await live.talk { client in
                try client.send("POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
                try client.send("3\r\nabc\r\n")
                try client.send("3\r\ndef\r\n0\r\n\r\n")
                let response = try #require(try client.readResponse())
                #expect(response.text == "abcdef" && response["connection"] == "close")
                #expect(try client.isClosedByServer())
            }
        }
    }
}

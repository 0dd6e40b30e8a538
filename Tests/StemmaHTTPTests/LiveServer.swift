import Glibc
import StemmaHTTP
import StemmaTesting
import Synchronization

/// A server on free ports, for tests.
struct LiveServer: Sendable {
    let server: HTTPServer
    let addresses: [BoundAddress]

    var address: BoundAddress { addresses[0] }

    /// Starts on 127.0.0.1, or on `listeners`; `change` alters limits.
    init(
        _ routes: [Route], listeners: [ListenerConfiguration]? = nil, fallback: Router.Fallback? = nil,
        renderer: @escaping ErrorRenderer = ProblemRenderer.render, log: ServerLog = .silent,
        change: (inout ServerConfiguration) -> Void = { _ in }
    ) throws {
        let plain = ListenerConfiguration(address: try ListenAddress("127.0.0.1:0"))
        var configuration = ServerConfiguration(listeners: listeners ?? [plain])
        configuration.tickMilliseconds = 10
        configuration.eventLoopCount = 2
        // A loaded machine must not fail tests that are about something else.
        configuration.headTimeoutMilliseconds = 60_000
        configuration.idleTimeoutMilliseconds = 60_000
        configuration.bodyGraceMilliseconds = 60_000
        configuration.halfCloseGraceMilliseconds = 60_000
        change(&configuration)
        let router = try Router(routes: routes, fallback: fallback)
        server = HTTPServer(configuration: configuration, router: router, errorRenderer: renderer, log: log)
        addresses = try server.start()
    }

    /// Starts, runs `body`, and drains whatever happens.
    static func run<Value>(
        _ routes: [Route], listeners: [ListenerConfiguration]? = nil, fallback: Router.Fallback? = nil,
        renderer: @escaping ErrorRenderer = ProblemRenderer.render, log: ServerLog = .silent,
        change: (inout ServerConfiguration) -> Void = { _ in }, _ body: (LiveServer) async throws -> Value
    ) async throws -> Value {
        let live = try LiveServer(
            routes, listeners: listeners, fallback: fallback, renderer: renderer, log: log, change: change)
        do {
            let value = try await body(live)
            await live.server.drain(timeout: .milliseconds(200))
            return value
        } catch {
            await live.server.drain(timeout: .zero)
            throw error
        }
    }

    /// Talks to the server over one raw connection.
    func talk<Value: Sendable>(_ body: @escaping @Sendable (RawConnection) throws -> Value) async throws -> Value {
        try await RawConnection.use(address, body)
    }
}

/// Something that happens once and is waited for.
final class Signal: Sendable {
    private struct State {
        var isSet = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    func set() {
        let waiters = state.withLock { state in
            state.isSet = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isSet = state.withLock { state in
                if !state.isSet { state.waiters.append(continuation) }
                return state.isSet
            }
            if isSet { continuation.resume() }
        }
    }
}

/// Waits until the running task is cancelled.
func untilCancelled() async {
    let cancelled = Signal()
    await withTaskCancellationHandler {
        await cancelled.wait()
    } onCancel: {
        cancelled.set()
    }
}

/// What is gathered from several threads.
final class Gathered<Element: Sendable>: Sendable {
    private let elements = Mutex<[Element]>([])

    func add(_ element: Element) { elements.withLock { $0.append(element) } }

    var all: [Element] { elements.withLock { $0 } }
}

/// A new directory, removed in the end.
func withTemporaryDirectory<Value>(_ body: (String) async throws -> Value) async throws -> Value {
    var template = Array("/tmp/stemma-http-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw RawConnectionError.cannotConnect }
    let path = String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let result: Result<Value, any Error>
    do { result = .success(try await body(path)) } catch { result = .failure(error) }
    if let directory = opendir(path) {
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { unlink("\(path)/\(name)") }
        }
        closedir(directory)
    }
    rmdir(path)
    return try result.get()
}

// MARK: Routes

/// Answers with the method, the body's bytes, and what matters of the request.
let echoBody = Route(method: .post, pattern: "/echo", access: "test") { request in
    let body = try await request.body.collect(limit: 1 << 20)
    return HTTPResponse(status: 200, headers: HTTPFields([("content-type", "text/plain")]), body: .bytes(body))
}

/// Answers at once, whatever is sent.
let careless = Route(method: .post, pattern: "/careless", access: "test") { _ in
    HTTPResponse(status: 403, body: .bytes(Array("no".utf8)))
}

let hello = Route(method: .get, pattern: "/hello", access: "test") { _ in
    HTTPResponse(status: 200, body: .bytes(Array("hello".utf8)))
}

/// The same from memory, with the parameter and what the handler saw of the fields.
let inlineHello = Route(
    method: .get, pattern: "/inline/{name}", access: "test",
    inline: { request in
        if request.authorization.elementsEqual("refuse".utf8) { return nil }
        var body = Array("inline ".utf8)
        body += request.parameters[0]
        body += Array(" ".utf8) + Array(request.authorization) + Array(" ".utf8) + Array(request.ifNoneMatch)
        if !request.consumer.isEmpty { body += Array(" for ".utf8) + Array(request.consumer) }
        return InlineResponse(status: 200, headers: HTTPFields([("etag", "\"1\"")]), body: body)
    },
    handler: { request in
        HTTPResponse(status: 200, body: .bytes(Array("handler \(request.parameters["name"] ?? "")".utf8)))
    })

/// Pieces out of a list, then the end or an error.
struct ListStream: BodyStream {
    private let left: Mutex<[[UInt8]]>.Box
    private let failure: (any Error)?

    init(_ pieces: [[UInt8]], failure: (any Error)? = nil) {
        left = Mutex<[[UInt8]]>.Box(pieces)
        self.failure = failure
    }

    func next() async throws -> [UInt8]? {
        if let piece = left.take() { return piece }
        if let failure { throw failure }
        return nil
    }
}

extension Mutex where Value == [[UInt8]] {
    final class Box: Sendable {
        private let pieces: Mutex<[[UInt8]]>

        init(_ pieces: [[UInt8]]) { self.pieces = Mutex<[[UInt8]]>(pieces) }

        func take() -> [UInt8]? { pieces.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
    }
}

import Glibc
import StemmaDelivery
import StemmaFiles
import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaSQLite
import StemmaTesting
import Testing

@testable import StemmaAPI

/// What a client would have received.
struct Reply: Sendable {
    let status: Int
    let headers: HTTPFields
    let body: [UInt8]
    /// What was thrown while the body was sent.
    let brokenOff: (any Error)?

    var text: String { String(decoding: body, as: UTF8.self) }

    /// The body as JSON; null where it is none.
    var json: JSONValue { (try? JSONParser.parse(body)) ?? .null }

    /// The symbolic code of a problem document.
    var code: String? { json["code"]?.string }

    /// The pointers of a problem document's faults.
    var pointers: [String] { json["errors"]?.array?.compactMap { $0["pointer"]?.string } ?? [] }

    /// The members of a list's items.
    func items(_ member: String) -> [String] { json["items"]?.array?.compactMap { $0[member]?.string } ?? [] }
}

/// The whole REST surface over stores of one test's own, asked without sockets.
struct APIHarness: Sendable {
    let registry: TestRegistry
    let api: RegistryAPI
    let router: Router
    let memory: MemoryBlobStore?
    let readiness: Readiness
    private let render: ErrorRenderer
    let folder: TemporaryFolder

    var admin: String { registry.adminSecret }
    var clock: ManualEnvironment { registry.clock }

    enum Blobs {
        case memory(capacity: Int64?)
        case files
    }

    /// Runs a body with an empty registry and closes its store, whatever happens.
    static func with(
        blobs kind: Blobs = .memory(capacity: nil), policy: RegistryPolicy = RegistryPolicy(),
        metricsNeedToken: Bool = false, options: SQLiteOptions = SQLiteOptions(), lifecycle: JSONValue? = nil,
        transport: any WebhookTransport = PublicOnly.transport, _ body: (APIHarness) async throws -> Void
    ) async throws {
        let folder = TemporaryFolder("stemma-api")
        let clock = ManualEnvironment()
        let store = try SQLiteMetadataStore(
            path: folder.file("stemma.db"), options: options, environment: clock.environment)
        do {
            let memory: MemoryBlobStore?
            let blobs: any BlobStore
            switch kind {
            case .memory(let capacity):
                let made = MemoryBlobStore(capacity: capacity)
                memory = made
                blobs = made
            case .files:
                memory = nil
                blobs = try FileBlobStore(directory: folder.file("blobs"))
            }
            try await body(
                try await APIHarness(
                    store: store, blobs: blobs, memory: memory, clock: clock, policy: policy,
                    metricsNeedToken: metricsNeedToken, lifecycle: lifecycle, transport: transport, folder: folder))
        } catch {
            await store.close()
            throw error
        }
        await store.close()
    }

    private init(
        store: any MetadataStore, blobs: any BlobStore, memory: MemoryBlobStore?, clock: ManualEnvironment,
        policy: RegistryPolicy, metricsNeedToken: Bool, lifecycle: JSONValue?, transport: any WebhookTransport,
        folder: TemporaryFolder
    ) async throws {
        let hot = HotAliasTable()
        let hotTraffic = HotTrafficTable()
        registry = try await TestRegistry(
            store: store, blobs: blobs, clock: clock, policy: policy, further: [hot, hotTraffic], lifecycle: lifecycle)
        let readiness = Readiness()
        let metrics = ServerMetrics()
        self.readiness = readiness
        let operations = OperationsContext(
            build: [("version", "1.2.3"), ("commit", "abc")], problems: { await readiness.problems },
            serverMetrics: { await metrics.snapshot() },
            gauges: { [OperationsContext.Gauge(name: "stemma_blobs", help: "Stored blobs.", value: 3)] },
            metricsNeedToken: metricsNeedToken)
        api = RegistryAPI(
            services: Services(
                core: registry.core, tokens: registry.tokens, log: registry.log, transport: transport),
            operations: operations, hotAliases: hot, hotTraffic: hotTraffic)
        router = try api.makeRouter()
        render = Problem.renderer(report: { _, _ in })
        self.memory = memory
        self.folder = folder
    }

    /// Asks as a server would. `token` nil sends no credential; the admin's is sent where nothing is said.
    func ask(
        _ method: HTTPMethod, _ target: String, token: Token = .admin, _ fields: [(String, String)] = [],
        body: RequestBody = .empty
    ) async -> Reply {
        var headers = HTTPFields([("host", "127.0.0.1:8080")] + fields)
        if let secret = token.secret(of: self) { headers.append("authorization", "Bearer " + secret) }
        let response: HTTPResponse
        do {
            response = try await router.respond(method, target, headers: headers, body: body)
        } catch {
            let path = String(target.prefix(while: { $0 != "?" }))
            response = render(
                error, RequestIdentity(requestID: "test", method: method.rawValue, path: path, routePattern: nil))
        }
        return await Reply(response, isHead: method == .head)
    }

    /// Asks with a JSON body.
    func send(
        _ method: HTTPMethod, _ target: String, _ json: String, token: Token = .admin, _ fields: [(String, String)] = []
    ) async -> Reply {
        let type: String = method == .patch ? "application/merge-patch+json" : "application/json"
        return await ask(
            method, target, token: token, [("content-type", type)] + fields, body: .bytes(Array(json.utf8)))
    }

    /// Whose credential a request carries.
    enum Token: Sendable {
        case admin
        case none
        case secret(String)

        func secret(of harness: APIHarness) -> String? {
            switch self {
            case .admin: harness.admin
            case .none: nil
            case .secret(let text): text
            }
        }
    }

    /// Stores bytes and answers their digest.
    func putBlob(_ bytes: [UInt8], token: Token = .admin) async throws -> String {
        let digest: String = Self.digest(bytes)
        let reply: Reply = await ask(.put, "/v1/blobs/" + digest, token: token, body: .bytes(bytes))
        try #require(reply.status == 201 || reply.status == 200, "\(reply.text)")
        return digest
    }

    /// Puts a version into a state without asking anybody: for what a state means, not for how one gets there.
    func place(_ model: String, _ version: String, in state: LifecycleState) async throws {
        try await registry.core.store.write(
            { [clock] transaction in
                let id: Int64 = try #require(try transaction.model(named: model)).id
                let precedence: [UInt8] = try #require(SemanticVersion(version)).precedenceKey
                let record: VersionRecord = try #require(try transaction.version(model: id, precedence: precedence))
                try transaction.setState(version: record.id, state, sunset: nil, at: clock.now)
            }, committed: nil)
    }

    /// Registers a version with these files, making the model; answers the version's JSON.
    @discardableResult
    func publish(
        _ model: String, _ version: String, files: [(path: String, bytes: [UInt8])] = [], more: String = "",
        token: Token = .admin
    ) async throws -> JSONValue {
        var listed: [String] = []
        for file in files {
            listed.append(#"{"path":"\#(file.path)","digest":"\#(try await putBlob(file.bytes, token: token))"}"#)
        }
        let reply: Reply = await send(
            .post, "/v1/models/\(model)/versions?create_model=true",
            #"{"version":"\#(version)","artifacts":[\#(listed.joined(separator: ","))]\#(more)}"#, token: token)
        try #require(reply.status == 201, "\(reply.text)")
        return reply.json
    }
}

/// Delivers webhooks to public addresses alone, and so from no test.
enum PublicOnly {
    static let transport: any WebhookTransport = {
        let policy = AddressPolicy()
        // The system's authorities can be read wherever the tests run.
        return WebhookDelivery(client: try! DeliveryClient(policy: policy), policy: policy)
    }()
}

/// What `/readyz` is to say.
actor Readiness {
    private(set) var problems: [String] = []

    func set(_ problems: [String]) { self.problems = problems }
}

extension RequestBody {
    /// A body of known length in pieces of `piece` bytes.
    static func bytes(_ bytes: [UInt8], piece: Int = 65_536) -> RequestBody {
        RequestBody(declaredLength: Int64(bytes.count), pull: TestBody.pull(bytes, piece: piece))
    }

    /// A chunked body.
    static func chunked(_ bytes: [UInt8], piece: Int = 65_536) -> RequestBody {
        RequestBody(declaredLength: nil, pull: TestBody.pull(bytes, piece: piece))
    }

    /// A body that must not be read.
    static func untouchable(length: Int64?) -> RequestBody {
        RequestBody(
            declaredLength: length,
            pull: {
                Issue.record("the body was read")
                return nil
            })
    }

    /// A body whose client goes away after some bytes.
    static func brokenOff(after bytes: [UInt8]) -> RequestBody {
        let pull = TestBody.pull(bytes)
        return RequestBody(
            declaredLength: Int64(bytes.count) + 10,
            pull: {
                if let piece = try await pull() { return piece }
                throw HTTPError(status: 400, code: "incomplete_body", detail: "the body ended early")
            })
    }
}

extension Reply {
    /// Takes an answer's body as the socket would.
    init(_ response: HTTPResponse, isHead: Bool) async {
        var bytes: [UInt8] = []
        var failure: (any Error)?
        if !isHead {
            do {
                bytes = try await Reply.drain(response.body)
            } catch {
                failure = error
            }
        }
        self.init(status: response.status, headers: response.headers, body: bytes, brokenOff: failure)
    }

    private static func drain(_ body: ResponseBody) async throws -> [UInt8] {
        switch body {
        case .none: return []
        case .bytes(let bytes): return bytes
        case .file(let region):
            var bytes = [UInt8](repeating: 0, count: Int(region.length))
            let count: Int = pread(region.descriptor, &bytes, bytes.count, off_t(region.offset))
            try #require(count == bytes.count && region.isStillIntact())
            return bytes
        case .stream(let length, let stream):
            var bytes: [UInt8] = []
            while let piece = try await stream.next() {
                #expect(!piece.isEmpty)
                bytes += piece
            }
            if let length { #expect(Int64(bytes.count) == length) }
            return bytes
        }
    }
}

internal import Glibc
internal import StemmaJSON
internal import Synchronization

/// How far a series of promotions has come. Each promotes the version with the next higher patch number, so a reader can
/// tell by the number alone what it should have read.
final class PromotionProgress: Sendable {
    private let begun: Atomic<Int>
    private let confirmed: Atomic<Int>

    /// With that version in production.
    init(holder patch: Int) {
        begun = Atomic(patch)
        confirmed = Atomic(patch)
    }

    /// The last version whose promotion was asked for: the highest that anybody can read.
    var highest: Int { begun.load(ordering: .sequentiallyConsistent) }
    /// The last version whose promotion was confirmed: the lowest that a read sent from now on may name.
    var lowest: Int { confirmed.load(ordering: .sequentiallyConsistent) }

    func begin(_ patch: Int) { begun.store(patch, ordering: .sequentiallyConsistent) }
    func confirm(_ patch: Int) { confirmed.store(patch, ordering: .sequentiallyConsistent) }
}

/// Judges every answer of an alias while promotions go on.
struct AliasWitness: Sendable {
    /// Answers that named the wrong version, or were not consistent with themselves or with an earlier answer.
    private(set) var wrong = 0
    /// The first of them.
    private(set) var firstWrong: String?
    /// What was answered while a version was in production, by patch number.
    private(set) var bodies: [Int: [UInt8]] = [:]
    private let request: [UInt8]
    private let model: String
    private let alias: String
    private let progress: PromotionProgress
    /// The highest version read so far: nothing sent after that may name a lower one.
    private var seen = 0
    /// The last answer that was found right in itself; most answers equal it.
    private var last: (patch: Int, body: [UInt8]) = (0, [])

    init(_ daemon: Daemon, model: String, alias: String, _ progress: PromotionProgress) {
        self.model = model
        self.alias = alias
        self.progress = progress
        let path = "/v1/models/\(model)/aliases/\(alias)"
        request = Array("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\n\(daemon.authorization)\r\n\r\n".utf8)
    }

    /// Writes the request; answers the lowest patch number that its answer may name.
    func next(_ request: inout [UInt8]) -> Int {
        request.append(contentsOf: self.request)
        return max(progress.lowest, seen)
    }

    /// Judges an answer to a request that `next` gave that lowest patch number.
    mutating func examine(_ body: UnsafeRawBufferPointer, lowest: Int) {
        guard let patch = holder(body) else { return note("not consistent", body) }
        let highest: Int = progress.highest
        guard patch >= lowest, patch <= highest else { return note("not in \(lowest)...\(highest)", body) }
        seen = max(seen, patch)
    }

    /// The version that an answer names, by patch number; nil where the answer is not what it should be for that version.
    private mutating func holder(_ body: UnsafeRawBufferPointer) -> Int? {
        if body.count == last.body.count, let base = body.baseAddress, memcmp(base, last.body, body.count) == 0 {
            return last.patch
        }
        let bytes = Array(body)
        guard let document = try? JSONParser.parse(bytes), let version = document["version"]?.string,
            version.hasPrefix("1.0."), let patch = Int(version.dropFirst(4)),
            document["model"]?.string == model, document["alias"]?.string == alias,
            document["model_id"]?.string == "\(model)_v\(version)", document["state"]?.string == "production",
            document["artifacts_uri"]?.string == "/v1/models/\(model)/versions/\(version)/artifacts",
            document["manifest_digest"]?.string != nil, document["etag"]?.string != nil
        else { return nil }
        // While one version is in production its answer does not change.
        if let known = bodies[patch], known != bytes { return nil }
        bodies[patch] = bytes
        last = (patch, bytes)
        return patch
    }

    private mutating func note(_ fault: String, _ body: UnsafeRawBufferPointer) {
        wrong += 1
        if firstWrong == nil { firstWrong = "\(fault): \(String(decoding: body, as: UTF8.self))" }
    }
}

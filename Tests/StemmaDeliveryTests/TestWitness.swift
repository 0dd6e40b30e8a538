import StemmaDelivery
import StemmaDigest
import StemmaRegistry
import StemmaTesting
import StemmaTransparency
import Synchronization

/// A witness that does what C2SP tlog-witness says, in memory, unless it is told to lie.
final class TestWitness: Sendable {
    /// What it answers instead of the truth.
    enum Lie: Sendable {
        /// A cosignature by another key of the same name.
        case foreignKey
        /// A cosignature of another head.
        case otherHead
        case text(String)
        /// It claims to have signed so many events.
        case size(Int64)
        case status(Int)
    }

    private struct State {
        var heads: [String: Checkpoint] = [:]
        var lie: Lie?
        var statuses: [Int] = []
    }

    let key: VerifierKey
    private let server: LoopbackServer
    private let state: Box

    /// What both the server's thread and the test see.
    private final class Box: Sendable {
        let state = Mutex(State())
    }

    /// Trusts logs that sign with one of these keys.
    init(trusting keys: [VerifierKey], isChunked: Bool = false) throws {
        let privateKey = try TestWitness.privateKey(40)
        let key = try VerifierKey(name: "witness.test/w", algorithm: .cosignature, publicKey: privateKey.publicKey)
        let box = Box()
        self.key = key
        state = box
        server = try LoopbackServer { _, connection in
            guard let request = ReceivedRequest.read({ LoopbackServer.receive(connection) }) else { return }
            let lie: Lie? = box.state.withLock { $0.lie }
            var answer: (status: Int, body: String) =
                request.line == "POST /w/add-checkpoint HTTP/1.1"
                ? box.state.withLock { TestWitness.take(request.body, keys, key, privateKey, &$0.heads) } : (405, "")
            switch lie {
            case nil: break
            case .status(let status): answer = (status, "no")
            case .size(let size): answer = (409, "\(size)\n")
            case .text(let text): answer = (200, text)
            case .foreignKey:
                let other = try! TestWitness.privateKey(41)
                let text = String(decoding: request.body, as: UTF8.self)
                let foreign = try! VerifierKey(
                    name: key.name, algorithm: .cosignature, publicKey: other.publicKey)
                answer = (200, Cosignature.line(text, time: 1_700_000_000, key: foreign, with: other) + "\n")
            case .otherHead:
                answer = (200, Cosignature.line("x\n", time: 1_700_000_000, key: key, with: privateKey) + "\n")
            }
            box.state.withLock { $0.statuses.append(answer.status) }
            let length: Int = answer.body.utf8.count
            let text: String =
                isChunked
                ? "HTTP/1.1 \(answer.status) X\r\nTransfer-Encoding: chunked\r\n\r\n\(String(length, radix: 16))\r\n"
                    + answer.body + "\r\n0\r\n\r\n"
                : "HTTP/1.1 \(answer.status) X\r\nContent-Length: \(length)\r\n\r\n" + answer.body
            LoopbackServer.send(connection, Array(text.utf8))
        }
    }

    static func privateKey(_ seed: UInt8) throws -> Ed25519PrivateKey {
        guard let key = Ed25519PrivateKey(seed: Array(repeating: seed, count: 32)) else { throw NoKey() }
        return key
    }

    private struct NoKey: Error {}

    /// With a slash at the end, as it may be configured.
    var url: String { "http://127.0.0.1:\(server.port)/w/" }
    /// What was answered, in order.
    var statuses: [Int] { state.state.withLock { $0.statuses } }

    func lie(_ lie: Lie?) { state.state.withLock { $0.lie = lie } }

    func stop() async throws { try await OffPool.run { [server] in server.stop() } }

    /// As an anchor of a log; it may be reached on the loopback network.
    func anchor() throws -> WitnessAnchor {
        let policy = AddressPolicy(allowing: [try Network("127.0.0.0/8")])
        return try WitnessAnchor(
            url: url, key: key.description, client: try DeliveryClient(policy: policy), policy: policy)
    }

    /// One request of the protocol.
    private static func take(
        _ body: [UInt8], _ keys: [VerifierKey], _ key: VerifierKey, _ privateKey: Ed25519PrivateKey,
        _ heads: inout [String: Checkpoint]
    ) -> (status: Int, body: String) {
        guard let end = body.firstRange(of: Array("\n\n".utf8)) else { return (400, "") }
        var lines: [Substring] = String(decoding: body[..<end.lowerBound], as: UTF8.self).split(separator: "\n")
        let first: Substring = lines.removeFirst()
        let proof: [Digest] = lines.compactMap { Base64.decode(String($0)).flatMap { Digest(bytes: $0) } }
        guard first.hasPrefix("old "), let old = Int64(first.dropFirst(4)), proof.count == lines.count,
            let note = try? SignedNote(String(decoding: body[end.upperBound...], as: UTF8.self)),
            let head = try? Checkpoint(note.text), old <= head.size
        else { return (400, "") }
        let known: [VerifierKey] = keys.filter { $0.name == head.origin }
        guard !known.isEmpty else { return (404, "") }
        guard let signers = try? note.verified(by: known), !signers.isEmpty else { return (403, "") }
        let last: Checkpoint =
            heads[head.origin] ?? Checkpoint(origin: head.origin, size: 0, root: MerkleHash.empty)
        guard last.size == old, old != head.size || last.root == head.root else { return (409, "\(last.size)\n") }
        guard MerkleProof.isConsistent(from: old, last.root, to: head.size, head.root, proof: proof) else {
            return (422, "")
        }
        heads[head.origin] = head
        return (200, Cosignature.line(note.text, time: 1_700_000_000, key: key, with: privateKey) + "\n")
    }
}

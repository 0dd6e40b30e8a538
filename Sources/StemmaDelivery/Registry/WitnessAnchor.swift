internal import Dispatch
internal import StemmaDigest
package import StemmaRegistry
package import StemmaTransparency
internal import Synchronization

/// A witness of the audit log (C2SP tlog-witness): somebody else who signs each head, but only one that continues all
/// heads that it signed before. So a log that was rolled back or forked gets no further cosignature, and its readers
/// can tell.
package struct WitnessAnchor: CheckpointAnchor {
    /// The longest answer that is read, in bytes.
    static let answerMaxBytes: Int = 16_384
    /// How long it is left alone when it failed.
    package let restAfterFailure: Duration = .seconds(60)
    package let isRemote: Bool = true
    package let name: String

    private let target: DeliveryTarget
    private let key: VerifierKey
    private let client: DeliveryClient

    /// `url` is the prefix below which `add-checkpoint` lies, `key` the witness's own verifier key. Throws
    /// `DeliveryTargetError`, also for an address that `policy` does not permit, and `WitnessError.badKey`.
    package init(url: String, key: String, client: DeliveryClient, policy: AddressPolicy) throws {
        target = try WitnessAnchor.target(url)
        try target.vet(under: policy)
        self.key = try WitnessAnchor.key(key)
        self.client = client
        name = target.description
    }

    /// Throws `DeliveryTargetError`.
    package static func target(_ url: String) throws(DeliveryTargetError) -> DeliveryTarget {
        try DeliveryTarget(url + (url.hasSuffix("/") ? "" : "/") + "add-checkpoint")
    }

    /// Throws `WitnessError.badKey`.
    package static func key(_ text: String) throws(WitnessError) -> VerifierKey {
        guard let key = try? VerifierKey(text), key.algorithm == .cosignature else { throw .badKey }
        return key
    }

    /// Witnesses say nothing unless they are asked to sign.
    package func last() async throws -> String? { nil }

    package func take(_ note: String, oldSize: Int64, log: AnchoredLog) async throws -> [String] {
        let head = try Checkpoint(try SignedNote(note).text)
        var from: Int64 = oldSize
        var mayTryAgain: Bool = true
        while true {
            let answer: DeliveryAnswer = try await ask(note, from, try await log.consistency(from))
            switch answer.status {
            case 200: return [try cosignature(in: answer.body, of: note)]
            case 409:
                guard let size = WitnessAnchor.size(answer.body) else { throw WitnessError.badAnswer }
                let present: Int64 = try await log.size()
                guard size <= present else {
                    // It was signed by this log's key, or the witness would not have taken it.
                    throw AuditTampering(
                        "the witness \(name) signed \(size) events of this log, which has \(present): it is an older copy"
                    )
                }
                guard size <= head.size else { throw WitnessError.isAhead(size: size) }
                guard mayTryAgain, size != from else { throw WitnessError.otherHistory(size: size) }
                (from, mayTryAgain) = (size, false)
            case 422: throw WitnessError.otherHistory(size: from)
            case 403: throw WitnessError.keyNotTrusted
            case 404: throw WitnessError.unknownLog(origin: head.origin)
            default: throw WitnessError.refused(status: answer.status)
            }
        }
    }

    private func ask(_ note: String, _ from: Int64, _ proof: [Digest]) async throws -> DeliveryAnswer {
        let lines: String = proof.map { Base64.encode($0.bytes) + "\n" }.joined()
        let body: [UInt8] = Array("old \(from)\n\(lines)\n\(note)".utf8)
        let pending = PendingAnswer()
        let result: Result<DeliveryAnswer, DeliveryFailure> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                pending.expect(continuation)
                // A serial queue gets a thread at once, however many others are blocked.
                DispatchQueue(label: "stemma.delivery.witness").async { [client, target] in
                    pending.give(
                        client.post(
                            body, mediaType: "text/plain; charset=utf-8", to: target,
                            answerMaxBytes: WitnessAnchor.answerMaxBytes))
                }
            }
        } onCancel: {
            pending.give(.failure(.timeout))
        }
        do { return try result.get() } catch { throw WitnessError.noAnswer(error) }
    }

    /// The witness's signature line, where it is one: lines of other keys are not looked at.
    private func cosignature(in body: [UInt8], of note: String) throws -> String {
        let text: String = try SignedNote(note).text
        let lines: [Substring] = String(decoding: body, as: UTF8.self).split(separator: "\n")
        for line in lines.prefix(SignedNote.signaturesMax) {
            var signed = SignedNote(text: text)
            do throws(TransparencyError) {
                try signed.add(line: line)
                if !(try signed.verified(by: [key])).isEmpty { return String(line) }
            } catch {
                throw WitnessError.badCosignature
            }
        }
        throw WitnessError.badCosignature
    }

    /// The witness's size in an answer 409: a decimal number without leading zeros, on a line of its own.
    private static func size(_ body: [UInt8]) -> Int64? {
        let text = String(decoding: body.last == 0x0A ? body.dropLast() : body[...], as: UTF8.self)
        guard let size = Int64(text), size >= 0, String(size) == text else { return nil }
        return size
    }
}

/// An answer that somebody waits for, until it is there or the waiting is given up.
private final class PendingAnswer: Sendable {
    typealias Answer = Result<DeliveryAnswer, DeliveryFailure>

    private enum State {
        case none
        case waiting(CheckedContinuation<Answer, Never>)
        case given(Answer)
    }

    private let state = Mutex<State>(.none)

    func expect(_ continuation: CheckedContinuation<Answer, Never>) {
        let early: Answer? = state.withLock { state in
            if case .given(let answer) = state { return answer }
            state = .waiting(continuation)
            return nil
        }
        if let early { continuation.resume(returning: early) }
    }

    /// Only the first one counts.
    func give(_ answer: Answer) {
        let waiting: CheckedContinuation<Answer, Never>? = state.withLock { state in
            if case .given = state { return nil }
            defer { state = .given(answer) }
            guard case .waiting(let continuation) = state else { return nil }
            return continuation
        }
        waiting?.resume(returning: answer)
    }
}

/// Why a witness did not sign a head.
package enum WitnessError: Error, Equatable, CustomStringConvertible {
    case badKey
    case noAnswer(DeliveryFailure)
    case badAnswer
    case badCosignature
    /// It signed a head between this one and the log's present size.
    case isAhead(size: Int64)
    /// What it saw of the log is not what the log has.
    case otherHistory(size: Int64)
    case keyNotTrusted
    case unknownLog(origin: String)
    case refused(status: Int)

    /// One line for the log.
    package var description: String {
        switch self {
        case .badKey: "a witness's key is a verifier key for cosignatures, name+id+key with the algorithm 4"
        case .noAnswer(let failure): "there is no answer (\(failure.rawValue))"
        case .badAnswer: "its answer cannot be read"
        case .badCosignature: "its answer holds no good cosignature by the configured key, and is not believed"
        case .isAhead(let size): "it signed a later head already, of \(size) events"
        case .otherHistory(let size):
            """
            it says that this log does not continue the first \(size) events that it signed: either the log was rolled back \
            or changed, or the witness is wrong; compare with an export or a saved head
            """
        case .keyNotTrusted: "it does not trust the key that signs this log; give it the present verifier key"
        case .unknownLog(let origin): "it does not know the log \(origin); give it the log's verifier key"
        case .refused(let status): "it answered \(status)"
        }
    }
}

import StemmaJSON
import StemmaTesting

/// One request of the workload.
struct Step: Sendable {
    /// How a repetition of a request that was under way at the crash is judged.
    enum Repetition: Sendable {
        /// A POST with an `Idempotency-Key`: one effect, one event of each action, whichever try made it.
        case once
        /// The same state whoever asks last; each try may have its event.
        case idempotent
        /// As `idempotent`, and what is gone already may be answered with 404.
        case removal
        /// Every try makes something of its own.
        case independent
    }

    /// Also the request id.
    let name: String
    let method: String
    /// `{variable}` is replaced by what an earlier step's answer gave.
    let target: String
    var body: [UInt8]?
    var fields: WireFields = [:]
    /// The audit events that the first success makes, all of them.
    var events: [String] = []
    var repetition: Repetition
    /// A GET of these tells what the step did; they may change with it, nothing else may.
    var observed: [String] = []
    /// Among `observed`, what has exactly the answer's body and entity tag.
    var resource: String?
    /// Takes variables from the answer.
    var capture: (@Sendable (WireReply) -> [String: String])?
    /// Where the bytes of an append start.
    var offset: Int?

    /// The value of the `Idempotency-Key` field.
    var key: String? { repetition == .once ? "key-\(name)" : nil }
}

/// A text with `{name}` replaced by the variables' values.
func filled(_ text: String, _ variables: [String: String]) -> String {
    variables.reduce(text) { $0.replacing("{\($1.key)}", with: $1.value) }
}

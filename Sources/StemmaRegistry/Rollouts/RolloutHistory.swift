internal import StemmaJSON

/// Everything that happened to a rollout, in order.
struct RolloutHistory: Sendable {
    private(set) var entries: [JSONValue] = []

    enum Happening: String, CaseIterable {
        case started
        case advanced
        case succeeded
        case aborted
        /// It reached its end, but the promotion was refused.
        case held
    }

    init() {}

    /// Throws `internalError` where the text is no array, which only a damaged database can cause.
    init(of record: RolloutRecord) throws(StemmaError) {
        guard let entries = (try? JSONParser.parse(record.progress.history))?.array else {
            throw StemmaError(.internalError, "a stored document is damaged", cause: "rollout history is not an array")
        }
        self.entries = entries
    }

    /// Adds what happens now. `step` and `percent` are those that the rollout is left at.
    mutating func add(
        _ happening: Happening, step: Int, percent: Int, by subject: String, at moment: Timestamp,
        isForced: Bool = false, reason: String? = nil, evaluation: RolloutEvaluation? = nil, guards: JSONValue = []
    ) {
        // A rollout that is held may be tried every minute: what holds it now replaces what held it before.
        if happening == .held, entries.last?["event"]?.string == Happening.held.rawValue { entries.removeLast() }
        entries.append(
            .object([
                "event": .string(happening.rawValue), "at": .string(moment.description), "by": .string(subject),
                "step": .integer(Int64(step)), "percent": .integer(Int64(percent)), "forced": .bool(isForced),
                "reason": reason.map { .string($0) } ?? .null, "evaluation": evaluation?.json ?? [], "guards": guards,
            ]))
    }

    var text: [UInt8] {
        var writer = JSONWriter(capacity: 1_024)
        writer.value(.array(entries))
        return writer.finish()
    }

    /// When the step before the present one began; nil at the first.
    var startOfPreviousStep: Timestamp? {
        let starts: [JSONValue] = entries.filter { entry in
            [Happening.started.rawValue, Happening.advanced.rawValue].contains(entry["event"]?.string ?? "")
        }
        return starts.dropLast().last?["at"]?.string.flatMap { Timestamp($0) }
    }

    /// How the criteria stood when the last step ended, or the rollout.
    var lastEvaluation: JSONValue { entries.last?["evaluation"] ?? [] }

    /// What keeps the version from being promoted; nil where nothing was tried since the last step began.
    var hold: JSONObject? {
        guard let last = entries.last?.object, last["event"]?.string == Happening.held.rawValue else { return nil }
        return last
    }
}

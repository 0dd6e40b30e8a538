import StemmaJSON
import StemmaTesting

/// What the clients know: what they were told, and what they asked without ever getting an answer.
struct Ledger: Sendable {
    /// What a GET answered.
    struct Sight: Sendable, Equatable {
        let status: Int
        let etag: String?
        let body: [UInt8]

        init(_ reply: WireReply) {
            (status, etag) = (reply.status, reply["ETag"])
            // A refusal names the request that it refuses.
            body = reply.isSuccess ? reply.body : []
        }
    }

    /// One sending of a step's request.
    struct Try: Sendable {
        let requestID: String
        var isAcknowledged: Bool = false
    }

    var remaining: [[Step]] = Workload.stages
    /// Taken from answers, e.g. the path of an upload.
    var variables: [String: String] = [:]
    /// Answers of success by step.
    var answers: [String: WireReply] = [:]
    var tries: [String: [Try]] = [:]
    /// What must be read again exactly so, by target.
    var sights: [String: Sight] = [:]
    /// Requests without an answer, whose effect may be there or not.
    var uncertain: [Step] = []
    /// Acknowledged bytes of uploads, by target.
    var offsets: [String: Int] = [:]
    /// The version that an acknowledged request pointed the alias at.
    var alias: String?
    var problems: [String] = []

    func target(_ step: Step) -> String { filled(step.target, variables) }

    /// The version that a request which sets the alias names.
    static func aliasVersion(_ step: Step) -> String? {
        guard step.name.hasPrefix("alias-"), let body = step.body else { return nil }
        return WireReply(status: 0, fields: [], body: body).json["version"]?.string
    }

    /// Notes an answer of success.
    mutating func acknowledge(_ step: Step, _ reply: WireReply) {
        if let last = tries[step.name]?.indices.last { tries[step.name]?[last].isAcknowledged = true }
        answers[step.name] = reply
        uncertain.removeAll { $0.name == step.name }
        for target in step.observed { sights[target] = nil }
        if let resource = step.resource { sights[resource] = Sight(reply.asRead) }
        if let capture = step.capture { variables.merge(capture(reply)) { $1 } }
        if let version = Ledger.aliasVersion(step) { alias = version }
        if let start = step.offset, let body = step.body { offsets[target(step)] = start + body.count }
    }

    /// Notes that a request got no answer, or one that says nothing of its effect.
    mutating func doubt(_ step: Step) {
        uncertain.append(step)
        for target in step.observed { sights[target] = nil }
    }
}

extension WireReply {
    /// The answer to the GET that would follow the mutation of which this is the answer.
    fileprivate var asRead: WireReply { WireReply(status: 200, fields: fields, body: body) }
}

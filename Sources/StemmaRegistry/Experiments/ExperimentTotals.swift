internal import StemmaJSON

/// What was counted of one metric in one arm, from the beginning until now.
enum ArmTotals: Sendable, Equatable {
    case counts(successes: Int64, trials: Int64)
    /// `deviation` is the sample's (divided by n - 1).
    case sample(mean: Double, deviation: Double, count: Int64)

    var kind: ExperimentCriteria.MetricKind {
        switch self {
        case .counts: .proportion
        case .sample: .mean
        }
    }

    /// The rate, or the mean.
    var value: Double {
        switch self {
        case .counts(let successes, let trials): Double(successes) / Double(trials)
        case .sample(let mean, _, _): mean
        }
    }

    /// Trials, or values.
    var count: Int64 {
        switch self {
        case .counts(_, let trials): trials
        case .sample(_, _, let count): count
        }
    }

    var json: JSONValue {
        switch self {
        case .counts(let successes, let trials): ["successes": .integer(successes), "trials": .integer(trials)]
        case .sample(let mean, let deviation, let count):
            ["mean": .double(mean), "deviation": .double(deviation), "n": .integer(count)]
        }
    }

    /// Reads an arm of a body of `ExperimentShapes.results`, or what is stored; appends what is wrong with it.
    init?(_ json: JSONValue, at pointer: String, limits: Limits, _ faults: inout [ShapeFault]) {
        let given: Set<String> = Set((json.object?.members ?? []).filter { !$0.value.isNull }.map(\.name))
        switch given {
        case ["successes", "trials"]:
            let (successes, trials): (Int64, Int64) = (json["successes"]?.integer ?? 0, json["trials"]?.integer ?? 0)
            guard trials >= 1 else {
                faults.append(ShapeFault(pointer: pointer + "/trials", detail: "must be at least 1"))
                return nil
            }
            guard successes <= trials else {
                faults.append(
                    ShapeFault(pointer: pointer + "/successes", detail: "must not exceed the \(trials) trials"))
                return nil
            }
            self = .counts(successes: successes, trials: trials)
        case ["mean", "deviation", "n"]:
            let mean: Double = json["mean"]?.number ?? 0
            let deviation: Double = json["deviation"]?.number ?? 0
            let count: Int64 = json["n"]?.integer ?? 0
            for (name, value) in [("mean", mean), ("deviation", deviation)]
            where abs(value) > limits.observationMagnitude {
                faults.append(ShapeFault(pointer: "\(pointer)/\(name)", detail: "is too large a number"))
                return nil
            }
            guard count >= 2 else {
                faults.append(ShapeFault(pointer: pointer + "/n", detail: "must be at least 2 to have a deviation"))
                return nil
            }
            self = .sample(mean: mean, deviation: deviation, count: count)
        default:
            faults.append(
                ShapeFault(
                    pointer: pointer, detail: "must have either successes and trials, or mean, deviation and n"))
            return nil
        }
    }

    /// Why these cannot be later totals of the same arm; nil where they can.
    func contradiction(to earlier: ArmTotals) -> String? {
        switch (earlier, self) {
        case (.counts(let successesBefore, let trialsBefore), .counts(let successes, let trials)):
            if trials < trialsBefore { return "trials were \(trialsBefore) before" }
            if successes < successesBefore { return "successes were \(successesBefore) before" }
            let (failuresBefore, failures): (Int64, Int64) = (trialsBefore - successesBefore, trials - successes)
            return failures < failuresBefore ? "trials without success were \(failuresBefore) before" : nil
        case (.sample(_, _, let countBefore), .sample(_, _, let count)):
            if count < countBefore { return "n was \(countBefore) before" }
            return count == countBefore && self != earlier
                ? "n is \(count) as before, but mean or deviation is another" : nil
        default:
            return "it was given as a \(earlier.kind.rawValue) before"
        }
    }
}

/// One metric in both arms.
struct MetricTotals: Sendable {
    let metric: String
    let baseline: ArmTotals
    let treatment: ArmTotals
}

/// All metrics of one look, by name in code point order.
struct ExperimentTotals: Sendable {
    let metrics: [MetricTotals]

    /// Reads `metrics` of a body of `ExperimentShapes.results`. Throws `validationFailed`.
    init(_ json: JSONValue, limits: Limits) throws(StemmaError) {
        var faults: [ShapeFault] = []
        let metrics: [MetricTotals] = ExperimentTotals.read(json, limits: limits, &faults)
        guard faults.isEmpty else { throw StemmaError.validation(faults) }
        self.metrics = metrics
    }

    private static func read(_ json: JSONValue, limits: Limits, _ faults: inout [ShapeFault]) -> [MetricTotals] {
        var found: [MetricTotals] = []
        let members: [JSONObject.Member] = json.object?.members ?? []
        for member in members.sorted(by: { VersionManifest.precedes($0.name, $1.name) }) {
            let pointer: String = JSONPointer.appending(member.name, to: "/metrics")
            let baseline = ArmTotals(
                member.value["baseline"] ?? .null, at: pointer + "/baseline", limits: limits, &faults)
            let treatment = ArmTotals(
                member.value["treatment"] ?? .null, at: pointer + "/treatment", limits: limits, &faults)
            guard let baseline, let treatment else { continue }
            guard baseline.kind == treatment.kind else {
                faults.append(ShapeFault(pointer: pointer, detail: "must be counts in both arms, or means in both"))
                continue
            }
            found.append(MetricTotals(metric: member.name, baseline: baseline, treatment: treatment))
        }
        return found
    }

    subscript(metric: String) -> MetricTotals? { metrics.first { $0.metric == metric } }

    var json: JSONObject {
        JSONObject(
            metrics.map {
                JSONObject.Member(
                    name: $0.metric, value: ["baseline": $0.baseline.json, "treatment": $0.treatment.json])
            })
    }

    /// Throws `validationFailed` where the primary metric is missing or not of the kind that was planned for, and where a
    /// total is smaller than in an earlier look.
    func check(_ criteria: ExperimentCriteria, after earlier: ExperimentTotals?) throws(StemmaError) {
        var faults: [ShapeFault] = []
        let primary: String = JSONPointer.appending(criteria.metric, to: "/metrics")
        if let found = self[criteria.metric] {
            if let expected = criteria.expectedKind, expected != found.baseline.kind {
                faults.append(
                    ShapeFault(pointer: primary, detail: "was planned for as a \(expected.rawValue); send it as one"))
            }
        } else {
            faults.append(ShapeFault(pointer: primary, detail: "is required: it is the primary metric"))
        }
        for before in earlier?.metrics ?? [] where before.metric != criteria.metric || self[before.metric] != nil {
            let pointer: String = JSONPointer.appending(before.metric, to: "/metrics")
            guard let now = self[before.metric] else {
                faults.append(
                    ShapeFault(pointer: pointer, detail: "was in the results before; results are totals so far"))
                continue
            }
            for (arm, old, new) in [
                ("baseline", before.baseline, now.baseline), ("treatment", before.treatment, now.treatment),
            ] {
                guard let problem = new.contradiction(to: old) else { continue }
                faults.append(
                    ShapeFault(
                        pointer: "\(pointer)/\(arm)", detail: "\(problem); results are totals so far, not increments"))
            }
        }
        guard faults.isEmpty else { throw StemmaError.validation(faults) }
    }
}

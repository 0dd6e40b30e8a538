internal import StemmaJSON

/// Whether one metric came out again.
struct MetricVerdict: Sendable, Equatable {
    enum Verdict: String, Sendable, CaseIterable {
        case match
        case mismatch
        /// The version says nothing of the metric.
        case missingOriginal = "missing_original"
        /// The attempt says nothing of it.
        case missingReproduced = "missing_reproduced"
    }

    let metric: String
    let original: Double?
    let reproduced: Double?
    let verdict: Verdict
    /// The largest difference that matches; nil without an original.
    let allowed: Double?

    /// Without a sign; nil where one of the two is missing.
    var difference: Double? {
        guard let original, let reproduced else { return nil }
        return abs(original - reproduced)
    }

    /// The specification's rule: a mismatch where `abs(original - reproduced) > tolerance`, and with a relative tolerance
    /// where it exceeds `tolerance * abs(original)`.
    init(_ metric: String, original: Double?, reproduced: Double?, tolerance: Double, mode: ToleranceMode) {
        self.metric = metric
        self.original = original
        self.reproduced = reproduced
        allowed = original.map { mode == .absolute ? tolerance : tolerance * abs($0) }
        guard let original, let allowed else {
            verdict = .missingOriginal
            return
        }
        guard let reproduced else {
            verdict = .missingReproduced
            return
        }
        verdict =
            MetricVerdict.isWithin(allowed, original, reproduced) ? .match : .mismatch
    }

    /// 0.934 and 0.933 are a little more than 0.001 apart as doubles. The bound therefore yields by what the two numbers
    /// and the difference may each be rounded: half a unit in the last place of the larger one. Where nothing is allowed,
    /// nothing yields.
    private static func isWithin(_ allowed: Double, _ original: Double, _ reproduced: Double) -> Bool {
        let difference: Double = abs(original - reproduced)
        if difference <= allowed { return true }
        guard allowed > 0, difference.isFinite else { return false }
        return difference - allowed <= 2 * max(abs(original), abs(reproduced)).ulp
    }

    /// Every metric of either side, by name in code point order. Both hold numbers only.
    static func all(
        original: JSONObject, reproduced: JSONObject, tolerance: Double, mode: ToleranceMode
    ) -> [MetricVerdict] {
        let names: Set<String> = Set(original.members.map(\.name)).union(reproduced.members.map(\.name))
        return names.sorted(by: VersionManifest.precedes).map { name in
            MetricVerdict(
                name, original: original[name]?.number, reproduced: reproduced[name]?.number, tolerance: tolerance,
                mode: mode)
        }
    }

    var json: JSONValue {
        [
            "metric": .string(metric), "original": MetricVerdict.number(original),
            "reproduced": MetricVerdict.number(reproduced), "difference": MetricVerdict.number(difference),
            "allowed": MetricVerdict.number(allowed), "verdict": .string(verdict.rawValue),
        ]
    }

    private static func number(_ value: Double?) -> JSONValue {
        guard let value, value.isFinite else { return .null }
        return .double(value)
    }
}

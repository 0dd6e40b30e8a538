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
            DecimalBound.holds(difference: abs(original - reproduced), of: original, reproduced, upTo: allowed)
            ? .match : .mismatch
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
            "metric": .string(metric), "original": FiniteNumber.json(original),
            "reproduced": FiniteNumber.json(reproduced), "difference": FiniteNumber.json(difference),
            "allowed": FiniteNumber.json(allowed), "verdict": .string(verdict.rawValue),
        ]
    }
}

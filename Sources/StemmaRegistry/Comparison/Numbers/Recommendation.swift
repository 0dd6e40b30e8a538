internal import StemmaStatistics

/// What the numbers say, in words that say no more.
struct Recommendation: Sendable {
    let text: String
    /// What a reader should know before using the numbers.
    let warnings: [String]

    /// `names` are those of A and B; `isPairedByPlace` where examples carried no ids.
    init(
        _ compared: ComparedMetrics, names: (a: String, b: String), significance: Double, isPairedByPlace: Bool
    ) {
        let differing: [MetricComparison] = compared.metrics.filter { $0.isSignificant(significance) }
        let forA: [String] = differing.filter { $0.difference < 0 }.map(\.name)
        let forB: [String] = differing.filter { $0.difference > 0 }.map(\.name)
        let open: [String] = compared.metrics.filter { !$0.isSignificant(significance) }.map(\.name)
        let after: String = "at the level \(Recommendation.short(significance)) after Holm's correction"
        let onThese: String = "on these \(compared.discordant.examples) examples"
        var text: String
        if !forA.isEmpty, !forB.isEmpty {
            text =
                "Conflicting: model B (\(names.b)) is significantly better on \(Self.list(forB)), model A (\(names.a)) on "
                + "\(Self.list(forA)), \(onThese), \(after). Which of these matters more is not for the numbers to say."
        } else if !forB.isEmpty {
            text = "Model B (\(names.b)) is significantly better on \(Self.list(forB)) \(onThese), \(after)."
        } else if !forA.isEmpty {
            text = "Model A (\(names.a)) is significantly better on \(Self.list(forA)) \(onThese), \(after)."
        } else {
            text = "No significant difference \(onThese) \(after). " + Self.detectable(compared, significance)
        }
        if !differing.isEmpty, !open.isEmpty { text += " No significant difference on \(Self.list(open))." }
        self.text = text
        warnings = Self.warnings(compared, isPairedByPlace: isPairedByPlace)
    }

    /// What such a comparison could have found: no difference found is not the same as no difference.
    private static func detectable(_ compared: ComparedMetrics, _ significance: Double) -> String {
        let pairs: Int = compared.discordant.examples
        let apart: Int = compared.discordant.onlyA + compared.discordant.onlyB
        guard apart > 0 else { return "The models are right and wrong on the same examples." }
        // Holm's first step asks for the level divided by the number of metrics.
        let level: Double = significance / Double(compared.metrics.count)
        let found: Double? = PairedPlan.detectableDifference(
            pairs: pairs, discordant: Double(apart) / Double(pairs), TestPlan(significance: level, power: 0.8))
        guard let found else {
            return "\(apart) discordant examples are too few for any difference of accuracy to be found."
        }
        return
            "With \(apart) discordant examples a difference of accuracy of about \(short(found)) would have been found with "
            + "a probability of 0.8; a smaller one may well be there."
    }

    private static func warnings(_ compared: ComparedMetrics, isPairedByPlace: Bool) -> [String] {
        var warnings: [String] = []
        let apart: Int = compared.discordant.onlyA + compared.discordant.onlyB
        if apart < McNemar.exactBelow {
            warnings.append(
                "Only \(apart) examples are right with one model and wrong with the other: one or two more could change "
                    + "the result.")
        }
        if isPairedByPlace {
            warnings.append(
                "The examples have no ids and are paired by their places: examples of the same label in another order would "
                    + "not be noticed.")
        }
        return warnings
    }

    private static func list(_ names: [String]) -> String {
        guard names.count > 1 else { return names.first ?? "" }
        return names.dropLast().joined(separator: ", ") + " and " + (names.last ?? "")
    }

    /// Three digits.
    static func short(_ value: Double) -> String {
        var factor: Double = 1
        while abs(value) * factor < 100, factor < 1e12 { factor *= 10 }
        return "\((value * factor).rounded() / factor)"
    }
}

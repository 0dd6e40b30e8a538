package import StemmaJSON
internal import StemmaStatistics

/// How many observations an experiment needs.
package enum SampleSizeCalculator {
    /// What is asked; nil where it was left out.
    package struct Request: Sendable {
        package let kind: String?
        package let baseline: Double?
        package let effect: Double?
        package let deviation: Double?
        package let significance: Double?
        package let power: Double?
        package let ratio: Double?

        package init(
            kind: String?, baseline: Double?, effect: Double?, deviation: Double?, significance: Double?,
            power: Double?, ratio: Double?
        ) {
            self.kind = kind
            self.baseline = baseline
            self.effect = effect
            self.deviation = deviation
            self.significance = significance
            self.power = power
            self.ratio = ratio
        }
    }

    package static let kinds: [String] = ExperimentCriteria.MetricKind.allCases.map(\.rawValue)

    private static let number: Shape = .nullable(.number(minimum: nil))

    /// What is answered.
    package static let document: Shape = .named(
        "SampleSize",
        .object([
            Shape.Field("kind", .choice(kinds), required: true), Shape.Field("baseline", number, required: true),
            Shape.Field("effect", number, required: true), Shape.Field("deviation", number, required: true),
            Shape.Field("significance_level", .number(minimum: 0), required: true, "Two-sided"),
            Shape.Field("power", .number(minimum: 0), required: true),
            Shape.Field("ratio", .number(minimum: 0), required: true, "Treatment for each one of baseline"),
            Shape.Field(
                "per_arm",
                .object([
                    Shape.Field("baseline", .count, required: true), Shape.Field("treatment", .count, required: true),
                ]), required: true),
            Shape.Field("total", .count, required: true),
            Shape.Field("formula", .text(maxBytes: 2_000), required: true),
        ]))

    /// The answer as JSON. Throws `validationFailed` at the query parameters that are missing or out of range.
    static func answer(_ request: Request) throws(StemmaError) -> [UInt8] {
        let plan = TestPlan(
            significance: request.significance ?? 0.05, power: request.power ?? 0.8, ratio: request.ratio ?? 1)
        let kind = ExperimentCriteria.MetricKind(rawValue: request.kind ?? "")
        let faults: [ShapeFault] = faults(request, kind, plan)
        guard faults.isEmpty, let kind, let effect = request.effect else { throw StemmaError.validation(faults) }
        let size: SampleSize?
        switch kind {
        case .proportion:
            let baseline: Double = request.baseline ?? 0
            size = TwoProportionsPlan.size(a: baseline, b: baseline + effect, plan)
        case .mean:
            let deviation: Double = request.deviation ?? 0
            size = TwoMeansPlan.size(difference: effect, deviationA: deviation, deviationB: deviation, plan)
        }
        guard let size, size.a <= most, size.b <= most else {
            throw StemmaError.validation([
                ShapeFault(
                    pointer: "?effect", detail: "is too small: no sample that anybody could gather would show it")
            ])
        }
        return write(request, kind, plan, size)
    }

    /// Observations beyond what JSON numbers hold exactly.
    private static let most: Int = 4_503_599_627_370_495

    private static func write(
        _ request: Request, _ kind: ExperimentCriteria.MetricKind, _ plan: TestPlan, _ size: SampleSize
    ) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("kind", kind.rawValue)
        writer.field("baseline", request.baseline)
        writer.field("effect", request.effect)
        writer.field("deviation", request.deviation)
        writer.field("significance_level", plan.significance)
        writer.field("power", plan.power)
        writer.field("ratio", plan.ratio)
        writer.field(
            "per_arm", ["baseline": .integer(Int64(size.a)), "treatment": .integer(Int64(size.b))] as JSONValue)
        writer.field("total", Int64(size.a) + Int64(size.b))
        writer.field("formula", formula(kind))
        writer.endObject()
        return writer.finish()
    }

    private static func faults(
        _ request: Request, _ kind: ExperimentCriteria.MetricKind?, _ plan: TestPlan
    ) -> [ShapeFault] {
        var faults: [ShapeFault] = []
        func report(_ name: String, _ detail: String) {
            faults.append(ShapeFault(pointer: "?" + name, detail: detail))
        }
        if kind == nil { report("kind", "must be one of \(kinds.joined(separator: ", "))") }
        if request.effect == nil || request.effect == 0 {
            report("effect", "is needed and must not be 0: the difference that is to be found")
        }
        if !(plan.significance > 0 && plan.significance <= 0.5) {
            report("significance_level", "must be above 0 and at most 0.5")
        }
        if !(plan.power > plan.significance && plan.power < 1) {
            report("power", "must be above the significance level and below 1")
        }
        if !(0.001...1_000).contains(plan.ratio) { report("ratio", "must be 0.001 to 1000") }
        switch kind {
        case .proportion:
            if let baseline = request.baseline, (0...1).contains(baseline) {
                if let effect = request.effect, !(0...1).contains(baseline + effect) {
                    report("effect", "takes the rate to \(baseline + effect), which is none of 0 to 1")
                }
            } else {
                report("baseline", "is needed: a rate of 0 to 1")
            }
            if request.deviation != nil { report("deviation", "is for means; that of a rate follows from the rate") }
        case .mean:
            if !((request.deviation ?? 0) > 0) { report("deviation", "is needed and must be above 0") }
        case nil:
            break
        }
        return faults
    }

    private static func formula(_ kind: ExperimentCriteria.MetricKind) -> String {
        switch kind {
        case .proportion:
            "baseline arm: (z(1 - significance_level/2) * sqrt((r + 1) m (1 - m)) + z(power) * sqrt(r p (1 - p) + q (1 - q)))^2 "
                + "/ (r (q - p)^2) with p the baseline, q = p + effect, r the ratio and m = (p + r q) / (1 + r); treatment "
                + "arm: r times that; both rounded up (two-sided pooled z test of two proportions, without continuity "
                + "correction)"
        case .mean:
            "baseline arm: (z(1 - significance_level/2) + z(power))^2 * deviation^2 * (1 + 1/r) / effect^2 with r the ratio; "
                + "treatment arm: r times that; both rounded up (two-sided test of two means, normal approximation)"
        }
    }
}

extension ExperimentService {
    /// How many observations each arm needs. Throws `validationFailed`.
    package func calculateSampleSize(
        _ request: SampleSizeCalculator.Request, _ principal: Principal
    ) throws -> [UInt8] {
        try principal.require(.readModels)
        return try SampleSizeCalculator.answer(request)
    }
}

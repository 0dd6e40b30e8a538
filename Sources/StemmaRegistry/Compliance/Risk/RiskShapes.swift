internal import StemmaDigest
package import StemmaJSON

/// Assessments of risk as sent and answered.
package enum RiskShapes {
    private static let limits = Limits()
    static let aiActClasses: [String] = ["prohibited", "high", "limited", "minimal"]
    private static let tier: String = "critical, high, medium or low, or 1, the gravest, to 4"

    private static let members: [Shape.Field] = [
        Shape.Field("tier", .any, required: true, tier),
        Shape.Field("exposure", .integer(1...4), "How much depends on it; 1 is the gravest"),
        Shape.Field("purpose", .integer(1...4), "How grave what it is for is; 1 is the gravest"),
        Shape.Field("ai_act_class", .nullable(.choice(aiActClasses)), "Of Regulation (EU) 2024/1689"),
        Shape.Field("annex_iii_area", CommonShapes.line, "The area of its Annex III"),
        Shape.Field(
            "annex_iv",
            .nullable(.map(of: .text(maxBytes: 1_024, minBytes: 1), maxCount: 9, keyBytes: 1)),
            "Artifact path by heading of its Annex IV, `1` to `9`"),
        Shape.Field("retain_until", .nullable(CommonShapes.time), "Until when documentation is kept"),
        Shape.Field(
            "decision_use",
            .nullable(
                .object([
                    Shape.Field("profiling", .boolean, "It evaluates personal aspects of people"),
                    Shape.Field("significant_effect", .boolean, "Legal or similar effects for people"),
                    Shape.Field(
                        "significant_decision", .boolean,
                        "It replaces human decisions on finance, housing, education, work or health care"),
                ]))),
        Shape.Field(
            "dpia",
            .nullable(
                .object([
                    Shape.Field("reference", CommonShapes.line),
                    Shape.Field("completed_at", .nullable(CommonShapes.time)),
                ])), "Data protection impact assessment"),
        Shape.Field(
            "ccpa",
            .nullable(
                .object([
                    Shape.Field("in_scope", .boolean, "It decides on consumers of California"),
                    Shape.Field("pre_use_notice", CommonShapes.line), Shape.Field("opt_out", CommonShapes.line),
                    Shape.Field("access", CommonShapes.line), Shape.Field("risk_assessment", CommonShapes.line),
                ]))),
        Shape.Field(
            "review_period_days", .nullable(.integer(1...limits.riskReviewDaysMax)),
            "By tier where absent: "
                + limits.riskReviewDays.map { String($0) }.joined(separator: ", ") + " from the gravest"),
        Shape.Field("rationale", CommonShapes.rationale, "Why it is assessed so"),
    ]

    package static let request: Shape = .named(
        "RiskAssessmentRequest",
        .object(
            members
                + ["assessed_at", "assessed_by", "next_review_at"].map {
                    Shape.Field($0, .text(maxBytes: 500), readOnly: true)
                }))

    private static let assessment: Shape = .object([
        Shape.Field("revision", .count, required: true, "From 1"), Shape.Field("risk", .any, required: true),
        Shape.Field("assessed_at", CommonShapes.time, required: true),
        Shape.Field("assessed_by", .text(maxBytes: 500), required: true),
    ])

    package static let document: Shape = .named(
        "RiskAssessment",
        .object([
            Shape.Field("model", .text(maxBytes: 800), required: true),
            Shape.Field("version", .text(maxBytes: 128), required: true),
            Shape.Field("model_id", .text(maxBytes: 1_000), required: true),
            Shape.Field("risk", .any, required: true, "The newest assessment; null where there is none"),
            Shape.Field("registered", .any, required: true, "The one made at registration, part of the manifest"),
            Shape.Field("computed_tier", .nullable(.integer(1...4)), required: true, "From exposure and purpose"),
            Shape.Field(
                "history", .array(of: assessment, count: 0...limits.riskAssessmentsShown), required: true,
                "Assessments after registration, newest first"),
            Shape.Field("etag", .text(maxBytes: 64), required: true),
        ]))

    /// What a closed shape cannot say: what a tier may be, and what headings there are.
    static func faults(_ body: JSONValue) -> [ShapeFault] {
        var faults: [ShapeFault] = []
        if let value = body["tier"], RiskTier.number(value) == nil {
            faults.append(ShapeFault(pointer: "/tier", detail: "must be \(tier)"))
        }
        for member in body["annex_iv"]?.object?.members ?? [] where !("1"..."9").contains(member.name) {
            faults.append(
                ShapeFault(
                    pointer: JSONPointer.appending(member.name, to: "/annex_iv"), detail: "must be a heading, 1 to 9"))
        }
        return faults
    }
}

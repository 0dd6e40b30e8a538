internal import StemmaJSON

/// Facts from the newest assessment of a version's risk.
enum VersionRiskFacts {
    private static let prefix: String = "version.risk."

    static func gather(
        _ needs: ComplianceNeeds, _ version: VersionSubject, into sheet: inout ComplianceSheet
    ) throws {
        guard needs.wants("version.risk"), !version.risk.isEmpty else { return }
        let risk: JSONObject = version.risk
        sheet.set(prefix + "tier", RiskTier.number(of: risk))
        sheet.set(prefix + "computed_tier", RiskTier.computed(of: risk))
        sheet.set(prefix + "assessed_at", ComplianceText.time(risk["assessed_at"]))
        if let aiClass = risk["ai_act_class"]?.string, RiskShapes.aiActClasses.contains(aiClass) {
            sheet.set(prefix + "ai_act_class", aiClass)
        }
        sheet.set(prefix + "annex_iii_area", ComplianceText.text(risk["annex_iii_area"]))
        if needs.wants(prefix + "annex_iv_headings") {
            sheet.set(prefix + "annex_iv_headings", .array(try headings(version, risk)))
        }
        if needs.wants(prefix + "retained_after_service_days") {
            sheet.set(prefix + "retained_after_service_days", try retainedDays(version, risk))
        }
        let (use, dpia, ccpa) = (risk["decision_use"], risk["dpia"], risk["ccpa"])
        sheet.set(prefix + "is_profiling", ComplianceText.flag(use?["profiling"]))
        sheet.set(prefix + "has_significant_effect", ComplianceText.flag(use?["significant_effect"]))
        sheet.set(prefix + "makes_significant_decisions", ComplianceText.flag(use?["significant_decision"]))
        sheet.set(prefix + "dpia_reference", ComplianceText.text(dpia?["reference"]))
        sheet.set(prefix + "dpia_completed_at", ComplianceText.time(dpia?["completed_at"]))
        sheet.set(prefix + "concerns_californians", ComplianceText.flag(ccpa?["in_scope"]))
        for name in ["pre_use_notice", "opt_out", "access", "risk_assessment"] {
            sheet.set(prefix + "ccpa_" + name, ComplianceText.text(ccpa?[name]))
        }
    }

    /// Headings whose artifact the version has.
    private static func headings(_ version: VersionSubject, _ risk: JSONObject) throws -> [JSONValue] {
        let paths: Set<String> = Set(try version.artifacts().map(\.path))
        return (risk["annex_iv"]?.object?.members ?? []).compactMap { member in
            guard let heading = Int64(member.name), let path = member.value.string, paths.contains(path) else {
                return nil
            }
            return .integer(heading)
        }
    }

    private static func retainedDays(_ version: VersionSubject, _ risk: JSONObject) throws -> Int64? {
        guard let until = ComplianceText.time(risk["retain_until"]) else { return nil }
        let served: [LifecycleState] = [.production, .shadow]
        let last: Timestamp? =
            served.contains(version.record.state)
            ? version.context.now : try version.reader.lastDeparture(version: version.record.id, from: served)
        return last.map { (until.milliseconds - $0.milliseconds) / Timestamp.dayMilliseconds }
    }
}

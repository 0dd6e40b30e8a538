internal import StemmaJSON

/// Enabled retirement policies that watch a metric.
struct MonitoringPolicies: Sendable {
    let definitions: [PolicyDefinition]

    init() { definitions = [] }

    init(_ reader: any MetadataReader) throws {
        definitions = try reader.policies().filter(\.stored.isEnabled).map {
            try PolicyDefinition(stored: $0.stored.definition)
        }.filter { definition in
            definition.kind == .retirement && definition.criteria.contains { $0 is PerformanceCriterion }
        }
    }
}

/// Facts about what monitoring sees of a version.
enum VersionMonitoringFacts {
    static func gather(
        _ needs: ComplianceNeeds, _ version: VersionSubject, into sheet: inout ComplianceSheet
    ) throws {
        guard needs.wants("version.monitoring") else { return }
        let observed: [LastObservation] = try version.reader.lastObservations(version: version.record.id)
        sheet.set("version.monitoring.last_observed_at", observed.map(\.at).max())
        guard needs.wants("version.monitoring.thresholds") else { return }
        var breached: [(metric: String, isBreached: Bool?)] = declared(version.metadata["monitoring"], observed)
        for definition in version.context.monitoring.definitions {
            breached += try judged(version, definition)
        }
        var rows: [JSONObject] = []
        for threshold in breached {
            if let index = rows.firstIndex(where: { $0["metric"]?.string == threshold.metric }) {
                // Whichever of several limits is worse off.
                if threshold.isBreached == true { rows[index].set("is_breached", true) }
                continue
            }
            var row: JSONObject = ["metric": .string(threshold.metric)]
            if let isBreached = threshold.isBreached { row.set("is_breached", .bool(isBreached)) }
            rows.append(row)
        }
        if rows.contains(where: { $0["is_breached"]?.bool != false }) {
            let isFollowed: Bool = try hasOpenFinding(version)
            for index in rows.indices { rows[index].set("has_open_finding", .bool(isFollowed)) }
        }
        sheet.set("version.monitoring.thresholds", .array(rows.map { .object($0) }))
    }

    /// `metadata.monitoring`: by metric an object of `minimum` and `maximum`.
    private static func declared(
        _ monitoring: JSONValue?, _ observed: [LastObservation]
    ) -> [(metric: String, isBreached: Bool?)] {
        (monitoring?.object?.members ?? []).compactMap { member in
            let (minimum, maximum): (Double?, Double?) = (
                member.value["minimum"]?.number, member.value["maximum"]?.number
            )
            guard minimum != nil || maximum != nil else { return nil }
            let last: Double? = observed.first { $0.metric == member.name }?.value
            return (
                member.name,
                last.map { value in value < minimum ?? -.infinity || value > maximum ?? .infinity }
            )
        }
    }

    /// What the performance criterion of a policy says of the version, where the policy is about it.
    private static func judged(
        _ version: VersionSubject, _ definition: PolicyDefinition
    ) throws -> [(metric: String, isBreached: Bool?)] {
        let (id, reader, now) = (version.record.id, version.reader, version.context.now)
        let needs = PolicyNeeds(definition.criteria)
        guard
            let subject = try reader.policyVersions(
                keys: id...id, states: definition.states, filter: definition.filter, metrics: needs.metrics
            ).first
        else { return [] }
        var readings = PolicyReadings(now: now, metrics: needs.metrics)
        for span in needs.own + needs.shared {
            let bounds = span.bounds(now)
            readings.observed[span] = try reader.statistics(
                metric: span.metric, from: bounds.from, to: bounds.to, versions: id...id)
        }
        for span in needs.first {
            readings.first[span] = try reader.firstObservations(metric: span.metric, days: span.days, keys: id...id)
        }
        return definition.criteria.compactMap { criterion in
            guard criterion is PerformanceCriterion, let metric = criterion.limit["metric"]?.string else { return nil }
            let result: PolicyFinding.Result = criterion.judge(subject, readings).result
            return (metric, result == .unknown ? nil : result == .met)
        }
    }

    private static func hasOpenFinding(_ version: VersionSubject) throws -> Bool {
        if version.record.standing.isQuarantined { return true }
        if let entity = try version.upstream().entity, try version.reader.hasOpenAssessment(of: entity) { return true }
        return try version.reader.hasOpenViolation(
            version: version.record.id, besides: version.context.thresholdRules)
    }
}

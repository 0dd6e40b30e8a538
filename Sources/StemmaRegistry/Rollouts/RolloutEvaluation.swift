internal import StemmaJSON

/// How a running rollout's criteria stand at one moment, from what was measured since its step began.
struct RolloutEvaluation: Sendable {
    /// Success criteria, then those that abort.
    let findings: [Finding]
    /// When the step may end at the earliest.
    let notBefore: Timestamp
    let now: Timestamp

    enum Status: String {
        case passed
        case failed
        /// Too little was measured: neither good nor bad.
        case unknown
    }

    struct Finding: Sendable {
        let criterion: RolloutCriterion
        /// A breach ends the rollout.
        let aborts: Bool
        let status: Status
        let detail: String
        let json: JSONValue
    }

    init(
        of record: RolloutRecord, _ plan: RolloutPlan, _ history: RolloutHistory, at now: Timestamp,
        _ reader: any MetadataReader
    ) throws {
        let measurement = Measurement(record, plan, history, now, reader)
        findings =
            try plan.success.map { try measurement.judge($0, aborts: false) }
            + plan.abort.map { try measurement.judge($0, aborts: true) }
        notBefore = plan.earliestEnd(ofStepFrom: record.progress.stepStarted)
        self.now = now
    }

    var json: JSONValue { .array(findings.map(\.json)) }

    /// The first criterion whose breach ends the rollout.
    var breach: Finding? { findings.first { $0.aborts && $0.status == .failed } }

    /// What keeps the step from ending, one sentence each. Force passes over time and ignorance, never over failure.
    func obstacles(isForced: Bool) -> [String] {
        var reasons: [String] = []
        if now < notBefore, !isForced {
            reasons.append("the step lasts at least until \(notBefore), \(secondsLeft) seconds more")
        }
        for finding in findings
        where finding.status == .failed || (finding.status == .unknown && !isForced) {
            reasons.append(finding.detail)
        }
        return reasons
    }

    var secondsLeft: Int64 { max(0, (notBefore.milliseconds - now.milliseconds + 999) / 1_000) }
}

/// What was measured during a step.
private struct Measurement {
    let record: RolloutRecord
    let plan: RolloutPlan
    let history: RolloutHistory
    let now: Timestamp
    let reader: any MetadataReader

    init(
        _ record: RolloutRecord, _ plan: RolloutPlan, _ history: RolloutHistory, _ now: Timestamp,
        _ reader: any MetadataReader
    ) {
        self.record = record
        self.plan = plan
        self.history = history
        self.now = now
        self.reader = reader
    }

    /// A value of this very moment counts.
    private var end: Timestamp { now.adding(milliseconds: 1) }

    func judge(_ criterion: RolloutCriterion, aborts: Bool) throws -> RolloutEvaluation.Finding {
        let start: Timestamp = record.progress.stepStarted
        let own: ObservationStatistics? = try reader.statistics(
            version: record.versionID, metric: criterion.metric, from: start, to: end)
        let baseline: (since: Timestamp, statistics: ObservationStatistics?)? =
            criterion.maxDrop == nil ? nil : try self.baseline(criterion)
        let verdict = verdict(criterion, own, baseline?.statistics)
        let read: JSONValue = .object([
            "since": .string(start.description), "mean": own.map { .double($0.mean) } ?? .null,
            "observations": .integer(own?.count ?? 0),
            "baseline_since": baseline.map { .string($0.since.description) } ?? .null,
            "baseline_mean": baseline?.statistics.map { .double($0.mean) } ?? .null,
            "baseline_observations": baseline.map { .integer($0.statistics?.count ?? 0) } ?? .null,
        ])
        let json: JSONValue = .object([
            "kind": aborts ? "abort" : "success", "metric": .string(criterion.metric),
            "status": .string(verdict.status.rawValue), "read": read, "limit": criterion.json,
            "detail": .string(verdict.detail),
        ])
        return RolloutEvaluation.Finding(
            criterion: criterion, aborts: aborts, status: verdict.status, detail: verdict.detail, json: json)
    }

    private func verdict(
        _ criterion: RolloutCriterion, _ own: ObservationStatistics?, _ baseline: ObservationStatistics?
    ) -> (status: RolloutEvaluation.Status, detail: String) {
        let name: String = criterion.metric
        let needed: Int64 = criterion.minimumObservations
        guard let own, own.count >= needed else {
            return (.unknown, "\(name) was measured \(own?.count ?? 0) times in this step, \(needed) are needed")
        }
        // Means of decimal fractions are off by some units in the last place.
        let tolerance: Double = Statistic.comparisonTolerance
        if let minimum = criterion.minimum, own.mean < minimum - tolerance {
            return (.failed, "\(name) is \(own.mean) in the mean, at least \(minimum) is needed")
        }
        if let maximum = criterion.maximum, own.mean > maximum + tolerance {
            return (.failed, "\(name) is \(own.mean) in the mean, at most \(maximum) is allowed")
        }
        guard let maxDrop = criterion.maxDrop else { return (.passed, "\(name) is \(own.mean) in the mean") }
        guard let baseline, baseline.count >= needed else {
            return (
                .unknown,
                "\(name) of \(record.baseline) was measured \(baseline?.count ?? 0) times, \(needed) are needed"
            )
        }
        let drop: Double = criterion.lowerIsBetter ? own.mean - baseline.mean : baseline.mean - own.mean
        let compared: String = "\(name) is \(own.mean) in the mean against \(baseline.mean) of \(record.baseline)"
        return drop > maxDrop + tolerance
            ? (.failed, "\(compared), worse by \(drop); at most \(maxDrop) is allowed") : (.passed, compared)
    }

    /// The baseline over the same span. Once it has no traffic left, it is compared as it was when it last had some: over
    /// the step before, or, where there was none, over a span of that length before the rollout.
    private func baseline(
        _ criterion: RolloutCriterion
    ) throws -> (since: Timestamp, statistics: ObservationStatistics?) {
        let start: Timestamp = record.progress.stepStarted
        let same: ObservationStatistics? = try reader.statistics(
            version: record.baselineID, metric: criterion.metric, from: start, to: end)
        if let same, same.count >= criterion.minimumObservations { return (start, same) }
        guard record.progress.percent == 100 else { return (start, same) }
        let length: Int64 = max(
            now.milliseconds - start.milliseconds, plan.minimumStepMinutes * 60_000)
        let before: Timestamp = history.startOfPreviousStep ?? start.adding(milliseconds: -length)
        return (
            before,
            try reader.statistics(version: record.baselineID, metric: criterion.metric, from: before, to: start)
        )
    }
}

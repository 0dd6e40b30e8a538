internal import StemmaJSON
internal import StemmaStatistics

/// Everything about an experiment that is fixed once there are results.
struct ExperimentPlan: Sendable {
    let baselineShare: Double
    let treatmentShare: Double
    /// As it was sent.
    let duration: String
    let milliseconds: Int64
    let criteria: ExperimentCriteria

    /// Of members whose shapes were checked, or of what is stored.
    private init(reading json: JSONValue) {
        baselineShare = json["traffic_split"]?["baseline"]?.number ?? 0
        treatmentShare = json["traffic_split"]?["treatment"]?.number ?? 0
        duration = json["duration"]?.string ?? ""
        milliseconds = ExperimentDuration(duration)?.milliseconds ?? 0
        criteria = ExperimentCriteria(json["success_criteria"] ?? .null)
    }

    /// Of what is stored.
    init(of record: ExperimentRecord) throws(StemmaError) {
        self.init(reading: .object(try StoredJSON.object(record.content.plan)))
    }

    /// Of members whose shapes were checked. Throws `validationFailed` for what shapes cannot say.
    init(checking json: JSONValue, limits: Limits) throws(StemmaError) {
        self.init(reading: json)
        var faults: [ShapeFault] = []
        // Shares such as 0.7 and 0.3 are rounded on their way.
        if baselineShare <= 0 || treatmentShare <= 0 || abs(baselineShare + treatmentShare - 1) > 1e-9 {
            faults.append(ShapeFault(pointer: "/traffic_split", detail: "must be two shares above 0 with the sum 1"))
        }
        let most: Int64 = limits.experimentDurationMilliseconds
        if milliseconds == 0 {
            faults.append(
                ShapeFault(
                    pointer: "/duration",
                    detail: "must be a whole number of minutes, hours, days or weeks such as \"7 days\", or ISO 8601 "
                        + "such as P7D or PT12H"))
        } else if milliseconds > most {
            faults.append(
                ShapeFault(pointer: "/duration", detail: "must be at most \(most / Timestamp.dayMilliseconds) days"))
        }
        faults += criteria.faults(at: "/success_criteria", ratio: baselineShare > 0 ? ratio : 1)
        guard faults.isEmpty else { throw StemmaError.validation(faults) }
    }

    /// Treatment observations for each one of the baseline, as the traffic is split.
    var ratio: Double { treatmentShare / baselineShare }

    var json: JSONObject {
        [
            "traffic_split": ["baseline": .double(baselineShare), "treatment": .double(treatmentShare)],
            "duration": .string(duration), "success_criteria": criteria.json,
        ]
    }

    /// How many observations of each arm are planned: as many as find the improvement, and not fewer than the minimum.
    /// Nil where neither is known.
    var requiredSample: (baseline: Int64, treatment: Int64)? {
        let computed: SampleSize? = criteria.computedSample(ratio: ratio)
        guard computed != nil || criteria.minimumSample != nil else { return nil }
        let least: Int64 = criteria.minimumSample ?? 0
        return (max(least, Int64(computed?.a ?? 0)), max(least, Int64(computed?.b ?? 0)))
    }
}

internal import StemmaJSON

/// One question that a policy asks of a version.
protocol PolicyCriterion: Sendable {
    /// As in the policy's `criteria`.
    var name: String { get }

    /// The parameters with what was left out filled in.
    var limit: JSONObject { get }

    /// What has to be read before versions can be judged.
    var needs: PolicyNeeds { get }

    /// What it finds on one version.
    func judge(_ version: PolicyVersion, _ readings: PolicyReadings) -> PolicyFinding

    /// What was read, and one sentence: made when somebody asks, since nearly all findings are never looked at.
    func explain(_ finding: PolicyFinding) -> (read: JSONValue, detail: String)

    /// How much speaks for a version that meets the criterion, to choose among several.
    func score(_ finding: PolicyFinding) -> Double
}

extension PolicyCriterion {
    func score(_ finding: PolicyFinding) -> Double { 0 }

    /// The finding as answered.
    func document(_ finding: PolicyFinding) -> JSONValue {
        let words: (read: JSONValue, detail: String) = explain(finding)
        return [
            "criterion": .string(name), "result": .string(finding.result.name), "read": words.read,
            "limit": .object(limit), "detail": .string(words.detail),
        ]
    }
}

/// What one criterion found on one version: numbers and a reason, from which sentences are made later.
struct PolicyFinding: Sendable, Equatable {
    enum Result: Int64, Sendable, CaseIterable {
        case notMet = 0
        case met = 1
        /// Something was not measured.
        case unknown = 2

        var name: String {
            switch self {
            case .notMet: "not_met"
            case .met: "met"
            case .unknown: "unknown"
            }
        }
    }

    /// What decided.
    enum Reason: Int64, Sendable {
        /// The numbers.
        case compared = 0
        /// The version itself was not measured, or too little.
        case notMeasured = 1
        /// What it is compared with was not measured, or too little.
        case referenceNotMeasured = 2
        /// There is nothing to compare it with.
        case nothingToCompare = 3
        /// Consumers are live.
        case hasConsumers = 4
        /// The days of the baseline are not over.
        case tooEarly = 5
        /// Percent of nothing.
        case referenceIsZero = 6
    }

    let result: Result
    let reason: Reason
    /// What was read of the version.
    var value: Double?
    /// What it was compared with.
    var reference: Double?
    /// How many observations the value, or what was too little, rests on; for `hasConsumers` how many consumers.
    var count: Int64?
    /// The version that it was compared with.
    var other: String?

    init(
        _ result: Result, _ reason: Reason = .compared, value: Double? = nil, reference: Double? = nil,
        count: Int64? = nil, other: String? = nil
    ) {
        self.result = result
        self.reason = reason
        self.value = value
        self.reference = reference
        self.count = count
        self.other = other
    }
}

/// A span of observations of one metric.
struct PolicySpan: Hashable, Sendable {
    let metric: String
    /// The last days before the run.
    let days: Int64

    /// Up to and with `now`.
    func bounds(_ now: Timestamp) -> (from: Timestamp, to: Timestamp) {
        (now.adding(milliseconds: -days * Timestamp.dayMilliseconds), now.adding(milliseconds: 1))
    }
}

/// What criteria have to know of versions.
struct PolicyNeeds: Sendable {
    /// Registered metrics of the version, and of those that it is compared with.
    var metrics: [String] = []
    /// Observations of the version itself.
    var own: [PolicySpan] = []
    /// Observations of the version and of others of its model.
    var shared: [PolicySpan] = []
    /// The first days of a metric.
    var first: [PolicySpan] = []
    var consumers: Bool = false
    /// The version of the model that is in production.
    var production: Bool = false

    /// Everything that the criteria need, each once.
    init(_ criteria: [any PolicyCriterion]) {
        for needs in criteria.map(\.needs) {
            metrics += needs.metrics.filter { !metrics.contains($0) }
            own += needs.own.filter { !own.contains($0) }
            shared += needs.shared.filter { !shared.contains($0) }
            first += needs.first.filter { !first.contains($0) }
            consumers = consumers || needs.consumers
            production = production || needs.production
        }
        own.removeAll { shared.contains($0) }
    }

    init() {}
}

/// What was read for a page of versions.
struct PolicyReadings: Sendable {
    let now: Timestamp
    /// The names of `PolicyVersion.metrics`.
    let metrics: [String]
    var observed: [PolicySpan: [Int64: ObservationStatistics]] = [:]
    var first: [PolicySpan: [Int64: FirstObservations]] = [:]
    /// Live consumers by version.
    var consumers: [Int64: Int64] = [:]
    /// What is in production, by model.
    var production: [Int64: PolicyVersion] = [:]
    /// The best versions in service, by model.
    var best: [Int64: PolicyBest] = [:]

    init(now: Timestamp, metrics: [String]) {
        self.now = now
        self.metrics = metrics
    }

    /// The registered value of a metric.
    func registered(_ version: PolicyVersion, _ metric: String) -> Double? {
        metrics.firstIndex(of: metric).flatMap { version.metrics[$0] }
    }

    /// Observations of a version in a span; nil where there are none.
    func statistics(_ version: Int64, _ span: PolicySpan) -> ObservationStatistics? { observed[span]?[version] }
}

/// The two best of a model's versions in service, so that each of them has one that it can be compared with.
struct PolicyBest: Sendable {
    struct Entry: Sendable {
        let id: Int64
        let version: String
        let value: Double
    }

    private var first: Entry?
    private var second: Entry?
    /// Versions in service, measured or not.
    private var ids: (count: Int, only: Int64) = (0, 0)

    /// Adds a version; `value` is nil where it was not measured.
    mutating func add(_ version: PolicyVersion, value: Double?, lowerIsBetter: Bool) {
        ids = (ids.count + 1, version.id)
        guard let value else { return }
        let entry = Entry(id: version.id, version: version.version, value: value)
        let precedes: (Double, Double) -> Bool = { lowerIsBetter ? $0 < $1 : $0 > $1 }
        if first.map({ precedes(value, $0.value) }) ?? true {
            (first, second) = (entry, first)
        } else if second.map({ precedes(value, $0.value) }) ?? true {
            second = entry
        }
    }

    /// The best one besides that version.
    func best(besides id: Int64) -> Entry? { first?.id == id ? second : first }

    /// Whether there is another one at all.
    func hasOthers(besides id: Int64) -> Bool { ids.count > 1 || (ids.count == 1 && ids.only != id) }
}

/// Which criteria there are.
enum PolicyCriteria {
    typealias Make = @Sendable (JSONObject) throws(Fault) -> any PolicyCriterion

    /// Parameters that do not go together.
    struct Fault: Error {
        /// Within the criterion.
        let pointer: String
        let detail: String
    }

    static let retirement: [String: Make] = [
        "performance": { parameters throws(Fault) in try PerformanceCriterion(parameters) },
        "age": { parameters throws(Fault) in AgeCriterion(parameters) },
        "usage": { parameters throws(Fault) in UsageCriterion(parameters) },
        "replacement": { parameters throws(Fault) in try ReplacementCriterion(parameters) },
    ]

    static let promotion: [String: Make] = [
        "champion_challenger": { parameters throws(Fault) in ChampionChallengerCriterion(parameters) },
        "metric": { parameters throws(Fault) in try RegisteredMetricCriterion(parameters) },
        "business_metric": { parameters throws(Fault) in try BusinessMetricCriterion(parameters) },
    ]

    /// Whether an improvement is one, and large enough. Differences of decimal fractions are off by some units in the last
    /// place.
    static func isEnough(_ improvement: Double, _ required: Double) -> Bool {
        improvement > Statistic.comparisonTolerance && improvement >= required - Statistic.comparisonTolerance
    }
}

extension JSONObject {
    /// The text of a parameter, or what applies without it.
    func text(_ name: String, default value: String = "") -> String { self[name]?.string ?? value }

    func whole(_ name: String, default value: Int64) -> Int64 { self[name]?.integer ?? value }

    func decimal(_ name: String, default value: Double) -> Double { self[name]?.number ?? value }
}

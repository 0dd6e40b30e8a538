/// Every limit of rule packs and of what their evaluation answers, each with its unit.
enum ComplianceLimits {
    /// Conditions inside one another.
    static let conditionDepth: Int = 16
    static let conditionsPerRule: Int = 200
    /// Values that one condition compares with.
    static let valuesPerCondition: Int = 100
    static let rulesPerPack: Int = 500
    static let includesPerPack: Int = 50
    static let paramsPerRule: Int = 50
    static let citationsPerRule: Int = 20
    /// Names, titles, citations and text parameters.
    static let lineBytes: Int = 500
    static let descriptionBytes: Int = 5_000
    /// The longest span that a condition may name, and the longest floor of a pack.
    static let days: Int64 = 36_500
    /// The longest time that a remediation may take.
    static let dueDays: Int64 = 3_650
    /// Faults that a refused library names.
    static let faults: Int = 100
    /// One text of a subject's facts.
    static let factTextBytes: Int = 65_536
    /// Elements of one list of a subject's facts.
    static let factListCount: Int = 1_000_000
    /// Failed conditions that one evaluation tells; it counts all.
    static let findings: Int = 50
    /// Text of one fact in evidence.
    static let evidenceTextBytes: Int = 200
    /// Elements of one list in evidence.
    static let evidenceValues: Int = 20
    /// How far ahead of the clock a moment may be and still count as now: the log's time never runs backwards, the
    /// clock may.
    static let clockAheadMilliseconds: Int64 = 300_000
}

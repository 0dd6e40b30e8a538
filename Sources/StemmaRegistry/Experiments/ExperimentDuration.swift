/// How long an experiment is planned to run: `7 days`, `12 hours`, or ISO 8601 without months and years, whose length varies.
struct ExperimentDuration: Sendable, Equatable {
    let milliseconds: Int64

    /// Nil where the text is none. Numbers are whole, and the sum is above zero.
    init?(_ text: String) {
        guard let milliseconds = ExperimentDuration.words(text) ?? ExperimentDuration.iso8601(text), milliseconds > 0
        else { return nil }
        self.milliseconds = milliseconds
    }

    private static let minute: Int64 = 60_000
    private static let hour: Int64 = 60 * minute
    private static let day: Int64 = Timestamp.dayMilliseconds
    private static let units: [String: Int64] = ["minute": minute, "hour": hour, "day": day, "week": 7 * day]

    /// `1 week`, `7 days`, `90 minutes`.
    private static func words(_ text: String) -> Int64? {
        let parts: [Substring] = text.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 2, let count = number(parts[0]) else { return nil }
        let word: String = parts[1].lowercased()
        guard let unit = units[word.hasSuffix("s") ? String(word.dropLast()) : word] else { return nil }
        return product(count, unit)
    }

    /// `P2W`, `P7D`, `PT12H`, `P1DT12H30M` (ISO 8601-1:2019, 5.5.2.2): every unit at most once, from the largest down.
    private static func iso8601(_ text: String) -> Int64? {
        guard text.first == "P" else { return nil }
        let halves: [Substring] = text.dropFirst().split(
            separator: "T", maxSplits: 1, omittingEmptySubsequences: false)
        let date: Int64? = sum(halves[0], [("W", 7 * day), ("D", day)])
        guard halves.count == 2 else { return date }
        guard !halves[1].isEmpty, let date, let time = sum(halves[1], [("H", hour), ("M", minute), ("S", 1_000)])
        else { return nil }
        let (whole, isOver): (Int64, Bool) = date.addingReportingOverflow(time)
        return isOver ? nil : whole
    }

    private static func sum(_ text: Substring, _ units: [(letter: Character, milliseconds: Int64)]) -> Int64? {
        var rest: Substring = text
        var total: Int64 = 0
        for unit in units {
            guard let end = rest.firstIndex(of: unit.letter) else { continue }
            guard let count = number(rest[..<end]), let part = product(count, unit.milliseconds) else { return nil }
            let (whole, isOver): (Int64, Bool) = total.addingReportingOverflow(part)
            guard !isOver else { return nil }
            total = whole
            rest = rest[end...].dropFirst()
        }
        return rest.isEmpty ? total : nil
    }

    private static func number(_ text: Substring) -> Int64? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            return nil
        }
        return Int64(text)
    }

    private static func product(_ count: Int64, _ unit: Int64) -> Int64? {
        let (whole, isOver): (Int64, Bool) = count.multipliedReportingOverflow(by: unit)
        return isOver ? nil : whole
    }
}

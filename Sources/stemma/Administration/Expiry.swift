internal import StemmaRegistry

/// Moments as a person types them.
enum Expiry {
    /// Reads an RFC 3339 time, a date (its midnight in UTC), or a time from `now` such as `90d`, `12h`, `30m`; nil for
    /// anything else.
    static func parse(_ text: String, now: Timestamp) -> Timestamp? {
        if let moment = Timestamp(text) { return moment }
        let units: [Character: Int64] = ["d": 86_400_000, "h": 3_600_000, "m": 60_000]
        guard let last = text.last, let unit = units[last] else { return nil }
        let digits: Substring = text.dropLast()
        guard (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let count = Int64(digits), count > 0
        else { return nil }
        return now.adding(milliseconds: count * unit)
    }
}

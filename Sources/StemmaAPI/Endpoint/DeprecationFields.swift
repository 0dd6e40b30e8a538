internal import StemmaHTTP
internal import StemmaRegistry

/// What readers of a deprecated version are told in the fields of an answer.
enum DeprecationFields {
    /// `Deprecation` (RFC 9745: since when) and, where it is known when the version may go, `Sunset` (RFC 8594).
    static func append(_ deprecation: Deprecation?, to headers: inout HTTPFields) {
        guard let deprecation else { return }
        headers.append("deprecation", "@\(HTTPDate.seconds(deprecation.since))")
        if let sunset = deprecation.sunset { headers.append("sunset", HTTPDate.text(sunset)) }
    }
}

/// Moments as HTTP writes them: whole seconds, rounded down.
enum HTTPDate {
    /// Since 1970-01-01T00:00:00Z.
    static func seconds(_ moment: Timestamp) -> Int64 {
        let whole: Int64 = moment.milliseconds / 1_000
        return moment.milliseconds % 1_000 < 0 ? whole - 1 : whole
    }

    /// The IMF-fixdate of RFC 9110 section 5.6.7: `Sun, 06 Nov 1994 08:49:37 GMT`.
    static func text(_ moment: Timestamp) -> String {
        // 2024-01-15T10:30:00.000Z
        let parts: [Substring] = moment.description.split(whereSeparator: { "-T.Z".contains($0) })
        let seconds: Int64 = HTTPDate.seconds(moment)
        let day: Int64 = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        // The first day of 1970 was a Thursday.
        let weekday = Int(((day + 4) % 7 + 7) % 7)
        let month: String = months[(Int(parts[1]) ?? 1) - 1]
        return "\(weekdays[weekday]), \(parts[2]) \(month) \(parts[0]) \(parts[3]) GMT"
    }

    private static let weekdays: [String] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months: [String] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}

/// Reads the time literals of filters: RFC 3339 (`2024-01-15T10:30:00.250+01:00`) or a date, which stands for its first
/// moment in UTC.
package enum FilterTime {
    /// Milliseconds since 1970-01-01T00:00:00Z, or nil where the text is no such time. Digits beyond milliseconds are
    /// cut off. A leap second (`:60`) counts as the second after it.
    package static func milliseconds(_ text: String) -> Int64? {
        var reader = FilterTimeReader(bytes: Array(text.utf8))
        return reader.time()
    }
}

private struct FilterTimeReader {
    let bytes: [UInt8]
    private var position = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func time() -> Int64? {
        guard let year = digits(4), take("-"), let month = digits(2), take("-"), let day = digits(2),
            (1...12).contains(month), (1...Self.days(in: month, of: year)).contains(day)
        else { return nil }
        let midnight = Self.daysSince1970(year: year, month: month, day: day) * 86_400_000
        if position == bytes.count { return midnight }

        guard take("T") || take("t") || take(" "), let hour = digits(2), take(":"), let minute = digits(2), take(":"),
            let second = digits(2), hour < 24, minute < 60, second <= 60, let millisecond = fraction(),
            let offset = offsetMinutes(), position == bytes.count
        else { return nil }
        let seconds = (hour * 60 + minute - offset) * 60 + second
        return midnight + seconds * 1_000 + millisecond
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, UInt32(bytes[position]) == character.value else { return false }
        position += 1
        return true
    }

    private mutating func digits(_ count: Int) -> Int64? {
        guard position + count <= bytes.count else { return nil }
        var value: Int64 = 0
        for _ in 0..<count {
            let digit = bytes[position] &- 0x30
            guard digit < 10 else { return nil }
            value = value * 10 + Int64(digit)
            position += 1
        }
        return value
    }

    /// The fraction of a second in milliseconds; 0 where none is written, nil where it is a point without digits.
    private mutating func fraction() -> Int64? {
        guard take(".") else { return 0 }
        var value: Int64 = 0
        var count = 0
        while position < bytes.count, bytes[position] &- 0x30 < 10 {
            if count < 3 { value = value * 10 + Int64(bytes[position] - 0x30) }
            count += 1
            position += 1
        }
        guard count > 0 else { return nil }
        for _ in 0..<max(0, 3 - count) { value *= 10 }
        return value
    }

    private mutating func offsetMinutes() -> Int64? {
        if take("Z") || take("z") { return 0 }
        let isNegative = take("-")
        guard isNegative || take("+"), let hours = digits(2), take(":"), let minutes = digits(2), hours < 24,
            minutes < 60
        else { return nil }
        return (isNegative ? -1 : 1) * (hours * 60 + minutes)
    }

    private static func days(in month: Int64, of year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days in the proleptic Gregorian calendar: years are counted from March, so that the leap day is a year's last,
    /// and 719,468 days lie between 0000-03-01 and 1970-01-01.
    private static func daysSince1970(year: Int64, month: Int64, day: Int64) -> Int64 {
        let marchYear = month > 2 ? year : year - 1
        let monthFromMarch = (month + 9) % 12
        // Adding a cycle of 400 years (146,097 days) keeps January and February of the year 0 positive.
        let shifted = marchYear + 400
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
        return shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 146_097 - 719_468
    }
}

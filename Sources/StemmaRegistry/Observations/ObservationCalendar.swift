/// Days and months as roll-ups count them, in UTC.
extension Timestamp {
    package static let dayMilliseconds: Int64 = 86_400_000

    /// Days since 1970-01-01.
    package var dayNumber: Int64 { Timestamp.floorDivide(milliseconds, Timestamp.dayMilliseconds) }

    /// Months since 1970-01.
    package var monthNumber: Int64 { Timestamp.monthNumber(ofDay: dayNumber) }

    /// Midnight at the start of a day.
    package static func start(ofDay day: Int64) -> Timestamp { Timestamp(milliseconds: day * dayMilliseconds) }

    /// Midnight at the start of a month's first day.
    package static func start(ofMonth month: Int64) -> Timestamp { start(ofDay: firstDay(ofMonth: month)) }

    package static func monthNumber(ofDay day: Int64) -> Int64 {
        let date = civil(fromDay: day)
        return (date.year - 1970) * 12 + date.month - 1
    }

    package static func firstDay(ofMonth month: Int64) -> Int64 {
        let years: Int64 = floorDivide(month, 12)
        return day(year: 1970 + years, month: month - years * 12 + 1, day: 1)
    }
}

/// A moment in milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
package struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    package static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }

    package func adding(milliseconds more: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds + more) }

    /// RFC 3339 in UTC with milliseconds: `2024-01-15T10:30:00.000Z`.
    package var description: String {
        let day: Int64 = Timestamp.floorDivide(milliseconds, 86_400_000)
        let inDay: Int64 = milliseconds - day * 86_400_000
        let date = Timestamp.civil(fromDay: day)
        return String(unsafeUninitializedCapacity: 24) { buffer in
            Timestamp.write(date.year, digits: 4, to: buffer, at: 0)
            buffer[4] = UInt8(ascii: "-")
            Timestamp.write(date.month, digits: 2, to: buffer, at: 5)
            buffer[7] = UInt8(ascii: "-")
            Timestamp.write(date.day, digits: 2, to: buffer, at: 8)
            buffer[10] = UInt8(ascii: "T")
            Timestamp.write(inDay / 3_600_000, digits: 2, to: buffer, at: 11)
            buffer[13] = UInt8(ascii: ":")
            Timestamp.write(inDay / 60_000 % 60, digits: 2, to: buffer, at: 14)
            buffer[16] = UInt8(ascii: ":")
            Timestamp.write(inDay / 1_000 % 60, digits: 2, to: buffer, at: 17)
            buffer[19] = UInt8(ascii: ".")
            Timestamp.write(inDay % 1_000, digits: 3, to: buffer, at: 20)
            buffer[23] = UInt8(ascii: "Z")
            return 24
        }
    }

    /// Reads RFC 3339 (`2024-01-15T10:30:00Z`, fraction and offset allowed) or a date (`2024-01-15`, midnight UTC); nil
    /// for anything else, impossible dates included. Years 0001 to 9999.
    package init?(_ text: String) {
        let bytes: [UInt8] = Array(text.utf8)
        guard let year = Timestamp.number(bytes, 0, 4), let month = Timestamp.number(bytes, 5, 2),
            let day = Timestamp.number(bytes, 8, 2), bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            year >= 1, (1...12).contains(month), day >= 1, day <= Timestamp.days(inMonth: month, of: year)
        else { return nil }
        let midnight: Int64 = Timestamp.day(year: year, month: month, day: day) * 86_400_000
        if bytes.count == 10 {
            self.init(milliseconds: midnight)
            return
        }
        guard bytes.count >= 20, [UInt8(ascii: "T"), UInt8(ascii: "t"), UInt8(ascii: " ")].contains(bytes[10]),
            let hour = Timestamp.number(bytes, 11, 2), let minute = Timestamp.number(bytes, 14, 2),
            let second = Timestamp.number(bytes, 17, 2), bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            hour <= 23, minute <= 59, second <= 60
        else { return nil }
        var position: Int = 19
        var fraction: Int64 = 0
        if bytes[position] == UInt8(ascii: ".") {
            position += 1
            var scale: Int64 = 100
            let start: Int = position
            while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) {
                fraction += Int64(bytes[position] - UInt8(ascii: "0")) * scale
                scale /= 10
                position += 1
            }
            guard position > start else { return nil }
        }
        guard let offsetMinutes = Timestamp.offset(bytes, at: position) else { return nil }
        let inDay: Int64 = ((hour * 60 + minute - offsetMinutes) * 60 + second) * 1_000 + fraction
        // An offset or a leap second may carry the first or last day out of the years that four digits can write.
        guard Timestamp.writable.contains(midnight + inDay) else { return nil }
        self.init(milliseconds: midnight + inDay)
    }

    /// 0001-01-01T00:00:00.000Z to 9999-12-31T23:59:59.999Z.
    private static let writable: ClosedRange<Int64> = -62_135_596_800_000...253_402_300_799_999

    /// `Z`, `+hh:mm` or `-hh:mm` up to the end of the text, in minutes east of UTC.
    private static func offset(_ bytes: [UInt8], at position: Int) -> Int64? {
        guard position < bytes.count else { return nil }
        switch bytes[position] {
        case UInt8(ascii: "Z"), UInt8(ascii: "z"):
            return position + 1 == bytes.count ? 0 : nil
        case UInt8(ascii: "+"), UInt8(ascii: "-"):
            guard bytes.count == position + 6, bytes[position + 3] == UInt8(ascii: ":"),
                let hours = number(bytes, position + 1, 2), let minutes = number(bytes, position + 4, 2),
                hours <= 23, minutes <= 59
            else { return nil }
            let east: Int64 = hours * 60 + minutes
            return bytes[position] == UInt8(ascii: "+") ? east : -east
        default:
            return nil
        }
    }

    private static func number(_ bytes: [UInt8], _ start: Int, _ count: Int) -> Int64? {
        guard start + count <= bytes.count else { return nil }
        var value: Int64 = 0
        for byte in bytes[start..<(start + count)] {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            value = value * 10 + Int64(byte - UInt8(ascii: "0"))
        }
        return value
    }

    private static func write(_ value: Int64, digits: Int, to buffer: UnsafeMutableBufferPointer<UInt8>, at start: Int)
    {
        var rest: Int64 = value
        for position in stride(from: start + digits - 1, through: start, by: -1) {
            buffer[position] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
    }

    static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
        let quotient: Int64 = value / divisor
        return value % divisor < 0 ? quotient - 1 : quotient
    }

    private static func days(inMonth month: Int64, of year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days since 1970-01-01 in the proleptic Gregorian calendar, counted in eras of 400 years that start in March.
    static func day(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted: Int64 = month <= 2 ? year - 1 : year
        let era: Int64 = floorDivide(shifted, 400)
        let yearOfEra: Int64 = shifted - era * 400
        let monthFromMarch: Int64 = (month + 9) % 12
        let dayOfYear: Int64 = (153 * monthFromMarch + 2) / 5 + day - 1
        let dayOfEra: Int64 = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    static func civil(fromDay day: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted: Int64 = day + 719_468
        let era: Int64 = floorDivide(shifted, 146_097)
        let dayOfEra: Int64 = shifted - era * 146_097
        let leapDays: Int64 = dayOfEra / 1_460 - dayOfEra / 36_524 + dayOfEra / 146_096
        let yearOfEra: Int64 = (dayOfEra - leapDays) / 365
        let dayOfYear: Int64 = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch: Int64 = (5 * dayOfYear + 2) / 153
        let month: Int64 = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year: Int64 = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    }
}

internal import StemmaJSON

/// The span that a value sums up, as clients write it: seconds, or a number with a unit such as `1h` or `7d`.
enum ObservationWindow {
    /// Nil where it is neither, or not within `1...limit` seconds.
    static func seconds(_ value: JSONValue, limit: Int64) -> Int64? {
        let seconds: Int64? =
            switch value {
            case .integer(let number): number
            case .string(let text): seconds(text)
            default: nil
            }
        return seconds.flatMap { (1...limit).contains($0) ? $0 : nil }
    }

    private static func seconds(_ text: String) -> Int64? {
        // Nothing longer is in range, and nothing shorter overflows.
        guard (2...10).contains(text.utf8.count), let unit = text.utf8.last,
            text.utf8.dropLast().allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let number = Int64(text.dropLast())
        else { return nil }
        switch unit {
        case UInt8(ascii: "s"): return number
        case UInt8(ascii: "m"): return number * 60
        case UInt8(ascii: "h"): return number * 3_600
        case UInt8(ascii: "d"): return number * 86_400
        case UInt8(ascii: "w"): return number * 604_800
        default: return nil
        }
    }
}

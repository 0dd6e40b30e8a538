import Glibc

/// Wall-clock times as the API writes them.
enum Timestamps {
    /// The time that many seconds from now, RFC 3339 in UTC with milliseconds.
    static func text(secondsFromNow seconds: Int) -> String {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        var moment = now.tv_sec + seconds
        var parts = tm()
        gmtime_r(&moment, &parts)
        let numbers = [parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec].map(two)
        let day = "\(parts.tm_year + 1900)-\(numbers[0])-\(numbers[1])"
        let milliseconds = String(1_000 + now.tv_nsec / 1_000_000).dropFirst()
        return "\(day)T\(numbers[2]):\(numbers[3]):\(numbers[4]).\(milliseconds)Z"
    }

    private static func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
}

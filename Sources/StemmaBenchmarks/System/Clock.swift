internal import Glibc

/// Monotonic time.
enum Clock {
    /// Nanoseconds since some moment in the past.
    static var now: UInt64 { read(CLOCK_MONOTONIC) }

    /// Seconds since a value of `now`.
    static func seconds(since start: UInt64) -> Double { Double(now - start) / 1e9 }

    /// How long `body` takes, in seconds.
    static func time(_ body: () throws -> Void) rethrows -> Double {
        let start: UInt64 = now
        try body()
        return seconds(since: start)
    }

    static func sleep(milliseconds: Int) { usleep(UInt32(milliseconds) * 1_000) }

    /// Processor time that a process has used so far, in seconds; nil where it is gone.
    static func processorTime(of process: pid_t) -> Double? {
        var clock: clockid_t = 0
        guard clock_getcpuclockid(process, &clock) == 0 else { return nil }
        return Double(read(clock)) / 1e9
    }

    private static func read(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

internal import Dispatch
internal import Glibc

/// A moment by which something must be over, on a clock that nobody sets.
struct Deadline: Sendable {
    private let nanoseconds: UInt64

    private init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    /// That long from now.
    init(milliseconds: Int) {
        self.init(nanoseconds: Deadline.now() + UInt64(max(0, milliseconds)) * 1_000_000)
    }

    /// Zero only when it has passed: a part of a millisecond counts as one.
    var remainingMilliseconds: Int {
        let now: UInt64 = Deadline.now()
        return now < nanoseconds ? Int((nanoseconds - now + 999_999) / 1_000_000) : 0
    }

    /// The earlier one of this and that long from now.
    func atMost(milliseconds: Int) -> Deadline {
        Deadline(nanoseconds: min(nanoseconds, Deadline(milliseconds: milliseconds).nanoseconds))
    }

    var dispatchTime: DispatchTime { .now() + .milliseconds(remainingMilliseconds) }

    private static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

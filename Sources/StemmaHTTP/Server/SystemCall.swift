internal import Glibc

/// Helpers around system calls.
enum SystemCall {
    /// The error of the call that just failed.
    static func failure(_ call: String, _ address: String) -> ListenError {
        .system(call: call, address: address, reason: String(cString: strerror(errno)))
    }

    /// A clock that never goes back, in microseconds.
    @inline(__always)
    static func monotonicMicroseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) &* 1_000_000 &+ UInt64(time.tv_nsec) / 1_000
    }
}

/// When a delivery that failed is tried again: longer and longer pauses, made uneven by chance so that deliveries that
/// failed together do not come back together.
package struct RetrySchedule: Sendable, Equatable {
    /// How chance changes a pause.
    package enum Jitter: Sendable, Equatable {
        /// Anything from nothing to the whole pause.
        case full
        /// Anything from half of the pause to the whole.
        case equal
    }

    /// The longest pause that a receiver may ask for, in seconds.
    package static let retryAfterMaxSeconds: Int = 24 * 60 * 60

    /// 5 s, 30 s, 2 min, 10 min, 30 min, 2 h, 6 h, 12 h, 24 h: ten attempts in about two days.
    package static let standard = RetrySchedule(pausesSeconds: [
        5, 30, 120, 600, 1_800, 7_200, 21_600, 43_200, 86_400,
    ])

    /// The longest pause before the second attempt, the third, and so on, in milliseconds.
    package let pausesMilliseconds: [Int64]
    package let jitter: Jitter

    /// The pauses are in seconds; one that is negative is a programmer error.
    package init(pausesSeconds: [Int], jitter: Jitter = .equal) {
        precondition(pausesSeconds.allSatisfy { $0 >= 0 }, "a pause is negative")
        pausesMilliseconds = pausesSeconds.map { Int64($0) * 1_000 }
        self.jitter = jitter
    }

    /// How many attempts are made in all.
    package var attemptCount: Int { pausesMilliseconds.count + 1 }

    /// How long to wait before the attempt of that number, in milliseconds from the end of the one before; 0 for attempt 1,
    /// nil where there are no more attempts and the delivery is a dead letter.
    ///
    /// `random` is any 64 random bits. What the receiver asked for (`Retry-After`) can make the pause longer, never shorter.
    package func pauseMilliseconds(beforeAttempt number: Int, random: UInt64, retryAfterSeconds: Int? = nil) -> Int64? {
        precondition(number >= 1, "attempts are counted from 1")
        guard number > 1 else { return 0 }
        guard number <= attemptCount else { return nil }
        let whole: Int64 = pausesMilliseconds[number - 2]
        let least: Int64 =
            switch jitter {
            case .full: 0
            case .equal: whole - whole / 2
            }
        // The high half of the product is a random number below the other factor.
        let chance = Int64(random.multipliedFullWidth(by: UInt64(whole - least) + 1).high)
        let asked = Int64(min(max(0, retryAfterSeconds ?? 0), RetrySchedule.retryAfterMaxSeconds)) * 1_000
        return max(least + chance, asked)
    }

    /// Reads `Retry-After` in its form as a number of seconds, at most `retryAfterMaxSeconds`; nil for anything else, dates
    /// (RFC 9110 section 10.2.3) included.
    static func retryAfterSeconds(_ text: some StringProtocol) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        // What is too long for an integer is too long a pause as well.
        return min(Int(text) ?? retryAfterMaxSeconds, retryAfterMaxSeconds)
    }
}

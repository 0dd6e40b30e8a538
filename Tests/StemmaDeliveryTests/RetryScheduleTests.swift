import Testing

@testable import StemmaDelivery

@Suite struct RetryScheduleTests {
    private static let seconds: [Int64] = [5, 30, 120, 600, 1_800, 7_200, 21_600, 43_200, 86_400]

    @Test func pausesGrowAndEnd() {
        let schedule = RetrySchedule.standard
        #expect(schedule.attemptCount == 10)
        #expect(schedule.pauseMilliseconds(beforeAttempt: 1, random: .max) == 0)
        for (index, pause) in Self.seconds.enumerated() {
            let attempt: Int = index + 2
            #expect(schedule.pauseMilliseconds(beforeAttempt: attempt, random: 0) == pause * 500)
            #expect(schedule.pauseMilliseconds(beforeAttempt: attempt, random: 1 << 63) == pause * 750)
            #expect(schedule.pauseMilliseconds(beforeAttempt: attempt, random: .max) == pause * 1_000)
        }
        #expect(schedule.pauseMilliseconds(beforeAttempt: 11, random: 0) == nil)
        #expect(schedule.pauseMilliseconds(beforeAttempt: 11, random: 0, retryAfterSeconds: 5) == nil)
        #expect(schedule.pauseMilliseconds(beforeAttempt: .max, random: 0) == nil)
    }

    @Test func fullJitterReachesZero() {
        let schedule = RetrySchedule(pausesSeconds: [10, 0], jitter: .full)
        #expect(schedule.pauseMilliseconds(beforeAttempt: 2, random: 0) == 0)
        #expect(schedule.pauseMilliseconds(beforeAttempt: 2, random: 1 << 63) == 5_000)
        #expect(schedule.pauseMilliseconds(beforeAttempt: 2, random: .max) == 10_000)
        #expect(schedule.pauseMilliseconds(beforeAttempt: 3, random: .max) == 0)
        #expect(schedule.pauseMilliseconds(beforeAttempt: 4, random: 0) == nil)
    }

    @Test func oneAttemptAlone() {
        let schedule = RetrySchedule(pausesSeconds: [])
        #expect(schedule.pauseMilliseconds(beforeAttempt: 1, random: 0, retryAfterSeconds: 9) == 0)
        #expect(schedule.pauseMilliseconds(beforeAttempt: 2, random: 0) == nil)
    }

    @Test func theReceiverMakesPausesLongerButNotShorter() {
        func pause(_ retryAfterSeconds: Int) -> Int64? {
            RetrySchedule.standard.pauseMilliseconds(
                beforeAttempt: 3, random: .max, retryAfterSeconds: retryAfterSeconds)
        }
        #expect(pause(1) == 30_000)
        #expect(pause(31) == 31_000)
        #expect(pause(.max) == 86_400_000)
        #expect(pause(-5) == 30_000)
    }

    private static let retryAfter: [(String, Int?)] = [
        ("0", 0), ("120", 120), ("0120", 120), ("86401", 86_400), ("99999999999999999999999", 86_400), ("", nil),
        ("-1", nil),
        ("+1", nil), ("1.5", nil), ("1 ", nil), ("Wed, 21 Oct 2015 07:28:00 GMT", nil), ("\u{661}", nil),
    ]

    @Test(arguments: retryAfter)
    func readsSecondsOnly(text: String, expected: Int?) {
        #expect(RetrySchedule.retryAfterSeconds(text) == expected)
    }
}

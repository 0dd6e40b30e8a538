import StemmaHTTP
import Testing

@Suite struct ConnectionTimerTests {
    private let limits: TimeLimits = {
        var configuration = ServerConfiguration(listeners: [])
        configuration.headTimeoutMilliseconds = 100
        configuration.idleTimeoutMilliseconds = 300
        configuration.bodyGraceMilliseconds = 100
        configuration.bodyMinimumBytesPerSecond = 1_000
        configuration.writeStallMilliseconds = 200
        configuration.lingerMilliseconds = 50
        configuration.halfCloseGraceMilliseconds = 70
        return TimeLimits(configuration)
    }()

    @Test func theHeadHasATotalTime() {
        var timer = ConnectionTimer(now: 1_000)
        #expect(timer.expiry(now: 1_099, limits: limits) == nil)
        timer.headBegan(now: 1_090)
        #expect(timer.expiry(now: 1_100, limits: limits) == .head)
        timer.awaitNothing()
        #expect(timer.expiry(now: 9_000, limits: limits) == nil)
    }

    @Test func idlenessTurnsIntoAHeadWithItsFirstByte() {
        var timer = ConnectionTimer(now: 0)
        timer.awaitRequest(now: 1_000)
        #expect(timer.expiry(now: 1_299, limits: limits) == nil)
        timer.headBegan(now: 1_299)
        timer.headBegan(now: 1_350)
        #expect(timer.expiry(now: 1_398, limits: limits) == nil)
        #expect(timer.expiry(now: 1_399, limits: limits) == .head)
        timer.awaitRequest(now: 1_400)
        #expect(timer.expiry(now: 1_700, limits: limits) == .idle)
    }

    @Test func aBodyMustKeepItsRateInEveryWindow() {
        var timer = ConnectionTimer(now: 0)
        timer.awaitBody(now: 1_000)
        timer.bodyReceived(1_000_000)
        #expect(timer.expiry(now: 1_099, limits: limits) == nil)
        #expect(timer.expiry(now: 1_100, limits: limits) == nil)
        // What was received in the window before does not count any more.
        timer.bodyReceived(99)
        timer.awaitBody(now: 1_150)
        #expect(timer.expiry(now: 1_200, limits: limits) == .body)
    }

    @Test func timeWithoutDemandDoesNotCount() {
        var timer = ConnectionTimer(now: 0)
        timer.awaitBody(now: 1_000)
        timer.awaitNothing()
        #expect(timer.expiry(now: 5_000, limits: limits) == nil)
        timer.awaitBody(now: 5_000)
        #expect(timer.expiry(now: 5_099, limits: limits) == nil)
        #expect(timer.expiry(now: 5_100, limits: limits) == .body)
    }

    @Test func aStalledClientIsCut() {
        var timer = ConnectionTimer(now: 0)
        timer.awaitNothing()
        timer.outputBlocked(now: 1_000, progressed: false)
        timer.outputBlocked(now: 1_100, progressed: false)
        #expect(timer.expiry(now: 1_199, limits: limits) == nil)
        timer.outputBlocked(now: 1_199, progressed: true)
        #expect(timer.expiry(now: 1_398, limits: limits) == nil)
        #expect(timer.expiry(now: 1_399, limits: limits) == .writeStall)
        timer.outputFlowing()
        #expect(timer.expiry(now: 9_999, limits: limits) == nil)
    }

    @Test func lingeringEnds() {
        var timer = ConnectionTimer(now: 0)
        timer.linger(now: 1_000)
        timer.linger(now: 1_040)
        #expect(timer.expiry(now: 1_049, limits: limits) == nil)
        #expect(timer.expiry(now: 1_050, limits: limits) == .linger)
    }

    @Test func aHalfClosedClientIsWaitedForOnce() {
        var timer = ConnectionTimer(now: 0)
        timer.awaitNothing()
        timer.halfClosed(now: 1_000)
        #expect(timer.expiry(now: 1_069, limits: limits) == nil)
        #expect(timer.expiry(now: 1_070, limits: limits) == .halfClosed)
        #expect(timer.expiry(now: 1_071, limits: limits) == nil)
        timer.halfClosed(now: 2_000)
        timer.exchangeEnded()
        #expect(timer.expiry(now: 9_000, limits: limits) == nil)
    }
}

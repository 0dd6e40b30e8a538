import StemmaStatistics
import Testing

@Suite struct HolmTests {
    @Test func adjustsStepDown() {
        #expect(Holm.adjusted([0.04, 0.01, 0.03]) == [0.06, 0.03, 0.06])
        #expect(Holm.adjusted([0.5, 0.9]) == [1, 1])
        #expect(Holm.adjusted([]) == [])
    }
}

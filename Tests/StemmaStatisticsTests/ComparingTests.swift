import StemmaStatistics
import Testing

/// What the tests answer where there is little or nothing to test.
@Suite struct ComparingTests {
    @Test func mcNemarWithoutDiscordantPairs() {
        let result = McNemar.test(onlyA: 0, onlyB: 0)
        #expect(result.method == .exactBinomial && result.statistic == 0 && result.pValue == 1)
        #expect(McNemar.chiSquareCorrected(onlyA: 0, onlyB: 0).pValue == 1)
    }

    @Test func mcNemarChangesItsMethodAtTwentyFivePairs() {
        let even = McNemar.test(onlyA: 12, onlyB: 12)
        #expect(even.method == .exactBinomial && even.statistic == 12 && even.pValue == 1)
        #expect(McNemar.test(onlyA: 24, onlyB: 0).method == .exactBinomial)
        #expect(McNemar.test(onlyA: 24, onlyB: 0).pValue == 0x1p-23)
        #expect(McNemar.test(onlyA: 1, onlyB: 2).pValue == 1)
        #expect(McNemar.exactBinomial(onlyA: 25, onlyB: 25).pValue == 1)
        // Both sides of where whole numbers end: 2 (1 + n) / 2^n.
        for pairs in [50, 51] {
            let wanted: Double = 2 * Double(1 + pairs) / Double(1 << pairs)
            #expect(abs(McNemar.exactBinomial(onlyA: 1, onlyB: pairs - 1).pValue / wanted - 1) < 1e-13)
        }
        let corrected = McNemar.test(onlyA: 5, onlyB: 20)
        #expect(corrected.method == .chiSquareCorrected && corrected.statistic == 14.0 * 14 / 25)
    }

    @Test func pairedDifferences() {
        #expect(PairedProportions.difference(onlyA: 3, onlyB: 8, pairs: 100) == 0.05)
        #expect(PairedProportions.difference(onlyA: 0, onlyB: 0, pairs: 0) == 0)
        #expect(PairedProportions.interval(onlyA: 0, onlyB: 0, pairs: 0, level: 0.95) == .init(lower: -1, upper: 1))
        #expect(PairedProportions.interval(onlyA: 0, onlyB: 0, pairs: 9, level: 0.95) == .init(lower: 0, upper: 0))
        #expect(PairedProportions.interval(onlyA: 0, onlyB: 9, pairs: 9, level: 0.95) == .init(lower: 1, upper: 1))
        let interval = PairedProportions.interval(onlyA: 10, onlyB: 10, pairs: 100, level: 0.95)
        #expect(interval.lower == -interval.upper && abs(interval.upper - 0.087_652_254_057_658_14) < 1e-15)
    }

    @Test func proportionsThatAllSucceedOrFail() {
        for successes in [0, 5] {
            let result = TwoProportions.test(
                successesA: successes, trialsA: 5, successesB: successes * 2, trialsB: 10, level: 0.95)
            #expect(result.z == 0 && result.pValue == 1 && result.pValueGreater == 0.5 && result.pValueLess == 0.5)
            #expect(result.difference == 0 && result.interval.lower < -0.2 && result.interval.upper > 0.2)
        }
    }

    @Test func proportionsWithoutTrials() {
        for (a, b) in [(0, 4), (4, 0), (0, 0)] {
            let result = TwoProportions.test(successesA: 0, trialsA: a, successesB: b, trialsB: b, level: 0.95)
            #expect(result.pValue == 1 && result.interval == .init(lower: -1, upper: 1))
        }
    }

    /// Rates whose doubles differ in their last bits: the cross product of whole numbers keeps the difference.
    @Test func proportionsThatAreVeryClose() {
        let result = TwoProportions.test(
            successesA: 1_000_000_000, trialsA: 3_000_000_000, successesB: 1_000_000_001, trialsB: 3_000_000_003,
            level: 0.95)
        #expect(result.difference == 0 && result.z == 0 && result.pValue == 1)
        let huge = TwoProportions.test(
            successesA: Int.max / 4, trialsA: Int.max / 2, successesB: Int.max / 4, trialsB: Int.max / 2, level: 0.9)
        #expect(huge.difference == 0 && huge.pValue == 1)
    }

    @Test func welchWithoutVariance() {
        let same = Welch.test(meanA: 2, deviationA: 0, nA: 4, meanB: 2, deviationB: 0, nB: 5, level: 0.95)
        #expect(same.t == 0 && same.pValue == 1 && same.degreesOfFreedom == 7)
        #expect(same.interval == .init(lower: 0, upper: 0))
        let higher = Welch.test(meanA: 2, deviationA: 0, nA: 4, meanB: 3, deviationB: 0, nB: 5, level: 0.95)
        #expect(higher.t == .infinity && higher.pValue == 0 && higher.pValueGreater == 0 && higher.pValueLess == 1)
        #expect(higher.interval == .init(lower: 1, upper: 1))
        let lower = Welch.test(meanA: 3, deviationA: 0, nA: 4, meanB: 2, deviationB: 0, nB: 5, level: 0.95)
        #expect(lower.t == -.infinity && lower.pValue == 0 && lower.pValueGreater == 1 && lower.pValueLess == 0)
    }

    @Test func welchOfSingleValues() {
        let result = Welch.test(meanA: 2, deviationA: 0, nA: 1, meanB: 9, deviationB: 1, nB: 50, level: 0.95)
        #expect(result.difference == 7 && result.pValue == 1)
        #expect(result.interval == .init(lower: -.infinity, upper: .infinity))
    }

    /// Deviations whose squares are beyond doubles.
    @Test(arguments: [1e-200, 1e200]) func welchIsFreeOfScale(_ scale: Double) {
        let result = Welch.test(
            meanA: 1 * scale, deviationA: 2 * scale, nA: 10, meanB: 3 * scale, deviationB: 1 * scale, nB: 20,
            level: 0.95)
        let plain = Welch.test(meanA: 1, deviationA: 2, nA: 10, meanB: 3, deviationB: 1, nB: 20, level: 0.95)
        #expect(abs(result.t / plain.t - 1) < 1e-14 && abs(result.pValue / plain.pValue - 1) < 1e-13)
        #expect(abs(result.interval.upper / scale / plain.interval.upper - 1) < 1e-13)
    }

    @Test func sidesMirror() {
        let result = Welch.test(meanA: 1, deviationA: 2, nA: 10, meanB: 3, deviationB: 1, nB: 20, level: 0.95)
        let mirror = Welch.test(meanA: 3, deviationA: 1, nA: 20, meanB: 1, deviationB: 2, nB: 10, level: 0.95)
        #expect(result.difference == 2 && result.t == -mirror.t && result.pValue == mirror.pValue)
        #expect(result.pValueGreater == mirror.pValueLess && result.interval.lower == -mirror.interval.upper)
    }
}

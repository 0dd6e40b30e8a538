import StemmaStatistics
import Testing

/// Sample sizes and what samples can tell apart.
@Suite struct PlanningTests {
    private let plan = TestPlan(significance: 0.05, power: 0.8)

    /// Without continuity correction.
    @Test func proportions() {
        #expect(TwoProportionsPlan.size(a: 0.1, b: 0.12, plan).map { [$0.a, $0.b] } == [3_841, 3_841])
        #expect(TwoProportionsPlan.size(a: 0.5, b: 0.5, plan) == nil)
        let twice = TestPlan(significance: 0.05, power: 0.8, ratio: 2)
        let size = TwoProportionsPlan.size(a: 0.1, b: 0.12, twice)
        #expect(size.map { $0.b - 2 * $0.a <= 0 && $0.b - 2 * $0.a > -2 } == true)
        #expect(TwoProportionsPlan.size(a: 0, b: 1, plan).map(\.a) == 2)
    }

    @Test func means() {
        // (1.959964 + 0.841621)^2 * 2 / 0.25 = 62.79
        #expect(
            TwoMeansPlan.size(difference: 0.5, deviationA: 1, deviationB: 1, plan).map { [$0.a, $0.b] } == [63, 63])
        #expect(TwoMeansPlan.size(difference: -0.5, deviationA: 1, deviationB: 1, plan).map(\.a) == 63)
        #expect(TwoMeansPlan.size(difference: 0, deviationA: 1, deviationB: 1, plan) == nil)
        #expect(TwoMeansPlan.size(difference: 1e-300, deviationA: 1, deviationB: 1, plan) == nil)
        #expect(TwoMeansPlan.size(difference: 5, deviationA: 0, deviationB: 0, plan).map(\.a) == 1)
    }

    @Test(arguments: [0.25, 1, 3], TestPlan.Alternative.allCases)
    func detectableEffectsInvertSizes(_ ratio: Double, _ alternative: TestPlan.Alternative) throws {
        let plan = TestPlan(significance: 0.01, power: 0.9, alternative: alternative, ratio: ratio)
        for n in [200, 10_000] {
            let rise: Double = try #require(
                TwoProportionsPlan.detectableEffect(a: 0.3, nA: n, rise: true, plan))
            let fall: Double = try #require(
                TwoProportionsPlan.detectableEffect(a: 0.3, nA: n, rise: false, plan))
            #expect(rise > 0 && fall < 0)
            #expect(abs(TwoProportionsPlan.exactSize(a: 0.3, b: 0.3 + rise, plan) / Double(n) - 1) < 1e-9)
            #expect(abs(TwoProportionsPlan.exactSize(a: 0.3, b: 0.3 + fall, plan) / Double(n) - 1) < 1e-9)
            let shift: Double = try #require(
                TwoMeansPlan.detectableEffect(deviationA: 2, deviationB: 5, nA: n, plan))
            let size: Double = TwoMeansPlan.exactSize(difference: shift, deviationA: 2, deviationB: 5, plan)
            #expect(abs(size / Double(n) - 1) < 1e-12)
        }
    }

    @Test func effectsThatNoSampleOfThatSizeFinds() {
        #expect(TwoProportionsPlan.detectableEffect(a: 0.5, nA: 3, rise: true, plan) == nil)
        #expect(TwoProportionsPlan.detectableEffect(a: 1, nA: 1_000, rise: true, plan) == nil)
        #expect(TwoProportionsPlan.detectableEffect(a: 0.5, nA: 0, rise: true, plan) == nil)
        #expect(TwoMeansPlan.detectableEffect(deviationA: 1, deviationB: 1, nA: 0, plan) == nil)
        #expect(PairedPlan.detectableDifference(pairs: 100, discordant: 0.01, plan) == nil)
        #expect(PairedPlan.detectableDifference(pairs: 0, discordant: 0.5, plan) == nil)
        #expect(PairedPlan.detectableDifference(pairs: 10, discordant: 0, plan) == nil)
    }

    @Test func pairedDifferencesInvertConnorsSize() throws {
        let found: Double = try #require(PairedPlan.detectableDifference(pairs: 1_000, discordant: 0.1, plan))
        let spread: Double = 0.1.squareRoot() * Normal.upperQuantile(0.025)
        let power: Double = (0.1 - found * found).squareRoot() * Normal.upperQuantile(0.2)
        let size: Double = (spread + power) * (spread + power) / (found * found)
        #expect(abs(size / 1_000 - 1) < 1e-12 && found > 0.02 && found < 0.03)
    }
}

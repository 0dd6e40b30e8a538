import StemmaStatistics
import Testing

/// Tails and quantiles against values computed with 40 digits, far tails included.
@Suite struct DistributionTests {
    private func expect(_ value: Double, _ exact: Double, sourceLocation: SourceLocation = #_sourceLocation) {
        let isClose: Bool = abs(value - exact) <= 1e-12 * abs(exact)
        #expect(isClose, "\(value) is not \(exact)", sourceLocation: sourceLocation)
    }

    @Test func normal() {
        expect(Normal.sf(0), 0.5)
        expect(Normal.sf(1.96), 0.024_997_895_148_220_436)
        expect(Normal.cdf(-1.96), 0.024_997_895_148_220_436)
        expect(Normal.sf(8.3), 5.205_569_744_890_254e-17)
        expect(Normal.sf(37), 5.725_571_222_524_576_8e-300)
        expect(Normal.sf(-3), 0.998_650_101_968_369_91)
        expect(Normal.quantile(0.975), 1.959_963_984_540_053_9)
        expect(Normal.quantile(0.3), -0.524_400_512_708_040_82)
        expect(Normal.upperQuantile(1e-12), 7.034_483_825_301_131_9)
        expect(Normal.quantile(1e-300), -37.047_096_299_361_199)
        #expect(Normal.quantile(0) == -.infinity && Normal.quantile(1) == .infinity && Normal.quantile(0.5) == 0)
    }

    @Test func studentT() {
        expect(StudentT.sf(0.001, degrees: 3), 0.499_632_447_484_730_47)
        expect(StudentT.sf(1, degrees: 1), 0.25)
        expect(StudentT.sf(-1, degrees: 1), 0.75)
        expect(StudentT.sf(2.5, degrees: 7.3), 0.019_825_117_332_800_236)
        expect(StudentT.twoSided(-2.5, degrees: 7.3), 2 * 0.019_825_117_332_800_236)
        expect(StudentT.sf(12, degrees: 2), 0.003_436_466_838_579_230_1)
        expect(StudentT.sf(40, degrees: 1_000), 5.239_426_077_586_680_5e-210)
        expect(StudentT.sf(36, degrees: 1e6), 6.366_995_560_199_513_4e-284)
        expect(StudentT.sf(1e100, degrees: 1.5), 3.770_852_432_016_246_3e-151)
        expect(StudentT.sf(1e200, degrees: 1), 1 / (.pi * 1e200))
        #expect(StudentT.twoSided(.infinity, degrees: 5) == 0 && StudentT.twoSided(0, degrees: 5) == 1)
        expect(StudentT.sf(1.96, degrees: .infinity), 0.024_997_895_148_220_436)
    }

    @Test func studentTQuantiles() {
        expect(StudentT.upperQuantile(0.025, degrees: 1), 12.706_204_736_174_704)
        expect(StudentT.upperQuantile(0.975, degrees: 1), -12.706_204_736_174_704)
        expect(StudentT.upperQuantile(0.025, degrees: 12.5), 2.169_185_942_712_541_1)
        expect(StudentT.upperQuantile(1e-12, degrees: 3), 10_331.108_244_292_486)
        expect(StudentT.upperQuantile(1e-200, degrees: 30), 23_290_831.507_991_147)
        expect(StudentT.upperQuantile(0.4999, degrees: 5), 0.000_263_430_556_070_185_51)
        expect(StudentT.upperQuantile(0.005, degrees: 1e6), 2.575_834_220_105_334_1)
        expect(StudentT.criticalValue(level: 0.95, degrees: 12.5), 2.169_185_942_712_541_1)
        #expect(StudentT.upperQuantile(0.5, degrees: 3) == 0 && StudentT.upperQuantile(0, degrees: 3) == .infinity)
        #expect(StudentT.upperQuantile(1e-239, degrees: 0.7) == .infinity)
    }

    @Test func chiSquare() {
        expect(ChiSquare.sf(0.01, degrees: 1), 0.920_344_325_445_942_04)
        expect(ChiSquare.sf(3.84, degrees: 1), 0.050_043_521_248_705_103)
        expect(ChiSquare.sf(1_300, degrees: 1), 1.130_372_844_149_274_2e-284)
        expect(ChiSquare.sf(25, degrees: 10), 0.005_345_505_487_134_064_3)
        expect(ChiSquare.sf(0.5, degrees: 0.2), 0.104_440_756_142_444_39)
        expect(ChiSquare.sf(900, degrees: 200), 2.360_899_075_506_456_3e-89)
        #expect(ChiSquare.sf(0, degrees: 4) == 1)
    }

    @Test func binomial() {
        expect(Binomial.cdf(3, trials: 10, p: 0.5), 0.171875)
        expect(Binomial.sf(3, trials: 10, p: 0.5), 0.828125)
        expect(Binomial.cdf(0, trials: 24, p: 0.5), 5.960_464_477_539_062_5e-8)
        expect(Binomial.sf(30, trials: 1_000, p: 0.001), 2.973_438_246_388_891_5e-35)
        expect(Binomial.sf(999, trials: 1_000, p: 0.5), 9.332_636_185_032_188_8e-302)
        #expect(Binomial.cdf(-1, trials: 5, p: 0.5) == 0 && Binomial.cdf(5, trials: 5, p: 0.5) == 1)
        #expect(Binomial.sf(-1, trials: 5, p: 0.5) == 1 && Binomial.sf(5, trials: 5, p: 0.5) == 0)
    }

    @Test func bothTailsOfTheIncompleteFunctions() {
        let beta = IncompleteBeta.tails(x: 0.25, y: 0.75, a: 2, b: 3)
        expect(beta.lower, 67.0 / 256)
        expect(beta.upper, 189.0 / 256)
        #expect(IncompleteBeta.tails(x: 0, y: 1, a: 2, b: 3) == (0, 1))
        #expect(IncompleteBeta.tails(x: 1, y: 0, a: 2, b: 3) == (1, 0))
        let gamma = IncompleteGamma.tails(a: 1, x: 1)
        expect(gamma.upper, 0.367_879_441_171_442_32)
        expect(gamma.lower, 0.632_120_558_828_557_68)
        #expect(IncompleteGamma.tails(a: 2, x: 0) == (0, 1))
        #expect(IncompleteGamma.tails(a: 2, x: .infinity) == (1, 0))
    }
}

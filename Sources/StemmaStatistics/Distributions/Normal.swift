internal import Glibc

/// The standard normal distribution.
package enum Normal {
    /// The probability of a value of at most `z`.
    package static func cdf(_ z: Double) -> Double { erfc(-z * halfRoot) / 2 }

    /// The probability of a value above `z`.
    package static func sf(_ z: Double) -> Double { erfc(z * halfRoot) / 2 }

    /// The `z` that a value exceeds with probability `p`; for `p` from 0 to 1, infinite at its ends.
    ///
    /// M. J. Wichura, "Algorithm AS 241: The Percentage Points of the Normal Distribution", Applied Statistics 37 (1988),
    /// p. 477-484 (PPND16, about 16 digits).
    package static func upperQuantile(_ p: Double) -> Double { -quantile(p) }

    /// The `z` below which a value is with probability `p`; see `upperQuantile`.
    package static func quantile(_ p: Double) -> Double {
        if p <= 0 { return -.infinity }
        if p >= 1 { return .infinity }
        let centred: Double = p - 0.5
        if abs(centred) <= 0.425 {
            let r: Double = 0.180625 - centred * centred
            return centred * rational(r, centralTop, centralBottom)
        }
        let tail: Double = (-log(min(p, 1 - p))).squareRoot()
        let size: Double =
            tail <= 5 ? rational(tail - 1.6, middleTop, middleBottom) : rational(tail - 5, farTop, farBottom)
        return centred < 0 ? -size : size
    }

    /// Two polynomials by Horner's rule, highest power first.
    private static func rational(_ r: Double, _ top: [Double], _ bottom: [Double]) -> Double {
        top.reduce(0) { $0 * r + $1 } / bottom.reduce(0) { $0 * r + $1 }
    }

    private static let halfRoot: Double = 0.707_106_781_186_547_6

    private static let centralTop: [Double] = [
        2.509_080_928_730_122_67e3, 3.343_057_558_358_812_81e4, 6.726_577_092_700_870_09e4,
        4.592_195_393_154_987_15e4, 1.373_169_376_550_946_11e4, 1.971_590_950_306_551_33e3,
        1.331_416_678_917_843_77e2, 3.387_132_872_796_366_608,
    ]
    private static let centralBottom: [Double] = [
        5.226_495_278_852_854_56e3, 2.872_908_573_572_194_27e4, 3.930_789_580_009_271_06e4,
        2.121_379_430_158_659_59e4, 5.394_196_021_424_751_11e3, 6.871_870_074_920_579_08e2,
        4.231_333_070_160_091_13e1, 1,
    ]
    private static let middleTop: [Double] = [
        7.745_450_142_783_414_07e-4, 2.272_384_498_926_918_45e-2, 2.417_807_251_774_506_12e-1,
        1.270_458_252_452_368_38, 3.647_848_324_763_204_60, 5.769_497_221_460_691_40,
        4.630_337_846_156_545_29, 1.423_437_110_749_683_57,
    ]
    private static let middleBottom: [Double] = [
        1.050_750_071_644_416_84e-9, 5.475_938_084_995_344_95e-4, 1.519_866_656_361_645_71e-2,
        1.481_039_764_274_800_74e-1, 6.897_673_349_851_000_04e-1, 1.676_384_830_183_803_84,
        2.053_191_626_637_758_82, 1,
    ]
    private static let farTop: [Double] = [
        2.010_334_399_292_288_13e-7, 2.711_555_568_743_487_57e-5, 1.242_660_947_388_078_43e-3,
        2.653_218_952_657_612_30e-2, 2.965_605_718_285_048_91e-1, 1.784_826_539_917_291_33,
        5.463_784_911_164_114_36, 6.657_904_643_501_103_77,
    ]
    private static let farBottom: [Double] = [
        2.044_263_103_389_939_78e-15, 1.421_511_758_316_445_88e-7, 1.846_318_317_510_054_68e-5,
        7.868_691_311_456_132_59e-4, 1.487_536_129_085_061_48e-2, 1.369_298_809_227_358_05e-1,
        5.998_322_065_558_879_37e-1, 1,
    ]
}

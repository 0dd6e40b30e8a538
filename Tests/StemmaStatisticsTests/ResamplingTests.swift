import StemmaStatistics
import StemmaTesting
import Testing

/// The generator, the binomial sampler and the bootstrap.
@Suite struct ResamplingTests {
    /// The sequences that the authors' C programs print for these seeds.
    @Test func generatorGivesItsPublishedSequence() {
        var random = Xoshiro256(seed: 42)
        let drawn: [UInt64] = (0..<4).map { _ in random.next() }
        #expect(
            drawn == [
                1_546_998_764_402_558_742, 6_990_951_692_964_543_102, 12_544_586_762_248_559_009,
                17_057_574_109_182_124_193,
            ])
    }

    /// Mean and variance over many draws, in the region of each algorithm and at their border; each is within five standard
    /// errors (a false alarm once in about a million runs).
    @Test(arguments: [(5, 0.3), (1_000, 0.009), (1_000, 0.0101), (100, 0.5), (100, 0.93), (1_000_000, 0.2), (20, 1e-9)])
    func samplerHasTheMeanAndVariance(_ trials: Int, _ p: Double) {
        let seeds = SeededRandom()
        let (n, draws): (Double, Int) = (Double(trials), 40_000)
        var (sum, squares): (Double, Double) = (0, 0)
        let (mean, variance): (Double, Double) = (n * p, n * p * (1 - p))
        var source = seeds
        // Many short sequences instead of a long one: a fault in the seeding shows as well.
        for _ in 0..<(draws / 40) {
            var random = Xoshiro256(seed: source.next())
            for _ in 0..<40 {
                let drawn: Int = BinomialSampler.sample(trials: trials, p: p, &random)
                #expect(drawn >= 0 && drawn <= trials)
                let distance: Double = Double(drawn) - mean
                sum += distance
                squares += distance * distance
            }
        }
        let count: Double = Double(draws)
        #expect(abs(sum / count) <= 5 * (variance / count).squareRoot())
        // Fourth central moment of the binomial distribution: v (1 + 3 v - 6 v / n).
        let fourth: Double = variance * (1 + 3 * variance - 6 * variance / n)
        #expect(abs(squares / count - variance) <= 5 * ((fourth - variance * variance) / count).squareRoot() + 1e-6)
    }

    /// All of the distribution, by a chi-square test of the counts of each value.
    @Test(arguments: [(40, 0.1), (40, 0.3), (200, 0.4)]) func samplerHasTheDistribution(_ trials: Int, _ p: Double) {
        var seeds = SeededRandom()
        var random = Xoshiro256(seed: seeds.next())
        let draws: Int = 200_000
        var counts = [Int](repeating: 0, count: trials + 1)
        for _ in 0..<draws { counts[BinomialSampler.sample(trials: trials, p: p, &random)] += 1 }
        var (statistic, cells, rest, restExpected): (Double, Int, Int, Double) = (0, 0, draws, Double(draws))
        for k in 0...trials {
            let below: Double = Binomial.cdf(k - 1, trials: trials, p: p)
            let expected: Double = (Binomial.cdf(k, trials: trials, p: p) - below) * Double(draws)
            guard expected > 50 else { continue }
            statistic += (Double(counts[k]) - expected) * (Double(counts[k]) - expected) / expected
            cells += 1
            rest -= counts[k]
            restExpected -= expected
        }
        statistic += (Double(rest) - restExpected) * (Double(rest) - restExpected) / max(restExpected, 1)
        #expect(ChiSquare.sf(statistic, degrees: Double(cells)) > 1e-7, "chi-square \(statistic) of \(cells) cells")
    }

    @Test func samplerAtTheEnds() {
        var random = Xoshiro256(seed: 1)
        #expect(BinomialSampler.sample(trials: 9, p: 0, &random) == 0)
        #expect(BinomialSampler.sample(trials: 9, p: 1, &random) == 9)
        #expect(BinomialSampler.sample(trials: 0, p: 0.5, &random) == 0)
        var drawn = [0, 0, 0, 0]
        Multinomial([0, 7, 0, 0]).sample(into: &drawn, &random)
        #expect(drawn == [0, 7, 0, 0])
        Multinomial([0, 0, 0, 0]).sample(into: &drawn, &random)
        #expect(drawn == [0, 0, 0, 0])
    }

    @Test func bootstrapIsTheSameForTheSameSeed() {
        let cells: [Int] = [50, 12, 7, 31]
        func run(_ seed: UInt64) -> PairedBootstrap.Result {
            PairedBootstrap(resamples: 500, seed: seed, level: 0.95).run(cells: cells) { Double($0[1] - $0[2]) / 100 }
        }
        #expect(run(7) == run(7))
        #expect(run(7) != run(8))
    }

    @Test func bootstrapOfSeveralStatisticsUsesTheSameResamples() {
        let bootstrap = PairedBootstrap(resamples: 200, seed: 3, level: 0.9)
        let both: [PairedBootstrap.Result] = bootstrap.run(cells: [40, 30, 30], statistics: 2) { cells, values in
            values[0] = Double(cells[0] - cells[1])
            values[1] = Double(cells[1] - cells[0])
        }
        #expect(abs(both[0].interval.lower + both[1].interval.upper) < 1e-9 && both[0].pValue == both[1].pValue)
        #expect(both[0] == bootstrap.run(cells: [40, 30, 30]) { Double($0[0] - $0[1]) })
    }

    @Test func bootstrapNeverClaimsMoreThanItsResamples() {
        let certain = PairedBootstrap(resamples: 99, seed: 3, level: 0.95).run(cells: [10]) { Double($0[0]) }
        #expect(certain.interval == .init(lower: 10, upper: 10) && certain.pValue == 0.02)
        let none = PairedBootstrap(resamples: 99, seed: 3, level: 0.95).run(cells: [10]) { _ in 0 }
        #expect(none.interval == .init(lower: 0, upper: 0) && none.pValue == 1)
    }

    /// The difference of two paired proportions whose true value is known: intervals of 90 % hold it about nine times out of
    /// ten, and where it is 0 the p-value is below 0.1 about once in ten.
    @Test func bootstrapCoversTheTruth() {
        var seeds = SeededRandom()
        let truth = Multinomial([700, 90, 60, 150])
        let null = Multinomial([700, 75, 75, 150])
        var random = Xoshiro256(seed: seeds.next())
        var sample: [Int] = [0, 0, 0, 0]
        var (covered, rejected): (Int, Int) = (0, 0)
        let runs: Int = 600
        for _ in 0..<runs {
            let bootstrap = PairedBootstrap(resamples: 299, seed: seeds.next(), level: 0.9)
            truth.sample(into: &sample, &random)
            let interval: Interval = bootstrap.run(cells: sample) { Double($0[1] - $0[2]) / 1_000 }.interval
            if interval.lower <= 0.03, 0.03 <= interval.upper { covered += 1 }
            null.sample(into: &sample, &random)
            if bootstrap.run(cells: sample, { Double($0[1] - $0[2]) / 1_000 }).pValue < 0.1 { rejected += 1 }
        }
        // Five standard errors of a share of 0.9 in 600 are 0.061.
        #expect(abs(Double(covered) / Double(runs) - 0.9) < 0.07, "covered \(covered) of \(runs)")
        #expect(abs(Double(rejected) / Double(runs) - 0.1) < 0.07, "rejected \(rejected) of \(runs)")
    }
}

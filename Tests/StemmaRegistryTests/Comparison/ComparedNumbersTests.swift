import StemmaDigest
import StemmaJSON
import StemmaStatistics
import StemmaTesting
import Testing

@testable import StemmaRegistry

/// The numbers behind comparisons: counting, the two ways to a variance, and the words.
@Suite struct ComparedNumbersTests {
    /// Examples whose classes have the highest of many numbers.
    private struct HighClasses: PairedExamples {
        let names: [String]
        let batch: PairedBatch

        init(_ labels: [Int], _ a: [Int], _ b: [Int], classes: Int) {
            names = (0..<classes).map { "c\($0)" }
            let shift: (Int) -> Int32 = { Int32(classes - 1 - $0) }
            batch = PairedBatch(labels: labels.map(shift), a: a.map(shift), b: b.map(shift))
        }

        func forEachBatch(_ body: (PairedBatch) throws -> Void) async throws { try body(batch) }
    }

    private static func draw(
        _ count: Int, classes: Int, _ random: inout SeededRandom
    ) -> (labels: [Int], a: [Int], b: [Int]) {
        var drawn: (labels: [Int], a: [Int], b: [Int]) = ([], [], [])
        for _ in 0..<count {
            // The lower classes more often.
            let label: Int = min(
                Int.random(in: 0..<classes, using: &random), Int.random(in: 0..<classes, using: &random))
            func guess(_ accuracy: Double) -> Int {
                Double.random(in: 0..<1, using: &random) < accuracy
                    ? label : Int.random(in: 0..<classes, using: &random)
            }
            drawn.labels.append(label)
            drawn.a.append(guess(0.7))
            drawn.b.append(guess(0.8))
        }
        return drawn
    }

    /// Few classes are counted in a cube, many in a table.
    @Test(arguments: [3, 64, 65, 5_000]) func countsAreThoseOfALoop(_ classes: Int) async throws {
        var random = SeededRandom()
        let drawn = ComparedNumbersTests.draw(500, classes: 3, &random)
        let outcomes = try await JointOutcomes(
            HighClasses(drawn.labels, drawn.a, drawn.b, classes: classes), positive: classes - 1, limit: 4_096)
        var (cells, onlyA, onlyB, positives): ([[Int]: Int], Int, Int, Int) = ([:], 0, 0, 0)
        for index in 0..<500 {
            let (label, a, b): (Int, Int, Int) = (drawn.labels[index], drawn.a[index], drawn.b[index])
            cells[[label, a, b].map { classes - 1 - $0 }, default: 0] += 1
            if a == label, b != label { onlyA += 1 }
            if a != label, b == label { onlyB += 1 }
            if label == 0 { positives += 1 }
        }
        #expect(outcomes.all == .init(onlyA: onlyA, onlyB: onlyB, examples: 500))
        #expect(outcomes.positives.examples == positives)
        let found: [JointOutcomes.Cell] = try #require(outcomes.cells)
        #expect(Dictionary(uniqueKeysWithValues: found.map { ([$0.label, $0.a, $0.b], $0.count) }) == cells)
        #expect(
            found.map { ($0.label * classes + $0.a) * classes + $0.b }
                == found.map {
                    ($0.label * classes + $0.a) * classes + $0.b
                }.sorted())
        #expect(outcomes.a.examples == 500 && outcomes.b.examples == 500)
        #expect(outcomes.a.right - outcomes.b.right == onlyA - onlyB)
    }

    @Test(arguments: [30, 80]) func tooManyCellsAreGivenUp(_ classes: Int) async throws {
        var random = SeededRandom()
        let drawn = ComparedNumbersTests.draw(3_000, classes: 10, &random)
        let examples = HighClasses(drawn.labels, drawn.a, drawn.b, classes: classes)
        let all: Int = try #require(
            try await JointOutcomes(examples, positive: nil, limit: 4_096).cells
        ).count
        #expect(try await JointOutcomes(examples, positive: nil, limit: all).cells?.count == all)
        let given = try await JointOutcomes(examples, positive: nil, limit: all - 1)
        #expect(given.cells == nil && given.all.examples == 3_000)
    }

    /// The infinitesimal jackknife and the bootstrap estimate the same errors.
    @Test(arguments: [Averaging.macro, .weighted, .binary(positive: 1)])
    func bothWaysToAVarianceAgree(_ averaging: Averaging) async throws {
        var random = SeededRandom()
        let drawn = ComparedNumbersTests.draw(4_000, classes: 4, &random)
        let text: ([Int]) -> [String] = { $0.map { "\($0)" } }
        let pair = InlinePair(labels: text(drawn.labels), a: text(drawn.a), b: text(drawn.b))
        var positive: Int?
        if case .binary(let number) = averaging { positive = number }
        let outcomes = try await JointOutcomes(pair, positive: positive, limit: 4_096)
        var influence = Influence(outcomes.a, outcomes.b, averaging)
        try await pair.forEachBatch { influence.add($0) }
        let errors: Scores = influence.errors
        let results = ResampleScorer.run(
            try #require(outcomes.cells), averaging, PairedBootstrap(resamples: 4_000, seed: random.next(), level: 0.95)
        )
        for (result, error) in zip(results, [errors.precision, errors.recall, errors.f1]) {
            let width: Double = result.interval.upper - result.interval.lower
            // The ends of such an interval vary by some 2 % from one bootstrap to the next.
            #expect(abs(width / (2 * 1.96 * error) - 1) < 0.1, "\(averaging): \(width) and \(error)")
        }
        let plan = ComparisonPlan(averaging: averaging, significance: 0.05, confidence: 0.95, seed: 1, resamples: nil)
        let derived = ComparedMetrics(outcomes, plan, errors: errors, limits: Limits())
        let drawnAgain = ComparedMetrics(outcomes, plan, errors: nil, limits: Limits())
        #expect(derived.resamples == 0 && drawnAgain.resamples == 10_000)
        #expect(derived.metrics[1].method == .jackknife && drawnAgain.metrics[1].method == .bootstrap)
        for (one, other) in zip(derived.metrics, drawnAgain.metrics) {
            #expect(one.difference == other.difference)
            let scale: Double = one.interval.upper - one.interval.lower
            #expect(abs(one.interval.lower - other.interval.lower) < 0.1 * scale)
            #expect(abs(one.interval.upper - other.interval.upper) < 0.1 * scale)
        }
    }

    @Test func resamplesAdaptToTheWork() async throws {
        var random = SeededRandom()
        let drawn = ComparedNumbersTests.draw(2_000, classes: 5, &random)
        let outcomes = try await JointOutcomes(
            HighClasses(drawn.labels, drawn.a, drawn.b, classes: 5), positive: nil, limit: 4_096)
        let cells: Int = try #require(outcomes.cells).count
        var limits = Limits()
        limits.comparisonDraws = 500 * cells
        limits.comparisonDrawsMax = 700 * cells
        func resamples(_ wanted: Int?) -> Int {
            let plan = ComparisonPlan(
                averaging: .macro, significance: 0.05, confidence: 0.95, seed: 1, resamples: wanted)
            return ComparedMetrics(outcomes, plan, errors: nil, limits: limits).resamples
        }
        #expect(resamples(nil) == 500)
        #expect(resamples(600) == 600)
        #expect(resamples(5_000) == 700)
        limits.comparisonDraws = 1
        #expect(resamples(nil) == 100)
    }

    // MARK: Words

    private static func recommendation(
        _ cells: [(label: String, a: String, b: String, count: Int)], average: Averaging = .macro,
        byPlace: Bool = false
    ) async throws -> Recommendation {
        var (labels, a, b): ([String], [String], [String]) = ([], [], [])
        for cell in cells {
            labels += Array(repeating: cell.label, count: cell.count)
            a += Array(repeating: cell.a, count: cell.count)
            b += Array(repeating: cell.b, count: cell.count)
        }
        let outcomes = try await JointOutcomes(
            InlinePair(labels: labels, a: a, b: b), positive: average == .macro ? nil : 1, limit: 4_096)
        let plan = ComparisonPlan(averaging: average, significance: 0.05, confidence: 0.95, seed: 7, resamples: 2_000)
        return Recommendation(
            ComparedMetrics(outcomes, plan, errors: nil, limits: Limits()), names: ("one", "two"), significance: 0.05,
            isPairedByPlace: byPlace)
    }

    @Test func wordsSayWhichIsBetterAndWhere() async throws {
        let better = try await Self.recommendation([
            ("x", "x", "x", 400), ("y", "y", "y", 400), ("x", "y", "x", 60), ("y", "x", "y", 60), ("x", "x", "y", 10),
            ("y", "y", "x", 10),
        ])
        #expect(
            better.text
                == "Model B (two) is significantly better on accuracy, precision, recall and f1 on these 940 examples, "
                + "at the level 0.05 after Holm's correction.")
        #expect(better.warnings.isEmpty)
        let worse = try await Self.recommendation([
            ("x", "x", "x", 400), ("y", "y", "y", 400), ("x", "x", "y", 60), ("y", "y", "x", 60), ("x", "y", "x", 10),
            ("y", "x", "y", 10),
        ])
        #expect(worse.text.hasPrefix("Model A (one) is significantly better on accuracy, precision, recall and f1"))
    }

    /// B finds far more and is wrong more often when it says it found something.
    @Test func conflictingMetricsAreNamedAsSuch() async throws {
        let conflict = try await Self.recommendation(
            [
                ("yes", "yes", "yes", 200), ("yes", "no", "yes", 100), ("no", "no", "yes", 130),
                ("no", "no", "no", 400),
                ("no", "yes", "no", 10),
            ], average: .binary(positive: 1))
        #expect(
            conflict.text.hasPrefix(
                "Conflicting: model B (two) is significantly better on recall, model A (one) on precision, on these 840 examples"
            ), "\(conflict.text)")
        #expect(conflict.text.contains("not for the numbers to say"))
        #expect(conflict.text.hasSuffix("No significant difference on accuracy and f1."), "\(conflict.text)")
    }

    @Test func noDifferenceFoundIsNotCalledNoDifference() async throws {
        let open = try await Self.recommendation([
            ("x", "x", "x", 400), ("y", "y", "y", 400), ("x", "y", "x", 22), ("x", "x", "y", 20), ("y", "x", "y", 20),
            ("y", "y", "x", 18),
        ])
        #expect(open.text.hasPrefix("No significant difference on these 880 examples, at the level 0.05") == false)
        #expect(
            open.text.hasPrefix(
                "No significant difference on these 880 examples at the level 0.05 after Holm's correction."))
        // sqrt(s) = 0.3015; (2.4977 * 0.3015 + 0.8416 * sqrt(s - d^2)) / sqrt(880) = 0.0339.
        #expect(open.text.contains("80 discordant examples a difference of accuracy of about 0.0339 "), "\(open.text)")
        let few = try await Self.recommendation([("x", "x", "x", 40), ("y", "y", "y", 40), ("x", "y", "x", 2)])
        #expect(few.text.contains("2 discordant examples are too few for any difference of accuracy to be found"))
        #expect(few.warnings.count == 1 && few.warnings[0].hasPrefix("Only 2 examples"))
        let same = try await Self.recommendation([("x", "x", "x", 40), ("y", "x", "x", 4)], byPlace: true)
        #expect(same.text.hasSuffix("The models are right and wrong on the same examples."))
        #expect(same.warnings.count == 2 && same.warnings[1].contains("no ids"))
    }

    @Test func theNamesOfTwoClassesMayTellWhichIsPositive() {
        #expect(PositiveLabel.known(["0", "1"]) == 1)
        #expect(PositiveLabel.known(["1", "0"]) == 0)
        #expect(PositiveLabel.known(["True", "False"]) == 0)
        #expect(PositiveLabel.known(["no", "Yes"]) == 1)
        #expect(PositiveLabel.known(["ham", "spam"]) == nil)
        #expect(PositiveLabel.known(["0", "1", "2"]) == nil && PositiveLabel.known(["1"]) == nil)
    }
}

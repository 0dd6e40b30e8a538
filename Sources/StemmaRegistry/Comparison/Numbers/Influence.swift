/// The variance of a difference of metrics by the infinitesimal jackknife: the sum of the squared influences of the examples
/// (B. Efron, "Nonparametric Estimates of Standard Error: The Jackknife, the Bootstrap and Other Methods", Biometrika 68
/// (1981), p. 589-599). It stands in for the bootstrap where so many different outcomes occur that resampling them would take
/// too long, and there it is close to it.
struct Influence {
    /// The derivatives of the three metrics by the counts of a class.
    private struct Slopes {
        var support: [Scores]
        var predicted: [Scores]
        var correct: [Scores]
    }

    private let a: Slopes
    private let b: Slopes
    private var sums = Scores()

    init(_ a: ClassCounts, _ b: ClassCounts, _ averaging: Averaging) {
        self.a = Influence.slopes(a, averaging)
        self.b = Influence.slopes(b, averaging)
    }

    mutating func add(_ batch: PairedBatch) {
        for index in batch.labels.indices {
            let label: Int = Int(batch.labels[index])
            let ofA: Scores = Influence.influence(label, Int(batch.a[index]), a)
            let ofB: Scores = Influence.influence(label, Int(batch.b[index]), b)
            sums.precision += (ofB.precision - ofA.precision) * (ofB.precision - ofA.precision)
            sums.recall += (ofB.recall - ofA.recall) * (ofB.recall - ofA.recall)
            sums.f1 += (ofB.f1 - ofA.f1) * (ofB.f1 - ofA.f1)
        }
    }

    /// Standard errors of the three differences.
    var errors: Scores {
        Scores(
            precision: sums.precision.squareRoot(), recall: sums.recall.squareRoot(), f1: sums.f1.squareRoot())
    }

    /// The metrics do not change when all counts grow alike, so the influences of all examples add up to 0 and no mean
    /// has to be taken off.
    private static func influence(_ label: Int, _ prediction: Int, _ slopes: Slopes) -> Scores {
        var result: Scores = slopes.support[label]
        add(slopes.predicted[prediction], to: &result)
        if label == prediction { add(slopes.correct[label], to: &result) }
        return result
    }

    private static func add(_ more: Scores, to result: inout Scores) {
        result.precision += more.precision
        result.recall += more.recall
        result.f1 += more.f1
    }

    private static func slopes(_ counts: ClassCounts, _ averaging: Averaging) -> Slopes {
        let zero = [Scores](repeating: Scores(), count: counts.classes)
        var slopes = Slopes(support: zero, predicted: zero, correct: zero)
        let whole: Scores = counts.scores(averaging)
        let total: Double = Double(max(1, counts.examples))
        var present: Int = 0
        for number in 0..<counts.classes where counts.support[number] + counts.predicted[number] > 0 { present += 1 }
        for number in 0..<counts.classes {
            let weight: Double
            switch averaging {
            case .binary(let positive): weight = number == positive ? 1 : 0
            case .macro: weight = 1 / Double(max(1, present))
            case .weighted: weight = Double(counts.support[number]) / total
            }
            fill(&slopes, number, counts, weight: weight)
            guard averaging == .weighted else { continue }
            // The weight itself grows with the class's labels.
            let own: Scores = counts.scores(.binary(positive: number))
            slopes.support[number].precision += (own.precision - whole.precision) / total
            slopes.support[number].recall += (own.recall - whole.recall) / total
            slopes.support[number].f1 += (own.f1 - whole.f1) / total
        }
        return slopes
    }

    private static func fill(_ slopes: inout Slopes, _ number: Int, _ counts: ClassCounts, weight: Double) {
        let correct: Double = Double(counts.correct[number])
        let predicted: Double = Double(counts.predicted[number])
        let support: Double = Double(counts.support[number])
        if predicted > 0 {
            slopes.correct[number].precision = weight / predicted
            slopes.predicted[number].precision = -weight * correct / (predicted * predicted)
        }
        if support > 0 {
            slopes.correct[number].recall = weight / support
            slopes.support[number].recall = -weight * correct / (support * support)
        }
        if predicted + support > 0 {
            let sum: Double = predicted + support
            slopes.correct[number].f1 = 2 * weight / sum
            slopes.predicted[number].f1 = -2 * weight * correct / (sum * sum)
            slopes.support[number].f1 = slopes.predicted[number].f1
        }
    }
}

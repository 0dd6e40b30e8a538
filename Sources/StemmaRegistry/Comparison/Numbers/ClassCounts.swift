/// How the metrics of the classes become one number, as scikit-learn names it.
enum Averaging: Sendable, Equatable {
    /// Those of one class.
    case binary(positive: Int)
    /// The mean over the classes that occur as label or as prediction.
    case macro
    /// The mean over the classes, each counted as often as it is a label.
    case weighted

    var name: String {
        switch self {
        case .binary: "binary"
        case .macro: "macro"
        case .weighted: "weighted"
        }
    }
}

/// The four metrics of one model; 0 where nothing was predicted or nothing was there to be found.
struct Scores: Sendable, Equatable {
    var accuracy: Double = 0
    var precision: Double = 0
    var recall: Double = 0
    var f1: Double = 0
}

/// For each class how many examples have it as label, as prediction, and as both.
struct ClassCounts: Sendable, Equatable {
    var support: [Int] = []
    var predicted: [Int] = []
    var correct: [Int] = []

    var classes: Int { support.count }
    var examples: Int { support.reduce(0, +) }
    var right: Int { correct.reduce(0, +) }

    init() {}

    /// So many classes of which nothing was seen.
    init(classes: Int) {
        support = [Int](repeating: 0, count: classes)
        predicted = support
        correct = support
    }

    mutating func addClass(support: Int = 0, predicted: Int = 0, correct: Int = 0) {
        self.support.append(support)
        self.predicted.append(predicted)
        self.correct.append(correct)
    }

    mutating func add(label: Int, prediction: Int, count: Int = 1) {
        support[label] += count
        predicted[prediction] += count
        if label == prediction { correct[label] += count }
    }

    mutating func clear() {
        for number in 0..<classes {
            support[number] = 0
            predicted[number] = 0
            correct[number] = 0
        }
    }

    /// Precision is correct / predicted, recall correct / support, f1 their harmonic mean 2 correct / (predicted + support)
    /// (C. D. Manning, P. Raghavan and H. Schütze, "Introduction to Information Retrieval", 2008, section 8.3).
    func scores(_ averaging: Averaging) -> Scores {
        var scores = Scores()
        switch averaging {
        case .binary(let positive): add(positive, weight: 1, to: &scores)
        case .macro:
            var present: Int = 0
            for number in 0..<classes where support[number] + predicted[number] > 0 { present += 1 }
            let weight: Double = present == 0 ? 0 : 1 / Double(present)
            for number in 0..<classes { add(number, weight: weight, to: &scores) }
        case .weighted:
            let total: Double = Double(max(1, examples))
            for number in 0..<classes { add(number, weight: Double(support[number]) / total, to: &scores) }
        }
        scores.accuracy = Double(right) / Double(max(1, examples))
        return scores
    }

    private func add(_ number: Int, weight: Double, to scores: inout Scores) {
        // Neither metric is more than 0 then.
        guard correct[number] > 0 else { return }
        let right: Double = Double(correct[number]) * weight
        scores.precision += right / Double(predicted[number])
        scores.recall += right / Double(support[number])
        scores.f1 += 2 * right / Double(predicted[number] + support[number])
    }
}

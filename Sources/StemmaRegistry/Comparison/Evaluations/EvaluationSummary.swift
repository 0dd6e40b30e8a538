internal import StemmaJSON

/// What an evaluation says of its version alone: metrics, and where there are few classes how each of them fares.
struct EvaluationSummary {
    /// The names of the classes that are shown, and of one more where there are more.
    let names: [String]
    let counts: ClassCounts
    /// Label by prediction in rows of `side`; nil where there are too many classes.
    let confusion: [Int]?
    let side: Int

    /// JSON object text with `metrics`, and `per_class` and `confusion` or null.
    var text: [UInt8] {
        var writer = JSONWriter(capacity: 2_048)
        writer.beginObject()
        writer.key("metrics")
        writeMetrics(to: &writer)
        if let confusion, counts.classes <= side {
            writer.key("per_class")
            writer.array { writer in
                for number in 0..<counts.classes { writeClass(number, to: &writer) }
            }
            writer.key("confusion")
            writer.object { writer in
                writer.field("labels", names)
                writer.key("counts")
                writer.array { writer in
                    for label in 0..<counts.classes {
                        writer.array { writer in
                            for prediction in 0..<counts.classes { writer.value(confusion[label * side + prediction]) }
                        }
                    }
                }
            }
        } else {
            writer.field("per_class", JSONValue.null)
            writer.field("confusion", JSONValue.null)
        }
        writer.endObject()
        return writer.finish()
    }

    private func writeMetrics(to writer: inout JSONWriter) {
        let positive: Int? = counts.classes == 2 ? PositiveLabel.known(names) : nil
        writer.object { writer in
            writer.field("accuracy", counts.scores(.macro).accuracy)
            writer.key("binary")
            if let positive {
                writeScores(counts.scores(.binary(positive: positive)), positive: names[positive], to: &writer)
            } else {
                writer.null()
            }
            writer.key("macro")
            writeScores(counts.scores(.macro), to: &writer)
            writer.key("weighted")
            writeScores(counts.scores(.weighted), to: &writer)
        }
    }

    private func writeScores(_ scores: Scores, positive: String? = nil, to writer: inout JSONWriter) {
        writer.object { writer in
            if let positive { writer.field("positive_label", positive) }
            writer.field("precision", scores.precision)
            writer.field("recall", scores.recall)
            writer.field("f1", scores.f1)
        }
    }

    private func writeClass(_ number: Int, to writer: inout JSONWriter) {
        let scores: Scores = counts.scores(.binary(positive: number))
        writer.object { writer in
            writer.field("label", names[number])
            writer.field("support", counts.support[number])
            writer.field("predicted", counts.predicted[number])
            writer.field("correct", counts.correct[number])
            writer.field("precision", scores.precision)
            writer.field("recall", scores.recall)
            writer.field("f1", scores.f1)
        }
    }
}

/// Which of two labels is the one that is looked for.
enum PositiveLabel {
    private static let pairs: [(negative: String, positive: String)] = [
        ("0", "1"), ("-1", "1"), ("false", "true"), ("no", "yes"), ("negative", "positive"), ("n", "y"), ("f", "t"),
    ]

    /// The place of the positive one where both names tell, e.g. of `1` beside `0`; nil otherwise.
    static func known(_ names: [String]) -> Int? {
        guard names.count == 2 else { return nil }
        let lower: [String] = names.map { $0.lowercased() }
        for pair in pairs {
            if lower[0] == pair.negative, lower[1] == pair.positive { return 1 }
            if lower[1] == pair.negative, lower[0] == pair.positive { return 0 }
        }
        return nil
    }
}

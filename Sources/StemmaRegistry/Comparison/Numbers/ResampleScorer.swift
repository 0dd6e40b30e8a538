internal import StemmaStatistics

/// The differences of precision, recall and f1 in a resample of joint outcomes.
struct ResampleScorer {
    private let cells: [JointOutcomes.Cell]
    private let averaging: Averaging
    private var a: ClassCounts
    private var b: ClassCounts

    /// Classes that occur in no cell would only cost time: the others get new numbers.
    init(_ cells: [JointOutcomes.Cell], _ averaging: Averaging) {
        var numbers: [Int: Int] = [:]
        let number: (Int) -> Int = { old in
            if let known = numbers[old] { return known }
            numbers[old] = numbers.count
            return numbers.count - 1
        }
        self.cells = cells.map { cell in
            JointOutcomes.Cell(label: number(cell.label), a: number(cell.a), b: number(cell.b), count: cell.count)
        }
        if case .binary(let positive) = averaging {
            self.averaging = .binary(positive: number(positive))
        } else {
            self.averaging = averaging
        }
        a = ClassCounts(classes: numbers.count)
        b = a
    }

    /// Puts the three differences, B less A, for these counts of the cells into `values`.
    mutating func score(_ counts: [Int], _ values: inout [Double]) {
        a.clear()
        b.clear()
        for index in cells.indices where counts[index] > 0 {
            let cell: JointOutcomes.Cell = cells[index]
            a.add(label: cell.label, prediction: cell.a, count: counts[index])
            b.add(label: cell.label, prediction: cell.b, count: counts[index])
        }
        let (ofA, ofB): (Scores, Scores) = (a.scores(averaging), b.scores(averaging))
        values[0] = ofB.precision - ofA.precision
        values[1] = ofB.recall - ofA.recall
        values[2] = ofB.f1 - ofA.f1
    }

    /// Intervals and p-values of the three.
    static func run(
        _ cells: [JointOutcomes.Cell], _ averaging: Averaging, _ bootstrap: PairedBootstrap
    ) -> [PairedBootstrap.Result] {
        var scorer = ResampleScorer(cells, averaging)
        return bootstrap.run(cells: cells.map(\.count), statistics: 3) { scorer.score($0, &$1) }
    }
}

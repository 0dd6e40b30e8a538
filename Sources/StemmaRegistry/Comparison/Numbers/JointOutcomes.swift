/// What two models predicted for the same examples, counted.
struct JointOutcomes: Sendable {
    /// One combination of label and predictions, and how many examples have it.
    struct Cell: Sendable, Equatable {
        let label: Int
        let a: Int
        let b: Int
        let count: Int
    }

    /// Examples that tell the models apart.
    struct Discordant: Sendable, Equatable {
        var onlyA: Int = 0
        var onlyB: Int = 0
        /// All examples that were looked at.
        var examples: Int = 0
    }

    private(set) var a: ClassCounts
    private(set) var b: ClassCounts
    /// Right or wrong, over all examples.
    private(set) var all = Discordant()
    /// Found or not, over the examples of the positive class.
    private(set) var positives = Discordant()
    /// Nil where there are more than `limit` of them.
    private(set) var cells: [Cell]?

    /// Counts everything. `positive` is the class that `positives` is about; `limit` bounds the cells.
    init(_ examples: some PairedExamples, positive: Int?, limit: Int) async throws {
        let classes: Int = examples.names.count
        a = ClassCounts(classes: classes)
        b = ClassCounts(classes: classes)
        var counter = CellCounter(classes: classes, limit: limit)
        var discordant: (all: Discordant, positives: Discordant) = (Discordant(), Discordant())
        var counts: (a: ClassCounts, b: ClassCounts) = (a, b)
        try await examples.forEachBatch { batch in
            counter.add(batch)
            guard !counter.isDense else { return }
            for index in batch.labels.indices {
                Self.count(
                    Cell(
                        label: Int(batch.labels[index]), a: Int(batch.a[index]), b: Int(batch.b[index]), count: 1),
                    positive, &counts, &discordant)
            }
        }
        let found: [Cell]? = counter.cells
        if counter.isDense {
            for cell in found ?? [] { Self.count(cell, positive, &counts, &discordant) }
        }
        a = counts.a
        b = counts.b
        all = discordant.all
        positives = discordant.positives
        cells = found.flatMap { $0.count <= limit ? $0 : nil }
    }

    private static func count(
        _ cell: Cell, _ positive: Int?, _ counts: inout (a: ClassCounts, b: ClassCounts),
        _ discordant: inout (all: Discordant, positives: Discordant)
    ) {
        counts.a.add(label: cell.label, prediction: cell.a, count: cell.count)
        counts.b.add(label: cell.label, prediction: cell.b, count: cell.count)
        count(cell, &discordant.all)
        if cell.label == positive { count(cell, &discordant.positives) }
    }

    private static func count(_ cell: Cell, _ discordant: inout Discordant) {
        discordant.examples += cell.count
        switch (cell.a == cell.label, cell.b == cell.label) {
        case (true, false): discordant.onlyA += cell.count
        case (false, true): discordant.onlyB += cell.count
        default: break
        }
    }
}

/// Counts combinations: in a cube where there are few classes, else in a table that is given up when it would become large.
private struct CellCounter {
    private static let cubeCells: Int = 262_144

    private let classes: Int
    private let limit: Int
    private var cube: [Int] = []
    /// Open addressing: a combination's number and 1, or 0 where the place is free.
    private var keys: [UInt64] = []
    private var counts: [Int] = []
    private var used: Int = 0

    init(classes: Int, limit: Int) {
        self.classes = classes
        self.limit = limit
        isDense = classes <= 64 && classes * classes * classes <= CellCounter.cubeCells
        if isDense {
            cube = [Int](repeating: 0, count: classes * classes * classes)
        } else {
            var places: Int = 16
            while places < 4 * limit { places *= 2 }
            keys = [UInt64](repeating: 0, count: places)
            counts = [Int](repeating: 0, count: places)
        }
    }

    /// Whether every combination has a place of its own.
    let isDense: Bool

    mutating func add(_ batch: PairedBatch) {
        if isDense {
            for index in batch.labels.indices {
                cube[(Int(batch.labels[index]) * classes + Int(batch.a[index])) * classes + Int(batch.b[index])] += 1
            }
            return
        }
        for index in batch.labels.indices where used <= limit {
            let pair: UInt64 = UInt64(batch.labels[index]) * UInt64(classes) + UInt64(batch.a[index])
            add(pair * UInt64(classes) + UInt64(batch.b[index]) + 1)
        }
    }

    private mutating func add(_ key: UInt64) {
        // Fibonacci hashing (D. E. Knuth, "The Art of Computer Programming", vol. 3, section 6.4).
        var place: Int = Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 32) & (keys.count - 1)
        while keys[place] != key {
            if keys[place] == 0 {
                keys[place] = key
                used += 1
                break
            }
            place = (place + 1) & (keys.count - 1)
        }
        counts[place] += 1
    }

    /// In the order of their numbers, so that equal examples give equal cells; nil where it was given up.
    var cells: [JointOutcomes.Cell]? {
        guard used <= limit else { return nil }
        let found: [(key: Int, count: Int)] =
            isDense
            ? cube.indices.filter { cube[$0] > 0 }.map { ($0, cube[$0]) }
            : keys.indices.filter { keys[$0] > 0 }.map { (Int(keys[$0] - 1), counts[$0]) }.sorted { $0.0 < $1.0 }
        return found.map { key, count in
            JointOutcomes.Cell(
                label: key / classes / classes, a: key / classes % classes, b: key % classes, count: count)
        }
    }
}

/// The counts of one socket thread: plain numbers, touched by that thread only; copied out for a snapshot.
struct LoopMetrics: Sendable {
    /// What one series counts. -1 for no route, and for an unreadable or unknown method.
    struct Key: Sendable, Hashable {
        let route: Int32
        let method: Int8
        let status: Int16
    }

    /// Where each series begins in `cells`.
    private(set) var indices: [Key: Int] = [:]
    private var cells: [UInt64] = []
    /// The series of the last answer, since the next is likely of the same kind.
    private var lastKey = Key(route: -2, method: 0, status: 0)
    private var lastIndex = 0

    var openConnections = 0
    var acceptedConnections: UInt64 = 0
    var refusedConnections: UInt64 = 0
    var inFlightRequests = 0

    private static let bucketCount = ServerMetrics.bucketBoundsMicroseconds.count + 1
    /// Requests, microseconds, bytes in, bytes out, then the buckets.
    private static let fixedCells = 4

    /// Counts one answer.
    @inline(__always)
    mutating func record(
        route: Int, method: HTTPMethod?, status: Int, microseconds: UInt64, bytesIn: UInt64, bytesOut: UInt64
    ) {
        let methodIndex = method.map { Int8($0.index) } ?? -1
        let key = Key(
            route: Int32(truncatingIfNeeded: route), method: methodIndex, status: Int16(truncatingIfNeeded: status))
        if key != lastKey { find(key) }
        let base = lastIndex
        let bucket = Self.bucket(microseconds)
        cells.withUnsafeMutableBufferPointer { cells in
            cells[base] &+= 1
            cells[base &+ 1] &+= microseconds
            cells[base &+ 2] &+= bytesIn
            cells[base &+ 3] &+= bytesOut
            cells[base &+ Self.fixedCells &+ bucket] &+= 1
        }
    }

    private mutating func find(_ key: Key) {
        lastKey = key
        if let known = indices[key] {
            lastIndex = known
            return
        }
        lastIndex = cells.count
        indices[key] = cells.count
        cells.append(contentsOf: repeatElement(0, count: Self.fixedCells + Self.bucketCount))
    }

    /// The bucket of a latency: the first whose bound is not below it.
    @inline(__always)
    static func bucket(_ microseconds: UInt64) -> Int {
        // The bounds as code: a loop over the array would be slower than all the rest of `record`.
        if microseconds <= 1_000 {
            if microseconds <= 100 { return microseconds <= 50 ? 0 : 1 }
            return microseconds <= 250 ? 2 : microseconds <= 500 ? 3 : 4
        }
        if microseconds <= 50_000 {
            if microseconds <= 5_000 { return microseconds <= 2_500 ? 5 : 6 }
            return microseconds <= 10_000 ? 7 : microseconds <= 25_000 ? 8 : 9
        }
        if microseconds <= 1_000_000 {
            if microseconds <= 250_000 { return microseconds <= 100_000 ? 10 : 11 }
            return microseconds <= 500_000 ? 12 : 13
        }
        return microseconds <= 2_500_000 ? 14 : microseconds <= 5_000_000 ? 15 : microseconds <= 10_000_000 ? 16 : 17
    }

    func add(_ index: Int, to series: inout ServerMetrics.Series) {
        series.requests += cells[index]
        series.totalMicroseconds += cells[index + 1]
        series.bytesIn += cells[index + 2]
        series.bytesOut += cells[index + 3]
        for bucket in 0..<Self.bucketCount { series.buckets[bucket] += cells[index + Self.fixedCells + bucket] }
    }
}

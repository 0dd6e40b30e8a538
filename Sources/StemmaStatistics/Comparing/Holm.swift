/// Holm's step-down correction of p-values for many comparisons.
package enum Holm {
    /// The adjusted p-values, in the order of those given (Holm, "A Simple Sequentially Rejective Multiple Test Procedure",
    /// Scandinavian Journal of Statistics 6 (1979), p. 65-70): the i-th smallest of m is multiplied by m - i + 1, none is
    /// smaller than one before it, and none exceeds 1.
    package static func adjusted(_ pValues: [Double]) -> [Double] {
        let order: [Int] = pValues.indices.sorted { pValues[$0] < pValues[$1] }
        var result = [Double](repeating: 1, count: pValues.count)
        var largest: Double = 0
        for (rank, index) in order.enumerated() {
            largest = max(largest, min(1, pValues[index] * Double(pValues.count - rank)))
            result[index] = largest
        }
        return result
    }
}

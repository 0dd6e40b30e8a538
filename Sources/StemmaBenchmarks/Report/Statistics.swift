/// The few statistics needed.
enum Statistics {
    /// The middle sample, or the mean of the two in the middle; not a number where there is none.
    static func median(_ samples: [Double]) -> Double {
        guard !samples.isEmpty else { return .nan }
        let sorted: [Double] = samples.sorted()
        let middle: Int = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    /// The smallest sample that at least this share of all samples does not exceed (nearest rank).
    static func percentile(_ samples: [Double], _ share: Double) -> Double {
        guard !samples.isEmpty else { return .nan }
        let rank = Int((share * Double(samples.count)).rounded(.up))
        return samples.sorted()[min(max(rank, 1), samples.count) - 1]
    }
}

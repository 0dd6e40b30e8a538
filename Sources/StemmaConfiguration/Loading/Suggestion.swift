/// Guesses what a misspelt name was meant to be.
enum Suggestion {
    /// The nearest of the names, if it is near; among equals the first in alphabetical order. A name without its section
    /// counts as near to the only one that ends with it.
    static func nearest(to name: String, among names: [String]) -> String? {
        let last: Substring = name.split(separator: ".").last ?? ""
        let sameEnd: [String] = names.filter { $0.hasSuffix("." + last) }
        if sameEnd.count == 1 { return sameEnd[0] }
        let distances: [(name: String, distance: Int)] = names.sorted().map { ($0, distance(name, $0)) }
        guard let best = distances.min(by: { $0.distance < $1.distance }) else { return nil }
        return best.distance <= max(1, min(3, name.utf8.count / 4)) ? best.name : nil
    }

    /// How many insertions, deletions and replacements of bytes lead from one to the other.
    static func distance(_ left: String, _ right: String) -> Int {
        let left: [UInt8] = Array(left.utf8)
        let right: [UInt8] = Array(right.utf8)
        var row: [Int] = Array(0...right.count)
        for (i, byte) in left.enumerated() {
            var diagonal: Int = row[0]
            row[0] = i + 1
            for (j, other) in right.enumerated() {
                let replaced: Int = diagonal + (byte == other ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[right.count]
    }
}

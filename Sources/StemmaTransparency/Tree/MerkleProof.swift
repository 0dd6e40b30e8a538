package import StemmaDigest

/// A complete subtree: the leaves from `index << level` on, 2^level of them.
package struct Subtree: Hashable, Sendable {
    package let level: Int
    package let index: Int64

    package init(level: Int, index: Int64) {
        self.level = level
        self.index = index
    }

    /// The largest complete subtrees that the leaves `range` fall into, from the left.
    package static func covering(_ range: Range<Int64>) -> [Subtree] {
        var subtrees: [Subtree] = []
        var start: Int64 = range.lowerBound
        while start < range.upperBound {
            let fitting: Int = Int64.bitWidth - 1 - (range.upperBound - start).leadingZeroBitCount
            let level: Int = start == 0 ? fitting : min(fitting, start.trailingZeroBitCount)
            subtrees.append(Subtree(level: level, index: start >> Int64(level)))
            start += 1 << Int64(level)
        }
        return subtrees
    }
}

/// Proofs over the log's tree (RFC 6962 section 2.1).
package enum MerkleProof {
    /// Answers the hash of a complete subtree.
    package typealias Nodes = (Subtree) throws -> Digest

    /// `MTH` of the leaves `range`, which begin at a multiple of the largest power of two in their count.
    package static func root(_ range: Range<Int64>, _ nodes: Nodes) throws -> Digest {
        let subtrees: [Subtree] = Subtree.covering(range)
        guard let last = subtrees.last else { return MerkleHash.empty }
        var root: Digest = try nodes(last)
        for subtree in subtrees.dropLast().reversed() { root = MerkleHash.node(try nodes(subtree), root) }
        return root
    }

    /// `PATH(index, D[size])` of section 2.1.1, from the leaf up. The index lies within the tree.
    package static func inclusion(of index: Int64, in size: Int64, _ nodes: Nodes) throws -> [Digest] {
        precondition((0..<size).contains(index), "there is no such leaf")
        var path: [Range<Int64>] = []
        var range: Range<Int64> = 0..<size
        while range.count > 1 {
            let middle: Int64 = split(range)
            if index < middle {
                path.append(middle..<range.upperBound)
                range = range.lowerBound..<middle
            } else {
                path.append(range.lowerBound..<middle)
                range = middle..<range.upperBound
            }
        }
        return try path.reversed().map { try root($0, nodes) }
    }

    /// `PROOF(from, D[to])` of section 2.1.2; empty where there is nothing to prove, that is from 0 or between equal sizes.
    package static func consistency(from: Int64, to: Int64, _ nodes: Nodes) throws -> [Digest] {
        precondition(0 <= from && from <= to, "a tree only grows")
        guard from > 0, from < to else { return [] }
        var proof: [Range<Int64>] = []
        var range: Range<Int64> = 0..<to
        // Whether the older tree is a subtree of this part as a whole, whose root the verifier knows.
        var isWhole: Bool = true
        while range.upperBound != from {
            let middle: Int64 = split(range)
            if from <= middle {
                proof.append(middle..<range.upperBound)
                range = range.lowerBound..<middle
            } else {
                proof.append(range.lowerBound..<middle)
                range = middle..<range.upperBound
                isWhole = false
            }
        }
        if !isWhole { proof.append(range) }
        return try proof.reversed().map { try root($0, nodes) }
    }

    /// The root that an inclusion proof leads to; nil where it is too long or too short (RFC 9162 section 2.1.3.2).
    package static func root(
        ofLeaf leaf: Digest, at index: Int64, in size: Int64, proof: [Digest]
    ) -> Digest? {
        guard index >= 0, index < size else { return nil }
        var (node, last): (Int64, Int64) = (index, size - 1)
        var root: Digest = leaf
        for hash in proof {
            guard last > 0 else { return nil }
            if node & 1 == 1 || node == last {
                root = MerkleHash.node(hash, root)
                while node & 1 == 0, node != 0 {
                    node >>= 1
                    last >>= 1
                }
            } else {
                root = MerkleHash.node(root, hash)
            }
            node >>= 1
            last >>= 1
        }
        return last == 0 ? root : nil
    }

    /// Whether the tree of size `to` begins with that of size `from` (RFC 9162 section 2.1.4.2).
    package static func isConsistent(
        from: Int64, _ fromRoot: Digest, to: Int64, _ toRoot: Digest, proof: [Digest]
    ) -> Bool {
        if from == to { return fromRoot == toRoot && proof.isEmpty }
        if from == 0 { return proof.isEmpty && fromRoot == MerkleHash.empty }
        guard from > 0, from < to else { return false }
        var hashes: [Digest] = proof
        if from.nonzeroBitCount == 1 { hashes.insert(fromRoot, at: 0) }
        guard let first = hashes.first else { return false }
        var (node, last): (Int64, Int64) = (from - 1, to - 1)
        while node & 1 == 1 {
            node >>= 1
            last >>= 1
        }
        var (older, newer): (Digest, Digest) = (first, first)
        for hash in hashes.dropFirst() {
            guard last > 0 else { return false }
            if node & 1 == 1 || node == last {
                older = MerkleHash.node(hash, older)
                newer = MerkleHash.node(hash, newer)
                while node & 1 == 0, node != 0 {
                    node >>= 1
                    last >>= 1
                }
            } else {
                newer = MerkleHash.node(newer, hash)
            }
            node >>= 1
            last >>= 1
        }
        return last == 0 && older == fromRoot && newer == toRoot
    }

    /// The first leaf of the right half: the largest power of two below the count lies to its left.
    private static func split(_ range: Range<Int64>) -> Int64 {
        let count: Int64 = range.upperBound - range.lowerBound
        return range.lowerBound + (1 << Int64(Int64.bitWidth - 1 - (count - 1).leadingZeroBitCount))
    }
}

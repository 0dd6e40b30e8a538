package import StemmaDigest

/// A tree that only grows, by the roots of its largest complete subtrees: what has to be remembered of n leaves is at most
/// one hash for each binary digit of n.
package struct CompactRange: Sendable, Equatable {
    /// Leaves so far.
    package private(set) var size: Int64 = 0
    /// The largest, and leftmost, subtree first; one for each bit of `size` that is set.
    package private(set) var roots: [Digest] = []

    /// No leaves.
    package init() {}

    /// Takes up a tree of `size` leaves; nil unless `roots` are as many as it has complete subtrees.
    package init?(size: Int64, roots: [Digest]) {
        guard size >= 0, roots.count == size.nonzeroBitCount else { return nil }
        self.size = size
        self.roots = roots
    }

    /// Adds a leaf by its hash.
    package mutating func append(_ leaf: Digest) { append(subtree: leaf, level: 0) }

    /// Adds a complete subtree of 2^level leaves. The size must be a multiple of that.
    package mutating func append(subtree: Digest, level: Int) {
        precondition(size & ((1 << Int64(level)) - 1) == 0, "a subtree begins at a multiple of its own size")
        var root: Digest = subtree
        var span: Int64 = 1 << Int64(level)
        let before: Int64 = size
        size += span
        // As long as the digit was set, the last subtree is as large as this one, and both become one.
        while before & span != 0, let left = roots.popLast() {
            root = MerkleHash.node(left, root)
            span <<= 1
        }
        roots.append(root)
    }

    /// The root of the whole tree: `MTH` of RFC 6962 section 2.1.
    package var root: Digest {
        guard var root = roots.last else { return MerkleHash.empty }
        for left in roots.dropLast().reversed() { root = MerkleHash.node(left, root) }
        return root
    }
}

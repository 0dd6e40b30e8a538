package import StemmaDigest

/// The tree in tiles of 256 hashes (C2SP tlog-tiles): a tile of level L holds the roots of subtrees of 256^L leaves. Only
/// these are kept; whatever lies between two levels of tiles is hashed again from one tile when it is needed.
package struct TileTree {
    /// Hashes of a full tile.
    package static let width: Int64 = 256
    /// Levels of the tree between two levels of tiles.
    package static let height: Int = 8

    /// Answers `count` hashes from the start of a tile.
    package typealias Tiles = (_ level: Int, _ index: Int64, _ count: Int) throws -> [Digest]

    private let size: Int64
    private let tiles: Tiles
    private var read: [Subtree: [Digest]] = [:]

    /// The tree of the first `size` leaves.
    package init(size: Int64, tiles: @escaping Tiles) {
        self.size = size
        self.tiles = tiles
    }

    /// How many hashes a tile has in a tree of `size` leaves, at most 256.
    package static func count(level: Int, index: Int64, size: Int64) -> Int {
        let shift = Int64(level * height)
        guard level >= 0, shift < 63, index >= 0, index <= (size >> shift) / width else { return 0 }
        return Int(min(width, max(0, (size >> shift) - index * width)))
    }

    /// The hash of a complete subtree that lies within the tree.
    package mutating func node(_ subtree: Subtree) throws -> Digest {
        let level: Int = subtree.level / TileTree.height
        let within = Int64(subtree.level % TileTree.height)
        let first: Int64 = subtree.index << within
        let index: Int64 = first / TileTree.width
        let hashes: [Digest] = try tile(level, index)
        let start = Int(first % TileTree.width)
        let end: Int = start + (1 << Int(within))
        guard end <= hashes.count else { throw TransparencyError.incompleteTree("tile \(level)/\(index) is too short") }
        return MerkleHash.root(ofComplete: hashes[start..<end])
    }

    /// `MTH` of all leaves.
    package mutating func root() throws -> Digest {
        try MerkleProof.root(0..<size) { try self.node($0) }
    }

    package mutating func inclusion(of index: Int64) throws -> [Digest] {
        try MerkleProof.inclusion(of: index, in: size) { try self.node($0) }
    }

    package mutating func consistency(from: Int64) throws -> [Digest] {
        try MerkleProof.consistency(from: from, to: size) { try self.node($0) }
    }

    private mutating func tile(_ level: Int, _ index: Int64) throws -> [Digest] {
        let place = Subtree(level: level, index: index)
        if let hashes = read[place] { return hashes }
        let hashes: [Digest] = try tiles(level, index, TileTree.count(level: level, index: index, size: size))
        read[place] = hashes
        return hashes
    }
}

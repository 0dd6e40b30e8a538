package import StemmaDigest

/// The hashes of the log's tree (RFC 6962 section 2.1). A byte before the content tells leaves from inner nodes, so that no
/// leaf can pass for a node.
package enum MerkleHash {
    private static let leafPrefix: UInt8 = 0
    private static let nodePrefix: UInt8 = 1

    /// The root of a tree without leaves: SHA-256 of nothing.
    package static let empty: Digest = SHA256Hasher.digest([])

    /// SHA-256 over 0x00 and the leaf's bytes.
    package static func leaf(_ bytes: UnsafeRawBufferPointer) -> Digest {
        let count: Int = bytes.count + 1
        return withUnsafeTemporaryAllocation(byteCount: count, alignment: 1) { buffer in
            buffer[0] = leafPrefix
            UnsafeMutableRawBufferPointer(rebasing: buffer[1...]).copyMemory(from: bytes)
            return SHA256Hasher.digest(UnsafeRawBufferPointer(buffer))
        }
    }

    /// SHA-256 over 0x00 and the leaf's bytes.
    package static func leaf(_ bytes: [UInt8]) -> Digest { bytes.withUnsafeBytes { leaf($0) } }

    /// SHA-256 over 0x01 and the hashes of both halves.
    package static func node(_ left: Digest, _ right: Digest) -> Digest {
        let count: Int = 1 + 2 * Digest.byteCount
        return withUnsafeTemporaryAllocation(byteCount: count, alignment: 1) { buffer in
            buffer[0] = nodePrefix
            left.withBytes { UnsafeMutableRawBufferPointer(rebasing: buffer[1...]).copyMemory(from: $0) }
            right.withBytes {
                UnsafeMutableRawBufferPointer(rebasing: buffer[(1 + Digest.byteCount)...]).copyMemory(from: $0)
            }
            return SHA256Hasher.digest(UnsafeRawBufferPointer(buffer))
        }
    }

    /// The root over the hashes of a complete subtree: their count is a power of two.
    package static func root(ofComplete hashes: ArraySlice<Digest>) -> Digest {
        precondition(hashes.count.nonzeroBitCount == 1, "a complete subtree has a power of two of leaves")
        var level: [Digest] = Array(hashes)
        while level.count > 1 {
            level = stride(from: 0, to: level.count, by: 2).map { node(level[$0], level[$0 + 1]) }
        }
        return level[0]
    }
}

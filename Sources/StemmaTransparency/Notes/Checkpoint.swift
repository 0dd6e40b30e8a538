package import StemmaDigest

/// The head of a log: which log, how many leaves, and the root over them (C2SP tlog-checkpoint).
package struct Checkpoint: Sendable, Equatable {
    package let origin: String
    package let size: Int64
    package let root: Digest

    package init(origin: String, size: Int64, root: Digest) {
        self.origin = origin
        self.size = size
        self.root = root
    }

    /// Reads a note's text. Lines after the third are refused: nobody agreed on what they mean.
    package init(_ text: String) throws(TransparencyError) {
        let lines: [Substring] = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count == 4, lines[3].isEmpty, !lines[0].isEmpty, let size = Int64(lines[1]), size >= 0,
            String(size) == lines[1], let bytes = Base64.decode(String(lines[2])), let root = Digest(bytes: bytes)
        else { throw .malformed("not a checkpoint: origin, size and root are wanted, a line each") }
        self.init(origin: String(lines[0]), size: size, root: root)
    }

    /// What is signed.
    package var text: String { "\(origin)\n\(size)\n\(Base64.encode(root.bytes))\n" }
}

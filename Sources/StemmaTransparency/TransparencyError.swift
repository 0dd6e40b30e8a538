/// Why something about the log cannot be read or believed.
package enum TransparencyError: Error, Equatable, CustomStringConvertible {
    /// A text that is no verifier key, note, checkpoint, cosignature or tile path.
    case malformed(String)
    /// A signature by a key that is known does not fit.
    case badSignature(String)
    /// Hashes that the tree needs are missing.
    case incompleteTree(String)

    package var description: String {
        switch self {
        case .malformed(let text), .badSignature(let text), .incompleteTree(let text): text
        }
    }
}

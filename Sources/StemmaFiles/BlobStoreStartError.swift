/// Why a blob directory cannot be used, in words for the operator.
package struct BlobStoreStartError: Error, Sendable, CustomStringConvertible {
    /// The blob directory as configured.
    package let path: String
    /// What is wrong and what would help.
    package let reason: String

    /// A failure of the blob directory `path`.
    package init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }

    /// One line with both.
    package var description: String { "the blob directory \(path) cannot be used: \(reason)" }
}

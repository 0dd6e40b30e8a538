package import StemmaJSON

/// What the registry refuses or cannot do, in the words meant for the client.
///
/// `code` is closed and stable; the API layer turns it into status, type and title in one table. `detail` says what was
/// refused, why, and what would make it pass. `cause` is for the log only and never leaves the daemon.
package struct StemmaError: Error, Sendable {
    /// One fault in a request body or parameter.
    package struct Fault: Sendable, Equatable {
        /// JSON Pointer (RFC 6901) to the offending member, or `?name` for a query parameter.
        package let pointer: String
        package let detail: String

        package init(pointer: String, detail: String) {
            self.pointer = pointer
            self.detail = detail
        }
    }

    package let code: StemmaErrorCode
    package let detail: String
    package let faults: [Fault]
    /// Extension members of the problem document (RFC 9457 section 3.2), e.g. the missing blobs.
    package let members: [String: JSONValue]
    /// What really happened, for the log.
    package let cause: String?

    package init(
        _ code: StemmaErrorCode, _ detail: String, faults: [Fault] = [], members: [String: JSONValue] = [:],
        cause: String? = nil
    ) {
        self.code = code
        self.detail = detail
        self.faults = faults
        self.members = members
        self.cause = cause
    }
}

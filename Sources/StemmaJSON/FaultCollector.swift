/// One fault in a JSON document.
package struct JSONFault: Error, Equatable, Sendable {
    /// JSON Pointer (RFC 6901) to the offending value, or to where a missing one belongs.
    package let pointer: String
    /// What is wrong with it and what would be right, for the client.
    package let detail: String

    /// See the members for what the texts are.
    package init(pointer: String, detail: String) {
        self.pointer = pointer
        self.detail = detail
    }
}

/// Gathers all faults of one document, so that a client hears of them at once. Used by one task at a time.
package final class FaultCollector {
    /// The first faults, at most `limit`.
    package private(set) var faults: [JSONFault] = []
    /// How many more there were.
    package private(set) var omittedCount = 0
    private let limit: Int

    /// A hostile body can hold a fault every few bytes; `limit` keeps the answer small.
    package init(limit: Int = 100) { self.limit = limit }

    /// True while the document has no fault.
    package var isEmpty: Bool { faults.isEmpty }

    /// Adds a fault. A pointer beyond 1,024 bytes is cut, with an ellipsis at its end.
    package func add(_ pointer: String, _ detail: String) {
        guard faults.count < limit else {
            omittedCount += 1
            return
        }
        faults.append(JSONFault(pointer: Self.shortened(pointer), detail: detail))
    }

    private static func shortened(_ pointer: String) -> String {
        let bytesMax = 1_024
        guard pointer.utf8.count > bytesMax else { return pointer }
        // A cut in the middle of a character leaves a replacement character, which does no harm in a message.
        return String(decoding: pointer.utf8.prefix(bytesMax), as: UTF8.self) + "\u{2026}"
    }
}

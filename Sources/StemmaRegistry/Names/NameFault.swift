/// Why a name, path, version or reference is refused: words for the client that say what would pass.
package struct NameFault: Error, Equatable, Sendable, CustomStringConvertible {
    /// A phrase that follows the member's or parameter's name, such as "must not contain a slash".
    package let reason: String

    /// `reason` begins with a verb: "must ..." or "may ...".
    package init(_ reason: String) { self.reason = reason }

    package var description: String { reason }
}

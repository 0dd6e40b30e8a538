internal import Glibc

/// Byte-exact comparison of strings.
///
/// `String`'s own operators go by canonical equivalence: they hold `é` in one scalar equal to `e` with a combining
/// accent. Names, keys and signed text must be compared as the bytes they are, as every other program and the database
/// do.
package enum ExactText {
    /// True where both strings are the same UTF-8 bytes.
    package static func areSame(_ left: String, _ right: String) -> Bool {
        let count = left.utf8.count
        guard count == right.utf8.count else { return false }
        return withBytes(left) { a in
            withBytes(right) { b in count == 0 || memcmp(a.baseAddress!, b.baseAddress!, count) == 0 }
        }
    }

    /// The order of the UTF-8 bytes, which is the order of the Unicode code points.
    package static func precedes(_ left: String, _ right: String) -> Bool {
        withBytes(left) { a in withBytes(right) { b in a.lexicographicallyPrecedes(b) } }
    }

    /// Feeds the UTF-8 bytes and a terminator.
    package static func hash(_ text: String, into hasher: inout Hasher) {
        withBytes(text) { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        hasher.combine(0xFF as UInt8)
    }

    /// The UTF-8 bytes without a copy where the string has them in one piece, as native strings do.
    @inline(__always)
    static func withBytes<Result>(_ text: String, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        if let result = text.utf8.withContiguousStorageIfAvailable(body) { return result }
        return Array(text.utf8).withUnsafeBufferPointer(body)
    }
}

/// A string as dictionary key or set member, equal to another when the bytes are.
package struct ExactName: Hashable, Sendable {
    /// The string itself.
    package let text: String

    /// Takes any string as it is.
    package init(_ text: String) { self.text = text }

    package static func == (left: ExactName, right: ExactName) -> Bool { ExactText.areSame(left.text, right.text) }

    package func hash(into hasher: inout Hasher) { ExactText.hash(text, into: &hasher) }
}

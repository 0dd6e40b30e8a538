internal import StemmaJSON

/// The name under which a consumer reads: 1 to 200 characters (Unicode scalars) that can be seen, compared byte by byte.
package struct ConsumerName: Hashable, Sendable, CustomStringConvertible {
    /// The name as it was sent.
    package let text: String

    /// Throws the first rule that the text breaks.
    package init(validating text: String) throws(NameFault) {
        let count: Int = text.unicodeScalars.count
        guard count > 0 else { throw NameFault("must not be empty") }
        guard count <= Self.lengthMax else {
            throw NameFault("must have at most \(Self.lengthMax) characters, found \(count)")
        }
        for scalar in text.unicodeScalars {
            if NameCharacters.isControl(scalar) || NameCharacters.isInvisibleFormat(scalar) {
                throw NameFault("must not contain the character \(NameCharacters.codePoint(scalar))")
            }
            // What stands for bytes that are not UTF-8 would make one name of many.
            if scalar == "\u{FFFD}" { throw NameFault("must be UTF-8") }
        }
        self.text = text
    }

    /// The same from the bytes of a field, without an error that says why not: for the socket threads.
    package init?(bytes: UnsafeRawBufferPointer) {
        if bytes.count <= Self.lengthMax, bytes.allSatisfy({ (0x20..<0x7F).contains($0) }) {
            guard !bytes.isEmpty else { return nil }
            self.init(unchecked: String(decoding: bytes, as: UTF8.self))
            return
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        do throws(NameFault) { try self.init(validating: text) } catch { return nil }
    }

    private init(unchecked text: String) { self.text = text }

    private static let lengthMax: Int = 200

    package var description: String { text }

    package static func == (left: ConsumerName, right: ConsumerName) -> Bool {
        ExactText.areSame(left.text, right.text)
    }
    package func hash(into hasher: inout Hasher) { ExactText.hash(text, into: &hasher) }
}

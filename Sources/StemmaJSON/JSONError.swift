/// Why a text is not JSON as the daemon takes it, and where.
package struct JSONError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What is wrong at that place.
    package enum Kind: String, Sendable, CaseIterable {
        case emptyInput = "the text is empty"
        case byteOrderMark = "the text begins with a byte order mark, which JSON forbids"
        case unexpectedEnd = "the text ends in the middle of a value"
        case unexpectedByte = "this byte cannot stand here"
        case trailingBytes = "something follows after the end of the value"
        case unknownLiteral = "this is none of the words true, false and null"
        case invalidUTF8 = "the bytes are not valid UTF-8"
        case controlCharacter = "a control character in a string must be written as an escape"
        case invalidEscape = "this is not one of the escapes of JSON"
        case loneSurrogate = "this escape is half of a surrogate pair without its other half"
        case duplicateName = "this object has a member of the same name already"
        case leadingZero = "a number must not begin with a needless zero"
        case invalidNumber = "this is not a number as JSON writes it"
        case numberOutOfRange = "this number is too large for a 64-bit floating-point number"
        case tooDeep = "arrays and objects are nested too deeply"
    }

    /// What is wrong.
    package let kind: Kind
    /// Where the fault is, counted from 0 in bytes of the text.
    package let byteOffset: Int

    /// See the members for what the values mean.
    package init(_ kind: Kind, byteOffset: Int) {
        self.kind = kind
        self.byteOffset = byteOffset
    }

    /// Words for the client.
    package var description: String { "at byte \(byteOffset): \(kind.rawValue)" }
}

/// What a JSON text may cost at most.
package struct JSONLimits: Sendable {
    /// How many arrays and objects may be open at once. The parser uses a stack frame for each.
    package let depth: Int

    /// `depth` is from 1 to 512.
    package init(depth: Int = 64) {
        precondition((1...512).contains(depth))
        self.depth = depth
    }
}

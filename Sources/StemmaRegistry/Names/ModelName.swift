internal import StemmaJSON

/// The name of a model: 1 to 200 characters (Unicode scalars), compared byte by byte.
///
/// Refused are what would make a name ambiguous in a path, a reference or on a screen: `/`, `:`, `@`, backslash,
/// control and invisible format characters, a dot in front, white space at either end.
package struct ModelName: Hashable, Sendable, CustomStringConvertible {
    /// The name as it was given.
    package let text: String

    /// Throws the first rule that the text breaks.
    package init(validating text: String) throws(NameFault) {
        let scalars = text.unicodeScalars
        guard let first = scalars.first, let last = scalars.last else { throw NameFault("must not be empty") }
        let lengthMax = 200
        if scalars.count > lengthMax {
            throw NameFault("must have at most \(lengthMax) characters, found \(scalars.count)")
        }
        if first == "." { throw NameFault("must not begin with a dot") }
        if first.properties.isWhitespace || last.properties.isWhitespace {
            throw NameFault("must not begin or end with white space")
        }
        for scalar in scalars {
            switch scalar {
            case "/", ":", "@", "\\": throw NameFault("must not contain the character \(scalar)")
            case _ where NameCharacters.isControl(scalar):
                throw NameFault("must not contain the control character \(NameCharacters.codePoint(scalar))")
            case _ where NameCharacters.isInvisibleFormat(scalar):
                throw NameFault("must not contain the invisible character \(NameCharacters.codePoint(scalar))")
            default: break
            }
        }
        self.text = text
    }

    package var description: String { text }

    package static func == (left: ModelName, right: ModelName) -> Bool { ExactText.areSame(left.text, right.text) }
    package func hash(into hasher: inout Hasher) { ExactText.hash(text, into: &hasher) }
}

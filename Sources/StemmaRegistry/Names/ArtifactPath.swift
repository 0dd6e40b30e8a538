internal import Foundation
internal import StemmaJSON

/// Where a file stands within a version: a relative path with `/` between its segments, at most 1,024 bytes of UTF-8.
///
/// It is a key and never joined to a path of the file system. Yet clients unpack archives by it, so nothing passes that
/// could lead out of a folder: no empty, `.` or `..` segment, no backslash, no control character. The text must be in
/// Unicode normalisation form C, so that two systems do not hold one file to be two.
package struct ArtifactPath: Hashable, Sendable, CustomStringConvertible {
    /// The path as it was given.
    package let text: String

    /// Throws the first rule that the text breaks.
    package init(validating text: String) throws(NameFault) {
        let bytesMax = 1_024
        guard !text.isEmpty else { throw NameFault("must not be empty") }
        guard text.utf8.count <= bytesMax else {
            throw NameFault("must have at most \(bytesMax) bytes of UTF-8, found \(text.utf8.count)")
        }
        if text.utf8.first == UInt8(ascii: "/") { throw NameFault("must be relative, without a slash in front") }
        if text.utf8.last == UInt8(ascii: "/") { throw NameFault("must name a file, without a slash at the end") }
        for scalar in text.unicodeScalars {
            if scalar == "\\" { throw NameFault("must not contain a backslash") }
            if NameCharacters.isControl(scalar) {
                throw NameFault("must not contain the control character \(NameCharacters.codePoint(scalar))")
            }
        }
        for segment in text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            if segment.isEmpty { throw NameFault("must not contain an empty segment") }
            if segment.elementsEqual(".".utf8) || segment.elementsEqual("..".utf8) {
                throw NameFault("must not contain a segment . or ..")
            }
        }
        guard Self.isInFormC(text) else { throw NameFault("must be in Unicode normalisation form C") }
        self.text = text
    }

    package var description: String { text }

    package static func == (left: ArtifactPath, right: ArtifactPath) -> Bool {
        ExactText.areSame(left.text, right.text)
    }

    package func hash(into hasher: inout Hasher) { ExactText.hash(text, into: &hasher) }

    private static func isInFormC(_ text: String) -> Bool {
        // Everything below U+0300 is in form C by itself.
        if text.unicodeScalars.allSatisfy({ $0.value < 0x300 }) { return true }
        return ExactText.areSame(text.precomposedStringWithCanonicalMapping, text)
    }
}

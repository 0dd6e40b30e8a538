/// Names one version of one model in a single word: `<name>_v<version>`, such as `fraud_detection_v2.1.3`.
package struct ModelID: Hashable, Sendable, CustomStringConvertible {
    /// What stands before the `_v`.
    package let name: ModelName
    /// What stands after it.
    package let version: SemanticVersion

    /// Every name goes with every version.
    package init(name: ModelName, version: SemanticVersion) {
        self.name = name
        self.version = version
    }

    /// Splits at the last `_v`: a name may hold one, a version cannot, since it knows no underscore.
    package init(validating text: String) throws(NameFault) {
        guard let split = text.utf8.lastIndex(of: UInt8(ascii: "_")),
            text.utf8[split...].dropFirst().first == UInt8(ascii: "v")
        else {
            throw NameFault("must have the form <name>_v<version>, such as fraud_detection_v2.1.3")
        }
        name = try ModelName(validating: String(text[..<split]))
        version = try SemanticVersion(validating: String(text[text.utf8.index(split, offsetBy: 2)...]))
    }

    /// The form in which clients write it.
    package var description: String { "\(name)_v\(version)" }
}

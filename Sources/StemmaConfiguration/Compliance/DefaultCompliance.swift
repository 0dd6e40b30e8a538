internal import StemmaDefaults
package import StemmaRegistry

/// The rule packs that come with the program.
package enum DefaultCompliance {
    /// `Config/compliance/*.yaml` as JSON. Throws `FileFault` where one is not YAML.
    package static func sources() throws -> [ComplianceLibrary.Source] {
        try Defaults.complianceYAML.map { pack in
            ComplianceLibrary.Source(
                name: pack.framework, json: try YAMLDocument.json(String(decoding: pack.text, as: UTF8.self)))
        }
    }

    /// The frameworks there are.
    package static let frameworks: [String] = Defaults.complianceYAML.map(\.framework)
}

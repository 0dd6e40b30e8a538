/// Everything that is wrong with a configuration, all at once.
package struct ConfigurationError: Error, Equatable, Sendable, CustomStringConvertible {
    package let faults: [ConfigurationFault]

    /// One line for each fault.
    package var description: String { faults.map(\.description).joined(separator: "\n") }
}

/// One fault.
package struct ConfigurationFault: Equatable, Sendable, CustomStringConvertible {
    /// `FILE:LINE:COLUMN`, the environment variable or the flag.
    package let place: String
    /// Dotted path; nil where the fault is not about one key.
    package let key: String?
    /// What is wrong and what would be right.
    package let detail: String

    init(_ place: String, key: String? = nil, _ detail: String) {
        self.place = place
        self.key = key
        self.detail = detail
    }

    /// Safe to print: what came from a file or the environment is escaped.
    package var description: String {
        LogText.plain(place + ": " + (key.map { $0 + ": " } ?? "") + detail)
    }
}

import StemmaTesting

/// The README as its tests see it.
enum Readme {
    static func text() throws -> String {
        String(decoding: try FileAccess.read(Repository.root + "/README.md"), as: UTF8.self)
    }

    /// The fenced blocks in a language between a heading of the second level and the next one, in order, word for word.
    static func blocks(under heading: String, in language: String = "bash") throws -> [String] {
        var blocks: [String] = []
        var isUnderHeading = false
        var block: [Substring]?
        for line in try text().split(separator: "\n", omittingEmptySubsequences: false) {
            if let lines = block {
                if line == "```" {
                    blocks.append(lines.joined(separator: "\n"))
                    block = nil
                } else {
                    block = lines + [line]
                }
            } else if line.hasPrefix("## ") {
                isUnderHeading = line == "## \(heading)"
            } else if isUnderHeading, line == "```" + language {
                block = []
            }
        }
        return blocks
    }
}

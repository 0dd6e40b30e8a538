/// The commented configuration file: every key with what it means, what it accepts, and its default.
package enum ConfigurationExample {
    private static let width: Int = 100

    /// The whole text of the file; `Config/stemma.yaml` is a copy of it.
    package static func render() -> String {
        var lines: [String] = [
            "# Configuration of the Stemma daemon. Every key is shown with its default; a file needs only what differs.",
            "#",
            "# Layers, each overriding the ones before: defaults, this file (--config PATH or STEMMA_CONFIG), environment",
            "# variables (STEMMA_SERVER_LISTEN for server.listen, lists separated by commas), flags of `stemma serve`.",
            "# `stemma config check --config PATH` tells what is wrong with a file, or where each value comes from.",
        ]
        var open: [Substring] = []
        for setting in Setting.all {
            let parts: [Substring] = setting.key.split(separator: ".")
            let sections: [Substring] = Array(parts.dropLast())
            let shared: Int = zip(open, sections).prefix { $0 == $1 }.count
            if shared == 0 || sections.isEmpty { lines.append("") }
            for depth in shared..<max(shared, sections.count) {
                lines.append(indent(depth) + sections[depth] + ":")
            }
            open = sections
            lines += comment(setting, indent(sections.count))
            lines.append(
                indent(sections.count) + parts[parts.count - 1] + ": " + setting.kind.yaml(setting.defaultValue))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func indent(_ depth: Int) -> String { String(repeating: "  ", count: depth) }

    /// The summary and what is accepted, wrapped.
    private static func comment(_ setting: Setting, _ indent: String) -> [String] {
        let text: String = setting.summary + (setting.kind.constraint.map { " (\($0))" } ?? "")
        var lines: [String] = []
        var line: String = indent + "#"
        for word in text.split(separator: " ") {
            if line.count + 1 + word.count > width {
                lines.append(line)
                line = indent + "#"
            }
            line += " " + word
        }
        return lines + [line]
    }
}

internal import ArgumentParser
internal import StemmaConfiguration

/// `stemma config`: what can be set, and what is.
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Check a configuration, or print a commented example.",
        subcommands: [Check.self, Example.self])

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the effective configuration with the source of each value.",
            discussion: """
                Reads the file, the environment and the flags as `stemma serve` would. Where something is wrong, names each \
                fault with its file, line and column, variable or flag, and exits with 78.

                EXAMPLE
                  stemma config check --config stemma.yaml
                """)

        @OptionGroup var options: ConfigurationOptions

        func run() throws {
            let loaded: LoadedConfiguration = try options.load()
            for warning in loaded.warnings { StandardError.report("warning: " + warning) }
            let rows: [(String, String)] = Setting.all.map { setting in
                let origin: String = loaded.origins[setting.key]?.description ?? ""
                return (setting.key + ": " + setting.kind.yaml(setting.value(in: loaded.settings)), origin)
            }
            let width: Int = rows.map(\.0.count).max() ?? 0
            let lines: [String] = rows.map { row in
                row.0 + String(repeating: " ", count: width - row.0.count) + "  # " + LogText.plain(row.1) + "\n"
            }
            try StandardOutput.write(lines.joined())
        }
    }

    struct Example: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print a configuration file that shows every key with its default.",
            discussion: """
                EXAMPLE
                  stemma config example > stemma.yaml
                """)

        func run() throws { try StandardOutput.write(ConfigurationExample.render()) }
    }
}

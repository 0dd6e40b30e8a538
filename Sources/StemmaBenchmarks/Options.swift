internal import Glibc

/// What the command line asks for.
struct Options {
    /// Names of measures to run; empty for all.
    var only: Set<String> = []
    /// Where the JSON goes; nil for standard output, after the table.
    var jsonFile: String?
    /// Smaller files, fewer versions, shorter runs: tells that everything works, not how fast it is.
    var isQuick = false
    /// Where temporary data goes. It must be on a real disk: on a memory file system fsync costs nothing.
    var directory = "/var/tmp"
    /// The daemon's binary; nil for the one beside this program.
    var stemma: String?

    /// Nil where help was asked for. Throws `BenchError` for what it does not know.
    init?(arguments: some Sequence<String>) throws {
        var rest: [String] = arguments.reversed()
        while let argument = rest.popLast() {
            let parts: [Substring] = argument.split(separator: "=", maxSplits: 1)
            let name = String(parts.first ?? "")
            var inline: String? = parts.count == 2 ? String(parts[1]) : nil
            func value() throws -> String {
                guard let value = inline ?? rest.popLast() else { throw BenchError("\(name) needs a value") }
                inline = nil
                return value
            }
            switch name {
            case "--help", "-h": return nil
            case "--quick": isQuick = true
            case "--only": only.formUnion(try value().split(separator: ",").map(String.init))
            case "--json": jsonFile = try value()
            case "--directory": directory = try value()
            case "--stemma": stemma = try value()
            default: throw BenchError("unknown option \(argument)")
            }
            guard inline == nil else { throw BenchError("\(name) takes no value") }
        }
        let unknown: Set<String> = only.subtracting(Measure.all.map(\.name))
        guard unknown.isEmpty else {
            throw BenchError("no such measure: \(unknown.sorted().joined(separator: ", "))")
        }
    }

    static var help: String {
        let measures: String = Measure.all.map { "  \(Text.padded($0.name, 15))\($0.summary)" }.joined(separator: "\n")
        return """
            usage: StemmaBenchmarks [--only NAME,...] [--json FILE] [--quick] [--directory DIR] [--stemma FILE]

            Runs the release build of stemma and its yardsticks in turn, on the loopback interface and in temporary
            directories, and prints a table and JSON.

              --only NAME,...  only these measures
              --json FILE      write the JSON there instead of to standard output
              --quick          small files, few versions, short runs: a check of the program, not of the daemon
              --directory DIR  where temporary data goes; must be on a real disk (default /var/tmp)
              --stemma FILE    the daemon's binary (default: the one beside this program)

            measures:
            \(measures)
            """
    }
}

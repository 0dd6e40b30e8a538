internal import Glibc

/// Runs the daemon and its yardsticks side by side and prints what it found: a table, then JSON.
///
/// It judges nothing by its exit code: 0 means that everything asked for was measured, bars met or not; 1 that something
/// could not run; 2 that the command line was wrong.
@main
struct StemmaBenchmarks {
    static func main() {
        let options: Options
        do {
            guard let parsed = try Options(arguments: CommandLine.arguments.dropFirst()) else {
                Console.print(Options.help)
                exit(0)
            }
            options = parsed
        } catch {
            Console.note("\(error)\n\n\(Options.help)")
            exit(2)
        }
        signal(SIGPIPE, SIG_IGN)
        let code: Int32 = withExtendedLifetime(Cleanup.onSignals()) {
            do {
                return try run(options)
            } catch {
                Console.note("error: \(error)")
                return 1
            }
        }
        Cleanup.everything()
        exit(code)
    }

    /// Answers the exit code.
    private static func run(_ options: Options) throws -> Int32 {
        let bench = try Bench(options)
        let chosen: [Measure] = Measure.all.filter { options.only.isEmpty || options.only.contains($0.name) }
        bench.report.machine = try Machine.examine(bench)
        for measure in chosen {
            let missing: [Program] = measure.needs.filter { $0.path == nil }
            guard missing.isEmpty else {
                bench.report.skip(measure.name, "missing " + missing.map(\.remedy).joined(separator: ", "))
                continue
            }
            Console.note("\(measure.name): \(measure.summary)")
            noteContention(before: measure, bench)
            do {
                try measure.run(bench)
            } catch {
                bench.report.fail(measure.name, "\(error)")
            }
        }
        Console.print(bench.report.table())
        let json: String = bench.report.json()
        if let file = options.jsonFile {
            try Files.write(json + "\n", to: file)
        } else {
            Console.print(json)
        }
        return bench.report.isComplete ? 0 : 1
    }

    /// Both sides of a ratio suffer from a busy machine, but not always alike.
    private static func noteContention(before measure: Measure, _ bench: Bench) {
        let share: Double = Contention.busyShare()
        guard share > 0.1 else { return }
        let percent: String = Text.fixed(share * 100, 0)
        bench.report.warn("other programs kept the processors \(percent)% busy before \(measure.name)")
    }
}

import StemmaJSON
import StemmaTesting
import Testing

/// What the README tells a newcomer to do is what the tests do.
@Suite struct ReadmeTests {
    /// The blocks of the tour run as one script, in order, each line as it stands on the page.
    @Test func tourRunsWordForWord() async throws {
        let registry = try await Registry.fresh()
        let blocks = try Readme.blocks(under: "Five-minute tour")
        #expect(blocks.count > 5)
        let output = try await ReadmeTests.run(blocks, on: registry)
        for line in [
            "tumour_classifier_v1.0.0 is champion", "serving/model.joblib: OK", "prediction: malignant",
            "\"displaced_version\": \"1.0.0\"", "Stronger regularisation", "audit_id,sequence,",
        ] { #expect(output.contains(line), "'\(line)' is not in:\n\(output)") }
        let alias = try await registry.admin.get("/v1/models/tumour_classifier/aliases/champion")
        #expect(alias.json["version"] == "1.0.1", "\(alias)")
        let version = try await registry.admin.get("/v1/models/tumour_classifier/versions/1.0.0").json
        #expect(version["training_data"]?["row_count"] == 398 && version["training_data"]?["feature_count"] == 30)
        let events = try await registry.all("/v1/audit?model=tumour_classifier")
        #expect(events.count == 6, "\(events)")
        try await registry.daemon.stop()
    }

    /// The chapter goes on where the tour ends, prints what the page says that it prints, and leaves behind what it tells.
    @Test func lifecycleChapterRunsWordForWord() async throws {
        let registry = try await Registry.fresh()
        let (shown, output) = try await ReadmeTests.follow("From development to archived", on: registry)
        #expect(shown > 40)
        let lines = output.split(whereSeparator: \.isNewline)
        for start in ["Deprecation: @", "Sunset: "] {
            #expect(lines.contains { $0.hasPrefix(start) }, "no line begins with '\(start)' in:\n\(output)")
        }

        let model = "/v1/models/tumour_classifier"
        for (version, state) in [("1.1.0", "archived"), ("1.2.0", "deprecated"), ("1.3.0", "production")] {
            let found = try await registry.admin.get("\(model)/versions/\(version)").json
            #expect(found["state"]?.string == state, "\(found)")
        }
        let alias = try await registry.admin.get("\(model)/aliases/production")
        #expect(alias.json["version"] == "1.3.0" && alias.json["state"] == "production", "\(alias)")
        let promotions = try await registry.all("/v1/audit?model=tumour_classifier&action=promote_version")
        #expect(promotions.count == 3, "\(promotions)")
        for promotion in promotions {
            #expect(promotion["user"] == "dora" && promotion["approvers"] == ["ben", "cleo"], "\(promotion)")
        }
        try await registry.daemon.stop()
    }

    /// The chapters on lineage, reproducibility, experiments, the audit log and compliance, each going on where the tour ends.
    @Test(arguments: [
        ("What it came from, what it touches", 9), ("Whether it can be made again", 9), ("Whether it is better", 9),
        ("What happened, and the proof of it", 7),
        ("People's data, legal holds, and what auditors ask", 8),
    ])
    func chapterRunsWordForWord(heading: String, lines: Int) async throws {
        let registry = try await Registry.fresh()
        let (shown, _) = try await ReadmeTests.follow(heading, on: registry)
        #expect(shown >= lines)
        try await registry.daemon.stop()
    }

    /// Runs the tour and a chapter, and looks for every line that the page says is printed, in its order. Answers how many
    /// there are, and what was printed.
    private static func follow(_ heading: String, on registry: Registry) async throws -> (shown: Int, output: String) {
        let blocks = try Readme.blocks(under: "Five-minute tour") + Readme.blocks(under: heading)
        let output = try await run(blocks, on: registry)
        let shown = try Readme.blocks(under: heading, in: "text").flatMap { $0.split(separator: "\n") }
        // Fields and CSV end their lines with CR LF, which Swift takes for one character.
        var printed = output.split(whereSeparator: \.isNewline)[...]
        for line in shown {
            guard let found = printed.firstIndex(of: line) else {
                Issue.record("'\(line)' is not printed, or not in its place, in:\n\(output)")
                break
            }
            printed = printed[(found + 1)...]
        }
        return (shown.count, output)
    }

    /// Runs blocks of the page as one script, in the repository's folder as the page says, and answers what they print. An
    /// end with an error is an issue.
    private static func run(_ blocks: [String], on registry: Registry) async throws -> String {
        let folder = try ScratchFolder("tour")
        var environment = ChildProcess.plainEnvironment
        environment["STEMMA"] = registry.daemon.endpoint.baseURL
        environment["STEMMA_DATA_DIR"] = registry.daemon.dataFolder
        environment["TMPDIR"] = folder.path
        let outcome = try await ChildProcess.run(
            "bash", ["-euo", "pipefail", "-c", blocks.joined(separator: "\n")], environment: environment,
            folder: Repository.root, within: .seconds(300))
        #expect(outcome.ending == .exited(0), "\(outcome.output)")
        return outcome.output
    }

    @Test func startCommandsAreThoseOfTheProject() async throws {
        let commands = try Readme.blocks(under: "Start")
        let wanted = [".ci/setup && swift run -c release stemma serve", ".ci/setup test && swift test --no-parallel"]
        #expect(commands == wanted)
        let check = String(decoding: try FileAccess.read(Repository.root + "/.ci/run"), as: UTF8.self)
        #expect(check.contains(commands[1]), ".ci/run runs the tests in another way than the README")
    }

    /// Files that the page links to are there, and commands that it shows are commands of the binary.
    @Test func pageNamesOnlyWhatExists() async throws {
        let text = try Readme.text()
        for link in text.matches(of: /\]\(([^):]+)\)/) {
            #expect(FileAccess.mode("\(Repository.root)/\(link.1)") != nil, "\(link.1)")
        }
        let help = try await ChildProcess.run(try DaemonBinary.path(), ["--help"]).output
        for command in text.matches(
            of: /stemma (?<name>serve|token|audit|config|healthcheck|migrate|backup|restore|verify|gc|doctor)\b/)
        {
            #expect(help.contains("\n  \(command.name) "), "stemma \(command.name) is no command")
        }
    }
}

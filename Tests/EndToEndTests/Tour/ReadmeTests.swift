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
        let folder = try ScratchFolder("tour")
        var environment = ChildProcess.plainEnvironment
        environment["STEMMA"] = registry.daemon.endpoint.baseURL
        environment["STEMMA_DATA_DIR"] = registry.daemon.dataFolder
        environment["TMPDIR"] = folder.path
        let tour = try await ChildProcess.run(
            "bash", ["-euo", "pipefail", "-c", blocks.joined(separator: "\n")], environment: environment,
            folder: Repository.root, within: .seconds(180))
        #expect(tour.ending == .exited(0), "\(tour.output)")
        for line in [
            "tumour_classifier_v1.0.0 is in production", "serving/model.joblib: OK", "prediction: malignant",
            "\"displaced_version\": \"1.0.0\"", "Stronger regularisation", "audit_id,sequence,",
        ] { #expect(tour.output.contains(line), "'\(line)' is not in:\n\(tour.output)") }
        let alias = try await registry.admin.get("/v1/models/tumour_classifier/aliases/production")
        #expect(alias.json["version"] == "1.0.1", "\(alias)")
        let version = try await registry.admin.get("/v1/models/tumour_classifier/versions/1.0.0").json
        #expect(version["training_data"]?["row_count"] == 398 && version["training_data"]?["feature_count"] == 30)
        let events = try await registry.all("/v1/audit?model=tumour_classifier")
        #expect(events.count == 5, "\(events)")
        try await registry.daemon.stop()
    }

    @Test func startCommandsAreThoseOfTheProject() async throws {
        let commands = try Readme.blocks(under: "Start")
        #expect(commands == [".ci/setup && swift run -c release stemma serve", ".ci/setup test && swift test"])
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
            of: /stemma (?<name>serve|token|config|healthcheck|migrate|backup|restore|verify|gc|doctor)\b/)
        {
            #expect(help.contains("\n  \(command.name) "), "stemma \(command.name) is no command")
        }
    }
}

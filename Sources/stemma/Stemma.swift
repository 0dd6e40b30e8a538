internal import ArgumentParser
internal import Glibc
internal import StemmaConfiguration

/// The command with its subcommands.
struct Stemma: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stemma",
        abstract: "A model registry that can prove its own history.",
        discussion: """
            Training pipelines publish model versions to it, deploy tooling asks it which version is in production, and \
            auditors read a log of every change.

            EXAMPLES
              Run the daemon on 127.0.0.1:8765 with its data in ./stemma-data:
                stemma serve

              Run it elsewhere, and on a socket for the commands of this machine:
                stemma serve --listen 0.0.0.0:8765 --listen unix:/run/stemma.sock

              Give a pipeline a token that can publish the fraud models:
                stemma token create --subject pipeline --role publisher \\
                  --model 'fraud_*' --expires 2026-12-31

              See what a configuration file amounts to:
                stemma config check --config stemma.yaml

            The first start writes a token for everything to DATA_DIR/admin.token.

            EXIT STATUS
              0 success, 1 refused or failed, 64 wrong usage, 78 wrong configuration.
            """,
        subcommands: [
            Serve.self, TokenCommand.self, AuditCommand.self, ConfigCommand.self, Migrate.self, Healthcheck.self,
            VersionCommand.self,
        ])
}

@main
enum Program {
    static func main() async {
        // Output to a reader that is gone must fail as a write, not end the process.
        signal(SIGPIPE, SIG_IGN)
        do {
            var command: any ParsableCommand = try Stemma.parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let failure as CommandFailure {
            StandardError.report(failure.description)
            exit(failure.status)
        } catch let error as ConfigurationError {
            StandardError.report(error.description)
            exit(EX_CONFIG)
        } catch {
            Stemma.exit(withError: error)
        }
    }
}

internal import ArgumentParser
internal import StemmaConfiguration
internal import StemmaRegistry

/// `stemma token`: who may use the registry.
struct TokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "Make, list and revoke access tokens.",
        discussion: """
            Works on the running daemon of the data directory; where none runs, on its database itself. With --server, on \
            any daemon that can be reached.

            ROLES
              reader            read models, versions and artifacts
              publisher         and change them, and move aliases not protected
              deployer          read, and move any alias
              reviewer:<gate>   read, and review at one gate: technical, business,
                                operational or security
              auditor           read, and read the audit log
              admin             everything
            """,
        subcommands: [TokenCreate.self, TokenList.self, TokenRevoke.self])

    /// Runs what reaches a daemon or a database, with every error as one line.
    static func perform(
        _ options: AdministrationOptions, _ work: (any TokenAdministration) async throws -> Void
    ) async throws {
        do {
            try await work(try await options.open())
        } catch let failure as CommandFailure {
            throw failure
        } catch let error as ConfigurationError {
            throw error
        } catch {
            throw CommandFailure("\(error)")
        }
    }
}

struct TokenCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make a token and print it, this once.",
        discussion: """
            The token goes to standard output, what it allows to standard error.

            EXAMPLES
              stemma token create --subject alice --role publisher --role reader
              stemma token create --subject pipeline --role publisher \\
                --model 'fraud_*' --expires 90d --quiet > pipeline.token
            """)

    @OptionGroup var options: AdministrationOptions

    @Option(help: ArgumentHelp("The person or service it is for.", valueName: "name"))
    var subject: String

    @Option(help: ArgumentHelp("What it allows (see `stemma token --help`); may be repeated.", valueName: "role"))
    var role: [String] = []

    @Option(
        help: ArgumentHelp(
            "The models it reaches, by a pattern with * and ?; may be repeated. Default: all.", valueName: "pattern")
    )
    var model: [String] = []

    @Option(
        help: ArgumentHelp(
            "When it ends: 2026-12-31 (midnight UTC), an RFC 3339 time, or 90d, 12h, 30m from now. Default: never.",
            valueName: "time"))
    var expires: String?

    @Flag(name: .shortAndLong, help: "Print the token alone.")
    var quiet: Bool = false

    func validate() throws {
        guard !role.isEmpty else { throw ValidationError("at least one --role is needed") }
        for text in role where Role(text) == nil {
            throw ValidationError("there is no role `\(LogText.plain(text))` (see `stemma token --help`)")
        }
        guard let expires else { return }
        let now: Timestamp = Environment.system.now()
        guard let moment = Expiry.parse(expires, now: now) else {
            throw ValidationError("--expires must be a date, an RFC 3339 time, or a time from now such as 90d")
        }
        guard moment > now else { throw ValidationError("--expires must be in the future") }
    }

    func run() async throws {
        let end: String? = expires.flatMap { Expiry.parse($0, now: Environment.system.now()) }?.description
        let models: [String] = model.isEmpty ? ["*"] : model
        try await TokenCommand.perform(options) { administration in
            let secret: String = try await administration.create(
                subject: subject, roles: role, models: models, expires: end)
            try StandardOutput.write(secret + "\n")
            guard !quiet else { return }
            let reach: String = "models " + models.joined(separator: ", ") + (end.map { ", until " + $0 } ?? "")
            StandardError.note(
                LogText.plain("for \(subject): \(role.joined(separator: ", ")); \(reach). It is not shown again."))
        }
    }
}

struct TokenList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List all tokens, revoked ones included, without their secrets.",
        discussion: """
            EXAMPLES
              stemma token list
              stemma token list --json | jq '.[] | select(.subject == "alice")'
            """)

    @OptionGroup var options: AdministrationOptions

    @Flag(help: "Print a JSON array instead of a table.")
    var json: Bool = false

    func run() async throws {
        try await TokenCommand.perform(options) { administration in
            let tokens: [TokenSummary] = try await administration.list()
            let now: Timestamp = Environment.system.now()
            try StandardOutput.write(json ? TokenTable.json(tokens) : TokenTable.text(tokens, now: now))
        }
    }
}

struct TokenRevoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "End a token at once.",
        discussion: """
            EXAMPLE
              stemma token revoke tok_0123456789abcdef0123456789abcdef
            """)

    @OptionGroup var options: AdministrationOptions

    @Argument(help: "The token's id, as `stemma token list` shows it.")
    var id: String

    func validate() throws {
        guard !id.hasPrefix(TokenSecret.prefix) else {
            throw ValidationError("that is a token's secret; name its id, tok_..., as `stemma token list` shows it")
        }
    }

    func run() async throws {
        try await TokenCommand.perform(options) { administration in
            try await administration.revoke(id)
            StandardError.note(LogText.plain("revoked \(id)"))
        }
    }
}

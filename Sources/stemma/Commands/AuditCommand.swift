internal import ArgumentParser
internal import Glibc
internal import Logging
internal import StemmaConfiguration
internal import StemmaRegistry
internal import StemmaTransparency

/// `stemma audit`: proofs of the audit log.
struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Verify exports of the audit log and evidence packs, and change the key that signs the log.",
        subcommands: [AuditVerify.self, AuditVerifyPack.self, AuditRotateKey.self])
}

/// `stemma audit verify`: needs no database, no network and no key but the public one.
struct AuditVerify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Verify an export of the audit log.",
        discussion: """
            Checks that every event is written in the one canonical way, that the hashes of all events lead to the signed \
            head, that the head is signed by a key that you trust, and that private values are those the log committed to. \
            The key must come from elsewhere than the file: from the log's owner, or from GET /v1/audit/log/key when you \
            first met the log.

            EXAMPLES
              curl -s -H "Authorization: Bearer $TOKEN" localhost:8765/v1/audit/export > export.ndjson
              stemma audit verify export.ndjson --key "$(cat log.vkey)"
              stemma audit verify export.ndjson --key "$(cat log.vkey)" --checkpoint last-year.checkpoint

            EXIT STATUS
              0 verified, 1 tampered, 2 unusable input, 3 verified but some events were pruned.
            """)

    @Argument(help: ArgumentHelp("The export; - for standard input.", valueName: "file"))
    var file: String

    @Option(help: ArgumentHelp("A verifier key, name+id+key; may be repeated.", valueName: "vkey"))
    var key: [String] = []

    @Option(help: ArgumentHelp("A signed head kept from before, which the log must continue.", valueName: "file"))
    var checkpoint: String?

    @Option(help: ArgumentHelp("An export kept from before, which the log must continue.", valueName: "file"))
    var prev: String?

    func validate() throws {
        guard !key.isEmpty else { throw ValidationError("at least one --key is needed") }
        guard checkpoint == nil || prev == nil else {
            throw ValidationError("--checkpoint and --prev exclude each other")
        }
    }

    private static let unusable: Int32 = 2
    private static let pruned: Int32 = 3

    func run() throws {
        do {
            let keys: [VerifierKey] = try key.map { try VerifierKey($0) }
            let verdict: ExportVerifier.Verdict = try ExportFile.verify(
                file, ExportVerifier(keys: keys, older: try older(keys)))
            try StandardOutput.write(
                "verified: events \(verdict.range.lowerBound) to \(verdict.range.upperBound) (exclusive) of "
                    + "\(verdict.checkpoint.size), log \(verdict.checkpoint.origin), signed by "
                    + verdict.keys.map(\.name).joined(separator: ", ") + "\n")
            guard verdict.pruned == 0 else {
                throw CommandFailure("\(verdict.pruned) events were pruned", status: AuditVerify.pruned)
            }
        } catch let fault as ExportFault {
            switch fault {
            case .tampered(let line, let reason): throw CommandFailure("TAMPERED: line \(line): \(reason)")
            case .unusable(let reason): throw CommandFailure(reason, status: AuditVerify.unusable)
            }
        } catch let error as TransparencyError {
            throw CommandFailure("\(error)", status: AuditVerify.unusable)
        }
    }

    /// The head that the log must continue.
    private func older(_ keys: [VerifierKey]) throws -> Checkpoint? {
        if let prev { return try ExportFile.verify(prev, ExportVerifier(keys: keys)).checkpoint }
        guard let checkpoint else { return nil }
        guard let bytes = try SmallFile.read(checkpoint) else {
            throw CommandFailure("there is no file \(checkpoint)", status: AuditVerify.unusable)
        }
        let note = try SignedNote(String(decoding: bytes, as: UTF8.self))
        guard !(try note.verified(by: keys)).isEmpty else {
            throw CommandFailure("\(checkpoint) is not signed by a key that was given", status: AuditVerify.unusable)
        }
        return try Checkpoint(note.text)
    }
}

/// `stemma audit rotate-key`.
struct AuditRotateKey: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate-key",
        abstract: "Give the audit log a new signing key.",
        discussion: """
            Works while no daemon runs on the data directory. The new key becomes an event of the log, and a head is signed \
            by both keys. The old key's file is kept beside the new one with .old at its end; remove it once copies of the \
            new one are safe. The new verifier key is printed: give it to those who verify.

            EXAMPLES
              stemma audit rotate-key --data-dir /var/lib/stemma
              stemma audit rotate-key --lost      where the old key's file is gone for good
            """)

    @OptionGroup var options: ConfigurationOptions

    @Flag(help: "The old key is gone; the head is signed by the new one alone.")
    var lost: Bool = false

    func run() async throws {
        let settings: StemmaSettings = try options.load().settings
        guard DataDirectory.exists(settings.dataDirectory) else {
            throw CommandFailure("there is no data directory \(settings.dataDirectory); name it with --data-dir")
        }
        do {
            try StandardOutput.write(try await AuditKeyRotation(settings).run(isLost: lost) + "\n")
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure("\(error)")
        }
    }
}

internal import ArgumentParser
internal import StemmaTransparency

/// `stemma audit verify-pack`: needs no database, no network and no key but the public one.
struct AuditVerifyPack: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify-pack",
        abstract: "Verify an evidence pack.",
        discussion: """
            Checks that every event of the pack is in the log whose head is signed by a key that you trust, that the log names \
            the pack's index, that every file is what the index says, and that the manifest is what the version's publication \
            committed to. The key must come from elsewhere than the file.

            EXAMPLES
              curl -s -H "Authorization: Bearer $TOKEN" \
                localhost:8765/v1/models/fraud/versions/@production/evidence.tar > evidence.tar
              stemma audit verify-pack evidence.tar --key "$(cat log.vkey)"

            EXIT STATUS
              0 verified, 1 tampered, 2 unusable input, 3 verified but some events were pruned.
            """)

    @Argument(help: ArgumentHelp("The pack.", valueName: "file"))
    var file: String

    @Option(help: ArgumentHelp("A verifier key, name+id+key; may be repeated.", valueName: "vkey"))
    var key: [String] = []

    func validate() throws {
        guard !key.isEmpty else { throw ValidationError("at least one --key is needed") }
    }

    private static let unusable: Int32 = 2
    private static let pruned: Int32 = 3

    func run() throws {
        do {
            let keys: [VerifierKey] = try key.map { try VerifierKey($0) }
            let verdict: PackVerifier.Verdict = try PackVerifier(keys: keys).verify(
                try ExportFile.read(file, limit: PackVerifier.sizeMax))
            try StandardOutput.write(
                "verified: \(verdict.modelID), manifest \(verdict.manifestDigest), \(verdict.files) files, "
                    + "\(verdict.events) events of log \(verdict.checkpoint.origin) with \(verdict.checkpoint.size), "
                    + "signed by \(verdict.keys.map(\.name).joined(separator: ", "))\n")
            if verdict.isErased {
                try StandardOutput.write(
                    "a person was erased from the record since its publication: manifest.json is not what was published\n"
                )
            }
            guard verdict.pruned == 0 else {
                throw CommandFailure("\(verdict.pruned) events were pruned", status: AuditVerifyPack.pruned)
            }
        } catch let fault as PackFault {
            switch fault {
            case .tampered(let place, let reason): throw CommandFailure("TAMPERED: \(place): \(reason)")
            case .unusable(let reason): throw CommandFailure(reason, status: AuditVerifyPack.unusable)
            }
        } catch let fault as ExportFault {
            throw CommandFailure("\(fault)", status: AuditVerifyPack.unusable)
        } catch let error as TransparencyError {
            throw CommandFailure("\(error)", status: AuditVerifyPack.unusable)
        }
    }
}

internal import StemmaDigest
internal import StemmaJSON
internal import StemmaTransparency

/// Everything that an auditor asks of one version, in files that the log vouches for.
package struct EvidencePack: Sendable {
    package let modelID: String
    /// Of which it tells.
    package let moment: Timestamp
    let files: [PackArchive.File]

    /// Bytes of the whole archive.
    package var length: Int64 { PackArchive.length(files) }

    /// How many pieces the archive is sent in.
    package var pieceCount: Int { files.count + 1 }

    /// A file with its header, or the archive's end after the last one.
    package func piece(_ position: Int) -> [UInt8] {
        guard position < files.count else { return PackArchive.end }
        return PackArchive.member(files[position], seconds: max(0, moment.milliseconds / 1_000))
    }
}

extension AuditLogService {
    /// The pack of the version that `ref` means, or meant at `time`. The export is an event of the log itself, which names the
    /// digest of the pack's index.
    ///
    /// Throws `permissionDenied` for tokens that reach only some models, as proofs are over the whole log; `modelNotFound`,
    /// `versionNotFound`, `aliasNotFound`; `draftVersion` for what was no more than a draft; `validationFailed`.
    package func exportEvidence(
        model name: String, ref: String, asOf time: Timestamp?, _ context: RequestContext
    ) async throws -> EvidencePack {
        try context.principal.require(.readAudit)
        guard context.principal.scope.contains(name) else {
            throw StemmaError(.modelNotFound, "there is no model named \(name)")
        }
        try authorize(context.principal)
        await refusals.flush()
        let moment: Timestamp = time ?? core.environment.now()
        let content: PackContent = try await core.store.read { [core] reader in
            let view: PastView = try PastView.open(at: moment, core, reader)
            return try PackContent(
                view, try view.resolve(model: name, ref: ref, context.principal), core.policy.limits)
        }
        let graph: LineageGraph = try await LineageService(core: core).readVersionLineage(
            model: content.version.model, ref: content.version.version,
            LineageGraphRequest(
                node: nil, direction: nil, depth: nil, nodes: nil, relationships: nil, types: nil, asOf: moment),
            context.principal
        ).graph
        var files: [PackArchive.File] = content.files
        files.append(PackArchive.File(path: "lineage.json", bytes: graph.json))
        files.append(PackArchive.File(path: "README.txt", bytes: Array(PackReadme.text.utf8)))
        files.sort { VersionManifest.precedes($0.path, $1.path) }
        let index: [UInt8] = PackText.index(
            modelID: content.modelID, manifestDigest: content.manifestDigest, files: files,
            more: JSONObject([
                JSONObject.Member(name: "as_of", value: .string(moment.description)),
                JSONObject.Member(name: "events", value: .integer(Int64(content.events.count))),
                JSONObject.Member(name: "events_left_out", value: .integer(Int64(content.eventsLeftOut))),
            ]))
        files.append(PackArchive.File(path: PackText.index, bytes: index))
        let draft = AuditDraft(
            .version(model: content.version.model, version: content.version.version),
            detail: [
                "index_digest": .string(SHA256Hasher.digest(index).description),
                "manifest_digest": .string(content.manifestDigest.description),
            ])
        let noted = SequenceBox()
        _ = try await core.gate.mutate(PackText.action, context) { transaction, _ in
            noted.set(try transaction.auditSize())
            return MutationGate.Mutation(Answer(.updated), event: draft)
        }
        let head: StoredCheckpoint = try await log.checkpoint()
        let sequences: [Int64] = content.events + [noted.value]
        let lines: [UInt8] = try await core.store.read { reader in
            try AuditLogService.lines(sequences, head, reader)
        }
        let keys: String = await log.signer.keys.map { $0.description + "\n" }.joined()
        files.append(PackArchive.File(path: PackText.checkpoint, bytes: Array(head.note.utf8)))
        files.append(PackArchive.File(path: PackText.keys, bytes: Array(keys.utf8)))
        files.append(PackArchive.File(path: PackText.events, bytes: lines))
        return EvidencePack(modelID: content.modelID, moment: moment, files: files)
    }

    private static func lines(
        _ sequences: [Int64], _ head: StoredCheckpoint, _ reader: any MetadataReader
    ) throws -> [UInt8] {
        var tree: TileTree = AuditTree.tree(head.size, reader)
        var lines: [UInt8] = []
        for sequence in sequences {
            guard let record = try reader.auditEvent(sequence: sequence) else {
                throw StemmaError(.internalError, "events of the log are missing", cause: "the log has a gap")
            }
            lines += PackText.event(
                sequence: sequence, leaf: record.leaf, leafHash: record.leafHash,
                proof: try tree.inclusion(of: sequence),
                revealed: record.privateValues.map {
                    ExportText.Revealed(field: $0.field, salt: $0.salt, value: $0.value)
                })
        }
        return lines
    }
}

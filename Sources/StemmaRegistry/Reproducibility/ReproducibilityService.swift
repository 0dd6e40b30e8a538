internal import StemmaDigest
package import StemmaJSON

/// Says what is needed to make a version again, and records who tried.
package struct ReproducibilityService: Sendable {
    let core: RegistryCore

    package init(core: RegistryCore) { self.core = core }

    /// The manifest of the version that `ref` means now, how complete it is, and where the environment differs from that
    /// of another version: `comparedTo` is a `{ref}` of the same model or a `model_id`.
    ///
    /// Throws what resolving throws, for either version.
    package func readReproducibility(
        model name: String, ref: String, comparedTo other: String?, _ principal: Principal
    ) async throws -> (version: VersionRecord, other: VersionRecord?, representation: Representation) {
        try principal.require(.readModels)
        return try await core.store.read { reader in
            let record: VersionRecord = try VersionResolver.resolve(model: name, ref: ref, principal, reader)
            let right: VersionRecord? = try other.map {
                try ReproducibilityService.other($0, than: record, principal, reader)
            }
            return (record, right, try ReproducibilityDocument.represent(record, comparedTo: right))
        }
    }

    /// Records an attempt with a body of `ReproductionDocument.request` and judges every metric against what the version
    /// says now. The version itself does not change.
    ///
    /// Throws `draftVersion`, `validationFailed`, `staleETag` against the version.
    package func recordReproduction(
        model name: String, version: String, _ body: JSONValue, _ context: RequestContext
    ) async throws -> Answer {
        try context.principal.require(.recordEvidence)
        let attempt = try ReproductionAttempt(body, limits: core.policy.limits)
        let id: String = core.environment.identifier("rep_")
        let limit: Int = core.policy.limits.reproductionsPerVersion
        return try await core.gate.mutate("record_reproduction", context) { transaction, now in
            let record: VersionRecord = try VersionResolver.exact(
                model: name, version: version, context.principal, transaction)
            try context.preconditions.check(current: VersionDocument.represent(record).etag)
            guard record.status == .ready, let manifest = record.manifestDigest else {
                throw StemmaError(
                    .draftVersion, "\(record.version) is a draft; publish it before somebody makes it again")
            }
            guard try transaction.reproductionCount(version: record.id) < limit else {
                throw StemmaError(.validationFailed, "a version may have at most \(limit) reproductions")
            }
            let verdicts: [MetricVerdict] = MetricVerdict.all(
                original: try StoredJSON.object(record.metrics), reproduced: attempt.metrics,
                tolerance: attempt.tolerance, mode: attempt.mode)
            let differences: [EnvironmentDifference] = attempt.differences(
                from: try VersionDocument.immutable(of: record))
            let made = ReproductionRecord(
                id: id, principalID: context.principal.id, subject: context.principal.subject,
                manifestDigest: manifest, evidenceRevision: record.standing.evidenceRevision,
                tolerance: attempt.tolerance, mode: attempt.mode,
                isReproduced: !verdicts.isEmpty && verdicts.allSatisfy { $0.verdict == .match },
                verdicts: StoredJSON.text(verdicts.map(\.json)),
                environment: attempt.environment.map { StoredJSON.text($0) },
                differences: StoredJSON.text(differences.map(\.json)), codeCommit: attempt.codeCommit,
                dataHash: attempt.dataHash, notes: attempt.notes, at: now)
            try transaction.insertReproduction(made, version: record.id)
            return MutationGate.Mutation(
                Answer(
                    .created, location: ResourcePath.reproduction(record.model, record.version, id),
                    body: try ReproductionDocument.represent(
                        made, of: record, contributors: try transaction.contributors(version: record.id))),
                event: ReproducibilityService.event(made, verdicts, of: record))
        }
    }

    /// Attempts on a version, newest first.
    package func listReproductions(
        model name: String, ref: String, _ request: ListRequest, _ principal: Principal
    ) async throws -> (version: VersionRecord, page: ListAnswer) {
        try principal.require(.readModels)
        return try await core.store.read { [core] reader in
            let record: VersionRecord = try VersionResolver.resolve(model: name, ref: ref, principal, reader)
            let contributors: [Int64] = try reader.contributors(version: record.id)
            let page = try NewestFirst(core: core, list: "reproductions/\(record.id)").page(
                try reader.reproductions(version: record.id), request, id: \.id)
            let items: [[UInt8]] = try page.rows.map {
                try ReproductionDocument.represent($0, of: record, contributors: contributors)
            }
            return (record, ListAnswer(items: items, nextCursor: page.next))
        }
    }

    /// Throws `reproductionNotFound`.
    package func readReproduction(
        model name: String, ref: String, id: String, _ principal: Principal
    ) async throws -> (version: VersionRecord, representation: Representation) {
        try principal.require(.readModels)
        return try await core.store.read { reader in
            let record: VersionRecord = try VersionResolver.resolve(model: name, ref: ref, principal, reader)
            guard let found = try reader.reproduction(id, version: record.id) else {
                throw StemmaError(
                    .reproductionNotFound, "\(record.model) \(record.version) has no reproduction \(id)")
            }
            let body: [UInt8] = try ReproductionDocument.represent(
                found, of: record, contributors: try reader.contributors(version: record.id))
            return (record, Representation(etag: Representation.etag(of: body), body: body))
        }
    }

    private static func other(
        _ text: String, than record: VersionRecord, _ principal: Principal, _ reader: any MetadataReader
    ) throws -> VersionRecord {
        // No reference has the underscore that every model_id has.
        if VersionReference(text) == nil, let id = try? ModelID(validating: text) {
            return try VersionResolver.exact(
                model: id.name.text, version: id.version.description, principal, reader)
        }
        return try VersionResolver.resolve(model: record.model, ref: text, principal, reader)
    }

    private static func event(
        _ made: ReproductionRecord, _ verdicts: [MetricVerdict], of record: VersionRecord
    ) -> AuditDraft {
        let matched: Int = verdicts.count { $0.verdict == .match }
        let missing: Int = verdicts.count { $0.original == nil || $0.reproduced == nil }
        var event = AuditDraft(
            .version(model: record.model, version: record.version),
            detail: [
                "reproduction": .string(made.id), "reproduced": .bool(made.isReproduced),
                "matched": .integer(Int64(matched)), "missing": .integer(Int64(missing)),
                "metrics": .integer(Int64(verdicts.count)),
                "manifest_digest": .string(made.manifestDigest.description),
                "evidence_revision": .integer(made.evidenceRevision),
            ])
        event.recordChange(
            before: nil,
            after: [
                "tolerance": .double(made.tolerance), "tolerance_mode": .string(made.mode.rawValue),
                "metrics": .array(verdicts.map(\.json)),
            ])
        if let notes = made.notes { event.personal["rationale"] = .string(notes) }
        return event
    }
}

extension ResourcePath {
    package static func reproduction(_ model: String, _ version: String, _ id: String) -> String {
        ResourcePath.version(model, version) + "/reproductions/" + segment(id)
    }
}

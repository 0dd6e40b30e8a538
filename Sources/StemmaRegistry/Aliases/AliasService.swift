internal import StemmaDigest
package import StemmaJSON

/// Sets, moves, reads and removes aliases.
package struct AliasService: Sendable {
    let core: RegistryCore

    package init(core: RegistryCore) { self.core = core }

    /// What clients send to set an alias.
    package static let requestShape: Shape = .named(
        "AliasTarget",
        .object([
            Shape.Field("version", .text(maxBytes: 129, minBytes: 1), required: true, "An exact version"),
            Shape.Field("rationale", CommonShapes.rationale, "Why; kept in the audit log"),
        ]))

    /// What an alias answers.
    package static let documentShape: Shape = .named(
        "Alias",
        .object(
            documentFields + [
                Shape.Field("displaced_version", .nullable(.text(maxBytes: 128)), "Answered by a move only")
            ] + PastDocument.fields))

    /// What is answered of an alias now and of one in the past.
    static let documentFields: [Shape.Field] = [
        Shape.Field("model", .text(maxBytes: 800), required: true),
        Shape.Field("alias", .text(maxBytes: 64), required: true),
        Shape.Field("version", .text(maxBytes: 128), required: true),
        Shape.Field("model_id", .text(maxBytes: 1_000), required: true),
        Shape.Field("state", .choice(LifecycleState.allCases.map(\.rawValue)), required: true),
        Shape.Field("artifacts_uri", .text(maxBytes: 4_000), required: true, "Path of the file list"),
        Shape.Field("manifest_digest", .nullable(CommonShapes.digest), required: true),
        Shape.Field("updated_at", .nullable(CommonShapes.time), required: true),
        Shape.Field("updated_by", .nullable(.text(maxBytes: 500)), required: true),
        Shape.Field("etag", .text(maxBytes: 64), required: true),
    ]

    /// Points an alias at a version. Throws `invalidName`, `aliasComputed` for `latest`, `permissionDenied` for a protected
    /// alias without the permission, `versionNotFound`, `draftVersion`, `staleETag`.
    ///
    /// An alias that is bound to a lifecycle state follows that state: moving it is asking for the transition, with all its
    /// guards (`transitionRefused`), or is refused where there is none (`aliasStateRefused`). Other protected aliases point
    /// only at versions in the states that the lifecycle allows them.
    package func setAlias(
        model name: String, alias text: String, _ body: JSONValue, _ context: RequestContext
    ) async throws -> Answer {
        try requirePermission(toMove: text, context)
        let faults: [ShapeFault] = AliasService.requestShape.faults(in: body)
        guard faults.isEmpty, let version = body["version"]?.string else { throw StemmaError.validation(faults) }
        let alias: String = try AliasService.checkedName(text)
        let core: RegistryCore = self.core
        try await core.consumerLog.flush()
        return try await core.gate.mutate("set_alias", context) { transaction, now in
            let target: VersionRecord = try AliasService.target(model: name, version, context.principal, transaction)
            let present: AliasRecord? = try transaction.alias(model: target.modelID, named: alias)
            try context.preconditions.check(current: present.map { AliasDocument.represent($0).etag })
            let location: String = ResourcePath.alias(target.model, alias)
            if let present, present.versionID == target.id {
                let body: [UInt8] = AliasDocument.represent(present, displaced: nil)
                let etag: String = AliasDocument.represent(present).etag
                return MutationGate.Mutation(Answer(.unchanged, location: location, etag: etag, body: body), event: nil)
            }
            let rule = try AliasRule(of: alias, core, context.principal, transaction)
            if let state = rule.boundState, state != target.state {
                return try AliasService.promote(
                    target, to: state, body, present, alias, core, context, transaction, now)
            }
            try rule.check(target)
            try transaction.putAlias(
                model: target.modelID, alias: alias, version: target.id, at: now, by: context.principal.id)
            guard let record = try transaction.alias(model: target.modelID, named: alias) else {
                throw StemmaError(.internalError, "the alias was not stored", cause: "stored alias is absent")
            }
            var event = AuditDraft(.alias(model: target.model, alias: alias))
            event.detail = [
                "from": present.map { .string($0.version) } ?? .null, "to": .string(target.version),
                "manifest_digest": target.manifestDigest.map { .string($0.description) } ?? .null,
                ProtectedAliases.member: .bool(rule.isProtected),
            ]
            if let rationale = body["rationale"]?.string { event.personal["rationale"] = .string(rationale) }
            return MutationGate.Mutation(
                Answer(
                    present == nil ? .created : .updated, location: location,
                    etag: AliasDocument.represent(record).etag,
                    body: AliasDocument.represent(record, displaced: present?.version)),
                event: event, effects: [.aliasSet(record)])
        }
    }

    /// Moves the version into the state that the alias is bound to; the alias follows.
    private static func promote(
        _ target: VersionRecord, to state: LifecycleState, _ body: JSONValue, _ present: AliasRecord?, _ alias: String,
        _ core: RegistryCore, _ context: RequestContext, _ transaction: any MetadataTransaction, _ now: Timestamp
    ) throws -> MutationGate.Mutation {
        let lifecycle: LifecycleRevision = try core.lifecycle.inForce(transaction)
        guard lifecycle.definition.transition(from: target.state, to: state) != nil else {
            let ways: [String] = lifecycle.definition.transitions.filter { $0.to == state }.map(\.from.rawValue)
            throw StemmaError(
                .aliasStateRefused,
                "\(alias) points only at the version in \(state.rawValue), and \(target.version) in "
                    + "\(target.state.rawValue) cannot go there directly; from \(ways.joined(separator: " or ")) it can",
                members: [
                    "state": .string(target.state.rawValue), "allowed_states": .array(ways.map { .string($0) }),
                ])
        }
        let mover = VersionMover(
            lifecycle: lifecycle, principal: context.principal, transaction: transaction, now: now)
        try mover.requireRole(from: target.state, to: state)
        let wish = VersionMover.Wish(
            target: state, kind: .requested, request: try LifecycleService.requestFacts(body))
        let decision: TransitionDecision = try mover.evaluate(target, to: state, wish.request)
        guard decision.isAllowed else { throw decision.refusal() }
        let outcome: VersionMover.Outcome = try mover.move(target, wish, decision)
        guard let record = try transaction.alias(model: target.modelID, named: alias) else {
            throw StemmaError(.internalError, "the alias was not stored", cause: "stored alias is absent")
        }
        let answer = Answer(
            present == nil ? .created : .updated, location: ResourcePath.alias(target.model, alias),
            etag: AliasDocument.represent(record).etag,
            body: AliasDocument.represent(record, displaced: present?.version))
        // The transition names its event by number, so that its event comes first; it is a promotion like any other.
        return MutationGate.Mutation(
            answer, event: nil, further: [(LifecycleService.action(state), outcome.event)] + outcome.further,
            effects: outcome.effects)
    }

    /// What an alias points at; `latest` is computed. Throws `aliasNotFound`.
    package func readAlias(
        model name: String, alias: String, _ principal: Principal
    ) async throws -> (record: AliasRecord, representation: Representation) {
        try principal.require(.readModels)
        return try await core.store.read { reader in
            let model: ModelRecord = try ModelService.find(name, principal, reader)
            if alias == AliasService.computed, let latest = try reader.latestVersion(model: model.id) {
                let record: AliasRecord = AliasService.latestRecord(latest)
                return (record, AliasDocument.represent(record))
            }
            guard let record = try reader.alias(model: model.id, named: alias) else {
                throw StemmaError(.aliasNotFound, "\(model.name) has no alias \(alias)")
            }
            return (record, AliasDocument.represent(record))
        }
    }

    /// A model's aliases by name, `latest` among them where there is one.
    package func listAliases(
        model name: String, _ request: ListRequest, _ principal: Principal
    ) async throws -> ListAnswer {
        try principal.require(.readModels)
        let list = ShortList(core: core, list: "aliases/" + name, schema: .aliases)
        return try await core.store.read { reader in
            let model: ModelRecord = try ModelService.find(name, principal, reader)
            var records: [AliasRecord] = try reader.aliases(model: model.id)
            if let latest = try reader.latestVersion(model: model.id) {
                records.append(AliasService.latestRecord(latest))
            }
            let rows: [ShortList.Row] = records.map { record in
                ShortList.Row(key: record.alias, values: record.filterValues) { AliasDocument.represent(record).body }
            }
            return try list.page(rows, request)
        }
    }

    package func deleteAlias(model name: String, alias: String, _ context: RequestContext) async throws -> Answer {
        try requirePermission(toMove: alias, context)
        guard alias != AliasService.computed else { throw AliasService.latestIsComputed }
        let core: RegistryCore = self.core
        return try await core.gate.mutate("delete_alias", context) { transaction, _ in
            let model: ModelRecord = try ModelService.find(name, context.principal, transaction)
            guard let present = try transaction.alias(model: model.id, named: alias) else {
                throw StemmaError(.aliasNotFound, "\(model.name) has no alias \(alias)")
            }
            try context.preconditions.check(current: AliasDocument.represent(present).etag)
            let rule = try AliasRule(of: alias, core, context.principal, transaction)
            if let state = rule.boundState {
                throw StemmaError(
                    .aliasStateRefused,
                    "\(alias) follows the version in \(state.rawValue); it goes when \(present.version) leaves that state"
                )
            }
            _ = try transaction.removeAlias(model: model.id, alias: alias)
            return MutationGate.Mutation(
                Answer(.removed),
                event: AliasService.removal(
                    of: alias, model: model.name, version: present.version, isProtected: rule.isProtected
                ).event,
                effects: [.aliasRemoved(model: model.name, alias: alias)])
        }
    }

    /// Every move of an alias, newest first, from the audit log; up to a moment where one is given.
    package func readAliasHistory(
        model name: String, alias: String, _ request: ListRequest, asOf time: Timestamp? = nil, _ principal: Principal
    ) async throws -> ListAnswer {
        try principal.require(.readModels)
        let limit: Int = try core.policy.limits.listLimit(request.limit)
        let codec = Cursor(
            key: core.cursorKey, identity: "alias-history/\(name)@\(alias)" + (time.map { "\u{0}\($0)" } ?? ""))
        var before: Int64?
        if let cursor = request.cursor, case .integer(let sequence)? = try codec.decode(cursor).first {
            before = sequence
        }
        let start: Int64? = before
        let events: [AuditRecord] = try await core.store.read { [core] reader in
            let view: PastView? = try time.map { try PastView.open(at: $0, core, reader) }
            let model: ModelRecord =
                try view?.model(named: name, principal) ?? ModelService.find(name, principal, reader)
            return try reader.aliasEvents(
                model: model.name, alias: alias, before: start ?? view?.moment.end, limit: limit + 1)
        }
        let page: ArraySlice<AuditRecord> = events.prefix(limit)
        let next: String? = events.count > limit ? page.last.map { codec.encode([.integer($0.sequence)]) } : nil
        let items: [[UInt8]] = try page.map { try AliasHistory.represent($0, alias: alias) }
        return ListAnswer(
            items: items.map { item in time.map { PastDocument.seal(item, $0) } ?? item }, nextCursor: next)
    }

    /// The event of an alias that is removed. One that goes with what it points at is never protected.
    static func removal(
        of alias: String, model: String, version: String, isProtected: Bool = false
    ) -> (action: String, event: AuditDraft) {
        (
            "delete_alias",
            AuditDraft(
                .alias(model: model, alias: alias),
                detail: [
                    "from": .string(version), "to": .null, ProtectedAliases.member: .bool(isProtected),
                ])
        )
    }

    static let computed: String = "latest"

    private static let latestIsComputed = StemmaError(
        .aliasComputed, "latest is computed from the published releases and cannot be set or removed")

    private func requirePermission(toMove alias: String, _ context: RequestContext) throws(StemmaError) {
        let isProtected: Bool = core.policy.protectedAliases.contains(alias)
        try context.principal.require(isProtected ? .moveProtectedAliases : .moveAliases)
    }

    /// Throws `invalidName` or `aliasComputed`.
    private static func checkedName(_ text: String) throws(StemmaError) -> String {
        let name: AliasName
        do throws(NameFault) {
            name = try AliasName(validating: text)
        } catch {
            throw StemmaError(.invalidName, "the alias \(error.reason)")
        }
        guard !name.isComputed else { throw latestIsComputed }
        return name.text
    }

    private static func target(
        model name: String, _ text: String, _ principal: Principal, _ reader: any MetadataReader
    ) throws -> VersionRecord {
        guard case .exact = VersionReference(text) else {
            throw StemmaError.validation([
                ShapeFault(pointer: "/version", detail: "must be an exact version such as 2.1.3")
            ])
        }
        let target: VersionRecord = try VersionResolver.exact(model: name, version: text, principal, reader)
        guard target.status == .ready else {
            throw StemmaError(.draftVersion, "\(target.version) is a draft; publish it before an alias points at it")
        }
        return target
    }

    static func latestRecord(_ version: VersionRecord) -> AliasRecord {
        AliasRecord(
            modelID: version.modelID, model: version.model, alias: computed, versionID: version.id,
            version: version.version, state: version.state, deprecation: Deprecation(version.standing),
            manifestDigest: version.manifestDigest,
            updated: version.updated, updatedBy: version.createdBy, revision: version.revision)
    }
}

/// One move of an alias as answered.
enum AliasHistory {
    /// `from` and `to` of an alias. A transition says under `aliases` what it moved; a move by hand is the whole event.
    static func move(of alias: String, in event: AuditEvent) -> JSONValue {
        let moves: [JSONValue] = event.detail["aliases"]?.array ?? []
        return moves.first { $0["alias"]?.string == alias } ?? .object(event.detail)
    }

    static func represent(_ record: AuditRecord, alias: String) throws -> [UInt8] {
        let event = try AuditEvent(record)
        let move: JSONValue = move(of: alias, in: event)
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("from", move["from"] ?? .null)
        writer.field("to", move["to"] ?? .null)
        writer.field("at", record.timestamp.description)
        writer.field("by", event.personal["actor.subject"] ?? .null)
        writer.field("rationale", event.personal["rationale"] ?? .null)
        writer.field("action", record.action)
        writer.field("audit_id", event.auditID)
        writer.endObject()
        return writer.finish()
    }
}

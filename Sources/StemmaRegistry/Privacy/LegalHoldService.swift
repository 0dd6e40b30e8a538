package import StemmaJSON

/// Places, releases and lists legal holds. While one is in force, nothing that it covers is erased, pruned, collected as
/// garbage, deleted or archived. Whoever placed a hold does not release it.
package struct LegalHoldService: Sendable {
    private let core: RegistryCore

    package init(core: RegistryCore) { self.core = core }

    /// Places or releases the hold of a model with a body of `LegalHoldDocument.modelRequest`. Placing where one is in force
    /// answers that one. Throws `legalHoldNotFound` where there is none to release, `sodViolation` for who placed it.
    package func setModelHold(
        model name: String, _ body: JSONValue, _ context: RequestContext
    ) async throws -> Answer {
        try context.principal.require(.manageHolds)
        let faults: [ShapeFault] = LegalHoldDocument.modelRequest.faults(in: body)
        guard faults.isEmpty, let isActive = body["active"]?.bool, let reason = body["reason"]?.string else {
            throw StemmaError.validation(faults)
        }
        let (core, owner): (RegistryCore, String) = (self.core, body["owner"]?.string ?? context.principal.subject)
        let location: String = ResourcePath.model(name) + "/legal-hold"
        return try await core.gate.mutate(isActive ? "place_legal_hold" : "release_legal_hold", context) {
            transaction, now in
            let model: ModelRecord = try ModelService.find(name, context.principal, transaction)
            let present: LegalHoldRecord? = try LegalHoldService.hold(of: model, transaction)
            try context.preconditions.check(current: present.map { LegalHoldDocument.represent($0).etag })
            if isActive {
                if let present {
                    let same: Representation = LegalHoldDocument.represent(present)
                    return MutationGate.Mutation(
                        Answer(.unchanged, location: location, etag: same.etag, body: same.body), event: nil)
                }
                return try LegalHoldService.place(
                    .model(id: model.id, name: model.name), reason: reason, owner: owner, location: location, core,
                    context, transaction, now)
            }
            guard let present else {
                throw StemmaError(.legalHoldNotFound, "the model \(model.name) is not under a legal hold of its own")
            }
            return try LegalHoldService.release(
                present, reason: reason, location: location, context, transaction, now)
        }
    }

    /// The hold of a model that is in force, else its last one. Throws `modelNotFound`, `legalHoldNotFound`.
    package func readModelHold(model name: String, _ principal: Principal) async throws -> Representation {
        try principal.require(.readModels)
        return try await core.store.read { reader in
            let model: ModelRecord = try ModelService.find(name, principal, reader)
            let own: [LegalHoldRecord] = try reader.legalHolds().filter { hold in
                if case .model(let id, _) = hold.scope { id == model.id } else { false }
            }
            guard let hold = own.last(where: { $0.released == nil }) ?? own.last else {
                throw StemmaError(.legalHoldNotFound, "the model \(model.name) was never under a legal hold of its own")
            }
            return LegalHoldDocument.represent(hold)
        }
    }

    /// Places a hold with a body of `LegalHoldDocument.request`. Throws `validationFailed`, `modelNotFound`,
    /// `versionNotFound`; holds over people and events need a token for all models.
    package func placeHold(_ body: JSONValue, _ context: RequestContext) async throws -> Answer {
        try context.principal.require(.manageHolds)
        let faults: [ShapeFault] = LegalHoldDocument.request.faults(in: body)
        guard faults.isEmpty, let reason = body["reason"]?.string else { throw StemmaError.validation(faults) }
        let wish = try Wish(body)
        if wish.needsWholeRegistry { try context.principal.requireEverywhere(.manageHolds) }
        let (core, owner): (RegistryCore, String) = (self.core, body["owner"]?.string ?? context.principal.subject)
        return try await core.gate.mutate("place_legal_hold", context) { transaction, now in
            try LegalHoldService.place(
                try wish.scope(core, context.principal, transaction, now), reason: reason, owner: owner, location: nil,
                core, context, transaction, now)
        }
    }

    /// Releases a hold with a body of `LegalHoldDocument.releaseRequest`. Throws `legalHoldNotFound`, also for one that is
    /// released already, and `sodViolation` for who placed it.
    package func releaseHold(_ id: String, _ body: JSONValue, _ context: RequestContext) async throws -> Answer {
        try context.principal.require(.manageHolds)
        let faults: [ShapeFault] = LegalHoldDocument.releaseRequest.faults(in: body)
        guard faults.isEmpty, let reason = body["reason"]?.string else { throw StemmaError.validation(faults) }
        return try await core.gate.mutate("release_legal_hold", context) { transaction, now in
            guard let hold = try transaction.legalHold(id: id), LegalHoldService.isVisible(hold, to: context.principal)
            else { throw StemmaError(.legalHoldNotFound, "there is no legal hold \(id)") }
            try context.preconditions.check(current: LegalHoldDocument.represent(hold).etag)
            guard hold.released == nil else {
                throw StemmaError(.legalHoldNotFound, "the legal hold \(id) was released before")
            }
            return try LegalHoldService.release(
                hold, reason: reason, location: ResourcePath.legalHold(id), context, transaction, now)
        }
    }

    /// Throws `legalHoldNotFound`, also for one over a model outside the token's.
    package func readHold(_ id: String, _ principal: Principal) async throws -> Representation {
        try principal.require(.manageHolds)
        return try await core.store.read { reader in
            guard let hold = try reader.legalHold(id: id), LegalHoldService.isVisible(hold, to: principal) else {
                throw StemmaError(.legalHoldNotFound, "there is no legal hold \(id)")
            }
            return LegalHoldDocument.represent(hold)
        }
    }

    /// Holds by id, released ones included. Filter fields: those of `FilterSchema.legalHolds`.
    package func listHolds(_ request: ListRequest, _ principal: Principal) async throws -> ListAnswer {
        try principal.require(.manageHolds)
        let list = ShortList(core: core, list: "legal-holds", schema: .legalHolds)
        return try await core.store.read { reader in
            let holds: [LegalHoldRecord] = try reader.legalHolds().filter {
                LegalHoldService.isVisible($0, to: principal)
            }
            return try list.page(
                holds.map { hold in
                    ShortList.Row(key: hold.id, values: hold.filterValues) { LegalHoldDocument.represent(hold).body }
                }, request)
        }
    }

    private static func isVisible(_ hold: LegalHoldRecord, to principal: Principal) -> Bool {
        switch hold.scope {
        case .model(_, let name), .version(_, let name, _): principal.scope.contains(name)
        case .person, .events: principal.scope.isUnlimited
        }
    }

    private static func hold(of model: ModelRecord, _ reader: any MetadataReader) throws -> LegalHoldRecord? {
        try reader.legalHoldsInForce().first { hold in
            if case .model(let id, _) = hold.scope { id == model.id } else { false }
        }
    }

    private static func place(
        _ scope: LegalHoldScope, reason: String, owner: String, location: String?, _ core: RegistryCore,
        _ context: RequestContext, _ transaction: any MetadataTransaction, _ now: Timestamp
    ) throws -> MutationGate.Mutation {
        let limit: Int = core.policy.limits.legalHoldsInForce
        guard try transaction.legalHoldsInForce().count < limit else {
            throw StemmaError(
                .validationFailed, "there are \(limit) legal holds in force, which is the most there can be")
        }
        let id: String = core.environment.identifier("hold_")
        try transaction.insertLegalHold(
            NewLegalHold(
                id: id, scope: scope, reason: reason, owner: owner, placed: now, placedBy: context.principal.id))
        return try answer(id, .created, reason, location: location ?? ResourcePath.legalHold(id), transaction)
    }

    private static func release(
        _ hold: LegalHoldRecord, reason: String, location: String, _ context: RequestContext,
        _ transaction: any MetadataTransaction, _ now: Timestamp
    ) throws -> MutationGate.Mutation {
        guard hold.placedByID != context.principal.id else {
            throw StemmaError(
                .sodViolation, "who placed the legal hold \(hold.id) cannot release it; somebody else has to agree")
        }
        try transaction.releaseLegalHold(id: hold.id, reason: reason, at: now, by: context.principal.id)
        return try answer(hold.id, .updated, reason, location: location, transaction)
    }

    private static func answer(
        _ id: String, _ outcome: MutationOutcome, _ reason: String, location: String,
        _ transaction: any MetadataTransaction
    ) throws -> MutationGate.Mutation {
        guard let hold = try transaction.legalHold(id: id) else {
            throw StemmaError(.internalError, "the legal hold was not stored", cause: "stored hold is absent")
        }
        let representation: Representation = LegalHoldDocument.represent(hold)
        var event = AuditDraft(hold.scope.resource, detail: ["legal_hold": .string(id)])
        event.personal["rationale"] = .string(reason)
        switch hold.scope {
        case .person(_, let pseudonym): event.detail["person"] = .string(pseudonym)
        case .events(let range):
            event.detail["from"] = .integer(range.lowerBound)
            event.detail["to"] = .integer(range.upperBound)
        case .model, .version: break
        }
        return MutationGate.Mutation(
            Answer(outcome, location: location, etag: representation.etag, body: representation.body), event: event)
    }
}

extension LegalHoldService {
    /// What a body asks to hold.
    private struct Wish: Sendable {
        private let model: String?
        private let version: String?
        private let subject: String?
        private let events: Range<Int64>?

        var needsWholeRegistry: Bool { model == nil }

        /// Throws `validationFailed` unless exactly one thing is named.
        init(_ body: JSONValue) throws {
            (model, version, subject) = (body["model"]?.string, body["version"]?.string, body["subject"]?.string)
            let (from, to): (Int64?, Int64?) = (body["from"]?.integer, body["to"]?.integer)
            var faults: [ShapeFault] = []
            if (from == nil) != (to == nil) {
                faults.append(ShapeFault(pointer: "/to", detail: "from and to belong together"))
            }
            if let from, let to, from >= to {
                faults.append(ShapeFault(pointer: "/to", detail: "must be greater than from"))
            }
            if version != nil, model == nil {
                faults.append(ShapeFault(pointer: "/model", detail: "must name the version's model"))
            }
            if [model != nil, subject != nil, from != nil || to != nil].filter({ $0 }).count != 1 {
                faults.append(
                    ShapeFault(
                        pointer: "", detail: "name one of model (with or without version), subject, or from and to"))
            }
            guard faults.isEmpty else { throw StemmaError.validation(faults) }
            if let from, let to { events = from..<to } else { events = nil }
        }

        func scope(
            _ core: RegistryCore, _ principal: Principal, _ transaction: any MetadataTransaction, _ now: Timestamp
        ) throws -> LegalHoldScope {
            if let model, let version {
                let record: VersionRecord = try VersionResolver.exact(
                    model: model, version: version, principal, transaction)
                return .version(id: record.id, model: record.model, version: record.version)
            }
            if let model {
                let record: ModelRecord = try ModelService.find(model, principal, transaction)
                return .model(id: record.id, name: record.name)
            }
            if let subject {
                guard let id = try transaction.principal(subject: subject),
                    let person = try transaction.principal(id: id)
                else {
                    throw StemmaError.validation([
                        ShapeFault(pointer: "/subject", detail: "is nobody whom the registry knows")
                    ])
                }
                return .person(id: id, pseudonym: person.pseudonym)
            }
            return .events(events ?? 0..<1)
        }
    }
}

extension LegalHoldScope {
    /// What an event about it is about.
    var resource: ResourceID {
        switch self {
        case .model(_, let name): .model(name)
        case .version(_, let model, let version): .version(model: model, version: version)
        case .person, .events: .registry
        }
    }
}

internal import StemmaDigest
package import StemmaJSON

/// Says whether versions may run in an environment, and keeps what was deployed where.
package struct DeploymentService: Sendable {
    let core: RegistryCore

    package init(core: RegistryCore) { self.core = core }

    /// What the environment's rule finds of the version that `ref` means now.
    /// Throws `environmentNotFound` naming those there are, `validationFailed` without an environment.
    package func readReadiness(
        model name: String, ref: String, environment: String?, _ principal: Principal
    ) async throws -> EnvironmentReadiness {
        try principal.require(.readModels)
        return try await core.store.read { [core] reader in
            let record: VersionRecord = try VersionResolver.resolve(model: name, ref: ref, principal, reader)
            guard let environment, !environment.isEmpty else {
                throw StemmaError.validation([
                    ShapeFault(pointer: "?environment", detail: "is needed, e.g. environment=production")
                ])
            }
            return try EnvironmentReadiness.evaluate(
                record, environment: environment, core, at: core.environment.now(), reader)
        }
    }

    /// Records that a version is being deployed, with a body of `DeploymentDocument.request`. The reference is resolved
    /// once; whatever it means later, the deployment stays with that version.
    /// Throws `notReady` with every check, `environmentNotFound`, and what resolving throws.
    package func createDeployment(_ body: JSONValue, _ context: RequestContext) async throws -> Answer {
        try context.principal.require(.manageDeployments)
        let faults: [ShapeFault] = DeploymentDocument.request.faults(in: body)
        guard faults.isEmpty, let model = body["model"]?.string, let ref = body["ref"]?.string,
            let environment = body["environment"]?.string
        else { throw StemmaError.validation(faults) }
        let id: String = core.environment.identifier("dep_")
        return try await core.gate.mutate("create_deployment", context) { [core] transaction, now in
            let version: VersionRecord = try VersionResolver.resolve(
                model: model, ref: ref, context.principal, transaction)
            try context.preconditions.check(current: nil)
            try EnvironmentReadiness.evaluate(version, environment: environment, core, at: now, transaction).require()
            guard let manifest = version.manifestDigest else {
                throw StemmaError(.internalError, "the version has no digest", cause: "published without manifest")
            }
            let status: DeploymentStatus = .pending
            try transaction.insertDeployment(
                NewDeployment(
                    id: id, modelID: version.modelID, versionID: version.id, environment: environment, status: status,
                    ref: ref, manifestDigest: manifest, rationale: body["rationale"]?.string,
                    detail: body["detail"]?.string,
                    annotations: StoredJSON.text(body["annotations"]?.object ?? JSONObject()), created: now,
                    createdBy: context.principal.id))
            try transaction.setDeploymentStatus(
                version: version.id, DeploymentService.versionStatus(status, environment), at: now)
            let record: DeploymentRecord = try DeploymentService.find(id, context.principal, transaction)
            let representation: Representation = DeploymentDocument.represent(record)
            return MutationGate.Mutation(
                Answer(
                    .created, location: ResourcePath.deployment(id), etag: representation.etag,
                    body: representation.body),
                event: try DeploymentService.event(nil, record, rationale: record.rationale))
        }
    }

    /// Says how a deployment went, with a body of `DeploymentDocument.patch`.
    ///
    /// Throws `deploymentNotFound`, `staleETag`, `deploymentStatusRefused` naming the statuses that come next, and
    /// `notReady` where the version may not run there (any more) and is to be deployed, or tried again.
    package func updateDeployment(_ id: String, _ patch: JSONValue, _ context: RequestContext) async throws -> Answer {
        try context.principal.require(.manageDeployments)
        let faults: [ShapeFault] = DeploymentDocument.patch.faults(in: patch)
        guard faults.isEmpty else { throw StemmaError.validation(faults) }
        let wanted: DeploymentStatus? = patch["status"]?.string.flatMap { DeploymentStatus(rawValue: $0) }
        return try await core.gate.mutate("update_deployment", context) { [core] transaction, now in
            let record: DeploymentRecord = try DeploymentService.find(id, context.principal, transaction)
            let before: Representation = DeploymentDocument.represent(record)
            try context.preconditions.check(current: before.etag)
            let status: DeploymentStatus = wanted ?? record.status
            let isMove: Bool = status != record.status
            if isMove {
                try DeploymentService.requireMove(record, to: status)
                if status.needsReadiness { try DeploymentService.requireReady(record, core, transaction, now) }
            }
            let detail: String? = DeploymentService.merged(record.detail, patch, "detail")
            let rationale: String? = DeploymentService.merged(record.rationale, patch, "rationale")
            let location: String = ResourcePath.deployment(id)
            guard isMove || detail != record.detail || rationale != record.rationale else {
                return MutationGate.Mutation(
                    Answer(.unchanged, location: location, etag: before.etag, body: before.body), event: nil)
            }
            try transaction.updateDeployment(
                id,
                DeploymentChange(
                    status: status, rationale: rationale, detail: detail,
                    // The event of this change is the next one of the log.
                    deployedBy: isMove && status == .deployed ? try transaction.auditSize() : nil),
                at: now, by: context.principal.id)
            if isMove {
                try transaction.setDeploymentStatus(
                    version: record.versionID, DeploymentService.versionStatus(status, record.environment), at: now)
                if let version = try transaction.version(id: record.versionID) {
                    var editor = LineageEditor(
                        transaction, now: now, principal: context.principal.id, limits: core.policy.limits)
                    try SystemLineage.followDeployments(
                        model: version.modelID, named: record.model, environment: record.environment, in: &editor)
                }
            }
            let updated: DeploymentRecord = try DeploymentService.find(id, context.principal, transaction)
            let after: Representation = DeploymentDocument.represent(updated)
            return MutationGate.Mutation(
                Answer(.updated, location: location, etag: after.etag, body: after.body),
                event: try DeploymentService.event(record, updated, rationale: patch["rationale"]?.string))
        }
    }

    /// Throws `deploymentNotFound` also for a deployment of a model outside the token's models.
    package func readDeployment(_ id: String, _ principal: Principal) async throws -> Representation {
        try principal.require(.readModels)
        return try await core.store.read { reader in
            DeploymentDocument.represent(try DeploymentService.find(id, principal, reader))
        }
    }

    /// Deployments of the models in the caller's scope, newest first unless ordered otherwise.
    package func listDeployments(_ request: ListRequest, _ principal: Principal) async throws -> ListAnswer {
        try principal.require(.readModels)
        let lister = Lister(
            core: core, list: "deployments", schema: .deployments, defaultOrdering: "created_at desc")
        return try await lister.list(request, principal) { reader, query in
            let page: Page<DeploymentRecord> = try reader.deployments(query)
            return Page(rows: page.rows.map { DeploymentDocument.represent($0).body }, next: page.next)
        }
    }

    /// What a version says of its deployments, e.g. `deployed_production`.
    private static func versionStatus(_ status: DeploymentStatus, _ environment: String) -> String {
        "\(status.rawValue)_\(environment)"
    }

    private static func find(
        _ id: String, _ principal: Principal, _ reader: any MetadataReader
    ) throws -> DeploymentRecord {
        guard let record = try reader.deployment(id), principal.scope.contains(record.model) else {
            throw StemmaError(.deploymentNotFound, "there is no deployment \(id)")
        }
        return record
    }

    private static func requireMove(_ record: DeploymentRecord, to status: DeploymentStatus) throws(StemmaError) {
        let next: [String] = record.status.next.map(\.rawValue)
        guard !record.status.next.contains(status) else { return }
        throw StemmaError(
            .deploymentStatusRefused,
            next.isEmpty
                ? "a deployment that is \(record.status.rawValue) has ended; make a new one to deploy the version again"
                : "a deployment goes from \(record.status.rawValue) to \(next.joined(separator: " or ")), "
                    + "not to \(status.rawValue)",
            members: [
                "current_status": .string(record.status.rawValue), "allowed": .array(next.map { .string($0) }),
            ])
    }

    private static func requireReady(
        _ record: DeploymentRecord, _ core: RegistryCore, _ reader: any MetadataReader, _ now: Timestamp
    ) throws {
        guard let version = try reader.version(id: record.versionID), version.deleted == nil else {
            throw StemmaError(.versionNotFound, "\(record.model) \(record.version) was deleted")
        }
        try EnvironmentReadiness.evaluate(version, environment: record.environment, core, at: now, reader).require()
    }

    /// The member after a merge patch: absent leaves it, null takes it away.
    private static func merged(_ old: String?, _ patch: JSONValue, _ name: String) -> String? {
        guard let value = patch[name] else { return old }
        return value.string
    }

    /// The event is about the version, so that it stands among what else happened to it.
    private static func event(
        _ before: DeploymentRecord?, _ after: DeploymentRecord, rationale: String?
    ) throws -> AuditDraft {
        var event = AuditDraft(.version(model: after.model, version: after.version))
        event.detail = [
            "deployment": .string(after.id), "environment": .string(after.environment),
            "status": .string(after.status.rawValue), "manifest_digest": .string(after.manifestDigest.description),
        ]
        if let before { event.detail["from_status"] = .string(before.status.rawValue) }
        if let rationale { event.personal["rationale"] = .string(rationale) }
        event.recordChange(before: try before.map(changes), after: try changes(after))
        return event
    }

    private static func changes(_ record: DeploymentRecord) throws -> JSONValue {
        [
            "status": .string(record.status.rawValue), "ref": .string(record.ref),
            "rationale": record.rationale.map { .string($0) } ?? .null,
            "detail": record.detail.map { .string($0) } ?? .null,
            "annotations": .object(try StoredJSON.object(record.annotations)),
        ]
    }
}

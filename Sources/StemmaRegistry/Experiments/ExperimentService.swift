package import StemmaJSON

/// Keeps A/B experiments, and concludes from their results.
package struct ExperimentService: Sendable {
    let core: RegistryCore

    package init(core: RegistryCore) { self.core = core }

    /// Plans an experiment, which runs from then on, with a body of `ExperimentShapes.request`.
    ///
    /// Throws `experimentExists`, `validationFailed`, `draftVersion`, and what resolving either version throws.
    package func createExperiment(_ body: JSONValue, _ context: RequestContext) async throws -> Answer {
        try context.principal.require(.manageExperiments)
        try ExperimentService.check(body, against: ExperimentShapes.request)
        let limits: Limits = core.policy.limits
        let plan = try ExperimentPlan(checking: body, limits: limits)
        let arms: [ModelID] = try ExperimentService.arms(body)
        let id: String = body["experiment_id"]?.string ?? core.environment.identifier("exp_")
        return try await core.gate.mutate("create_experiment", context) { transaction, now in
            try context.preconditions.check(current: nil)
            let versions: [VersionRecord] = try arms.map {
                try ExperimentService.published($0, context.principal, transaction)
            }
            guard versions[0].id != versions[1].id else {
                throw StemmaError.validation([
                    ShapeFault(pointer: "/treatment_model", detail: "must be another version than the baseline")
                ])
            }
            let started: Timestamp = body["started_at"]?.string.flatMap { Timestamp($0) } ?? now
            try ExperimentService.checkStart(started, at: now, limits)
            try transaction.insertExperiment(
                NewExperiment(
                    id: id, baselineID: versions[0].id, treatmentID: versions[1].id,
                    content: ExperimentService.content(plan, started: started, ExperimentService.words(body)),
                    created: now, createdBy: context.principal.id))
            let record: ExperimentRecord = try ExperimentService.find(id, context.principal, transaction)
            let representation: Representation = try ExperimentDocument.represent(record, transaction)
            var event: AuditDraft = ExperimentService.event(record)
            event.recordChange(before: nil, after: try ExperimentService.changes(record))
            return MutationGate.Mutation(
                Answer(
                    .created, location: ResourcePath.experiment(id), etag: representation.etag,
                    body: representation.body), event: event)
        }
    }

    /// Experiments both of whose models are in the caller's scope, newest first unless ordered otherwise.
    package func listExperiments(_ request: ListRequest, _ principal: Principal) async throws -> ListAnswer {
        try principal.require(.readModels)
        let lister = Lister(
            core: core, list: "experiments", schema: .experiments, defaultOrdering: "created_at desc")
        return try await lister.list(request, principal) { reader, query in
            let page: Page<ExperimentRecord> = try reader.experiments(query)
            return Page(
                rows: try page.rows.map { try ExperimentDocument.represent($0, reader).body }, next: page.next)
        }
    }

    /// Throws `experimentNotFound` also where one of the models is outside the token's models.
    package func readExperiment(_ id: String, _ principal: Principal) async throws -> Representation {
        try principal.require(.readModels)
        return try await core.store.read { reader in
            try ExperimentDocument.represent(try ExperimentService.find(id, principal, reader), reader)
        }
    }

    static func find(
        _ id: String, _ principal: Principal, _ reader: any MetadataReader
    ) throws -> ExperimentRecord {
        guard let record = try reader.experiment(id), record.isVisible(to: principal) else {
            throw StemmaError(.experimentNotFound, "there is no experiment \(id)")
        }
        return record
    }

    /// The experiment, where it is running and as the caller knows it. Throws `experimentNotFound`, `staleETag`,
    /// `experimentEnded`.
    static func running(
        _ id: String, _ context: RequestContext, _ reader: any MetadataReader
    ) throws -> ExperimentRecord {
        let record: ExperimentRecord = try find(id, context.principal, reader)
        try context.preconditions.check(current: try ExperimentDocument.represent(record, reader).etag)
        guard record.status == .running else { throw record.hasEnded }
        return record
    }

    /// Throws `validationFailed`; says so where results were sent that the registry computes.
    static func check(_ body: JSONValue, against shape: Shape) throws(StemmaError) {
        let faults: [ShapeFault] = shape.faults(in: body)
        guard !faults.isEmpty else { return }
        let computed: [String] = [
            "results", "baseline_performance", "treatment_performance", "statistical_significance",
        ]
        guard computed.contains(where: { body[$0] != nil }) else { throw StemmaError.validation(faults) }
        throw StemmaError(
            .validationFailed,
            "the registry computes performance and significance itself: post counts (successes, trials) or samples (mean, "
                + "deviation, n) of each metric to the experiment's /results",
            faults: faults.map { StemmaError.Fault(pointer: $0.pointer, detail: $0.detail) })
    }

    static func checkStart(_ started: Timestamp, at now: Timestamp, _ limits: Limits) throws(StemmaError) {
        let most: Int64 = limits.experimentStartMilliseconds
        guard abs(started.milliseconds - now.milliseconds) > most else { return }
        throw StemmaError.validation([
            ShapeFault(
                pointer: "/started_at",
                detail: "must not be further from now than \(most / Timestamp.dayMilliseconds) days")
        ])
    }

    static func content(_ plan: ExperimentPlan, started: Timestamp, _ words: ExperimentWords) -> ExperimentChange {
        ExperimentChange(
            plan: StoredJSON.text(plan.json), primaryMetric: plan.criteria.metric, started: started,
            ends: started.adding(milliseconds: plan.milliseconds), words: words)
    }

    private static func words(_ body: JSONValue) -> ExperimentWords {
        ExperimentWords(
            description: body["description"]?.string, businessHypothesis: body["business_hypothesis"]?.string,
            tags: StoredJSON.text(body["tags"]?.object ?? JSONObject()),
            metadata: StoredJSON.text(body["metadata"]?.object ?? JSONObject()))
    }

    /// Baseline and treatment.
    private static func arms(_ body: JSONValue) throws(StemmaError) -> [ModelID] {
        var found: [ModelID] = []
        var faults: [ShapeFault] = []
        for name in ["baseline_model", "treatment_model"] {
            do throws(NameFault) {
                found.append(try ModelID(validating: body[name]?.string ?? ""))
            } catch {
                faults.append(ShapeFault(pointer: "/" + name, detail: error.reason))
            }
        }
        guard faults.isEmpty else { throw StemmaError.validation(faults) }
        return found
    }

    private static func published(
        _ id: ModelID, _ principal: Principal, _ reader: any MetadataReader
    ) throws -> VersionRecord {
        let record: VersionRecord = try VersionResolver.exact(
            model: id.name.text, version: id.version.description, principal, reader)
        guard record.status == .ready else {
            throw StemmaError(.draftVersion, "\(id) is a draft; publish it before it takes part in an experiment")
        }
        return record
    }

    /// About the experiment, and about both versions too.
    static func event(_ record: ExperimentRecord) -> AuditDraft {
        var event = AuditDraft(
            .experiment(record.id),
            detail: [
                "baseline_model": .string(record.baseline.modelID), "status": .string(record.status.rawValue),
                "treatment_model": .string(record.treatment.modelID), "looks": .integer(Int64(record.looks)),
            ])
        event.also = [record.baseline, record.treatment].map { .version(model: $0.model, version: $0.version) }
        return event
    }

    static func changes(_ record: ExperimentRecord) throws -> JSONValue {
        var changes: JSONObject = try StoredJSON.object(record.content.plan)
        let words: ExperimentWords = record.content.words
        changes.set("status", .string(record.status.rawValue))
        changes.set("started_at", .string(record.content.started.description))
        changes.set("description", words.description.map { .string($0) } ?? .null)
        changes.set("business_hypothesis", words.businessHypothesis.map { .string($0) } ?? .null)
        changes.set("tags", .object(try StoredJSON.object(words.tags)))
        changes.set("metadata", .object(try StoredJSON.object(words.metadata)))
        return .object(changes)
    }
}

extension ExperimentRecord {
    /// Whether both models are among the principal's.
    func isVisible(to principal: Principal) -> Bool {
        principal.scope.contains(baseline.model) && principal.scope.contains(treatment.model)
    }

    /// The refusal of whatever only a running experiment takes.
    var hasEnded: StemmaError {
        StemmaError(
            .experimentEnded, "the experiment is \(status.rawValue) since \(ended?.description ?? "")",
            members: ["experiment_id": .string(id), "experiment_status": .string(status.rawValue)])
    }
}

/// Experiments that hold on to their versions while they run.
enum ExperimentHold {
    private static let named: Int = 20

    /// Throws `code` while one of the experiments is running; names those that the principal may see. `what` is what
    /// cannot be deleted.
    static func require(
        none running: [ExperimentRecord], _ code: StemmaErrorCode, _ what: String, _ principal: Principal
    ) throws(StemmaError) {
        guard !running.isEmpty else { return }
        let visible: [ExperimentRecord] = Array(running.filter { $0.isVisible(to: principal) }.prefix(named))
        let names: String = visible.prefix(3).map(\.id).joined(separator: ", ")
        throw StemmaError(
            code,
            "\(what) cannot be deleted while it takes part in a running experiment"
                + (names.isEmpty ? "" : " (\(names)); conclude or abort it first"),
            members: ["blocking": .array(visible.map { ["experiment": .string($0.id)] })])
    }

    /// How many are looked at.
    static let limit: Int = 100
}

package import StemmaJSON

extension ExperimentService {
    /// Takes a look at results with a body of `ExperimentShapes.results`, which hold totals, and says what the tests say of
    /// them. Every look is kept and counted.
    ///
    /// Throws `validationFailed` for numbers that cannot be, totals that shrink and results without the primary metric,
    /// `experimentEnded`, `staleETag`.
    package func recordExperimentResults(
        _ id: String, _ body: JSONValue, _ context: RequestContext
    ) async throws -> Answer {
        try context.principal.require(.manageExperiments)
        try ExperimentService.check(body, against: ExperimentShapes.results)
        let limits: Limits = core.policy.limits
        let totals = try ExperimentTotals(body["metrics"] ?? .null, limits: limits)
        return try await core.gate.mutate("record_experiment_results", context) { transaction, now in
            let record: ExperimentRecord = try ExperimentService.running(id, context, transaction)
            guard record.looks < limits.experimentLooks else {
                throw StemmaError(
                    .validationFailed, "results of an experiment are looked at \(limits.experimentLooks) times at most")
            }
            let plan = try ExperimentPlan(of: record)
            let last: ExperimentLook? = try transaction.lastLook(experiment: id)
            try totals.check(
                plan.criteria,
                after: try last.map { try ExperimentTotals(.object(StoredJSON.object($0.totals)), limits: limits) })
            let observed: Timestamp = try ExperimentService.observed(body, record, after: last, at: now, limits)
            guard let primary = totals[plan.criteria.metric] else { throw StemmaError.validation([]) }
            let number: Int = record.looks + 1
            let progress = ExperimentProgress(
                plan, ends: record.content.ends, observed: observed, primary: primary, looks: number)
            let look = ExperimentLook(
                number: number, totals: StoredJSON.text(totals.json),
                analysis: StoredJSON.text(ExperimentService.analysis(totals, plan, progress)), observed: observed,
                businessImpact: body["business_impact"]?.string, at: now, by: context.principal.subject)
            try transaction.insertLook(look, experiment: id, by: context.principal.id)
            var event: AuditDraft = ExperimentService.event(
                try ExperimentService.find(id, context.principal, transaction))
            event.detail["metrics"] = .integer(Int64(totals.metrics.count))
            event.detail["duration_reached"] = .bool(progress.isDurationReached)
            event.detail["sample_reached"] = .bool(progress.isSampleReached)
            event.recordChange(before: nil, after: ["metrics": .object(totals.json)])
            return MutationGate.Mutation(
                Answer(
                    .created, location: ResourcePath.experiment(id) + "/results",
                    body: try ExperimentDocument.represent(look, of: id)), event: event)
        }
    }

    /// Every look at an experiment's results, newest first.
    package func listExperimentResults(
        _ id: String, _ request: ListRequest, _ principal: Principal
    ) async throws -> ListAnswer {
        try principal.require(.readModels)
        return try await core.store.read { [core] reader in
            let record: ExperimentRecord = try ExperimentService.find(id, principal, reader)
            let page = try NewestFirst(core: core, list: "experiment-results/" + record.id).page(
                try reader.looks(experiment: id), request, id: { "\($0.number)" })
            let items: [[UInt8]] = try page.rows.map { try ExperimentDocument.represent($0, of: id) }
            return ListAnswer(items: items, nextCursor: page.next)
        }
    }

    /// Ends an experiment with what its last look shows, with a body of `ExperimentShapes.conclude`, or none.
    ///
    /// Throws `experimentRunning` naming what is missing while duration or sample are not as planned (unless forced) and
    /// without any results, `experimentEnded`, `staleETag`.
    package func concludeExperiment(
        _ id: String, _ body: JSONValue?, _ context: RequestContext
    ) async throws -> Answer {
        try context.principal.require(.manageExperiments)
        var faults: [ShapeFault] = body.map { ExperimentShapes.conclude.faults(in: $0) } ?? []
        let rationale: String? = body?["rationale"]?.string.flatMap { $0.isBlank ? nil : $0 }
        let isForced: Bool = body?["force"]?.bool ?? false
        if isForced, rationale == nil, faults.isEmpty {
            faults.append(ShapeFault(pointer: "/rationale", detail: "is required with force"))
        }
        guard faults.isEmpty else { throw StemmaError.validation(faults) }
        let (core, limits): (RegistryCore, Limits) = (self.core, self.core.policy.limits)
        return try await core.gate.mutate("conclude_experiment", context) { transaction, now in
            let record: ExperimentRecord = try ExperimentService.running(id, context, transaction)
            let plan = try ExperimentPlan(of: record)
            guard let last = try transaction.lastLook(experiment: id) else {
                throw StemmaError(
                    .experimentRunning,
                    "there are no results to conclude from; post totals to the experiment's /results")
            }
            let totals = try ExperimentTotals(.object(StoredJSON.object(last.totals)), limits: limits)
            guard let primary = totals[plan.criteria.metric], let verdict = ExperimentVerdict(totals, plan.criteria)
            else {
                throw StemmaError(.internalError, "the results are damaged", cause: "a look lacks the primary metric")
            }
            let progress = ExperimentProgress(
                plan, ends: record.content.ends, observed: last.observed, primary: primary, looks: record.looks)
            guard progress.isComplete || isForced else { throw progress.refusal }
            let impact: String? = body?["business_impact"]?.string ?? last.businessImpact
            let end = ExperimentEnd(
                status: .concluded, rationale: rationale, decision: verdict.decision, isEarly: !progress.isComplete,
                conclusion: StoredJSON.text([
                    "results": verdict.results(businessImpact: impact), "statistical_conclusion": verdict.json,
                ]), businessConclusion: body?["business_conclusion"]?.string)
            try transaction.endExperiment(id, end, at: now, by: context.principal.id)
            let concluded: ExperimentRecord = try ExperimentService.find(id, context.principal, transaction)
            let representation: Representation = try ExperimentDocument.represent(concluded, transaction)
            return MutationGate.Mutation(
                Answer(
                    .updated, location: ResourcePath.experiment(id), etag: representation.etag,
                    body: representation.body),
                event: ExperimentService.conclusionEvent(concluded, verdict, impact))
        }
    }

    private static func conclusionEvent(
        _ record: ExperimentRecord, _ verdict: ExperimentVerdict, _ impact: String?
    ) -> AuditDraft {
        var event: AuditDraft = event(record)
        event.detail["decision"] = .string(verdict.decision.rawValue)
        event.detail["concluded_early"] = .bool(record.end.isEarly)
        event.recordChange(
            before: ["status": .string(ExperimentStatus.running.rawValue)],
            after: [
                "status": .string(record.status.rawValue), "statistical_conclusion": verdict.json,
                "business_conclusion": record.end.businessConclusion.map { .string($0) } ?? .null,
                "business_impact": impact.map { .string($0) } ?? .null,
            ])
        if let rationale = record.end.rationale { event.personal["rationale"] = .string(rationale) }
        return event
    }

    /// The primary metric first, then the others by name.
    private static func analysis(
        _ totals: ExperimentTotals, _ plan: ExperimentPlan, _ progress: ExperimentProgress
    ) -> JSONObject {
        let level: Double = 1 - plan.criteria.significance
        let name: String = plan.criteria.metric
        let ordered: [MetricTotals] =
            totals.metrics.filter { $0.metric == name } + totals.metrics.filter { $0.metric != name }
        return [
            "metrics": .array(
                ordered.map { .object(ExperimentComparison($0, level: level).json(isPrimary: $0.metric == name)) }),
            "progress": progress.json,
        ]
    }

    /// Until when the totals reach: what the body says, but never the future.
    private static func observed(
        _ body: JSONValue, _ record: ExperimentRecord, after last: ExperimentLook?, at now: Timestamp, _ limits: Limits
    ) throws(StemmaError) -> Timestamp {
        let said: Timestamp = body["observed_until"]?.string.flatMap { Timestamp($0) } ?? now
        let problem: String
        if said > now.adding(milliseconds: limits.observationFutureMilliseconds) {
            problem = "must not lie in the future"
        } else if said < record.content.started {
            problem = "must not be before \(record.content.started), when the experiment starts"
        } else if let last, min(said, now) < last.observed {
            problem = "must not be before \(last.observed), until when the results before reach"
        } else {
            return min(said, now)
        }
        throw StemmaError.validation([ShapeFault(pointer: "/observed_until", detail: problem)])
    }
}

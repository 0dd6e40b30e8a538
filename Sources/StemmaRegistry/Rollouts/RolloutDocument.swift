internal import StemmaJSON

/// Rollouts as answered.
enum RolloutDocument {
    /// A running rollout's criteria as they stand at `now`; of one that has ended, as they stood then.
    static func represent(
        _ record: RolloutRecord, at now: Timestamp, _ reader: any MetadataReader
    ) throws -> Representation {
        let plan = try RolloutPlan(of: record)
        let history = try RolloutHistory(of: record)
        let progress: RolloutProgress = record.progress
        let isRunning: Bool = progress.status == .running
        let evaluation: JSONValue =
            isRunning ? try RolloutEvaluation(of: record, plan, history, at: now, reader).json : history.lastEvaluation
        var refusal: JSONObject?
        if isRunning, let hold = history.hold {
            refusal = ["at": hold["at"] ?? .null, "detail": hold["reason"] ?? .null, "guards": hold["guards"] ?? []]
        }
        var writer = JSONWriter(capacity: 2_048 + progress.history.count)
        writer.beginObject()
        writer.field("id", record.id)
        writer.field("model", record.model)
        writer.field("version", record.version)
        writer.field("model_id", "\(record.model)_v\(record.version)")
        writer.field("baseline_version", record.baseline)
        writer.field("status", progress.status.rawValue)
        writer.key("steps")
        writer.value(.array(plan.steps.map { .integer(Int64($0)) }))
        writer.field("step", progress.step)
        writer.field("percent", progress.percent)
        writer.field("step_started_at", progress.stepStarted.description)
        writer.field(
            "next_step_not_before",
            isRunning ? plan.earliestEnd(ofStepFrom: progress.stepStarted).description : nil)
        writer.field("minimum_step_minutes", plan.minimumStepMinutes)
        writer.field("success_criteria", .array(plan.success.map(\.json)))
        writer.field("abort_criteria", .array(plan.abort.map(\.json)))
        writer.field("automatic", plan.isAutomatic)
        writer.field("promote_at_end", plan.promotesAtEnd)
        writer.field("rationale", plan.request.rationale)
        writer.field("rollback_plan", plan.request.rollbackPlan)
        writer.field("evidence", plan.request.evidence)
        writer.field("evaluation", evaluation)
        writer.field("promotion_refused", refusal)
        writer.field("history", raw: progress.history)
        writer.field("created_at", record.created.description)
        writer.field("created_by", record.createdBy)
        writer.field("updated_at", record.updated.description)
        writer.field("ended_at", progress.ended?.description)
        writer.field("end_reason", progress.endReason)
        return EntityTag.seal(writer.bytes)
    }

    /// What guards are told of a rollout that succeeded, with the names that the specification's experiment has.
    static func evidence(_ record: RolloutRecord) throws -> JSONObject {
        let evaluation: [JSONValue] = try RolloutHistory(of: record).lastEvaluation.array ?? []
        let criteria: [JSONValue] = evaluation.filter { $0["kind"]?.string == "success" }.map { criterion in
            [
                "metric": criterion["metric"] ?? .null, "status": criterion["status"] ?? .null,
                "read": criterion["read"] ?? .null, "limit": criterion["limit"] ?? .null,
            ]
        }
        return [
            "source": "rollout", "experiment_id": .string(record.id),
            "treatment_model": .string("\(record.model)_v\(record.version)"),
            "baseline_model": .string("\(record.model)_v\(record.baseline)"),
            "succeeded": .bool(record.progress.status == .succeeded), "criteria": .array(criteria),
        ]
    }
}

extension ResourcePath {
    package static func rollout(_ model: String, _ id: String) -> String {
        ResourcePath.model(model) + "/rollouts/" + segment(id)
    }
}

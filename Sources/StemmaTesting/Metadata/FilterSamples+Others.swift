internal import StemmaJSON
internal import StemmaRegistry

extension FilterSamples {
    private struct ModelPlan: Sendable {
        let name: String
        let fields: ModelFields
        let creator: String
        let created: Timestamp
        let values: [FieldPath: FilterValue]
    }

    /// Models whose tags and nested metadata hold scalars of every type, and things that are no scalars.
    static func models(_ store: any MetadataStore, _ random: inout SeededGenerator) async throws -> [FilterSample] {
        var plans: [ModelPlan] = []
        for number in 0..<50 { plans.append(modelPlan(number, &random)) }
        let all: [ModelPlan] = plans
        return try await store.change { transaction in
            try all.map { plan in
                let id: Int64 = try Seed.model(
                    transaction, plan.name, fields: plan.fields, at: plan.created, by: plan.creator)
                return FilterSample(id: id, values: plan.values)
            }
        }
    }

    private static func modelPlan(_ number: Int, _ random: inout SeededGenerator) -> ModelPlan {
        var values: [FieldPath: FilterValue] = [:]
        var tags = JSONObject()
        for key in ["team", "a.b", "q\"uote", "back\\slash", "ünï"] {
            guard let value = scalar(&random) else { continue }
            tags.set(key, json(value))
            values[FieldPath(["tags", key])] = value
        }
        var inner = JSONObject([JSONObject.Member(name: "none", value: .null)])
        let depth: FilterValue? = scalar(&random)
        if let depth { inner.set("depth", json(depth)) }
        let isList: Bool = random.oneIn(4)
        let metadata: JSONValue = ["flat": [1, 2], "in": isList ? [.object(inner)] : .object(inner)]
        values[FieldPath(["metadata", "in", "depth"])] = isList ? nil : depth
        let owner: String? = random.oneIn(3) ? nil : random.pick(["risk", "Risk", ""])
        let creator: String = random.pick(["ada", "bob"])
        let created: Timestamp = Seed.moment(Int64(number % 5))
        values[FieldPath(["name"])] = .string("model \(number)")
        values[FieldPath(["created_by"])] = .string(creator)
        values[FieldPath(["owner"])] = owner.map { .string($0) }
        values[FieldPath(["version_count"])] = .integer(0)
        values[FieldPath(["created_at"])] = .time(created.milliseconds)
        let fields: ModelFields = Seed.fields(
            owner: owner, tags: JSONValue.object(tags).description, metadata: metadata.description)
        return ModelPlan(
            name: "model \(number)", fields: fields, creator: creator, created: created, values: values)
    }

    private static func json(_ value: FilterValue) -> JSONValue {
        switch value {
        case .string(let text): .string(text)
        case .integer(let number), .time(let number): .integer(number)
        case .double(let number): .double(number)
        case .boolean(let flag): .bool(flag)
        case .version(let version): .string(version.text)
        }
    }

    /// Events about things with and without model and version, by somebody and by nobody.
    static func events(_ store: any MetadataStore, _ random: inout SeededGenerator) async throws -> [FilterSample] {
        let resources: [ResourceID] = [
            .registry, .model("fraud"), .model("ch%rn"), .alias(model: "fraud", alias: "production"),
            .version(model: "fraud", version: "1.0.0"), .version(model: "ch%rn", version: "2.0.0-rc.1"), .token("t"),
        ]
        let plans: [(resource: ResourceID, action: String, outcome: String, subject: String?)] = (0..<60).map { _ in
            (
                random.pick(resources), random.pick(["model.created", "alias.moved", "login"]),
                random.pick(["success", "denied"]), random.oneIn(3) ? nil : random.pick(["ada", "bob"])
            )
        }
        return try await store.change { transaction in
            try plans.enumerated().map { number, plan in
                let moment: Timestamp = Seed.moment(Int64(number / 4))
                let sequence: Int64 = try Seed.event(
                    transaction, plan.action, plan.resource, outcome: plan.outcome, at: moment,
                    principal: try plan.subject.map { try Seed.principal(transaction, $0) })
                var values: [String: FilterValue] = [
                    "sequence": .integer(sequence), "timestamp": .time(moment.milliseconds),
                    "action": .string(plan.action), "outcome": .string(plan.outcome),
                    "resource": .string(plan.resource.type), "object": .string(plan.resource.id),
                ]
                values["user"] = plan.subject.map { .string($0) }
                values["model"] = plan.resource.model.map { .string($0) }
                values["version"] = plan.resource.version.map { .string($0) }
                if let model = plan.resource.model, let version = plan.resource.version {
                    values["model_id"] = .string("\(model)_v\(version)")
                }
                let byPath: [(FieldPath, FilterValue)] = values.map { (FieldPath([$0.key]), $0.value) }
                return FilterSample(id: sequence, values: Dictionary(uniqueKeysWithValues: byPath))
            }
        }
    }
}

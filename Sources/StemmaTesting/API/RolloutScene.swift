package import StemmaJSON
package import StemmaRegistry

/// A registry with a lifecycle that lets versions through easily, so that tests of rollouts meet only their own rules.
package struct RolloutScene: Sendable {
    package let registry: TestRegistry
    private var lifecycles: LifecycleService { LifecycleService(core: registry.core) }

    /// Puts that lifecycle in force.
    package init(_ registry: TestRegistry, rolloutGuards: [JSONValue] = [], promotionGuards: [JSONValue] = [])
        async throws
    {
        self.registry = registry
        try await use(rolloutGuards: rolloutGuards, promotionGuards: promotionGuards)
    }

    /// Puts the lifecycle with other guards in force.
    package func use(
        rolloutGuards: [JSONValue] = [], promotionGuards: [JSONValue] = [],
        promoters: [JSONValue] = ["deployer", "admin"]
    ) async throws {
        let json: JSONValue = RolloutScene.lifecycle(
            rolloutGuards: rolloutGuards, promotionGuards: promotionGuards, promoters: promoters)
        _ = try LifecycleDefinition(json)
        var writer = JSONWriter()
        writer.value(json)
        let text: [UInt8] = writer.finish()
        let now: Timestamp = registry.clock.now
        try await registry.core.store.change { transaction in
            let revision: Int64 = try transaction.lifecycleRevisionInForce() + 1
            try transaction.insertLifecycleDefinition(text, revision: revision, at: now, by: nil)
        }
    }

    /// Moves a version; the caller is the admin where nobody is named.
    @discardableResult
    package func move(
        _ model: String, _ version: String, to state: LifecycleState, by principal: Principal? = nil
    ) async throws -> Answer {
        try await lifecycles.transitionVersion(
            model: model, version: version, ["to": .string(state.rawValue), "rationale": "test"],
            registry.context(principal))
    }

    @discardableResult
    package func rollBack(_ model: String, _ version: String) async throws -> Answer {
        try await lifecycles.rollbackVersion(
            model: model, version: version, ["rationale": "test"], registry.context())
    }

    /// Records values of a metric, one a millisecond, the last of them now.
    package func observe(_ model: String, _ version: String, _ metric: String, _ values: [Double]) async throws {
        let now: Timestamp = registry.clock.now
        try await registry.core.store.change { transaction in
            let row: VersionRecord = try RolloutScene.version(model, version, transaction)
            let series: Int64 = try transaction.ensureObservationSeries(version: row.id, metric: metric)
            for (index, value) in values.enumerated() {
                let at: Timestamp = now.adding(milliseconds: Int64(index + 1 - values.count))
                _ = try transaction.putObservationPoints([ObservationPoint(at: at, value: value)], series: series)
                let start: Timestamp = .start(ofDay: at.dayNumber)
                let rollup = try expectSome(
                    try transaction.rollUpPoints(
                        series: series, from: start, to: start.adding(milliseconds: Timestamp.dayMilliseconds)), "a day"
                )
                try transaction.putObservationRollup(rollup, series: series, .day, period: at.dayNumber)
            }
        }
    }

    /// Quarantines a version.
    package func quarantine(_ model: String, _ version: String) async throws {
        let now: Timestamp = registry.clock.now
        let admin: Int64 = registry.admin.id
        let id: String = registry.core.environment.identifier("q_")
        try await registry.core.store.change { transaction in
            let row: VersionRecord = try RolloutScene.version(model, version, transaction)
            try transaction.insertQuarantine(id: id, version: row.id, reason: "test", at: now, by: admin)
        }
    }

    private static func version(
        _ model: String, _ version: String, _ transaction: any MetadataTransaction
    ) throws -> VersionRecord {
        let modelRow: ModelRecord = try expectSome(try transaction.model(named: model), model)
        let precedence: [UInt8] = try expectSome(SemanticVersion(version), version).precedenceKey
        return try expectSome(try transaction.version(model: modelRow.id, precedence: precedence), version)
    }

    /// The definition.
    private static func lifecycle(
        rolloutGuards: [JSONValue], promotionGuards: [JSONValue], promoters: [JSONValue]
    ) -> JSONValue {
        func state(_ name: String) -> JSONValue { ["state": .string(name)] }
        func way(_ from: String, _ to: String, _ guards: [JSONValue] = []) -> JSONValue {
            [
                "from": .string(from), "to": .string(to),
                "requested_by": .array(to == "production" ? promoters : ["publisher", "deployer", "admin"]),
                "guards": .array(guards),
            ]
        }
        return [
            "states": .array([
                state("development"), state("validation"), ["state": "staging", "alias": "staging"],
                [
                    "state": "production", "alias": "production", "exclusive": true, "displaced_to": "deprecated",
                    "withdrawn_to": "deprecated", "rollback_by": ["deployer", "admin"],
                ], state("shadow"), state("deprecated"), state("archived"),
            ]),
            "transitions": .array([
                way("development", "staging"), way("staging", "validation"), way("validation", "staging"),
                way("staging", "shadow"), way("shadow", "staging"), way("staging", "deprecated"),
                way("deprecated", "staging"), way("production", "deprecated"),
                way("staging", "production", promotionGuards), way("shadow", "production", promotionGuards),
            ]), "gates": .object(JSONObject()), "rollout": ["guards": .array(rolloutGuards)],
        ]
    }
}

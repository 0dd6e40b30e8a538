internal import StemmaJSON

/// Systems that the registry knows of by itself: where versions are deployed, and who reads them.
enum SystemLineage {
    /// The node of what runs a model in an environment.
    static func deployment(model: String, environment: String) -> LineageNodeID {
        LineageNodeID(.system, "\(environment)/\(model)")
    }

    /// Has the graph say which version runs in an environment now.
    static func followDeployments(
        model id: Int64, named name: String, environment: String, in editor: inout LineageEditor
    ) throws {
        let system: LineageNodeID = deployment(model: name, environment: environment)
        let current: VersionRecord? = try editor.transaction.deployedVersion(model: id, environment: environment)
            .flatMap { try editor.transaction.version(id: $0) }
        guard let current else {
            if let place = try editor.place(of: system) {
                _ = try editor.transaction.endLineageEdges(
                    into: place.id, origin: .deployment, except: nil, at: editor.now)
            }
            return
        }
        let place: LineagePlace = try editor.ensure(
            system, .deployment, fields: LineageEntityFields(name: "\(name) in \(environment)"), model: name)
        let version = LineageNodeID(.model, "\(name)_v\(current.version)")
        _ = try editor.connect(system, .consumes, version, .deployment)
        _ = try editor.transaction.endLineageEdges(
            into: place.id, origin: .deployment, except: try editor.place(of: version)?.id, at: editor.now)
    }

    /// A consumer of a version is live now.
    static func addConsumer(
        _ consumer: String, model: String, version: String, versionID: Int64, in editor: inout LineageEditor
    ) throws {
        _ = try editor.connect(
            LineageNodeID(.system, consumer), .consumes, LineageNodeID(.model, "\(model)_v\(version)"), .consumer)
        try editor.transaction.setInGraph(true, consumer: consumer, version: versionID)
    }

    /// A consumer of a version has expired.
    static func endConsumer(
        _ consumer: String, model: String, version: String, versionID: Int64, in editor: inout LineageEditor
    ) throws {
        if let system = try editor.place(of: LineageNodeID(.system, consumer)),
            let model = try editor.place(of: LineageNodeID(.model, "\(model)_v\(version)"))
        {
            let key = LineageEdgeKey(upstream: model.id, relationship: .consumes, downstream: system.id)
            if try editor.transaction.lineageEdge(key)?.origin == .consumer {
                _ = try editor.transaction.endLineageEdge(key, at: editor.now)
            }
        }
        try editor.transaction.setInGraph(false, consumer: consumer, version: versionID)
    }
}

/// Keeps what the registry puts into the graph by itself up to date: versions, deployments and consumers from before there
/// was a graph are put in, consumers that have expired leave it.
struct LineageUpkeep: Sendable {
    let core: RegistryCore

    /// Rows of one transaction, so that registrations are never held up.
    private static let batch: Int = 100
    /// The setting that holds the row key of the last version that was looked at, and `done` once everything is in.
    private static let progressKey: String = "lineage.progress"
    private static let done: [UInt8] = Array("done".utf8)

    func run() async throws {
        try await putInWhatWasThere()
        try await each { transaction, editor in
            let consumers = try transaction.consumers(isInGraph: true, at: editor.now, limit: LineageUpkeep.batch)
            for item in consumers {
                try SystemLineage.endConsumer(
                    item.consumer, model: item.model, version: item.version, versionID: item.versionID, in: &editor)
            }
            return consumers.count
        }
    }

    /// Once in the life of a database: what it held before its graph.
    private func putInWhatWasThere() async throws {
        guard try await core.store.read({ try $0.setting(LineageUpkeep.progressKey) }) != LineageUpkeep.done else {
            return
        }
        try await each { transaction, editor in
            try LineageUpkeep.putInVersions(transaction, &editor)
        }
        try await putInDeployments()
        try await each { transaction, editor in
            let consumers = try transaction.consumers(isInGraph: false, at: editor.now, limit: LineageUpkeep.batch)
            for item in consumers {
                try SystemLineage.addConsumer(
                    item.consumer, model: item.model, version: item.version, versionID: item.versionID, in: &editor)
            }
            return consumers.count
        }
        try await core.store.write(
            { try $0.setSetting(LineageUpkeep.progressKey, to: LineageUpkeep.done) }, committed: nil)
    }

    /// The next batch after the last version that was looked at; answers how many there were.
    private static func putInVersions(
        _ transaction: any MetadataTransaction, _ editor: inout LineageEditor
    ) throws -> Int {
        let mark: [UInt8] = try transaction.setting(progressKey) ?? []
        let versions: [VersionRecord] = try transaction.publishedVersions(
            after: Int64(String(decoding: mark, as: UTF8.self)) ?? 0, limit: batch)
        for record in versions where record.deleted == nil {
            guard let version = SemanticVersion(record.version) else { continue }
            let subject = VersionLineage.Subject(
                versionID: record.id, modelID: record.modelID, model: record.model, version: version,
                immutable: try VersionDocument.immutable(of: record))
            do {
                try VersionLineage.record(subject, in: &editor)
            } catch let error as StemmaError where error.code == .lineageCycle {
                // Published before anybody looked for cycles: what does not close one stays in the graph.
                continue
            }
        }
        if let last = versions.last { try transaction.setSetting(progressKey, to: Array(String(last.id).utf8)) }
        return versions.count
    }

    private func putInDeployments() async throws {
        var last: (model: Int64, environment: String)?
        while true {
            let after: (model: Int64, environment: String)? = last
            let places = try await core.store.read { reader in
                try reader.deploymentPlaces(after: after, limit: LineageUpkeep.batch)
            }
            guard let end = places.last else { return }
            last = (end.model, end.environment)
            try await step { _, editor in
                for place in places {
                    try SystemLineage.followDeployments(
                        model: place.model, named: place.name, environment: place.environment, in: &editor)
                }
                return places.count
            }
        }
    }

    /// Repeats a step until it finds nothing.
    private func each(
        _ body: @escaping @Sendable (any MetadataTransaction, inout LineageEditor) throws -> Int
    ) async throws {
        while try await step(body) > 0 {}
    }

    @discardableResult
    private func step(
        _ body: @escaping @Sendable (any MetadataTransaction, inout LineageEditor) throws -> Int
    ) async throws -> Int {
        try await core.store.write(
            { [core] transaction in
                var editor = LineageEditor(
                    transaction, now: core.environment.now(), principal: core.system.id, limits: core.policy.limits)
                return try body(transaction, &editor)
            }, committed: nil)
    }
}

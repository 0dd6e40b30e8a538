internal import StemmaJSON

/// What a version's metadata says of where it comes from, put into the graph when it is published.
enum VersionLineage {
    /// A version as far as its lineage goes.
    struct Subject {
        let versionID: Int64
        let modelID: Int64
        let model: String
        let version: SemanticVersion
        /// The immutable members.
        let immutable: JSONObject

        var node: LineageNodeID { LineageNodeID(.model, "\(model)_v\(version)") }
    }

    /// Puts a version that is being published into the graph, and holds it back where an open assessment holds back what it
    /// derives from. Throws `lineageCycle`.
    static func publish(
        _ subject: Subject, _ core: RegistryCore, _ transaction: any MetadataTransaction, _ now: Timestamp,
        _ principal: Principal
    ) throws -> ImpactQuarantine.Outcome {
        var editor = LineageEditor(transaction, now: now, principal: principal.id, limits: core.policy.limits)
        try record(subject, in: &editor)
        return try ImpactQuarantine.extend(to: subject.node, core, transaction, now, principal)
    }

    /// Makes the version's node, those of its dataset with its data version, its features, its parents and the release
    /// before it, and the edges to them. Doing it again changes nothing.
    ///
    /// Throws `lineageCycle` where the version would be its own ancestor.
    static func record(_ subject: Subject, in editor: inout LineageEditor) throws {
        let node: LineageNodeID = subject.node
        try attach(node, subject, &editor)
        try recordDataset(node, subject.immutable["training_data"], &editor)
        let lineage: JSONValue? = subject.immutable["lineage"]
        for parent in lineage?["parent_models"]?.array ?? [] {
            guard let text = parent.string else { continue }
            try connect(node, .derivesFrom, LineageNodeID(.model, parentKey(text, subject)), &editor)
        }
        for feature in lineage?["features"]?.array ?? [] {
            guard let name = feature.string else { continue }
            try connect(node, .usesFeature, LineageNodeID(.feature, name), &editor)
        }
        if let previous = try editor.transaction.releaseText(
            model: subject.modelID, before: subject.version.precedenceKey)
        {
            try connect(node, .versionOf, LineageNodeID(.model, "\(subject.model)_v\(previous)"), &editor)
        }
    }

    /// What training costs, as free metadata says it: `training_time_hours` and `compute_cost_per_hour`.
    static func cost(of metadata: JSONValue?) -> (hours: Double?, hourlyCost: Double?) {
        let read: (String) -> Double? = { name in
            metadata?[name]?.number.flatMap { (0...Limits().trainingCostMax).contains($0) ? $0 : nil }
        }
        return (read("training_time_hours"), read("compute_cost_per_hour"))
    }

    private static func attach(
        _ node: LineageNodeID, _ subject: Subject, _ editor: inout LineageEditor
    ) throws {
        let cost = cost(of: subject.immutable["metadata"])
        if let present = try editor.place(of: node) {
            // Somebody named it before it was registered.
            try editor.transaction.attachVersion(
                subject.versionID, toLineageEntity: present.id, hours: cost.hours, hourlyCost: cost.hourlyCost)
            return
        }
        _ = try editor.ensure(
            node, .registration,
            fields: LineageEntityFields(trainingHours: cost.hours, hourlyCost: cost.hourlyCost), model: subject.model,
            version: subject.versionID)
    }

    private static func recordDataset(
        _ node: LineageNodeID, _ data: JSONValue?, _ editor: inout LineageEditor
    ) throws {
        guard let id = data?["dataset_id"]?.string, !id.isEmpty else { return }
        let dataset = LineageNodeID(.dataset, id)
        var metadata = JSONObject()
        for name in ["data_version", "data_hash"] {
            if let value = data?[name], !value.isNull { metadata.set(name, value) }
        }
        try connect(
            node, .derivesFrom, dataset, &editor, metadata: metadata.isEmpty ? nil : StoredJSON.text(metadata))
        guard let version = data?["data_version"]?.string, !version.isEmpty else { return }
        let exactly = LineageNodeID(.dataset, "\(id)@\(version)")
        let isNew: Bool = try editor.place(of: exactly) == nil
        if isNew { try connect(exactly, .versionOf, dataset, &editor) }
        try connect(node, .derivesFrom, exactly, &editor)
    }

    /// A parent may be named by its number alone where it is a version of the same model.
    private static func parentKey(_ text: String, _ subject: Subject) -> String {
        if case .exact(let version)? = VersionReference(text) { return "\(subject.model)_v\(version)" }
        return text
    }

    private static func connect(
        _ source: LineageNodeID, _ relationship: LineageRelationship, _ target: LineageNodeID,
        _ editor: inout LineageEditor, metadata: [UInt8]? = nil
    ) throws {
        let outcome: LineageEditor.Outcome = try editor.connect(
            source, relationship, target, .registration, metadata: metadata)
        if case .refused(let code, let detail) = outcome { throw StemmaError(code, detail) }
    }
}

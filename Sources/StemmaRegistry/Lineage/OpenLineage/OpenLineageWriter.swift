internal import StemmaJSON

/// Puts events into the graph inside one transaction.
///
/// A job is a system that *consumes* its inputs and *generates* its outputs, so that no edge is invented between datasets that
/// merely met in one job. Datasets derive from each other where a `columnLineage` facet says so. The same event again changes
/// nothing; of two events that say different things of the same facet or run the later one counts, in whatever order they come.
struct OpenLineageWriter {
    private var editor: LineageEditor
    private let transaction: any MetadataTransaction
    private let limits: Limits
    /// Whether the last event changed anything.
    private var hasChanged: Bool = false

    init(_ transaction: any MetadataTransaction, now: Timestamp, principal: Int64, limits: Limits) {
        editor = LineageEditor(transaction, now: now, principal: principal, limits: limits)
        self.transaction = transaction
        self.limits = limits
    }

    /// Answers whether anything changed. Throws `validationFailed` where facets are too large.
    mutating func write(_ event: OpenLineageEvent) throws -> Bool {
        hasChanged = false
        if let dataset = event.dataset { _ = try write(dataset: dataset, at: event.time) }
        guard let job = event.job else { return hasChanged }
        let jobNode = LineageNodeID(.system, job.key)
        try describe(jobNode, job, at: event.time)
        for input in event.inputs {
            for node in try write(dataset: input, at: event.time) { try connect(jobNode, .consumes, node) }
        }
        for output in event.outputs {
            for node in try write(dataset: output, at: event.time) { try connect(jobNode, .generates, node) }
        }
        if let run = event.run { try write(run, of: jobNode, at: event.time) }
        return hasChanged
    }

    /// The dataset's node, and that of its version where the event names one.
    private mutating func write(
        dataset: OpenLineageEvent.Thing, at time: Timestamp
    ) throws -> [LineageNodeID] {
        let node = LineageNodeID(.dataset, dataset.key)
        try describe(node, dataset, at: time)
        if let source = dataset.facets["dataSource"] {
            let key: String? = [source["uri"]?.string, source["name"]?.string].compactMap { $0 }.first(where: isKey)
            if let key { try connect(node, .derivesFrom, LineageNodeID(.dataSource, key)) }
        }
        for input in columnInputs(of: dataset) where input != node { try connect(node, .derivesFrom, input) }
        guard let version = dataset.facets["version"]?["datasetVersion"]?.string, isKey("\(dataset.key)@\(version)")
        else { return [node] }
        let exactly = LineageNodeID(.dataset, "\(dataset.key)@\(version)")
        try connect(exactly, .versionOf, node)
        return [node, exactly]
    }

    /// The datasets from whose columns a `columnLineage` facet says that this one's come.
    private func columnInputs(of dataset: OpenLineageEvent.Thing) -> [LineageNodeID] {
        let facet: JSONValue? = dataset.facets["columnLineage"]
        let fields: [JSONValue] = (facet?["fields"]?.object?.members ?? []).map(\.value)
        let direct: [JSONValue] = facet?["dataset"]?.array ?? []
        var found: [LineageNodeID] = []
        var seen: Set<LineageNodeID> = []
        for input in fields.flatMap({ $0["inputFields"]?.array ?? [] }) + direct {
            guard let namespace = input["namespace"]?.string, let name = input["name"]?.string,
                isKey("\(namespace):\(name)")
            else { continue }
            let node = LineageNodeID(.dataset, "\(namespace):\(name)")
            if seen.insert(node).inserted { found.append(node) }
        }
        return found
    }

    private func isKey(_ text: String) -> Bool { (try? LineageNodeID(.dataset, validating: text)) != nil }

    /// Edges that would close a cycle are left out: a job that updates a table in place is no fault of its event.
    private mutating func connect(
        _ source: LineageNodeID, _ relationship: LineageRelationship, _ target: LineageNodeID
    ) throws {
        switch try editor.connect(source, relationship, target, .event) {
        case .created, .updated: hasChanged = true
        case .unchanged, .refused: break
        }
    }

    /// Makes the node and keeps its facets, each as the latest event had it.
    private mutating func describe(
        _ node: LineageNodeID, _ thing: OpenLineageEvent.Thing, at time: Timestamp
    ) throws {
        let isNew: Bool = try editor.place(of: node)?.isRemoved ?? true
        let place: LineagePlace = try editor.ensure(node, .event, fields: LineageEntityFields(name: thing.name))
        if isNew { hasChanged = true }
        guard !thing.facets.isEmpty else { return }
        let kept = try transaction.lineageFacets(place.id)
        var facets: JSONObject = try kept.facets.map { try StoredJSON.object($0) } ?? JSONObject()
        var times: JSONObject = try kept.times.map { try StoredJSON.object($0) } ?? JSONObject()
        guard OpenLineageWriter.merge(thing.facets, at: time, into: &facets, &times) else { return }
        let text: [UInt8] = StoredJSON.text(facets)
        guard text.count <= limits.lineageFacetBytes else {
            throw StemmaError(
                .validationFailed, "the facets of \(node) would take more than \(limits.lineageFacetBytes) bytes")
        }
        try transaction.setLineageFacets(place.id, text, times: StoredJSON.text(times), at: editor.now)
        hasChanged = true
    }

    /// Facets by name, the later one of each; `_deleted` takes one away. Answers whether anything changed.
    static func merge(
        _ new: JSONObject, at time: Timestamp, into facets: inout JSONObject, _ times: inout JSONObject
    ) -> Bool {
        var hasChanged: Bool = false
        for facet in new.members {
            if let last = times[facet.name]?.integer, last > time.milliseconds { continue }
            // A literal nil would be taken for JSON's null.
            var value: JSONValue? = facet.value
            if facet.value["_deleted"]?.bool == true { value = Optional.none }
            guard value != facets[facet.name] || times[facet.name]?.integer != time.milliseconds else { continue }
            if let value { facets.set(facet.name, value) } else { _ = facets.remove(facet.name) }
            times.set(facet.name, .integer(time.milliseconds))
            hasChanged = true
        }
        return hasChanged
    }

    /// Keeps the run as the latest of its events tells of it.
    private mutating func write(
        _ run: OpenLineageEvent.Run, of job: LineageNodeID, at time: Timestamp
    ) throws {
        let parent = run.parent
        if let parent {
            try connect(LineageNodeID(.system, parent.job.key), .influences, job)
        }
        guard let place = try editor.place(of: job) else { return }
        var record: LineageRunRecord =
            try transaction.lineageRun(run.id)
            ?? LineageRunRecord(runID: run.id, job: place.id, state: run.state.rawValue, stateTime: time)
        let before: LineageRunRecord = record
        let isLater: Bool = time > record.stateTime || (time == record.stateTime && run.state.isFinal)
        // What has ended stays so: a report that comes or claims to be later does not bring it back.
        let isOver: Bool = OpenLineageEvent.RunState(rawValue: record.state)?.isFinal == true && !run.state.isFinal
        if isLater, !isOver, run.state != .other || record.state == OpenLineageEvent.RunState.other.rawValue {
            record.state = run.state.rawValue
            record.stateTime = time
        }
        if run.state == .start { record.started = min(record.started ?? time, time) }
        if run.state.isFinal { record.ended = max(record.ended ?? time, time) }
        record.parentRunID = record.parentRunID ?? parent?.run
        var facets: JSONObject = try record.facets.map { try StoredJSON.object($0) } ?? JSONObject()
        for facet in run.facets.members where isLater || facets[facet.name] == nil {
            facets.set(facet.name, facet.value)
        }
        record.facets = facets.isEmpty ? nil : StoredJSON.text(facets)
        guard (record.facets?.count ?? 0) <= limits.lineageFacetBytes else {
            throw StemmaError(
                .validationFailed, "the facets of run \(run.id) would take more than \(limits.lineageFacetBytes) bytes")
        }
        let isKnown: Bool = try transaction.lineageRun(run.id) != nil
        guard !isKnown || record != before else { return }
        try transaction.putLineageRun(record)
        hasChanged = true
    }
}

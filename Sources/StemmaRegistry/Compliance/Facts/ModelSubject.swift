internal import StemmaJSON

/// One model inside one read, with what facts about it and its versions share.
final class ModelSubject {
    let record: ModelRecord
    let context: ComplianceContext
    let reader: any MetadataReader
    let tags: JSONObject
    let metadata: JSONObject
    private var people: [Int64: String] = [:]

    init(_ record: ModelRecord, _ context: ComplianceContext, _ reader: any MetadataReader) throws {
        self.record = record
        self.context = context
        self.reader = reader
        tags = try StoredJSON.object(record.tags)
        metadata = try StoredJSON.object(record.metadata)
    }

    /// The pseudonym of a principal.
    func pseudonym(_ id: Int64) throws -> String {
        if let known = people[id] { return known }
        let found: String = try reader.principal(id: id)?.pseudonym ?? "unknown"
        people[id] = found
        return found
    }

    /// The pseudonym of a subject; nil for one that was never named to the registry.
    func pseudonym(subject: String) throws -> (id: Int64, pseudonym: String)? {
        guard let id = try reader.principal(subject: subject) else { return nil }
        return (id, try pseudonym(id))
    }

    /// The facts about the model that rules need.
    func gather(_ needs: ComplianceNeeds, into sheet: inout ComplianceSheet) throws {
        guard needs.wants("model") else { return }
        try ModelStandingFacts.gather(needs, self, into: &sheet)
        try ModelEventFacts.gather(needs, self, into: &sheet)
        try ModelProcessingFacts.gather(needs, self, into: &sheet)
    }
}

internal import StemmaDigest
internal import StemmaJSON

/// Facts about what a version is and who made it.
enum VersionIdentityFacts {
    static func gather(
        _ needs: ComplianceNeeds, _ version: VersionSubject, into sheet: inout ComplianceSheet
    ) throws {
        let (record, document) = (version.record, version.document)
        sheet.set("version.state", record.state.rawValue)
        sheet.set("version.state_since", record.standing.since)
        sheet.set("version.created_at", record.created)
        if needs.wants("version.published_at") {
            // Whatever never was a draft was published when it was registered.
            let published: Timestamp? = try version.reader.publication(modelID: version.modelID)
            sheet.set("version.published_at", published ?? record.created)
        }
        sheet.set("version.manifest_digest", record.manifestDigest?.description)
        sheet.set("version.use_case", ComplianceText.text(document["use_case"]))
        if needs.wants("version.inputs") { sheet.set("version.inputs", texts: names(document, "inputs")) }
        if needs.wants("version.outputs") { sheet.set("version.outputs", texts: names(document, "outputs")) }
        if needs.wants("version.dependencies") {
            sheet.set("version.dependencies", texts: ComplianceText.texts(document["dependencies"]?["packages"]))
        }
        if needs.wants("version.limitations") {
            let limitations: JSONValue? = version.metadata["limitations"]
            sheet.set(
                "version.limitations",
                ComplianceText.text(limitations) ?? ComplianceText.texts(limitations)?.joined(separator: "; "))
        }
        if needs.wants("version.makers") { sheet.set("version.makers", texts: try makers(version)) }
    }

    private static func names(_ document: JSONObject, _ side: String) -> [String]? {
        document["signature"]?[side]?.array.map { fields in fields.compactMap { ComplianceText.text($0["name"]) } }
    }

    /// Contributors, who brought its blobs, and who trained it as `trained_by` says, of its metadata or its node's.
    private static func makers(_ version: VersionSubject) throws -> [String] {
        let contributors: [Int64] = try version.reader.contributors(version: version.record.id)
        let bringers: [Int64] = try version.reader.blobBringers(version: version.record.id)
        var people: [String] = try (contributors + bringers).map { try version.model.pseudonym($0) }
        var trainers: [String] = ComplianceText.texts(version.metadata["trained_by"]) ?? []
        trainers += try ComplianceText.texts(version.upstream().metadata["trained_by"]) ?? []
        people += try trainers.compactMap { try version.model.pseudonym(subject: $0)?.pseudonym }
        return Set(people).sorted()
    }
}

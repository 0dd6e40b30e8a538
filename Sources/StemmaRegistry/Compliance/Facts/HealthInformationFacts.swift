internal import StemmaDigest
internal import StemmaJSON

/// Facts about protected health information, and who gets at it.
enum HealthInformationFacts {
    static func gather(
        _ needs: ComplianceNeeds, _ version: VersionSubject, into sheet: inout ComplianceSheet
    ) throws {
        guard needs.wants("version.is_phi") else { return }
        let isProtected: Bool = try isProtected(version)
        sheet.set("version.is_phi", isProtected)
        guard isProtected else { return }
        let tag: JSONValue? = version.tags["phi_group"] ?? version.model.tags["phi_group"]
        let group: Set<String> = Set(ComplianceText.texts(tag) ?? [])
        let readers: [LivePeople.Person] = version.context.people.all.filter { $0.reads(version.record.model) }
        sheet.set(
            "version.readers",
            .array(
                readers.map { reader in
                    ["person": .string(reader.pseudonym), "in_phi_group": .bool(group.contains(reader.subject))]
                }))
        sheet.set("version.unrecorded_downloads", try unrecorded(version))
    }

    /// Nil where it is not known. A blob may be read by its digest alone.
    private static func unrecorded(_ version: VersionSubject) throws -> Int64? {
        guard let untold = version.context.untoldDownloads else { return nil }
        guard !untold.isEmpty else { return 0 }
        let digests: Set<String> = Set(try version.artifacts().map(\.digest.description))
        return untold.filter { read in
            (read.resource.model == version.record.model && read.resource.version == version.record.version)
                || read.digest.map { digests.contains($0) } == true
        }.reduce(0) { $0 + $1.count }
    }

    private static func isProtected(_ version: VersionSubject) throws -> Bool {
        if ComplianceText.flag(version.tags["phi"]) == true { return true }
        if ComplianceText.flag(version.model.tags["phi"]) == true { return true }
        return try version.upstream().datasets.contains { ComplianceText.flag($0.metadata["phi"]) == true }
    }
}

/// Finds the version that a reference means.
enum VersionResolver {
    /// Resolves an exact version, an alias (`@production`), `latest` or a range. Only an exact version resolves a draft.
    /// Throws `modelNotFound`, `versionNotFound`, `aliasNotFound`.
    static func resolve(
        model name: String, ref: String, _ principal: Principal, _ reader: any MetadataReader
    ) throws -> VersionRecord {
        let model: ModelRecord = try ModelService.find(name, principal, reader)
        switch VersionReference(ref) {
        case .exact(let version):
            return try exact(model, version, reader)
        case .latest:
            guard let record = try reader.latestVersion(model: model.id) else {
                throw StemmaError(
                    .versionNotFound, "\(model.name) has no published release that is not deprecated or archived")
            }
            return record
        case .alias(let alias):
            guard let target = try reader.alias(model: model.id, named: alias.text),
                let record = try reader.version(id: target.versionID)
            else { throw StemmaError(.aliasNotFound, "\(model.name) has no alias \(alias.text)") }
            return record
        case .range(let range):
            guard let record = try reader.newestVersion(model: model.id, in: range) else {
                throw StemmaError(.versionNotFound, "no published version of \(model.name) lies in the range \(ref)")
            }
            return record
        case nil:
            throw StemmaError(
                .versionNotFound, "\(ref) is neither a version, nor @alias, nor latest, nor a range such as ^2.1")
        }
    }

    /// The version with exactly that number, a draft too. Throws `modelNotFound`, `versionNotFound`.
    static func exact(
        model name: String, version text: String, _ principal: Principal, _ reader: any MetadataReader
    ) throws -> VersionRecord {
        let model: ModelRecord = try ModelService.find(name, principal, reader)
        guard case .exact(let version) = VersionReference(text) else {
            throw StemmaError(.versionNotFound, "changes need an exact version such as 2.1.3, not \(text)")
        }
        return try exact(model, version, reader)
    }

    private static func exact(
        _ model: ModelRecord, _ version: SemanticVersion, _ reader: any MetadataReader
    ) throws -> VersionRecord {
        guard let record = try reader.version(model: model.id, precedence: version.precedenceKey), record.deleted == nil
        else {
            throw StemmaError(.versionNotFound, "\(model.name) has no version \(version)")
        }
        return record
    }
}

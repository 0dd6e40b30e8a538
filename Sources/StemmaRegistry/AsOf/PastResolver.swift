/// References as they were meant.
extension PastView {
    /// The version's row as it is now that `ref` meant then: a number, an alias, `latest` or a range.
    /// Throws `modelNotFound`, `versionNotFound`, `aliasNotFound`.
    func resolve(model name: String, ref: String, _ principal: Principal) throws -> VersionRecord {
        let model: ModelRecord = try model(named: name, principal)
        switch VersionReference(ref) {
        case .exact(let version):
            guard let record = try reader.version(model: model.id, precedence: version.precedenceKey),
                wasThere(created: record.created, deleted: record.deleted)
            else { throw absent("\(model.name) had no version \(version)") }
            return record
        case .latest:
            return try row(
                try reader.latestVersion(model: model.id, named: model.name, at: moment),
                "\(model.name) had no published release that was not deprecated or archived")
        case .alias(let alias):
            let absent = StemmaError(.aliasNotFound, "\(model.name) had no alias \(alias.text) at \(moment.time)")
            guard let target = try self.alias(alias.text, ofModelNamed: model.name) else { throw absent }
            guard let record = try version(target.version, of: model) else { throw absent }
            return record
        case .range(let range):
            return try row(
                try reader.newestVersion(model: model.id, named: model.name, in: range, at: moment),
                "no published version of \(model.name) lay in the range \(ref)")
        case nil:
            throw StemmaError(
                .versionNotFound, "\(ref) is neither a version, nor @alias, nor latest, nor a range such as ^2.1")
        }
    }

    /// The row of a version by its text.
    func version(_ text: String, of model: ModelRecord) throws -> VersionRecord? {
        try SemanticVersion(text).flatMap { try reader.version(model: model.id, precedence: $0.precedenceKey) }
    }

    private func row(_ id: Int64?, _ otherwise: String) throws -> VersionRecord {
        guard let record = try id.flatMap({ try reader.version(id: $0) }) else { throw absent(otherwise) }
        return record
    }

    private func absent(_ what: String) -> StemmaError {
        StemmaError(.versionNotFound, "\(what) at \(moment.time)")
    }
}
